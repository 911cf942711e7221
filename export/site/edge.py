"""What the Markdown can say of the edge: a line per change of the playground, and numbers."""

import json
from collections import defaultdict
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError

from export.site.evidence import number

DERIVED = {  # change: section of appendix/edge.md
    **dict.fromkeys(("momentum", "weight_decay"), "momentum"),
    **dict.fromkeys(("batch_10", "batch_50", "batch_10_scaled", "batch_50_scaled"), "minibatches"),
    **dict.fromkeys(("adam_1e-3", "adam_1e-4", "adam_1e-5"), "adam"),
    **dict.fromkeys(("squared", "squared_centred"), "squared"),
    "ten_classes": "classes",
    "two_layers": "depth",
    **dict.fromkeys(("convolution", "torch", "he"), "open"),
}
SIGNS = {  # of `ends` in edge_scales.json
    "forecast", "foresight", "order", "clusters", "clusters_full", "growth",
}  # fmt: skip
FEW = 10  # neurons: of fewer, pruning to 5% leaves too few to say anything
COLUMNS = (
    "Clusters, live", "Order kept", "Top tenth", "Forecast, playground's", "Forecast, extended",
    "All", "Merged", "Pruned", "Random", "Verdict",
)  # fmt: skip


def define_env(env) -> None:
    """Give mkdocs-macros the edge's results."""
    edge = Edge(Path(env.conf["docs_dir"]) / "data" / "evidence")
    env.variables["edge"] = edge.setup
    env.macro(edge.value, "edge_value")
    env.macro(edge.end, "edge_end")
    env.macro(edge.lines, "edge_lines")


class Edge:
    """The published results.

    Attributes:
        changes: rows of edge.json by the name of a line, `momentum` or `two_layers-first`: one per
            start, that of `fan_in` first where there is one.
        setup: how they were made.
    """

    def __init__(self, folder: Path):
        """From the folder docs/data/evidence. PluginError where a file is missing."""
        told, sizes = _read(folder, "edge"), _read(folder, "edge_scales")
        self.changes = defaultdict(list)
        for row in told["rows"]:
            layer = row.get("layer")
            self.changes[row["variant"] + (f"-{layer}" if layer else "")].append(row)
        self.setup = {name: told[name] for name in ("seeds", "steps", "rule")}
        self.setup["width"] = max(row["width"] for row in told["rows"])
        self.ends = sizes["ends"]
        self.setup["starts"] = list(self.ends)

    def row(self, change: str, init: str = "fan_in") -> dict:
        """A change's row. PluginError where there is none."""
        for row in self.changes.get(change, []):
            if row["init"] in (init, "torch", "he"):
                return row
        raise PluginError(f"the edge has no row of {change!r} with {init}")

    def value(self, change: str, measure: str, init: str = "fan_in") -> str:
        """A number of a change, as prose has it."""
        return told(self.row(change, init)[measure])

    def end(self, start: str, sign: str) -> str:
        """The largest size of a start up to which all sizes show a sign, PyTorch's own = 1."""
        if start not in self.ends or sign not in SIGNS:
            raise PluginError(f"the edge's sizes have no sign {sign!r} of {start!r}")
        size = self.ends[start][sign]
        return "none" if size is None else f"{size:g}"

    def lines(self, verdict: str) -> str:
        """The changes with a verdict under their first start, with their numbers, to fold out."""
        found = [change for change, rows in self.changes.items() if rows[0]["verdict"] == verdict]
        return HEAD + "\n".join(self._folded(change) for change in found)

    def _folded(self, change: str) -> str:
        rows = self.changes[change]
        first = rows[0]
        squares = "".join(f'<i class="{_square(row)}"></i>' for row in rows)
        label = ", ".join(f"{row['init']} {row['verdict']}" for row in rows)
        return (
            f'<details class="claim edge" id="edge-{change}"><summary>'
            f'<span class="claim-text"><b>{escape(_name(first))}</b>. {escape(first["reason"])}'
            "</span> "
            + " ".join(f'<span class="edge-number">{one}</span>' for one in _summary(first))
            + f' <span class="claim-cells" role="img" aria-label="{label}">{squares}</span>'
            f"</summary>{_links(first['variant'])}{_trial(rows)}{_table(rows)}</details>"
        )


HEAD = (
    '<p class="edge-head" aria-hidden="true"><span></span><span>clusters</span><span>order</span>'
    "<span>forecast</span><span>pruned</span><span></span></p>\n"
)


def told(value) -> str:
    """Two decimals, three near 1; a count as it is."""
    if value is None:
        return "–"
    if isinstance(value, str | int):
        return f"{value}"
    return number(value, 3 if 0.99 <= abs(value) < 1 else 2)


def _name(row: dict) -> str:
    return row["name"] + (f", {row['layer']} layer" if row.get("layer") else "")


def _summary(row: dict) -> list[str]:
    """Clusters, order, forecast, accuracy when pruned: what a line shows."""
    if "order_kept" not in row:
        return ["–"] * 4
    pruned = _percent(row["pruned"]) if row["width"] * 0.05 >= FEW else "–"
    return [_clusters(row), told(row["order_kept"]), told(row["forecast_extended"]), pruned]


def _clusters(row: dict) -> str:
    return f"{row['live']:.0f}" if row["clusters"] else f"none ({row['live']:.0f})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _square(row: dict) -> str:
    return row["verdict"] if row["verdict"] in ("holds", "weaker", "fails") else "nothing"


def _links(change: str) -> str:
    if change not in DERIVED:
        return ""
    said = "Not derived" if DERIVED[change] == "open" else "Derivation and tests"
    return f'<p><a href="../appendix/edge.md#{DERIVED[change]}">{said}</a></p>'


def _trial(rows: list[dict]) -> str:
    """What the trial had said, and whether these numbers meet it."""
    trial = rows[0]["trial"]
    if trial is None:
        return ""
    met = [row["trial"]["met"] for row in rows]
    said = [
        f"{name} {_range(trial[name])}: {'met' if all(one[name] for one in met) else 'not met'}"
        for name in ("order", "forecast")
    ]
    return f"<p>Our trial: {trial['verdict']}; {'; '.join(said)}.</p>"


def _range(limits: list[float]) -> str:
    low, high = map(told, limits)
    return low if low == high else f"{low} to {high}"


def _table(rows: list[dict]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("Start", *COLUMNS))
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in _cells(row))}</tr>" for row in rows)
    return (
        '<div class="md-typeset__scrollwrap" tabindex="0"><table class="edge-numbers"><thead><tr>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: dict) -> list[str]:
    start = f"<code>{row['init']}</code>"
    if "order_kept" not in row:
        return [start, *["–"] * (len(COLUMNS) - 1), row["verdict"]]
    few = row["width"] * 0.05 < FEW
    kept = [told(row[name]) for name in ("order_kept", "top_tenth")]
    if row["trial"]:
        kept[0] += _beside(row, "order")
    forecasts = [told(row["forecast_full_batch"]), told(row["forecast_extended"])]
    if row["trial"]:
        forecasts[0] += _beside(row, "forecast")
    left = ["–" if few else _percent(row[name]) for name in ("pruned", "random")]
    return [
        start, _clusters(row), *kept, *forecasts, _percent(row["accuracy"]),
        _percent(row["merged"]), *left, row["verdict"],
    ]  # fmt: skip


def _beside(row: dict, name: str) -> str:
    """The trial's number, where ours does not meet it."""
    if row["trial"]["met"][name]:
        return ""
    return f" <small>(trial {_range(row['trial'][name])})</small>"


def _read(folder: Path, name: str) -> dict:
    file = folder / f"{name}.json"
    if not file.is_file():
        raise PluginError(f"docs/data/evidence/{file.name} is missing: run 'racing edge'")
    return json.loads(file.read_text("utf-8"))
