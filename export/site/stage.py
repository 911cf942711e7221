"""The race and the pruning as inline SVG, drawn while the site is built, which scripts then move.

Without a script they stand still at the time that tells most. docs/javascripts/race.js and
docs/javascripts/pruning.js read where an axis lies from the attributes `data-x` and `data-y` of
the plots: "left right from to" in the drawing's units, so that no number stands in two places.
"""

import functools
import json
import math
from collections import Counter
from html import escape
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from mkdocs.utils import get_relative_url

from export.charts.palette import size_colour
from export.charts.race import COLOURED

DATA, PRUNING = "home/race.json", "home/pruning.json"
ARRIVED = 0.9  # told by the 0.9 line; a test compares it with racing_core's
WIDTH, HEIGHT = 600, 470
LEFT, RIGHT, TOP, BOTTOM = 46, 590, 34, 318  # the race's plot
STRIP_TOP, STRIP_BOTTOM = 372, 414  # the loss's, with the names of the phases below
SHADES = 12  # of the colours of size
STEPS_NAMED = (0, 100, 200, 300, 400, 600, 10_000)  # below the loss
TELLING = 30  # neurons kept, where the pruning stands still
FOUND = 3  # large clusters, each with a column


def define_env(env) -> None:
    """Give mkdocs-macros `race` and `pruning`."""
    folder = Path(env.conf["docs_dir"]) / "data"

    @env.macro
    def race(hero: bool = False) -> str:
        """The race as a figure: as the home page's hero, or to be driven by the article's text."""
        content = json.loads((folder / DATA).read_text("utf-8"))
        return _figure(env, race_svg(content), content, hero)

    @env.macro
    def pruning(choices: bool = False) -> str:
        """The trained network with a slider over the neurons kept; with all choices of which."""
        return _pruning_figure(env, folder, choices)


class Scale:
    """A linear or logarithmic axis: from values to the drawing's units."""

    def __init__(self, start: float, end: float, low: float, high: float, log: bool = False):
        self.log = log
        self.start, self.end, self.low, self.high = start, end, self._told(low), self._told(high)

    def _told(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def __call__(self, value: float) -> float:
        share = (self._told(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def __str__(self) -> str:
        return f"{self.start} {self.end} {self.low:g} {self.high:g}"


def scales(content: dict) -> tuple[Scale, Scale]:
    """The race's axes: how far turned, and how large."""
    cosines = [value for row in content["rows"] for value in row["shared"]]
    sizes = [value for row in content["rows"] for value in row["norm_product"]]
    leftmost = math.floor(10 * min(cosines)) / 10
    low, high = 10 ** math.floor(math.log10(min(sizes))), 10 ** math.ceil(math.log10(max(sizes)))
    return Scale(LEFT, RIGHT, leftmost, 1.02), Scale(BOTTOM, TOP, low, high, log=True)


def race_svg(content: dict) -> str:
    """The race at its opening frame, with the loss below it."""
    x, y = scales(content)
    row = content["rows"][content["opening"]]
    return (
        f'<svg class="race-drawing" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(_alternative(content))}"><g aria-hidden="true">'
        f"{_axes(x, y)}{_dots(content, row, x, y)}{_strip(content, row)}"
        f'<text class="race-step" x="{LEFT + 8}" y="{TOP + 24}">step {row["step"]:,}</text>'
        "</g></svg>"
    )


def _alternative(content: dict) -> str:
    row = content["rows"][content["opening"]]
    return (
        f"{len(row['neuron'])} neurons as dots: how far each has turned toward the direction that "
        f"its cluster shares, against its size. At step {row['step']} the loss has hardly "
        "moved; the neurons that have turned furthest are already the largest, and they end up "
        "largest."
    )


def _axes(x: Scale, y: Scale) -> str:
    powers = range(math.ceil(y.low), math.floor(y.high) + 1)
    ticks = "".join(
        f'<path class="race-grid" d="M{LEFT} {y(10.0**k)}H{RIGHT}"/>'
        f'<text class="race-tick" x="{LEFT - 6}" y="{y(10.0**k) + 4}" text-anchor="end">10'
        f'<tspan dy="-5" class="race-power">{str(k).replace("-", "−")}</tspan></text>'
        for k in powers
        if k % 2 == 0
    )
    places = [place / 10 for place in range(math.ceil(10 * x.low), 11) if place % 5 == 0]
    below = "".join(
        f'<text class="race-tick" x="{x(place)}" y="{BOTTOM + 17}" text-anchor="middle">'
        f"{f'{place:g}'.replace('-', '−')}</text>"
        for place in places
    )
    arrived = x(ARRIVED)
    return (
        f'<g class="race-axes">{ticks}{below}'
        f'<path class="race-line" d="M{LEFT} {BOTTOM}H{RIGHT}"/>'
        f'<path class="race-arrived" d="M{arrived} {TOP}V{BOTTOM}"/>'
        f'<text class="race-note" x="{arrived - 6}" y="{BOTTOM - 8}" text-anchor="end">'
        f"arrived: {ARRIVED:g}</text>"
        f'<text class="race-title" x="{LEFT}" y="{TOP - 14}">↑ norm product |w₁||w₂|</text>'
        f'<text class="race-title" x="{RIGHT}" y="{BOTTOM + 36}" text-anchor="end">'
        "cosine with the shared direction →</text></g>"
    )


def _shares(content: dict) -> list[float]:
    """How large each neuron ends, from 0 to 1, as the colours tell it."""
    final = content["rows"][-1]["norm_product"]
    largest = max(final)
    return [
        min(max(1 + math.log(size / largest) / math.log(COLOURED), 0), 1) if size else 0
        for size in final
    ]


def _look(share: float, least: float = 2.6) -> tuple[str, float]:
    """Fill and radius of a dot; `least` is the radius of the smallest."""
    shade = round(share * SHADES) / SHADES
    return size_colour(shade), round(least * (1 + 0.9 * share**2), 1)


def _dots(content: dict, row: dict, x: Scale, y: Scale) -> str:
    """A circle per neuron, those that end largest on top."""
    shares, clusters = _shares(content), content["rows"][-1]["cluster"]
    circles = []
    for neuron in sorted(range(len(shares)), key=shares.__getitem__):
        fill, radius = _look(shares[neuron])
        circles.append(
            f'<circle data-neuron="{neuron}" data-cluster="{clusters[neuron]}" '
            f'cx="{x(row["shared"][neuron])}" cy="{y(row["norm_product"][neuron])}" '
            f'r="{radius}" fill="{fill}"/>'
        )
    return f'<g class="race-dots" data-x="{x}" data-y="{y}">{"".join(circles)}</g>'


def _strip(content: dict, row: dict) -> str:
    """The loss on the animation's own clock, the three phases, and where the race is."""
    rows = content["rows"]
    x, y = Scale(LEFT, RIGHT, 0, 1), Scale(STRIP_BOTTOM, STRIP_TOP, 0, rows[0]["loss"])
    line = "L".join(f"{x(one['clock'])} {y(one['loss'])}" for one in rows)
    begin, bands = 0.0, ""
    for phase in content["phases"]:
        end = min(rows, key=lambda one, until=phase["until"]: abs(one["step"] - until))["clock"]
        middle = (x(begin) + x(end)) / 2
        bands += (
            f'<g class="race-phase" data-until="{end}"><rect x="{x(begin)}" y="{STRIP_TOP - 6}" '
            f'width="{x(end) - x(begin) - 2:.1f}" height="{STRIP_BOTTOM - STRIP_TOP + 27}"/>'
            f'<text x="{middle:.1f}" y="{STRIP_BOTTOM + 16}" text-anchor="middle">{phase["name"]}'
            "</text></g>"
        )
        begin = end
    steps = "".join(
        f'<text class="race-tick" x="{x(one["clock"])}" y="{STRIP_BOTTOM + 37}" '
        f'text-anchor="{anchor}">{step:,}</text>'
        for step in STEPS_NAMED
        for one in [min(rows, key=lambda one, step=step: abs(one["step"] - step))]
        for anchor in ["end" if one is rows[-1] else "start" if one is rows[0] else "middle"]
    )
    return (
        f'<g class="race-strip" data-x="{x}" data-y="{y}">{bands}'
        f'<path class="race-loss" d="M{line}"/>'
        f'<path class="race-now" d="M0 {STRIP_TOP - 6}V{STRIP_BOTTOM + 21}" '
        f'transform="translate({x(row["clock"])} 0)"/>'
        f'<text class="race-title" x="{LEFT - 6}" y="{STRIP_TOP + 6}" text-anchor="end">loss</text>'
        f'{steps}<text class="race-title" x="{LEFT - 6}" y="{STRIP_BOTTOM + 37}" '
        'text-anchor="end">step</text></g>'
    )


CAPTION = """{{ n.width }} neurons of one network, trained on {{ n.samples }} images:
{{ n.group_a }} against {{ n.group_b }}. To the right: the neuron has turned toward the direction
that its cluster shares at that moment. Up: its norm product |w₁||w₂| is larger. Color and dot size:
how large it is at step {{ n.steps }}. (The {{ n.outside_large_clusters }} neurons in no large
cluster are placed by the one nearest to them.)
"""


def _figure(env, svg: str, content: dict, hero: bool) -> str:
    caption = Environment(undefined=StrictUndefined).from_string(CAPTION)
    url = get_relative_url(f"data/{DATA}", env.page.url)
    row = content["rows"][content["opening"]]
    play = ' data-autoplay=""' if hero else ""
    return (
        f'<figure class="race" id="figure-race" data-rows="{url}"{play}>'
        f'<div class="race-stage">{svg}</div>'
        '<div class="race-controls"><button type="button" class="race-play">Play</button>'
        f'<input type="range" min="0" max="1000" value="{round(1000 * row["clock"])}" '
        f'aria-label="Time" aria-valuetext="step {row["step"]}"/>'
        f"{'' if hero else _cluster_choice(content)}</div>"
        f"<figcaption>{caption.render(n=env.variables['n'])}"
        f' <a class="chart-data" href="{url}" download>Data</a></figcaption></figure>'
    )


def _cluster_choice(content: dict) -> str:
    choices = [("", "all"), *((k, k) for k in range(1, content["shared_clusters"] + 1))]
    radios = "".join(
        f'<label><input type="radio" name="race-cluster" value="{value}" {checked}/> '
        f"{label}</label>"
        for value, label in choices
        for checked in ["" if value else 'checked=""']
    )
    return f'<fieldset class="race-clusters"><legend>Cluster</legend>{radios}</fieldset>'


COLUMNS_WIDTH, CHART_HEIGHT = 300, 250
PRUNING_CAPTION = (
    "Left: a dot per neuron, a column per cluster, larger neurons higher; hollow dots are removed. "
    "Right: accuracy against the number of neurons kept. Solid: training images. Dashed: images "
    "that the network never saw. Gray: training images when the neurons are picked at random, the "
    "mean of many picks. Diamonds: the merged network."
)


def _columns(content: dict) -> tuple[list[tuple[float, float]], str, Scale]:
    """Where each neuron stands: a column per large cluster and one for the rest; and the names."""
    clusters = content["rows"][-1]["cluster"]
    final = content["rows"][-1]["norm_product"]
    y = Scale(CHART_HEIGHT - 42, 14, min(final) / 1.5, max(final) * 1.5, log=True)
    kept = sorted(range(len(final)), key=lambda i: -final[i])[:TELLING]
    counts = Counter(min(clusters[neuron], FOUND + 1) for neuron in kept)
    centres = {k: 76 + 62 * (k - 1) for k in range(1, FOUND + 2)}
    placed: list[tuple[float, float]] = [(0, 0)] * len(final)
    taken: dict[int, list[tuple[float, float]]] = {k: [] for k in centres}
    for neuron in sorted(range(len(final)), key=lambda i: -final[i]):
        column = min(clusters[neuron], FOUND + 1)
        place = _free(centres[column], y(final[neuron]), taken[column])
        taken[column].append(place)
        placed[neuron] = place
    names = "".join(
        f'<text class="race-tick" x="{centres[k]}" y="{CHART_HEIGHT - 22}" text-anchor="middle">'
        f"{f'cluster {k}' if k <= FOUND else 'others'}</text>"
        f'<text class="race-tick pruning-count" data-column="{k}" x="{centres[k]}" '
        f'y="{CHART_HEIGHT - 6}" text-anchor="middle">{counts[k]}</text>'
        for k in centres
    )
    return placed, names, y


def _free(x: float, y: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """The place nearest to the column's middle at which no other dot lies; then on top of one."""
    for away in range(15):
        for side in (1, -1):
            place = x + side * 2 * away
            if all(math.hypot(place - a, y - b) > 4.8 for a, b in taken):
                return round(place, 1), y
    return round(x, 1), y


def _pruning_figure(env, folder: Path, choices: bool) -> str:
    race = (folder / DATA).read_text("utf-8")
    pruned = json.loads((folder / PRUNING).read_text("utf-8"))
    url = get_relative_url(f"data/{PRUNING}", env.page.url)
    row, merged = pruned["rows"][TELLING], pruned["merged"]
    width = len(pruned["rows"]) - 1
    which = (
        '<fieldset class="pruning-which"><legend>Keep</legend>'
        '<label><input type="radio" name="pruning" value="largest" checked=""/> the largest</label>'
        '<label><input type="radio" name="pruning" value="random"/> random ones</label></fieldset>'
        if choices
        else ""
    )
    return (
        f'<figure class="pruning" id="figure-pruning" data-rows="{url}">'
        '<div class="pruning-pictures">'
        f"{_pruning_dots(race)}{_pruning_chart(pruned)}</div>"
        '<div class="pruning-controls"><label class="pruning-slider"><span>Neurons kept</span>'
        f'<input type="range" min="1" max="{width}" value="{TELLING}" '
        f'aria-valuetext="{TELLING} of {width}"/></label>'
        f'{which}<button type="button" class="pruning-merge" aria-pressed="false">'
        f"Merge the clusters: {width} → {merged['kept']}</button></div>"
        f'<p class="pruning-told" role="status">{told(row, "largest", width)}</p>'
        f"<figcaption>{PRUNING_CAPTION} "
        f'<a class="chart-data" href="{url}" download>Data</a></figcaption></figure>'
    )


def told(row: dict, which: str, width: int) -> str:
    """What the figure says of a row; pruning.js says it in the same words."""
    return (
        f"<b>{row['kept']}</b> of {width} neurons: training accuracy <b>{row[which]:.1%}</b>, "
        f"held-out accuracy <b>{row[f'{which}_held_out']:.1%}</b>, loss "
        f"<b>{row[f'{which}_loss']:.3g}</b>"
    )


@functools.lru_cache(maxsize=1)  # two pages have them, and each build of a site that is served
def _pruning_dots(race: str) -> str:
    """The neurons, from the text of the file DATA."""
    content = json.loads(race)
    placed, names, y = _columns(content)
    shares = _shares(content)
    final, clusters = content["rows"][-1]["norm_product"], content["rows"][-1]["cluster"]
    ranked = sorted(range(len(final)), key=lambda i: -final[i])
    circles = ""
    for rank, neuron in reversed(list(enumerate(ranked))):
        fill, radius = _look(shares[neuron], least=2)
        gone = ' class="is-gone"' if rank >= TELLING else ""
        circles += (
            f'<circle{gone} data-neuron="{neuron}" data-rank="{rank}" '
            f'data-column="{min(clusters[neuron], FOUND + 1)}" cx="{placed[neuron][0]}" '
            f'cy="{placed[neuron][1]}" r="{radius}" fill="{fill}"/>'
        )
    powers = range(math.ceil(y.low), math.floor(y.high) + 1)
    ticks = "".join(
        f'<text class="race-tick" x="30" y="{y(10.0**k) + 4}" text-anchor="end">10'
        f'<tspan dy="-5" class="race-power">{str(k).replace("-", "−")}</tspan></text>'
        for k in powers
        if k % 2 == 0
    )
    return (
        f'<svg class="race-drawing pruning-dots" viewBox="0 0 {COLUMNS_WIDTH} {CHART_HEIGHT}" '
        f'style="aspect-ratio:{COLUMNS_WIDTH}/{CHART_HEIGHT}" '
        'role="img" aria-label="The neurons of the trained network, a column per cluster, the '
        'largest on top. Those that are removed are hollow."><g aria-hidden="true">'
        f'{ticks}{names}<g class="race-dots">{circles}</g></g></svg>'
    )


def _pruning_chart(pruned: dict) -> str:
    """Accuracy against neurons kept, on training and on held-out images."""
    rows, width = pruned["rows"][1:], len(pruned["rows"]) - 1
    x = Scale(38, COLUMNS_WIDTH - 10, 1, width, log=True)
    y = Scale(CHART_HEIGHT - 42, 24, 0.45, 1)

    def path(name: str, kind: str) -> str:
        points = "L".join(f"{x(row['kept'])} {y(row[name])}" for row in rows)
        return f'<path class="pruning-line {kind}" data-way="{name.split("_")[0]}" d="M{points}"/>'

    ticks = "".join(
        f'<path class="race-grid" d="M38 {y(level)}H{COLUMNS_WIDTH - 10}"/>'
        f'<text class="race-tick" x="33" y="{y(level) + 4}" text-anchor="end">{level:.0%}</text>'
        for level in (0.5, 0.75, 1)
    )
    ticks += "".join(
        f'<text class="race-tick" x="{x(kept)}" y="{CHART_HEIGHT - 22}" text-anchor="middle">'
        f"{kept}</text>"
        for kept in (1, 3, 10, 30, 100, width)
    )
    now, merged = pruned["rows"][TELLING], pruned["merged"]
    return (
        f'<svg class="race-drawing pruning-chart" viewBox="0 0 {COLUMNS_WIDTH} {CHART_HEIGHT}" '
        f'style="aspect-ratio:{COLUMNS_WIDTH}/{CHART_HEIGHT}" '
        'role="img" aria-label="Accuracy against neurons kept: with the largest neurons the '
        "training accuracy stays at 100% down to a handful; at random it falls much earlier. On "
        f'held-out images it is about {now["largest_held_out"]:.0%} all the way." '
        f'data-x="{x}" data-y="{y}"><g aria-hidden="true">{ticks}'
        f"{path('random_mean', 'is-mean')}{path('random', 'is-training')}"
        f"{path('random_held_out', 'is-held-out')}"
        f"{path('largest', 'is-training')}{path('largest_held_out', 'is-held-out')}"
        f'<path class="race-now" d="M0 14V{CHART_HEIGHT - 42}" '
        f'transform="translate({x(TELLING)} 0)"/>'
        f'<path class="pruning-merged" d="M-5 0L0 -6L5 0L0 6Z" '
        f'transform="translate({x(merged["kept"])} {y(merged["accuracy"])})"/>'
        f'<path class="pruning-merged" d="M-5 0L0 -6L5 0L0 6Z" '
        f'transform="translate({x(merged["kept"])} {y(merged["held_out"])})"/>'
        f'<text class="race-note" x="{x(width)}" y="{y(1) - 8}" text-anchor="end">training '
        f'images</text><text class="race-note" x="{x(width)}" '
        f'y="{y(now["largest_held_out"]) + 19}" text-anchor="end">held-out images</text>'
        f'<text class="race-title" x="{COLUMNS_WIDTH - 10}" y="{CHART_HEIGHT - 6}" '
        'text-anchor="end">neurons kept →</text></g></svg>'
    )
