"""From the study's numbers to verdicts: intervals, cells, and what a claim comes to over all.

In a cell (a task with an initialisation) a claim holds where the 95 % bootstrap interval of the
mean over seeds lies inside its range, fails where it lies outside, and is undecided where it
straddles an edge.
"""

import numpy as np

from racing_core.study.plan import Cell

RESAMPLES = 2_000
CONFIDENCE = 95  # percent, of the intervals


def cells(results) -> dict[str, dict[Cell, dict[int, dict]]]:
    """{kind: {cell: {seed: its measures}}} from the study's (job, result) pairs, without scans.

    The kind `width` has, for each seed, the exponent of the number of live clusters in the span in
    the width, by least squares over all widths that the seed was trained at.
    """
    found = {}
    for job, result in results:
        if job.kind in ("race", "long", "neuron_tickets", "weight_tickets"):
            found.setdefault(job.kind, {}).setdefault(job.cell, {}).update(by_seed(result))
    if width := _exponents(results):
        found["width"] = width
    return found


def by_seed(result) -> dict[int, dict]:
    """A result's networks, by seed: a batch that is missing moves no other seed's place."""
    return {int(seed): network for seed, network in result["networks"].items()}


def _exponents(results):
    """{cell: {seed: {"exponent"}}} from the scans of the width."""
    live = {}
    for job, result in results:
        if job.kind == "scan" and job.variable == "width":
            seeds = live.setdefault(job.cell, {})
            for seed, network in by_seed(result).items():
                seeds.setdefault(seed, []).append((job.value, network["live"]["span"]))
    exponents = {}
    for cell, seeds in live.items():
        for seed, pairs in seeds.items():
            if len(pairs) > 1:
                widths, counts = np.log(pairs).T
                exponent = float(np.polyfit(widths, counts, 1)[0])
                exponents.setdefault(cell, {})[seed] = {"exponent": exponent}
    return exponents


def judge(claim, networks) -> dict:
    """What a claim comes to in one cell.

    Args:
        networks: {seed: its measures}.

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


def values_of(claim, networks, seeds=None):
    """The claim's number for each seed (by default all), NaN where there is nothing to compare."""

    def value(seed):
        try:
            return claim.value(networks[seed])
        except KeyError:
            return np.nan

    return np.array([value(seed) for seed in (networks if seeds is None else seeds)])


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
    """A claim over all its cells: {cell: {seed: its measures}}.

    `verdict`: `holds` in every cell, `not confirmed` where it holds in none, else `with a
    condition`, namely the cells in `holds_in`; `counted` where there is no range. `mean`, `low` and
    `high` are those of the mean over the cells that have something to compare.
    """
    judged = {cell: judge(claim, networks) for cell, networks in cells.items()}
    holds = [cell for cell, found in judged.items() if found["verdict"] == "holds"]
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
        **_mean_of_cells(claim, cells, judged),
        "verdict": verdict,
        "holds_in": len(holds),
        "of": len(cells),
        "condition": condition(judged) if verdict == "with a condition" else "",
        "cells": [{**cell._asdict(), **found} for cell, found in judged.items()],
    }


def _mean_of_cells(claim, cells, judged):
    """Mean over the cells that have something to compare, with its interval."""
    testable = [cell for cell, found in judged.items() if found["mean"] is not None]
    if not testable:
        return {"mean": None, "low": None, "high": None}
    seeds = sorted({seed for cell in testable for seed in cells[cell]})
    values = np.array([values_of(claim, cells[cell], seeds) for cell in testable])  # (cells, seeds)
    low, high = interval(values)
    mean = np.mean([judged[cell]["mean"] for cell in testable])
    return {"mean": number(mean), "low": number(low), "high": number(high)}


def condition(judged):
    """Where a claim does not hold, in words: whole initialisations and tasks before single cells.

    Args:
        judged: {cell: what `judge` returns}.
    """
    left = [cell for cell, found in judged.items() if found["verdict"] != "holds"]
    parts = []
    for field, others in (("init", "task"), ("task", "start")):
        for name in dict.fromkeys(getattr(cell, field) for cell in judged):
            same = [cell for cell in judged if getattr(cell, field) == name]
            if len(same) > 1 and all(cell in left for cell in same):
                parts.append(f"every {others} with {name}")
                left = [cell for cell in left if cell not in same]
    return "; ".join(parts + [f"{cell.task} with {cell.init}" for cell in left])


def _finite(value):
    return value if np.isfinite(value) else None
