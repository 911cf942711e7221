"""What lies in docs/data agrees: files with their makers, models with charts, charts with prose."""

import hashlib
import importlib
import inspect
import json
import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from export.charts import FIGURES
from export.data.base import entry
from export.site import stage
from export.site.macros import PAGES, read_numbers
from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.network import initial, loss_and_accuracy

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs" / "data"
BUDGET = 6_000_000  # bytes
TABLES = sorted(
    str(file.relative_to(DATA).with_suffix(""))
    for file in DATA.rglob("*.json")
    if file.name != "manifest.json"
)


def read(name):
    return json.loads((DATA / name).read_text("utf-8"))


def numbers(page):
    return {name: one["value"] for name, one in read(f"{page}/numbers.json")["numbers"].items()}


@pytest.fixture(scope="module")
def samples():
    """Coordinates (N, r) and labels (N,) of the default task, as the lab gets them."""
    task = read("lab/lab.json")["tasks"][0]
    x = np.fromfile(DATA / "lab" / task["x"], "<f4").reshape(task["samples"], task["rank"])
    return x, np.array(task["labels"]), task["inputs"]


def test_held_out_samples_are_shipped_to_the_unit(cifar10):
    loaded = tasks.load(Config().task)
    shipped = read("lab/lab.json")["tasks"][0]
    whole = np.fromfile(DATA / "lab" / shipped["x_held_out"], "<i2")
    span = Rotation(loaded.x).to_span(loaded.x_held_out)
    x = whole.reshape(span.shape) * shipped["unit_held_out"]
    np.testing.assert_allclose(x, span, atol=0.51 * shipped["unit_held_out"])
    assert shipped["labels_held_out"] == loaded.y_held_out.tolist()


def test_the_manifest_tells_every_file_and_its_hash():
    manifest = read("manifest.json")
    found = {
        str(file.relative_to(DATA)): file.read_bytes() for file in DATA.rglob("*") if file.is_file()
    }
    del found["manifest.json"]
    assert set(manifest["files"]) == set(found)
    for name, content in found.items():
        assert manifest["files"][name]["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert manifest["files"][name]["bytes"] == len(content), name
    assert sum(map(len, found.values())) <= BUDGET


@pytest.mark.parametrize("name", TABLES)
def test_a_file_is_made_by_the_function_of_its_name(name):
    """docs/data/PAGE/NAME.json is made by NAME in export/data/PAGE.py, and says so."""
    page, made = name.split("/")
    maker = getattr(importlib.import_module(f"export.data.{page}"), made, None)
    assert inspect.isfunction(maker), f"export/data/{page}.py has no function {made}"
    assert maker.__module__ == f"export.data.{page}"
    assert read(f"{name}.json")["made_by"] == f"export/data/{page}.py: {made}"


@pytest.mark.parametrize("page", ["article", "appendix", "evidence"])
def test_a_pages_figures_are_drawn_from_its_own_files(page):
    """Each figure of export/charts/PAGE.py, and each file that its charts name."""
    charts = importlib.import_module(f"export.charts.{page}")
    for name, figure in charts.FIGURES.items():
        assert FIGURES[name] is figure
        assert Path(figure.data).parent == Path(page), name
        assert figure.data.removesuffix(".json") in TABLES, name
        for chart in {figure.chart, figure.narrow or figure.chart}:
            spec = json.dumps(chart(DATA).to_dict())
            used = set(re.findall(r'"url": "data/([^"]*)"', spec))
            assert figure.data in used, name
            assert {str(Path(file).parent) for file in used} == {page}, name


@pytest.mark.parametrize("name", TABLES)
def test_a_file_says_what_it_holds(name):
    """Source, meaning and unit of every field, a row per line, and no picture in the text."""
    text = (DATA / f"{name}.json").read_text("utf-8")
    content = read(f"{name}.json")
    assert len(content["about"]) > 20
    assert content["source"].strip("`").startswith(("racing ", "python tests/benchmarks/"))
    assert "base64" not in text
    if "numbers" in content:
        entries = content["numbers"].items()
        assert all(set(one) == {"value", "meaning"} and one["meaning"] for _, one in entries)
        assert text.count("\n") > len(entries)
        return
    for field in content["fields"].values():
        assert field["meaning"]
        assert {"unit", "shape"} <= set(field)
    rows = content.get("rows") or content.get("tasks") or [content]
    told = {"about", "source", "made_by", "fields"}
    assert {key for row in rows for key in row} - told == set(content["fields"])
    for name_, value in content.items():
        assert name_ in told | {"rows", "tasks"} | set(content["fields"]) or (
            f"`{name_}`" in content["about"]
        ), f"{name_} of {name}.json is not explained"
        assert value != []
    assert text.count("\n") > len(rows)


@pytest.mark.parametrize("name", TABLES)
def test_no_file_has_what_json_has_not(name):
    def refuse(constant):
        raise ValueError(constant)

    json.loads((DATA / f"{name}.json").read_text("utf-8"), parse_constant=refuse)


def test_clusters_are_counted_from_one_everywhere():
    """As in the figures and in the prose."""
    for name in TABLES:
        found = [row["cluster"] for row in read(f"{name}.json").get("rows", []) if "cluster" in row]
        if found:
            assert np.min(found) == 1, name
    last = read("home/race.json")["rows"][-1]
    sizes = np.bincount(last["cluster"])
    assert numbers("home")["largest_cluster"] == sizes[1] == sizes.max()
    assert [block["cluster"] for block in read("article/cosines.json")["blocks"]] == [1, 2, 3]


def test_every_number_is_read_by_a_page():
    """And no two pages define the same one, which `read_numbers` refuses."""
    words = [file.read_text("utf-8") for file in (ROOT / "docs").rglob("*.md")]
    words += [file.read_text("utf-8") for file in (ROOT / "docs" / "appendix").glob("*.py")]
    words += [figure.caption for figure in FIGURES.values()] + [stage.CAPTION]
    used = set(re.findall(r"\b(?:n|raw)\.(\w+)", " ".join(words)))
    assert set(read_numbers(DATA)) == used
    setup = set(read("evidence/setup.json")["numbers"])
    evidence = (ROOT / "docs" / "evidence" / "index.md").read_text("utf-8")
    used = set(re.findall(r"\bstudy\.(?:setup\.)?(\w+)", evidence))
    not_prose = {"versions", "data_hashes", "task_names", "init_names"}
    assert setup - not_prose == used - {"command", "setup", "long", "held_back"}


def test_pages_that_define_the_same_number_are_refused(tmp_path):
    for page in PAGES:
        (tmp_path / page).mkdir()
        content = {"numbers": {"width": {"value": 1, "meaning": "neurons"}}}
        (tmp_path / page / "numbers.json").write_text(json.dumps(content))
    with pytest.raises(Exception, match="two pages define the number 'width'"):
        read_numbers(tmp_path)


def test_a_cosine_matrix_is_read_back_by_the_rule_that_its_file_states():
    """Shade k is the cosine (k - 8) / 8: 1 on the diagonal, symmetric, 0.99 within a cluster."""
    content = read("article/cosines.json")
    meaning = content["fields"]["image"]["meaning"]
    assert "shade k of its palette, from 0 to 16, is the cosine (k - 8) / 8" in meaning
    for row in content["rows"]:
        shades = np.array(Image.open(DATA.parent / row["image"]), int)
        cosine = (shades - 8) / 8
        assert cosine.shape == (len(content["order"]),) * 2
        assert (np.diag(cosine) == 1).all()
        np.testing.assert_array_equal(cosine, cosine.T)
    for block in content["blocks"]:
        inside = slice(block["start"], block["end"])
        assert (cosine[inside, inside] == 1).all()
        cluster = np.array(read("article/race.json")["rows"][-1]["cluster"])
        assert (cluster[content["order"][inside]] == block["cluster"]).all()


def test_the_trained_model_has_the_loss_that_chart_and_prose_tell(samples):
    x, y, _ = samples
    session = onnxruntime.InferenceSession(DATA / "article" / "model.onnx")
    logits, _ = session.run(None, {"x": x})
    loss, accuracy = loss_and_accuracy(logits.astype(float), y)
    last, told = read("home/race.json")["rows"][-1], numbers("home")
    assert loss == pytest.approx(last["loss"], rel=1e-3)
    assert accuracy == last["accuracy"]
    assert float(told["final_loss"]) == pytest.approx(loss, rel=0.05)
    assert told["final_accuracy"] == f"{accuracy:.0%}"


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
    session = onnxruntime.InferenceSession(DATA / "lab" / "step.onnx")
    step = 0
    for frame in read("home/race.json")["rows"]:
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
    told, last = numbers("home"), read("home/race.json")["rows"][-1]
    sizes = np.bincount(last["cluster"])[1:]
    assert [told["largest_cluster"], told["second_cluster"]] == sizes[:2].tolist()
    assert told["large_clusters"] == (sizes >= 10).sum()
    norms = np.bincount(last["cluster"], weights=last["norm_product"])[1:]
    assert told["two_largest_share"] == f"{norms[:2].sum() / norms.sum():.1%}"


def test_the_lab_knows_every_file_that_it_gets_from_here():
    """By length and hash: it uses no other."""
    told = read("lab/lab.json")["files"]
    files = {file.name: file.read_bytes() for file in (DATA / "lab").iterdir()}
    del files["lab.json"]
    assert told == {name: entry(content) for name, content in files.items()}
