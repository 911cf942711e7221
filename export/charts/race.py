"""The race as charts: one dot per neuron, its size against its direction; sizes and loss over time.

They share three parameters, which a page keeps equal across its figures: `frame`, the time;
`cluster` and `neuron`, what the reader has picked (-1 for none).
"""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import altair as alt

from export.charts.base import POWER, read, rows, time_axis, where_lines_bend
from export.charts.palette import SMALL_TO_LARGE

COLOURED = 5e4  # what ends smaller than the largest neuron by more has the colour of the smallest
TINY = 1e-290  # a size below has no logarithmic axis: its neuron lies at the bottom, as one of 0
MOST_TICKS = 12  # powers of ten on an axis
BUTTONS = 5  # clusters; of more the reader picks from a menu
PICKED = "cluster < 0 || datum.cluster == cluster"
NOW = "datum.index - 1 == frame"


@dataclass(frozen=True)
class Race:
    """The file of a race, and what a chart must know of it before it is drawn.

    Attributes:
        file: its place in docs/data.
        frames: its rows (see `export.data.base.race`).
        opening: the frame with which figures open.
        shared: the number of clusters of more than one neuron; they are those from 1 up to it.
    """

    file: str
    frames: list[dict]
    opening: int
    shared: int

    @classmethod
    def read(cls, data: Path, file: str) -> "Race":
        content = read(data, file)
        return cls(file, content["rows"], content["opening"], content["shared_clusters"])

    @property
    def chart(self) -> alt.Chart:
        return alt.Chart(rows(self.file))

    @property
    def sizes(self) -> list[float]:
        """The range of all norm products: from a round number to a power of ten."""
        values = [size for frame in self.frames for size in frame["norm_product"] if size > TINY]
        low = _rounded_down(min(values, default=1))
        return [low, max(10.0 ** math.ceil(math.log10(max(values, default=1))), 10 * low)]

    @property
    def coloured(self) -> list[float]:
        """The range of final norm products that colours tell apart."""
        sizes = self.frames[-1]["norm_product"]
        largest = _rounded_up(max((size for size in sizes if size > TINY), default=1))
        return [largest / COLOURED, largest]

    @property
    def leftmost(self) -> float:
        """Where the axis of cosines begins."""
        least = min(
            value for frame in self.frames for value in frame["shared"] if value is not None
        )
        return min(-0.4, math.floor(10 * least) / 10)

    @property
    def cluster_sizes(self) -> dict[int, int]:
        """Neurons in each cluster of more than one."""
        sizes = Counter(self.frames[-1]["cluster"])
        return {cluster: sizes[cluster] for cluster in range(1, self.shared + 1)}

    def is_shared(self) -> str:
        """Vega: whether a neuron's cluster has more than one neuron, so a direction to share."""
        return f"datum.cluster <= {self.shared}"

    def nearest(self, step: int) -> int:
        """The frame nearest to a step."""
        return min(range(len(self.frames)), key=lambda i: abs(self.frames[i]["step"] - step))


def _rounded_down(value):
    digit = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.floor(value / digit) * digit:.1g}")


def _rounded_up(value):
    digit = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.ceil(value / digit) * digit:.1g}")


def powers(low: float, high: float, every: int = 1) -> list[float]:
    """The powers of ten from `low` to `high`."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(every, (last - first) // MOST_TICKS + 1)
    return [float(f"1e{power}") for power in range(first, last + 1, every)]


def time_parameter(race: Race, bound=True):
    """The shared time, a position in the race's frames, with a slider where it is bound."""
    slider = alt.binding_range(min=0, max=len(race.frames) - 1, step=1, name="Time ")
    return alt.param(name="frame", value=race.opening, **({"bind": slider} if bound else {}))


def pickable(shared=0):
    """The parameters of what the reader has picked, with controls for so many clusters."""
    bind = {}
    if shared:
        options = {
            "options": [-1, *range(1, shared + 1)],
            "labels": ["all", *map(str, range(1, shared + 1))],
            "name": "Cluster ",
        }
        kind = alt.binding_radio if shared <= BUTTONS else alt.binding_select
        bind = {"bind": kind(**options)}
    return alt.param(name="cluster", value=-1, **bind), alt.param(name="neuron", value=-1)


def picked(yes, no):
    """One value for what belongs to the picked cluster, or for all if none is; else another."""
    return alt.condition(PICKED, alt.value(yes), alt.value(no))


def ring(width=2.5, otherwise=0):
    """A wider stroke for the picked neuron."""
    return alt.condition("datum.neuron == neuron", alt.value(width), alt.value(otherwise))


def size_axis(race: Race) -> alt.Y:
    """The norm product, logarithmic, from the smallest to the largest of the race."""
    low, high = race.sizes
    return (
        alt.Y("norm_product:Q", title="norm product |w₁||w₂|")
        # A neuron of size 0 lies at the bottom.
        .scale(type="log", domain=[low, high], nice=False, clamp=True)
        .axis(labelExpr=POWER, values=powers(low, high))
    )


def size_colour(race: Race, legend_length=160) -> alt.Color:
    """A colour for how large a neuron is at the end."""
    low, high = race.coloured
    return (
        alt.Color("norm_product_end:Q", title="norm product at the end")
        .scale(type="log", range=SMALL_TO_LARGE, domain=[low, high], clamp=True)
        .legend(
            orient="top",
            gradientLength=legend_length,
            gradientOpacity=1,
            labelExpr=POWER,
            values=powers(low, high, every=2),
        )
    )


def told(*more) -> list[alt.Tooltip]:
    """What a neuron says under the pointer."""
    return [
        alt.Tooltip("neuron:Q"),
        alt.Tooltip("cluster:Q"),
        alt.Tooltip("norm_product_end:Q", format=".2e", title="norm product at the end"),
        *more,
    ]


def now(race: Race, frame: int | None = None) -> alt.Chart:
    """The race's data at the shared time, or at a frame of its own."""
    at = NOW if frame is None else f"datum.index - 1 == {frame}"
    return race.chart.transform_window(index="row_number()").transform_filter(at)


def clock(race: Race, size=18) -> alt.Chart:
    """The shared time, written in the corner."""
    return (
        now(race)
        .transform_calculate(label="'step ' + format(datum.step, ',')")
        .mark_text(align="left", baseline="top", fontSize=size, fontWeight=600)
        .encode(alt.Text("label:N"), x=alt.value(8), y=alt.value(4))
    )


def dots(
    race: Race,
    only: str | None = None,
    x="shared",
    title="cosine with the shared direction",
    ticks=6,
    frame: int | None = None,
    shape="circle",
) -> alt.Chart:
    """Norm product against a cosine, one dot per neuron.

    Args:
        only: Vega, which neurons; those of the clusters of more than one if nothing is said.
        x: the cosine's field. title, ticks: of its axis.
        frame: the time, if not the shared one.
        shape: of a dot.
    """
    columns = ["neuron", "cluster", "norm_product", "norm_product_end", x]
    return (
        now(race, frame)
        .transform_flatten(columns)
        .transform_filter(race.is_shared() if only is None else only)
        .mark_point(size=46, shape=shape, filled=True, stroke="currentColor", cursor="pointer")
        .encode(
            alt.X(f"{x}:Q", title=title)
            .scale(domain=[race.leftmost, 1.02], nice=False)
            .axis(tickCount=ticks),
            size_axis(race),
            size_colour(race),
            opacity=picked(0.85, 0.12),
            strokeWidth=ring(),
            tooltip=told(
                alt.Tooltip("norm_product:Q", format=".2e", title="norm product now"),
                alt.Tooltip(f"{x}:Q", format=".2f", title="cosine"),
            ),
        )
    )


def race_all(race: Race, height=400, controls=True, alone=False) -> alt.LayerChart:
    """All clusters: norm product against the cosine with the direction that a cluster shares.

    Args:
        alone: whether neurons that are alone in their cluster are drawn too, as squares.
    """
    cluster, neuron = pickable(race.shared if controls else 0)
    if controls:
        neuron = alt.param(name="neuron", value=-1, bind=_menu_of_neurons(race, alone))
    layers = [dots(race)]
    if alone:
        layers.append(dots(race, only=f"!({race.is_shared()})", shape="square"))
    return (
        alt.layer(*layers, clock(race))
        .add_params(time_parameter(race, bound=controls), cluster, neuron)
        .properties(width="container", height=height)
    )


def _menu_of_neurons(race: Race, alone: bool):
    """All dots, those that end largest first: for whom no dot can be clicked."""
    end = race.frames[-1]
    found = zip(end["norm_product"], end["neuron"], end["cluster"], strict=True)
    ranked = [
        neuron
        for _, neuron, cluster in sorted(found, reverse=True)
        if alone or cluster <= race.shared
    ]
    return alt.binding_select(
        options=[-1, *ranked], labels=["none", *map(str, ranked)], name="Neuron (largest first) "
    )


def norms(race: Race) -> alt.LayerChart:
    """Norm product of every neuron over time, and the shared time."""
    height = 320
    low, high = race.sizes
    powers_per_pixel = math.log10(high / low) / height
    sizes = zip(
        *([_power(size) for size in frame["norm_product"]] for frame in race.frames), strict=True
    )
    steps = [frame["step"] for frame in race.frames]
    lines = (
        race.chart.transform_filter(where_lines_bend(steps, sizes, powers_per_pixel))
        .transform_calculate(time="datum.step + 1")
        .transform_flatten(["neuron", "cluster", "norm_product", "norm_product_end"])
        .mark_line(strokeWidth=1, cursor="pointer")
        .encode(
            time_axis(),
            size_axis(race),
            size_colour(race),
            detail="neuron:N",
            # Not the line's own opacity, for which a line is drawn aside: ten times as slow.
            strokeOpacity=picked(0.5, 0.04),
            strokeWidth=ring(4, otherwise=1),
            tooltip=told(),
        )
    )
    rule = (
        now(race)
        .transform_calculate(time="datum.step + 1")
        .mark_rule(strokeDash=[4, 3], opacity=0.6)
        .encode(time_axis())
    )
    return (
        (lines + rule)
        .add_params(time_parameter(race), *pickable(race.shared))
        .properties(width="container", height=height)
    )


def _power(size):
    return math.log10(size) if size else -math.inf


def loss(race: Race) -> alt.LayerChart:
    """Training loss against time, with a mark at the race's time."""
    base = race.chart.transform_window(index="row_number()").transform_calculate(
        time="datum.step + 1"
    )
    x, y = time_axis(), alt.Y("loss:Q", title="loss (nat)").axis(tickCount=4)
    here = base.transform_filter(NOW)
    line = base.mark_line(strokeWidth=2).encode(x, y)
    rule = here.mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x)
    dot = here.mark_circle(size=80).encode(x, y, tooltip=["step:Q", "loss:Q", "accuracy:Q"])
    return (
        (line + rule + dot)
        .add_params(time_parameter(race, bound=False))
        .properties(width="container", height=150)
    )
