"""A visitor's own data: the lab reads, prepares and turns it as Python does."""

import base64
import io
import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from racing_core import own_samples, own_table, tasks
from racing_core.descent import Rotation
from racing_core.errors import InputError
from tests.racing_core.test_own_table import READ, REFUSED

TWINS = Path(__file__).parent / "own_data" / "twins.mjs"


def lab(*requests) -> list:
    """What the lab's modules make of each request, see twins.mjs."""
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    done = subprocess.run(
        [shutil.which("node", path=path), TWINS],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_text(content) -> bytes:
    return content.encode() if isinstance(content, str) else content


def test_tables_are_read_and_refused_as_in_python(tmp_path):
    """In the same words, but for those of the libraries."""
    cases = [*READ.values(), *(case[:2] for case in REFUSED.values() if isinstance(case[0], str))]
    requests = [
        {"kind": "table", "text": text.lstrip("\ufeff"), "label": label} for text, label in cases
    ]
    for (text, label), found in zip(cases, lab(*requests), strict=True):
        file = tmp_path / "own.csv"
        file.write_bytes(as_text(text))
        try:
            x, y = own_table.read(str(file), label)
        except InputError as error:
            said = str(error).replace(str(file), "own.csv")
            if "quotation marks" in said:
                assert "quotation marks" in found["problem"]
            else:
                assert found.get("problem") == said, text
        else:
            np.testing.assert_array_equal(found["rows"], x)
            assert found["labels"] == y.tolist()


X = np.random.default_rng(0).normal(size=(60, 4))
Y = np.arange(60) % 2
WITH_NAN = np.where(np.arange(240).reshape(60, 4) == 22, np.nan, X)
KINDS = {
    "int64": (X, Y + 9),  # "9" before "10"
    "words": (X.astype(np.float32), np.where(Y, " Zürich", "Bern")),
    "large": ((1 << 62) + 1024 * np.arange(240).reshape(60, 4), Y),
    "bool": (np.asfortranarray(X), Y.astype(bool)),
    "float": ((100 * X).astype(np.int16), np.where(Y, 2.5, -1.0)),
    "float32": (X > 0, np.where(Y, 0.1, 0.3).astype(np.float32)),
    "half": (X.astype(np.float16), Y.astype(np.uint8)),
}  # fmt: skip


def archive(**arrays) -> str:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return base64.b64encode(stream.getvalue()).decode()


def test_arrays_are_read_as_in_python(tmp_path):
    found = lab(*({"kind": "archive", "base64": archive(X=x, y=y)} for x, y in KINDS.values()))
    for (x, y), one in zip(KINDS.values(), found, strict=True):
        np.savez(tmp_path / "own.npz", X=x, y=y)
        expected, labels, (a,), (b,) = own_samples.read(str(tmp_path / "own.npz"))
        np.testing.assert_array_equal(one["rows"], expected)
        assert one["names"] == [a, b]
        assert one["labels"] == np.where(labels, b, a).tolist()


WRONG = {
    "no y": ({"X": X}, "no array 'y'; it has X"),
    "other layout": ({"x_train": X, "y_train": Y}, "no array 'X'; it has x_train, y_train"),
    "images": ({"X": X.reshape(60, 2, 2), "y": Y}, "X of shape (60, 2, 2) and y of shape (60,)"),
    "column": ({"X": X, "y": Y[:, None]}, "y.ravel()"),
    "one-hot labels": ({"X": X, "y": np.eye(2)[Y]}, "y.argmax(axis=1) makes one-hot rows labels."),
    "numbers": ({"X": X[:, 0], "y": Y[:, None]}, "each number a sample, y.ravel() makes"),
    "too few labels": ({"X": X, "y": Y[1:]}, "(N,); give every sample one label."),
    "no samples": ({"X": X[:0], "y": Y[:0]}, "(N,); add samples and inputs."),
    "objects": ({"X": X, "y": Y.astype(object)}, "array of Python objects"),
    "complex": ({"X": X * 1j, "y": Y}, "X of type <c16"),
    "words in X": ({"X": X.astype(str), "y": Y}, "must hold real numbers"),
    "big-endian": ({"X": X.astype(">f8"), "y": Y}, "X of type >f8"),
    "row": ({"X": X, "y": Y[None]}, "(N,); y.ravel() makes"),
    "column per sample": ({"X": X.T.copy(), "y": Y}, "X.T makes columns rows"),
    "large": ({"X": 2**60 + np.arange(240).reshape(60, 4), "y": Y}, "846977 in row 0, column 1"),
    "blank label": ({"X": X, "y": np.where(Y, "  ", "cat")}, "'' in row 1 of y"),
    "NaN": ({"X": WITH_NAN, "y": Y}, "in row 5, column 2 of X"),
    "NaN label": ({"X": X, "y": np.where(Y, np.nan, 0)}, "in row 1 of y"),
    "missing label": ({"X": X, "y": np.where(Y, "nan", "cat")}, "'nan' in row 1 of y"),
    "too large": ({"X": np.zeros((1000, 200)), "y": np.zeros(1000)}, "more than 1 MB"),
}  # fmt: skip


def test_wrong_archives_are_told_in_a_sentence():
    contents = [archive(**arrays) for arrays, _ in WRONG.values()]
    whole = base64.b64decode(contents[0])
    single = io.BytesIO()
    np.save(single, X)
    damaged = [b"text", whole[:200], b"", single.getvalue(), whole.replace(b"NUMPY", b"NUMPI")]
    parts = [part for _, part in WRONG.values()] + ["damaged"] * 3 + ["one array (.npy)"]
    contents += [base64.b64encode(content).decode() for content in damaged[:4]]
    found = lab(*({"kind": "archive", "base64": content} for content in contents))
    for one, part in zip(found, parts, strict=True):
        assert part in one["problem"]
        assert one["problem"].startswith("own.npz")
        assert one["problem"].endswith(".")
        assert "\n" not in one["problem"]


DIGITS = load_digits()
WINE = load_wine()
DRAW = np.random.default_rng(0)
KINDS_OF_WINE = np.eye(3)[WINE.target]
TASKS = {
    "full rank": (load_breast_cancer().data, load_breast_cancer().target, ["0"], ["1"]),
    "constant inputs": (DIGITS.data, DIGITS.target, ["3", "8"], ["4", "9"]),
    "fewer samples than inputs": (DRAW.normal(size=(40, 90)), np.arange(40) % 3, ["0"], ["2"]),
    "one-hot": (np.concatenate([KINDS_OF_WINE, WINE.data], 1), WINE.target, ["0", "2"], ["1"]),
    "alike": (np.eye(30, 50), np.arange(30) % 2, ["0"], ["1"]),
    "bits": ((DRAW.random((60, 100)) < 0.3).astype(float), np.arange(60) % 2, ["0"], ["1"]),
}  # fmt: skip


def test_samples_are_prepared_and_turned_as_in_python(tmp_path):
    requests, vectors = [], {}
    for name, (x, y, a, b) in TASKS.items():
        vectors[name] = DRAW.normal(size=(3, x.shape[1]))
        labels = [str(label) for label in y]
        given = {"rows": x.tolist(), "labels": labels, "vectors": vectors[name].ravel().tolist()}
        requests.append({"kind": "task", "a": a, "b": b, **given})
    for (name, (x, y, a, b)), found in zip(TASKS.items(), lab(*requests), strict=True):
        np.savez(tmp_path / "own.npz", X=x, y=y)
        task = tasks.load(str(tmp_path / "own.npz"), a, b)
        rotation = Rotation(task.x)
        np.testing.assert_allclose(found["x"], task.x.ravel(), atol=1e-12, err_msg=name)
        assert found["labels"] == task.y.tolist()
        assert found["rank"] == rotation.rank
        span = rotation.to_span(task.x).ravel()
        np.testing.assert_allclose(found["span"], span, atol=1e-10, err_msg=name)
        inputs = rotation.to_inputs(vectors[name]).ravel()
        np.testing.assert_allclose(found["inputs"], inputs, atol=1e-10, err_msg=name)
        raw = x[np.isin(y.astype(str), a + b)]
        np.testing.assert_allclose(found["mean"], raw.mean(0), rtol=1e-9, atol=1e-12)


def test_samples_that_cannot_be_scaled_are_refused():
    usual = {"kind": "task", "labels": ["0", "1"], "a": ["0"], "b": ["1"], "vectors": []}
    rows = ([[1], [1]], [[0], [1e200]], [[0], [1e-200]])
    same, *others = lab(*(usual | {"rows": one} for one in rows))
    assert "All samples of own.csv are the same" in same["problem"]
    for one in others:
        assert "whose squares a computer cannot hold" in one["problem"]
