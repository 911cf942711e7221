"""Lines that are drawn when the site is built are those that Vega would draw in the browser."""

import json
import re
from pathlib import Path

import altair as alt
import numpy as np
import pytest

from export.site.draw import _vega, _with_paths

DATA = Path(__file__).parents[3] / "docs" / "data"


def points(path: str) -> np.ndarray:
    """The corners of an SVG path of straight lines, (K, 2)."""
    return np.array([float(place) for place in re.findall(r"[\d.]+", path)]).reshape(-1, 2)


@pytest.mark.parametrize("figure", ["norms", "outgoing"])
def test_a_line_runs_where_the_picture_has_it_and_knows_its_neuron(figure: str, site: Path) -> None:
    picture = (site / f"assets/figures/{figure}-wide-light.svg").read_text("utf-8")
    live = json.loads((site / f"assets/figures/{figure}-wide.json").read_text("utf-8"))
    (mark,) = [mark for mark in live["marks"] if mark["type"] == "path"]
    (rows,) = [one["values"] for one in live["data"] if one["name"] == mark["from"]["data"]]
    lines = re.findall(r'class="mark-line.*?<path[^>]* d="(.*?)"', picture)
    name = {"norms": "article/race", "outgoing": "appendix/outgoing"}[figure]
    last = json.loads((DATA / f"{name}.json").read_text("utf-8"))["rows"][-1]
    told = [(row["neuron"], row["cluster"]) for row in rows]
    assert told == list(zip(last["neuron"], last["cluster"], strict=True))
    width = max(points(line).max(axis=0)[0] for line in lines)
    drawn_for = float(mark["encode"]["update"]["scaleX"]["signal"].removeprefix("width / "))
    for line, row in zip(lines, rows, strict=True):
        stretched = points(row["path"]) * [width / drawn_for, 1]
        np.testing.assert_allclose(stretched, points(line), atol=0.1)  # px


def lines(y: str) -> dict:
    """The Vega spec of two lines; the one that the parameter `picked` names is wider."""
    rows = [{"x": x, "slope": slope} for x in range(3) for slope in (1, 2)]
    wider = alt.condition("datum.slope == picked", alt.value(4), alt.value(1))
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .transform_calculate(y=y)
        .mark_line()
        .encode(x="x:Q", y="y:Q", detail="slope:N", strokeWidth=wider)
        .add_params(alt.param(name="picked", value=1))
    )
    return _vega(chart.to_json())


def test_lines_that_a_choice_moves_are_left_to_the_browser() -> None:
    still, moving = lines("datum.x * datum.slope"), lines("datum.x * picked")
    assert _with_paths(moving, moving) == moving
    drawn = _with_paths(still, still)
    assert [mark["type"] for mark in drawn["marks"]] == ["path"]
    assert [one["name"] for one in drawn["data"]] == ["marks_drawn"], "what nothing reads is left"
    assert "picked" in json.dumps(drawn["marks"])
