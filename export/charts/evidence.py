"""The evidence page's charts of the claims: all of them, who wins, the theory's end, unlocking."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts.base import Figure
from export.charts.race import POWER

INITS = ["fan_in", "per_weight", "balanced"]
INIT_COLOURS = ["#1f83d1", "#e0a21b", "#179a73"]
COUNTED_DIRECTIONS = ["few-directions-full", "few-directions-span"]  # not between 0 and 1
ROW = 22  # px


def part(name):
    """A list in claims.json."""
    return alt.UrlData("data/claims.json", format=alt.JsonDataFormat(type="json", property=name))


def study(data: Path) -> dict:
    """claims.json itself, for what a chart must know before it is drawn."""
    return json.loads((data / "claims.json").read_text("utf-8"))


def init_colour(columns=3):
    """A colour an initialisation, with a legend of so many columns."""
    scale = alt.Scale(domain=INITS, range=INIT_COLOURS)
    return alt.Color("init:N", title=None, scale=scale).legend(orient="top", columns=columns)


def forest(data: Path, counted: bool, narrow: bool = False) -> alt.LayerChart:
    """Each claim a row: a dot a cell, the mean over cells with its interval, the range's edge.

    `counted`: only the claims that count directions, on their own axis, or only the others.
    `narrow`: with smaller letters, and a legend that is no wider than the dots.
    """
    names = json.dumps(COUNTED_DIRECTIONS)
    chosen = f"{'' if counted else '!'}(indexof({names}, datum.name) >= 0)"
    rows = alt.Chart(part("claims")).transform_filter(chosen)
    claims = study(data)["claims"]
    shown = [one["label"] for one in claims if (one["name"] in COUNTED_DIRECTIONS) == counted]
    scale = alt.Scale(type="log") if counted else alt.Scale(domain=[-0.3, 1.5], clamp=True)
    y = alt.Y("label:N", title=None, sort=shown).axis(
        labelLimit=230, labelFontSize=11 if narrow else 12
    )
    title = "clusters that carry 90 %" if counted else "effect size"
    cells = (
        rows.transform_flatten(["cells"])
        .transform_calculate(
            value="datum.cells.mean",
            init="split(datum.cells.cell, '/')[length(split(datum.cells.cell, '/')) - 1]",
            verdict="datum.cells.verdict",
            cell="datum.cells.cell",
        )
        .transform_filter("isValid(datum.value)")
        .mark_circle(size=34, opacity=0.65)
        .encode(
            alt.X("value:Q", title=title, scale=scale),
            y,
            init_colour(columns=2 if narrow else 3),
            tooltip=["text:N", "cell:N", alt.Tooltip("value:Q", format=".3g"), "verdict:N"],
        )
    )
    tip = ["text:N", "measure:N", "mean:Q", "low:Q", "high:Q", "verdict:N", "condition:N"]
    interval = rows.mark_rule(strokeWidth=3).encode(alt.X("low:Q"), alt.X2("high:Q"), y)
    mean = rows.mark_point(shape="diamond", filled=True, size=90, color="#d4451f").encode(
        alt.X("mean:Q"), y, tooltip=tip
    )
    edge = (
        rows.transform_calculate(edge="isValid(datum.range) ? datum.range : []")
        .transform_flatten(["edge"])
        .transform_filter("isValid(datum.edge)")
        .mark_tick(thickness=2, size=16, color="#8a8f9c")
        .encode(alt.X("edge:Q"), y)
    )
    return (edge + cells + interval + mean).properties(width="container", height=ROW * len(shown))


def predictors(data: Path, narrow: bool = False) -> alt.Chart:
    """What is known at t = 0 against the final norm: a row a predictor, a dot an initialisation."""
    order = list(dict.fromkeys(row["predictor"] for row in study(data)["predictors"]))
    base = (
        alt.Chart(part("predictors"))
        .transform_filter("datum.outcome == outcome")
        .encode(
            alt.Y("predictor:N", title=None, sort=order).axis(labelLimit=190),
            init_colour(columns=2 if narrow else 3),
        )
    )
    outcome = alt.param(
        name="outcome",
        value="arrival",
        bind=alt.binding_radio(
            options=["arrival", "final"], labels=["arrival", "final norm"],
            name="Foretells ",
        ),
    )  # fmt: skip
    x = alt.X("low:Q", title="rank correlation, within clusters").scale(domain=[-0.3, 1])
    return (
        (
            base.mark_rule(strokeWidth=2, opacity=0.6).encode(x, alt.X2("high:Q"))
            + base.mark_circle(size=80).encode(
                alt.X("mean:Q"), tooltip=["predictor:N", "init:N", "mean:Q", "low:Q", "high:Q"]
            )
        )
        .add_params(outcome)
        .properties(width="container", height=ROW * len(order))
    )


def validity(data: Path) -> alt.LayerChart:
    """Where the theory stops being good: its error in the norm product over time."""
    names = {"error_frozen": "gates and errors of t = 0", "error_alone": "only the errors of t = 0"}
    return (
        alt.Chart(part("stories"))
        .transform_filter("datum.init == start")
        .transform_flatten(["time", "error_frozen", "error_alone", "loss"])
        .transform_fold(list(names), ["which", "error"])
        .transform_calculate(
            step="datum.time + 1",
            name=f"{json.dumps(names)}[datum.which]",
            factor="max(exp(datum.error) - 1, 1e-8)",
        )
        .transform_filter("datum.factor < 1000")
        .mark_line(strokeWidth=2)
        .encode(
            alt.X("step:Q", title="step + 1").scale(type="log", nice=False).axis(tickCount=5),
            alt.Y("factor:Q", title="median relative error").scale(type="log").axis(
                labelExpr=POWER, tickCount=5
            ),
            alt.Color("name:N", title="theory holds").scale(range=["#e0a21b", "#d4451f"]).legend(
                orient="top"
            ),
            tooltip=["time:Q", "name:N", alt.Tooltip("factor:Q", format=".2g"), "loss:Q"],
        )
        .add_params(start())
        .properties(width="container", height=220)
    )  # fmt: skip


def unlocking(data: Path, width: int) -> alt.VConcatChart:
    """The story of one neuron that unlocks: its outgoing weight, its growth, its gate."""

    def row(title, field, colour, last=False, **axis):
        scale = alt.Scale(type="log") if field == "norm_product" else alt.Scale()
        return (
            alt.Chart(part("unlockings"))
            .transform_filter("datum.init == start")
            .transform_flatten(["time", "side", "norm_product", "gates"])
            .transform_calculate(
                step="datum.time + 1",
                # Its fourth root, or the time before it turns would be a flat line.
                root="(datum.side < 0 ? -1 : 1) * pow(abs(datum.side), 0.25)",
            )
            .mark_line(strokeWidth=2, color=colour)
            .encode(
                alt.X("step:Q", title="step + 1" if last else None)
                .scale(type="log", nice=False)
                .axis(tickCount=5, labels=last),
                alt.Y(f"{field}:Q", title=title, scale=scale).axis(tickCount=3, **axis),
                tooltip=["time:Q", "side:Q", "norm_product:Q", "gates:Q"],
            )
            .properties(width=width, height=100)
        )

    return alt.vconcat(
        row("w₂ along error, ⁴√", "root", "#1f83d1"),
        row("norm product", "norm_product", "#d4451f", labelExpr=POWER),
        row("gate open", "gates", "#179a73", last=True, format="%"),
    ).add_params(start())


def start():
    """A menu of the initialisations."""
    return alt.param(
        name="start",
        value="fan_in",
        bind=alt.binding_select(options=INITS, name="Initialisation "),
    )


FIGURES = {
    "forest": Figure(
        chart=partial(forest, counted=False),
        narrow=partial(forest, counted=False, narrow=True),
        caption=(
            "Every claim (a row) in every cell (a dot: a task with an initialisation). Diamond and "
            "bar: mean over the cells with its 95 % bootstrap interval over seeds. Grey tick: the "
            "edge beyond which we say that the claim holds. Point at anything for its numbers."
        ),
        alt="Forest plot of effect sizes, one row a claim; the table below tells the same numbers.",
        data="claims.json",
    ),
    "forest-directions": Figure(
        chart=partial(forest, counted=True),
        narrow=partial(forest, counted=True, narrow=True),
        caption="The same for the two claims that count directions, on a logarithmic axis.",
        alt="Forest plot of how many clusters carry 90 % of the network, as in the table.",
        data="claims.json",
    ),
    "predictors": Figure(
        chart=predictors,
        narrow=partial(predictors, narrow=True),
        caption=(
            "What can be known of a neuron at the start, and how well it foretells who arrives "
            "earlier, or who ends up larger. A bar is a 95 % interval over seeds."
        ),
        alt=(
            "Dot plot of rank correlations: the direction of w_in foretells little, the growing "
            "mode much, and a neuron followed alone by the theory nearly all."
        ),
        data="claims.json",
    ),
    "validity": Figure(
        chart=validity,
        caption=(
            "Where the theory stops being good: median relative error of a neuron's norm product. "
            "Holding the gates costs accuracy long before holding the errors does."
        ),
        alt="Two curves of growing error over time; the one that lets gates open stays low longer.",
        data="claims.json",
    ),
    "unlocking": Figure(
        chart=partial(unlocking, width=560),
        narrow=partial(unlocking, width=240),
        caption=(
            "One neuron that unlocks: its outgoing weight along the error passes through zero; "
            "until then the neuron shrinks, afterwards it grows."
        ),
        alt="Three curves of one neuron over time: outgoing weight, norm product, open gate.",
        data="claims.json",
    ),
}
