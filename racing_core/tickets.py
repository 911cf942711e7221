"""Lottery tickets: which small part of a network, trained alone from its start, does the work?

Iterative magnitude pruning with rewinding (Frankle and Carbin) finds a ticket by training: train,
keep the largest, go back to the start, repeat. The theory names one before any training. Both are
trained alone and compared, with tickets drawn at random and with the found one drawn anew.
"""

import numpy as np
import torch

from racing_core import neurons, tasks, theory
from racing_core.config import Config
from racing_core.descent import Rotation, descend, recorded_times
from racing_core.measures import DROP, foreseen
from racing_core.network import Parameters, forward, initial, loss_and_accuracy

NEURON_SHARES = (1 / 3, 1 / 10, 1 / 30, 1 / 100)  # of all neurons, one a pruning round
WEIGHT_SHARES = (0.3, 0.1, 0.03, 0.01)  # of all incoming weights
REDRAWN = 1_000_000  # added to a seed for the weights that are drawn anew


def neuron_tickets(config: Config) -> list[dict[str, float]]:
    """Tickets of whole neurons, one dict a seed, named MEASURE_WAY_SIZE.

    WAY is how the neurons were chosen: `imp` (iterative magnitude pruning by norm product, with
    rewinding), `oneshot` (the largest after one training), `foreseen` and `growing` (the theory at
    t = 0), `random`; `redrawn` is as many neurons, drawn anew. MEASURE is `accuracy`, `held_out`
    (accuracy), `loss` and `drop` (step at which the loss has fallen by 10 %; absent if it has not)
    of the ticket trained alone, and `overlap` (share of imp's neurons that are chosen too).
    """
    task, rotation, starts = _starts(config)
    x = rotation.to_span(task.x)
    held_out = task.x_held_out @ rotation.basis
    rank, times = rotation.rank, recorded_times(config.steps)
    found = [{} for _ in starts]

    def train(networks):
        small = [Parameters(n.w_in[:, :rank], n.b, n.w_out) for n in networks]
        stacked = Parameters(*(np.stack(part) for part in zip(*small, strict=True)))
        return descend(stacked, x, task.y, config.lr, times, "cpu", config.dtype)

    def largest(strength, count):
        return np.sort(np.argsort(-strength, kind="stable")[:count])

    def final_strengths(trajectory, networks):
        w_in, _, w_out = trajectory.parameters
        rest = np.stack([(n.w_in[:, rank:] ** 2).sum(-1) for n in networks])
        return neurons.norm_product(w_in[:, -1].astype(float), w_out[:, -1].astype(float), rest)

    dense = final_strengths(train(starts), starts)
    scores = {"oneshot": dense, "foreseen": [], "growing": [], "random": []}
    for seed, start in zip(config.seeds, starts, strict=True):
        span = Parameters(start.w_in[:, :rank], start.b, start.w_out)
        scores["foreseen"].append(foreseen(span, x, task.y, config.lr))
        scores["growing"].append(abs(theory.modes(span, x, task.y).growing))
        scores["random"].append(np.random.RandomState(seed).rand(config.width))
    left = [np.arange(config.width) for _ in starts]
    strength = dense
    redrawn = _starts(config, REDRAWN)[2]
    for share in NEURON_SHARES:
        count = max(1, round(share * config.width))
        left = [old[largest(new, count)] for old, new in zip(left, strength, strict=True)]
        chosen = {"imp": left} | {
            way: [largest(score, count) for score in values] for way, values in scores.items()
        }
        networks = [
            _only(start, which)
            for ways in chosen.values()
            for start, which in zip(starts, ways, strict=True)
        ] + [_only(new, np.arange(count)) for new in redrawn]
        trajectory = train(networks)
        strength = final_strengths(trajectory, networks)[: len(starts)]
        for i, way in enumerate([*chosen, "redrawn"]):
            for j, one in enumerate(found):
                index = i * len(starts) + j
                end = Parameters(*(part[index, -1] for part in trajectory.parameters))
                whole = Parameters(
                    np.concatenate([end.w_in, networks[index].w_in[:, rank:]], axis=1), *end[1:]
                )
                one |= {
                    f"accuracy_{way}_{count}": trajectory.accuracy[index, -1],
                    f"held_out_{way}_{count}": _accuracy(whole, held_out, task.y_held_out),
                    f"loss_{way}_{count}": trajectory.loss[index, -1],
                    **_drop(f"drop_{way}_{count}", times, trajectory.loss[index]),
                }
                if way in chosen:
                    both = np.isin(chosen[way][j], left[j]).mean()
                    one[f"overlap_{way}_{count}"] = both
    return [{name: float(value) for name, value in one.items()} for one in found]


def weight_tickets(config: Config) -> list[dict[str, float]]:
    """Tickets of single incoming weights; as `neuron_tickets`, with SIZE in tenths of a percent.

    Other weights are zero and stay zero; biases and outgoing weights are all trained. WAY is `imp`,
    `oneshot`, `foreseen` (the largest |w_in| of neurons left alone for a while, see
    `racing_core.measures.foreseen`), `magnitude` (the largest |w_in| at the start), `random`, and
    `redrawn`: imp's choice with all weights drawn anew.
    """
    task, _, starts = _starts(config)
    stacked = Parameters(*(np.stack(part) for part in zip(*starts, strict=True)))
    new = Parameters(*(np.stack(part) for part in zip(*_starts(config, REDRAWN)[2], strict=True)))
    times = recorded_times(config.steps)
    everything = np.ones(stacked.w_in.shape, bool)

    def largest(strength, share):
        flat = strength.reshape(len(strength), -1)
        count = max(1, round(share * flat.shape[1]))
        chosen = np.zeros(flat.shape, bool)
        np.put_along_axis(chosen, np.argsort(-flat, 1, kind="stable")[:, :count], True, 1)
        return chosen.reshape(strength.shape)

    ahead = []
    for start in starts:
        steps = theory.e_folding(theory.modes(start, task.x, task.y), config.lr)
        ahead.append(abs(theory.lone_neurons(start, task.x, task.y, config.lr, 2 * steps).w_in))
    dense = abs(masked_descent(stacked, everything, task.x, task.y, config, times)[0].w_in)
    scores = {
        "oneshot": dense,
        "foreseen": np.stack(ahead),
        "magnitude": abs(stacked.w_in),
        "random": np.stack(
            [np.random.RandomState(seed).rand(*stacked.w_in.shape[1:]) for seed in config.seeds]
        ),
    }
    found = [{} for _ in starts]
    left, strength = everything, dense
    for share in WEIGHT_SHARES:
        left = largest(np.where(left, strength, -1.0), share)
        chosen = {"imp": left} | {way: largest(score, share) for way, score in scores.items()}
        size = round(1000 * share)
        for way, mask in (*chosen.items(), ("redrawn", left)):
            start = new if way == "redrawn" else stacked
            end, loss, accuracy = masked_descent(start, mask, task.x, task.y, config, times)
            if way == "imp":
                strength = abs(end.w_in)
            for i, one in enumerate(found):
                network = Parameters(*(part[i] for part in end))
                one |= {
                    f"accuracy_{way}_{size}": accuracy[i],
                    f"held_out_{way}_{size}": _accuracy(network, task.x_held_out, task.y_held_out),
                    f"loss_{way}_{size}": loss[i, -1],
                    **_drop(f"drop_{way}_{size}", times, loss[i]),
                }
                if way in chosen:
                    one[f"overlap_{way}_{size}"] = (mask[i] & left[i]).sum() / left[i].sum()
    return [{name: float(value) for name, value in one.items()} for one in found]


def masked_descent(start, mask, x, y, config, times):
    """Gradient descent on a batch of networks in which only the masked incoming weights exist.

    The steps of `racing_core.descent.descend`, in plain form: with a mask, w_in does not move in
    the span of the samples, so nothing is gained by a rotation.

    Args:
        start: Parameters w_in (S, d, D), b (S, d), w_out (S, 2, d). mask: (S, d, D) of bool.

    Returns:
        The final Parameters, loss (S, T) at `times`, final accuracy (S,).
    """
    kind = getattr(torch, config.dtype)
    w_in, b, w_out, x, mask = (
        torch.tensor(part, dtype=kind) for part in (*start, x, np.asarray(mask))
    )
    w_in *= mask
    label_0 = torch.tensor(y == 0, dtype=kind)
    losses, recorded = [], set(np.asarray(times).tolist())
    for step in range(times[-1] + 1):
        hidden = (w_in @ x.T).add_(b[..., None]).clamp_(min=0)
        u = w_out[:, 0] - w_out[:, 1]
        logit = (u[:, None] @ hidden)[:, 0]
        if step in recorded:
            margin = torch.where(label_0 == 1, logit, -logit)
            losses.append(torch.nn.functional.softplus(-margin).mean(-1))
        if step == times[-1]:
            break
        e = (label_0 - torch.sigmoid(logit)) * (config.lr / len(x))
        push = (u[..., None] * e[:, None]).mul_(hidden > 0)
        turn = (hidden @ e[..., None])[..., 0]
        w_out = torch.stack([w_out[:, 0] + turn, w_out[:, 1] - turn], 1)
        w_in.addcmul_(push @ x, mask)
        b += push.sum(-1)
    accuracy = ((logit >= 0) == (label_0 == 1)).to(kind).mean(-1)
    end = Parameters(*(part.double().numpy() for part in (w_in, b, w_out)))
    return end, torch.stack(losses, 1).double().numpy(), accuracy.double().numpy()


def _starts(config, added=0):
    """The task, its rotation, and the networks at the start, in rotated coordinates."""
    task = tasks.load(
        config.task, config.group_a, config.group_b, config.per_class, config.data_dir
    )
    rotation = Rotation(task.x)
    return (
        task,
        rotation,
        [
            initial(
                seed + added, config.width, rotation.rank, task.x.shape[1], config.init,
                config.init_scale,
            )
            for seed in config.seeds
        ],
    )  # fmt: skip


def _only(parameters, which) -> Parameters:
    return Parameters(parameters.w_in[which], parameters.b[which], parameters.w_out[:, which])


def _accuracy(parameters, x, y):
    return loss_and_accuracy(forward(parameters, x)[0], y)[1]


def _drop(name, times, loss):
    """The step at which the loss has fallen by 10 %, if it has."""
    fallen = loss < DROP * loss[0]
    return {name: times[np.argmax(fallen)]} if fallen.any() else {}
