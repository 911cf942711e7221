"""From the study's numbers to verdicts: in a cell, and for a grouping that nobody has tried.

In a cell (a task with an initialization) a claim holds where the 95 % bootstrap interval of the
mean over seeds lies inside its range, fails where it lies outside, and is undecided where it
straddles an edge.

For a *new grouping* the drawn groupings count, under one initialization: in how many of them is the
mean over seeds in the range? A claim holds where more than three in four new groupings must be
expected in the range, fails where fewer than one in four must, and depends on the grouping
otherwise. "Must" is a binomial test whose p-value, adjusted over all claims and initializations
(Benjamini and Hochberg's false discovery rate), is at most 5 %.
"""

import zlib

import numpy as np
from scipy.stats import binomtest, false_discovery_control

from racing_core.study import plan
from racing_core.study.plan import Cell

RESAMPLES = 2_000
CONFIDENCE = 95  # percent, of the intervals
# Ours, set before a drawn grouping was run: the share of new groupings at which a claim holds or
# fails, and the share of such verdicts that may be due to chance.
MOST, FEWEST = 3 / 4, 1 / 4
FALSE_DISCOVERIES = 0.05


def cells(results) -> dict[str, dict[Cell, dict[int, dict]]]:
    """{kind: {cell: {seed: its measures}}} from the study's (job, result) pairs, without scans.

    The kind `width` has, for each seed, the exponent of the number of live clusters in the span in
    the width, by least squares over all widths that the seed was trained at.
    """
    found = {}
    for job, result in results:
        if job.kind in ("race", "double", "long", "neuron_tickets", "weight_tickets"):
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


def judge(claim, networks, cell) -> dict:
    """The verdict on a claim in one cell.

    Args:
        networks: {seed: its measures}.
        cell: the cell, by which the bootstrap is seeded.

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
    low, high = interval(known[None], f"{claim.name} {cell}")
    return {
        "mean": number(known.mean()),
        "low": number(low),
        "high": number(high),
        "seeds": len(known),
        "verdict": _verdict(claim, low, high),
    }


def values_of(claim, networks):
    """The claim's number for each seed, NaN where there is nothing to compare."""

    def value(measures):
        try:
            return claim.value(measures)
        except KeyError:
            return np.nan

    return np.array([value(measures) for measures in networks.values()])


def interval(values, name):
    """95 % hierarchical bootstrap interval of a mean: tasks are drawn, then seeds within each.

    Args:
        values: (tasks, seeds), NaN for none.
        name: what is estimated; its draws are its own.
    """
    tasks, seeds = values.shape
    draw = np.random.RandomState(zlib.crc32(name.encode()))
    chosen = draw.randint(tasks, size=(RESAMPLES, tasks)) if tasks > 1 else np.zeros((1, 1), int)
    members = draw.randint(seeds, size=(RESAMPLES, tasks, seeds))
    means = _mean(values[chosen[..., None], members], axis=2)  # (RESAMPLES, tasks)
    return np.nanpercentile(_mean(means, axis=1), [50 - CONFIDENCE / 2, 50 + CONFIDENCE / 2])


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


def over_tasks(claim, networks, name) -> dict:
    """A claim over tasks that were drawn, under one initialization.

    Args:
        networks: {task: {seed: its measures}}.
        name: what the tasks are, by which the bootstrap is seeded.

    Returns:
        `mean`, `low`, `high` over the tasks that have something to compare, in the mean of their
        seeds (the interval's tasks and seeds are both drawn); `least`, `most` of the tasks' means;
        `of`, the number of these tasks; `in_range`, how many of their means lie in the claim's
        range, and `outside`, the names of the others (None where the claim has no range).
    """
    values = {task: values_of(claim, seeds) for task, seeds in networks.items()}
    values = {task: found for task, found in values.items() if not np.isnan(found).all()}
    none = dict.fromkeys(("mean", "low", "high", "least", "most", "in_range", "outside"))
    if 2 * len(values) < len(networks) or not values:
        return none | {"of": 0}
    most = max(map(len, values.values()))
    table = np.full((len(values), most), np.nan)
    for row, found in zip(table, values.values(), strict=True):
        row[: len(found)] = found
    means = dict(zip(values, _mean(table, axis=1), strict=True))
    low, high = interval(table, f"{claim.name} {name}")
    summary = {
        "mean": number(np.mean(list(means.values()))),
        "low": number(low),
        "high": number(high),
        "least": number(min(means.values())),
        "most": number(max(means.values())),
        "of": len(means),
    }
    if claim.low is None:
        return none | summary
    outside = [task for task, mean in means.items() if not claim.low <= mean <= claim.high]
    return summary | {"in_range": len(means) - len(outside), "outside": outside}


def for_a_new_grouping(counts) -> list[str]:
    """The verdict on each claim under one initialization, for a grouping that nobody has tried.

    Args:
        counts: (in range, of) for every claim and initialization; (None, n) for a claim that is
            only counted.
    """
    tested = [place for place, (inside, of) in enumerate(counts) if inside is not None and of]
    verdicts = ["counted" if of else "nothing to compare" for _, of in counts]
    if not tested:
        return verdicts
    holds, fails = (
        false_discovery_control(
            [binomtest(*counts[place], share, alternative).pvalue for place in tested]
        )
        for share, alternative in ((MOST, "greater"), (FEWEST, "less"))
    )
    for place, held, failed in zip(tested, holds, fails, strict=True):
        if held <= FALSE_DISCOVERIES:
            verdicts[place] = "holds"
        else:
            verdicts[place] = "fails" if failed <= FALSE_DISCOVERIES else "depends on the grouping"
    return verdicts


def overall(groupings) -> dict:
    """One verdict from those under each initialization: {initialization: verdict}.

    `verdict`: `holds` under each of them; `under some initializations`, those in `condition`; else
    `not confirmed`; `counted` where there is no range, `not drawn` where no grouping was run.
    """
    said = set(groupings.values())
    holds = [init for init, verdict in groupings.items() if verdict == "holds"]
    if not said or said == {"counted"}:
        return {"verdict": "counted" if said else "not drawn", "condition": ""}
    if len(holds) == len(groupings):
        return {"verdict": "holds", "condition": ""}
    if holds:
        return {"verdict": "under some initializations", "condition": ", ".join(holds)}
    return {"verdict": "not confirmed", "condition": ""}


def judged(claims, results) -> list[dict]:
    """Every claim that the results say something about: its verdict, and all that led to it.

    Returns:
        One dict per claim: the claim's own words; `range`; `verdict` and `condition`, see
        `overall`; `groupings`, one dict per initialization, `over_tasks` of all drawn groupings
        with its `verdict`, and the same for the `first` ones and those that were `held_back`;
        `images`, `over_tasks` of the default grouping with other images, one dict per
        initialization; `cells`, one dict per cell of the tasks that we chose.
    """
    found = cells(results)
    rows = [_row(claim, found[claim.kind]) for claim in claims if claim.kind in found]
    for name in ("all", "first", "held_back"):
        parts = [group[name] for row in rows for group in row["groupings"]]
        verdicts = for_a_new_grouping([(part["in_range"], part["of"]) for part in parts])
        for part, verdict in zip(parts, verdicts, strict=True):
            part["verdict"] = verdict
    return [
        row
        | overall({group["init"]: group["all"]["verdict"] for group in row["groupings"]})
        | {"groupings": [_flat(group) for group in row["groupings"]]}
        for row in rows
    ]


def _row(claim, found):
    drawn = {"all": plan.DRAWN | plan.HELD_BACK, "first": plan.DRAWN, "held_back": plan.HELD_BACK}
    groupings = [
        {"init": init}
        | {name: over_tasks(claim, _of(found, tasks, init), init) for name, tasks in drawn.items()}
        for init in plan.INITS
        if _of(found, drawn["all"], init)
    ]
    images = [
        {"init": init} | over_tasks(claim, networks, f"images {init}")
        for init in plan.INITS
        if (networks := _of(found, plan.IMAGES, init))
    ]
    others = drawn["all"] | plan.IMAGES
    return {
        "name": claim.name,
        "part": claim.part,
        "label": claim.label,
        "text": claim.text,
        "measure": claim.measure,
        "unit": claim.unit,
        "range": None if claim.low is None else [_finite(claim.low), _finite(claim.high)],
        "groupings": groupings,
        "images": images,
        "cells": [
            {**cell._asdict(), **judge(claim, networks, cell)}
            for cell, networks in found.items()
            if cell.task not in others
        ],
    }


def _flat(group):
    """The first and held-back groupings only by their counts: their numbers are among all's."""
    parts = {name: {k: group[name][k] for k in ("in_range", "of", "verdict")}
             for name in ("first", "held_back")}  # fmt: skip
    return {"init": group["init"], **group["all"], **parts}


def _of(found, tasks, init):
    """{task: {seed: its measures}} of the cells of some tasks under an initialization."""
    return {
        cell.task: networks
        for cell, networks in found.items()
        if cell.task in tasks and cell.init == init
    }


def precision(claims, results) -> dict:
    """What training in float32 changes: the same networks in float64.

    Returns:
        `networks` that were trained in both; `numbers`, the claims' numbers that were compared, and
        how many of them change by more than 1 % (`moved`) or leave or enter their range
        (`crossed`); `verdicts`, claims with an initialization, and in how many another number of
        groupings lies in the range (`changed`).
    """
    found = cells(results)
    doubles, singles = found.get("double", {}), found.get("race", {})
    pairs = {
        cell: {seed: (singles[cell][seed], doubles[cell][seed]) for seed in doubles[cell]}
        for cell in doubles
        if cell in singles
    }
    told = {"networks": sum(map(len, pairs.values())), "numbers": 0, "moved": 0, "crossed": 0}
    verdicts = []
    for claim in claims:
        if claim.kind != "race":
            continue
        for networks in pairs.values():
            for pair in networks.values():
                single, double = values_of(claim, dict(enumerate(pair)))
                if not np.isnan([single, double]).all():
                    told["numbers"] += 1
                    told["moved"] += not abs(single - double) <= 0.01 * abs(double)
                    told["crossed"] += _inside(claim, single) != _inside(claim, double)
        for init in sorted({cell.init for cell in pairs}) if claim.low is not None else ():
            counts = [
                over_tasks(
                    claim,
                    {c.task: {s: both[which] for s, both in networks.items()}
                     for c, networks in pairs.items() if c.init == init},
                    init,
                )["in_range"]
                for which in (0, 1)
            ]  # fmt: skip
            verdicts.append(counts[0] != counts[1])
    return told | {"verdicts": len(verdicts), "changed": sum(verdicts)}


def _inside(claim, value):
    return claim.low is None or bool(claim.low <= value <= claim.high)


def _finite(value):
    return value if np.isfinite(value) else None
