"""What the charts of all pages share: the figure, its data, labels and colours."""

import functools
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt


def _superscript(place: int) -> str:
    """Vega: a digit of the power of ten, raised; none in front of the first."""
    power = "round(abs(log(datum.value) / LN10))"
    digit = f"floor({power} / {place}) % 10"
    raised = f"substring('⁰¹²³⁴⁵⁶⁷⁸⁹', {digit}, {digit} + 1)"
    return raised if place == 1 else f"({power} >= {place} ? {raised} : '')"


# Vega: 0.001 -> 10⁻³
POWER = "'10' + (datum.value < 1 ? '⁻' : '') + " + " + ".join(map(_superscript, (100, 10, 1)))

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
        "symbolOpacity": 1,  # pale lines are named by their color at its full strength
    },
    "header": {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12},
    "title": {"color": "currentColor", "fontSize": 14, "fontWeight": 600, "anchor": "start"},
    "text": {"color": "currentColor", "fontSize": 12},
    "rule": {"color": "currentColor"},
    "mark": {"color": "currentColor"},
}


def live(words: str) -> str:
    """Words of a caption about the figure's controls: neither on paper nor without scripts."""
    return f'<span class="live">{words}</span>'


@dataclass(frozen=True)
class Figure:
    """A chart and what a reader needs around it.

    Attributes:
        chart: the folder docs/data -> an Altair chart.
        caption: what to see; may use the numbers of the run as `{{ n.NAME }}`.
        alt: the finding as text, for those who do not see the picture; or the folder -> that text.
        data: the file in docs/data that it is drawn from, `PAGE/NAME.json`.
        narrow: the same for a phone's width, where the chart is more than one panel.
    """

    chart: Callable[[Path], alt.TopLevelMixin]
    caption: str
    alt: str | Callable[[Path], str]
    data: str
    narrow: Callable[[Path], alt.TopLevelMixin] | None = None


@functools.cache  # Altair takes equal data for the same only where it is one object
def rows(file: str) -> alt.UrlData:
    """The rows of a file in docs/data, for a chart."""
    return alt.UrlData(f"data/{file}", format=alt.JsonDataFormat(type="json", property="rows"))


def read(data: Path, file: str) -> dict:
    """A file in docs/data itself, for what must be known of it before a chart is drawn."""
    return json.loads((data / file).read_text("utf-8"))


def time_axis(title: str | None = "step + 1", **axis) -> alt.X:
    """Steps from left to right, logarithmic; a chart's `time` is the step plus 1."""
    return alt.X("time:Q", title=title).scale(type="log", nice=False).axis(tickCount=5, **axis)


def where_lines_bend(
    steps: list[int], lines: Iterable[Sequence], tolerance: float
) -> alt.FieldOneOfPredicate:
    """A filter that keeps the rows which straight lines on a time axis need.

    Hundreds of lines with all of their points take a browser half a second to draw; with these no
    line lies further than `tolerance` from where it was.

    Args:
        steps: of the rows. lines: the values of each line, one per row, as the axis scales them.
        tolerance: in the values' unit.
    """
    x, lines, kept = [math.log10(step + 1) for step in steps], list(lines), [0]

    def straight(start, end):
        shares = [(x[i] - x[start]) / (x[end] - x[start]) for i in range(start + 1, end)]
        return all(
            abs(line[start] + share * (line[end] - line[start]) - line[i]) <= tolerance
            for line in lines
            for i, share in enumerate(shares, start + 1)
        )

    for end in range(2, len(x)):
        if not straight(kept[-1], end):
            kept.append(end - 1)
    return alt.FieldOneOfPredicate("step", [steps[i] for i in [*kept, len(x) - 1]])


def line_legend(columns: int) -> dict:
    """A legend of lines above a chart."""
    return {
        "orient": "top",
        "columns": columns,
        "symbolType": "stroke",
        "symbolStrokeWidth": 3,
    }
