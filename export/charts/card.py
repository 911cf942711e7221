"""The picture that other sites show for a link to a page: the size of every neuron over time."""

from pathlib import Path

from export.charts.article import norms
from export.charts.base import CONFIG, TEXT

SIZE = (1200, 630)  # px, what the common networks expect; the theme's main.html says it as well


def card(data: Path) -> dict:
    """A Vega-Lite spec of SIZE. `data` is the folder docs/data."""
    title = {
        "text": "It's a race, not a lottery",
        "subtitle": "How gradient descent makes a few neurons large, after a talk by Hannah Pinson",
        "fontSize": 54,
        "subtitleFontSize": 25,
        "subtitleColor": TEXT["dark"],
        "offset": 26,
    }
    return norms(data).to_dict() | {
        "width": SIZE[0],
        "height": SIZE[1],
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 44,
        "title": title,
        "config": CONFIG | {"background": "#171c30"},
    }
