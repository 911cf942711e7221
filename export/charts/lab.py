"""The lab's charts: Vega specs whose data the page feeds through Vega's view API.

The race and the loss are the home page's charts, with named data in the place of a file. All are
compiled to Vega when the site is built, so that the page needs no compiler.
"""

import copy
from pathlib import Path

import altair as alt

from export.charts import home as charts
from export.charts.base import CONFIG, POWER
from export.charts.palette import COLOURS, INK, LINES

VEGA_LITE = "6.4"
GROUP_COLOURS = [COLOURS["class-a"], COLOURS["class-b"]]  # who votes for group A, for group B
BETWEEN = COLOURS["alone"]  # neither
THEORY = COLOURS["theory"]
TOWARDS = {
    "field": "cluster",
    "type": "quantitative",
    "scale": {
        "domain": [-1, 0, 1],
        "range": [GROUP_COLOURS[1], BETWEEN, GROUP_COLOURS[0]],
        "interpolate": "rgb",
    },
    "legend": None,
}
RING = {"type": "point", "filled": False, "size": 170, "strokeWidth": 2.5}


def specs(data: Path) -> dict[str, dict]:
    """Vega-Lite specs by name. `data` is the folder docs/data."""
    charts_of_lab = {
        "race": race(data),
        "loss": loss(data),
        "directions": directions().to_dict(),
        "capacity": capacity().to_dict(),
        "gates": gates().to_dict(),
        "pruning": pruning().to_dict(),
        "predictors": predictors().to_dict(),
        "ticket": ticket().to_dict(),
    }
    return {name: spec | {"config": CONFIG} for name, spec in charts_of_lab.items()}


def race(data: Path) -> dict:
    """The home page's race, fed with one frame at a time.

    Its limits are signals, its colour is how far each neuron goes towards a group (`cluster`, from
    1 for group A to -1 for group B; its vote is one of these), and the rows of the data set `marks`
    stand out with a ring and a label.
    """
    spec = _fed(charts.race(data).to_dict(), height="container")
    dots = next(layer["encoding"] for layer in spec["layer"] if "color" in layer["encoding"])
    dots["x"]["scale"]["domain"] = [{"expr": "leftmost"}, 1.03]
    dots["x"]["title"] = "cosine with the shared direction"
    dots["y"]["scale"]["domain"] = [{"expr": "lowest"}, {"expr": "highest"}]
    # Those within the limits alone: the scale would draw all others on its edge.
    dots["y"]["axis"] |= {"values": {"expr": "powers"}, "labelExpr": POWER}
    dots["color"] = TOWARDS
    dots["tooltip"] = [
        field for field in dots["tooltip"] if field["field"] in ("neuron", "norm_product", "shared")
    ]
    spec["params"] += [
        {"name": "leftmost", "value": -0.4},
        {"name": "lowest", "value": 1e-6},
        {"name": "highest", "value": 10},
        {"name": "powers", "value": []},
    ]
    place = {
        "x": {"field": "shared", "type": "quantitative"},
        "y": {"field": "norm_product", "type": "quantitative"},
    }
    inwards = {"expr": "datum.shared > 0.4 ? 'right' : 'left'"}
    beside = {"expr": "datum.shared > 0.4 ? -14 : 14"}
    label = {"type": "text", "align": inwards, "dx": beside, "fontSize": 13, "fontWeight": 600}
    label |= {"baseline": "middle", "lineBreak": " · "}  # as docs/lab/views/labels.js writes it
    by = {"field": "by", "type": "nominal", "legend": None}
    by["scale"] = {"domain": ["you", "theory"], "range": ["currentColor", THEORY]}
    spec["layer"] += [
        {"data": {"name": "marks"}, "mark": RING, "encoding": place | {"stroke": by}},
        {
            "data": {"name": "labels"},
            "mark": label,
            "encoding": place | {"text": {"field": "label"}},
        },
    ]
    return spec


def loss(data: Path) -> dict:
    """The home page's loss, fed with the steps so far, on an axis as long as the race.

    `frame` is the position of the shown step, `last` the run before.
    """
    spec = _fed(charts.loss(data).to_dict(), height=150)
    line = spec["layer"][0]
    last = {
        "data": {"name": "last"},
        "transform": [{"calculate": "datum.step + 1", "as": "time"}],
        "mark": {"type": "line", "clip": True, "strokeDash": [6, 4], "color": COLOURS["last-run"]},
        "encoding": copy.deepcopy(line["encoding"]),
    }
    spec["layer"].insert(0, last)
    for layer in spec["layer"]:
        layer["encoding"]["x"]["scale"]["domain"] = [1, {"expr": "until"}]
    spec["params"].append({"name": "until", "value": 10001})
    return spec


def directions() -> alt.LayerChart:
    """Each neuron's w_in in a plane, as a line from the origin. Rows: x, y, vote."""
    square = alt.Scale(domain=[{"expr": "-reach"}, {"expr": "reach"}], nice=False)
    axis = alt.Axis(tickCount=5)
    base = alt.Chart(alt.NamedData("neurons")).transform_calculate(zero="0")
    colour = alt.Color("vote:N", legend=None).scale(domain=[0, 1], range=GROUP_COLOURS)
    x = alt.X("x:Q", scale=square, axis=axis, title="cosine with the first direction")
    y = alt.Y("y:Q", scale=square, axis=axis, title="cosine with the second")
    origin = alt.X("zero:Q", scale=square), alt.Y("zero:Q", scale=square)
    lines = base.mark_rule(opacity=0.3).encode(*origin, colour, x2="x:Q", y2="y:Q")
    ends = base.mark_circle(size=26, opacity=0.9).encode(x, y, colour)
    reach = alt.param(name="reach", value=0.3)
    return (lines + ends).add_params(reach).properties(width="container", height=300)


def capacity() -> alt.LayerChart:
    """Clusters, live clusters and live neurons over time. Rows: step, kind, count."""
    x = alt.X("time:Q", title="step + 1").axis(tickCount=5)
    x = x.scale(type="log", nice=False, domain=[1, {"expr": "until"}])
    y = alt.Y("count:Q", title="how many").axis(values=[1, 3, 10, 30, 100, 300])
    y = y.scale(type="log", nice=False, domain=[1, {"expr": "most"}])
    kinds = [
        "live neurons",
        "clusters",
        "live clusters",
    ]  # the page's legend: one line is too short
    colour = alt.Color("kind:N", legend=None)
    colour = colour.scale(domain=kinds, range=[LINES[5], LINES[4], LINES[2]])
    dash = alt.StrokeDash("kind:N", legend=None).scale(domain=kinds, range=[[2, 3], [6, 4], [1, 0]])
    lines = (
        alt.Chart(alt.NamedData("counts"))
        .transform_calculate(time="datum.step + 1")
        .mark_line(point=alt.OverlayMarkDef(size=16))
        .encode(x, y, colour, dash)
    )
    here = alt.Chart(alt.InlineData([{}])).transform_calculate(time="now")
    rule = here.mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x)
    signals = {"now": 1, "until": 10001, "most": 300}
    params = [alt.param(name=name, value=value) for name, value in signals.items()]
    return (lines + rule).add_params(*params).properties(width="container", height=150)


def gates() -> alt.FacetChart:
    """What each sample is to a neuron, a row of bars per group. Rows: place, value, label."""
    bars = (
        alt.Chart()
        .mark_bar()
        .encode(
            alt.X("place:O", axis=None),
            alt.Y("value:Q", title=None).axis(tickCount=3, format="~g"),
            alt.Color("label:N", legend=None).scale(domain=[0, 1], range=GROUP_COLOURS),
            opacity=alt.condition("datum.value > 0", alt.value(1), alt.value(0.35)),
        )
        .properties(width=280, height=95)
    )
    names = [alt.param(name=name, value="") for name in ("group_a", "group_b")]
    header = alt.Header(
        orient="top", labelAnchor="start", labelExpr="datum.value == 0 ? group_a : group_b"
    )
    row = alt.Row("label:O", title=None, header=header)
    return bars.facet(data=alt.NamedData("samples"), row=row).add_params(*names)


def pruning() -> alt.LayerChart:
    """Accuracy against how many neurons are kept, and where the slider is. Rows: kept, accuracy."""
    base = alt.Chart(alt.NamedData("curve"))
    line = base.mark_line(interpolate="step-after").encode(
        alt.X("kept:Q", title="neurons kept").scale(type="symlog", nice=False),
        alt.Y("accuracy:Q", title="accuracy").scale(domain=[0.4, 1]).axis(format=".0%"),
    )
    here = base.transform_filter("datum.kept == kept")
    rule = here.mark_rule(strokeDash=[4, 3]).encode(x="kept:Q")
    dot = here.mark_circle(size=90, color=GROUP_COLOURS[1]).encode(x="kept:Q", y="accuracy:Q")
    kept = alt.param(name="kept", value=-1)
    return (line + rule + dot).add_params(kept).properties(width="container", height=140)


def ticket() -> alt.FacetChart:
    """Three tickets and the run they are of. Rows: kind, step, measure (0 or 1), value."""
    signals = {"until": 10001, "accuracy": "accuracy, training"}
    kinds = ["this run", "winners", "at random", "drawn anew"]
    legend = alt.Legend(orient="top", columns=2, symbolType="stroke", symbolSize=400)
    colour = alt.Color("kind:N", title=None, legend=legend)
    colour = colour.scale(domain=kinds, range=[INK, LINES[2], COLOURS["random"], LINES[3]])
    dash = alt.StrokeDash("kind:N", title=None, legend=legend)
    dash = dash.scale(domain=kinds, range=[[1, 0], [10, 3], [2, 3], [6, 4]])
    x = alt.X("time:Q", title="step + 1").axis(tickCount=5)
    x = x.scale(type="log", nice=False, domain=[1, {"expr": "until"}])
    y = alt.Y("value:Q", title=None).scale(zero=False).axis(tickCount=4, format="~g")
    lines = (
        alt.Chart()
        .mark_line(strokeWidth=2)
        .encode(x, y, colour, dash)
        .properties(width=280, height=120)
    )
    names = "datum.value == 0 ? 'loss (nat)' : accuracy"
    header = alt.Header(orient="top", labelAnchor="start", labelExpr=names)
    return (
        lines.facet(
            data=alt.NamedData("points"), row=alt.Row("measure:O", title=None, header=header)
        )
        .transform_calculate(time="datum.step + 1")
        .resolve_scale(y="independent")
        .add_params(*(alt.param(name=name, value=value) for name, value in signals.items()))
    )


def predictors() -> alt.Chart:
    """How well each quantity at the start orders the neurons. Rows: name, correlation."""
    return (
        alt.Chart(alt.NamedData("predictors"))
        .mark_bar(color=GROUP_COLOURS[0])
        .encode(
            alt.X("correlation:Q", title="rank correlation")
            .scale(domain=[-1, 1])
            .axis(values=[-1, -0.5, 0, 0.5, 1], titleAnchor="end"),
            alt.Y("name:N", title=None).sort(None).axis(labelLimit=170),
            tooltip=["name:N", alt.Tooltip("correlation:Q", format=".2f")],
        )
        .properties(width="container", height=150)
    )


def _fed(spec: dict, height: int | str) -> dict:
    """A spec that waits for the data set `frames`, and whose time is set by the page."""
    if "data" not in spec:
        raise ValueError("the chart's data does not stand at its top: the lab cannot feed it")
    for param in spec["params"]:
        param.pop("bind", None)
    return {**spec, "data": {"name": "frames"}, "height": height}
