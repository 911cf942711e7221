"""The evidence page's charts of capacity: where it goes, what few neurons do, tickets, phases."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts.base import Figure
from export.charts.evidence import INITS, init_colour, part, start, study

WAYS = {
    "imp": "iterative pruning",
    "oneshot": "pruning once",
    "foreseen": "theory at t = 0",
    "growing": "growing mode at t = 0",
    "random": "random",
    "redrawn": "drawn anew",
}
WAY_COLOURS = ["#1f83d1", "#7fb8e8", "#d4451f", "#e0a21b", "#8a8f9c", "#a95fc4"]
PRUNED = {
    "norm": "the largest",
    "foreseen": "named by the theory at t = 0",
    "random": "drawn at random",
    "merged": "clusters merged",
}
PRUNED_COLOURS = ["#1f83d1", "#d4451f", "#8a8f9c", "#a95fc4"]
PHASE = {
    "predicted": "order known at t = 0",
    "live": "live clusters at the end",
    "drop": "lr × step of the drop",
    "accuracy": "accuracy at the end",
    "diverged": "share that diverged",
}


def _tasks(data):
    """A menu of the study's tasks."""
    names = study(data)["setup"]["cells"][0]
    menu = alt.binding_select(options=names, name="Task ")
    return alt.param(name="task", value=names[0], bind=menu)


def scans(data: Path, columns: int, width: int) -> alt.ConcatChart:
    """Live clusters where one thing is varied: width, initial scale, samples, label noise."""
    panels = []
    for variable, title in {
        "width": "neurons",
        "scale": "initial scale",
        "samples": "samples",
        "noise": "share of labels flipped",
    }.items():
        kind = "linear" if variable == "noise" else "log"
        x = (
            alt.X("value:Q", title=title)
            .scale(type=kind, nice=False)
            .axis(tickCount=4, format="~g")
        )
        y = (
            alt.Y("live_span:Q", title="live clusters" if variable in ("width", "samples") else "")
            .scale(type="log", domain=[1, 3000], nice=False)
            .axis(tickCount=4, format="~g")
        )
        base = alt.Chart(part("scans")).transform_filter(
            f"datum.variable == '{variable}' && datum.task == task"
        )
        layers = base.mark_rule(strokeWidth=2).encode(
            x, alt.Y("live_span_low:Q"), alt.Y2("live_span_high:Q"), init_colour()
        ) + base.mark_line(point={"size": 50}).encode(
            x, y, init_colour(),
            tooltip=["init:N", "value:Q", "live_span:Q", "live_full:Q", "loss_end:Q", "seeds:Q"],
        )  # fmt: skip
        if variable == "width":
            layers = (
                base.mark_line(strokeDash=[4, 3], opacity=0.6).encode(x, alt.Y("value:Q")) + layers
            )
        panels.append(layers.properties(width=width, height=170))
    return alt.concat(*panels, columns=columns).add_params(_tasks(data))


def capacity(data: Path, columns: int, width: int) -> alt.ConcatChart:
    """What few neurons can do: accuracy or loss against neurons left, a panel a start."""
    measures = {
        "accuracy": "accuracy, training",
        "held_out": "accuracy, held out",
        "loss": "loss, training",
        "held_out_loss": "loss, held out",
    }
    measure = alt.param(
        name="measure",
        value="accuracy",
        bind=alt.binding_select(
            options=list(measures), labels=list(measures.values()), name="Measure "
        ),
    )
    panels = []
    for init in INITS:
        base = (
            alt.Chart(part("capacity"), title=init)
            .transform_filter(f"datum.init == '{init}' && datum.task == task")
            .transform_calculate(
                value="datum[measure]", chosen=f"{json.dumps(PRUNED)}[datum.way]"
            )
            .transform_filter("isValid(datum.value)")
            .encode(
                alt.X("left:Q", title="neurons left").scale(type="log").axis(
                    tickCount=3, format="~g"
                ),
                alt.Y("value:Q", title=None).scale(zero=False).axis(tickCount=4, format=".2~f"),
                alt.Color("chosen:N", title=None)
                .scale(domain=list(PRUNED.values()), range=PRUNED_COLOURS)
                .legend(orient="top", columns=2 if columns == 1 else 4),
                tooltip=["chosen:N", "left:Q", alt.Tooltip("value:Q", format=".3f")],
            )
        )  # fmt: skip
        lines = base.transform_filter("datum.way != 'merged'").mark_line(point=True, strokeWidth=2)
        merged = base.transform_filter("datum.way == 'merged'").mark_point(
            shape="diamond", filled=True, size=110
        )
        panels.append((lines + merged).properties(width=width, height=170))
    return (
        alt.concat(*panels, columns=columns)
        .resolve_scale(y="shared", color="shared")
        .add_params(measure, _tasks(data))
    )


def tickets(data: Path, columns: int, width: int) -> alt.ConcatChart:
    """Tickets by how they were chosen, against their size: overlap with pruning's, and use."""
    panels = []
    for kind, measure, title in (
        ("neuron_tickets", "overlap", "share of pruning's"),
        ("neuron_tickets", "drop", "step of the drop"),
        ("weight_tickets", "overlap", "share of pruning's"),
        ("weight_tickets", "drop", "step of the drop"),
        ("weight_tickets", "accuracy", "accuracy, training"),
        ("weight_tickets", "held_out", "accuracy, held out"),
    ):
        weights = kind == "weight_tickets"
        what = "single weights" if weights else "whole neurons"
        panels.append(
            alt.Chart(part("tickets"), title=alt.Title(what, fontSize=12))
            .transform_filter(f"datum.kind == '{kind}' && datum.cell == task + '/' + start")
            .transform_filter(f"isValid(datum.{measure})")
            .transform_calculate(
                kept="datum.size / 10" if weights else "datum.size",
                name=f"{json.dumps(WAYS)}[datum.way]",
            )
            .mark_line(point=True, strokeWidth=2)
            .encode(
                alt.X("kept:Q", title="weights kept, %" if weights else "neurons kept")
                .scale(type="log", nice=False)
                .axis(tickCount=4, format="~g"),
                alt.Y(f"{measure}:Q", title=title)
                .scale(zero=measure == "overlap")
                .axis(tickCount=5),
                alt.Color("name:N", title=None)
                .scale(domain=list(WAYS.values()), range=WAY_COLOURS)
                .legend(orient="top", columns=columns + 1),
                tooltip=["name:N", "kept:Q", alt.Tooltip(f"{measure}:Q", format=".3g")],
            )
            .properties(width=width, height=170)
        )
    return alt.concat(*panels, columns=columns).add_params(_tasks(data), start())


def phase(data: Path, columns: int, size: int) -> alt.ConcatChart:
    """Initial scale against learning rate; a cell under the pointer shows its race below."""
    shown = alt.param(
        name="quantity",
        value="predicted",
        bind=alt.binding_select(options=list(PHASE), labels=list(PHASE.values()), name="Colour "),
    )
    widths = sorted({row["width"] for row in json.loads((data / "phase.json").read_text("utf-8"))})
    width = alt.param(
        name="width",
        value=widths[-1],
        bind=alt.binding_radio(options=widths, name="Neurons "),
    )
    cell = alt.selection_point(
        name="cell",
        on="pointerover",
        fields=["scale", "lr"],
        value=[{"scale": 0.00785, "lr": 0.0954}],
        clear=False,
    )
    source = alt.Chart(alt.UrlData("data/phase.json")).transform_filter("datum.width == width")
    axis = {"labelOverlap": True, "format": "~g"}
    heat = (
        source.transform_calculate(
            value="datum[quantity]",
# From the root of the site, as the loader of figures.js takes it.
            url="'lab/?width=' + datum.width + '&init_scale=' + datum.scale + '&lr=' + datum.lr"
            " + '&steps=' + datum.steps",
        )
        .mark_rect(stroke=None, cursor="pointer")
        .encode(
            alt.X("scale:O", title="initial scale").axis(labelAngle=0, **axis),
            alt.Y("lr:O", title="learning rate", sort="descending").axis(**axis),
            alt.Color("value:Q", title=None).scale(scheme="viridis").legend(
                orient="top", gradientLength=220
            ),
            opacity=alt.condition(cell, alt.value(1), alt.value(0.82)),
            href="url:N",
            tooltip=["scale:Q", "lr:Q"]
            + [alt.Tooltip(f"{q}:Q", title=title, format=".3g") for q, title in PHASE.items()],
        )
        .add_params(shown, width, cell)
        .properties(width=size, height=size)
    )  # fmt: skip
    race = (
        source.transform_filter(cell)
        .transform_filter("isValid(datum.race)")
        .transform_calculate(
            time="datum.race.time", loss="datum.race.loss", neuron="datum.race.log_norm_product"
        )
    )
    x = (
        alt.X("step:Q", title="step + 1")
        .scale(type="log", nice=False)
        .axis(tickCount=4, format="~s")
    )
    norms = (
        race.transform_flatten(["neuron"], ["one"])
        .transform_window(index="row_number()")
        .transform_calculate(number="datum.index")
        .transform_flatten(["time", "one"], ["t", "a"])
        .transform_calculate(step="datum.t + 1")
        .mark_line(strokeWidth=1.5)
        .encode(
            x,
            alt.Y("a:Q", title="log₁₀ of the norm product").axis(tickCount=5),
            alt.Color("number:O", legend=None).scale(scheme="viridis", reverse=True),
        )
        .properties(width=size - 60, height=size // 2 - 30)
    )
    loss = (
        race.transform_flatten(["time", "loss"], ["t", "l"])
        .transform_calculate(step="datum.t + 1")
        .mark_line(strokeWidth=2, color="#d4451f")
        .encode(x, alt.Y("l:Q", title="loss").axis(tickCount=4))
        .properties(width=size - 60, height=size // 2 - 60)
    )
    return alt.concat(heat, alt.vconcat(norms, loss), columns=columns).resolve_scale(
        color="independent"
    )


FIGURES = {
    "scans": Figure(
        chart=partial(scans, columns=2, width=250),
        narrow=partial(scans, columns=1, width=230),
        caption=(
            "Live clusters (at least 1 % of the strongest one's norm product), where one thing is "
            "varied; bars are 95 % intervals. Dashed: as many as there are neurons."
        ),
        alt="Four line charts of live clusters against width, initial scale, samples, label noise.",
        data="claims.json",
    ),
    "capacity": Figure(
        chart=partial(capacity, columns=3, width=170),
        narrow=partial(capacity, columns=1, width=230),
        caption=(
            "What few neurons can do without training again, by initialisation. Under fan_in the "
            "largest few are enough; under balanced they do worse than neurons drawn at random. "
            "One neuron a cluster (the diamond) does the work of all, each time."
        ),
        alt=(
            "Line charts of accuracy against neurons left for three ways to choose them: under "
            "fan_in the largest neurons do best, under balanced they do worse than random ones."
        ),
        data="claims.json",
    ),
    "tickets": Figure(
        chart=partial(tickets, columns=2, width=240),
        narrow=partial(tickets, columns=1, width=220),
        caption=(
            "Tickets of whole neurons and of single weights against their size, by how they were "
            "chosen. Trained alone from their start."
        ),
        alt=(
            "Line charts: the neurons that the theory names at the start are nearly those that "
            "pruning finds; the single weights are not."
        ),
        data="claims.json",
    ),
    "phase": Figure(
        chart=partial(phase, columns=2, size=330),
        narrow=partial(phase, columns=1, size=260),
        caption=(
            "Initial scale against learning rate, for networks of several widths; a cell is a mean "
            "over seeds. Point at a cell to see its race; click it to run it in the lab."
        ),
        alt="Heat map of initial scale against learning rate; beside it the race of one cell.",
        data="phase.json",
    ),
}
