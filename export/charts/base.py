"""What the charts of all pages share: the figure, its data, its scales and colours."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import altair as alt

RACE = alt.UrlData(url="data/race.json", format=alt.JsonDataFormat(type="json"))
SMALL_TO_LARGE = ["#5a63cf", "#a95fc4", "#ea6d79", "#f0a02b"]  # legible on white and on black
SIZES = [3e-7, 10]  # from the smallest norm product of the run to the largest
POWERS = {power: 10.0**power for power in range(-6, 2)}
SUPERSCRIPT = {str(power): f"10{'⁻' * (power < 0)}{'⁰¹²³⁴⁵⁶'[abs(power)]}" for power in POWERS}
POWER_LABEL = f"{json.dumps(SUPERSCRIPT)}[round(log(datum.value) / LN10)]"

# What all charts look like. The text has the page's colour: the site draws each in both.
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
class Figure:
    """A chart and what a reader needs around it.

    Attributes:
        chart: the folder docs/data -> an Altair chart.
        caption: what to see; may use the numbers of the run as `{{ n.NAME }}`.
        alt: the finding as text, for those who do not see the picture.
        data: the file in docs/data that it is drawn from.
        narrow: the same for a phone's width, where the chart is more than one panel.
    """

    chart: Callable[[Path], alt.TopLevelMixin]
    caption: str
    alt: str | Callable[[Path], str]
    data: str
    narrow: Callable[[Path], alt.TopLevelMixin] | None = None
