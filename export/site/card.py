"""The picture and the words that other sites show for a link to a page."""

import json
from html import escape
from pathlib import Path

from export.site.cache import fingerprint, memory
from export.site.draw import CONFIG, TEXT, filled_in

SIZE = (1200, 630)  # px, what the common networks expect
NAME = "assets/card.png"


def card(data: Path) -> bytes:
    """The size of every neuron over time, as a PNG of SIZE."""
    return _draw(fingerprint(data, Path(__file__).parents[1]), str(data))


@memory.cache(ignore=["data"])
def _draw(inputs: str, data: str) -> bytes:
    import vl_convert

    from export.charts.article import norms

    title = {
        "text": "It's a race, not a lottery",
        "subtitle": "How gradient descent makes a few neurons large, after a talk by Hannah Pinson",
        "fontSize": 54,
        "subtitleFontSize": 25,
        "subtitleColor": TEXT["dark"],
        "offset": 26,
    }
    chart = norms(Path(data)).to_dict()
    config = CONFIG | {"background": "#171c30"}
    spec = chart | {
        "width": SIZE[0],
        "height": SIZE[1],
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 44,
        "title": title,
        "config": config,
    }
    drawn = json.dumps(filled_in(spec, Path(data))).replace("currentColor", TEXT["dark"])
    return vl_convert.vegalite_to_png(drawn, scale=1)


def head(title: str, description: str, address: str, image: str) -> str:
    """Meta elements of a page: `address` and `image` are absolute where the site's is known."""
    properties = {
        "og:type": "article",
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": image,
        "og:image:width": str(SIZE[0]),
        "og:image:height": str(SIZE[1]),
        "og:image:alt": "The sizes of a network's neurons over time: alike, then fanning out.",
    }
    lines = [
        f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()
    ]
    return "\n".join([*lines, '<meta name="twitter:card" content="summary_large_image">'])
