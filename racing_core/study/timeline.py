"""One network over time: where the theory stops being good, and how one neuron unlocks."""

import numpy as np

from racing_core import neurons, theory
from racing_core.study.measures import spearman

TIMES = 48


def timeline(run) -> dict:
    """Series over time of a `racing_core.run.Run`, plain lists.

    Returns:
        `time`, `loss`; `order`: Spearman of the norm products with the final ones; `gates`: the
        mean share of samples that a gate lets through; `turned` and `grown`: medians of the share
        of all turning and growth, in the span; `error_frozen` and `error_alone`: median |log| of
        the predicted over the real norm product, in the span, for the linear theory (gates and
        errors of t = 0) and for neurons left alone (errors of t = 0). `unlocking`: the neuron with
        the largest final norm among those whose outgoing weight changes its sign along the error,
        with its `side`, `toward` (its [w_in, b] along the final direction), `norm_product` and
        `gates`; None if there is no such neuron.
    """
    wanted = np.expm1(np.linspace(0, np.log1p(run.time[-1]), TIMES))
    times = np.unique(np.abs(run.time[:, None] - wanted).argmin(axis=0))
    steps = run.time[times].astype(int)
    real = neurons.norm_product(run.w_in[times], run.w_out[times])
    open_gates = np.stack(  # (times, d)
        [(run.w_in[t] @ run.x.T + run.b[t][:, None] > 0).mean(1) for t in times]
    )
    norm = neurons.norm_in(run.w_in)
    cosine = (run.w_in * run.w_in[0]).sum(-1) / np.maximum(norm * norm[0], 1e-300)
    angle = np.arccos(np.clip(cosine, -1, 1))
    turned, grown = angle / np.maximum(angle[-1], 1e-9), (norm - norm[0]) / (norm[-1] - norm[0])
    return {
        "time": steps.tolist(),
        "loss": _round(run.loss[times]),
        "order": _round([spearman(run.norm_product[t], run.norm_product[-1]) for t in times]),
        "gates": _round(open_gates.mean(1)),
        "turned": _round(np.median(turned[times], 1)),
        "grown": _round(np.median(grown[times], 1)),
        "error_frozen": _round(np.median(abs(np.log(_frozen(run, steps) / real)), 1)),
        "error_alone": _round(np.median(abs(np.log(_alone(run, steps) / real)), 1)),
        "unlocking": _unlocking(run, times, open_gates),
    }


def _frozen(run, steps):
    """Norm products (T, d) by the linear theory."""
    p, c = theory.predicted(run.modes, steps, run.config.lr)
    return np.hypot(p, run.modes.aside_in) * np.hypot(c, run.modes.aside_out)


def _alone(run, steps):
    """Norm products (T, d) of neurons that never feel each other."""
    network, products = run.at(0), []
    for count in np.diff(steps, prepend=0):
        network = theory.lone_neurons(network, run.x, run.y, run.config.lr, count)
        products.append(neurons.norm_product(network.w_in, network.w_out))
    return np.array(products)


def _unlocking(run, times, open_gates):
    changed = np.sign(run.side[0]) != np.sign(run.side[-1])
    if not changed.any():
        return None
    neuron = int(np.argmax(np.where(changed, run.norm_product[-1], -1)))
    total = np.concatenate([run.w_in[:, neuron], run.b[:, neuron, None]], axis=1)
    final = total[-1] / np.linalg.norm(total[-1])
    return {
        "neuron": neuron,
        "neurons": int(changed.sum()),
        "side": _round(run.side[times, neuron]),
        "toward": _round(total[times] @ final),
        "norm_product": _round(run.norm_product[times, neuron]),
        "gates": _round(open_gates[:, neuron]),
    }


def _round(values):
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values]
