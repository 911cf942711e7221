"""The lab's charts: Vega specs whose data the page feeds through Vega's view API.

The race and the loss are the article's charts, `export.charts`, with named data in the place of a
file. All are compiled to Vega when the site is built, so that the page needs no compiler.
"""

import json
from pathlib import Path

import vl_convert

from export import charts
from export.cache import fingerprint, memory
from export.figures import CONFIG

VEGA_LITE = "6.4"
GROUP_COLOURS = ["#4c7ff0", "#ef7d3b"]  # who votes for group A, who for group B; on both themes
RING = {"type": "point", "filled": False, "size": 170, "strokeWidth": 2.5}


def lab_specs(data: Path) -> dict[str, str]:
    """Vega specs by name, as JSON. `data` is the folder docs/data."""
    return _specs(fingerprint(data, Path(__file__).parent), str(data))


@memory.cache(ignore=["data"])
def _specs(inputs: str, data: str) -> dict[str, str]:
    drawn = {"race": race(Path(data)), "loss": loss(Path(data))}
    return {name: json.dumps(_compiled(spec)) for name, spec in drawn.items()}


def race(data: Path) -> dict:
    """The article's race, fed with one frame at a time.

    Its limits are signals, its colour is the group that a neuron votes for, and the rows of the
    data set `marks` stand out with a ring and a label.
    """
    spec = _fed(charts.race(data).to_dict(), height=400)
    dots = next(layer["encoding"] for layer in spec["layer"] if "color" in layer["encoding"])
    dots["x"]["scale"]["domain"] = [{"expr": "leftmost"}, 1.03]
    dots["x"]["title"] = "cosine with the group's shared direction"
    dots["y"]["scale"]["domain"] = [{"expr": "lowest"}, {"expr": "highest"}]
    dots["color"] = _by_group("cluster")
    dots["tooltip"] = [
        field for field in dots["tooltip"] if field["field"] in ("neuron", "norm_product", "shared")
    ]
    spec["params"] += [
        {"name": "leftmost", "value": -0.4},
        {"name": "lowest", "value": 1e-6},
        {"name": "highest", "value": 10},
    ]
    place = {
        "x": {"field": "shared", "type": "quantitative"},
        "y": {"field": "norm_product", "type": "quantitative"},
    }
    label = {"type": "text", "dx": 12, "dy": -12, "fontSize": 13, "fontWeight": 600}
    marks = {"name": "marks"}
    spec["layer"] += [
        {"data": marks, "mark": RING | {"color": "currentColor"}, "encoding": place},
        {"data": marks, "mark": label, "encoding": place | {"text": {"field": "label"}}},
    ]
    return spec


def loss(data: Path) -> dict:
    """The article's loss, fed with the steps so far; `frame` is the position of the shown one."""
    return _fed(charts.loss(data).to_dict(), height=150)


def _by_group(field: str) -> dict:
    scale = {"domain": [0, 1], "range": GROUP_COLOURS}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def _fed(spec: dict, height: int) -> dict:
    """A spec that waits for the data set `frames`, and whose time is set by the page."""
    if "data" not in spec:
        raise ValueError("the chart's data does not stand at its top: the lab cannot feed it")
    for param in spec["params"]:
        param.pop("bind", None)
    return {**spec, "data": {"name": "frames"}, "height": height}


def _compiled(spec: dict) -> dict:
    return vl_convert.vegalite_to_vega(spec | {"config": CONFIG}, vl_version=VEGA_LITE)
