"""The article's charts: matrices of cosines, arrows, the race, turning, and what decides."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts import race
from export.charts.base import POWER, Figure, line_legend, live, read, rows, time_axis
from export.charts.palette import CLUSTERS, COLOURS, INK

RACE = "article/race.json"
LOSS_SHOWN = 1100  # steps of the paper's panel a
TURNING = {
    "shared_span": "joined the cluster (in the samples' span)",
    "shared_full": "joined the cluster (all inputs)",
    "final_span": "reached the final direction",
    "loss_left": "loss, as a share of its start",
}


def cosines(data: Path, columns: int, side: int) -> alt.ConcatChart:
    """Matrices of cosines between total vectors at several times, ordered by cluster."""
    content = read(data, "article/cosines.json")
    outline = _blocks(content)

    def panel(step):
        image = _matrix(step, side)
        return (image + outline).properties(width=side, height=side, title=f"step {step:,}")

    return (
        alt.concat(*(panel(row["step"]) for row in content["rows"]), columns=columns, spacing=14)
        .add_params(*race.pickable(race.Race.read(data, RACE).shared))
        .configure_view(stroke="currentColor", strokeOpacity=0.25)
        .configure_title(fontSize=13, fontWeight=500, offset=4)
    )


def _matrix(step, side) -> alt.Chart:
    """The picture of the cosines at a step."""
    return (
        alt.Chart(rows("article/cosines.json"))
        .transform_filter(f"datum.step == {step}")
        .mark_image(width=side, height=side)
        .encode(alt.Url("image:N"), x=alt.value(side / 2), y=alt.value(side / 2))
    )


def _blocks(content) -> alt.Chart:
    """The outline of each cluster's block in a matrix of cosines."""
    last = len(content["order"])
    return (
        alt.Chart(alt.InlineData(values=content["blocks"]))
        .mark_rect(fill="transparent", stroke="currentColor", cursor="pointer")
        .encode(
            alt.X("start:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=None),
            alt.X2("end:Q"),
            alt.Y("start:Q", scale=alt.Scale(domain=[last, 0]), axis=None),
            alt.Y2("end:Q"),
            strokeWidth=alt.condition("datum.cluster == cluster", alt.value(3), alt.value(1)),
            strokeOpacity=race.picked(0.7, 0.2),
            tooltip=[alt.Tooltip("cluster:Q"), alt.Tooltip("neurons:Q")],
        )
    )


def arrows(data: Path, side: int) -> alt.LayerChart:
    """Direction of every neuron's incoming weights in two pixels, at the shared time."""
    content, told = read(data, "article/arrows.json"), race.Race.read(data, RACE)
    base = _arrows_now(content)
    x, y, colour = _arrow_encodings(content["shared_clusters"])
    shafts = base.mark_rule(strokeWidth=1.2).encode(
        x, y, colour, x2="zero:Q", y2="zero:Q", opacity=race.picked(0.55, 0.06)
    )
    heads = base.mark_circle(size=26, stroke="currentColor", cursor="pointer").encode(
        x,
        y,
        colour,
        opacity=race.picked(0.95, 0.1),
        strokeWidth=race.ring(),
        tooltip=[alt.Tooltip("neuron:Q"), alt.Tooltip("cluster:Q")],
    )
    means = base.transform_filter("datum.group != 'alone'").transform_aggregate(
        x="mean(x)", y="mean(y)", zero="min(zero)", cluster="min(cluster)", groupby=["group"]
    )
    outline, mean = (
        means.mark_rule(strokeWidth=width, strokeCap="round").encode(
            x, y, x2="zero:Q", y2="zero:Q", opacity=race.picked(1, 0.06), **{"color": color}
        )
        for width, color in ((7, alt.value(INK)), (4, colour))
    )
    return (
        (shafts + heads + outline + mean + race.clock(told))
        .add_params(
            race.time_parameter(told),
            _dimension_menu("across", 0, content["dimensions"]),
            _dimension_menu("up", 1, content["dimensions"]),
            *race.pickable(told.shared),
        )
        .properties(width=side, height=side)
    )


def _dimension_menu(name, value, dimensions):
    menu = alt.binding_select(
        options=list(range(len(dimensions))), labels=dimensions, name=f"{name} "
    )
    return alt.param(name=f"dimension_{name[0]}", value=value, bind=menu)


def _arrows_now(content) -> alt.Chart:
    """Components of every neuron's direction at the shared time, in the dimensions picked."""
    components = [f"u{i}" for i in range(len(content["dimensions"]))]
    return (
        alt.Chart(rows("article/arrows.json"))
        .transform_filter("datum.frame == frame")
        .transform_flatten(["neuron", "cluster", *components])
        .transform_calculate(
            x="datum['u' + dimension_a] / 1e4",
            y="datum['u' + dimension_u] / 1e4",
            zero="0",
            group=f"datum.cluster <= {content['shared_clusters']} "
            "? 'cluster ' + datum.cluster : 'alone'",
        )
    )


def _arrow_encodings(shared):
    scale = alt.Scale(domain=[-0.06, 0.06], nice=False, clamp=True)
    ticks = {"tickCount": 5, "format": "~g"}
    colour = (
        alt.Color("group:N", title=None)
        .scale(
            domain=[*(f"cluster {i + 1}" for i in range(shared)), "alone"],
            range=[*(CLUSTERS[i % len(CLUSTERS)] for i in range(shared)), COLOURS["alone"]],
        )
        .legend(orient="top", symbolType="stroke", symbolStrokeWidth=3)
    )
    return (
        alt.X("x:Q", title="component of w₁/|w₁| across", scale=scale).axis(**ticks),
        alt.Y("y:Q", title="component up", scale=scale).axis(**ticks),
        colour,
    )


def clusters(data: Path, columns: int, width: int, height: int) -> alt.ConcatChart:
    """The race of each cluster, side by side, against where its direction ends up."""
    told = race.Race.read(data, RACE)
    panels = [
        race.dots(
            told,
            only=f"datum.cluster == {cluster}",
            x="final",
            title="cosine, final",
            ticks=3,
        ).properties(width=width, height=height, title=f"Cluster {cluster}: {size} neurons")
        for cluster, size in told.cluster_sizes.items()
    ]
    panels[0] += race.clock(told, size=14)
    return (
        alt.concat(*panels, columns=columns, spacing=22)
        .resolve_scale(color="shared")
        .add_params(race.time_parameter(told), *race.pickable())
    )


def phases(data: Path, columns: int, width: int, height: int) -> alt.ConcatChart:
    """The race at the start, in the middle of the turning and at the end, for the still page."""
    told = race.Race.read(data, RACE)
    panels = []
    for frame in (told.nearest(100), told.nearest(300), len(told.frames) - 1):
        dots = race.dots(told, title="cosine, shared", ticks=3, frame=frame)
        title = f"step {told.frames[frame]['step']:,}"
        panels.append(dots.properties(width=width, height=height, title=title))
    return (
        alt.concat(*panels, columns=columns, spacing=22)
        .resolve_scale(color="shared")
        .add_params(*race.pickable())
    )


def norms(data: Path) -> alt.LayerChart:
    """Norm product of every neuron over time, and the shared time."""
    return race.norms(race.Race.read(data, RACE))


def turning(data: Path, legend_columns: int) -> alt.LayerChart:
    """Three measures of turning and the loss, over time."""
    colours = [CLUSTERS[0], CLUSTERS[2], CLUSTERS[1], INK]
    names = list(TURNING.values())
    return (
        alt.Chart(rows("article/turning.json"))
        .transform_fold(list(TURNING), as_=["measure", "value"])
        .transform_calculate(
            time="datum.step + 1", name=f"{json.dumps(TURNING)}[datum.measure]"
        )
        .mark_line(strokeWidth=2.5)
        .encode(
            time_axis(),
            alt.Y("value:Q", title="median cosine; share of the loss").axis(tickCount=5),
            alt.Color("name:N", title=None)
            .scale(domain=names, range=colours)
            .legend(**line_legend(legend_columns)),
            alt.StrokeDash("name:N", title=None).scale(
                domain=names, range=[[1, 0], [8, 3], [1, 0], [2, 3]]
            ),
            tooltip=["name:N", "step:Q", alt.Tooltip("value:Q", format=".2f")],
        )
        .properties(width="container", height=280)
    )  # fmt: skip


def arrival(data: Path) -> alt.Chart:
    """Norm product at the end against the time of arrival, one dot per neuron."""
    told = race.Race.read(data, RACE)
    return (
        _arrivals(told)
        .encode(
            alt.X("arrival:Q", title="step at which the neuron arrives")
            .scale(zero=False)
            .axis(tickCount=5),
            _end_axis("norm product at the end"),
        )
        .add_params(*race.pickable(told.shared))
        .properties(width="container", height=300)
    )


def starts(data: Path, columns: int, side: int) -> alt.ConcatChart:
    """Norm product at the end against three quantities of the start."""
    titles = {
        "incoming": "w₁ near its pull",
        "outgoing": "w₂ along the error",
        "growing": "both together",
    }
    panels = [
        _arrivals(race.Race.read(data, RACE))
        .encode(
            alt.X(f"{name}:Q", title=title).axis(tickCount=3, format="~g"),
            _end_axis("norm product at the end"),
        )
        .properties(width=side, height=side)
        for name, title in titles.items()
    ]
    return (
        alt.concat(*panels, columns=columns, spacing=22)
        .resolve_scale(color="shared")
        .add_params(*race.pickable())
    )


def unlocking(data: Path, narrow: bool = False) -> alt.LayerChart:
    """The two weights of one neuron that race, while its outgoing weight crosses zero."""
    names = {"incoming": "incoming, along the pull", "outgoing": "outgoing, along the error"}
    chart = alt.Chart(rows("article/unlocking.json"))
    lines = (
        chart.transform_fold(list(names), as_=["part", "weight"])
        .transform_calculate(name=f"{json.dumps(names)}[datum.part]", small="1e4 * datum.weight")
        .mark_line(strokeWidth=2.5)
        .encode(
            alt.X("step:Q", title="step").scale(nice=False).axis(tickCount=6),
            alt.Y("small:Q", title="weight × 10⁴").axis(tickCount=5),
            alt.Color("name:N", title=None)
            .scale(domain=list(names.values()), range=[COLOURS["incoming"], COLOURS["outgoing"]])
            .legend(**line_legend(1 if narrow else 2)),
            alt.StrokeDash("name:N", title=None).scale(
                domain=list(names.values()), range=[[8, 3], [1, 0]]
            ),
            tooltip=["name:N", "step:Q", alt.Tooltip("weight:Q", format=".2e")],
        )
    )
    zero = alt.Chart(alt.InlineData([{"zero": 0}])).mark_rule(strokeDash=[2, 3]).encode(y="zero:Q")
    return (zero + lines).properties(width="container", height=220)


def panels(data: Path, columns: int, side: int, small: int) -> alt.VConcatChart:
    """The three panels of the paper's first figure, from our run.

    `small`: px, the side of a part of the third panel; `columns` of them stand side by side.
    """
    loss = (
        alt.Chart(rows(RACE))
        .transform_filter(f"datum.step <= {LOSS_SHOWN}")
        .mark_line(strokeWidth=2.2)
        .encode(
            alt.X("step:Q", title="step").scale(nice=False).axis(tickCount=4),
            alt.Y("loss:Q", title="loss (nat)").axis(tickCount=4),
        )
        .properties(width=side, height=side, title="a: loss")
    )
    content = read(data, "article/cosines.json")
    last = content["rows"][-1]["step"]
    matrix = (_matrix(last, side) + _blocks(content)).properties(
        width=side, height=side, title=f"b: cosines, step {last:,}"
    )
    told = race.Race.read(data, RACE)
    early = read(data, "article/early.json")["rows"]
    third = [_early_panel(told, row, small) for row in early]
    return (
        alt.vconcat(
            alt.hconcat(loss, matrix, spacing=34),
            alt.concat(*third, columns=columns, spacing=16),
            spacing=20,
        )
        .resolve_scale(color="shared")
        .add_params(*race.pickable())
    )


def _early_panel(told, row, side):
    order = f"{row['order']:.2f}".replace("-", "−")
    return (
        alt.Chart(rows("article/early.json"))
        .transform_filter(f"datum.step == {row['step']}")
        .transform_flatten(["neuron", "final", "norm_product", "norm_product_end"])
        .mark_circle(size=24, opacity=0.85)
        .encode(
            alt.X("final:Q", title="cosine, final").scale(domain=[-0.1, 0.4]).axis(tickCount=3),
            alt.Y("norm_product:Q", title=None)
            .scale(type="log", domain=[5e-7, 1e-2], nice=False)
            .axis(labelExpr=POWER, values=[1e-6, 1e-4, 1e-2]),
            race.size_colour(told).legend(None),
        )
        .properties(
            width=side, height=side, title=[f"c: step {row['step']}", f"rank corr. {order}"]
        )
    )


def _arrivals(told):
    arrives = alt.Tooltip("arrival:Q", format=".0f", title="arrives at step")
    return (
        alt.Chart(rows("article/arrivals.json"))
        .mark_circle(size=42, stroke="currentColor", cursor="pointer")
        .encode(
            race.size_colour(told).legend(None),
            opacity=race.picked(0.85, 0.12),
            strokeWidth=race.ring(),
            tooltip=race.told(arrives),
        )
    )


def _end_axis(title):
    return (
        alt.Y("norm_product_end:Q", title=title)
        .scale(type="log", domain=[1e-3, 10], nice=False)
        .axis(labelExpr=POWER, values=[1e-3, 1e-2, 1e-1, 1, 10])
    )


def _at_opening(words: str, data: Path) -> str:
    """An alternative text, with the step that the picture shows."""
    told = race.Race.read(data, RACE)
    return words.format(f"{told.frames[told.opening]['step']:,}")


FIGURES = {
    "cosines": Figure(
        chart=partial(cosines, columns=3, side=214),
        narrow=partial(cosines, columns=2, side=158),
        caption=(
            "Cosine of every total vector with every other, ordered by the clusters of step "
            "{{ n.steps }}; largest neurons first within a cluster. Brown: alike. Teal: opposite. "
            "Clear: at right angles. "
            + live("Click a block: the cluster stays picked in every chart below.")
        ),
        alt=(
            "Six square matrices over time. At the start all pairs of neurons are near right "
            "angles. Blocks appear as training goes on; at the end there are three solid blocks, "
            "one of them opposite to the other two, and a rest of neurons that resemble no other."
        ),
        data="article/cosines.json",
    ),
    "arrows": Figure(
        chart=partial(arrows, side=430),
        narrow=partial(arrows, side=280),
        caption=(
            "Direction of each neuron's incoming weights, seen in two of {{ n.inputs }} pixels. "
            "Scattered at first; in the end the neurons of a cluster point the same way. "
            + live("Pick other pixels: the picture changes, the finding does not.")
        ),
        alt=partial(
            _at_opening,
            "Arrows from one origin, one per neuron, colored by cluster, at step {}: each "
            "cluster's arrows have begun to gather along one line.",
        ),
        data="article/arrows.json",
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
        data="article/turning.json",
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
        data="article/arrivals.json",
    ),
    "starts": Figure(
        chart=partial(starts, columns=3, side=155),
        narrow=partial(starts, columns=1, side=220),
        caption=(
            "What at step 0 predicts the end? For the largest cluster the rank correlation with "
            "the final norm product is {{ n.start_order_incoming }} for the cosine of the incoming "
            "weights with the pull on them (not with the cluster's mean direction), "
            "{{ n.start_order_outgoing }} for the outgoing weights along the error, and "
            "{{ n.start_order_growing }} for the sum that the equations single out."
        ),
        alt=(
            "Three scatter plots of final norm against a quantity at the start: hardly any order "
            "for the incoming direction, a clear trend for the outgoing weights, a narrow band "
            "for both together."
        ),
        data="article/arrivals.json",
    ),
    "clusters": Figure(
        chart=partial(clusters, columns=3, width=150, height=170),
        narrow=partial(clusters, columns=1, width=270, height=150),
        caption=(
            "Every cluster has a target direction. Here the cosine is with where the cluster ends "
            "up, in all {{ n.inputs }} inputs. The three clusters turn at one pace, and the whole "
            "cluster goes on turning together long after its neurons have met."
        ),
        alt=partial(
            _at_opening,
            "Three scatter plots, one per cluster, at step {}: the neurons of each still form a "
            "curve far from the direction in which they will end.",
        ),
        data=RACE,
    ),
    "phases": Figure(
        chart=partial(phases, columns=3, width=150, height=170),
        narrow=partial(phases, columns=1, width=270, height=150),
        caption="The three phases: before, during and after the turning.",
        alt=(
            "Three scatter plots. Early: spread over all cosines, all small. Middle: a rising "
            "curve. End: all neurons of the clusters at cosine one, spread over five powers of ten."
        ),
        data=RACE,
    ),
    "unlocking-one": Figure(
        chart=unlocking,
        narrow=partial(unlocking, narrow=True),
        caption=(
            "Neuron {{ n.held_back }} of the largest cluster, the last one to arrive. Positive is "
            "the side on which it ends. Its outgoing weight starts on the other side, shrinks, "
            "and crosses zero at step {{ n.held_back_unlocked }}."
        ),
        alt=(
            "Two lines over the first 150 steps. The incoming weight along the pull is positive "
            "and hardly moves. The outgoing weight starts negative, rises steadily, crosses zero "
            "after about a third of the time, and then grows."
        ),
        data="article/unlocking.json",
    ),
    "panels": Figure(
        chart=partial(panels, columns=5, side=165, small=99),
        narrow=partial(panels, columns=2, side=128, small=120),
        caption=(
            "The panels of the paper's first figure, from our run. a) The loss. b) Cosines between "
            "total vectors, by cluster. c) The largest cluster early in training: norm product, "
            "logarithmic, against the cosine of the incoming weights with the direction in which "
            "the cluster ends, in all {{ n.inputs }} inputs. Color: the norm product at the end."
        ),
        alt=(
            "Seven panels. The loss is flat for 300 steps and then falls. The matrix of cosines "
            "has three solid blocks. Five scatter plots of one cluster: the first is a cloud "
            "without order, the last a curve on which neurons lie in the order of their final size."
        ),
        data="article/early.json",
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
        data=RACE,
    ),
}
