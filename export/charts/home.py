"""The home page's race and loss as charts: for the README, and for the lab to feed.

The page itself draws them in a way that can move smoothly, see `export.site.stage`.
"""

from pathlib import Path

import altair as alt

from export.charts import race as parts

FILE = "home/race.json"


def race(data: Path) -> alt.LayerChart:
    """Norm product against alignment, one dot per neuron, at the time of the slider."""
    told = parts.Race.read(data, FILE)
    dots = (
        parts.now(told)
        .transform_flatten(["neuron", "cluster", "norm_product", "norm_product_end", "shared"])
        .mark_circle(size=46, opacity=0.85)
        .encode(
            alt.X("shared:Q", title="cosine with the shared direction")
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
