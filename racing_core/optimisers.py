"""Training by any optimiser: the closed form where it applies, else torch's own optimisers.

`train` is the one door. Full-batch gradient descent of the playground's network on the mean
cross-entropy goes to `racing_core.descent`, which is many times faster. Everything else goes
through one loop of autograd and `torch.optim`. Both record the same `Trajectory`.

Several seeds train side by side, as a batch of networks: their losses are added, so that no
network's gradient holds anything of another, and SGD and Adam treat every number alone.
"""

import dataclasses
from typing import Literal

import numpy as np
import torch

from racing_core.descent import Trajectory, check_end, descend, overflowed
from racing_core.errors import InputError


@dataclasses.dataclass(frozen=True)
class Optimiser:
    """How a step is taken; the default is full-batch gradient descent.

    Attributes:
        lr: learning rate.
        kind: `sgd` or `adam`, with torch's own defaults for what is not named here.
        momentum: of SGD (heavy ball, torch's form: v <- momentum v + gradient, w <- w - lr v).
        weight_decay: coefficient of |w|^2 / 2 in the loss, for all parameters.
        batch: samples per step, drawn anew in every epoch for every seed; None for all.
    """

    lr: float
    kind: Literal["sgd", "adam"] = "sgd"
    momentum: float = 0.0
    weight_decay: float = 0.0
    batch: int | None = None

    @property
    def closed_form(self) -> bool:
        """Whether `racing_core.descent` takes the same steps."""
        return self == Optimiser(self.lr)

    @property
    def keeps_span(self) -> bool:
        """Whether every step of w_in lies in the span of the samples and of w_in itself.

        A gradient of w_in is a sum of samples. Momentum and weight decay keep such sums and the
        start's own direction; Adam divides each coordinate by another number, which leaves the
        span and makes the result depend on the axes.
        """
        return self.kind == "sgd"

    def over(self, parameters) -> torch.optim.Optimizer:
        """Torch's optimiser over a list of tensors."""
        if self.kind == "adam":
            # In one pass over the weights, which is most of what a step of Adam costs.
            decay = self.weight_decay
            return torch.optim.Adam(parameters, lr=self.lr, weight_decay=decay, fused=True)
        return torch.optim.SGD(
            parameters, lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay
        )


@dataclasses.dataclass(frozen=True)
class Objective:
    """What is made small; the default is the cross-entropy with the softmax.

    Attributes:
        kind: `cross_entropy`, or `squared`: half the sum over outputs of (output - target)^2,
            which for two outputs is torch's MSELoss.
        smoothing: label smoothing of the cross-entropy: (1 - smoothing) one-hot + smoothing / C.
        centred: whether the targets of `squared` are one-hot minus 1/2, instead of one-hot.
        tangent: whether the loss is replaced by its tangent at output 0, -<errors.outputs> plus a
            constant. Then no neuron of a one-hidden-layer network feels another: each goes its own
            way, as all do while the outputs are small.
    """

    kind: Literal["cross_entropy", "squared"] = "cross_entropy"
    smoothing: float = 0.0
    centred: bool = False
    tangent: bool = False

    def targets(self, y, classes):
        """Targets (N, C), float64, of labels y (N,)."""
        one_hot = np.eye(classes)[y]
        if self.kind == "squared":
            return one_hot - 0.5 * self.centred
        return (1 - self.smoothing) * one_hot + self.smoothing / classes

    def errors(self, y, classes):
        """Errors (N, C) at output 0: minus the derivative of each sample's loss there."""
        output = 0 if self.kind == "squared" else 1 / classes
        return self.targets(y, classes) - output

    def constant_loss(self, y, classes):
        """The loss of the best output that is the same for all samples: nothing is told apart."""
        targets = torch.tensor(self.targets(y, classes))
        best = targets.mean(0)
        if self.kind == "cross_entropy":
            best = torch.log(best)
        return float(self.losses(best.expand_as(targets), targets).mean())

    def losses(self, logits, targets):
        """Each sample's loss (...), from logits and targets (..., C), tensors."""
        if self.tangent:
            output = 0 if self.kind == "squared" else 1 / targets.shape[-1]
            return -((targets - output) * logits).sum(-1)
        if self.kind == "squared":
            return ((logits - targets) ** 2).sum(-1) / 2
        return -(targets * torch.log_softmax(logits, -1)).sum(-1)


def one_hidden_layer(parameters, x):
    """Logits (S, N, C) of the playground's network, tensors.

    Args:
        parameters: w_in (S, d, D), b (S, d), w_out (S, C, d).
        x: (N, D), or (S, N, D) with samples of each network's own.
    """
    w_in, b, w_out = parameters
    return torch.relu(x @ w_in.mT + b[:, None]) @ w_out.mT


def train(
    start, x, y, optimiser, times, objective=Objective(), logits=one_hidden_layer, seeds=None,
    device="cpu", dtype="float64", on_step=lambda steps: None, stop_below=None,
) -> Trajectory:  # fmt: skip
    """Train a batch of networks, one per seed, and record them at `times`.

    Args:
        start: a NamedTuple of arrays (S, ...), the last of them w_out (S, C, d).
        x: samples (N, D). y: labels (N,), 0 to C - 1.
        times: increasing steps (T,) that begin with 0.
        logits: (parameters, x) -> (S, N, C).
        seeds: of each network's minibatches (S,); 0, 1, ... if not given.
        device, dtype, on_step: as for `racing_core.descent.descend`.
        stop_below: a loss; training stops at the first recorded time at which all are below.

    Returns:
        A Trajectory; its `parameters` are of the type of `start`, with arrays (S, T, ...).

    Raises:
        InputError: the loss diverges as for `descend`, or a minibatch is larger than the data set.
    """
    binary = logits is one_hidden_layer and start[-1].shape[1] == 2
    if binary and optimiser.closed_form and objective == Objective() and stop_below is None:
        return descend(start, x, y, optimiser.lr, times, device, dtype, on_step)
    kind = {"dtype": getattr(torch, dtype), "device": device}
    parameters = [torch.tensor(part, **kind).requires_grad_() for part in start]
    x_all, labels = torch.tensor(x, **kind), torch.tensor(y, device=device)
    targets = torch.tensor(objective.targets(y, start[-1].shape[1]), **kind)  # (N, C)
    stepper = optimiser.over(parameters)
    seeds = range(len(start[0])) if seeds is None else seeds
    batches = _minibatches(len(y), optimiser.batch, seeds)
    loss, accuracy = np.empty((2, len(start[0]), len(times)))
    history = start._make(
        np.empty((len(part), len(times), *part.shape[1:]), dtype) for part in start
    )
    for index, steps in enumerate(np.diff(times, prepend=0)):
        for _ in range(steps):
            chosen = next(batches)  # (S, B)
            stepper.zero_grad()
            outputs = logits(parameters, x_all[chosen])
            objective.losses(outputs, targets[chosen]).mean(-1).sum().backward()
            stepper.step()
        with torch.no_grad():
            outputs = logits(parameters, x_all)  # (S, N, C)
            loss[:, index] = objective.losses(outputs, targets).mean(-1).cpu()
            accuracy[:, index] = (outputs.argmax(-1) == labels).double().mean(-1).cpu()
        if not np.isfinite(loss[:, index]).all():
            raise overflowed(optimiser.lr, loss[:, 0], times[index])
        for part, now in zip(history, parameters, strict=True):
            part[:, index] = now.detach().cpu().numpy()
        on_step(int(steps))
        if stop_below is not None and (loss[:, index] < stop_below).all():
            break
    done = slice(index + 1)
    if not objective.tangent:
        check_end(loss[:, done], optimiser.lr, times[index])
    history = start._make(part[:, done] for part in history)
    return Trajectory(np.asarray(times)[done], loss[:, done], accuracy[:, done], history)


def _minibatches(samples, batch, seeds):
    """Positions of the samples of each step, without end: (S, B), or a slice for all of them."""
    if batch is None:
        while True:
            yield slice(None)
    if not 1 <= batch <= samples:
        raise InputError(f"batch is {batch}, but must lie between 1 and the {samples} samples.")
    draws = [np.random.RandomState(seed) for seed in seeds]
    while True:
        epoch = np.stack([draw.permutation(samples) for draw in draws])  # (S, N)
        # What is left over at an epoch's end is left out, so that all batches count alike.
        for first in range(0, samples - batch + 1, batch):
            yield torch.from_numpy(epoch[:, first : first + batch])
