"""The edge on the pages: its lines, numbers and verdicts are those of the data, and of the rule."""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from export.site import edge as page_edge
from racing_core.study.edge import plan, results, rows, runner, scales

ROOT = Path(__file__).parents[3]
EVIDENCE = ROOT / "docs" / "data" / "evidence"
HOLD = (
    "batch_10", "batch_50", "momentum", "weight_decay", "smoothing", "squared_centred",
    "samples_1800",
)  # fmt: skip
CELL = ("momentum", "fan_in")
MARKS = {"no race": "nothing"}
SECTIONS = {
    "holds": "edge-holds",
    "weaker": "edge-weaker",
    "fails": "edge-fails",
    "no race": "edge-none",
}


def read(name):
    return json.loads((EVIDENCE / f"{name}.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def edge():
    return page_edge.Edge(EVIDENCE)


@pytest.fixture(scope="module")
def page(site):
    return BeautifulSoup((site / "evidence/index.html").read_text("utf-8"), "html.parser")


def test_verdicts_are_those_of_the_rule():
    for row in read("edge")["rows"]:
        told = rows.judged(row)
        assert {name: row[name] for name in told} == told, (row["variant"], row["init"])
        for name in ("order_kept", "forecast_extended"):
            values = row["by_seed"][name]
            assert sum(values) / len(values) == pytest.approx(row[name], abs=1e-3)


def test_the_ends_are_those_of_the_rows():
    told = read("edge_scales")
    for start, ends in told["ends"].items():
        curve = [row for row in told["rows"] if row["start"] == start]
        assert [row["relative"] for row in curve] == list(scales.RELATIVE)
        assert scales.ends(curve) == ends


def test_all_that_was_planned_is_published():
    cells = plan.cells()
    told = {(row["variant"], row["init"]) for row in read("edge")["rows"]}
    assert told == {(cell.variant, cell.init) for cell in cells if cell.relative is None}
    sizes = {(row["start"], row["relative"]) for row in read("edge_scales")["rows"]}
    assert sizes == {(cell.init, cell.relative) for cell in cells if cell.relative is not None}
    assert read("edge")["seeds"] == read("edge_scales")["seeds"] == list(plan.SEEDS)


def test_a_cell_run_again_gives_the_published_numbers(cifar10, tmp_path):
    """What `racing edge --only momentum` prints is what stands in the table."""
    cell = plan.cells(CELL[0])[0]
    runner.run([cell], tmp_path)
    [row] = results.tables(runner.load([cell], tmp_path))["edge"]["rows"]
    [told] = [one for one in read("edge")["rows"] if (one["variant"], one["init"]) == CELL]
    for name, value in row.items():
        if isinstance(value, float):
            assert told[name] == pytest.approx(value, rel=0.05, abs=0.02), name


def test_every_change_has_its_line(page, edge):
    lines = page.select("details.edge")
    assert {line["id"].removeprefix("edge-") for line in lines} == set(edge.changes)
    for line in lines:
        change = line["id"].removeprefix("edge-")
        told = edge.changes[change]
        assert line.find_previous("h3")["id"] == SECTIONS[told[0]["verdict"]]
        assert told[0]["reason"] in line.summary.text
        table = line.select("tbody tr")
        assert len(table) == len(told)
        marks = [mark["class"][0] for mark in line.select(".claim-cells i")]
        assert marks == [MARKS.get(row["verdict"], row["verdict"]) for row in told]
        for cells, row in zip(table, told, strict=True):
            start, *numbers, verdict = (cell.text for cell in cells("td"))
            assert row["init"] in start
            assert verdict == row["verdict"]
            if "order_kept" in row:
                shown = re.match(r"[−\d.]+", numbers[1])[0].replace("−", "-")
                assert float(shown) == pytest.approx(row["order_kept"], abs=0.0051)


def test_a_number_that_does_not_meet_the_trial_stands_beside_it(page, edge):
    for change, told in edge.changes.items():
        line = page.find(id=f"edge-{change}")
        table = line.select("tbody tr")
        for cells, row in zip(table, told, strict=True):
            missed = row["trial"] and "order_kept" in row and not row["trial"]["met"]["order"]
            assert ("trial" in cells("td")[2].text) == bool(missed), change


def test_lines_lead_to_a_derivation_that_is_there(page, site):
    appendix = BeautifulSoup((site / "appendix/edge/index.html").read_text("utf-8"), "html.parser")
    links = [link["href"] for link in page.select("details.edge a")]
    assert len(links) > 10
    for link in links:
        assert appendix.find(id=link.split("#")[1]), link


def test_the_tests_that_the_appendix_names_exist():
    text = (ROOT / "docs/appendix/edge.md").read_text("utf-8")
    tests = (ROOT / "tests/racing_core/test_theory_extended.py").read_text("utf-8")
    named = re.findall(r"`(test_\w+)`", text)
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_sentences_about_all_runs_hold():
    """One neuron per cluster does the work of all in each; what the three bullets say."""
    told = [row for row in read("edge")["rows"] if "order_kept" in row]
    assert max(row["accuracy"] - row["merged"] for row in told) < 0.02
    verdicts = {row["variant"]: set() for row in told}
    for row in told:
        verdicts[row["variant"]].add(row["verdict"])
    for name in HOLD:
        assert verdicts[name] == {"holds"}, name
    for name in ("adam_1e-3", "adam_1e-4", "adam_1e-5"):
        assert verdicts[name] == {"fails"}
    for name in ("torch", "he"):
        assert verdicts[name] == {"no race"}


def test_numbers_as_prose_has_them(edge):
    assert page_edge.told(0.998) == "0.998"
    assert page_edge.told(1.0) == "1.00"
    assert page_edge.told(-0.8871) == "−0.89"
    assert page_edge.told(None) == "–"
    row = edge.row("momentum", "balanced")
    assert edge.value("momentum", "order_kept", "balanced") == page_edge.told(row["order_kept"])
    with pytest.raises(PluginError, match="no row of 'magic'"):
        edge.value("magic", "order_kept")
    with pytest.raises(PluginError, match="no sign 'magic'"):
        edge.end("fan_in", "magic")
