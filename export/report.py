"""A run as one HTML file: the figures of your own experiment, without a site or a network."""

import json
import tempfile
from html import escape
from pathlib import Path

import altair as alt
import numpy as np
import vl_convert

from export.charts import home, race
from export.charts.base import CONFIG
from export.data.home import frames_of
from racing_core.neurons import arrival_time
from racing_core.summary import summarise

WINNERS = 5
STYLE = """body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;
color:#1c1e26;background:#fff}figure{margin:2rem 0}figcaption{color:#555}.vega-embed{width:100%}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}"""
DRAW = "draw('#chart-%s', %s);"
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


def report(data, seed=None) -> str:
    """The HTML of a report on one network of a run (the first, if no seed is named).

    Args:
        data: a run, as `racing_core.record.load` gives it.
    """
    seed = int(data.seed[0]) if seed is None else seed
    run = data.sel(seed=[seed])
    told = summarise(run)
    config, one = told["configuration"], told["seeds"][0]
    with tempfile.TemporaryDirectory() as folder:
        rows, opening = _write(Path(folder), run)
        figures = {
            "race": (
                race.race_all(Path(folder)),
                "Norm product against the cosine with the direction that a neuron's cluster "
                "shares at that time. Move the time.",
            ),
            "norms": (race.norms(Path(folder)), "The size of every neuron over time."),
            "loss": (home.loss(Path(folder)), "The training loss."),
            "capacity": (
                _capacity(run),
                f"Accuracy when the weakest neurons are pruned; merging the clusters leaves "
                f"{one['capacity']['merged_neurons']} with accuracy "
                f"{one['capacity']['merged_accuracy']:.3g}.",
            ),
        }
        specs = {name: _spec(chart, rows, opening) for name, (chart, _) in figures.items()}
    title = (
        f"{config['task']}: {','.join(config['group_a'])} against {','.join(config['group_b'])}, "
        f"{config['width']} neurons, seed {seed}"
    )
    body = "".join(
        f'<figure><div id="chart-{name}" style="width:100%"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for name, (_, caption) in figures.items()
    )
    winners = "".join(
        f"<tr><td>{w['neuron']}</td><td>{w['cluster'] + 1}</td><td>{w['norm_product']:.3g}</td>"
        f"<td>{'never' if w['arrival_time'] is None else round(w['arrival_time'])}</td></tr>"
        for w in one["winners"][:WINNERS]
    )
    # "</" inside a script would end it.
    drawing = "\n".join(
        DRAW % (name, json.dumps(spec).replace("</", "<\\/")) for name, spec in specs.items()
    )
    settings = ", ".join(f"{name} {config[name]}" for name in ("init", "init_scale", "lr", "steps"))
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{STYLE}</style>
<h1>{escape(title)}</h1>
<p>{escape(settings)}; final loss {one["loss"]:.3g}, accuracy {one["accuracy"]:.3g},
{len(one["clusters"])} clusters.</p>
{body}
<h2>Winners</h2>
<table><tr><th>neuron</th><th>cluster</th><th>|w₁||w₂|</th><th>arrived at step</th></tr>{winners}
</table>
<script>{vl_convert.javascript_bundle()}</script>
<script>{TOGETHER}
{drawing}</script>
</html>
"""


def _write(folder, run):
    """The small files from which the site's charts of a race are drawn.

    Returns:
        The rows of race.json, and the position of the one in which half of the largest cluster has
        arrived.
    """
    run = run.isel(seed=0)
    rows = frames_of(run, run.alignment_shared.values)
    arrival = arrival_time(run.time.values, run.alignment_shared.values)
    arrived = arrival[(run.cluster.values == 0) & ~np.isnan(arrival)]
    middle = round(float(np.median(arrived))) if len(arrived) else 0
    (folder / "race.json").write_text(json.dumps(rows), "utf-8")
    (folder / "numbers.json").write_text(json.dumps({"median_arrival": str(middle)}), "utf-8")
    return rows, min(range(len(rows)), key=lambda i: abs(rows[i]["step"] - middle))


def _spec(chart, rows, opening):
    """A Vega-Lite spec with its data put in, that opens at the row `opening`."""

    def fill(node):
        if isinstance(node, list):
            return [fill(item) for item in node]
        if not isinstance(node, dict):
            return "#1c1e26" if node == "currentColor" else node
        if node.get("url") == "data/race.json":
            return {"values": rows}
        if node.get("name") == "frame":
            return {key: fill(value) for key, value in node.items()} | {"value": opening}
        return {key: fill(value) for key, value in node.items()}

    return fill(chart.to_dict() | {"config": CONFIG})


def _capacity(run) -> alt.Chart:
    rows = [
        {"kept": int(kept), "accuracy": float(accuracy)}
        for kept, accuracy in zip(run.kept.values, run.pruned_accuracy.values[0], strict=True)
        if kept > 0
    ]
    return (
        alt.Chart(alt.InlineData(rows))
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            alt.X("kept:Q", title="neurons kept").scale(type="log", nice=False),
            alt.Y("accuracy:Q", title="training accuracy").scale(zero=False),
            tooltip=["kept:Q", "accuracy:Q"],
        )
        .properties(width="container", height=200)
    )
