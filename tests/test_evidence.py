"""The evidence page: its numbers are those of the study, and any cell can be had again."""

import json
from pathlib import Path

import pytest

from racing_core import plan, verdicts, work
from racing_core.claims import CLAIMS

DATA = Path(__file__).parents[1] / "docs" / "data"
CELL = "playground/fan_in"


def read(name):
    return json.loads((DATA / name).read_text("utf-8"))


def test_every_claim_was_tested_in_every_cell():
    published = {claim["name"]: claim for claim in read("claims.json")["claims"]}
    assert list(published) == [claim.name for claim in CLAIMS]
    expected = {f"{task}/{init}" for task in plan.TASKS for init in plan.INITS}
    for claim in CLAIMS:
        found = published[claim.name]
        if claim.kind == "race":
            assert {cell["cell"] for cell in found["cells"]} == expected
            assert found["holds_in"] == sum(c["verdict"] == "holds" for c in found["cells"])
        assert found["text"] == claim.text


def test_a_cell_run_again_gives_the_published_numbers():
    """What `racing study --cell` prints is what stands in the table."""
    jobs = [job for job in plan.cell(plan.jobs(), CELL) if job.kind == "race"]
    results = [(job, work.perform(job.kind, job.fields)) for job in jobs]
    networks = verdicts.cells(results)["race"][CELL]
    assert len(networks) == plan.SEEDS
    published = {claim["name"]: claim["cells"] for claim in read("claims.json")["claims"]}
    for claim in CLAIMS:
        if claim.kind != "race":
            continue
        told = next(cell for cell in published[claim.name] if cell["cell"] == CELL)
        again = verdicts.judge(claim, networks)
        assert again["verdict"] == told["verdict"], claim.name
        for name in ("mean", "low", "high"):
            # Another processor may round otherwise, and single neurons may change places.
            assert again[name] == pytest.approx(told[name], rel=0.02, abs=0.005), claim.name


def test_the_phase_diagram_is_whole():
    rows = read("phase.json")
    cells = {(row["scale"], row["lr"]) for row in rows}
    assert cells == {(s, r) for s in plan.PHASE_SCALES for r in plan.PHASE_RATES}
    for row in rows:
        assert row["diverged"] == 1 or row["race"]["time"][0] == 0


def test_the_page_shows_what_was_computed(page, site_url):
    study = read("claims.json")
    page.goto(f"{site_url}evidence/")
    for claim in study["claims"]:
        row = page.locator(f"#claim-{claim['name']}")
        assert claim["text"] in row.locator("summary").text_content()
        last = row.locator(":scope > td").last.text_content()
        assert last.startswith(
            "holds with a condition" if claim["verdict"] == "with a condition" else claim["verdict"]
        )
        assert row.locator("details table tbody tr").count() == len(claim["cells"])


def test_a_phase_cell_opens_its_run_in_the_lab(page, site_url):
    page.goto(f"{site_url}evidence/")
    page.mouse.move(300, 300)
    figure = page.locator("#figure-phase")
    figure.scroll_into_view_if_needed()
    figure.locator(".chart-live .mark-rect path").nth(150).click()
    page.wait_for_url(f"{site_url}lab/?width={plan.PHASE_WIDTH}&init_scale=*&lr=*&steps=*")
