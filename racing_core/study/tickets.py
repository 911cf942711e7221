"""Lottery tickets: which small part of a network, trained alone from its start, does the work?

Iterative magnitude pruning with rewinding (Frankle and Carbin, "The Lottery Ticket Hypothesis",
2019) finds a ticket by training: train, keep the largest, go back to the start, repeat. The theory
names one before any training. Both are trained alone and compared, with tickets drawn at random and
with the found one drawn anew.

Results are nested: {"tickets": {WAY: {SIZE: {MEASURE: number}}}}, with SIZE a string. WAY is how
the ticket was chosen: `imp` (iterative magnitude pruning), `oneshot` (the largest after one
training), `foreseen` (what the theory predicts at t = 0), `random`; `redrawn` has the size of imp's
ticket, with all weights drawn anew. MEASURE is `accuracy`, `held_out` (accuracy), `loss` and `drop`
(step at which the loss has fallen by 10 %; absent if it has not) of the ticket trained alone, and
`overlap` (share of imp's ticket that is chosen too).
"""

from typing import NamedTuple

import numpy as np
import torch

from racing_core import neurons, theory
from racing_core.capacity import keep
from racing_core.config import Config
from racing_core.descent import choose_device, descend, recorded_times
from racing_core.network import Parameters, forward, in_span, initial, loss_and_accuracy
from racing_core.study.measures import DROP, finite

FIRST_ROUND = 0.3  # of all that there is: pruned so far, but not compared with other choices
SHARES = (0.1, 0.03, 0.01)  # left after each further round of pruning
LEARNT = 0.05  # nats: ours, the loss at which training on single weights ends
HELD = 0.9  # ours: of a ticket's weights, when counting the neurons in which they lie
REDRAWN = 1_000_000  # added to a seed for the weights that are drawn anew


def neuron_tickets(config: Config, task, rotation) -> list[dict]:
    """Tickets of whole neurons, one dict per seed; SIZE is the number of neurons.

    Magnitude is the norm product. There are two more WAYs: `growing`, the largest growing mode of
    the linear theory at t = 0; `sided`, as `foreseen`, but as many of each side, because the two
    sides, neurons that vote for one label or for the other, grow at rates of their own.
    """
    starts, redrawn = (_drawn(config, task, rotation, added) for added in (0, REDRAWN))

    def train(networks):
        return _train(networks, config, task, rotation)

    scores = {"oneshot": train(starts).strength, **_scores(starts, config, task, rotation)}
    count = max(1, round(FIRST_ROUND * config.width))
    left = [_largest(strength, count) for strength in scores["oneshot"]]  # one array per seed
    strength = train([keep(*pair) for pair in zip(starts, left, strict=True)]).strength
    found = [{} for _ in starts]
    for count in (max(1, round(share * config.width)) for share in SHARES):
        left = [old[_largest(new, count)] for old, new in zip(left, strength, strict=True)]
        chosen = {"imp": left} | {
            way: [_largest(score, count) for score in values] for way, values in scores.items()
        }
        tickets = [
            keep(start, which)
            for choices in chosen.values()
            for start, which in zip(starts, choices, strict=True)
        ]
        trained = train(tickets + [keep(new, np.arange(count)) for new in redrawn])
        strength = trained.strength[: len(starts)]
        outcomes = iter(trained.outcomes)  # by way, and within a way by seed
        for way in (*chosen, "redrawn"):
            for seed, ticket in enumerate(found):
                outcome = next(outcomes)
                if way in chosen:
                    outcome["overlap"] = np.isin(chosen[way][seed], left[seed]).mean()
                ticket.setdefault(way, {})[str(count)] = outcome
    return [{"tickets": finite(ticket)} for ticket in found]


class _Trained(NamedTuple):
    """Networks after training: final norm products (n, d), and of each its measures."""

    strength: np.ndarray
    outcomes: list[dict]


def _drawn(config, task, rotation, added):
    """A start for each seed, or for each seed plus `added`."""
    inputs = task.x.shape[1]
    return [
        initial(seed + added, config.width, rotation.rank, inputs, config.init, config.init_scale)
        for seed in config.seeds
    ]


def _scores(starts, config, task, rotation):
    """What is known at t = 0 of each neuron, by way: one array (d,) per seed."""
    x, rank = rotation.to_span(task.x), rotation.rank
    spans = [Parameters(start.w_in[:, :rank], start.b, start.w_out) for start in starts]
    growing = [theory.foreseen_growth(span, x, task.y, config.lr) for span in spans]
    return {
        "foreseen": [abs(mode) for mode in growing],
        "sided": [_by_side(mode) for mode in growing],
        "growing": [abs(theory.modes(span, x, task.y).growing) for span in spans],
        "random": [np.random.RandomState(seed).rand(config.width) for seed in config.seeds],
    }


def _by_side(growing):
    """A score (d,) by which as many neurons of either sign of `growing` are the largest."""
    order = np.argsort(-abs(growing), kind="stable")
    place = np.empty(len(growing))
    for side in (growing[order] >= 0, growing[order] < 0):
        place[order[side]] = np.arange(side.sum())
    return -place


def _train(networks, config, task, rotation) -> _Trained:
    """Train networks of one width side by side, given by all D coordinates."""
    times, rank = recorded_times(config.steps), rotation.rank
    trained = descend(
        in_span(networks, rank),
        rotation.to_span(task.x),
        task.y,
        config.lr,
        times,
        config.device,
        config.dtype,
        kept=(-1,),
    )
    held_out = rotation.to_coordinates(task.x_held_out)
    w_in, b, w_out = (part[:, -1] for part in trained.parameters)  # (n, d, r), (n, d), (n, 2, d)
    rest = np.stack([(network.w_in[:, rank:] ** 2).sum(-1) for network in networks])  # (n, d)
    outcomes = []
    for i, network in enumerate(networks):
        whole = Parameters(np.concatenate([w_in[i], network.w_in[:, rank:]], 1), b[i], w_out[i])
        outcomes.append(
            {
                "accuracy": trained.accuracy[i, -1],
                "held_out": _accuracy(whole, held_out, task.y_held_out),
                "loss": trained.loss[i, -1],
                "drop": _drop(times, trained.loss[i]),
            }
        )
    return _Trained(neurons.norm_product(w_in.astype(float), w_out.astype(float), rest), outcomes)


def _largest(strength, count):
    """Indices of the largest, in ascending order."""
    return np.sort(np.argsort(-strength, kind="stable")[:count])


def weight_tickets(config: Config, task, rotation) -> list[dict]:
    """Tickets of single incoming weights, one dict per seed; SIZE is in tenths of a percent.

    Other weights are zero and stay zero; biases and outgoing weights are all trained. Magnitude is
    |w_in|; `foreseen` takes the largest |w_in| of neurons left alone for a while, see
    `theory.predict`. Each ticket is trained until it has learnt (a loss of LEARNT), or for
    `config.steps`. Two more measures: `learnt` says whether it has, and `lies_in` in what share of
    the neurons HELD of its weights lie.
    """
    return [{"tickets": finite(_weight_tickets(config, task, seed))} for seed in config.seeds]


def _weight_tickets(config, task, seed):
    inputs = task.x.shape[1]
    # All inputs count as the span: a mask of single weights leaves nothing that never changes.
    start, redrawn = (
        initial(drawn, config.width, inputs, inputs, config.init, config.init_scale)
        for drawn in (seed, seed + REDRAWN)
    )

    def strength_after(mask):
        return abs(masked_descent(start, mask, task.x, task.y, config)[0].w_in)

    strength = strength_after(np.ones(start.w_in.shape, bool))  # (d, D)
    scores = {
        "oneshot": strength,
        "foreseen": abs(theory.foresee(start, task.x, task.y, config.lr).w_in),
        "random": np.random.RandomState(seed).rand(*start.w_in.shape),
    }
    left = _mask_of_largest(strength, FIRST_ROUND)
    strength = strength_after(left)
    found = {}
    for share in SHARES:
        left = _mask_of_largest(np.where(left, strength, -1.0), share)
        masks = {"imp": left}
        masks |= {way: _mask_of_largest(score, share) for way, score in scores.items()}
        size = str(round(1000 * share))
        for way, mask in masks.items():
            end, outcome = _train_masked(start, mask, config, task)
            if way == "imp":
                strength = abs(end.w_in)
            outcome["overlap"] = (mask & left).sum() / left.sum()
            outcome["lies_in"] = _lies_in(mask)
            found.setdefault(way, {})[size] = outcome
        found.setdefault("redrawn", {})[size] = _train_masked(redrawn, left, config, task)[1]
    return found


def _train_masked(start, mask, config, task):
    """The final network, and its measures."""
    end, times, loss, accuracy = masked_descent(start, mask, task.x, task.y, config)
    return end, {
        "accuracy": accuracy,
        "held_out": _accuracy(end, task.x_held_out, task.y_held_out),
        "loss": loss[-1],
        "learnt": loss[-1] < LEARNT,
        "drop": _drop(times, loss),
    }


def _mask_of_largest(strength, share):
    """Mask (d, D) of that share of the weights, the largest."""
    chosen = np.zeros(strength.size, bool)
    chosen[_largest(strength.ravel(), max(1, round(share * strength.size)))] = True
    return chosen.reshape(strength.shape)


def _lies_in(mask):
    """The smallest share of the neurons that holds HELD of a mask's weights (d, D)."""
    held = np.sort(mask.sum(1))[::-1].cumsum()  # (d,)
    return (neurons.first(held >= HELD * held[-1]) + 1) / len(held)


def masked_descent(start, mask, x, y, config):
    """Gradient descent on one network in which only the masked incoming weights exist.

    The steps of `racing_core.descent.descend`.

    Args:
        start: Parameters w_in (d, D), b (d,), w_out (2, d). mask: (d, D) of bool.
        x: samples (N, D). y: labels (N,).

    Returns:
        The final Parameters, the recorded times (T,), loss (T,) at those, final accuracy. The last
        time is `config.steps`, or the first recorded one at which the loss is below LEARNT.
    """
    network = _Masked(start, mask, x, y, config)
    times, losses = recorded_times(config.steps), []
    for steps in np.diff(times, prepend=0):
        for _ in range(steps):
            network.step()
        losses.append(network.loss())
        if losses[-1] < LEARNT:
            break
    loss = torch.stack(losses).cpu().double().numpy()
    return network.parameters(), times[: len(losses)], loss, network.accuracy()


class _Masked:
    """A network with a mask, while it is trained.

    With a mask, w_in does not move in the span of the samples, but each neuron has a Gram matrix of
    its own, of the inputs that it still has: where samples are fewer than inputs, its
    pre-activations are stepped by that.
    """

    def __init__(self, start, mask, x, y, config):
        kind = {"dtype": getattr(torch, config.dtype), "device": choose_device(config.device)}
        w_in, self.b, self.w_out, self.x, self.mask = (
            torch.tensor(part, **kind) for part in (*start, x, mask)
        )
        self.w_in = w_in * self.mask  # (d, D)
        self.label_0 = torch.tensor(y == 0, **kind)  # (N,)
        self.rate = config.lr / len(x)
        self.z = self.w_in @ self.x.T + self.b[:, None]  # pre-activations (d, N)
        self.grams = _grams(self.x, self.mask) if len(x) < x.shape[1] else None
        self.pushed, self.push = torch.zeros_like(self.z), torch.empty_like(self.z)

    def step(self):
        hidden = self.z.clamp(min=0)  # (d, N)
        u = self.w_out[0] - self.w_out[1]  # (d,)
        e = (self.label_0 - torch.sigmoid(u @ hidden)) * self.rate  # (N,)
        torch.mul(u[:, None], e, out=self.push).mul_(hidden > 0)
        turn = hidden @ e  # (d,)
        self.w_out += torch.stack([turn, -turn])
        self.pushed += self.push
        if self.grams is not None:
            self.z[:, None].baddbmm_(self.push[:, None], self.grams)
        else:
            w_in, b = self._moved()
            self.z = torch.addmm(b[:, None], w_in, self.x.T)

    def _moved(self):
        """w_in and b, from the start and the sum of the pushes."""
        return self.w_in + (self.pushed @ self.x) * self.mask, self.b + self.pushed.sum(1)

    def _logit(self):
        """Logit of label 0 minus logit of label 1 (N,)."""
        return (self.w_out[0] - self.w_out[1]) @ self.z.clamp(min=0)

    def loss(self):
        logit = self._logit()
        margin = torch.where(self.label_0 == 1, -logit, logit)
        return torch.nn.functional.softplus(margin).mean()

    def accuracy(self):
        # Equal logits count as label 0, as an argmax does.
        right = (self._logit() >= 0) == (self.label_0 == 1)
        return float(right.to(self.z.dtype).mean())

    def parameters(self) -> Parameters:
        parts = *self._moved(), self.w_out
        return Parameters(*(part.cpu().double().numpy() for part in parts))


def _grams(x, mask):
    """(d, N, N): inner products of the samples (N, D), by the inputs that each neuron has."""
    grams = torch.ones(len(mask), len(x), len(x), dtype=x.dtype, device=x.device)  # of the bias's 1
    for gram, own in zip(grams, mask > 0, strict=True):
        seen = x[:, own]
        gram.addmm_(seen, seen.T)
    return grams


def _accuracy(parameters, x, y):
    return loss_and_accuracy(forward(parameters, x)[0], y)[1]


def _drop(times, loss):
    """The step at which the loss has fallen by 10 %; NaN if it has not."""
    drop = neurons.first(loss < DROP * loss[0])
    return np.nan if drop is None else times[drop]
