"""A visitor's own data in the lab: the run is Python's, and so is the network in its file."""

import csv
import json
import re
import shlex
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from playwright.sync_api import Page, expect
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from test_lab import downloaded, number, play_to_the_end, press, value, visit  # noqa: F401

from racing_core import network, run_file
from racing_core.__main__ import main

STEPS = 300
ADDRESS = f"lab/?width=30&init_scale=0.05&lr=0.5&steps={STEPS}"
READER = "lab/own_data_worker.js"


def table(file: Path, columns, rows) -> None:
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows([columns, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Data sets that libraries ship, as a visitor may have them."""
    folder = tmp_path_factory.mktemp("own")
    cancer, iris, digits = load_breast_cancer(), load_iris(), load_digits()
    rows = [[*x, cancer.target_names[y]] for x, y in zip(cancer.data, cancer.target, strict=True)]
    table(folder / "breast cancer.csv", [*cancer.feature_names, "diagnosis"], rows)
    rows = [[iris.target_names[y], *x] for x, y in zip(iris.data, iris.target, strict=True)]
    table(folder / "iris.csv", ["species", *iris.feature_names], rows)
    np.savez(folder / "digits.npz", X=digits.data.astype(np.uint8), y=digits.target)
    return folder


def said(lab: Page):
    return lab.locator("#own-said")


def train(lab: Page, file: Path, a=(), b=(), column: str = "") -> None:
    """Chooses a file and the groups, and trains to the end."""
    lab.get_by_label("Your file").set_input_files(file)
    if column:
        lab.get_by_label("Column of the labels").select_option(column)
    expect(said(lab)).to_contain_text("Which labels form the two groups?")
    expect(said(lab)).to_contain_text(file.name)
    if a and b:
        for choice in lab.locator("#own-groups label").all():
            name = choice.text_content().split(" (")[0]
            group = "group A" if name in a else "group B" if name in b else "left out"
            choice.locator("select").select_option(group)
    press(lab, "Train on it")
    expect(said(lab)).to_contain_text("The lab now trains on")
    expect(number(lab, "Step")).to_have_text("0")
    play_to_the_end(lab, STEPS)


def trained_in_python(lab: Page, monkeypatch, folder: Path, file: str):
    """The run of the command that the page prints, once it is that of the file."""
    expect(lab.locator("#command")).to_contain_text(file)
    expect(lab.locator("#command")).to_contain_text(f"--steps {STEPS}")
    monkeypatch.chdir(folder)
    _, *arguments = shlex.split(lab.locator("#command").text_content())
    main([*arguments, "--force"])
    return run_file.load("run.nc")


def test_files_are_trained_on_as_in_python(visit, folder, monkeypatch) -> None:  # noqa: F811
    """Tables with the labels last or first, arrays, two groups of many labels."""
    lab = visit(ADDRESS)
    asked = []
    lab.on("request", lambda request: asked.append(request.url))
    images = lab.locator("#own-images canvas")
    for file, a, b, column, shown in (
        ("breast cancer.csv", (), (), "", False),
        ("iris.csv", ("versicolor",), ("virginica",), "species", False),
        ("digits.npz", ("3", "8"), ("4", "9"), "", True),
    ):
        train(lab, folder / file, a, b, column)
        python = trained_in_python(lab, monkeypatch, folder, file)
        assert float(python.loss[0, 0]) > float(python.loss[0, -1]) + 0.1, "it must have learned"
        assert value(lab, "Loss") == pytest.approx(float(python.loss[0, -1]), abs=1e-3), file
        assert value(lab, "Accuracy") == pytest.approx(
            100 * float(python.accuracy[0, -1]), abs=0.06
        )
        expect(lab.locator("#legend-a")).to_contain_text(" + ".join(a) or "benign")
        expect(images).to_have_count(13 if shown else 1)
        expect(images.first).to_be_visible(visible=shown)
    assert len([url for url in asked if url.endswith(READER)]) == 1


def test_the_network_takes_the_inputs_as_they_are(visit, folder, monkeypatch) -> None:  # noqa: F811
    """Of samples that training has never seen, too: what it leaves as it was is in the file."""
    lab = visit(ADDRESS)
    train(lab, folder / "digits.npz", ("0",), ("1",))
    file = downloaded(lab, "Network (ONNX)").read_bytes()
    loss = value(lab, "Loss")
    model = onnx.load_model_from_string(file)
    onnx.checker.check_model(model, full_check=True)
    notes = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(notes["inputs"])[:2] == ["X[:, 0]", "X[:, 1]"]
    assert json.loads(notes["groups"]) == [["0"], ["1"]]
    assert "as in digits.npz, in its units" in notes["x"]
    assert "nats" in notes["logits"]

    digits = load_digits()
    session = onnxruntime.InferenceSession(file)
    logits, hidden = session.run(["logits", "hidden"], {"x": digits.data.astype(np.float32)})
    chosen = digits.target < 2
    assert network.loss_and_accuracy(logits[chosen], digits.target[chosen])[0] == pytest.approx(
        loss, abs=1e-4
    )
    python = trained_in_python(lab, monkeypatch, folder, "digits.npz")
    raw = digits.data[chosen]
    norm = np.linalg.norm(raw - raw.mean(0), axis=1).mean()
    w_in, b, w_out = (python[name].values[0] for name in ("w_in", "b", "w_out"))
    expected = np.maximum((digits.data - raw.mean(0)) / norm @ w_in.T + b, 0)
    order = np.argsort(-np.linalg.norm(w_in, axis=1) * np.linalg.norm(w_out, axis=0))
    np.testing.assert_allclose(hidden, expected[:, order], atol=1e-3)


WRONG = {
    "notes.txt": (b"1,2,3", "neither a .csv nor an .npz"),
    "empty.csv": (b"", "is empty"),
    "cell.csv": (b"a,b,y\n1,2,x\n1,two,z\n", "'two' in row 3, column 'b'"),
    "many.csv": ("\n".join(f"{i},{i}" for i in range(60)).encode(), "at most 50"),
    "one.csv": (b"1,2,x\n3,4,x\n", "all have the label x; add samples of another label. If the"),
    "utf16.csv": ("1,2,x\n3,4,y\n".encode("utf-16"), "no UTF-8 text"),
    "other.npz": (b"no archive", "other.npz is no .npz"),
    "wide.csv": (b",".join([b"1"] * 4098) + b"\n" + b",".join([b"2"] * 4098), "at most 4,096"),
    "long.csv": (b"".join(b"%d,%d\n" % (i, i % 2) for i in range(2001)), "at most 2,000"),
}  # fmt: skip


def test_wrong_files_are_told_in_a_sentence(visit) -> None:  # noqa: F811
    lab = visit(ADDRESS)
    for name, (content, part) in WRONG.items():
        given = {"name": name, "mimeType": "text/plain", "buffer": content}
        lab.get_by_label("Your file").set_input_files(given)
        if name in ("wide.csv", "long.csv"):
            expect(said(lab)).to_contain_text("Which labels form the two groups?")
            press(lab, "Train on it")
        expect(said(lab)).to_contain_text(part)
        assert said(lab).text_content().endswith(".")
        assert "\n" not in said(lab).text_content()
    drop(lab, "new Uint8Array(32e6 + 1)", "large.csv")
    expect(said(lab)).to_contain_text("large.csv has 32.0 MB, but the lab takes at most 32 MB")
    # The file before, which could be read, is not trained on under this one's name.
    expect(lab.locator("#own-choice")).to_be_hidden()


def drop(lab: Page, content: str, name: str) -> None:
    """Drops a file, with content as JavaScript writes it, on the lab."""
    lab.locator("#lab").evaluate(f"""(lab) => {{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([{content}], "{name}"));
      lab.dispatchEvent(new DragEvent("drop", {{ dataTransfer, bubbles: true, cancelable: true }}));
    }}""")


def test_a_file_is_dropped_anywhere(visit, page: Page) -> None:  # noqa: F811
    """Labels that are typed as words; what they are called may hold anything."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    lab = visit(ADDRESS)
    assert len(asked) > 10
    assert not any(url.endswith(READER) for url in asked)
    rows = "".join(f"{i % 7},{i % 5},{'it is' if i % 2 else '<b>'}\\n" for i in range(40))
    drop(lab, f'"{rows}"', "it's mine.csv")
    expect(said(lab)).to_contain_text("40 samples of 2 inputs")
    press(lab, "Train on it")
    expect(lab.locator("#legend-a")).to_have_text("votes for <b>")
    expect(lab.get_by_label("Task")).to_have_value(re.compile("own"))
    expect(lab.locator("#command")).to_contain_text("mine.csv")
    command = shlex.split(lab.locator("#command").text_content())
    assert command[3] == "it's mine.csv"
    # The address cannot hold the file.
    lab.reload()
    expect(lab.locator("#trouble-said")).to_contain_text("task")
