"""The evidence page's charts: every claim in every cell, and what stands behind the verdicts."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts import Figure
from export.race_charts import POWER

INITS = ["fan_in", "per_weight", "balanced"]
INIT_COLOURS = ["#1f83d1", "#e0a21b", "#179a73"]
WAYS = {
    "imp": "iterative pruning",
    "oneshot": "pruning once",
    "foreseen": "theory at t = 0",
    "growing": "growing mode at t = 0",
    "magnitude": "largest at the start",
    "random": "random",
    "redrawn": "drawn anew",
}
WAY_COLOURS = ["#1f83d1", "#7fb8e8", "#d4451f", "#e0a21b", "#8a8f9c", "#444b59", "#a95fc4"]
PRUNED = {
    "norm": "the largest",
    "foreseen": "named by the theory at t = 0",
    "random": "drawn at random",
    "merged": "clusters merged",
}
PRUNED_COLOURS = ["#1f83d1", "#d4451f", "#8a8f9c", "#a95fc4"]
TALKS = "cat+dog / car+truck"
COUNTED_DIRECTIONS = ["few-directions-full", "few-directions-span"]  # not between 0 and 1
ROW = 22  # px
PHASE = {
    "predicted": "order known at t = 0",
    "live": "live clusters at the end",
    "drop": "lr × step of the drop",
    "accuracy": "accuracy at the end",
    "diverged": "share that diverged",
}


def _part(name):
    """A list in claims.json."""
    return alt.UrlData("data/claims.json", format=alt.JsonDataFormat(type="json", property=name))


def _study(data: Path) -> dict:
    return json.loads((data / "claims.json").read_text("utf-8"))


def _init(columns=3):
    return (
        alt.Color("init:N", title=None)
        .scale(domain=INITS, range=INIT_COLOURS)
        .legend(orient="top", columns=columns)
    )


def forest(data: Path, counted: bool, labels: int = 230, size: int = 12) -> alt.LayerChart:
    """Each claim a row: a dot a cell, the mean over cells with its interval, the range's edge.

    `counted`: only the claims that count directions, on their own axis, or only the others.
    `labels`: room for the claims' labels, `size`: of their letters; in px.
    """
    names = json.dumps(COUNTED_DIRECTIONS)
    chosen = f"{'' if counted else '!'}(indexof({names}, datum.name) >= 0)"
    rows = alt.Chart(_part("claims")).transform_filter(chosen)
    claims = _study(data)["claims"]
    shown = [one["label"] for one in claims if (one["name"] in COUNTED_DIRECTIONS) == counted]
    scale = alt.Scale(type="log") if counted else alt.Scale(domain=[-0.3, 1.5], clamp=True)
    y = alt.Y("label:N", title=None, sort=shown).axis(labelLimit=labels, labelFontSize=size)
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
            _init(),
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


def predictors(data: Path) -> alt.Chart:
    """What is known at t = 0 against the final norm: a row a predictor, a dot an initialisation."""
    order = list(dict.fromkeys(row["predictor"] for row in _study(data)["predictors"]))
    base = (
        alt.Chart(_part("predictors"))
        .transform_filter("datum.outcome == outcome")
        .encode(
            alt.Y("predictor:N", title=None, sort=order).axis(labelLimit=190),
            _init(),
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
        x = alt.X("value:Q", title=title).scale(type=kind).axis(tickCount=4, format="~g")
        y = (
            alt.Y("live_span:Q", title="live clusters" if variable in ("width", "samples") else "")
            .scale(type="log", domain=[1, 3000])
            .axis(tickCount=4, format="~g")
        )
        base = alt.Chart(_part("scans")).transform_filter(f"datum.variable == '{variable}'")
        layers = base.mark_rule(strokeWidth=2).encode(
            x, alt.Y("live_span_low:Q"), alt.Y2("live_span_high:Q"), _init()
        ) + base.mark_line(point={"size": 50}).encode(
            x, y, _init(),
            tooltip=["init:N", "value:Q", "live_span:Q", "live_full:Q", "loss_end:Q", "seeds:Q"],
        )  # fmt: skip
        if variable == "width":
            layers = (
                base.mark_line(strokeDash=[4, 3], opacity=0.6).encode(x, alt.Y("value:Q")) + layers
            )
        panels.append(layers.properties(width=width, height=170))
    return alt.concat(*panels, columns=columns)


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
    tasks = _study(data)["setup"]["cells"][0]
    task = alt.param(
        name="task", value=tasks[0], bind=alt.binding_select(options=tasks, name="Task ")
    )
    panels = []
    for init in INITS:
        base = (
            alt.Chart(_part("capacity"), title=init)
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
        .add_params(measure, task)
    )


def tickets(data: Path, columns: int, width: int) -> alt.ConcatChart:
    """Tickets by how they were chosen, against their size: overlap with pruning's, and use."""
    panels = []
    talks = f"{TALKS}/fan_in"
    for kind, measure, title, place in (
        ("neuron_tickets", "overlap", "share of pruning's neurons", talks),
        ("neuron_tickets", "drop", "step of the drop", talks),
        ("weight_tickets", "overlap", "share of pruning's weights", "digits/fan_in"),
        ("weight_tickets", "held_out", "held-out accuracy", "digits/fan_in"),
        ("weight_tickets", "overlap", "share of pruning's weights", talks),
        ("weight_tickets", "held_out", "held-out accuracy", talks),
    ):
        weights = kind == "weight_tickets"
        size = "datum.size / 10" if weights else "datum.size"
        what = f"{'weights' if weights else 'neurons'}, {place.split('/fan')[0]}"
        panels.append(
            alt.Chart(_part("tickets"), title=alt.Title(what, fontSize=12))
            .transform_filter(f"datum.kind == '{kind}' && datum.cell == '{place}'")
            .transform_filter(f"isValid(datum.{measure})")
            .transform_calculate(kept=size, name=f"{json.dumps(WAYS)}[datum.way]")
            .mark_line(point=True, strokeWidth=2)
            .encode(
                alt.X("kept:Q", title="weights kept, %" if weights else "neurons kept")
                .scale(type="log")
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
    return alt.concat(*panels, columns=columns)


def validity(data: Path) -> alt.LayerChart:
    """Where the theory stops being good: its error in the norm product over time."""
    names = {"error_frozen": "gates and errors of t = 0", "error_alone": "only the errors of t = 0"}
    return (
        alt.Chart(_part("stories"))
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
        .add_params(_start())
        .properties(width="container", height=220)
    )  # fmt: skip


def unlocking(data: Path, width: int) -> alt.VConcatChart:
    """The story of one neuron that unlocks: its outgoing weight, its growth, its gate."""

    def row(title, field, colour, last=False, **axis):
        scale = alt.Scale(type="log") if field == "norm_product" else alt.Scale()
        return (
            alt.Chart(_part("unlockings"))
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
    ).add_params(_start())


def _start():
    return alt.param(
        name="start",
        value="fan_in",
        bind=alt.binding_select(options=INITS, name="Initialisation "),
    )


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
        value=[{"scale": 0.00785, "lr": 0.101}],
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
    "forest": Figure(
        chart=partial(forest, counted=False),
        narrow=partial(forest, counted=False, labels=190, size=11),
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
        narrow=partial(forest, counted=True, labels=190, size=11),
        caption="The same for the two claims that count directions, on a logarithmic axis.",
        alt="Forest plot of how many clusters carry 90 % of the network, as in the table.",
        data="claims.json",
    ),
    "predictors": Figure(
        chart=predictors,
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
    "scans": Figure(
        chart=partial(scans, columns=2, width=250),
        narrow=partial(scans, columns=1, width=230),
        caption=(
            "Live clusters (at least 1 % of the strongest one's norm product), where one thing is "
            "varied. Dashed: as many as there are neurons."
        ),
        alt="Four line charts of live clusters against width, initial scale, samples, label noise.",
        data="claims.json",
    ),
    "capacity": Figure(
        chart=partial(capacity, columns=3, width=170),
        narrow=partial(capacity, columns=1, width=230),
        caption=(
            "What few neurons can do without training again, by initialisation. Under fan_in the "
            "largest few are enough; under balanced they do no better than neurons drawn at "
            "random. One neuron a cluster (the diamond) does the work of all, each time."
        ),
        alt=(
            "Line charts of accuracy against neurons left for three ways to choose them: under "
            "fan_in the largest neurons do best, under balanced they do no better than random ones."
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
