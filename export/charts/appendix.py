"""The appendix's charts: the equations against autograd, the theory against the run."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts import race
from export.charts.base import POWER, Figure, line_legend, read, rows, time_axis, where_lines_bend
from export.charts.palette import COLOURS, LINES

EQUATIONS = {
    "phi": "angle φ",
    "norm_out": "norm |w₂|",
    "theta": "angle θ",
    "norm_in": "norm |w₁|",
    "b": "bias b, with the gate",
    "b, as printed": "bias b, as printed",
}


def residuals(data: Path, legend_columns: int) -> alt.Chart:
    """Largest residual of each equation against autograd, over time."""
    return (
        alt.Chart(rows("appendix/equations.json"))
        .transform_calculate(
            time="datum.step + 1",
            name=f"{json.dumps(EQUATIONS)}[datum.equation]",
            size="max(datum.residual, 1e-17)",
        )
        .mark_line(strokeWidth=2)
        .encode(
            time_axis(),
            alt.Y("size:Q", title="largest relative residual")
            .scale(type="log", domain=[1e-17, 10], nice=False)
            .axis(labelExpr=POWER, tickCount=6),
            alt.Color("name:N", title=None)
            .scale(domain=list(EQUATIONS.values()), range=[LINES[k] for k in (0, 2, 4, 5, 1, 3)])
            .legend(**line_legend(legend_columns)),
            tooltip=["name:N", "step:Q", alt.Tooltip("residual:Q", format=".1e")],
        )
        .properties(width="container", height=280)
    )


def prediction(data: Path, columns: int, width: int, height: int) -> alt.ConcatChart:
    """Norm product of a few neurons, measured, and predicted from the state at four times."""
    source = rows("appendix/prediction.json")
    fields = read(data, "appendix/prediction.json")["fields"]
    predicted = [name for name in fields if name.startswith("from_")]
    x = alt.X("step:Q", title="step").axis(tickCount=5)

    def y(name):
        return (
            alt.Y(f"{name}:Q", title="norm product |w₁||w₂|")
            .scale(type="log", domain=[1e-6, 1], nice=False)
            .axis(labelExpr=POWER, tickCount=6)
        )

    def panel(cluster):
        base = alt.Chart(source).transform_filter(f"datum.cluster == {cluster}")
        measured = base.mark_line(strokeWidth=5, opacity=0.35, color=LINES[0]).encode(
            x, y("measured"), detail="place:N", tooltip=["place:N", "neuron:Q"]
        )
        lines = [
            base.transform_filter(f"isValid(datum.{name})")
            .mark_line(strokeWidth=1.8, strokeDash=[5, 3], color=COLOURS["theory"])
            .encode(x, y(name), detail="place:N")
            for name in predicted
        ]
        return alt.layer(measured, *lines).properties(
            width=width, height=height, title=f"Cluster {cluster}"
        )

    return alt.concat(panel(1), panel(2), columns=columns, spacing=24)


def assumptions(data: Path, legend_columns: int) -> alt.Chart:
    """What the linear theory holds fixed: the size of the errors and the gates."""
    names = {"error": "mean size of the errors |e|", "gates": "share of gates as at the start"}
    return (
        alt.Chart(rows("appendix/drift.json"))
        .transform_fold(list(names), as_=["measure", "value"])
        .transform_calculate(time="datum.step + 1", name=f"{json.dumps(names)}[datum.measure]")
        .mark_line(strokeWidth=2.5)
        .encode(
            time_axis(),
            alt.Y("value:Q", title=None).scale(domain=[0, 1]).axis(tickCount=5),
            alt.Color("name:N", title=None)
            .scale(domain=list(names.values()), range=[COLOURS["theory"], LINES[0]])
            .legend(**line_legend(legend_columns)),
            tooltip=["name:N", "step:Q", alt.Tooltip("value:Q", format=".3f")],
        )
        .properties(width="container", height=220)
    )


def conserved(data: Path, legend_columns: int) -> alt.Chart:
    """How far the conserved quantities have moved."""
    names = {
        "balance": "|w₁|² + b² − |w₂|², moves with the step size",
        "sum": "w₂ along (1, 1), exact",
    }
    return (
        alt.Chart(rows("appendix/drift.json"))
        .transform_fold(list(names), as_=["measure", "value"])
        .transform_filter("datum.value > 0")
        .transform_calculate(time="datum.step + 1", name=f"{json.dumps(names)}[datum.measure]")
        .mark_line(strokeWidth=2.5)
        .encode(
            time_axis(),
            alt.Y("value:Q", title="largest relative change")
            .scale(type="log", domain=[1e-17, 1], nice=False)
            .axis(labelExpr=POWER, tickCount=6),
            alt.Color("name:N", title=None)
            .scale(domain=list(names.values()), range=[COLOURS["theory"], LINES[0]])
            .legend(**line_legend(legend_columns)),
            tooltip=["name:N", "step:Q", alt.Tooltip("value:Q", format=".1e")],
        )
        .properties(width="container", height=220)
    )


def outgoing(data: Path) -> alt.LayerChart:
    """Angle phi of every neuron's outgoing weights over time."""
    content = read(data, "appendix/outgoing.json")
    shared, frames, height = content["shared_clusters"], content["rows"], 280
    low, high = domain = [-225, 315]
    bends = where_lines_bend(
        [frame["step"] for frame in frames],
        zip(*(frame["phi"] for frame in frames), strict=True),
        tolerance=(high - low) / height,
    )
    groups = ["in a cluster", "alone"]
    return (
        alt.Chart(rows("appendix/outgoing.json"))
        .transform_filter(bends)
        .transform_flatten(["neuron", "cluster", "phi"])
        .transform_calculate(
            time="datum.step + 1",
            group=f"{json.dumps(groups)}[datum.cluster <= {shared} ? 0 : 1]",
        )
        .mark_line(strokeWidth=1, cursor="pointer")
        .encode(
            time_axis(),
            alt.Y("phi:Q", title="angle φ of w₂ (degrees)")
            .scale(domain=domain, nice=False)
            .axis(values=[-225, -135, -45, 45, 135, 225, 315]),
            alt.Color("group:N", title=None)
            .scale(domain=groups, range=[LINES[0], COLOURS["alone"]])
            .legend(**line_legend(columns=2)),
            detail="neuron:N",
            opacity=race.picked(0.4, 0.04),
            tooltip=["neuron:Q", "cluster:Q"],
        )
        .add_params(*race.pickable(shared))
        .properties(width="container", height=height)
    )


FIGURES = {
    "residuals": Figure(
        chart=partial(residuals, legend_columns=3),
        narrow=partial(residuals, legend_columns=2),
        caption=(
            "Largest difference over the {{ n.width }} neurons between each equation and what "
            "automatic differentiation gives for the same derivative, relative to the largest "
            "derivative. Five equations agree to rounding. The bias equation as printed does not."
        ),
        alt=(
            "Line chart on a logarithmic axis: five residuals lie near rounding error throughout; "
            "that of the printed bias equation lies near one."
        ),
        data="appendix/equations.json",
    ),
    "outgoing": Figure(
        chart=outgoing,
        caption=(
            "The angle of every neuron's outgoing weights. With two outputs and softmax the error "
            "has two possible directions, so there are two angles to go to."
        ),
        alt=(
            "Line chart of all angles: from everywhere at the start, the neurons of the large "
            "clusters go to two angles half a turn apart; many of those that are alone stay."
        ),
        data="appendix/outgoing.json",
    ),
    "prediction": Figure(
        chart=partial(prediction, columns=2, width=270, height=260),
        narrow=partial(prediction, columns=1, width=270, height=220),
        caption=(
            "Blue bands: measured, for the first, the median and a late neuron of each cluster. "
            "Purple dashes: the linear theory, started four times from the state that it finds. It "
            "is right for about {{ n.arrival_gap }} steps each time: too slow at first, because "
            "turning neurons change their gates and the pull on them grows; too fast once the "
            "errors shrink."
        ),
        alt=(
            "Two panels of norm product over time. Dashed predictions leave the measured curves "
            "slowly: below them when started early, above them when started after step 300."
        ),
        data="appendix/prediction.json",
    ),
    "assumptions": Figure(
        chart=partial(assumptions, legend_columns=2),
        narrow=partial(assumptions, legend_columns=1),
        caption=(
            "What the linear theory takes as constant. The errors are, until the loss falls. The "
            "gates are not: by step {{ n.settled_step }} about half of them have changed."
        ),
        alt=(
            "Two lines over time: the mean error stays at one half up to a few hundred steps and "
            "then falls to zero; the share of unchanged gates falls from one to one half by then."
        ),
        data="appendix/drift.json",
    ),
    "conserved": Figure(
        chart=partial(conserved, legend_columns=2),
        narrow=partial(conserved, legend_columns=1),
        caption=(
            "Largest change over the neurons of two quantities that gradient flow conserves, "
            "relative to the weights. One is exact for finite steps too."
        ),
        alt=(
            "Two lines on a logarithmic axis: one conserved quantity moves by less than a "
            "hundredth, the other by rounding error only."
        ),
        data="appendix/drift.json",
    ),
}
