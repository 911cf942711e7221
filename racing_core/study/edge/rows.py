"""From the cells of the edge to its table: a row per variant, start and hidden layer."""

import numpy as np

from racing_core.study.edge.variants import RULE, Variant

LAYER_NAMES = {1: ("",), 2: (", first layer", ", second layer")}
VERDICTS = ("holds", "weaker", "fails")


def rows(variant: Variant, init, seeds, measured) -> list[dict]:
    """The rows of one cell: means over seeds, and verdicts by RULE.

    Args:
        measured: what `cells.edge` returns, one dict per seed.
    """
    head = {"variant": variant.name, "init": variant.start or init, "seeds": list(seeds)}
    found = [one for one in measured if "layers" in one]
    if not found:
        return [
            head | {"verdict": "never dropped", "reason": variant.reason, "trial": variant.trial}
        ]
    count = len(found[0]["layers"])
    made = []
    for layer, name in enumerate(LAYER_NAMES[count]):
        mean = _mean([one["layers"][layer] for one in found])
        mean |= _mean(
            [{key: one[key] for key in ("accuracy", "loss", "drop", "followed")} for one in found]
        )
        row = head | {"variant": variant.name + name, "dropped": len(found)} | mean
        made.append(row | judged(mean) | {"reason": variant.reason, "trial": variant.trial})
    return made


def judged(mean) -> dict:
    """Verdicts on the order, the forecast, merging and pruning, and the worse of the first two."""
    order = max(
        _at_least(mean["order_kept"], RULE.order), _at_least(mean["top_tenth"], RULE.top_tenth)
    )
    forecast = _at_least(mean["forecast_extended"], RULE.forecast)
    merging = _at_most(mean["accuracy"] - mean["merged"], RULE.lost_merged)
    pruning = _at_most(mean["accuracy"] - mean["pruned"], RULE.lost_pruned)
    raced = mean["growth"] >= RULE.growth
    return {
        "verdict": VERDICTS[max(order, forecast)] if raced else "no race",
        "verdict_order": VERDICTS[order],
        "verdict_forecast": VERDICTS[forecast],
        "verdict_merging": VERDICTS[merging],
        "verdict_pruning": VERDICTS[pruning],
        "clusters": mean["clustered"] >= RULE.clustered,
    }


def _at_least(value, limits):
    return sum(value < limit for limit in limits)


def _at_most(value, limits):
    return sum(value > limit for limit in limits)


def _mean(dicts):
    """Means of what the dicts have in common; None where nothing can be compared."""
    means = {}
    for name in dicts[0]:
        known = [one[name] for one in dicts if one[name] is not None]
        means[name] = float(np.mean(known)) if known else float("nan")
    return means
