"""From the edge's cells to the two tables that the site shows."""

import dataclasses

from racing_core.config import Config
from racing_core.study.edge import plan, scales
from racing_core.study.edge.rows import rows
from racing_core.study.edge.variants import RULE
from racing_core.tasks import DEFAULT_GROUPS

MEASURES = (
    "accuracy", "loss", "dropped", "drop", "followed", "clustered", "clustered_full", "live",
    "order_start", "order_kept", "top_tenth", "forecast_full_batch", "forecast_extended", "growth",
    "verdict",
)  # fmt: skip


def tables(results) -> dict:
    """`edge` and `edge_scales`, by the names under which `export.data.evidence` publishes them.

    Args:
        results: (cell, content) pairs of `runner.load`.

    Returns:
        For each that has results a dict of `rows` and what else its file says.
    """
    variants = [(cell, content) for cell, content in results if cell.relative is None]
    sizes = [(cell, content) for cell, content in results if cell.relative is not None]
    found = {}
    if variants:
        found["edge"] = {"rows": _variants(variants), **_setup(variants)}
    if sizes:
        curve = _sizes(sizes)
        found["edge_scales"] = {"rows": curve, "ends": _ends(curve), **_setup(sizes)}
    return found


def _variants(results):
    """A row per variant, start and hidden layer."""
    return [
        {"variant": cell.variant, "width": cell.fields["width"]} | row
        for cell, content in results
        for row in _rows(cell, content)
    ]


def _sizes(results):
    """A row per start and size."""
    return [
        {"start": cell.init, "relative": cell.relative, "init_scale": cell.fields["init_scale"]}
        | {name: row.get(name) for name in MEASURES}
        for cell, content in results
        for row in _rows(cell, content)
    ]


def _rows(cell, content):
    if "diverged" in content:
        return [{"name": cell.changes.name, "init": cell.init, "verdict": "diverged"}]
    return rows(cell.changes, cell.init, content["networks"])


def _ends(curve):
    """For each start, by each sign, the largest size up to which all race (`scales.ends`)."""
    starts = dict.fromkeys(row["start"] for row in curve)
    return {start: scales.ends([r for r in curve if r["start"] == start]) for start in starts}


def _setup(results):
    """How the rows were made; equal in all of them, or a list."""
    contents = [content for _, content in results]
    groups = DEFAULT_GROUPS[Config.task]
    return {
        "seeds": list(plan.SEEDS),
        "steps": plan.STEPS,
        "task": f"{Config.task}, {' against '.join('+'.join(group) for group in groups)}",
        "rule": dataclasses.asdict(RULE),
        "code": _only(content["code"] for content in contents),
        "versions": _only(content["versions"] for content in contents),
        "machine": _only(content["machine"] for content in contents),
        "cpu_seconds": round(sum(content["seconds"] for content in contents)),
    }


def _only(values):
    """What all are; a list where they differ."""
    different = []
    for value in values:
        if value not in different:
            different.append(value)
    return different[0] if len(different) == 1 else different
