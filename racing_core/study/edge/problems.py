"""A variant as arrays: samples, labels, the networks at the start, and how their output is made."""

import dataclasses
from collections.abc import Callable

import numpy as np

from racing_core import cifar10
from racing_core.descent import Rotation
from racing_core.network import Parameters, initial
from racing_core.optimisers import Objective, Optimiser, one_hidden_layer
from racing_core.study.edge import networks


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is trained, S networks side by side.

    Attributes:
        x: samples (N, D), or patches (N, P, D). y: labels (N,).
        start: the networks, one per seed.
        logits: (parameters, x) -> (S, N, C), of a batch of them.
        optimiser, objective, dtype: of the training.
        beyond: whether the last coordinate of w_in is not a sample's: the norm of all that lies
            beyond the span. All samples are 0 there, so it only counts in norms, and it decays
            with the weights where they decay.
    """

    x: np.ndarray
    y: np.ndarray
    start: list
    logits: Callable
    optimiser: Optimiser
    objective: Objective
    dtype: str
    beyond: bool

    @property
    def plain(self) -> bool:
        """Whether this is the playground's network, loss and optimiser: what the theory is of."""
        binary = self.logits is one_hidden_layer and len(self.start[0].w_out) == 2
        return binary and self.optimiser.closed_form and self.objective == Objective()

    def seen(self, layer: Parameters) -> Parameters:
        """A hidden layer without that coordinate, if it is the first."""
        if self.beyond and layer.w_in.shape[-1] == self.x.shape[-1]:
            return layer._replace(w_in=layer.w_in[..., :-1])
        return layer


def problem(config, variant, task, rotation) -> Problem:
    """The problem of a variant; `config` has the variant's own fields already.

    Args:
        task, rotation: the samples and the rotation that leads to their span. Ten classes have
            samples of their own, `config.per_class` of each.

    Raises:
        InputError: the data or the start cannot be had.
    """
    optimiser = Optimiser(config.lr, **variant.optimiser)
    training = optimiser, variant.objective, config.dtype
    init = variant.start or config.init
    if variant.network == "convolution":
        shapes = [(networks.CHANNELS, 3 * networks.KERNEL**2), (2, networks.CHANNELS)]
        start = [_plain(seed, shapes, init, config.init_scale) for seed in config.seeds]
        cut = networks.patches(task.x)
        return Problem(cut, task.y, start, networks.convolution, *training, False)
    x, y = task.x, task.y
    if variant.network == "classes":
        x, y = ten_classes(config.per_class, config.data_dir)
        rotation = Rotation(x)
    deep = variant.network == "deep"
    shapes = [(config.width, x.shape[1]), (config.width, config.width)][: 1 + deep]
    shapes.append((y.max() + 1, config.width))
    start = [_start(seed, shapes, init, config.init_scale, rotation) for seed in config.seeds]
    logits = networks.two_hidden_layers if deep else one_hidden_layer
    if not optimiser.keeps_span:
        full = [one._replace(w_in=rotation.to_inputs(one.w_in)) for one in start]
        return Problem(x, y, full, logits, *training, False)
    x = np.pad(rotation.to_span(x), ((0, 0), (0, 1)))  # (N, r + 1)
    start = [one._replace(w_in=_folded(one.w_in, rotation.rank)) for one in start]
    return Problem(x, y, start, logits, *training, True)


def ten_classes(per_class, data_dir=None):
    """All ten classes of CIFAR-10: samples (N, 3072), centred, of mean norm 1, and labels (N,)."""
    train, _ = cifar10.by_class(cifar10.CLASSES, per_class, data_dir)
    raw = np.concatenate([train[name] for name in cifar10.CLASSES])
    centred = raw - raw.mean(axis=0, dtype=np.float64)
    y = np.repeat(np.arange(len(cifar10.CLASSES)), per_class)
    return centred / np.linalg.norm(centred, axis=1).mean(), y


def _start(seed, shapes, init, scale, rotation):
    """A network in rotated coordinates, all D of them."""
    (width, inputs), classes = shapes[0], shapes[-1][0]
    if init not in ("torch", "he") and len(shapes) == 2 and classes == 2:
        return initial(seed, width, rotation.rank, inputs, init, scale)
    drawn = _plain(seed, shapes, init, scale)
    return drawn._replace(w_in=rotation.to_coordinates(drawn.w_in))


def _plain(seed, shapes, init, scale):
    weights = networks.draw(seed, shapes, init, scale)
    offsets = networks.biases(seed, shapes, init, scale)
    if len(shapes) == 3:
        w_in, w_mid, w_out = weights
        return networks.Deep(w_in, offsets[0], w_mid, offsets[1], w_out)
    return Parameters(weights[0], offsets[0], weights[1])


def _folded(w_in, rank):
    """w_in (d, D) -> (d, r + 1): the span, and the norm of the rest."""
    rest = np.linalg.norm(w_in[:, rank:], axis=1, keepdims=True)
    return np.concatenate([w_in[:, :rank], rest], axis=1)
