"""The evidence page's charts: claims, predictors, the theory's end, capacity, tickets, the edge."""

import json
from functools import partial
from pathlib import Path

import altair as alt

from export.charts.base import POWER, Figure, live, read, rows
from export.charts.palette import COLOURS, INK, LINES

INIT_COLOURS = LINES[:3]
ROW, LANE = 26, 26  # px: of a row, and of its name where that stands above
# What the claims' numbers are: a title for their axis, and the units of `racing_core.study.claims`.
FOREST = {
    "correlations": ("rank correlation", ["rank correlation"]),
    "shares": (
        "share",
        [
            "lead of turning over growth",
            "of the top tenth",
            "of the neurons",
            "of the samples",
            "overlap with those that do",
            "of the norm",
            "of pruning's neurons",
            "of pruning's weights",
            "of the steps saved",
            "of the networks",
        ],
    ),
    "accuracies": (
        "difference in accuracy",
        ["difference in training accuracy", "difference in held-out accuracy"],
    ),
    "rates": (
        "exponent, or times the theory's slope",
        ["as exponent of the width", "times the theory's slope"],
    ),
    "clusters": ("clusters that carry 90% of the norm", ["clusters"]),
}
WAYS = {
    "imp": "iterative pruning",
    "oneshot": "pruning once",
    "foreseen": "theory at t = 0",
    "sided": "theory at t = 0, per side",
    "growing": "growing mode at t = 0",
    "random": "random",
    "redrawn": "drawn anew",
}
WAY_COLOURS = [
    LINES[0],
    LINES[4],
    COLOURS["theory"],
    LINES[2],
    LINES[1],
    COLOURS["random"],
    LINES[3],
]
PRUNED = {
    "norm": "the largest",
    "foreseen": "named by the theory at t = 0",
    "random": "drawn at random",
    "merged": "clusters merged",
}
PRUNED_COLOURS = [COLOURS["size-4"], COLOURS["theory"], COLOURS["random"], LINES[0]]
EDGE_MARKS = {
    "order_kept": "at the drop",
    "forecast_extended": "forecast, extended",
    "forecast_full_batch": "forecast, plain",
}
EDGE_LAYER = "', ' + datum.layer + ' layer'"
STANDARD = ("torch", "he")  # starts that are changes themselves
VERDICT_COLOURS = {
    "holds": COLOURS["holds"],
    "weaker": LINES[1],
    "fails": COLOURS["fails"],
    "no race": COLOURS["undecided"],
}
START_COLOURS = dict(zip(("fan_in", "per_weight", "balanced", *STANDARD), LINES, strict=False))
PHASE = {
    "predicted": "order known at t = 0",
    "live": "live clusters at the end",
    "drop": "time to the drop, rate × steps",
    "accuracy": "accuracy at the end",
    "diverged": "share that diverged",
}


def forest(data: Path, kind: str, narrow: bool = False) -> alt.LayerChart:
    """Each claim a row, in it a line per initialization: mean over groupings, interval, spread.

    `kind`: a key of FOREST; only claims whose numbers are of one kind share an axis.
    `narrow`: with the names above the lines, not beside them.
    """
    title, units = FOREST[kind]
    found = [
        claim for claim in read(data, "evidence/claims.json")["rows"] if claim["unit"] in units
    ]
    names = json.dumps([claim["name"] for claim in found])
    claims = alt.Chart(rows("evidence/claims.json")).transform_filter(
        f"indexof({names}, datum.name) >= 0"
    )
    inits = _setup(data, "init_names")
    room = LANE if narrow else 0  # px, above a row's lines
    y = _forest_rows([claim["label"] for claim in found], narrow)
    x = alt.X("least:Q", title=title)
    x = x.scale(type="log" if kind == "clusters" else "linear").axis(tickCount=6, format="~g")
    lines = alt.YOffset("init:N").scale(domain=[""] * bool(room) + inits)
    groups = _groups(claims).encode(y, lines, init_colour(data))
    spread = groups.mark_rule(strokeWidth=1, opacity=0.6).encode(x, alt.X2("most:Q"))
    interval = groups.mark_rule(strokeWidth=3).encode(alt.X("low:Q"), alt.X2("high:Q"))
    numbers = [
        alt.Tooltip(f"{name}:Q", format=".3g") for name in ("mean", "low", "high", "least", "most")
    ]
    tip = ["text:N", "measure:N", "init:N", *numbers, "inside:N", "verdict:N"]
    mean = groups.mark_point(shape="diamond", filled=True, size=50, opacity=1).encode(
        alt.X("mean:Q"), tooltip=tip
    )
    edge = (
        claims.transform_calculate(edge="isValid(datum.range) ? datum.range : []")
        .transform_flatten(["edge"])
        .transform_filter("isValid(datum.edge)")
        .mark_tick(thickness=2, size=ROW, color=COLOURS["undecided"], yOffset=room / 2)
        .encode(alt.X("edge:Q"), y)
    )
    chart = edge + spread + interval + mean
    return chart.properties(width="container", height=(ROW + room) * len(found))


def _forest_rows(labels, narrow) -> alt.Y:
    """The rows' names: beside the rows, or on a phone within them."""
    y = alt.Y("label:N", title=None, sort=labels).scale(paddingInner=0, paddingOuter=0)
    if not narrow:
        return y.axis(labelLimit=240)
    above = {"labelAlign": "left", "labelPadding": -2, "labelOffset": 7 - (ROW + LANE) / 2}
    return y.axis(**above, labelLimit=0, ticks=False, domain=False)


def _groups(claims) -> alt.Chart:
    """A row per claim and initialization, over the drawn groupings."""
    names = ("init", "mean", "low", "high", "least", "most", "verdict")
    parts = {name: f"datum.groupings.{name}" for name in names}
    parts["inside"] = (
        "isValid(datum.groupings.in_range) ? datum.groupings.in_range + ' of ' + "
        "datum.groupings.of + ' groupings in the range' : ''"
    )
    return (
        claims.transform_flatten(["groupings"])
        .transform_calculate(**parts)
        .transform_filter("isValid(datum.mean)")
    )


def predictors(data: Path, narrow: bool = False) -> alt.Chart:
    """What is known at t = 0 and how well it predicts: a row per predictor, a dot per start."""
    order = list(
        dict.fromkeys(row["predictor"] for row in read(data, "evidence/predictors.json")["rows"])
    )
    base = (
        alt.Chart(rows("evidence/predictors.json"))
        .transform_filter("datum.outcome == outcome")
        .encode(
            alt.Y("predictor:N", title=None, sort=order).axis(labelLimit=190),
            init_colour(data, columns=1 if narrow else 3),
        )
    )
    outcome = alt.param(
        name="outcome",
        value="arrival",
        bind=alt.binding_radio(
            options=["arrival", "final"], labels=["arrival", "final\N{NO-BREAK SPACE}norm"],
            name="Predicts ",
        ),
    )  # fmt: skip
    x = alt.X("low:Q", title=f"rank correlation{'' if narrow else ', within clusters'}").scale(
        domain=[-1, 1]
    )
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


def validity(data: Path, narrow: bool = False) -> alt.LayerChart:
    """Where the theory stops being good: its error in the norm product over time."""
    names = {"error_frozen": "gates and errors of t = 0", "error_alone": "only the errors of t = 0"}
    return (
        alt.Chart(rows("evidence/validity.json"))
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
            alt.Color("name:N", title="theory holds")
            .scale(range=[LINES[1], COLOURS["theory"]])
            .legend(orient="top", columns=1 if narrow else 2),
            tooltip=["time:Q", "name:N", alt.Tooltip("factor:Q", format=".2g"), "loss:Q"],
        )
        .add_params(start(data))
        .properties(width="container", height=220)
    )  # fmt: skip


def foresight(data: Path, narrow: bool = False) -> alt.LayerChart:
    """How well the order is known after a share of the plateau, by the two ways to look ahead."""
    names = {"alone": "each neuron followed alone", "real": "the network trained for as long"}
    base = alt.Chart(rows("evidence/foresight.json")).transform_filter("datum.init == start")
    ways = (
        base.transform_filter("isValid(datum.mean)")
        .transform_calculate(name=f"{json.dumps(names)}[datum.way]")
        .encode(
            alt.X("share:Q", title="share of the plateau used").axis(format="%", tickCount=5),
            alt.Color("name:N", title=None)
            .scale(domain=list(names.values()), range=[COLOURS["theory"], LINES[0]])
            .legend(orient="top", columns=1 if narrow else 2),
            tooltip=["name:N", alt.Tooltip("share:Q", format=".0%"), "mean:Q", "low:Q", "high:Q"],
        )
    )
    mean = alt.Y("mean:Q", title="rank correlation with the end").scale(zero=False)
    here = base.transform_filter("datum.way == 'two e-foldings'").encode(alt.X("share:Q"))
    mark = here.mark_rule(strokeDash=[4, 4], color=COLOURS["undecided"])
    word = here.mark_text(text="two e-foldings", align="left", dx=5, y=208)
    return (
        (
            ways.mark_rule(opacity=0.5).encode(alt.Y("low:Q"), alt.Y2("high:Q"))
            + ways.mark_line(point=True).encode(mean)
            + mark
            + word
        )
        .add_params(start(data))
        .properties(width="container", height=220)
    )


def unlocking(data: Path, width: int) -> alt.VConcatChart:
    """The story of one neuron that unlocks: its outgoing weight, its growth, its gate."""

    def row(title, field, colour, last=False, **axis):
        scale = alt.Scale(type="log") if field == "norm_product" else alt.Scale()
        return (
            alt.Chart(rows("evidence/unlocking.json"))
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
            .properties(width=width, height=130)
        )

    return alt.vconcat(
        row("w₂ along error, ⁴√", "root", COLOURS["outgoing"]),
        row("norm product |w₁||w₂|", "norm_product", COLOURS["size-4"], labelExpr=POWER),
        row("gate open", "gates", LINES[2], last=True, format="%"),
    ).add_params(start(data))


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
        base = alt.Chart(rows("evidence/scans.json")).transform_filter(
            f"datum.variable == '{variable}' && datum.task == task"
        )
        layers = base.mark_rule(strokeWidth=2).encode(
            x, alt.Y("live_span_low:Q"), alt.Y2("live_span_high:Q"), init_colour(data)
        ) + base.mark_line(point={"size": 50}).encode(
            x, y, init_colour(data),
            tooltip=["init:N", "value:Q", "live_span:Q", "live_full:Q", "loss_end:Q", "seeds:Q"],
        )  # fmt: skip
        if variable == "width":
            layers = (
                base.mark_line(strokeDash=[4, 3], opacity=0.6).encode(x, alt.Y("value:Q")) + layers
            )
        panels.append(layers.properties(width=width, height=170))
    return alt.concat(*panels, columns=columns).add_params(tasks(data))


def capacity(data: Path, columns: int, width: int) -> alt.ConcatChart:
    """What few neurons can do: accuracy or loss against neurons left, a panel per start."""
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
    for init in _setup(data, "init_names"):
        base = (
            alt.Chart(rows("evidence/pruning.json"), title=init)
            .transform_filter(f"datum.init == '{init}' && datum.task == task")
            .transform_calculate(
                value="datum[measure]", chosen=f"{json.dumps(PRUNED)}[datum.way]"
            )
            .transform_filter("isValid(datum.value)")
            .encode(
                alt.X("left:Q", title="neurons kept").scale(type="log").axis(
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
        .add_params(measure, tasks(data))
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
            alt.Chart(rows("evidence/tickets.json"), title=alt.Title(what, fontSize=12))
            .transform_filter(
                f"datum.kind == '{kind}' && datum.task == task && datum.init == start"
            )
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
    return alt.concat(*panels, columns=columns).add_params(tasks(data), start(data))


def phase(data: Path, columns: int, size: int) -> alt.ConcatChart:
    """Initial scale against learning rate; a cell under the pointer shows its race below."""
    cell = alt.selection_point(
        name="cell",
        on="pointerover",
        fields=["scale", "lr"],
        value=[{"scale": 0.00785, "lr": 0.0954}],
        clear=False,
    )
    source = alt.Chart(rows("evidence/phase.json")).transform_filter("datum.width == width")
    heat = _heat_map(data, cell)
    race = source.transform_filter(cell).transform_filter("isValid(datum.race)")
    beside = alt.vconcat(
        _cell_norms(race).properties(width=size - 60, height=size // 2),
        _cell_loss(race).properties(width=size - 60, height=size // 2 - 60),
    )
    return alt.concat(
        heat.properties(width=size, height=size), beside, columns=columns
    ).resolve_scale(color="independent")


def _phase_menus(data: Path):
    """What the colour tells, and for which width."""
    widths = _setup(data, "phase_widths")
    return (
        alt.param(
            name="quantity",
            value="drop",
            bind=alt.binding_select(
                options=list(PHASE), labels=list(PHASE.values()), name="Color "
            ),
        ),
        alt.param(
            name="width", value=widths[-1], bind=alt.binding_radio(options=widths, name="Neurons ")
        ),
    )


def _heat_map(data: Path, cell) -> alt.LayerChart:
    """Cells on logarithmic axes; a ring marks the one nearest to the article's run."""
    table = read(data, "evidence/phase.json")["rows"]
    sides, axes = {}, {}
    for name, title, ticks in (
        ("scale", "initial scale", [1e-4, 1e-3, 1e-2, 0.1, 1]),
        ("lr", "learning rate", [0.05, 0.1, 0.2, 0.5, 1, 2]),
    ):
        values = sorted({row[name] for row in table})
        half = (values[-1] / values[0]) ** (0.5 / (len(values) - 1))  # of a cell, as a factor
        sides |= {f"{name}_from": f"datum.{name} / {half}", f"{name}_to": f"datum.{name} * {half}"}
        channel = alt.X if name == "scale" else alt.Y
        axes[name] = (
            channel(f"{name}_from:Q", title=title)
            .scale(type="log", domain=[values[0] / half, values[-1] * half], nice=False)
            .axis(values=ticks, format="~g", grid=False)
        )
    cells = (
        alt.Chart(rows("evidence/phase.json"))
        .transform_filter("datum.width == width")
        .transform_calculate(
            **sides,
            value="datum[quantity]",
            # From the root of the site, as the loader of figures.js takes it.
            url="'lab/?width=' + datum.width + '&init_scale=' + datum.scale + '&lr=' + datum.lr"
            " + '&steps=' + datum.steps",
        )
        .mark_rect(stroke=None, cursor="pointer")
        .encode(
            axes["scale"],
            axes["lr"],
            alt.X2("scale_to:Q"),
            alt.Y2("lr_to:Q"),
            alt.Color("value:Q", title=None)
            .scale(scheme="viridis")
            .legend(orient="top", gradientLength=220),
            opacity=alt.condition(cell, alt.value(1), alt.value(0.82)),
            href="url:N",
            tooltip=["scale:Q", "lr:Q"]
            + [alt.Tooltip(f"{q}:Q", title=title, format=".3g") for q, title in PHASE.items()],
        )
        .add_params(*_phase_menus(data), cell)
    )
    run = read(data, "manifest.json")["configuration"]
    place = alt.Chart().encode(alt.XDatum(run["init_scale"]), alt.YDatum(run["lr"]))
    ring = [  # seen on light cells and on dark ones
        place.mark_point(size=130, filled=False, stroke=colour, strokeWidth=width, tooltip=None)
        for colour, width in (("black", 5), ("white", 2.5))
    ]
    return alt.layer(cells, *ring)


def _cell_norms(race) -> alt.Chart:
    """Norm products of some neurons of a cell's network over time."""
    return (
        race.transform_calculate(time="datum.race.time", neuron="datum.race.log_norm_product")
        .transform_flatten(["neuron"], ["one"])
        .transform_window(index="row_number()")
        .transform_calculate(number="datum.index")
        .transform_flatten(["time", "one"], ["t", "a"])
        .transform_calculate(step="datum.t + 1")
        .mark_line(strokeWidth=1.5)
        .encode(
            _cell_time(),
            alt.Y("a:Q", title="norm product, log₁₀").axis(tickCount=5),
            alt.Color("number:O", legend=None).scale(scheme="viridis", reverse=True),
        )
    )


def _cell_loss(race) -> alt.Chart:
    return (
        race.transform_calculate(time="datum.race.time", loss="datum.race.loss")
        .transform_flatten(["time", "loss"], ["t", "l"])
        .transform_calculate(step="datum.t + 1")
        .mark_line(strokeWidth=2, color=INK)
        .encode(_cell_time(), alt.Y("l:Q", title="loss (nat)").axis(tickCount=4))
    )


def _cell_time() -> alt.X:
    x = alt.X("step:Q", title="step + 1").scale(type="log", nice=False)
    return x.axis(tickCount=4, format="~s")


def edge(data: Path, narrow: bool = False) -> alt.LayerChart:
    """What is left of the race beyond the playground: a row per change, a mark per correlation."""
    told = [row for row in read(data, "evidence/edge.json")["rows"] if "order_kept" in row]
    order = list(dict.fromkeys(map(_edge_label, told)))
    shown = f"datum.init == start || indexof({json.dumps(STANDARD)}, datum.init) >= 0"
    base = (
        alt.Chart(rows("evidence/edge.json"))
        .transform_filter(f"isValid(datum.order_kept) && ({shown})")
        .transform_calculate(label=f"datum.name + (datum.layer ? {EDGE_LAYER} : '')")
    )
    y = alt.Y("label:N", title=None, sort=order).axis(labelLimit=210, labelFontSize=12 - narrow)
    colour = (
        alt.Color("verdict:N", title=None)
        .scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values()))
        .legend(orient="top", columns=2 if narrow else 4)
    )
    tip = ["label:N", "init:N"] + [
        alt.Tooltip(f"{name}:Q", title=title, format=".2f") for name, title in EDGE_MARKS.items()
    ]
    marks = (
        base.transform_fold(list(EDGE_MARKS), ["which", "value"])
        .transform_calculate(what=f"{json.dumps(EDGE_MARKS)}[datum.which]")
        .mark_point(size=70, strokeWidth=2, filled=False)
        .encode(
            alt.X("value:Q", title=f"rank correlation{'' if narrow else ' with the end'}")
            .scale(domain=[-1, 1])
            .axis(tickCount=5, format="~g"),
            y,
            colour,
            alt.Shape("what:N", title=None)
            .scale(domain=list(EDGE_MARKS.values()), range=["circle", "diamond", "cross"])
            .legend(orient="bottom", columns=1 if narrow else 3),
            tooltip=[*tip, "verdict:N"],
        )
    )
    zero = alt.Chart().mark_rule(opacity=0.4).encode(alt.XDatum(0))
    inits = list(dict.fromkeys(row["init"] for row in told if row["init"] not in STANDARD))
    menu = alt.binding_select(options=inits, name="Initialization ")
    return (
        (zero + marks)
        .add_params(alt.param(name="start", value=inits[0], bind=menu))
        .properties(width="container", height=ROW * len(order))
    )


def edge_text(data: Path) -> str:
    """What the chart shows, in words."""
    found = {}
    for row in read(data, "evidence/edge.json")["rows"]:
        if row["init"] in ("fan_in", *STANDARD):
            found.setdefault(row["verdict"], []).append(_edge_label(row))
    said = "; ".join(f"{verdict}: {', '.join(names)}" for verdict, names in found.items())
    return f"Dot plot of rank correlations from -1 to 1, a row per change. Under fan_in, {said}."


def edge_scales_text(data: Path) -> str:
    """What the chart shows, in words."""
    ends = read(data, "evidence/edge_scales.json")["ends"]
    said = "; ".join(
        f"{start}: growth {_end(signs['growth'])}, clusters {_end(signs['clusters'])}, a forecast "
        f"before the drop {_end(signs['foresight'])}"
        for start, signs in ends.items()
    )
    return (
        "Four line charts against the size of the start, PyTorch's own = 1: growth before the drop "
        "and clusters fall as it grows, and the forecast takes longer. The largest size at which "
        f"each is still there: {said}."
    )


def _end(size):
    return "none" if size is None else f"{size:g}"


def edge_scales(data: Path, columns: int, width: int) -> alt.ConcatChart:
    """How small is small: forecast, clusters and growth against the size of the start."""
    rule = read(data, "evidence/edge_scales.json")["rule"]
    limits = {
        "growth": ("e-foldings before the drop", rule["growth"]),
        "clustered": ("share of the norm in clusters", rule["clustered"]),
        "forecast_extended": ("forecast at t = 0", rule["forecast"][0]),
        "followed": ("steps it takes / steps to the drop", 1),
    }
    colour = (
        alt.Color("start:N", title=None)
        .scale(domain=list(START_COLOURS), range=list(START_COLOURS.values()))
        .legend(orient="top", columns=columns + 1)
    )
    place = ["start:N", "relative:Q", "drop:Q", "verdict:N"]
    panels = []
    for name, (title, limit) in limits.items():
        x = (
            alt.X("relative:Q", title="size of the start, PyTorch's own = 1")
            .scale(type="log", nice=False)
            .axis(tickCount=4, format="~g")
        )
        lines = (
            alt.Chart(rows("evidence/edge_scales.json"))
            .transform_filter(f"isValid(datum.{name})")
            .mark_line(point={"size": 40}, strokeWidth=2)
            .encode(
                x,
                alt.Y(f"{name}:Q", title=title)
                .scale(type="log" if name == "followed" else "linear")
                .axis(tickCount=4, format="~g"),
                colour,
                tooltip=[*place, alt.Tooltip(f"{name}:Q", format=".2f")],
            )
        )
        edge_of = alt.Chart().mark_rule(strokeDash=[4, 3], opacity=0.7)
        marked = edge_of.encode(alt.YDatum(limit)) + edge_of.encode(alt.XDatum(1))
        panels.append((marked + lines).properties(width=width, height=170))
    return alt.concat(*panels, columns=columns)


def _edge_label(row):
    return row["name"] + (f", {row['layer']} layer" if row["layer"] else "")


def start(data: Path):
    """A menu of the initializations."""
    inits = _setup(data, "init_names")
    return alt.param(
        name="start",
        value=inits[0],
        bind=alt.binding_select(options=inits, name="Initialization "),
    )


def tasks(data: Path):
    """A menu of the study's tasks."""
    names = _setup(data, "task_names")
    menu = alt.binding_select(options=names, name="Task ")
    return alt.param(name="task", value=names[0], bind=menu)


def init_colour(data: Path, columns=3):
    """A colour per initialization, with a legend of so many columns."""
    scale = alt.Scale(domain=_setup(data, "init_names"), range=INIT_COLOURS)
    return alt.Color("init:N", title=None, scale=scale).legend(orient="top", columns=columns)


def _setup(data: Path, name: str):
    return read(data, "evidence/setup.json")["numbers"][name]["value"]


FIGURES = {
    **{
        f"forest-{kind}": Figure(
            chart=partial(forest, kind=kind),
            narrow=partial(forest, kind=kind, narrow=True),
            caption=caption,
            alt=(
                f"Forest plot, {FOREST[kind][0]}: a row per claim. The claims above have the same "
                "numbers."
            ),
            data="evidence/claims.json",
        )
        for kind, caption in {
            "correlations": (
                "Rank correlations: 1 is the same order, 0 no relation. A row per claim, in it a "
                "line per initialization. Diamond: the mean over the drawn groupings. Thick: its "
                "95% bootstrap interval over groupings and seeds. Thin: from the lowest grouping "
                "to the highest. Gray tick: the edge of the range in which the claim holds. "
                + live("Point at a diamond for its numbers.")
            ),
            "shares": "Shares of neurons, weights, samples, steps, or networks.",
            "accuracies": "Differences in accuracy, on training or held-out images.",
            "rates": (
                "Above: the exponent of the number of live clusters in the width, 0 for a number "
                "that stays the same. Below: how fast a head start pays, 1 for the theory's rate."
            ),
            "clusters": (
                "How many clusters carry 90% of the summed norm products, on a logarithmic axis: "
                "under per_weight they are many times as many."
            ),
        }.items()
    },
    "predictors": Figure(
        chart=predictors,
        narrow=partial(predictors, narrow=True),
        caption=(
            "What can be known of a neuron at the start, and how well it predicts who arrives "
            "earlier, or who ends up larger. A bar is a 95% interval over seeds."
        ),
        alt=(
            "Dot plot of rank correlations: the direction of w_in predicts little, the growing "
            "mode much, and a neuron followed alone by the theory nearly all."
        ),
        data="evidence/predictors.json",
    ),
    "validity": Figure(
        chart=validity,
        narrow=partial(validity, narrow=True),
        caption=(
            "Where the theory stops being good: median relative error of a neuron's norm product. "
            "Holding the gates costs accuracy long before holding the errors does."
        ),
        alt="Two curves of growing error over time; the one that lets gates open stays low longer.",
        data="evidence/validity.json",
    ),
    "foresight": Figure(
        chart=foresight,
        narrow=partial(foresight, narrow=True),
        caption=(
            "What it costs to know the order in advance. Across: the share of the steps until the "
            "loss has fallen by a tenth. Up: how well the growing mode then orders the final norm "
            "products, among all neurons; means over the first drawn groupings, bars are 95% "
            "intervals over groupings. At a share of 0 both are the linear theory of the start."
        ),
        alt=(
            "Two curves of rank correlation against the share of the plateau used: neurons "
            "followed alone and the network itself tell about the same."
        ),
        data="evidence/foresight.json",
    ),
    "unlocking": Figure(
        chart=partial(unlocking, width=560),
        narrow=partial(unlocking, width=240),
        caption=(
            "One neuron that unlocks: its outgoing weight along the error passes through zero; "
            "until then the neuron shrinks, afterwards it grows."
        ),
        alt="Three curves of one neuron over time: outgoing weight, norm product, open gate.",
        data="evidence/unlocking.json",
    ),
    "scans": Figure(
        chart=partial(scans, columns=2, width=250),
        narrow=partial(scans, columns=1, width=230),
        caption=(
            "Live clusters (at least 1% of the strongest one's norm product), where one thing is "
            "varied; bars are 95% intervals. Dashed: as many as there are neurons."
        ),
        alt="Four line charts of live clusters against width, initial scale, samples, label noise.",
        data="evidence/scans.json",
    ),
    "capacity": Figure(
        chart=partial(capacity, columns=3, width=170),
        narrow=partial(capacity, columns=1, width=230),
        caption=(
            "What few neurons can do without training again, by initialization. Under fan_in the "
            "largest few are enough; under balanced they do worse than neurons drawn at random. "
            "One neuron per cluster (the diamond) does the work of all, each time."
        ),
        alt=(
            "Line charts of accuracy against neurons left for three ways to choose them: under "
            "fan_in the largest neurons do best, under balanced they do worse than random ones."
        ),
        data="evidence/pruning.json",
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
        data="evidence/tickets.json",
    ),
    "phase": Figure(
        chart=partial(phase, columns=2, size=330),
        narrow=partial(phase, columns=1, size=260),
        caption=(
            "Initial scale against learning rate, for networks of several widths; a cell is a mean "
            "over seeds. Color: "
            + live("what the menu says, at first")
            + " the time until the loss has fallen by a tenth, in steps times learning rate. "
            "Empty: training diverged. Ring: the scale and the rate of the article's run. "
            + live("Point at a cell to see its race; click it to run it in the lab.")
        ),
        alt=(
            "Heat map of the time to the drop: the smaller the initial scale, the longer, whatever "
            "the learning rate. Beside it the race of one cell."
        ),
        data="evidence/phase.json",
    ),
    "edge": Figure(
        chart=edge,
        narrow=partial(edge, narrow=True),
        caption=(
            "What is left of the race when one thing of the playground is changed (a row). Circle: "
            "is the order at the drop of the loss the final one? Diamond and cross: is it known at "
            "t = 0, by the theory extended for the change, and as it stands? Means over three "
            "seeds. Rows that were not run from the chosen start are empty."
        ),
        alt=edge_text,
        data="evidence/edge.json",
    ),
    "edge-scales": Figure(
        chart=partial(edge_scales, columns=2, width=250),
        narrow=partial(edge_scales, columns=1, width=230),
        caption=(
            "How small is small? The playground from starts of every size. Dashed: PyTorch's own "
            "size, 1, and the limit beyond which we no longer speak of a race. The forecast stays "
            "good, but comes too late."
        ),
        alt=edge_scales_text,
        data="evidence/edge_scales.json",
    ),
}
