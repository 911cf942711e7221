"""One cell of the edge: a variant is trained, and asked what the playground was asked."""

import dataclasses

import numpy as np
import torch

from racing_core import capacity, neurons, theory
from racing_core.config import Config
from racing_core.descent import choose_device, recorded_times
from racing_core.network import Parameters
from racing_core.optimisers import one_hidden_layer, train
from racing_core.study.edge import networks
from racing_core.study.edge.problems import problem
from racing_core.study.measures import CARRIED, DROP, spearman
from racing_core.study.pruning import KEPT_SHARE, RANDOM_DRAWS

TOP_SHARE = 0.1  # the winners: the largest tenth
DECIDED_SHARE = 0.5  # of the predicted plateau, after which depth is asked for its forecast
MOST_FOLLOWED = 20_000  # steps


def edge(config, variant, task, rotation) -> list[dict]:
    """What becomes of the race under a variant, one dict of nested plain values per seed.

    Args:
        config: with the variant's own fields already. variant: one of `variants.VARIANTS`.
        task, rotation: the samples that `config` names, and their rotation.

    Returns:
        For each seed `loss`, `accuracy` (at the end) and `drop` (step; None for never). Where the
        loss dropped, also `layers`, one dict for each hidden layer (see `_race`, `_left` and
        `_scored`), and `followed`: the forecast's steps as a share of the drop's.

    Raises:
        InputError: from the data, the device, or a run that diverges.
    """
    setting = problem(config, variant, task, rotation)
    times = recorded_times(config.steps)
    times = np.unique(np.r_[times[::2], times[-1]])  # memory: half of them will do
    trained = train(
        networks.batch(setting.start), setting.x, setting.y, setting.optimiser, times,
        setting.objective, setting.logits, config.seeds, choose_device(config.device), config.dtype,
    )  # fmt: skip
    # Targets of 0 and 1 let the loss fall before anything is told apart: the mean is learnt first.
    constant = setting.objective.constant_loss(setting.y, setting.start[0][-1].shape[0])
    measured = []
    for index, seed in enumerate(config.seeds):
        loss = trained.loss[index]
        drop = neurons.first(loss < DROP * constant)
        one = {
            "loss": float(loss[-1]),
            "accuracy": float(trained.accuracy[index, -1]),
            "drop": None if drop is None else int(times[drop]),
        }
        if drop is not None:
            states = _float64(part[index] for part in trained.parameters)
            states = trained.parameters._make(states)  # arrays (T, ...)
            told = forecasts(setting, setting.start[index], seed)
            fallen = neurons.first(loss < DROP * loss[0])
            one["layers"] = [
                _plain(
                    _race(setting, states, layer, drop, fallen)
                    | _left(setting, states, layer)
                    | _scored(states, layer, told)
                )
                for layer in range(len(networks.layers(states)))
            ]
            one["followed"] = told["followed"] / int(times[drop])
        measured.append(one)
    return measured


def _race(setting, states, index, drop, fallen):
    """The race within one hidden layer, up to the drop and from there to the end.

    Args:
        drop: when the loss is below DROP of the best constant output's, as an index of time.
        fallen: when it is below DROP of its start; the same but where the mean is learnt first.

    Returns:
        `order_kept`, `order_start`: rank correlation of the norm products at the drop, and at the
        start, with the final ones; `order_first`: the same at `fallen`. `top_tenth`: share of the
        top tenth at the drop that is among the final one; `top_tenth_first`: at `fallen`.
        `growth`: e-foldings of each layer before the drop, by what the samples see of the norms,
        median of the final top tenth. `spread_drop`, `spread_end`: ratio of the 90th percentile of
        the norm products to the 10th.
    """
    layer = networks.layers(states)[index]
    strength = _strengths(layer)  # (T, d)
    seen = np.log(_strengths(setting.seen(layer))[[0, drop]])
    final = strength[-1]
    top = max(1, round(TOP_SHARE * len(final)))
    winners = np.argsort(-final)[:top]

    def still_ahead(time):
        return len(set(np.argsort(-strength[time])[:top]) & set(winners)) / top

    return {
        "order_kept": spearman(strength[drop], final),
        "order_first": spearman(strength[fallen], final),
        "order_start": spearman(strength[0], final),
        "top_tenth": still_ahead(drop),
        "top_tenth_first": still_ahead(fallen),
        "growth": np.median((seen[1] - seen[0])[winners]) / 2,
        "spread_drop": _spread(strength[drop]),
        "spread_end": _spread(final),
    }


def _left(setting, states, index):
    """What a hidden layer comes to at the end.

    Returns:
        `clustered`, `clustered_full`: share of the final norm products in clusters of two or more,
        by what the samples see and by all coordinates (those beyond the samples' span are taken as
        at right angles between neurons, as they are up to 1 / sqrt(D)).
        `live`: live clusters. `directions`: clusters that carry 90 %. `width`: neurons.
        `merged`, `pruned`, `random`: accuracy with one neuron per live cluster, the largest 5 %, a
        random 5 %.
    """
    last = states._make(part[-1] for part in states)
    layer = networks.layers(last)[index]
    final = _strengths(layer)
    seen = setting.seen(layer)
    labels = neurons.clusters(neurons.cosine_matrix(seen))
    beyond = np.diag((layer.w_in**2).sum(1) - (seen.w_in**2).sum(1))
    carried = np.sort(np.bincount(labels, weights=final))[::-1].cumsum()
    live = capacity.live_clusters(labels, final)
    kept = max(1, round(KEPT_SHARE * len(final)))
    draw = np.random.RandomState(0)
    at_random = [draw.permutation(len(final))[:kept] for _ in range(RANDOM_DRAWS)]

    def accuracy(some):
        return _accuracy(setting, networks.with_layer(last, index, some))

    return {
        "clustered": _shared(labels, final),
        "clustered_full": _shared(neurons.clusters(neurons.cosine_matrix(seen, beyond)), final),
        "live": live.max() + 1,
        "directions": np.searchsorted(carried, CARRIED * carried[-1]) + 1,
        "width": len(final),
        "merged": accuracy(capacity.merge(layer, live)),
        "pruned": accuracy(capacity.keep(layer, np.argsort(-final)[:kept])),
        "random": np.mean([accuracy(capacity.keep(layer, some)) for some in at_random]),
    }


def _scored(states, index, told):
    """The forecasts' rank correlations with the final norm products, among all neurons."""
    final = _strengths(networks.layers(states)[index])[-1]
    return {
        f"forecast_{name}": spearman(told[name][index], final)
        for name in ("full_batch", "extended")
    }


def forecasts(setting, start, seed):
    """What can be said of the race at t = 0, by neuron, for each hidden layer.

    Returns:
        `full_batch`: the playground's theory as it stands, as far as it can be asked: the lone
        neuron of full-batch descent on two outputs; one mode of the pull on ten; gates and other
        layers as they are at the start for depth and convolution.
        `extended`: the network itself, trained by the variant's optimiser on the tangent of its
        loss at output 0, where no neuron of one hidden layer feels another; then its shares of all
        modes of the pull (`theory.mode_shares`).
        `followed`: for how many steps, which is FORESIGHT e-foldings of the median neuron's fastest
        mode. Depth has no growth rate of its own at the start; it is followed for half of the
        plateau that its tangent predicts. Under Adam there are no modes: followed for all of that
        plateau, the order is what Adam's memory makes of the sizes (`theory.adam_order`).
    """
    errors = setting.objective.errors(setting.y, start[-1].shape[0])
    at_start = _modes(start, setting.x, errors)
    full_batch = _full_batch(setting, start, at_start, errors)
    if setting.plain:
        steps = theory.foresight_steps(start, setting.x, setting.y, setting.optimiser.lr)
        return {"full_batch": full_batch, "extended": full_batch, "followed": steps}
    if setting.optimiser.keeps_span:
        steps = _foresight(setting, start, at_start, seed)
        path = _follow(setting, start, seed, [0, steps])
        last = path.parameters._make(_float64(part[0, -1] for part in path.parameters))
        extended = [theory.mode_shares(modes) for modes in _modes(last, setting.x, errors)]
    else:
        path = _until_drop(setting, start, seed)
        layer = Parameters(*_float64(part[0] for part in path.parameters))
        extended = [theory.adam_order(_strengths(layer), path.time)]
    followed = int(path.time[-1])
    return {"full_batch": full_batch, "extended": extended, "followed": followed}


def _foresight(setting, start, at_start, seed):
    """Steps for which the tangent network is followed, where modes grow exponentially or faster."""
    if isinstance(start, networks.Deep):
        return max(1, round(DECIDED_SHARE * _until_drop(setting, start, seed).time[-1]))
    optimiser = setting.optimiser
    middle = np.median(at_start[0].rate[:, 0])
    factor = theory.growth_factors(
        middle, optimiser.lr, optimiser.momentum, optimiser.weight_decay
    )[0]
    return max(1, round(theory.FORESIGHT / np.log(factor)))


def _full_batch(setting, start, at_start, errors):
    if setting.logits is not one_hidden_layer:
        return [np.linalg.norm(layer.growing, axis=1) for layer in at_start]
    # Adam's learning rate is none for gradient descent.
    lr = setting.optimiser.lr if setting.optimiser.keeps_span else Config.lr
    if len(start.w_out) == 2:
        return [theory.predict(start, setting.x, setting.y, lr)]
    steps = round(theory.FORESIGHT / np.log1p(lr * np.median(at_start[0].rate[:, 0])))
    path = _follow(setting, start, 0, [0, steps])
    lone = Parameters(*_float64(part[0, -1] for part in path.parameters))
    return [abs(theory.pull_modes(lone, setting.x, errors).growing[:, 0])]


def _follow(setting, start, seed, times, stop_below=None):
    """A single network trained on the tangent of its loss; a Trajectory of one seed."""
    tangent = dataclasses.replace(setting.objective, tangent=True)
    return train(
        networks.batch([start]), setting.x, setting.y, setting.optimiser, np.asarray(times),
        tangent, setting.logits, [seed], dtype=setting.dtype, stop_below=stop_below,
    )  # fmt: skip


def _until_drop(setting, start, seed):
    """The tangent network, until its tangent loss has fallen by what counts as the drop."""
    targets = torch.tensor(setting.objective.targets(setting.y, start[-1].shape[0]))
    before = float(setting.objective.losses(torch.zeros_like(targets), targets).mean())
    times = recorded_times(MOST_FOLLOWED)[::3]
    return _follow(setting, start, seed, times, (DROP - 1) * before)


def _modes(parameters, x, errors):
    """The pull's modes of every hidden layer."""
    problems = networks.layer_problems(parameters, x, errors)
    return [
        theory.pull_modes(layer, *seen)
        for layer, seen in zip(networks.layers(parameters), problems, strict=True)
    ]


def _strengths(layer):
    """Norm products (T, d)."""
    return neurons.norm_product(layer.w_in, layer.w_out)


def _shared(labels, strength):
    """Share of all strengths (d,) that neurons with company in their cluster have."""
    return strength[np.bincount(labels)[labels] > 1].sum() / strength.sum()


def _spread(values):
    low, high = np.percentile(values, [10, 90])
    return high / low


def _accuracy(setting, parameters):
    outputs = setting.logits(
        [torch.tensor(part)[None] for part in parameters], torch.tensor(setting.x)
    )
    return (outputs[0].argmax(-1).numpy() == setting.y).mean()


def _float64(parts):
    return (np.asarray(part, np.float64) for part in parts)


def _plain(values):
    """Python's own numbers; None for what cannot be compared."""
    return {name: float(value) if np.isfinite(value) else None for name, value in values.items()}
