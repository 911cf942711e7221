"""The evidence page: its numbers are those of the study, and any cell can be had again."""

import itertools
import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from export.site.evidence import with_interval
from racing_core.study import jobs as work
from racing_core.study import plan, verdicts
from racing_core.study import results as published
from racing_core.study.claims import CLAIMS

DATA = Path(__file__).parents[2] / "docs" / "data"
CELL = "playground/fan_in"


def read(name):
    return json.loads((DATA / name).read_text("utf-8"))


def test_every_claim_was_tested_in_every_cell():
    told = {claim["name"]: claim for claim in read("claims.json")["claims"]}
    assert list(told) == [claim.name for claim in CLAIMS]
    expected = {f"{task}/{init}" for task in plan.TASKS for init in plan.INITS}
    for claim in CLAIMS:
        found = told[claim.name]
        assert {cell["cell"] for cell in found["cells"]} == expected
        assert found["holds_in"] == sum(c["verdict"] == "holds" for c in found["cells"])
        assert found["text"] == claim.text


def test_a_cell_run_again_gives_the_published_numbers():
    """What `racing study --cell` prints is what stands in the table."""
    jobs = [job for job in plan.cell(plan.jobs(), CELL) if job.kind == "race"]
    results = [(job, work.perform(job.kind, job.fields)) for job in jobs]
    networks = verdicts.cells(results)["race"][CELL]
    assert len(networks) == len(plan.SEEDS)
    cells = {claim["name"]: claim["cells"] for claim in read("claims.json")["claims"]}
    for claim in CLAIMS:
        if claim.kind != "race":
            continue
        told = next(cell for cell in cells[claim.name] if cell["cell"] == CELL)
        again = verdicts.judge(claim, networks)
        assert again["verdict"] == told["verdict"], claim.name
        for name in ("mean", "low", "high"):
            # Another processor may round otherwise, and single neurons may change places.
            assert again[name] == pytest.approx(told[name], rel=0.02, abs=0.005), claim.name


@pytest.mark.parametrize("name", ["width/100/playground/fan_in", "10/0.0336/0.348"])
def test_a_scan_or_a_phase_run_again_gives_the_published_numbers(name, cifar10):
    results = [(job, work.perform(job.kind, job.fields)) for job in plan.cell(plan.jobs(), name)]
    again = published.scans(results) + published.phase(results)
    told = read("claims.json")["scans"] + read("phase.json")
    places = "variable", "value", "task", "init", "scale", "lr", "width"
    for row in again:
        place = {key: row[key] for key in places if key in row}
        same = [one for one in told if {key: one.get(key) for key in place} == place]
        assert len(same) == 1
        for key in row.keys() - {"race", *places}:
            assert row[key] == pytest.approx(same[0][key], rel=0.02, abs=0.005), key
    assert again


def test_the_phase_diagram_is_whole():
    rows = read("phase.json")
    cells = {(row["width"], row["scale"], row["lr"]) for row in rows}
    grid = itertools.product(plan.PHASE_WIDTHS, plan.PHASE_SCALES, plan.PHASE_RATES)
    assert cells == set(grid)
    for row in rows:
        assert row["diverged"] == 1 or row["race"]["time"][0] == 0


SECTIONS = {
    "holds": "holds",
    "with a condition": "with-a-condition",
    "not confirmed": "not-confirmed",
    "counted": "counted",
}


def test_the_page_shows_what_was_computed(site):
    """Each claim once, below the heading of its verdict, with every cell and where it holds."""
    page = BeautifulSoup((site / "evidence/index.html").read_text("utf-8"), "html.parser")
    claims = read("claims.json")["claims"]
    assert len(page.select("details.claim")) == len(claims)
    for claim in claims:
        row = page.find(id=f"claim-{claim['name']}")
        assert claim["text"] in row.summary.text
        assert row.find_previous("h2")["id"] == SECTIONS[claim["verdict"]]
        assert len(row.select("tbody tr")) == len(claim["cells"])
        shown = [square["class"][0] for square in row.select(".claim-cells i")]
        for verdict in ("holds", "fails", "undecided"):
            cells = [cell for cell in claim["cells"] if cell["verdict"] == verdict]
            assert shown.count(verdict) == len(cells)


def test_numbers_are_as_exact_as_their_intervals():
    assert (
        with_interval({"mean": 0.0583, "low": 0.0502, "high": 0.0746}) == "0.058 (0.050 to 0.075)"
    )
    assert with_interval({"mean": 35.7, "low": 35.52, "high": 36.0}) == "35.70 (35.52 to 36.00)"
    assert with_interval({"mean": -2e-4, "low": -4e-4, "high": 0.0}) == "0.000 (0.000 to 0.000)"
    assert with_interval({"mean": -0.5, "low": -2.0, "high": 1.0}) == "−0.5 (−2.0 to 1.0)"
    assert with_interval({"mean": None, "low": None, "high": None}) == "–"


def test_a_phase_cell_opens_its_run_in_the_lab(page, site_url):
    page.goto(f"{site_url}evidence/")
    page.mouse.move(300, 300)
    figure = page.locator("#figure-phase")
    figure.scroll_into_view_if_needed()
    figure.get_by_label("30", exact=True).check()
    figure.locator(".chart-live .mark-rect path").nth(150).click()
    page.wait_for_url(f"{site_url}lab/?width=30&init_scale=*&lr=*&steps=*")
