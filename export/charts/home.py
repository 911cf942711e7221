"""The home page's charts: the race of all neurons, and the loss.

A spec names its data by URL, so a page loads a file once for all its figures. Parameters with the
same name (`frame`) are kept equal across the figures of a page.
"""

from pathlib import Path

import altair as alt

from export.charts import race as parts
from export.charts.base import Figure, read

FILE = "home/race.json"


def race(data: Path) -> alt.LayerChart:
    """Norm product against alignment, one dot per neuron, at the time of the slider."""
    told = parts.Race.read(data, FILE)
    dots = (
        parts.now(told)
        .transform_flatten(["neuron", "cluster", "norm_product", "norm_product_end", "shared"])
        .mark_circle(size=46, opacity=0.85)
        .encode(
            alt.X("shared:Q", title="cosine with the cluster's shared direction")
            .scale(domain=[told.leftmost, 1.02], nice=False)
            .axis(tickCount=8),
            parts.size_axis(told),
            parts.size_colour(told, legend_length=180),
            tooltip=[
                alt.Tooltip("neuron:Q"),
                alt.Tooltip("cluster:Q"),
                alt.Tooltip("norm_product:Q", format=".3g"),
                alt.Tooltip("norm_product_end:Q", format=".3g", title="at the end"),
                alt.Tooltip("shared:Q", format=".2f", title="cosine"),
            ],
        )
    )
    return (
        (dots + parts.clock(told, size=20))
        .add_params(parts.time_parameter(told))
        .properties(width="container", height=360)
    )


def loss(data: Path) -> alt.LayerChart:
    """Training loss against time, with a mark at the race's time."""
    return parts.loss(parts.Race.read(data, FILE))


def _race_alt(data: Path) -> str:
    content = read(data, FILE)
    frame = content["rows"][content["opening"]]
    return (
        f"Scatter plot of {len(frame['neuron'])} neurons, norm product against cosine with the "
        f"shared direction, at step {frame['step']}, with the loss still at its start. "
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
        data=FILE,
    ),
    "loss": Figure(
        chart=loss,
        caption=(
            "The loss of the same run."
            "{% if n.drop_step is not none %} It has fallen by a tenth at step "
            "{{ n.drop_step }}; most of the turning is over by then.{% endif %}"
        ),
        alt="Line chart: the loss stays at its start for hundreds of steps, then falls to near 0.",
        data=FILE,
    ),
}
