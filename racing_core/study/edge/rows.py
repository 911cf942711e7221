"""From the cells of the edge to its table: a row per variant, start and hidden layer."""

import numpy as np

from racing_core.study.edge.variants import RULE, Variant

LAYER_NAMES = {1: (None,), 2: ("first", "second")}
VERDICTS = ("holds", "weaker", "fails")
NEVER = "never dropped"
SAME = 0.05  # a number as far from the trial's meets it


def rows(variant: Variant, init, measured) -> list[dict]:
    """The rows of one cell: means over seeds, and verdicts by RULE.

    Args:
        measured: what `cells.edge` returns, one dict per seed.

    Returns:
        A dict per hidden layer, or one for all where no loss dropped. `by_seed`: the order and the
        forecast of each seed, from which the verdict's means are taken. `trial`: what a first trial
        had found, and whether ours meet it (see `_against`); None where there was none.
    """
    whole = {key: [one[key] for one in measured] for key in ("accuracy", "loss")}
    head = {"name": variant.name, "init": init} | _mean(whole)
    found = [one for one in measured if "layers" in one]
    head["dropped"] = len(found)
    if not found:
        return [head | {"verdict": NEVER, "reason": variant.reason} | _against(variant, init, {})]
    made = []
    for layer, name in enumerate(LAYER_NAMES[len(found[0]["layers"])]):
        layers = [one["layers"][layer] for one in found]
        values = {key: [one[key] for one in layers] for key in layers[0]}
        values |= {key: [one[key] for one in found] for key in ("drop", "followed")}
        row = head | {"layer": name} | _mean(values)
        row["width"] = round(row["width"])
        row |= judged(row) | {"reason": variant.reason}
        row["by_seed"] = {key: values[key] for key in ("order_kept", "forecast_extended")}
        made.append(row | _against(variant, init, row))
    return made


def _against(variant, init, row):
    """The trial's numbers, and whether ours meet them: within SAME of its range."""
    trial = variant.trial
    if trial is None:
        return {"trial": None}
    forecast = trial.balanced if init == "balanced" and trial.balanced else trial.forecast
    met = {
        "order": _within(row.get("order_kept"), trial.order),
        "forecast": _within(row.get("forecast_full_batch"), forecast),
    }
    return {
        "trial": {"order": trial.order, "forecast": forecast, "verdict": trial.verdict, "met": met}
    }


def _within(value, limits):
    return value is not None and limits[0] - SAME <= value <= limits[1] + SAME


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
    """How many limits it misses; all of them where there is nothing to compare."""
    return sum(value is None or value < limit for limit in limits)


def _at_most(value, limits):
    return sum(value > limit for limit in limits)


def _mean(values):
    """Means over seeds of what is not None; None where nothing can be compared."""
    known = {name: [one for one in some if one is not None] for name, some in values.items()}
    return {name: float(np.mean(some)) if some else None for name, some in known.items()}
