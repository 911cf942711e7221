"""Draws all that stands on the site as a picture; `export.site.drawings` runs it.

From the folder docs/data it writes below the new folder OUT

    figures.json                             what a page says about each figure, see `figure`
    assets/figures/NAME-WIDTH.json           the Vega spec of a figure's live view
    assets/figures/NAME-WIDTH-THEME.svg      the picture that stands for it
    assets/lab/NAME.json                     the lab's charts, as dataflows that Vega has parsed
    assets/card.png                          the picture for links to the site

The live view takes its text colour from the page, so it follows the light and the dark theme by
itself; the pictures, which stand for it without JavaScript and in print, come once for each. All of
it comes once for a column of text and once for a phone, where it stays legible.
"""

import base64
import json
import re
import sys
from pathlib import Path

import vl_convert

from export.charts import FIGURES, lab
from export.charts.base import CONFIG, FONT, TEXT, Figure
from export.charts.card import card
from export.site import node
from export.site.cache import memory

# px: a chart of width "container" is drawn as wide as a column of text, or as a phone.
WIDTHS = {"wide": 688, "narrow": 350}
# A picture takes a font of the reader's, unknown here: it leaves room for a wide one.
WIDE_FONT = "DejaVu Sans"
MANY_LINES = 100  # a live view of more lines gets them drawn
FIT = {"type": "fit-x", "contains": "padding"}  # what Vega-Lite does for width "container"


def draw(data: Path, out: Path) -> None:
    """Write everything below `out`; a missing file of data ends the program with a sentence."""
    for name in {drawn.data for drawn in FIGURES.values()}:
        if not (data / name).is_file():
            sys.exit(f"docs/data/{name} is missing: run 'make data'")
    for folder in ("assets/figures", "assets/lab"):
        (out / folder).mkdir(parents=True)
    figures = {name: figure(name, FIGURES[name], data, out / "assets/figures") for name in FIGURES}
    (out / "figures.json").write_text(json.dumps(figures), "utf-8")
    specs = lab.specs(data)
    dataflows = _dataflows([json.dumps(spec) for spec in specs.values()])
    for name, dataflow in zip(specs, dataflows, strict=True):
        compact = json.dumps(dataflow, separators=(",", ":"))
        (out / f"assets/lab/{name}.json").write_text(compact, "utf-8")
    picture = json.dumps(filled_in(card(data), data)).replace("currentColor", TEXT["dark"])
    (out / "assets/card.png").write_bytes(_png(picture))


def figure(name: str, drawn: Figure, data: Path, out: Path) -> dict:
    """Draw a figure into the folder `out`, and say what a page needs to know of it.

    Returns:
        caption, alt, data: as in `export.charts.base.Figure`, with alt a text.
        fluid: whether the live view takes the width of its column.
        controls: how many input elements the live view brings along.
        size: for each of WIDTHS, the picture's width and height in px.
    """
    alt = drawn.alt(data) if callable(drawn.alt) else drawn.alt
    wide = drawn.chart(data).to_dict()
    specs = {"wide": wide, "narrow": drawn.narrow(data).to_dict() if drawn.narrow else wide}
    for spec in specs.values():
        names = [one["name"] for one in spec.get("params", []) if "select" not in one]
        spec["usermeta"] = {"shared": names}  # what figures of a page keep equal
        if "frame" in names:  # a slider over frames says which step it shows
            rows = json.loads((data / drawn.data).read_text("utf-8"))["rows"]
            spec["usermeta"]["steps"] = [row["step"] for row in rows]
    return {
        "caption": drawn.caption,
        "alt": alt,
        "data": drawn.data,
        "fluid": wide.get("width") == "container",
        "controls": sum(_inputs(param) for param in wide.get("params", [])),
        "size": {
            width: _write_view(spec, width, alt, data, out / f"{name}-{width}")
            for width, spec in specs.items()
        },
    }


def _write_view(spec: dict, width: str, alt: str, data: Path, out: Path) -> tuple[int, int]:
    """Write a spec and its two pictures to files that start with `out`; the pictures' size."""
    spec = spec | {"config": _merge(CONFIG, spec.get("config", {})), "description": alt}
    still = spec
    if spec.get("width") == "container":
        still = spec | {"width": WIDTHS[width], "autosize": FIT}
    still = still | {"config": spec["config"] | {"font": WIDE_FONT}}
    still = json.dumps(filled_in(still, data))
    svg = _svg(still)
    svg = svg.replace(f'font-family="{WIDE_FONT}"', f'font-family="{FONT}"')
    live = _vega(json.dumps(spec))
    if svg.count(' class="mark-line') > MANY_LINES:
        live = _with_paths(live, _vega(still))
    out.with_name(f"{out.name}.json").write_text(json.dumps(live), "utf-8")
    for theme, colour in TEXT.items():
        picture = svg.replace("currentColor", colour)
        out.with_name(f"{out.name}-{theme}.svg").write_text(picture, "utf-8")
    size = (re.search(rf'<svg[^>]*? {side}="([\d.]+)"', svg)[1] for side in ("width", "height"))
    return tuple(round(float(length)) for length in size)


@memory.cache
def _svg(spec: str) -> str:
    return vl_convert.vegalite_to_svg(spec)


@memory.cache
def _png(spec: str) -> bytes:
    return vl_convert.vegalite_to_png(spec, scale=1)


@memory.cache
def _vega(spec: str) -> dict:
    return vl_convert.vegalite_to_vega(spec, vl_version=lab.VEGA_LITE)


@memory.cache
def _with_paths(live: dict, drawn: dict) -> dict:
    done = node.run(Path(__file__).with_name("lines.mjs"), input=json.dumps([live, drawn]))
    if done.returncode:
        sys.exit(f"Vega cannot draw the lines of a chart: {done.stderr.strip()}")
    return json.loads(done.stdout)


@memory.cache
def _dataflows(specs: list[str]) -> list[dict]:
    vega = [_vega(spec) for spec in specs]
    done = node.run(Path(__file__).with_name("dataflow.mjs"), input=json.dumps(vega))
    if done.returncode:
        sys.exit(f"Vega cannot parse a chart of the lab: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _inputs(param: dict) -> int:
    """How many input elements a Vega-Lite parameter is bound to."""
    bind = param.get("bind")
    if not isinstance(bind, dict):
        return 0
    return 1 if "input" in bind else len(bind)


def filled_in(spec: dict, folder: Path) -> dict:
    """A spec with the rows of its files, {"url": "data/PAGE/NAME.json"}, put in: to draw it alone.

    Pictures that a row names as data/PAGE/NAME.png are put in, too.
    """

    def fill(node):
        if isinstance(node, list):
            return [fill(item) for item in node]
        if not isinstance(node, dict):
            return node
        url = node.get("url")
        if isinstance(url, str) and url.startswith("data/"):
            content = json.loads((folder / url.removeprefix("data/")).read_text("utf-8"))
            return {"values": [_with_pictures(row, folder) for row in content["rows"]]}
        return {key: fill(value) for key, value in node.items()}

    return fill(spec)


def _with_pictures(row: dict, folder: Path) -> dict:
    def put_in(value):
        if not (isinstance(value, str) and re.fullmatch(r"data/.*\.png", value)):
            return value
        picture = (folder / value.removeprefix("data/")).read_bytes()
        return "data:image/png;base64," + base64.b64encode(picture).decode()

    return {name: put_in(value) for name, value in row.items()}


def _merge(base: dict, over: dict) -> dict:
    """`base` with what `over` says otherwise, at any depth."""
    both = {
        key: _merge(base[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return {**base, **over, **both}


def main() -> None:
    """Draw from the folder, and into the folder, that the command line names."""
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
