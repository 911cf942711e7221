"""The article's charts of directions: matrices of cosines, arrows, turning, and what decides."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts.base import Figure
from export.charts.race import POWER, clock, pickable, picked, size_colour, time_parameter

CLUSTERS = ["#e0700d", "#1f83d1", "#179a73", "#8a8f9c"]  # after Okabe and Ito; the last is grey
TURNING = {
    "shared_span": "joined the cluster (in the samples' span)",
    "shared_full": "joined the cluster (all inputs)",
    "final_span": "reached the final direction",
    "loss_left": "loss, as a share of its start",
}


def cosines(data: Path, columns: int, side: int) -> alt.ConcatChart:
    """Matrices of cosines between total vectors at several times, ordered by cluster."""
    content = json.loads((data / "cosines.json").read_text("utf-8"))
    panels = alt.UrlData("data/cosines.json", format=alt.JsonDataFormat(property="panels"))
    # Inline: Vega-Lite takes two parts of one file for the same data.
    blocks = alt.InlineData(values=content["blocks"])
    extent = alt.Scale(domain=[0, content["neurons"]], nice=False)
    outline = (
        alt.Chart(blocks)
        .transform_calculate(cluster_number="datum.cluster + 1")
        .mark_rect(fill="transparent", stroke="currentColor", cursor="pointer")
        .encode(
            alt.X("start:Q", scale=extent, axis=None),
            alt.X2("end:Q"),
            alt.Y("start:Q", scale=alt.Scale(domain=[content["neurons"], 0]), axis=None),
            alt.Y2("end:Q"),
            strokeWidth=alt.condition("datum.cluster == cluster", alt.value(3), alt.value(1)),
            strokeOpacity=picked(0.7, 0.2),
            tooltip=[
                alt.Tooltip("cluster_number:Q", title="cluster"),
                alt.Tooltip("neurons:Q"),
            ],
        )
    )

    def panel(step):
        image = (
            alt.Chart(panels)
            .transform_filter(f"datum.step == {step}")
            .mark_image(width=side, height=side)
            .encode(alt.Url("image:N"), x=alt.value(side / 2), y=alt.value(side / 2))
        )
        return (image + outline).properties(width=side, height=side, title=f"step {step:,}")

    return (
        alt.concat(*(panel(p["step"]) for p in content["panels"]), columns=columns, spacing=14)
        .add_params(*pickable())
        .configure_view(stroke="currentColor", strokeOpacity=0.25)
        .configure_title(fontSize=13, fontWeight=500, offset=4)
    )


def arrows(data: Path, side: int) -> alt.LayerChart:
    """Direction of every neuron's incoming weights in two pixels, at the shared time."""
    names = json.loads((data / "arrows.json").read_text("utf-8"))["dimensions"]
    frames = alt.UrlData("data/arrows.json", format=alt.JsonDataFormat(property="frames"))

    def dimension(name, value):
        menu = alt.binding_select(options=list(range(len(names))), labels=names, name=f"{name} ")
        return alt.param(name=f"dimension_{name[0]}", value=value, bind=menu)

    components = [f"u{i}" for i in range(len(names))]
    base = (
        alt.Chart(frames)
        .transform_filter("datum.frame == frame")
        .transform_flatten(["neuron", "cluster", *components])
        .transform_calculate(
            x="datum['u' + dimension_a] / 1e4",
            y="datum['u' + dimension_u] / 1e4",
            zero="0",
            group="datum.cluster < 3 ? 'cluster ' + (datum.cluster + 1) : 'alone'",
            cluster_number="datum.cluster + 1",
        )
    )
    scale = alt.Scale(domain=[-0.06, 0.06], nice=False, clamp=True)
    ticks = {"tickCount": 5, "format": "~g"}
    x = alt.X("x:Q", title="component of w₁/|w₁| across", scale=scale).axis(**ticks)
    y = alt.Y("y:Q", title="component up", scale=scale).axis(**ticks)
    colour = (
        alt.Color("group:N", title=None)
        .scale(domain=["cluster 1", "cluster 2", "cluster 3", "alone"], range=CLUSTERS)
        .legend(orient="top", symbolType="stroke", symbolStrokeWidth=3)
    )
    shafts = base.mark_rule(strokeWidth=1.2).encode(
        x, y, colour, x2="zero:Q", y2="zero:Q", opacity=picked(0.55, 0.06)
    )
    heads = base.mark_circle(size=26, stroke="currentColor", cursor="pointer").encode(
        x,
        y,
        colour,
        opacity=picked(0.95, 0.1),
        strokeWidth=alt.condition("datum.neuron == neuron", alt.value(2.5), alt.value(0)),
        tooltip=[alt.Tooltip("neuron:Q"), alt.Tooltip("cluster_number:Q", title="cluster")],
    )
    return (
        (shafts + heads + clock())
        .add_params(
            time_parameter(data),
            dimension("across", 0),
            dimension("up", 1),
            *pickable(),
        )
        .properties(width=side, height=side)
    )


def turning(data: Path, legend_columns: int) -> alt.LayerChart:
    """Three measures of turning and the loss, over time."""
    base = alt.Chart(alt.UrlData("data/turning.json")).transform_calculate(time="datum.step + 1")
    colours = [CLUSTERS[0], CLUSTERS[2], CLUSTERS[1], CLUSTERS[3]]
    lines = (
        base.transform_fold(list(TURNING), as_=["measure", "value"])
        .transform_calculate(name=f"{json.dumps(TURNING)}[datum.measure]")
        .mark_line(strokeWidth=2.5)
        .encode(
            alt.X("time:Q", title="step + 1").scale(type="log", nice=False).axis(tickCount=5),
            alt.Y("value:Q", title="median cosine; share of the loss").axis(tickCount=5),
            alt.Color("name:N", title=None)
            .scale(domain=list(TURNING.values()), range=colours)
            .legend(
                orient="top",
                columns=legend_columns,
                symbolType="stroke",
                symbolStrokeWidth=3,
            ),
            alt.StrokeDash("name:N", title=None).scale(
                domain=list(TURNING.values()), range=[[1, 0], [8, 3], [1, 0], [2, 3]]
            ),
            tooltip=["name:N", "step:Q", alt.Tooltip("value:Q", format=".2f")],
        )
    )
    return lines.properties(width="container", height=280)


def arrival(data: Path) -> alt.Chart:
    """Norm product at the end against the time of arrival, one dot a neuron."""
    return (
        _arrivals()
        .encode(
            alt.X("arrival:Q", title="step at which the neuron arrives")
            .scale(zero=False)
            .axis(tickCount=5),
            _end_axis("norm product |w₁||w₂| at the end"),
        )
        .add_params(*pickable())
        .properties(width="container", height=300)
    )


def starts(data: Path, columns: int, side: int) -> alt.ConcatChart:
    """Norm product at the end against three quantities of the start."""
    titles = {
        "incoming": "w₁ near the direction",
        "outgoing": "w₂ along the error",
        "growing": "both together",
    }
    panels = [
        _arrivals()
        .encode(
            alt.X(f"{name}:Q", title=title).axis(tickCount=3, format="~g"),
            _end_axis("|w₁||w₂| at the end"),
        )
        .properties(width=side, height=side)
        for name, title in titles.items()
    ]
    return (
        alt.concat(*panels, columns=columns, spacing=22)
        .resolve_scale(color="shared")
        .add_params(*pickable(bound=False))
    )


def _arrivals():
    return (
        alt.Chart(alt.UrlData("data/arrivals.json"))
        .transform_calculate(cluster_number="datum.cluster + 1")
        .mark_circle(size=42, stroke="currentColor", cursor="pointer")
        .encode(
            size_colour().legend(None),
            opacity=picked(0.85, 0.12),
            strokeWidth=alt.condition("datum.neuron == neuron", alt.value(2.5), alt.value(0)),
            tooltip=[
                alt.Tooltip("neuron:Q"),
                alt.Tooltip("cluster_number:Q", title="cluster"),
                alt.Tooltip("arrival:Q", format=".0f", title="arrives at step"),
                alt.Tooltip("norm_product_end:Q", format=".2e", title="|w₁||w₂| at the end"),
            ],
        )
    )


def _end_axis(title):
    return (
        alt.Y("norm_product_end:Q", title=title)
        .scale(type="log", domain=[1e-3, 10], nice=False)
        .axis(labelExpr=POWER, values=[1e-3, 1e-2, 1e-1, 1, 10])
    )


FIGURES = {
    "cosines": Figure(
        chart=partial(cosines, columns=3, side=214),
        narrow=partial(cosines, columns=2, side=158),
        caption=(
            "Cosine of every total vector with every other, ordered by the clusters of step "
            "{{ n.steps }}; largest neurons first within a cluster. Orange: alike. Blue: opposite. "
            "Clear: at right angles. Click a block: the cluster stays picked in every figure below."
        ),
        alt=(
            "Six square matrices over time. At the start all pairs of neurons are near right "
            "angles. Blocks appear as training goes on; at the end there are three solid blocks, "
            "one of them opposite to the other two, and a rest of neurons that resemble no other."
        ),
        data="cosines.json",
    ),
    "arrows": Figure(
        chart=partial(arrows, side=430),
        narrow=partial(arrows, side=280),
        caption=(
            "Direction of each neuron's incoming weights, seen in two of {{ n.inputs }} pixels. "
            "Scattered at first; in the end the neurons of a cluster point the same way. Pick "
            "other pixels: the picture changes, the finding does not."
        ),
        alt=(
            "Arrows from one origin, one a neuron, coloured by cluster, when half of "
            "the neurons have arrived: each cluster's arrows have begun to gather along one line."
        ),
        data="arrows.json",
    ),
    "turning": Figure(
        chart=partial(turning, legend_columns=2),
        narrow=partial(turning, legend_columns=1),
        caption=(
            "When is the turning over? It depends on what is asked. Neurons join their cluster "
            "before the loss moves; the direction that they share turns while it falls. Medians "
            "over the neurons of the three large clusters."
        ),
        alt=(
            "Four lines over time. The cosine with the shared direction nears one by step 300, "
            "before the loss falls. The cosine with the final direction is then about a third and "
            "nears one only as the loss nears zero."
        ),
        data="turning.json",
    ),
    "arrival": Figure(
        chart=arrival,
        caption=(
            "An arrival {{ n.arrival_gap }} steps later costs a factor of {{ n.late_by_gap }}. The "
            "vertical axis is logarithmic, so a straight line is an exponential."
        ),
        alt=(
            "Scatter plot of the neurons of the large clusters: the logarithm of the final norm "
            "falls along a nearly straight line as the step of arrival grows."
        ),
        data="arrivals.json",
    ),
    "starts": Figure(
        chart=partial(starts, columns=3, side=155),
        narrow=partial(starts, columns=1, side=220),
        caption=(
            "What of the start foretells the end? For the largest cluster the rank correlation is "
            "{{ n.start_order_incoming }} for the closeness of the incoming weights alone, "
            "{{ n.start_order_outgoing }} for the outgoing weights alone, and "
            "{{ n.start_order_growing }} for the sum that the equations single out."
        ),
        alt=(
            "Three scatter plots of final norm against a quantity at the start: hardly any order "
            "for the incoming direction, a clear trend for the outgoing weights, a narrow band "
            "for both together."
        ),
        data="arrivals.json",
    ),
}
