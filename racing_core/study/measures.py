"""What a run says about each claim: effect sizes, as plain numbers.

Orders are compared within groups: clusters of the final total vectors (cosine > 0.99, as in the
talk) within the span of the samples. In the full space the constant part of w_in at right angles
to the samples, which the network never sees, hides the clusters of a large initialisation; the
measures of few directions count both.
"""

import numpy as np
from scipy.stats import spearmanr

from racing_core import capacity, neurons, theory
from racing_core.study import pruning

GROUP = 10  # ours: the smallest group within which an order is compared
CARRIED = 0.9  # ours: the share of all norm products that "few directions" carry
STIR, DROP = 0.99, 0.9  # ours: the loss has stirred, or dropped, at that share of its start
FEWEST_ARRIVALS = 5  # for a slope


def measure(simulation) -> list[dict[str, float]]:
    """Effect sizes of the claims, one dict a network; what cannot be compared is left out."""
    measured = []
    for run in simulation.runs:
        measured.append(
            {
                **_turning(run),
                **directions(run),
                **_within_groups(run),
                **_among_all(run),
                **_unlocking(run),
                **pruning.pruning(run),
                "loss_start": run.loss[0],
                "loss_end": run.loss[-1],
                "stir_time": run.time[_stir(run)],
                "drop_time": run.time[_drop(run)],
            }
        )
    return [
        {name: float(value) for name, value in one.items() if np.isfinite(value)}
        for one in measured
    ]


def groups(run) -> list:
    """Masks (d,) of the clusters in the span with at least GROUP neurons."""
    sizes = np.bincount(run.span_labels)
    return [run.span_labels == label for label in np.flatnonzero(sizes >= GROUP)]


def _stir(run):
    return run.fallen(STIR) or 0


def _drop(run):
    return run.fallen(DROP) or 0


def _turning(run):
    """Share of a neuron's turning, and of its growth, that is over when the loss has stirred."""
    moments = run.w_in[0], run.w_in[_stir(run)], run.w_in[-1]
    found = {}
    for space, rest in (("span", np.zeros_like(run.rest)), ("full", run.rest)):
        start, now, end = (neurons.norm_in(w, rest) for w in moments)
        angle_now, angle_end = (
            np.arccos(np.clip(((w * moments[0]).sum(-1) + rest) / (norm * start), -1, 1))
            for w, norm in ((moments[1], now), (moments[2], end))
        )
        turned = np.clip(angle_now / np.maximum(angle_end, 1e-9), 0, 1)
        gain = abs(end - start)
        grown = np.clip(abs(now - start) / np.where(gain > 0, gain, np.inf), 0, 1)
        found |= {
            f"turned_{space}": np.median(turned),
            f"grown_{space}": np.median(grown),
            f"turned_first_{space}": np.median(turned - grown),
            f"factor_{space}": np.median(now / start),
        }
    return found


def directions(run):
    """How many clusters carry 90 % of the summed norm product, and how many live."""
    final = run.norm_product[-1]
    found = {}
    for space, labels in (("full", run.labels), ("span", run.span_labels)):
        carried = np.sort(np.bincount(labels, weights=final))[::-1].cumsum()
        found[f"directions_{space}"] = np.searchsorted(carried, CARRIED * carried[-1]) + 1
        found[f"live_{space}"] = capacity.live_clusters(labels, final).max() + 1
    return found | {"groups": len(groups(run))}


def _within_groups(run):
    """Mean over the groups, weighted by their sizes, of what `_group` measures."""
    masks = groups(run)
    found_in = [_group(run, mask) for mask in masks]
    found = {}
    for name in found_in[0] if found_in else ():
        values = np.array([group[name] for group in found_in])
        sizes = np.array([mask.sum() for mask in masks])
        known = ~np.isnan(values)
        found[name] = np.average(values[known], weights=sizes[known]) if known.any() else np.nan
    return found


def _group(run, mask):
    """The race within one group: arrival, final norm, and what foretold them at the start."""
    final = np.log(run.norm_product[-1, mask])
    aligned = neurons.alignment_shared(run.w_in[:, mask], np.zeros(mask.sum(), int))
    arrival = neurons.arrival_time(run.time, aligned)
    earliness = -np.where(np.isnan(arrival), np.inf, arrival)
    slope, slope_theory, r2 = _slopes(run, mask, arrival, final)
    found = {
        "arrival_rank": spearman(earliness, final),
        "arrived_at_start": np.mean(arrival == 0),
        "slope": slope,
        "slope_theory": slope_theory,
        "slope_ratio": slope / slope_theory,
        "slope_r2": r2,
        "order_from_stir": spearman(run.norm_product[_stir(run), mask], final),
        "order_from_drop": spearman(run.norm_product[_drop(run), mask], final),
    }
    for name, values in _predictors(run, mask).items():
        found[f"{name}_arrival"] = spearman(values, earliness)
        found[f"{name}_final"] = spearman(values, final)
    return found


def _among_all(run):
    """Orders among all neurons, whatever their groups: also where there are none."""
    final = run.norm_product[-1]
    return {
        "order_all": spearman(run.norm_product[_drop(run)], final),
        "product_all": spearman(run.norm_product[0], final),
        "growing_all": spearman(abs(run.modes.growing), final),
        "foreseen_all": spearman(run.predicted_order, final),
    }


def _slopes(run, mask, arrival, final):
    """Slope of log final norm product on arrival time, the theory's, and R^2 of the fit.

    From neurons that arrive while the loss is still where it was (up to the drop): later arrivals
    grow at another rate. The theory's slope is minus twice the shared direction's growth rate,
    a step, averaged from the first of these arrivals to the last.
    """
    racing = (arrival > 0) & (arrival <= run.time[_drop(run)])
    if racing.sum() < FEWEST_ARRIVALS or np.ptp(arrival[racing]) == 0:
        return np.nan, np.nan, np.nan
    slope = np.polyfit(arrival[racing], final[racing], 1)[0]
    r2 = np.corrcoef(arrival[racing], final[racing])[0, 1] ** 2
    first, last = np.searchsorted(run.time, [arrival[racing].min(), arrival[racing].max()])
    rates = []
    for time in range(first, last + 1):
        total = np.concatenate([run.w_in[time, mask], run.b[time, mask, None]], axis=1)
        direction = (total / np.linalg.norm(total, axis=1, keepdims=True)).mean(0)
        direction /= np.linalg.norm(direction)
        rate = theory.shared_rate(run.at(time), run.x, run.y, direction)
        rates.append(-2 * np.log1p(run.config.lr * rate))
    times = run.time[first : last + 1]
    mean = np.trapezoid(rates, times) / np.ptp(times) if len(times) > 1 else rates[0]
    return slope, mean, r2


def _predictors(run, mask):
    """What might foretell a group's race at t = 0, each (n,); larger should mean ahead.

    `cosine` is the talk's: w_in's closeness in direction to the target, the group's final mean
    direction, in the full space; `cosine_span` the same to the direction shared at the drop, in
    the span; `total` is the cosine of total vectors with the group's final mean; `out` the part of
    w_out along the error, towards the group's side; `growing` the linear theory's growing mode;
    `foreseen` is `foreseen`; the others are norms.
    """
    start, beyond = run.at(0), run.beyond[mask]
    side = np.sign(np.median(run.side[-1, mask]))
    first = np.concatenate([run.w_in[0, mask], beyond], axis=1)
    last = np.concatenate([run.w_in[-1, mask], beyond], axis=1)
    drop = run.w_in[_drop(run), mask]

    def with_rest(w_in, time):
        return np.concatenate([w_in, run.b[time, mask, None], run.w_out[time][:, mask].T], axis=1)

    return {
        "cosine": _unit(first) @ _unit(_unit(last).mean(0)),
        "cosine_span": _unit(run.w_in[0, mask]) @ _unit(_unit(drop).mean(0)),
        "total": _unit(with_rest(first, 0)) @ _unit(_unit(with_rest(last, -1)).mean(0)),
        "out": run.side[0, mask] * side,
        "norm_in": neurons.norm_in(first),
        "norm_out": neurons.norm_out(start.w_out[:, mask]),
        "product": run.norm_product[0, mask],
        "growing": abs(run.modes.growing[mask]),
        "foreseen": run.predicted_order[mask],
    }


def _unlocking(run):
    """Unlocking, by a definition of ours: w_out's part along the error changes sign.

    Until then training shrinks the neuron, afterwards it grows. The linear theory foretells it for
    neurons whose growing mode has the other sign than w_out's part at t = 0.
    """
    sign = np.sign(run.side)
    changed = sign[0] != sign[-1]
    told = np.sign(run.modes.growing) != sign[0]
    either = (changed | told).sum()
    last_before = [np.flatnonzero(sign[:, i] != sign[-1, i]).max() for i in np.flatnonzero(changed)]
    early = np.mean(np.array(last_before) < _drop(run)) if last_before else np.nan
    gates = [
        (run.w_in[time] @ run.x.T + run.b[time][:, None] > 0).mean(1)
        for time in (0, _drop(run), -1)
    ]
    winners = np.argsort(-run.norm_product[-1])[: max(1, len(changed) // 10)]
    return {
        "reversed": changed.mean(),
        "reversed_before_drop": early,
        "reversed_told": (changed & told).sum() / either if either else np.nan,
        "reversed_told_share": told.mean(),
        "gates_start": gates[0].mean(),
        "gates_drop": gates[1].mean(),
        "gates_end": gates[2].mean(),
        "gates_winners_start": gates[0][winners].mean(),
        "gates_winners_end": gates[2][winners].mean(),
        "dead_end": (gates[2] == 0).mean(),
    }


def _unit(vectors):
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)


def spearman(a, b):
    """Rank correlation; NaN where either does not vary."""
    if len(np.unique(a)) < 2 or len(np.unique(b)) < 2:
        return np.nan
    return spearmanr(a, b).statistic
