"""The phase diagram: what becomes of the race over initial scale and learning rate.

Cells are compared at the same gradient-flow time lr * steps, so that a small learning rate is not
merely an unfinished run.
"""

import numpy as np

from racing_core import neurons, theory
from racing_core.capacity import live_clusters
from racing_core.config import Config
from racing_core.descent import descend, recorded_times
from racing_core.errors import InputError
from racing_core.network import Parameters, in_span, initial
from racing_core.study.measures import DROP, spearman
from racing_core.study.plan import phase_steps

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
    x, rank = rotation.to_span(task.x), rotation.rank
    times = recorded_times(phase_steps(config.lr))
    shown = np.unique(np.linspace(0, len(times) - 1, SHOWN_TIMES).round().astype(int))
    networks = [
        initial(seed, config.width, rank, task.x.shape[1], config.init, config.init_scale)
        for seed in config.seeds
    ]

    def train(some):
        lr, device, dtype = config.lr, config.device, config.dtype
        return descend(in_span(some, rank), x, task.y, lr, times, device, dtype, kept=shown)

    measured, race, diverged = [], None, 0
    for trained, some in _parts(train, networks):
        if trained is None:
            diverged += 1
            continue
        for index, network in enumerate(some):
            w_in, b, w_out = (part[index].astype(float) for part in trained.parameters)
            rest = (network.w_in[:, rank:] ** 2).sum(-1)
            strength = neurons.norm_product(w_in, w_out, rest)
            start, end = (Parameters(w_in[time], b[time], w_out[time]) for time in (0, -1))
            clusters = neurons.clusters(neurons.cosine_matrix(end))
            loss = trained.loss[index]
            one = {
                "live": int(live_clusters(clusters, strength[-1]).max()) + 1,
                "predicted": spearman(
                    theory.predicted_order(start, x, task.y, config.lr), strength[-1]
                ),
                "loss": loss[-1],
                "accuracy": trained.accuracy[index, -1],
            }
            if (fallen := loss < DROP * loss[0]).any():
                one["drop"] = times[np.argmax(fallen)] * config.lr
            measured.append({name: float(v) for name, v in one.items() if np.isfinite(v)})
            race = race or _race(times[shown], loss[shown], strength)
    return {"diverged": diverged / len(config.seeds), "seeds": measured, "race": race}


def _parts(train, networks):
    """All networks at once, or one by one if any diverges: (trained, or None if so; networks)."""
    try:
        return [(train(networks), networks)]
    except InputError:
        parts = []
        for network in networks:
            try:
                parts.append((train([network]), [network]))
            except InputError:
                parts.append((None, [network]))
        return parts


def _race(times, loss, strength):
    order = np.argsort(-strength[-1])
    shown = order[np.unique(np.linspace(0, len(order) - 1, SHOWN_NEURONS).round().astype(int))]
    return {
        "time": times.astype(int).tolist(),
        "loss": loss.round(4).tolist(),
        "log_norm_product": np.log10(np.maximum(strength[:, shown], 1e-12)).T.round(2).tolist(),
    }
