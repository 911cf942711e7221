"""The evidence page: its numbers are those of the study, and any cell can be had again."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

from export.site.evidence import with_interval
from racing_core.study import jobs as work
from racing_core.study import plan, verdicts
from racing_core.study import results as published
from racing_core.study.claims import CLAIMS

DATA = Path(__file__).parents[2] / "docs" / "data"
CELL = plan.Cell("playground", "fan_in")


def read(name):
    return json.loads((DATA / "evidence" / f"{name}.json").read_text("utf-8"))["rows"]


def test_every_claim_was_tested_in_every_cell_and_grouping():
    told = {claim["name"]: claim for claim in read("claims")}
    assert list(told) == [claim.name for claim in CLAIMS]
    expected = set(itertools.product(plan.TASKS, plan.INITS))
    for claim in CLAIMS:
        found = told[claim.name]
        assert {(cell["task"], cell["init"]) for cell in found["cells"]} == expected
        for kind, drawn in (("groupings", plan.DRAWN | plan.HELD_BACK), ("images", plan.IMAGES)):
            assert [group["init"] for group in found[kind]] == list(plan.INITS)
            for group in found[kind]:
                assert group["of"] <= len(drawn)
                if group["in_range"] is not None:
                    assert set(group["outside"]) <= set(drawn)
                    assert group["in_range"] + len(group["outside"]) == group["of"]
        for group in found["groupings"]:
            assert group["first"]["of"] + group["held_back"]["of"] == group["of"]
        assert (found["text"], found["unit"]) == (claim.text, claim.unit)
        ends = [end if np.isfinite(end) else None for end in (claim.low or 0.0, claim.high)]
        assert found["range"] == (None if claim.low is None else ends), claim.name


def test_a_verdict_for_a_new_grouping_is_what_the_counts_say():
    claims = read("claims")
    groups = [group for claim in claims for group in claim["groupings"]]
    said = verdicts.for_a_new_grouping([(group["in_range"], group["of"]) for group in groups])
    assert said == [group["verdict"] for group in groups]
    for claim in claims:
        by_init = {group["init"]: group["verdict"] for group in claim["groupings"]}
        told = {name: claim[name] for name in ("verdict", "condition")}
        assert told == verdicts.overall(by_init)


def test_a_verdict_is_what_the_interval_and_the_range_say():
    for claim in read("claims"):
        low, high = claim["range"] or (None, None)
        low, high = -np.inf if low is None else low, np.inf if high is None else high
        for cell in claim["cells"]:
            ends = [cell["low"], cell["high"]] if cell["mean"] is not None else []
            if any(np.isclose(end, edge, rtol=1e-3) for end in ends for edge in (low, high)):
                continue  # published ends are rounded
            if cell["mean"] is None:
                expected = "nothing to compare"
            elif claim["range"] is None:
                expected = "counted"
            elif low <= cell["low"] and cell["high"] <= high:
                expected = "holds"
            else:
                outside = cell["high"] < low or cell["low"] > high
                expected = "fails" if outside else "undecided"
            assert cell["verdict"] == expected, (claim["name"], cell)


def test_a_cell_run_again_gives_the_published_numbers():
    """What `racing study --cell` prints is what stands in the table."""
    jobs = [job for job in plan.cell(plan.jobs(), str(CELL)) if job.kind == "race"]
    results = [(job, work.perform(job.kind, job.fields)) for job in jobs]
    networks = verdicts.cells(results)["race"][CELL]
    assert len(networks) == len(plan.SEEDS)
    cells = {claim["name"]: claim["cells"] for claim in read("claims")}
    for claim in CLAIMS:
        if claim.kind != "race":
            continue
        told = next(one for one in cells[claim.name] if (one["task"], one["init"]) == CELL)
        again = verdicts.judge(claim, networks, CELL)
        assert again["verdict"] == told["verdict"], claim.name
        for name in ("mean", "low", "high"):
            # Another processor may round otherwise, and single neurons may change places.
            assert again[name] == pytest.approx(told[name], rel=0.02, abs=0.005), claim.name


@pytest.mark.parametrize("name", ["width/100/playground/fan_in", "10/0.0336/0.348"])
def test_a_scan_or_a_phase_run_again_gives_the_published_numbers(name, with_images):
    with_images(name[0].isdigit())  # a cell of the phase diagram
    results = [(job, work.perform(job.kind, job.fields)) for job in plan.cell(plan.jobs(), name)]
    again = published.scans(results) + published.phase(results)
    told = read("scans") + read("phase")
    places = "variable", "value", "task", "init", "scale", "lr", "width"
    for row in again:
        place = {key: row[key] for key in places if key in row}
        same = [one for one in told if {key: one.get(key) for key in place} == place]
        assert len(same) == 1
        for key in row.keys() - {"race", *places}:
            assert row[key] == pytest.approx(same[0][key], rel=0.02, abs=0.005), key
    assert again


def test_the_phase_diagram_is_whole():
    rows = read("phase")
    cells = {(row["width"], row["scale"], row["lr"]) for row in rows}
    grid = itertools.product(plan.PHASE_WIDTHS, plan.PHASE_SCALES, plan.PHASE_RATES)
    assert cells == set(grid)
    for row in rows:
        assert row["diverged"] == 1 or row["race"]["time"][0] == 0


SECTIONS = {
    "holds": "holds",
    "under some initializations": "some",
    "not confirmed": "not-confirmed",
    "counted": "counted",
}


def test_the_page_shows_what_was_computed(site):
    """Each claim once, below the heading of its verdict, with every cell and where it holds."""
    page = BeautifulSoup((site / "evidence/index.html").read_text("utf-8"), "html.parser")
    claims = read("claims")
    assert len(page.select("details.claim:not(.edge)")) == len(claims)
    for claim in claims:
        row = page.find(id=f"claim-{claim['name']}")
        assert claim["text"] in row.summary.text
        assert row.find_previous("h2")["id"] == SECTIONS[claim["verdict"]]
        drawn, chosen = row.select("table")
        assert len(drawn.select("tbody tr")) == len(claim["groupings"]) + len(claim["images"])
        assert len(chosen.select("tbody tr")) == len(claim["cells"])
        shown = [square["class"][0] for square in row.select(".claim-cells i")]
        assert len(shown) == len(plan.INITS) * len(plan.DRAWN | plan.HELD_BACK)
        if claim["range"]:
            outside = sum(len(group["outside"] or []) for group in claim["groupings"])
            assert shown.count("fails") == outside


def numbers_in(text):
    """The numbers of a text, and half a unit of the last place in which each is written."""
    found = re.findall(r"[−-]?\d+(?:\.(\d+))?", text)
    values = [float(one[0].replace("−", "-")) for one in re.finditer(r"[−-]?\d+(?:\.\d+)?", text)]
    return [
        (value, 0.5 * 10.0 ** -len(places)) for value, places in zip(values, found, strict=True)
    ]


def assert_shown(text, told):
    """A text such as `0.83 (0.81 to 0.85)` is the mean and the interval, rounded."""
    if told["mean"] is None:
        assert text == "–"
        return
    shown = numbers_in(text)
    assert len(shown) == 3, text
    for (value, half), name in zip(shown, ("mean", "low", "high"), strict=True):
        assert abs(value - told[name]) <= half + 1e-9, (text, told)


def test_the_page_shows_the_studys_numbers(site):
    """Each claim's mean and interval, over groupings and in each cell, as the data has them."""
    page = BeautifulSoup((site / "evidence/index.html").read_text("utf-8"), "html.parser")
    for claim in read("claims"):
        row = page.find(id=f"claim-{claim['name']}")
        drawn, chosen = row.select("table")
        told = claim["groupings"] + claim["images"]
        for line, group in zip(drawn.select("tbody tr"), told, strict=True):
            _, init, numbers, _, inside, _ = (td.text for td in line("td"))
            assert init == group["init"]
            assert_shown(numbers, group)
            if group["in_range"] is not None:
                assert inside == f"{group['in_range']} of {group['of']}"
        means = [group["mean"] for group in claim["groupings"] if group["mean"] is not None]
        effect = row.select_one(".claim-effect").text
        assert claim["unit"]
        assert effect.endswith(f" {claim['unit']}")
        shown = numbers_in(effect.removesuffix(claim["unit"]))
        for (value, half), mean in zip(shown, (min(means), max(means)), strict=False):
            assert abs(value - mean) <= half + 1e-9
        for line, cell in zip(chosen.select("tbody tr"), claim["cells"], strict=True):
            task, init, numbers, seeds, _ = (td.text for td in line("td"))
            assert (task, init) == (cell["task"], cell["init"])
            assert_shown(numbers, cell)
            assert int(seeds) == cell["seeds"]
    rows = page.find(id="measured").find_next("table").select("tbody tr")
    for line, told in zip(rows, read("longer"), strict=True):
        init, measure, short, long = (td.text for td in line("td"))
        assert (init, measure) == (told["init"], told["measure"])
        assert (float(short), float(long)) == (told["short"], told["long"])


def test_the_sentences_have_the_studys_numbers(site):
    """The first paragraphs', spelled out here from the data: lowest to highest initialization."""
    page = BeautifulSoup((site / "evidence/index.html").read_text("utf-8"), "html.parser")
    text = re.sub(r"\s+", " ", page.select_one("article").text)
    claims = {claim["name"]: claim for claim in read("claims")}
    for words, name, scale in (
        (r"this predicts has a rank correlation of ([−\d. to]+) with", "start-foreseen-all", 1),
        (r"when the loss drops has a rank correlation of ([−\d. to]+) with", "order-kept-all", 1),
        (r"[Tt]he theory names ([\d to]+)% of the neurons that pruning", "ticket-sided", 100),
    ):
        (found,) = re.findall(words, text)
        means = [scale * group["mean"] for group in claims[name]["groupings"]]
        shown = numbers_in(found)
        expected = (min(means), max(means)) if len(shown) == 2 else (np.mean(means),)
        for (value, half), mean in zip(shown, expected, strict=True):
            assert abs(value - mean) <= half + 1e-9, words
    setup = json.loads((DATA / "evidence" / "setup.json").read_text("utf-8"))["numbers"]
    assert f"{setup['networks']['value']:,} networks" in text


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
