"""A run as one HTML file: the figures of your own experiment, without a site or a network."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import altair as alt
import numpy as np
import vl_convert

from export.charts import race
from export.charts.base import CONFIG, TEXT
from export.data import base
from export.site.cache import memory
from export.site.draw import filled_in
from racing_core.errors import printable
from racing_core.neurons import arrival_time
from racing_core.summary import of_network, summarise

STYLE = """body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;
color:#1c1e26;background:#fff}figure{margin:2rem 0}figcaption{color:#555}.vega-embed{width:100%}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}"""
MARGIN = 0.02  # of accuracy, so that a constant one has an axis
# Parameters of the same name are kept equal, as on the site.
TOGETHER = """const views = [];
const options = {actions: {export: true, source: false, editor: false, compiled: false}};
async function draw(place, spec) {
  const {view} = await vegaEmbed(place, spec, options);
  views.push(view);
  for (const {name} of spec.params ?? []) {
    view.addSignalListener(name, (_, value) => {
      for (const other of views) {
        if (other !== view && name in other.getState().signals && other.signal(name) !== value) {
          other.signal(name, value).run();
        }
      }
    });
  }
}"""


@dataclass(frozen=True)
class Drawn:
    """A figure of the report: its name, its Vega-Lite spec as JSON, and what to see."""

    name: str
    spec: str
    caption: str

    def html(self) -> str:
        return (
            f'<figure><div id="chart-{self.name}" style="width:100%"></div>'
            f"<figcaption>{escape(self.caption)}</figcaption></figure>"
        )

    def script(self) -> str:
        spec = self.spec.replace("</", "<\\/")  # "</" inside a script would end it
        return f"draw('#chart-{self.name}', {spec});"


PARTS = 5  # four figures, and the libraries that move them


def report(data, seed=None, on_part=lambda: None) -> str:
    """The HTML of a report on one network of a run (the first, if no seed is named).

    Args:
        data: a run, as `run_file.read` or `run_file.load` of `racing_core` gives it.
        on_part: called when one of PARTS is there.
    """
    seeds = np.asarray(data["seed"]).tolist()
    index = 0 if seed is None else seeds.index(seed)
    summary = summarise(data)
    config, network = summary["configuration"], summary["seeds"][index]
    figures = []
    for figure in _figures(np.asarray(data["time"]), of_network(data, index), network):
        figures.append(figure)
        on_part()
    libraries = _libraries()
    on_part()
    title = (
        f"{config['task']}: {','.join(config['group_a'])} against {','.join(config['group_b'])}, "
        f"{config['width']} neurons, seed {network['seed']}"
    )
    title = printable(title)
    settings = ", ".join(f"{name} {config[name]}" for name in ("init", "init_scale", "lr", "steps"))
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{STYLE}</style>
<h1>{escape(title)}</h1>
<p>{escape(settings)}; final loss {network["loss"]:.3g}, accuracy {network["accuracy"]:.3g},
{len(network["clusters"])} clusters.{_idle(network)}</p>
{"".join(figure.html() for figure in figures)}
<h2>Winners</h2>
{_winners(network["winners"])}
<script>{libraries}</script>
<script>{TOGETHER}
{chr(10).join(figure.script() for figure in figures)}</script>
</html>
"""


@memory.cache
def _libraries() -> str:
    """Vega and what belongs to it: to put them together takes most of a report's time."""
    return vl_convert.javascript_bundle()


def _idle(network) -> str:
    if network["learned"]:
        return ""
    return " This network has not learned: its loss has stayed where it started."


def _figures(time, run, network) -> Iterator[Drawn]:
    """The report's figures one by one, from a network's part of the run and of the summary.

    Args:
        time: recorded steps (T,). run: arrays by name, of one network.
    """
    capacity = network["capacity"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "race.json").write_bytes(base.as_json(_race(time, run)))
        told = race.Race.read(folder, "race.json")

        def drawn(name, chart, caption):
            return Drawn(name, _spec(chart, folder), caption)

        yield drawn("race", race.race_all(told, alone=True), _race_caption(told))
        yield drawn("norms", race.norms(told), "The size of every neuron over time.")
        yield drawn("loss", race.loss(told), "The training loss.")
        yield drawn(
            "capacity",
            _capacity(capacity["pruned"]),
            f"Accuracy when the weakest neurons are pruned; merging the clusters leaves "
            f"{capacity['merged_neurons']} with accuracy {capacity['merged_accuracy']:.3g}.",
        )


def _race(time, run) -> dict:
    """The file from which the race is drawn; it opens when half of the first cluster is there."""
    labels, shared = run["cluster"], run["alignment_shared"]  # (d,), (T, d)
    arrival = arrival_time(time, shared)[labels == 0]
    arrived = arrival[~np.isnan(arrival)]
    return base.race(
        "The race of all neurons of a run, a row per recorded time.",
        time,
        labels,
        {"loss": run["loss"], "accuracy": run["accuracy"]},
        {"norm_product": run["norm_in"] * run["norm_out"], "shared": shared},
        opening_step=np.median(arrived) if len(arrived) else 0,
    )


def _race_caption(told: race.Race) -> str:
    caption = (
        "Norm product against the cosine with the direction that a neuron's cluster shares at that "
        "time. Move the time."
    )
    alone = sum(cluster > told.shared for cluster in told.frames[-1]["cluster"])
    if alone:
        caption += (
            f" Squares: the neurons that are alone in their cluster, {alone} of "
            f"{len(told.frames[-1]['cluster'])}. Each is its own direction, so its cosine is 1."
        )
    return caption


def _spec(chart: alt.TopLevelMixin, folder: Path) -> str:
    """A Vega-Lite spec with its data put in, in the colours of a white page."""
    spec = filled_in(chart.to_dict() | {"config": CONFIG}, folder)
    return json.dumps(spec, allow_nan=False).replace("currentColor", TEXT["light"])


def _capacity(pruned: list[dict]) -> alt.Chart:
    """Accuracy against neurons kept, from the summary's rows."""
    rows = [row for row in pruned if row["kept"] > 0]
    accuracies = [row["accuracy"] for row in rows]
    low, high = max(0, min(accuracies) - MARGIN), min(1, max(accuracies) + MARGIN)
    return (
        alt.Chart(alt.InlineData(rows))
        .mark_line(strokeWidth=2, interpolate="step-after", point=len(rows) == 1)
        .encode(
            alt.X("kept:Q", title="neurons kept").scale(type="log", nice=False),
            alt.Y("accuracy:Q", title="training accuracy")
            .scale(domain=[low, high], nice=False)
            .axis(format=".3~f", tickCount=5),
            tooltip=["kept:Q", "accuracy:Q"],
        )
        .properties(width="container", height=200)
    )


def _winners(winners: list[dict]) -> str:
    """The summary's winners as a table."""
    rows = "".join(
        f"<tr><td>{w['neuron']}</td><td>{w['cluster'] + 1}</td><td>{w['norm_product']:.3g}</td>"
        f"<td>{'never' if w['arrival_time'] is None else round(w['arrival_time'])}</td></tr>"
        for w in winners
    )
    return (
        "<table><tr><th>neuron</th><th>cluster</th><th>|w₁||w₂|</th><th>arrived at step</th></tr>"
        f"{rows}</table>"
    )
