"""Networks beyond the playground, their starts, and their hidden layers as the talk's neurons.

The many-class network and the convolution have the playground's parts: `Parameters` with w_out
(C, d), and with one kernel per row of w_in. All arrays may have an axis of seeds in front.
"""

from typing import NamedTuple

import numpy as np
import torch

from racing_core.errors import InputError
from racing_core.network import Parameters
from racing_core.optimisers import one_hidden_layer

KERNEL, STRIDE, CHANNELS = 5, 2, 32


class Deep(NamedTuple):
    """Two hidden layers: w_in (d, D), b (d,), w_mid (d, d), b_mid (d,), w_out (C, d)."""

    w_in: np.ndarray
    b: np.ndarray
    w_mid: np.ndarray
    b_mid: np.ndarray
    w_out: np.ndarray


def batch(networks):
    """Several networks of one shape as a batch: every part with one more axis in front."""
    return networks[0]._make(np.stack(part) for part in zip(*networks, strict=True))


def two_hidden_layers(parameters, x):
    """Logits (S, N, C) of a batch of Deep networks, tensors, from x (N, D)."""
    w_in, b, w_mid, b_mid, w_out = parameters
    first = torch.relu(x @ w_in.mT + b[:, None])
    return one_hidden_layer((w_mid, b_mid, w_out), first)


def convolution(parameters, x):
    """Logits (S, N, C) of a convolution, ReLU and the mean over all positions, tensors.

    Args:
        parameters: kernels w_in (S, d, 75), b (S, d), w_out (S, C, d).
        x: patches (N, P, 75) of each image.
    """
    w_in, b, w_out = parameters
    hidden = torch.relu(x.flatten(0, 1) @ w_in.mT + b[:, None])  # (S, N P, d)
    return hidden.unflatten(1, x.shape[:2]).mean(2) @ w_out.mT


def patches(x):
    """Patches (N, P, 75) of images x (N, 3072), scaled to mean norm 1 as the images are."""
    images = torch.tensor(x).view(-1, 3, 32, 32)
    cut = torch.nn.functional.unfold(images, KERNEL, stride=STRIDE).mT.numpy()
    return cut / np.linalg.norm(cut, axis=-1).mean()


def layers(parameters) -> list[Parameters]:
    """Each hidden layer's neurons: incoming weights, bias, weights to the next layer."""
    if isinstance(parameters, Deep):
        w_in, b, w_mid, b_mid, w_out = parameters
        return [Parameters(w_in, b, w_mid), Parameters(w_mid, b_mid, w_out)]
    return [parameters]


def with_layer(parameters, index, layer):
    """The network with another hidden layer (of any width) in the place of its `index`-th."""
    if not isinstance(parameters, Deep):
        return layer
    if index == 0:
        return parameters._replace(w_in=layer.w_in, b=layer.b, w_mid=layer.w_out)
    return parameters._replace(w_mid=layer.w_in, b_mid=layer.b, w_out=layer.w_out)


def layer_problems(parameters, x, e):
    """What each hidden layer sees at first: inputs (N, D) and errors (N, C) at its output.

    The errors of the first of two layers are those that come back through the second, whose gates
    are held: they are small with its weights, and grow with them.

    Args:
        x: (N, D), or patches (N, P, D), each of which counts as a sample. e: (N, C).
    """
    if x.ndim == 3:
        return [(x.reshape(-1, x.shape[-1]), np.repeat(e, x.shape[1], axis=0))]
    if not isinstance(parameters, Deep):
        return [(x, e)]
    w_in, b, w_mid, b_mid, w_out = parameters
    hidden = (x @ w_in.T + b).clip(0)
    gates = hidden @ w_mid.T + b_mid > 0
    return [(x, (e @ w_out) * gates), (hidden, e)]


def draw(seed, shapes, init, scale):
    """Random weights, one array (fan_out, fan_in) per shape, each layer drawn in turn.

    Args:
        init: those of `racing_core.network.initial`, or, times `scale`, `torch` (the uniform
            distribution of torch's nn.Linear, +-1 / sqrt(fan_in)) or `he` (standard deviation
            sqrt(2 / fan_in)). Biases are not drawn here: 0, but for `torch` (see `biases`).
    """
    random = np.random.RandomState(seed)
    if init == "torch":
        drawn = [random.uniform(-1, 1, shape) / np.sqrt(shape[1]) for shape in shapes]
    else:
        drawn = [random.standard_normal(shape) for shape in shapes]
        if init == "he":
            drawn = [np.sqrt(2 / weights.shape[1]) * weights for weights in drawn]
        elif init in ("fan_in", "balanced"):
            drawn = [weights / np.sqrt(weights.shape[1]) for weights in drawn]
    drawn = [scale * weights for weights in drawn]
    if init == "balanced":
        if len(drawn) > 2:
            raise InputError("A balanced start needs a single hidden layer; choose fan_in.")
        drawn[1] *= np.linalg.norm(drawn[0], axis=1) / np.linalg.norm(drawn[1], axis=0)
    return drawn


def biases(seed, shapes, init, scale):
    """Biases of the hidden layers: 0, but for torch's own start, uniform in +-1 / sqrt(fan_in)."""
    random = np.random.RandomState([seed, 1])
    return [
        scale * random.uniform(-1, 1, fan_out) / np.sqrt(fan_in)
        if init == "torch"
        else np.zeros(fan_out)
        for fan_out, fan_in in shapes[:-1]
    ]
