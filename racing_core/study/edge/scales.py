"""How small is small? The same race from starts of every size, in units of PyTorch's own."""

import numpy as np

from racing_core.study.edge.variants import RULE, VARIANTS

# Standard deviation of the incoming weights, over that of torch's nn.Linear, 1 / sqrt(3 fan_in).
RELATIVE = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
STARTS = ("fan_in", "per_weight", "balanced", "torch", "he")
STEPS = 3_000  # a start of a thousandth drops at about 700


def planned(start, relative, inputs):
    """The variant's key and the fields of `Config` for a start of that relative size.

    Args:
        inputs: fan in of the hidden neurons, D.
    """
    name = start if start in VARIANTS else "base"
    unit = {"torch": 1, "he": 1 / np.sqrt(6), "per_weight": 1 / np.sqrt(3 * inputs)}
    fields = {"init_scale": relative * unit.get(start, 1 / np.sqrt(3)), "steps": STEPS}
    return name, fields | ({} if VARIANTS[name].start else {"init": start})


def ends(curve) -> dict:
    """The largest relative size up to which all sizes race, by each sign; None for none.

    Args:
        curve: rows of one start by rising `relative`, with what `rows.rows` gives. The signs:
            `forecast` (within the plateau, RULE.forecast), `order` (RULE.order), `clusters` and
            `clusters_full` (RULE.clustered), `growth` (RULE.growth).
    """
    signs = {
        "forecast": lambda row: row["forecast_extended"] >= RULE.forecast[0],
        "foresight": lambda row: row["followed"] <= 1,
        "order": lambda row: row["order_kept"] >= RULE.order[0],
        "clusters": lambda row: row["clustered"] >= RULE.clustered,
        "clusters_full": lambda row: row["clustered_full"] >= RULE.clustered,
        "growth": lambda row: row["growth"] >= RULE.growth,
    }
    found = {}
    for name, sign in signs.items():
        found[name] = None
        for row in curve:
            if row.get("growth") is None or not sign(row):
                break
            found[name] = row["relative"]
    return found
