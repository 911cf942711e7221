"""The reference page's chart: how a step's cost grows."""

from pathlib import Path

import altair as alt

from export.charts.base import Figure, rows
from export.charts.palette import COLOURS, INK

NAMES = {
    "width": "neurons d",
    "samples": "samples N",
    "inputs": "inputs D",
    "networks": "networks side by side S",
}


def cost(data: Path, columns: int) -> alt.ConcatChart:
    """A step's time over each size, measured and as its products grow."""
    return alt.concat(*(_over(name, title) for name, title in NAMES.items()), columns=columns)


def _over(name: str, title: str) -> alt.LayerChart:
    base = (
        alt.Chart(rows("reference/bench.json"))
        .transform_filter(f"datum.variable == '{name}'")
        .encode(
            alt.X("value:Q", title=title).scale(type="log").axis(tickCount=4, format="~s"),
            tooltip=["value:Q", "ms:Q", "theory:Q"],
        )
    )
    y = alt.Y("ms:Q", title="ms per step").scale(type="log").axis(tickCount=4, format="~g")
    theory = base.mark_line(strokeDash=[4, 4], color=COLOURS["theory"])
    return (
        theory.encode(alt.Y("theory:Q")) + base.mark_line(point=True, color=INK).encode(y)
    ).properties(width=210, height=130)


FIGURES = {
    "cost": Figure(
        chart=lambda data: cost(data, columns=2),
        narrow=lambda data: cost(data, columns=1),
        caption=(
            "What a step costs, one size at a time from the default. Line: measured, in float64. "
            "Dashed: the time at the default, scaled by the multiplications of the step: with N "
            "samples it does not depend on D beyond N."
        ),
        alt="Four line charts of milliseconds per step against neurons, samples, inputs, networks.",
        data="reference/bench.json",
    ),
}
