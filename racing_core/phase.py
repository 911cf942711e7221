"""The phase diagram: what becomes of the race over initial scale and learning rate.

Cells are compared at the same gradient-flow time lr * steps, so that a small learning rate is not
merely an unfinished run.
"""

import dataclasses

import numpy as np

from racing_core.capacity import live_clusters
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.measures import Run, spearman
from racing_core.plan import phase_steps
from racing_core.record import simulate

SHOWN_NEURONS, SHOWN_TIMES = 8, 14  # of the race that a cell shows


def cell(config: Config, task, rotation) -> dict:
    """One cell, from networks with several seeds; lr decides the number of steps.

    Returns:
        `diverged`: share of seeds whose loss ends above its start or is not finite. `seeds`: one
        dict for each other seed, with the `live` clusters in the span (see
        `capacity.live_clusters`), `predicted`: Spearman of the theory's order at t = 0 with the
        final norm products, `drop`: lr * steps at which the loss has fallen by 10 % (absent if it
        has not), `loss`, `accuracy`. `race`: of the first of those seeds, loss and norm products at
        a few times.
    """
    config = dataclasses.replace(config, steps=phase_steps(config.lr))
    measured, race, diverged = [], None, 0
    for one in _parts(config, task, rotation):
        if one is None:
            diverged += 1
            continue
        for index in range(len(one.config.seeds)):
            run = Run(one, index)
            measured.append(_measured(run, one.trajectory.accuracy[index, -1]))
            race = race or _race(run)
    return {"diverged": diverged / len(config.seeds), "seeds": measured, "race": race}


def _parts(config, task, rotation):
    """All networks at once, or one by one if any diverges (None for those that do)."""
    try:
        return [simulate(config, task=task, rotation=rotation)]
    except InputError:
        parts = []
        for seed in config.seeds:
            try:
                alone = dataclasses.replace(config, seeds=(seed,))
                parts.append(simulate(alone, task=task, rotation=rotation))
            except InputError:
                parts.append(None)
        return parts


def _measured(run, accuracy):
    final = run.strength[-1]
    found = {
        "live": int(live_clusters(run.span_labels, final).max()) + 1,
        "predicted": float(spearman(run.foreseen, final)),
        "loss": float(run.loss[-1]),
        "accuracy": float(accuracy),
    }
    if run.drop:
        found["drop"] = float(run.time[run.drop] * run.config.lr)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _race(run):
    last = len(run.time) - 1
    times = np.unique(np.linspace(0, last, SHOWN_TIMES).round().astype(int))
    order = np.argsort(-run.strength[-1])
    shown = order[np.unique(np.linspace(0, len(order) - 1, SHOWN_NEURONS).round().astype(int))]
    strength = np.log10(np.maximum(run.strength[times][:, shown], 1e-12))
    return {
        "time": run.time[times].astype(int).tolist(),
        "loss": run.loss[times].round(4).tolist(),
        "log_norm_product": strength.T.round(2).tolist(),
    }
