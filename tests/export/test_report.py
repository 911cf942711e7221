"""A user's own data: what is read, what is refused and how, and the report on it."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import vl_convert
from bs4 import BeautifulSoup

from export import report
from racing_core import record, tasks
from racing_core.__main__ import main
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.run_file import configuration, load
from racing_core.summary import of_network, summarise

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data():
    draw = np.random.default_rng(0)
    y = np.arange(40) % 2
    return {"X": draw.normal(size=(40, 3)) + 2 * y[:, None], "y": np.where(y, 7, 4)}


def saved(folder, arrays):
    file = folder / "own.npz"
    np.savez(file, **arrays)
    return str(file)


def test_own_samples_are_centred_scaled_and_labelled(data, tmp_path):
    task = tasks.load(saved(tmp_path, data))
    assert task.x.shape == (40, 3)
    assert (task.group_a, task.group_b) == (("4",), ("7",))
    np.testing.assert_array_equal(task.y, data["y"] == 7)
    np.testing.assert_allclose(task.x.mean(0), 0, atol=1e-12)
    assert np.linalg.norm(task.x, axis=1).mean() == pytest.approx(1)
    words = tasks.load(saved(tmp_path, data | {"y": np.where(data["y"] == 7, "yes", "no")}))
    assert words.group_b == ("yes",)
    np.testing.assert_array_equal(words.y, task.y)


def test_a_recorded_run_can_be_repeated_from_its_configuration(data, tmp_path):
    first = record.run(Config(task=saved(tmp_path, data), width=12, steps=40))
    again = record.run(configuration(first))
    np.testing.assert_array_equal(first.w_in, again.w_in)


def _with_nan(x):
    return np.where(np.arange(x.size).reshape(x.shape) == 7, np.nan, x)


BAD = {
    "one class": (lambda d: d | {"y": np.zeros(40)}, "has the label 0.0 alone"),
    "three classes": (lambda d: d | {"y": np.arange(40) % 3}, "3 different labels"),
    "nan": (lambda d: d | {"X": _with_nan(d["X"])}, "row 2"),
    "flat": (lambda d: d | {"X": d["X"][:, 0]}, "of shape (40,)"),
    "lengths": (lambda d: d | {"y": d["y"][:-1]}, "of shape (39,)"),
    "empty": (lambda d: {"X": np.empty((0, 3)), "y": np.empty(0)}, "of shape (0, 3)"),
    "text": (lambda d: d | {"X": d["X"].astype(str)}, "real numbers"),
    "complex": (lambda d: d | {"X": d["X"] * 1j}, "real numbers"),
    "no y": (lambda d: {"X": d["X"]}, "no array 'y'"),
    "objects": (lambda d: d | {"y": d["y"].astype(object)}, "array of Python objects"),
    "all the same": (lambda d: d | {"X": np.ones((40, 3))}, "are the same"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_refused_in_a_sentence(case, data, tmp_path):
    change, part = BAD[case]
    with pytest.raises(InputError, match=re.escape(part)) as refused:
        tasks.load(saved(tmp_path, change(data)))
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_files_that_are_none(data, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        tasks.load(str(tmp_path / "nowhere.npz"))
    text = tmp_path / "text.npz"
    text.write_text("no arrays here")
    with pytest.raises(InputError, match=r"no \.npz"):
        tasks.load(str(text))
    cut = tmp_path / "cut.npz"
    cut.write_bytes((tmp_path / saved(tmp_path, data)).read_bytes()[:200])
    with pytest.raises(InputError, match=r"no \.npz"):
        tasks.load(str(cut))
    with pytest.raises(InputError, match="no label '1' for group_a"):
        tasks.load(saved(tmp_path, data), group_a=("1",))


@pytest.fixture
def run_file(data, tmp_path):
    file = tmp_path / "run.nc"
    main(["train", "--task", saved(tmp_path, data), "--width", "20", "--steps", "200",
          "--seeds", "3,5", "--out", str(file)])  # fmt: skip
    return file


def test_the_report_is_one_file_that_asks_no_one(run_file, tmp_path, browser):
    out = tmp_path / "report.html"
    main(["report", str(run_file), "--seed", "5", "--out", str(out)])
    page = browser.new_context(offline=True).new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if "http" in asked.url[:4] else None)
    page.goto(out.as_uri())
    page.wait_for_function("views.length === 4")
    assert "seed 5" in page.inner_text("h1")
    assert page.locator("tr").count() == 6
    frames = "views.map(view => view.getState().signals.frame ?? null).filter(f => f !== null)"
    page.evaluate("void views[0].signal('frame', 3).run()")
    page.wait_for_function(f"{frames}.every(frame => frame === 3)")
    assert wrong == []


def test_the_report_draws_neurons_that_are_alone_too(tmp_path, browser):
    """It drew those of the first three clusters only, and did not say so."""
    file, out = tmp_path / "run.nc", tmp_path / "report.html"
    main(["train", "--task", "playground", "--width", "12", "--steps", "5", "--out", str(file)])
    data = load(file)
    assert len(np.unique(data.cluster)) == 12
    main(["report", str(file), "--out", str(out)])
    page = browser.new_context(offline=True).new_page()
    page.goto(out.as_uri())
    page.wait_for_function("views.length === 4")
    marks = page.evaluate(
        """["race", "norms"].map((name, place) => {
          const found = new Set();
          const visit = (item) => {
            for (const inner of item.items ?? []) visit(inner);
            if (Number.isInteger(item.datum?.neuron)) found.add(item.datum.neuron);
          };
          visit(views[place].scenegraph().root);
          return found.size;
        })"""
    )
    assert marks == [12, 12]
    assert "alone in their cluster, 12 of 12" in page.inner_text("figure >> nth=0")


def drawn(**changes):
    """The report's figures of a small run, as Vega's scenegraphs, by name; and the summary."""
    data = record.run(Config(task="playground", width=12, steps=60, **changes))
    told = summarise(data)["seeds"][0]
    figures = report._figures(data.time.values, of_network(data, 0), told)
    graphs = {one.name: vl_convert.vegalite_to_scenegraph(_sized(one.spec)) for one in figures}
    return {name: graph["scenegraph"] for name, graph in graphs.items()}, told


def _sized(spec):
    return json.loads(spec) | {"width": 400}


def items(graph, kind):
    """All items of a kind of mark in a scenegraph."""
    found = graph.get("items", []) if graph.get("marktype") == kind else []
    return found + [one for inner in graph.get("items", []) for one in items(inner, kind)]


@pytest.mark.parametrize("init_scale", [1e-40, 1e-4, 0.01, 1])
def test_every_neuron_lies_within_the_axes_of_its_run(init_scale):
    graphs, _ = drawn(init_scale=init_scale, lr=0.5)
    dots = [one for one in items(graphs["race"], "symbol") if one.get("shape") != "stroke"]
    assert len(dots) >= 12
    assert all(0 <= one["x"] <= 400 and 0 <= one["y"] <= 400 for one in dots)
    # Both scales end at the run's own sizes: none is moved to an edge. Near ones may look alike.
    assert len({one["y"] for one in dots}) == len(dots)
    assert len({one["fill"] for one in dots}) >= len(dots) - 1
    lines = items(graphs["norms"], "line")
    assert all(0 <= one["y"] <= 320 for one in lines)
    words = [one["text"] for one in items(graphs["race"], "text")]
    power = round(np.log10(init_scale**2))
    near = [f"10⁻{str(-p).translate(RAISED)}" for p in range(power - 4, min(power + 4, 0))]
    assert set(near) & set(words)


RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@pytest.mark.parametrize("accuracy", [0, 0.5, 1])
def test_a_constant_accuracy_has_ticks_of_its_own(accuracy):
    """The axis had the one tick 1, later two of 0.98."""
    rows = [{"kept": kept, "accuracy": accuracy} for kept in range(13)]
    chart = report._capacity(rows).properties(width=400)
    graph = vl_convert.vegalite_to_scenegraph(chart.to_json())["scenegraph"]
    axes = [one for one in items(graph, "group") if one.get("orient") == "left"]
    ticks = [one["text"] for axis in axes for one in items(axis, "text")]
    assert str(accuracy) in ticks
    assert len(set(ticks)) == len(ticks)


def test_a_neuron_without_size_lies_at_the_bottom_and_one_that_points_away_on_the_left():
    data = record.run(Config(task="playground", width=12, steps=60))
    data.norm_out[0, :, 3] = 0
    data.alignment_shared[0, :, 5] = -0.97
    network = summarise(data)["seeds"][0]
    figures = report._figures(data.time.values, of_network(data, 0), network)
    spec = next(one.spec for one in figures if one.name == "race")
    graph = vl_convert.vegalite_to_scenegraph(_sized(spec))["scenegraph"]
    dots = [one for one in items(graph, "symbol") if one.get("shape") != "stroke"]
    assert max(one["y"] for one in dots) == pytest.approx(400)
    assert 0 <= min(one["x"] for one in dots) < 40


@pytest.mark.parametrize("size", [0, 5e-324, 1e-300])
def test_neurons_without_any_size_are_drawn(size):
    """The axis had no end."""
    data = record.run(Config(task="playground", width=12, steps=60))
    data.norm_out[:] = size
    data.norm_in[:] = 1
    assert "chart-race" in report.report(data)


def test_a_report_tells_of_each_part_that_is_there():
    told = []
    report.report(
        record.run(Config(task="playground", width=12, steps=60)), None, lambda: told.append(1)
    )
    assert len(told) == report.PARTS


def test_a_report_says_that_a_network_has_not_learned():
    flat = record.run(Config(task="playground", width=12, steps=60, lr=1e-9))
    assert "This network has not learned" in report.report(flat)
    learned = record.run(Config(task="playground", width=12, steps=400, lr=1.0))
    html, told = report.report(learned), summarise(learned)["seeds"][0]
    assert "not learned" not in html
    merged = told["capacity"]
    assert len(told["clusters"]) != 12
    assert f"accuracy {told['accuracy']:.3g},\n{len(told['clusters'])} clusters." in html
    assert (
        f"leaves {merged['merged_neurons']} with accuracy {merged['merged_accuracy']:.3g}." in html
    )


def test_names_in_a_report_are_text(data, tmp_path, monkeypatch):
    """No markup, no script, no character that no file can hold."""
    monkeypatch.chdir(tmp_path)
    label = "</script><img src=x onerror=alert(1)>&lt;"
    name = os.fsdecode(b"<b>{{x}}&amp;\xe9.npz")
    np.savez(name, X=data["X"], y=np.where(data["y"] == 7, label, "${a}"))
    main(["train", "--task", name, "--width", "5", "--steps", "5"])
    main(["report", "run.nc"])
    page = BeautifulSoup(Path("report.html").read_text("utf-8"), "html.parser")
    said = f"<b>{{{{x}}}}&amp;\\udce9.npz: ${{a}} against {label}, 5 neurons, seed 0"
    assert page.h1.text == page.title.text == said
    assert not page.select("img, h1 *")
    assert all(label not in script.text for script in page.find_all("script"))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--seed", "9"], "no seed 9; it has 3, 5"),
        (["--out", "run.nc"], "exists"),
        (["--out", "run.nc", "--force"], "run.nc is what is read"),
        (["--out", ".", "--force"], "is a folder"),
    ],
)
def test_the_report_refuses(arguments, part, run_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(run_file), *arguments])
    assert stopped.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("racing: ")
    assert part in said


def test_the_notebook_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((ROOT / "docs" / "evidence" / "own.ipynb").read_text("utf-8"))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    exec("\n".join(code), {})
    told = re.search(r"rank correlation: ([\d.]+)", capsys.readouterr().out)[1]
    assert float(told) > 0.8
    assert (tmp_path / "mine.html").stat().st_size > 100_000
