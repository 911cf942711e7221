"""The site's charts: Altair, as functions of the files in docs/data.

A spec names its data by URL, so the page loads a file once for all its figures. Parameters with the
same name (`frame`) are kept equal across the figures of a page.
"""

import json
from pathlib import Path

import altair as alt

from export.charts.base import POWER_LABEL, POWERS, RACE, SIZES, SMALL_TO_LARGE, Figure


def _frames(data: Path) -> list[dict]:
    return json.loads((data / "race.json").read_text("utf-8"))


def _opening_frame(data: Path, frames) -> int:
    """The frame in which half of the largest cluster has arrived: the race is in full swing."""
    middle = json.loads((data / "numbers.json").read_text("utf-8"))["median_arrival"]
    return min(range(len(frames)), key=lambda i: abs(frames[i]["step"] - int(middle)))


def _frame_parameter(data: Path, bound: bool):
    frames = _frames(data)
    slider = alt.binding_range(min=0, max=len(frames) - 1, step=1, name="Time ")
    opening = _opening_frame(data, frames)
    return alt.param(name="frame", value=opening, **({"bind": slider} if bound else {}))


def race(data: Path) -> alt.LayerChart:
    """Norm product against alignment, one dot a neuron, at the time of the slider."""
    frame = _frame_parameter(data, bound=True)
    norm = alt.Scale(type="log", domain=SIZES, nice=False)
    base = (
        alt.Chart(RACE)
        .transform_window(index="row_number()")
        .transform_filter("datum.index - 1 == frame")
    )
    dots = (
        base.transform_flatten(
            ["neuron", "cluster", "norm_product", "norm_product_end", "shared", "final"]
        )
        .mark_circle(size=46, opacity=0.85)
        .encode(
            alt.X("shared:Q", title="cosine with the cluster's shared direction")
            .scale(domain=[-0.4, 1.02], nice=False)
            .axis(tickCount=8),
            alt.Y("norm_product:Q", title="norm product |w₁||w₂|", scale=norm).axis(
                values=list(POWERS.values()), labelExpr=POWER_LABEL
            ),
            alt.Color("norm_product_end:Q", title="|w₁||w₂| at the end")
            .scale(type="log", range=SMALL_TO_LARGE, domain=[1e-4, 5], clamp=True)
            .legend(
                orient="top",
                gradientLength=180,
                values=list(POWERS.values())[2::2],
                labelExpr=POWER_LABEL,
            ),
            tooltip=[
                alt.Tooltip("neuron:Q"),
                alt.Tooltip("cluster:Q"),
                alt.Tooltip("norm_product:Q", format=".3g"),
                alt.Tooltip("norm_product_end:Q", format=".3g", title="at the end"),
                alt.Tooltip("shared:Q", format=".2f", title="cosine"),
            ],
        )
    )
    clock = (
        base.transform_calculate(label="'step ' + format(datum.step, ',')")
        .mark_text(align="left", baseline="top", fontSize=20, fontWeight=600)
        .encode(alt.Text("label:N"), x=alt.value(8), y=alt.value(4))
    )
    return (dots + clock).add_params(frame).properties(width="container", height=360)


def loss(data: Path) -> alt.LayerChart:
    """Training loss against time, with a mark at the race's time."""
    frame = _frame_parameter(data, bound=False)
    base = (
        alt.Chart(RACE)
        .transform_window(index="row_number()")
        .transform_calculate(time="datum.step + 1")
    )
    x = alt.X("time:Q", title="step + 1").scale(type="log", nice=False).axis(tickCount=5)
    y = alt.Y("loss:Q", title="loss (nat)").axis(tickCount=4)
    here = base.transform_filter("datum.index - 1 == frame")
    line = base.mark_line(strokeWidth=2).encode(x, y)
    rule = here.mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x)
    dot = here.mark_circle(size=80).encode(x, y, tooltip=["step:Q", "loss:Q", "accuracy:Q"])
    return (line + rule + dot).add_params(frame).properties(width="container", height=150)


def _race_alt(data: Path) -> str:
    numbers = json.loads((data / "numbers.json").read_text("utf-8"))
    return (
        f"Scatter plot of {numbers['width']} neurons, norm product against cosine with the shared "
        f"direction, at step {numbers['median_arrival']}, with the loss still at its start. "
        "The neurons close to cosine 1 are already the largest, and they end up largest."
    )


FIGURES = {
    "race": Figure(
        chart=race,
        caption=(
            "{{ n.width }} neurons of one run on real images. To the right: turned towards the "
            "direction that the neuron's cluster shares at that time, within the span of the "
            "samples. Up: larger, on a logarithmic axis. Colour: how large the neuron is at step "
            "{{ n.steps }}. Move the time: those that are in front now are the large ones at the "
            "end. (The {{ n.outside_large_clusters }} neurons that end outside the large clusters "
            "are placed by the one nearest to them.)"
        ),
        alt=_race_alt,
        data="race.json",
    ),
    "loss": Figure(
        chart=loss,
        caption=(
            "The loss of the same run. It has fallen by a tenth at step {{ n.drop_step }}; most of "
            "the turning is over by then."
        ),
        alt="Line chart: the loss stays at its start for hundreds of steps, then falls to near 0.",
        data="race.json",
    ),
}
