"""The drawn diagrams: everything within the frame, and labels at what they name."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from export.site.diagrams import DIAGRAMS


def parts(name):
    """The parsed drawings of a diagram, each with the width and the height of its frame."""
    for whole in re.findall("<svg.*?</svg>", DIAGRAMS[name].svg(), re.DOTALL):
        root = ET.fromstring(whole)
        _, _, width, height = map(float, root.get("viewBox").split())
        yield root, width, height


def drawn(name):
    """The one parsed drawing of a diagram, and the width and height of its frame."""
    (one,) = parts(name)
    return one


def tag(element):
    return element.tag.rsplit("}", 1)[-1]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_nothing_lies_outside_the_frame(name) -> None:
    for root, width, height in parts(name):
        places = [
            (float(element.get(x)), float(element.get(y)))
            for element in root.iter()
            for x, y in (("x", "y"), ("cx", "cy"))
            if element.get(x) and element.get(y) and tag(element) in ("text", "rect", "circle")
        ]
        assert places
        assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_a_neuron_is_named_beside_its_row() -> None:
    root, _, _ = drawn("views")
    labels = [one for one in root.iter() if (one.text or "").startswith("neuron ")]
    heights = [float(one.get("y")) for one in labels]
    assert heights == sorted(heights)
    cells = [one for one in root.iter() if tag(one) == "rect"]
    moved = {
        float(one.get("y")) + float(re.search(r"--dy:(-?[\d.]+)px", one.get("style"))[1])
        for one in cells
    }
    rows = sorted(moved)
    assert len(rows) == len(labels)
    size = float(cells[0].get("height"))
    assert all(top <= y <= top + size for top, y in zip(rows, heights, strict=True))


def test_a_neurons_rows_are_in_one_order_in_both_views() -> None:
    root, _, _ = drawn("views")
    by_tint: dict[str, list] = {}
    for cell in (one for one in root.iter() if tag(one) == "rect"):
        style = cell.get("style")
        y, dy = float(cell.get("y")), float(re.search(r"--dy:(-?[\d.]+)px", style)[1])
        by_tint.setdefault(re.search(r"--tint:(#\w+)", style)[1], []).append((y, y + dy))
    as_vectors = [max(after for _, after in places) for places in by_tint.values()]
    assert as_vectors == sorted(as_vectors)
    first_rows = [places[0][0] for places in by_tint.values()]
    assert first_rows == sorted(first_rows)
    size = float(next(one for one in root.iter() if tag(one) == "rect").get("height"))
    gaps = [after - before for before, after in itertools.pairwise(first_rows)]
    assert min(gaps) > size  # rows do not overlap
