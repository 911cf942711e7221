"""One palette, one vocabulary: no chart, style sheet or script has a color or a name of its own."""

import json
import re
from pathlib import Path

import pytest

from export.charts.palette import COLOURS, size_colour, titles

ROOT = Path(__file__).parents[2]
HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")
CHANNELS = ("x", "y", "color", "stroke", "strokeDash", "shape", "row", "column")
PAGES = {"light": "#ffffff", "dark": "#1e2129"}  # the theme's grounds
THEME = "site.css"  # the page's own ink, ground and links


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted(luminance(colour) + 0.05 for colour in (one, other))
    return high / low


def parts(node, name=""):
    """(key, value) of everything in a spec."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from parts(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value, name)


def built(site: Path) -> dict[str, dict]:
    """Every built spec: the figures' in Vega-Lite, the lab's in Vega."""
    files = [*site.glob("assets/figures/*.json"), *site.glob("assets/lab/*.json")]
    return {file.name: json.loads(file.read_text("utf-8")) for file in files}


def test_every_meaning_has_a_colour_of_its_own_that_stands_out_in_light_and_in_dark() -> None:
    assert len(set(COLOURS.values())) == len(COLOURS)
    for name, colour in COLOURS.items():
        for page, ground in PAGES.items():
            assert contrast(colour, ground) >= 3, (name, page)
    assert size_colour(0) == COLOURS["size-1"]
    assert size_colour(1) == COLOURS["size-4"]


def test_the_colours_of_every_built_chart_are_in_the_table(site: Path) -> None:
    specs = built(site)
    assert len(specs) > 20
    outside = {
        (name, colour)
        for name, spec in specs.items()
        for colour in HEX.findall(json.dumps(spec))
        if colour not in COLOURS.values()
    }
    assert outside == set()


def test_the_names_of_every_built_chart_are_in_the_table(site: Path) -> None:
    called = {
        (file, value["title"])
        for file, spec in built(site).items()
        for channel, value in parts(spec)
        if channel in CHANNELS and isinstance(value, dict) and value.get("title")
    }
    called |= {
        (file, axis["title"])
        for file, spec in built(site).items()
        for key, axes in parts(spec)
        if key == "axes"
        for axis in axes
        if isinstance(axis.get("title"), str)
    }
    assert len(called) > 20
    assert {(file, title) for file, title in called if title not in titles()} == set()


@pytest.mark.parametrize("pattern", ["docs/assets/*.css", "docs/lab/*.css", "docs/lab/**/*.js"])
def test_style_sheets_and_scripts_take_their_colours_from_the_table(pattern: str) -> None:
    files = [file for file in ROOT.glob(pattern) if file.name != THEME]
    assert files
    own = {(file.name, colour) for file in files for colour in HEX.findall(file.read_text("utf-8"))}
    assert {one for one in own if not one[1].startswith("#add")} == set()
