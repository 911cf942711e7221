"""Lottery tickets: which small part of a network, trained alone from its start, does the work?

Iterative magnitude pruning with rewinding (Frankle and Carbin) finds a ticket by training: train,
keep the largest, go back to the start, repeat. The theory names one before any training. Both are
trained alone and compared, with tickets drawn at random and with the found one drawn anew.
"""

import numpy as np
import torch

from racing_core import neurons, theory
from racing_core.config import Config
from racing_core.descent import descend, recorded_times
from racing_core.network import Parameters, forward, in_span, initial, loss_and_accuracy
from racing_core.study.measures import DROP

FIRST_ROUND = 0.3  # of all that there is: pruned so far, but not compared with other choices
SHARES = (0.1, 0.03, 0.01)  # left after each further round of pruning
LEARNT = 0.05  # nats: ours, the loss at which training on single weights ends
HELD = 0.9  # ours: of a ticket's weights, when counting the neurons in which they lie
REDRAWN = 1_000_000  # added to a seed for the weights that are drawn anew


def neuron_tickets(config: Config, task, rotation) -> list[dict[str, float]]:
    """Tickets of whole neurons, one dict a seed, named MEASURE_WAY_SIZE.

    WAY is how the neurons were chosen: `imp` (iterative magnitude pruning by norm product, with
    rewinding), `oneshot` (the largest after one training), `foreseen` and `growing` (the theory at
    t = 0), `random`; `redrawn` is as many neurons, drawn anew. MEASURE is `accuracy`, `held_out`
    (accuracy), `loss` and `drop` (step at which the loss has fallen by 10 %; absent if it has not)
    of the ticket trained alone, and `overlap` (share of imp's neurons that are chosen too).
    """
    x, rank = rotation.to_span(task.x), rotation.rank
    held_out = task.x_held_out @ rotation.basis
    times = recorded_times(config.steps)

    def drawn(added=0):
        inputs = task.x.shape[1]
        return [
            initial(seed + added, config.width, rank, inputs, config.init, config.init_scale)
            for seed in config.seeds
        ]

    def train(networks):
        small, lr, dtype = in_span(networks, rank), config.lr, config.dtype
        return descend(small, x, task.y, lr, times, "cpu", dtype, kept=(-1,))

    def largest(strength, count):
        return np.sort(np.argsort(-strength, kind="stable")[:count])

    def final_strengths(trajectory, networks):
        w_in, _, w_out = trajectory.parameters
        rest = np.stack([(n.w_in[:, rank:] ** 2).sum(-1) for n in networks])
        return neurons.norm_product(w_in[:, -1].astype(float), w_out[:, -1].astype(float), rest)

    starts, redrawn = drawn(), drawn(REDRAWN)
    dense = final_strengths(train(starts), starts)
    scores = {"oneshot": dense, "foreseen": [], "growing": [], "random": []}
    for seed, start in zip(config.seeds, starts, strict=True):
        span = Parameters(start.w_in[:, :rank], start.b, start.w_out)
        scores["foreseen"].append(theory.predicted_order(span, x, task.y, config.lr))
        scores["growing"].append(abs(theory.modes(span, x, task.y).growing))
        scores["random"].append(np.random.RandomState(seed).rand(config.width))
    left = [largest(strength, max(1, round(FIRST_ROUND * config.width))) for strength in dense]
    networks = [_only(start, which) for start, which in zip(starts, left, strict=True)]
    strength = final_strengths(train(networks), networks)
    found = [{} for _ in starts]
    for share in SHARES:
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


def weight_tickets(config: Config, task) -> list[dict[str, float]]:
    """Tickets of single incoming weights; as `neuron_tickets`, with SIZE in tenths of a percent.

    Other weights are zero and stay zero; biases and outgoing weights are all trained. WAY is `imp`,
    `oneshot`, `foreseen` (the largest |w_in| of neurons left alone for a while, see
    `measures.foreseen`), `random`, and `redrawn`: imp's choice with all weights drawn anew. Each
    is trained until it has learnt (a loss of LEARNT), or for `config.steps`; `learnt` says whether
    it has, and `lies_in` in what share of the neurons HELD of its weights lie.
    """
    return [_weight_tickets(config, task, seed) for seed in config.seeds]


def _weight_tickets(config, task, seed):
    x, y, inputs = task.x, task.y, task.x.shape[1]
    # All inputs count as the span: a mask of single weights leaves nothing that never changes.
    start, new = (
        initial(drawn, config.width, inputs, inputs, config.init, config.init_scale)
        for drawn in (seed, seed + REDRAWN)
    )

    def train(network, mask):
        return masked_descent(network, mask, x, y, config)

    def largest(strength, share):
        chosen = np.zeros(strength.size, bool)
        count = max(1, round(share * strength.size))
        chosen[np.argsort(-strength, axis=None, kind="stable")[:count]] = True
        return chosen.reshape(strength.shape)

    alone = theory.foresight_steps(start, x, y, config.lr)
    strength = abs(train(start, np.ones(start.w_in.shape, bool))[0].w_in)
    scores = {
        "oneshot": strength,
        "foreseen": abs(theory.lone_neurons(start, x, y, config.lr, alone).w_in),
        "random": np.random.RandomState(seed).rand(*start.w_in.shape),
    }
    left = largest(strength, FIRST_ROUND)
    strength = abs(train(start, left)[0].w_in)
    found = {}
    for share in SHARES:
        left = largest(np.where(left, strength, -1.0), share)
        chosen = {"imp": left} | {way: largest(score, share) for way, score in scores.items()}
        for way, mask in (*chosen.items(), ("redrawn", left)):
            end, times, loss, accuracy = train(new if way == "redrawn" else start, mask)
            if way == "imp":
                strength = abs(end.w_in)
            name = f"{way}_{round(1000 * share)}"
            found |= {
                f"accuracy_{name}": accuracy,
                f"held_out_{name}": _accuracy(end, task.x_held_out, task.y_held_out),
                f"loss_{name}": loss[-1],
                f"learnt_{name}": loss[-1] < LEARNT,
                **_drop(f"drop_{name}", times, loss),
            }
            if way in chosen:
                found[f"overlap_{name}"] = (mask & left).sum() / left.sum()
                held = np.sort(mask.sum(1))[::-1].cumsum()
                found[f"lies_in_{name}"] = (np.argmax(held >= HELD * held[-1]) + 1) / len(held)
    return {name: float(value) for name, value in found.items()}


def masked_descent(start, mask, x, y, config):
    """Gradient descent on one network in which only the masked incoming weights exist.

    The steps of `racing_core.descent.descend`. With a mask, w_in does not move in the span of the
    samples, but each neuron has a Gram matrix of its own, of the inputs that it still has: where
    samples are fewer than inputs, its pre-activations are stepped by that.

    Args:
        start: Parameters w_in (d, D), b (d,), w_out (2, d). mask: (d, D) of bool.

    Returns:
        The final Parameters, the recorded times (T,), loss (T,) at those, final accuracy. The last
        time is `config.steps`, or the first recorded one at which the loss is below LEARNT.
    """
    kind = getattr(torch, config.dtype)
    w_in, b, w_out, x, mask = (torch.tensor(part, dtype=kind) for part in (*start, x, mask))
    w_in *= mask
    label_0 = torch.tensor(y == 0, dtype=kind)
    z = w_in @ x.T + b[:, None]
    grams = _grams(x, mask) if len(x) < x.shape[1] else None
    pushed, push = torch.zeros_like(z), torch.empty_like(z)
    times, losses = recorded_times(config.steps), []
    for steps in np.diff(times, prepend=0):
        for _ in range(steps):
            hidden = z.clamp(min=0)
            u = w_out[0] - w_out[1]
            e = (label_0 - torch.sigmoid(u @ hidden)) * (config.lr / len(x))
            torch.mul(u[:, None], e, out=push).mul_(hidden > 0)
            turn = hidden @ e
            w_out += torch.stack([turn, -turn])
            pushed += push
            if grams is not None:
                z[:, None].baddbmm_(push[:, None], grams)
            else:
                z = torch.addmm((b + pushed.sum(1))[:, None], w_in + (pushed @ x) * mask, x.T)
        logit = (w_out[0] - w_out[1]) @ z.clamp(min=0)
        losses.append(torch.nn.functional.softplus(torch.where(label_0 == 1, -logit, logit)).mean())
        if losses[-1] < LEARNT:
            break
    accuracy = ((logit >= 0) == (label_0 == 1)).to(kind).mean()
    end = w_in + (pushed @ x) * mask, b + pushed.sum(1), w_out
    end = Parameters(*(part.double().numpy() for part in end))
    return end, times[: len(losses)], torch.stack(losses).double().numpy(), float(accuracy)


def _grams(x, mask):
    """(d, N, N): inner products of the samples (N, D), by the inputs that each neuron has."""
    grams = torch.ones(len(mask), len(x), len(x), dtype=x.dtype)  # of the bias's input, 1
    for gram, own in zip(grams, mask > 0, strict=True):
        seen = x[:, own]
        gram.addmm_(seen, seen.T)
    return grams


def _only(parameters, which) -> Parameters:
    return Parameters(parameters.w_in[which], parameters.b[which], parameters.w_out[:, which])


def _accuracy(parameters, x, y):
    return loss_and_accuracy(forward(parameters, x)[0], y)[1]


def _drop(name, times, loss):
    """The step at which the loss has fallen by 10 %, if it has."""
    fallen = loss < DROP * loss[0]
    return {name: times[np.argmax(fallen)]} if fallen.any() else {}
