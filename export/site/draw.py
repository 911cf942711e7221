"""From a chart to what a page holds: Vega-Lite specs, and pictures of them.

The live view takes its text colour from the page, so it follows the light and the dark theme by
itself; the pictures, which stand for it without JavaScript and in print, come once for each. All of
it comes once for a column of text and once for a phone, where it stays legible.
"""

import base64
import importlib
import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from export.site.cache import fingerprint, memory

# px: a chart of width "container" is drawn as wide as a column of text, or as a phone.
WIDTHS = {"wide": 688, "narrow": 350}
FIT = {"type": "fit-x", "contains": "padding"}  # what Vega-Lite does for width "container"
TEXT = {"light": "#1c1e26", "dark": "#e4e6ee"}  # what currentColor is in the pictures
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
FAINT = {"domainOpacity": 0.3, "tickOpacity": 0.3, "gridOpacity": 0.12}
CONFIG = {
    "aria": False,  # the page describes a figure as a whole
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        **dict.fromkeys(["domainColor", "tickColor", "gridColor"], "currentColor"),
        **dict.fromkeys(["labelColor", "titleColor"], "currentColor"),
        **FAINT,
        **{"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": 500, "titlePadding": 8},
        "labelSeparation": 6,  # px; else numbers may touch on a phone
    },
    "legend": {
        **dict.fromkeys(["labelColor", "titleColor"], "currentColor"),
        **{"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500},
        "labelLimit": 0,  # Vega would cut a long one off
    },
    "header": {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12},
    "title": {"color": "currentColor", "fontSize": 14, "fontWeight": 600, "anchor": "start"},
    "text": {"color": "currentColor", "fontSize": 12},
    "rule": {"color": "currentColor"},
}


@dataclass(frozen=True)
class View:
    """A chart as it is drawn for one width of the page.

    Attributes:
        spec: the Vega-Lite spec, as JSON.
        light, dark: the same as SVG.
        width, height: of the SVG, in px.
    """

    spec: str
    light: str
    dark: str
    width: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """One figure, drawn.

    Attributes:
        views: a View for each of WIDTHS.
        fluid: whether the live view takes the width of its column.
        controls: how many input elements the live view brings along.
        caption, alt, data: as in `export.charts.base.Figure`, with alt a text.
    """

    views: dict[str, View]
    fluid: bool
    controls: int
    caption: str
    alt: str
    data: str


def draw_figures(data: Path) -> dict[str, Drawing]:
    """Every figure of `export.charts`, from the files in the folder `data`.

    Raises:
        FileNotFoundError: a figure's data is not there.
    """
    inputs = fingerprint(data, Path(__file__).parents[1])
    drawings = _draw(inputs, str(data))
    for drawing in drawings.values():
        drawing["views"] = {width: View(**view) for width, view in drawing["views"].items()}
    return {name: Drawing(**drawing) for name, drawing in drawings.items()}


@memory.cache(ignore=["data"])
def _draw(inputs: str, data: str) -> dict[str, dict]:
    """The figures as plain dicts; `inputs` stands for all that they may depend on."""
    folder = Path(data)
    # Under `mkdocs serve` this process may hold the charts as they were before an edit.
    for loaded in [name for name in sys.modules if re.fullmatch(r"export\.charts.*", name)]:
        del sys.modules[loaded]
    charts = importlib.import_module("export.charts")
    drawings = {}
    for name, figure in charts.FIGURES.items():
        if not (folder / figure.data).is_file():
            raise FileNotFoundError(f"docs/data/{figure.data} is missing: run 'make data'")
        alt = figure.alt(folder) if callable(figure.alt) else figure.alt
        charts_of = {"wide": figure.chart, "narrow": figure.narrow or figure.chart}
        specs = {width: chart(folder).to_dict() for width, chart in charts_of.items()}
        drawing = Drawing(
            views={width: _view(spec, WIDTHS[width], alt, folder) for width, spec in specs.items()},
            fluid=specs["wide"].get("width") == "container",
            controls=sum(_inputs(param) for param in specs["wide"].get("params", [])),
            caption=figure.caption,
            alt=alt,
            data=figure.data,
        )
        drawings[name] = asdict(drawing)
    return drawings


def _view(spec: dict, width: int, alt: str, folder: Path) -> View:
    spec = spec | {"config": _merge(CONFIG, spec.get("config", {})), "description": alt}
    still = spec
    if spec.get("width") == "container":
        still = spec | {"width": width, "autosize": FIT}
    svg = _svg(json.dumps(filled_in(still, folder)))
    width, height = (
        round(float(re.search(rf'<svg[^>]*? {side}="([\d.]+)"', svg)[1]))
        for side in ("width", "height")
    )
    return View(
        spec=json.dumps(spec),
        light=svg.replace("currentColor", TEXT["light"]),
        dark=svg.replace("currentColor", TEXT["dark"]),
        width=width,
        height=height,
    )


@memory.cache
def _svg(spec: str) -> str:
    import vl_convert

    return vl_convert.vegalite_to_svg(spec)


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
