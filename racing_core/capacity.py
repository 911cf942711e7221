"""How few neurons do the work: pruning the lowest norms, and merging clusters.

Everything takes one network's Parameters (w_in (d, D), b (d,), w_out (2, d)) and inputs x (N, D)
in the same coordinates; those in the span are enough, because the rest of w_in is at right angles
to every sample.
"""

from typing import NamedTuple

import numpy as np

from racing_core.errors import InputError
from racing_core.network import Parameters, forward, loss_and_accuracy

LIVE_SHARE = 0.01  # ours: a cluster lives while it carries 1 % of the strongest one's norm product


class Pruned(NamedTuple):
    """What is left of a network when its weakest neurons are pruned.

    Attributes:
        kept: (d + 1,) = 0..d, how many neurons are kept.
        loss: (..., d + 1) with that many kept, in nats.
        accuracy: (..., d + 1) with that many kept.
    """

    kept: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray


def keep(parameters, neurons) -> Parameters:
    """The network with only the given neurons (indices, or a mask (d,)); the others are pruned."""
    w_in, b, w_out = parameters
    return Parameters(w_in[neurons], b[neurons], w_out[:, neurons])


def prune(parameters, strength, count) -> Parameters:
    """The network with only its `count` strongest neurons, in the order that they had.

    Args:
        parameters: w_in (d, D), b (d,), w_out (2, d).
        strength: what to rank by (d,), the final norm product for instance.
        count: how many neurons to keep, 0 to d; of equal ones the first are kept.

    Raises:
        InputError: `count` is not between 0 and d.
    """
    if not 0 <= count <= len(strength):
        raise InputError(f"count is {count}, but must lie between 0 and {len(strength)} neurons.")
    return keep(parameters, np.sort(np.argsort(-np.asarray(strength), kind="stable")[:count]))


def pruning_curve(parameters, x, y, strength) -> Pruned:
    """Loss and accuracy when neurons are pruned, the weakest first.

    Args:
        strength: what to rank by, (d,); the lowest is pruned first. Or (..., d), for several ways.
    """
    _, hidden = forward(parameters, x)
    terms = hidden.T[:, :, None] * parameters.w_out.T[:, None, :]
    strength = np.asarray(strength)
    loss, accuracy = np.empty((2, *strength.shape[:-1], strength.shape[-1] + 1))
    for way in np.ndindex(strength.shape[:-1]):
        strongest_first = np.argsort(-strength[way], kind="stable")
        logits = np.concatenate([np.zeros((1, len(x), 2)), terms[strongest_first].cumsum(axis=0)])
        loss[way], accuracy[way] = loss_and_accuracy(logits, y)
    return Pruned(np.arange(strength.shape[-1] + 1), loss, accuracy)


def merge(parameters, labels) -> Parameters:
    """One neuron in place of each cluster, row i for label i; label -1 drops a neuron.

    Neurons whose (w_in, b) are positive multiples k of one direction open for the same inputs, and
    ReLU(k z) = k ReLU(z), so one neuron along that direction with w_out = sum of k w_out does what
    they did, exactly. For neurons that are only nearly parallel the direction is their mean
    weighted by |w_out|, and k the projection on it. The result is balanced: k is shared out between
    w_in and w_out as it is between a neuron's own layers under gradient descent. Ours.

    Args:
        parameters: w_in (d, D), b (d,), w_out (2, d).
        labels: (d,) of int, for example `Run.labels` or what `live_clusters` returns.

    Returns:
        w_in (k, D), b (k,), w_out (2, k), for labels up to k - 1.
    """
    w_in, b, w_out = parameters
    total = np.concatenate([w_in, b[:, None]], axis=1)
    weight = np.linalg.norm(w_out, axis=0)
    count = labels.max() + 1
    merged_in, merged_out = np.zeros((count, total.shape[1])), np.zeros((len(w_out), count))
    for label in range(count):
        members = labels == label
        direction = weight[members] @ total[members]
        norm = np.linalg.norm(direction)
        if norm == 0:
            continue
        k = total[members] @ direction / norm
        share = np.linalg.norm(k)
        merged_in[label] = share * direction / norm
        merged_out[:, label] = w_out[:, members] @ k / share
    return Parameters(merged_in[:, :-1], merged_in[:, -1], merged_out)


def live_clusters(labels, strength):
    """Cluster labels (d,) with -1 for neurons of clusters that carry next to nothing.

    A cluster lives when its summed `strength` (the norm product) is at least LIVE_SHARE of the
    strongest cluster's. Live clusters keep their order and are numbered anew from 0.
    """
    total = np.bincount(labels, weights=strength)
    live = total >= LIVE_SHARE * total.max()
    renumbered = np.where(live, np.cumsum(live) - 1, -1)
    return renumbered[labels]


def best_threshold(margin, y):
    """The threshold on margins (N,) (logit 0 less logit 1) above which label 0 is guessed best.

    Pruning may keep every direction and lose the balance between the two sides; moving the
    threshold is the least that can be done about it. Halfway between two samples, or beyond all.
    """
    order = np.argsort(margin, kind="stable")
    sorted_margin, zero = margin[order], (y == 0)[order]
    # right[k]: how many are right when the k smallest count as label 1.
    right = (
        np.concatenate([[0], (~zero).cumsum()]) + zero.sum() - np.concatenate([[0], zero.cumsum()])
    )
    ends = np.concatenate([[sorted_margin[0] - 1], sorted_margin, [sorted_margin[-1] + 1]])
    possible = np.diff(ends) > 0  # equal margins cannot be told apart
    best = np.argmax(np.where(possible, right, -1))
    return ends[best : best + 2].mean()
