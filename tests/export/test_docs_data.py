"""What lies in docs/data agrees: manifest with files, models with charts, charts with the prose."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from racing_core.network import initial, loss_and_accuracy

DATA = Path(__file__).parents[2] / "docs" / "data"
BUDGET = 6_000_000  # bytes


def read(name):
    return json.loads((DATA / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def samples():
    """Coordinates (N, r) and labels (N,) of the default task, as the lab gets them."""
    task = read("lab.json")["tasks"][0]
    x = np.fromfile(DATA / task["x"], "<f4").reshape(task["samples"], task["rank"])
    return x, np.array(task["labels"]), task["inputs"]


def test_the_manifest_tells_every_file_and_its_hash():
    manifest = read("manifest.json")
    found = {file.name: file.read_bytes() for file in DATA.iterdir()}
    del found["manifest.json"]
    assert set(manifest["files"]) == set(found)
    for name, content in found.items():
        assert manifest["files"][name]["sha256"] == hashlib.sha256(content).hexdigest(), name
    assert sum(map(len, found.values())) <= BUDGET


def test_the_trained_model_has_the_loss_that_chart_and_prose_tell(samples):
    x, y, _ = samples
    session = onnxruntime.InferenceSession(DATA / "model.onnx")
    logits, _ = session.run(None, {"x": x})
    loss, accuracy = loss_and_accuracy(logits.astype(float), y)
    last, numbers = read("race.json")[-1], read("numbers.json")
    assert loss == pytest.approx(last["loss"], rel=1e-3)
    assert accuracy == last["accuracy"]
    assert float(numbers["final_loss"]) == pytest.approx(loss, rel=0.05)
    assert numbers["final_accuracy"] == f"{accuracy:.0%}"


def test_the_live_run_follows_the_charts(samples):
    x, y, inputs = samples
    config = read("manifest.json")["configuration"]
    start = initial(
        config["seeds"][0],
        config["width"],
        x.shape[1],
        inputs,
        config["init"],
        config["init_scale"],
    )
    state = {"w_in": start.w_in[:, : x.shape[1]], "b": start.b, "w_out": start.w_out}
    fixed = {"x": x, "y": np.eye(2)[y], "lr": np.array(config["lr"]), "bias_on": np.array(1)}
    session = onnxruntime.InferenceSession(DATA / "step.onnx")
    step = 0
    for frame in read("race.json"):
        if frame["step"] > 1000:
            break
        feeds = {name: value.astype(np.float32) for name, value in (state | fixed).items()}
        feeds["steps"] = np.array(frame["step"] - step)
        names = [output.name for output in session.get_outputs()]
        result = dict(zip(names, session.run(None, feeds), strict=True))
        state = {name: result[f"{name}_next"] for name in state}
        step = frame["step"]
        assert result["loss"] == pytest.approx(frame["loss"], rel=1e-3)
        rest = (start.w_in[:, x.shape[1] :] ** 2).sum(axis=1)
        norm_product = np.sqrt(result["norm_in"] ** 2 + rest) * result["norm_out"]
        np.testing.assert_allclose(norm_product, frame["norm_product"], rtol=0.01)
    assert step > 500


def test_prose_and_charts_tell_the_same_clusters():
    numbers, last = read("numbers.json"), read("race.json")[-1]
    sizes = np.bincount(last["cluster"])
    assert numbers["clusters"] == len(sizes)
    assert [numbers["largest_cluster"], numbers["second_cluster"]] == sizes[:2].tolist()
    norms = np.bincount(last["cluster"], weights=last["norm_product"])
    assert numbers["two_largest_share"] == f"{norms[:2].sum() / norms.sum():.1%}"
