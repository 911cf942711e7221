"""What a run says about each claim: effect sizes, as plain numbers.

Orders are compared within groups: clusters of the final total vectors (cosine > 0.99, as in the
talk) within the span of the samples. In the full space the constant part of w_in at right angles
to the samples, which the network never sees, hides the clusters of a large initialization; the
measures of few directions count both.
"""

import numpy as np
from scipy.stats import spearmanr

from racing_core import capacity, neurons, theory
from racing_core.neurons import unit
from racing_core.study import pruning

GROUP = 10  # ours: the smallest group within which an order is compared
CARRIED = 0.9  # ours: the share of all norm products that "few directions" carry
STIR, DROP = 0.99, 0.9  # ours: the loss has stirred, or dropped, at that share of its start
FEWEST_ARRIVALS = 5  # for a slope
TOP = 0.1  # ours: the share of the neurons that counts as the top of an order


def measure(run) -> dict:
    """Effect sizes of the claims for one network, nested by name; plain floats.

    What cannot be compared is left out: an order kept since the drop for a network whose loss never
    dropped, or a race within groups where there are none. By name:

    - `turned_first`: {"span", "full"}, the median share of turning minus the median neuron's share
      of growth that is over when the loss has stirred
    - `directions` and `live`: {"span", "full"}, see `directions`
    - `arrival_rank`, `slope_ratio`, `order_kept`, `top_kept`, `top_predicted`, `predictors`: the
      race within groups, see `_group`
    - `all`: the same orders among all neurons, see `_among_all`
    - `unlocking`: {"share", "overlap"}
    - `gates`: {"start", "drop"}, mean share of open ones
    - `loss`: the last one
    - what `pruning.pruning` returns

    Args:
        run: a `racing_core.run.Run`.
    """
    return finite(
        {
            "turned_first": _turned_first(run),
            **directions(run),
            **_within_groups(run),
            "all": _among_all(run),
            "unlocking": _unlocking(run),
            "gates": _gates(run),
            "loss": run.loss[-1],
            **pruning.pruning(run),
        }
    )


def finite(nested) -> dict:
    """The same nested dict with plain floats; a value that is NaN or infinite is left out."""
    found = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            found[name] = finite(value)
        elif np.isfinite(value):
            found[name] = float(value)
    return found


def groups(run) -> list:
    """Masks (d,) of the clusters in the span with at least GROUP neurons."""
    sizes = np.bincount(run.span_labels)
    return [run.span_labels == label for label in np.flatnonzero(sizes >= GROUP)]


def _turned_first(run):
    """Share of a neuron's turning minus that of its growth that is over when the loss has stirred.

    Medians over the neurons. Nothing where the loss never stirs.
    """
    stir = run.fallen(STIR)
    if stir is None:
        return {}
    first, then, last = run.w_in[0], run.w_in[stir], run.w_in[-1]  # (d, r) each
    found = {}
    for space, rest in (("span", np.zeros_like(run.rest)), ("full", run.rest)):
        start, now, end = (neurons.norm_in(w, rest) for w in (first, then, last))
        angle_now, angle_end = (
            np.arccos(np.clip(((w * first).sum(-1) + rest) / (norm * start), -1, 1))
            for w, norm in ((then, now), (last, end))
        )
        turned = np.clip(angle_now / np.maximum(angle_end, 1e-9), 0, 1)
        gain = abs(end - start)
        grown = np.clip(abs(now - start) / np.where(gain > 0, gain, np.inf), 0, 1)
        found[space] = np.median(turned - grown)
    return found


def directions(run):
    """In how few directions the final network lies, in the span and in the full space.

    `directions`: clusters that carry CARRIED of the summed norm products; `live`: live clusters.
    """
    final = run.norm_product[-1]
    found = {"directions": {}, "live": {}}
    for space, labels in (("full", run.labels), ("span", run.span_labels)):
        carried = np.sort(np.bincount(labels, weights=final))[::-1].cumsum()
        found["directions"][space] = np.searchsorted(carried, CARRIED * carried[-1]) + 1
        found["live"][space] = capacity.live_clusters(labels, final).max() + 1
    return found


def _within_groups(run):
    """Mean over the groups, weighted by their sizes, of what `_group` measures."""
    masks = groups(run)
    if not masks:
        return {}
    return _averaged([_group(run, mask) for mask in masks], [mask.sum() for mask in masks])


def _averaged(found, sizes):
    """Weighted mean of nested dicts of one shape, of what is not NaN in them."""
    if isinstance(found[0], dict):
        return {name: _averaged([one[name] for one in found], sizes) for name in found[0]}
    values, sizes = np.array(found), np.array(sizes)
    known = ~np.isnan(values)
    return np.average(values[known], weights=sizes[known]) if known.any() else np.nan


def _group(run, mask):
    """The race within one group (a mask (d,) of n neurons).

    `arrival_rank`: rank correlation of earliness with the final norm product; `slope_ratio`: see
    `_slope_ratio`; `order_kept`: rank correlation of the norm products at the drop with the final
    ones; `top_kept`, `top_predicted`: share of the final top (see `_top`) that is the top at the
    drop, and by `theory.predict` at t = 0; `predictors`: rank correlation of each with earliness
    (`arrival`) and with the final norm product (`final`).
    """
    drop, final = run.fallen(DROP), np.log(run.norm_product[-1, mask])  # (n,)
    aligned = neurons.alignment_shared(run.w_in[:, mask], np.zeros(mask.sum(), int))  # (T, n)
    arrival = neurons.arrival_time(run.time, aligned)
    earliness = -np.where(np.isnan(arrival), np.inf, arrival)
    dropped = drop is not None
    return {
        "arrival_rank": spearman(earliness, final),
        "slope_ratio": _slope_ratio(run, mask, arrival, final, drop) if dropped else np.nan,
        "order_kept": spearman(run.norm_product[drop, mask], final) if dropped else np.nan,
        "top_kept": _top(run.norm_product[drop, mask], final) if dropped else np.nan,
        "top_predicted": _top(run.predicted_order[mask], final),
        "predictors": {
            name: {"arrival": spearman(values, earliness), "final": spearman(values, final)}
            for name, values in _predictors(run, mask, drop).items()
        },
    }


def _among_all(run):
    """Orders among all neurons, whatever their groups: also where there are none."""
    drop, final = run.fallen(DROP), run.norm_product[-1]
    found = {
        "predicted": spearman(run.predicted_order, final),
        "top_predicted": _top(run.predicted_order, final),
    }
    if drop is not None:
        found["order_kept"] = spearman(run.norm_product[drop], final)
        found["top_kept"] = _top(run.norm_product[drop], final)
    return found


def _top(values, final):
    """Share of the final top, TOP of the neurons (at least one), that is also the top by `values`.

    Both (n,). A rank correlation over all can be high while the few that count have changed.
    """
    count = max(1, round(TOP * len(final)))
    return np.isin(np.argsort(-values)[:count], np.argsort(-final)[:count]).mean()


def _slope_ratio(run, mask, arrival, final, drop):
    """Slope of log final norm product on arrival time, over the theory's.

    From neurons that arrive while the loss is still where it was (up to the drop): later arrivals
    grow at another rate. The theory's slope is minus twice the growth rate per step of the shared
    direction, averaged from the first of these arrivals to the last.
    """
    racing = (arrival > 0) & (arrival <= run.time[drop])
    if racing.sum() < FEWEST_ARRIVALS or np.ptp(arrival[racing]) == 0:
        return np.nan
    slope = np.polyfit(arrival[racing], final[racing], 1)[0]
    first, last = np.searchsorted(run.time, [arrival[racing].min(), arrival[racing].max()])
    rates = []
    for time in range(first, last + 1):
        total = np.concatenate([run.w_in[time, mask], run.b[time, mask, None]], axis=1)
        direction = unit(unit(total).mean(0))  # (r + 1,)
        rate = theory.shared_rate(run.at(time), run.x, run.y, direction)
        rates.append(-2 * np.log1p(run.config.lr * rate))
    times = run.time[first : last + 1]
    return slope / (np.trapezoid(rates, times) / np.ptp(times) if len(times) > 1 else rates[0])


def _predictors(run, mask, drop):
    """What might predict a group's race at t = 0, each (n,); larger should mean ahead.

    Closeness in direction of two vectors to two targets. The vectors: the total vector, which is
    the talk's object, and w_in alone. The targets: the mean direction of the group's vectors at the
    end (`total`, `cosine`), and at the drop of the loss (`total_drop`, `cosine_drop`), NaN where
    there is no drop. All four in the full space; `cosine_span` is `cosine_drop` in the span. `out`
    the part of w_out along the error, towards the group's side; `growing` the linear theory's
    growing mode; `foreseen` the order that `theory.predict` gives; the others are norms.
    """
    side = np.sign(np.median(run.side[-1, mask]))
    first, last = run.full_w_in(0)[mask], run.full_w_in(-1)[mask]  # (n, D)
    nothing = np.full(mask.sum(), np.nan)

    def total(w_in, time):
        parts = w_in, run.b[time, mask, None], run.w_out[time][:, mask].T
        return unit(np.concatenate(parts, axis=1))  # (n, D + 3)

    shared = 0 if drop is None else drop  # without a drop no cosine is taken with it

    def to_the_drop(first, then):
        """Cosines of the rows of `first` with the mean direction of those of `then`."""
        return nothing if drop is None else unit(first) @ unit(unit(then).mean(0))

    return {
        "cosine": unit(first) @ unit(unit(last).mean(0)),
        "cosine_drop": to_the_drop(first, run.full_w_in(shared)[mask]),
        "cosine_span": to_the_drop(run.w_in[0, mask], run.w_in[shared, mask]),
        "total": total(first, 0) @ unit(total(last, -1).mean(0)),
        "total_drop": to_the_drop(total(first, 0), total(run.full_w_in(shared)[mask], shared)),
        "out": run.side[0, mask] * side,
        "norm_in": neurons.norm_in(first),
        "norm_out": neurons.norm_out(run.w_out[0][:, mask]),
        "product": run.norm_product[0, mask],
        "growing": abs(run.modes.growing[mask]),
        "foreseen": run.predicted_order[mask],
    }


def _unlocking(run):
    """Unlocking, by a definition of ours: w_out's part along the error changes sign.

    Until then training shrinks the neuron, afterwards it grows. The linear theory predicts it for
    neurons whose growing mode has the other sign than w_out's part at t = 0. `share` of the neurons
    that unlock; `overlap`: predicted and unlocked, over predicted or unlocked.
    """
    sign = np.sign(run.side)  # (T, d)
    changed = sign[0] != sign[-1]
    predicted = np.sign(run.modes.growing) != sign[0]
    either = (changed | predicted).sum()
    return {
        "share": changed.mean(),
        "overlap": (changed & predicted).sum() / either if either else np.nan,
    }


def _gates(run):
    """Mean share of open gates (neuron, sample) at the start and at the drop."""
    times = {"start": 0, "drop": run.fallen(DROP)}
    return {
        name: (run.w_in[time] @ run.x.T + run.b[time][:, None] > 0).mean(1).mean()
        for name, time in times.items()
        if time is not None
    }


def spearman(a, b):
    """Rank correlation; NaN where either does not vary, or where a value is missing."""
    if len(np.unique(a)) < 2 or len(np.unique(b)) < 2:
        return np.nan
    return spearmanr(a, b).statistic
