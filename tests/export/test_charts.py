"""What the charts show is what their files hold."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
import vl_convert

from export.charts import FIGURES
from export.charts.base import where_lines_bend
from export.charts.race import Race, race_all
from export.site.draw import filled_in

DATA = Path(__file__).parents[2] / "docs" / "data"


def drawn(spec, folder=DATA):
    """A chart's static picture, as SVG."""
    return vl_convert.vegalite_to_svg(json.dumps(filled_in(spec, folder)))


def test_an_alternative_text_names_the_step_that_its_picture_shows():
    """It said step 276, and the picture 256."""
    named = 0
    for name, figure in FIGURES.items():
        alt = figure.alt(DATA) if callable(figure.alt) else figure.alt
        if told := re.search(r"at step (\d[\d,]*\b)", alt):
            named += 1
            assert f">step {told[1]}<" in drawn(figure.chart(DATA).to_dict()), name
    assert named >= 2


def test_the_pictures_hold_the_cosine_matrices():
    rows = json.loads((DATA / "article" / "cosines.json").read_text("utf-8"))["rows"]
    spec = FIGURES["cosines"].chart(DATA).to_dict()
    assert "base64" not in json.dumps(spec)
    picture = drawn(spec)
    for row in rows:
        content = base64.b64encode((DATA.parent / row["image"]).read_bytes()).decode()
        assert f'href="data:image/png;base64,{content}"' in picture, row["step"]


@pytest.fixture
def five_clusters(tmp_path):
    """A race of 14 neurons: five clusters of two, and four neurons that are alone."""
    cluster = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9]
    frame = {
        "step": 0,
        "loss": 0.7,
        "accuracy": 0.5,
        "neuron": list(range(14)),
        "cluster": cluster,
        "norm_product": [1e-9] + [0.1] * 12 + [200.0],
        "norm_product_end": [1.0] * 14,
        "shared": [-0.9] + [1.0] * 13,
    }
    rows = [frame, frame | {"step": 1, "norm_product": [1.0] * 14}]
    content = {"opening": 0, "shared_clusters": 5, "rows": rows}
    (tmp_path / "race.json").write_text(json.dumps(content))
    return Race.read(tmp_path, "race.json"), tmp_path


def _neurons_drawn(spec, folder):
    """How many neurons a static picture shows."""
    return len(re.findall(r'<path aria-label="[^"]*neuron: ', drawn(spec, folder)))


def test_which_clusters_are_drawn_comes_from_the_file(five_clusters):
    race, folder = five_clusters
    spec = race_all(race).to_dict()
    assert _neurons_drawn(spec, folder) == 10
    (buttons,) = [param for param in spec["params"] if param["name"] == "cluster"]
    assert buttons["bind"]["labels"] == ["all", "1", "2", "3", "4", "5"]
    assert _neurons_drawn(race_all(race, alone=True).to_dict(), folder) == 14


def test_no_neuron_lies_outside_of_the_axes(five_clusters):
    race, _ = five_clusters
    assert race.sizes == [1e-9, 1000]
    assert race.leftmost <= -0.9


def test_lines_lose_the_points_that_nobody_would_miss():
    rows = json.loads((DATA / "article" / "race.json").read_text("utf-8"))["rows"]
    steps = [row["step"] for row in rows]
    x = np.log10(np.array(steps) + 1)
    lines = np.log10([row["norm_product"] for row in rows]).T.tolist()  # (d, T)
    for tolerance in (0.2, 0.02):
        kept = np.isin(steps, where_lines_bend(steps, lines, tolerance).to_dict()["oneOf"])
        assert 2 < kept.sum() < len(steps)
        drawn_as = [np.interp(x, x[kept], np.array(line)[kept]) for line in lines]
        assert abs(np.array(drawn_as) - lines).max() <= tolerance
    lines[0][30] = -np.inf  # a size of 0 has no place on the axis
    assert set(steps[29:32]) <= set(where_lines_bend(steps, lines, 1.0).to_dict()["oneOf"])
