"""The talk's view: "we consider the parameter vectors per neuron", their norms and directions.

Vectors are given by all D coordinates, or by their r coordinates in the span of the samples
together with the Gram matrix (d, d) of the part at right angles to it, which never changes: norms
and cosines need no more, and all of them are those of the full space.
"""

import numpy as np
from scipy.sparse.csgraph import connected_components

CLUSTER_COSINE = 0.99  # slides: "cosine similarity > 0.99"
ARRIVAL_COSINE = 0.9  # ours


def first(mask) -> int | None:
    """Index of the first True of a mask (n,); None where there is none (argmax would say 0)."""
    return int(np.argmax(mask)) if np.any(mask) else None


def unit(vectors):
    """Vectors (..., D) at length 1; one of norm 0 has no direction and stays 0."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)


def norm_in(w_in, rest=0.0):
    """|w^(1)| of each neuron (..., d), from w_in (..., d, r) and squared norms (d,) of the rest."""
    return np.sqrt(np.einsum("...i,...i->...", w_in, w_in) + rest)  # no copy of a whole history


def norm_out(w_out):
    """|w^(2)| of each neuron (..., d), from w_out (..., 2, d)."""
    return np.sqrt((w_out**2).sum(-2))


def norm_product(w_in, w_out, rest=0.0):
    """a = |w^(1)| |w^(2)| of each neuron (..., d) (paper, first figure)."""
    return norm_in(w_in, rest) * norm_out(w_out)


def cosine_matrix(parameters, gram=0.0):
    """Cosine similarity (d, d) between the total vectors [w^(1), b, w^(2)] (slides).

    Args:
        parameters: w_in (d, r), b (d,), w_out (2, d).
        gram: (d, d) inner products of the parts of w_in that the r coordinates leave out.

    A total vector of norm 0 has no direction: its cosine with every other is 0, with itself 1.
    """
    w_in, b, w_out = parameters
    inner = w_in @ w_in.T + np.outer(b, b) + w_out.T @ w_out + gram
    norms = np.sqrt(np.diag(inner))
    scale = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
    cosine = np.clip(inner * np.outer(scale, scale), -1, 1)
    np.fill_diagonal(cosine, 1)
    return cosine


def clusters(cosine, threshold=CLUSTER_COSINE):
    """Cluster of each neuron (d,), int64: 0 is the largest, 1 the next, and so on.

    Two neurons share a cluster when a chain of neurons joins them in which each cosine with the
    next is above the threshold (the connected components of that graph). This does not depend on
    the order of the neurons, as picking one neuron after another with its neighbours would; the two
    ends of a long chain can be further apart than the threshold. The threshold is the talk's, the
    chain is ours. Clusters of equal size are numbered by their first neuron.
    """
    _, component = connected_components(cosine > threshold, directed=False)
    _, first, size = np.unique(component, return_index=True, return_counts=True)
    rank = np.empty_like(first)
    rank[np.lexsort((first, -size))] = np.arange(len(first))
    return rank[component].astype(np.int64)


def target_directions(w_in, labels):
    """Mean direction (k, D) of each cluster's incoming weights (slides: "average direction").

    Args:
        w_in: final incoming weights (d, D), all coordinates. A neuron with w_in = 0 counts as 0.
        labels: cluster of each neuron (d,).

    Returns:
        Unit vectors, row i for cluster i, each along the mean of its neurons' unit vectors.
    """
    mean = np.zeros((labels.max() + 1, w_in.shape[1]))
    np.add.at(mean, labels, unit(w_in))
    return unit(mean)


def alignment(w_in, rest, targets, labels):
    """Cosine (..., d) of w_in with the target direction of the neuron's own cluster.

    Args:
        w_in: (..., d, r), coordinates in the span.
        rest: (d, D - r), the constant coordinates.
        targets: (k, D) from `target_directions`.
        labels: cluster of each neuron (d,).
    """
    rank = w_in.shape[-1]
    own = targets[labels]
    inner = np.einsum("...dr,dr->...d", w_in, own[:, :rank]) + (rest * own[:, rank:]).sum(-1)
    norm = norm_in(w_in, (rest**2).sum(-1))
    return np.divide(inner, norm, out=np.zeros_like(inner), where=norm > 0)


def alignment_shared(w_in, labels):
    """Cosine (T, d) of w_in with its cluster's mean direction at that same time.

    Both within the span of the samples: the rest of w_in is constant and meets no sample, so the
    network does not depend on it. The definition is ours. The direction that a cluster shares goes
    on turning while the loss falls; this is how far a neuron has joined the others, whereas
    `alignment` tells how far it is from where all of them end up.

    Args:
        w_in: (T, d, r), coordinates in the span. labels: cluster of each neuron (d,).
    """
    order = np.argsort(labels, kind="stable")
    first_members = np.searchsorted(labels[order], np.arange(labels.max() + 1))
    cosine = np.empty(w_in.shape[:2])
    for time, now in enumerate(w_in):  # (d, r): a whole history more would be most of the memory
        directions = unit(now)
        mean = unit(np.add.reduceat(directions[order], first_members))  # (k, r)
        cosine[time] = np.einsum("dr,dr->d", directions, mean[labels])
    return cosine.clip(-1, 1)


def arrival_time(time, aligned, threshold=ARRIVAL_COSINE):
    """First time (..., d) at which the alignment reaches the threshold; NaN for never.

    Args:
        time: (T,).
        aligned: (..., T, d), `alignment_shared` where the race inside a cluster is meant. Between
            two recorded times it is interpolated linearly.
    """
    there = aligned >= threshold
    after = np.expand_dims(there.argmax(-2), -2)
    before = np.maximum(after - 1, 0)
    high = np.take_along_axis(aligned, after, -2)
    low = np.take_along_axis(aligned, before, -2)
    rise = np.where(high > low, high - low, 1)
    arrived = time[after] - (high - threshold) / rise * (time[after] - time[before])
    return np.where(there.any(-2), arrived[..., 0, :], np.nan)
