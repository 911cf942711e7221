"""The network of the playground: one hidden ReLU layer with bias, two outputs without."""

from typing import NamedTuple

import numpy as np


class Parameters(NamedTuple):
    """All parameters of one network, or of a batch of them (numpy arrays or torch tensors).

    Attributes:
        w_in: w^(1), incoming weights (..., d, D), one row per neuron.
        b: biases (..., d).
        w_out: w^(2), outgoing weights (..., 2, d), one column per neuron.
    """

    w_in: np.ndarray
    b: np.ndarray
    w_out: np.ndarray


def batch(networks) -> Parameters:
    """Several networks of one shape as a batch: every part with one more axis in front."""
    return Parameters(*(np.stack(part) for part in zip(*networks, strict=True)))


def in_span(networks, rank) -> Parameters:
    """Networks as a batch, by the first `rank` coordinates of their w_in (see `initial`)."""
    return batch([Parameters(one.w_in[:, :rank], one.b, one.w_out) for one in networks])


def forward(parameters, x):
    """Logits (..., N, 2) and hidden activations (..., N, d) of inputs x (N, D)."""
    w_in, b, w_out = parameters
    hidden = (x @ w_in.swapaxes(-1, -2) + b[..., None, :]).clip(0)
    return hidden @ w_out.swapaxes(-1, -2), hidden


def loss_and_accuracy(logits, y):
    """Mean softmax cross-entropy (...) in nats and accuracy (...), from logits (..., N, 2).

    Equal logits count as label 0, as an argmax does.
    """
    difference = logits[..., 1] - logits[..., 0]
    signed = np.where(y == 1, difference, -difference)
    correct = (difference > 0) == (y == 1)
    return np.logaddexp(0, -signed).mean(-1), correct.mean(-1)


def initial(seed, width, rank, inputs, init, init_scale) -> Parameters:
    """Random parameters, in coordinates whose first `rank` axes span the samples.

    The axes after the first `rank` are at right angles to all samples. A Gaussian vector looks the
    same in every orthonormal basis, so this is the usual initialization; drawing the span first
    lets a browser, which knows the samples only by their coordinates in the span, draw the very
    same network. The generator is numpy's RandomState, frozen by NEP 19 (MT19937, polar method);
    the order of the draws is w_in in the span (d, rank), w_out (2, d), the rest of w_in.

    Args:
        seed: of the generator, 0 to 2^32 - 1.
        width: number of hidden neurons d.
        rank, inputs: r and D, with r <= D.
        init: `fan_in` draws N(0, init_scale^2 / fan_in) for each layer, `per_weight`
            N(0, init_scale^2) for every weight, and `balanced` is fan_in with each outgoing vector
            rescaled to the norm of the incoming one. Biases start at 0.
        init_scale: scale of the weights.

    Returns:
        w_in (d, D) in the coordinates described, b (d,), w_out (2, d), float64.
    """
    draw = np.random.RandomState(seed).standard_normal
    span = draw((width, rank))
    w_out = draw((2, width))
    w_in = np.concatenate([span, draw((width, inputs - rank))], axis=1)
    if init == "per_weight":
        return Parameters(init_scale * w_in, np.zeros(width), init_scale * w_out)
    w_in *= init_scale / np.sqrt(inputs)
    w_out *= init_scale / np.sqrt(width)
    if init == "balanced":
        w_out *= np.linalg.norm(w_in, axis=1) / np.linalg.norm(w_out, axis=0)
    return Parameters(w_in, np.zeros(width), w_out)
