"""The article's charts of the race: one dot a neuron, its size against its direction.

They share three parameters, which the page keeps equal across its figures: `frame`, the time;
`cluster` and `neuron`, what the reader has picked (-1 for none).
"""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts.base import RACE, SIZES, SMALL_TO_LARGE, Figure

POWERS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10]
SIZE = alt.Scale(type="log", domain=SIZES, nice=False)
PER_NEURON = ["neuron", "cluster", "norm_product", "norm_product_end", "shared", "final"]
OPENING_STEP = 300  # the figures open amid the turning, where the race can be seen best
IN_CLUSTER = "datum.cluster < 3"  # the others have no direction to share
# Vega: 0.001 -> 10⁻³
POWER = (
    "'10' + (datum.value < 1 ? '⁻' : '') + (abs(log(datum.value) / LN10) >= 9.5 ? '¹' : '') + "
    "substring('⁰¹²³⁴⁵⁶⁷⁸⁹', round(abs(log(datum.value) / LN10)) % 10, "
    "round(abs(log(datum.value) / LN10)) % 10 + 1)"
)
PICKED = "cluster < 0 || datum.cluster == cluster"


def time_parameter(data: Path, bound=True):
    """The shared time, a position in the race's frames, with a slider where it is bound."""
    frames = json.loads((data / "race.json").read_text("utf-8"))
    opening = min(range(len(frames)), key=lambda i: abs(frames[i]["step"] - OPENING_STEP))
    slider = alt.binding_range(min=0, max=len(frames) - 1, step=1, name="Time ")
    return alt.param(name="frame", value=opening, **({"bind": slider} if bound else {}))


def pickable(bound=True):
    """The parameters of what the reader has picked, with buttons for the cluster."""
    buttons = alt.binding_radio(
        options=[-1, 0, 1, 2], labels=["all", "1", "2", "3"], name="Cluster "
    )
    cluster = alt.param(name="cluster", value=-1, **({"bind": buttons} if bound else {}))
    return cluster, alt.param(name="neuron", value=-1)


def picked(yes, no):
    return alt.condition(PICKED, alt.value(yes), alt.value(no))


def size_colour():
    return (
        alt.Color("norm_product_end:Q", title="|w₁||w₂| at the end")
        .scale(type="log", range=SMALL_TO_LARGE, domain=[1e-4, 5], clamp=True)
        .legend(
            orient="top",
            gradientLength=160,
            gradientOpacity=1,
            labelExpr=POWER,
            values=[1e-4, 1e-2, 1],
        )
    )


def _tooltip(*more):
    return [
        alt.Tooltip("neuron:Q"),
        alt.Tooltip("cluster_number:Q", title="cluster"),
        alt.Tooltip("norm_product_end:Q", format=".2e", title="|w₁||w₂| at the end"),
        *more,
    ]


def _now():
    """The race's data at the shared time, one row a neuron."""
    return (
        alt.Chart(RACE)
        .transform_window(index="row_number()")
        .transform_filter("datum.index - 1 == frame")
    )


def clock(size=18):
    """The shared time, written in the corner."""
    return (
        _now()
        .transform_calculate(label="'step ' + format(datum.step, ',')")
        .mark_text(align="left", baseline="top", fontSize=size, fontWeight=600)
        .encode(alt.Text("label:N"), x=alt.value(8), y=alt.value(4))
    )


def _dots(only=None, x="shared", title="cosine with the shared direction", ticks=6):
    """Norm product against a cosine, one dot a neuron, at the shared time."""
    chosen = IN_CLUSTER if only is None else f"datum.cluster == {only}"
    base = _now().transform_flatten(PER_NEURON).transform_filter(chosen)
    return (
        base.transform_calculate(cluster_number="datum.cluster + 1")
        .mark_circle(size=46, stroke="currentColor", cursor="pointer")
        .encode(
            alt.X(f"{x}:Q", title=title)
            .scale(domain=[-0.4, 1.02], nice=False)
            .axis(tickCount=ticks),
            alt.Y("norm_product:Q", title="norm product |w₁||w₂|", scale=SIZE).axis(
                labelExpr=POWER, values=POWERS
            ),
            size_colour(),
            opacity=picked(0.85, 0.12),
            strokeWidth=alt.condition("datum.neuron == neuron", alt.value(2.5), alt.value(0)),
            tooltip=_tooltip(
                alt.Tooltip("norm_product:Q", format=".2e", title="|w₁||w₂| now"),
                alt.Tooltip(f"{x}:Q", format=".2f", title="cosine"),
            ),
        )
    )


def race_one(data: Path, height=340) -> alt.LayerChart:
    """The largest cluster alone: norm product against cosine with the direction it shares."""
    return (
        (_dots(only=0) + clock())
        .add_params(time_parameter(data), *pickable(bound=False))
        .properties(width="container", height=height)
    )


def race_all(data: Path, height=400, controls=True) -> alt.LayerChart:
    """All neurons: norm product against cosine with the direction their cluster shares."""
    cluster, neuron = pickable(bound=controls)
    if controls:
        neuron = alt.param(name="neuron", value=-1, bind=_menu_of_neurons(data))
    return (
        (_dots() + clock())
        .add_params(time_parameter(data, bound=controls), cluster, neuron)
        .properties(width="container", height=height)
    )


def _menu_of_neurons(data: Path):
    """All dots, those that end largest first: for whom no dot can be clicked."""
    end = json.loads((data / "race.json").read_text("utf-8"))[-1]
    rows = zip(end["norm_product"], end["neuron"], end["cluster"], strict=True)
    ranked = [neuron for _, neuron, cluster in sorted(rows, reverse=True) if cluster < 3]
    return alt.binding_select(
        options=[-1, *ranked], labels=["none", *map(str, ranked)], name="Neuron (largest first) "
    )


def clusters(data: Path, columns: int, width: int, height: int) -> alt.ConcatChart:
    """The race of each large cluster, side by side, against where its direction ends up."""
    blocks = json.loads((data / "cosines.json").read_text("utf-8"))["blocks"]
    panels = [
        (_dots(only=block["cluster"], x="final", title="cosine with the end", ticks=3)).properties(
            width=width,
            height=height,
            title=f"Cluster {block['cluster'] + 1}: {block['neurons']} neurons",
        )
        for block in blocks
    ]
    panels[0] += clock(size=14)
    return (
        alt.concat(*panels, columns=columns, spacing=22)
        .resolve_scale(color="shared")
        .add_params(time_parameter(data), *pickable(bound=False))
    )


def phases(data: Path, columns: int, width: int, height: int) -> alt.ConcatChart:
    """The race at the start, in the middle of the turning and at the end, for the still page."""
    frames = json.loads((data / "race.json").read_text("utf-8"))
    panels = []
    for wanted in (100, 300, frames[-1]["step"]):
        frame = min(range(len(frames)), key=lambda i: abs(frames[i]["step"] - wanted))
        dots = _dots(title="cosine shared", ticks=3)
        dots.transform[1]["filter"] = f"datum.index - 1 == {frame}"
        title = f"step {frames[frame]['step']:,}"
        panels.append(dots.properties(width=width, height=height, title=title))
    return (
        alt.concat(*panels, columns=columns, spacing=22)
        .resolve_scale(color="shared")
        .add_params(*pickable(bound=False))
    )


def norms(data: Path) -> alt.LayerChart:
    """Norm product of every neuron over time, and the shared time."""
    base = alt.Chart(RACE).transform_calculate(time="datum.step + 1")
    x = alt.X("time:Q", title="step + 1").scale(type="log", nice=False).axis(tickCount=5)
    lines = (
        base.transform_flatten(PER_NEURON)
        .transform_calculate(cluster_number="datum.cluster + 1")
        .mark_line(strokeWidth=1, cursor="pointer")
        .encode(
            x,
            alt.Y("norm_product:Q", title="norm product |w₁||w₂|", scale=SIZE).axis(
                labelExpr=POWER, values=POWERS
            ),
            size_colour(),
            detail="neuron:N",
            opacity=picked(0.5, 0.04),
            strokeWidth=alt.condition("datum.neuron == neuron", alt.value(4), alt.value(1)),
            tooltip=_tooltip(),
        )
    )
    now = (
        base.transform_window(index="row_number()")
        .transform_filter("datum.index - 1 == frame")
        .mark_rule(strokeDash=[4, 3], opacity=0.6)
        .encode(x)
    )
    return (
        (lines + now)
        .add_params(time_parameter(data), *pickable())
        .properties(width="container", height=320)
    )


FIGURES = {
    "race_one": Figure(
        chart=race_one,
        caption=(
            "The {{ n.largest_cluster }} neurons of the largest cluster. To the right: nearer to "
            "the direction that the cluster shares at that time. Up: larger. Colour: size at the "
            "end. Move the time and follow the orange dots."
        ),
        alt=(
            "Scatter plot of one cluster when half of the neurons have arrived: neurons farther "
            "right, nearer to the shared direction, are larger; they are those that end up largest."
        ),
        data="race.json",
    ),
    "clusters": Figure(
        chart=partial(clusters, columns=3, width=150, height=170),
        narrow=partial(clusters, columns=1, width=270, height=150),
        caption=(
            "Every cluster has a target direction. Here the cosine is with where the cluster ends "
            "up, in all {{ n.inputs }} inputs. The three clusters turn at one pace, and the whole "
            "cluster goes on turning together long after its neurons have met."
        ),
        alt=(
            "Three scatter plots, one a cluster: when half of the neurons have arrived those of "
            "each cluster still form a curve far from the direction in which they will end."
        ),
        data="race.json",
    ),
    "race_all": Figure(
        chart=race_all,
        caption=(
            "All clusters in one picture. The {{ n.singletons }} neurons that join no cluster "
            "share no direction and are left out; together they carry {{ n.singletons_share }} of "
            "the summed norm product."
        ),
        alt=(
            "Scatter plot of all neurons when half of them have arrived: one rising curve, the "
            "later winners at its upper right end."
        ),
        data="race.json",
    ),
    "mechanism": Figure(
        chart=partial(race_all, height=420, controls=False),
        narrow=partial(race_all, height=230, controls=False),
        caption="The time follows the text beside it.",
        alt=(
            "Scatter plot of all neurons, norm product against cosine with the shared direction, "
            "at the time that the text beside it speaks of."
        ),
        data="race.json",
    ),
    "phases": Figure(
        chart=partial(phases, columns=3, width=150, height=170),
        narrow=partial(phases, columns=1, width=270, height=150),
        caption="The three phases: before, amid and after the turning.",
        alt=(
            "Three scatter plots. Early: spread over all cosines, all small. Middle: a rising "
            "curve. End: all neurons of the clusters at cosine one, spread over five powers of ten."
        ),
        data="race.json",
    ),
    "norms": Figure(
        chart=norms,
        caption=(
            "The size of every neuron over time, both axes logarithmic. While the loss stays where "
            "it is the lines fan out; from step {{ n.settled_step }} on they run in parallel. "
            "Parallel lines on this axis are constant ratios: the order is settled."
        ),
        alt=(
            "Line chart of all neurons: nearly flat and close together at first, fanning out over "
            "five powers of ten within a few hundred steps, then rising in parallel."
        ),
        data="race.json",
    ),
}
