"""The phase diagram: what becomes of the race over initial scale and learning rate.

Cells are compared at the same gradient-flow time lr * steps (see `plan`), so that a small learning
rate is not merely an unfinished run.
"""

import numpy as np

from racing_core import neurons, theory
from racing_core.capacity import live_clusters
from racing_core.config import Config
from racing_core.descent import descend, recorded_times
from racing_core.errors import InputError
from racing_core.network import Parameters, in_span, initial
from racing_core.study.measures import DROP, finite, spearman

SHOWN_NEURONS, SHOWN_TIMES = 8, 14  # of the race that a cell shows


def phase(config: Config, task, rotation) -> list[dict | None]:
    """One cell of the diagram: a dict per seed, None where training diverged.

    `live`: live clusters in the span (see `capacity.live_clusters`); `predicted`: Spearman of the
    theory's order at t = 0 with the final norm products; `drop`: lr * steps at which the loss has
    fallen by 10 % (absent if it has not); `loss`, `accuracy`: at the end; `race`: loss and norm
    products of a few neurons at a few times.
    """
    x, rank = rotation.to_span(task.x), rotation.rank  # (N, r)
    times = recorded_times(config.steps)
    shown = np.unique(np.linspace(0, len(times) - 1, SHOWN_TIMES).round().astype(int))
    networks = [
        initial(seed, config.width, rank, task.x.shape[1], config.init, config.init_scale)
        for seed in config.seeds
    ]

    def train(some):
        start, lr = in_span(some, rank), config.lr
        trained = descend(start, x, task.y, lr, times, config.device, config.dtype, kept=shown)
        parts = zip(trained.loss, trained.accuracy, *trained.parameters, strict=True)
        return [(loss, right, Parameters(*weights)) for loss, right, *weights in parts]

    found = []
    for network, trained in zip(networks, _all_or_one_by_one(train, networks), strict=True):
        if trained is None:
            found.append(None)
            continue
        loss, accuracy, history = trained
        history = Parameters(*(part.astype(float) for part in history))  # at the shown times
        rest = (network.w_in[:, rank:] ** 2).sum(-1)
        strength = neurons.norm_product(history.w_in, history.w_out, rest)  # (shown, d)
        drop = neurons.first(loss < DROP * loss[0])
        measured = {
            **_end(history, strength[-1], x, task.y, config.lr),
            "drop": np.nan if drop is None else times[drop] * config.lr,
            "loss": loss[-1],
            "accuracy": accuracy[-1],
        }
        found.append(finite(measured) | {"race": _race(times[shown], loss[shown], strength)})
    return found


def _all_or_one_by_one(train, networks):
    """What `train` gives for each network; None for one that diverges."""
    try:
        return train(networks)
    except InputError:
        trained = []
        for network in networks:
            try:
                trained += train([network])
            except InputError:
                trained.append(None)
        return trained


def _end(history, strength, x, y, lr):
    """Live clusters, and how well the order predicted at the start is that of the end."""
    start, end = (Parameters(*(part[time] for part in history)) for time in (0, -1))
    clusters = neurons.clusters(neurons.cosine_matrix(end))
    return {
        "live": live_clusters(clusters, strength).max() + 1,
        "predicted": spearman(theory.predict(start, x, y, lr), strength),
    }


def _race(times, loss, strength):
    """Loss (n,) and log10 norm products (SHOWN_NEURONS, n), largest first, at some times (n,)."""
    order = np.argsort(-strength[-1])
    shown = order[np.unique(np.linspace(0, len(order) - 1, SHOWN_NEURONS).round().astype(int))]
    return {
        "time": times.astype(int).tolist(),
        "loss": loss.round(4).tolist(),
        "log_norm_product": np.log10(np.maximum(strength[:, shown], 1e-12)).T.round(2).tolist(),
    }
