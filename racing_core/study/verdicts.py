"""From the study's numbers to verdicts: intervals, cells, and what a claim comes to over all.

In a cell (a task with an initialisation) a claim holds where the 95 % bootstrap interval of the
mean over seeds lies inside its range, fails where it lies outside, and is undecided where it
straddles an edge.
"""

import numpy as np

RESAMPLES = 2_000
CONFIDENCE = 95  # percent, of the intervals


def cells(results) -> dict[str, dict[str, list[dict]]]:
    """{kind: {cell: a dict of measures for each seed}} from the study's (job, result) pairs.

    The kind `width` has a cell for each task and initialisation: for each seed the exponent of the
    number of live clusters in the span in the width, by least squares over all widths that the seed
    was trained at. `long` has the races that go on for longer.
    """
    found = {}
    for job, result in results:
        if "measures" in result:
            kind = "long" if job.cell.startswith("long/") else job.kind
            found.setdefault(kind, {}).setdefault(job.cell, []).extend(result["measures"])
    live = {}
    for name, networks in found.get("scan", {}).items():
        variable, value, cell = scanned(name)
        if variable == "width":
            for seed, one in enumerate(networks):
                seeds = live.setdefault(cell, {})
                seeds.setdefault(seed, []).append((value, one["live_span"]))
    for cell, seeds in live.items():
        pairs = [np.log(of).T for of in seeds.values() if len(of) > 1]
        if pairs:
            found.setdefault("width", {})[cell] = [
                {"exponent": float(np.polyfit(widths, counts, 1)[0])} for widths, counts in pairs
            ]
    return found


def scanned(name):
    """(variable, value, TASK/INIT) of a scan's cell."""
    variable, value, cell = name.split("/", 2)
    return variable, float(value), cell


def judge(claim, networks) -> dict:
    """What a claim comes to in one cell.

    Args:
        networks: a dict of measures for each seed.

    Returns:
        `mean`, `low`, `high` (the 95 % bootstrap interval of the mean; None where fewer than half
        of the networks have anything to compare), `seeds` (how many have) and `verdict`.
    """
    values = values_of(claim, networks)
    known = values[~np.isnan(values)]
    if 2 * len(known) < len(values) or not len(known):
        return dict.fromkeys(("mean", "low", "high")) | {
            "seeds": len(known), "verdict": "nothing to compare",
        }  # fmt: skip
    low, high = interval(known[None])
    return {
        "mean": number(known.mean()),
        "low": number(low),
        "high": number(high),
        "seeds": len(known),
        "verdict": _verdict(claim, low, high),
    }


def values_of(claim, networks):
    """The claim's number for each network, NaN where there is nothing to compare."""

    def value(measures):
        try:
            return claim.value(measures)
        except KeyError:
            return np.nan

    return np.array([value(measures) for measures in networks])


def interval(values):
    """95 % bootstrap interval of a mean: over seeds within a cell, then over cells.

    Args:
        values: (cells, seeds); the same seeds are drawn for every cell. NaN for none.
    """
    draws = np.random.RandomState(0).randint(values.shape[1], size=(RESAMPLES, values.shape[1]))
    means = _mean(values[:, draws], axis=2)  # (cells, RESAMPLES)
    return np.nanpercentile(_mean(means, axis=0), [50 - CONFIDENCE / 2, 50 + CONFIDENCE / 2])


def _mean(values, axis):
    """Mean along an axis of what is known, NaN where nothing is (and no warning about it)."""
    known = ~np.isnan(values)
    sums, counts = np.where(known, values, 0).sum(axis), known.sum(axis)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def number(value):
    """A float with four significant digits, as it is published; what is mere rounding is 0."""
    return float(f"{value:.4g}") if abs(value) > 1e-12 else 0.0


def _verdict(claim, low, high):
    if claim.low is None:
        return "counted"
    if claim.low <= low and high <= claim.high:
        return "holds"
    if high < claim.low or low > claim.high:
        return "fails"
    return "undecided"


def overall(claim, cells) -> dict:
    """A claim over all its cells: {cell: networks}.

    `verdict`: `holds` in every cell, `not confirmed` where it holds in none, else `with a
    condition`, namely the cells in `holds_in`; `counted` where there is no range. `mean`, `low` and
    `high` are those of the mean over the cells that have something to compare.
    """
    judged = {cell: judge(claim, networks) for cell, networks in cells.items()}
    testable = [cell for cell, found in judged.items() if found["mean"] is not None]
    holds = [cell for cell, found in judged.items() if found["verdict"] == "holds"]
    found = {"mean": None, "low": None, "high": None}
    if testable:
        values = [values_of(claim, cells[cell]) for cell in testable]
        seeds = max(map(len, values))  # a cell may have fewer than others
        padded = [np.pad(one, (0, seeds - len(one)), constant_values=np.nan) for one in values]
        low, high = interval(np.array(padded))
        mean = np.mean([judged[cell]["mean"] for cell in testable])
        found = {"mean": number(mean), "low": number(low), "high": number(high)}
    if claim.low is None:
        verdict = "counted"
    elif len(holds) == len(cells):
        verdict = "holds"
    else:
        verdict = "with a condition" if holds else "not confirmed"
    return {
        "name": claim.name,
        "part": claim.part,
        "label": claim.label,
        "text": claim.text,
        "measure": claim.measure,
        "range": None if claim.low is None else [_finite(claim.low), _finite(claim.high)],
        **found,
        "verdict": verdict,
        "holds_in": len(holds),
        "of": len(cells),
        "condition": condition(judged) if verdict == "with a condition" else "",
        "cells": [{"cell": cell, **found} for cell, found in judged.items()],
    }


def condition(judged):
    """Where a claim does not hold, in words: whole initialisations and tasks before single cells.

    Args:
        judged: {"TASK/INIT": what `judge` returns}.
    """
    left = [cell for cell, found in judged.items() if found["verdict"] != "holds"]
    parts = []
    for position in (1, 0):
        for name in dict.fromkeys(_place(cell)[position] for cell in judged):
            same = [cell for cell in judged if _place(cell)[position] == name]
            if len(same) > 1 and all(cell in left for cell in same):
                parts.append(f"every {'task' if position else 'start'} with {name}")
                left = [cell for cell in left if cell not in same]
    return "; ".join(parts + [" with ".join(_place(cell)) for cell in left])


def _place(cell):
    """(task, initialisation) of a cell's name."""
    return tuple(cell.rsplit("/", 1))


def _finite(value):
    return value if np.isfinite(value) else None
