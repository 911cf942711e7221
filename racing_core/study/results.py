"""From the study's results to the tables that the site shows: lists of rows, plain values."""

import numpy as np

from racing_core.neurons import ARRIVAL_COSINE
from racing_core.record import versions
from racing_core.study import plan, verdicts
from racing_core.study.claims import CLAIMS
from racing_core.study.pruning import KEPT_SHARE
from racing_core.study.tickets import LEARNT
from racing_core.study.verdicts import number

PREDICTORS = {
    "cosine": "w_in, final target",
    "cosine_drop": "w_in, early target",
    "cosine_span": "w_in, early target, span",
    "total": "total vector, final target",
    "total_drop": "total vector, early target",
    "out": "w_out along the error",
    "norm_in": "norm of w_in",
    "norm_out": "norm of w_out",
    "product": "norm product",
    "growing": "growing mode (linear theory)",
    "foreseen": "a neuron left alone (theory)",
}
LONGER = {
    "live clusters": lambda network: network["live"]["span"],
    "clusters that carry 90 %": lambda network: network["directions"]["full"],
    "order kept since the drop": lambda network: network["all"].get("order_kept"),
    "order predicted at the start": lambda network: network["all"].get("predicted"),
    "loss": lambda network: network["loss"],
}
TICKET_MEASURES = ("accuracy", "held_out", "loss", "drop", "overlap")


def tables(results) -> dict:
    """Every table, by the name under which `export.data.evidence` publishes it.

    Args:
        results: the study's (job, result) pairs.

    Returns:
        Lists of rows, and `setup`, a dict of single values.
    """
    return {
        "claims": judged(results),
        "predictors": predictors(results),
        "scans": scans(results),
        "longer": longer(results),
        "pruning": pruning(results),
        "tickets": tickets(results),
        "validity": validity(results),
        "unlocking": unlocking(results),
        "phase": phase(results),
        "setup": setup(results),
    }


def setup(results) -> dict:
    """How the study was made, as far as the page says it."""
    return {
        "versions": versions(),
        "data_hashes": sorted({r["data_hash"] for job, r in results if job.kind == "race"}),
        "networks": sum(len(result["networks"]) for _, result in results),
        "tasks": len(plan.TASKS),
        "inits": len(plan.INITS),
        "task_names": list(plan.TASKS),
        "init_names": list(plan.INITS),
        "confidence": verdicts.CONFIDENCE,
        "arrival_cosine": ARRIVAL_COSINE,
        "kept_percent": round(100 * KEPT_SHARE),
        "seeds": len(plan.SEEDS),
        "first_seed": plan.SEEDS[0],
        "last_seed": plan.SEEDS[-1],
        "steps": plan.STEPS,
        "long_steps": plan.LONG_STEPS,
        "scan_rate": plan.SCAN_RATE,
        "scan_steps": plan.SCAN_STEPS,
        "scan_width": plan.SCAN_BASE["width"],
        "widest": plan.WIDEST,
        "widest_seeds": len(plan.WIDEST_SEEDS),
        "ticket_widths": plan.TICKET_WIDTHS,
        "ticket_rate": plan.TICKET_RATE,
        "ticket_steps": plan.TICKET_STEPS,
        "ticket_learnt": LEARNT,
        "phase_seeds": len(plan.PHASE_SEEDS),
        "phase_widths": list(plan.PHASE_WIDTHS),
        "flow_time": plan.FLOW_TIME,
    }


def judged(results) -> list[dict]:
    """Every claim that the results say something about, with its verdict and cells."""
    cells = verdicts.cells(results)
    return [verdicts.overall(claim, cells[claim.kind]) for claim in CLAIMS if claim.kind in cells]


def phase(results) -> list[dict]:
    """One row per cell of the phase diagram: means over the seeds that did not diverge."""
    rows = []
    for job, result in results:
        if job.kind != "phase":
            continue
        networks, seeds = list(result["networks"].values()), len(job.fields["seeds"])
        rows.append(
            {
                "scale": job.fields["init_scale"],
                "lr": job.fields["lr"],
                "width": job.fields["width"],
                "steps": job.fields["steps"],
                "diverged": (seeds - len(networks)) / seeds,
                **{
                    name: _mean([network.get(name) for network in networks])
                    for name in ("live", "predicted", "drop", "loss", "accuracy")
                },
                "race": networks[0]["race"] if networks else None,
            }
        )
    return rows


def predictors(results) -> list[dict]:
    """Rank correlations of what is known at t = 0 with earliness and with the final norm."""
    cells, rows = verdicts.cells(results).get("race", {}), []
    for init in dict.fromkeys(cell.init for cell in cells):
        of_init = [networks for cell, networks in cells.items() if cell.init == init]
        for name, text in PREDICTORS.items():
            for outcome in ("arrival", "final"):
                values = [
                    {
                        seed: network.get("predictors", {}).get(name, {}).get(outcome)
                        for seed, network in networks.items()
                    }
                    for networks in of_init
                ]
                row = {"init": init, "predictor": text, "outcome": outcome}
                rows.append(row | _summary(values))
    return rows


def scans(results) -> list[dict]:
    """Means over seeds where one thing was varied, one row per value of a variable and cell.

    What the others are varied from was run as a width: it has a row for each variable.
    """
    found = {}
    for job, result in results:
        if job.kind == "scan":
            place = job.variable, job.value, job.cell
            found.setdefault(place, {}).update(verdicts.by_seed(result))
    rows = []
    for (variable, value, cell), networks in found.items():
        live = _summary([{seed: network["live"]["span"] for seed, network in networks.items()}])
        means = {
            **cell._asdict(),
            "seeds": len(networks),
            "live_span": live["mean"],
            "live_span_low": live["low"],
            "live_span_high": live["high"],
            "live_full": _mean([network["live"]["full"] for network in networks.values()]),
            "directions_full": _mean([one["directions"]["full"] for one in networks.values()]),
            "loss_end": _mean([network["loss"] for network in networks.values()]),
            "accuracy_held_out": _mean([one["accuracy"]["held_out"] for one in networks.values()]),
        }
        is_base = (variable, value) == ("width", plan.SCAN_BASE["width"])
        for varied, at in (plan.SCAN_BASE if is_base else {variable: value}).items():
            rows.append({"variable": varied, "value": float(at), **means})
    return sorted(rows, key=lambda row: (row["variable"], row["task"], row["init"], row["value"]))


def longer(results) -> list[dict]:
    """The same networks after five times as many steps, on the default task."""
    cells, rows = verdicts.cells(results), []
    for cell, long in cells.get("long", {}).items():
        race = cells.get("race", {}).get(cell, {})
        short = {seed: race[seed] for seed in long if seed in race}
        for text, value in LONGER.items():
            row = {"init": cell.init, "measure": text}
            for name, networks in (("short", short), ("long", long)):
                row[name] = _mean([value(network) for network in networks.values()])
            rows.append(row)
    return rows


def tickets(results) -> list[dict]:
    """Means over seeds, one row per kind, cell, way to choose and size."""
    rows, cells = [], verdicts.cells(results)
    for kind in ("neuron_tickets", "weight_tickets"):
        for cell, networks in cells.get(kind, {}).items():
            first = next(iter(networks.values()))["tickets"]
            for size in next(iter(first.values())):
                for way in first:
                    found = [network["tickets"][way][size] for network in networks.values()]
                    row = {"kind": kind, **cell._asdict(), "way": way, "size": int(size)}
                    for name in TICKET_MEASURES:
                        row[name] = _mean([ticket.get(name) for ticket in found])
                    rows.append(row)
    return rows


def pruning(results) -> list[dict]:
    """What few neurons can do: means over seeds, one row per cell, way to prune and count left."""
    rows = []
    for cell, networks in verdicts.cells(results).get("race", {}).items():
        for way, pruned in next(iter(networks.values()))["pruned"].items():
            for count in pruned["left"]:
                found = [one["pruned"][way]["left"][count] for one in networks.values()]
                means = {name: _mean([left[name] for left in found]) for name in found[0]}
                rows.append({**cell._asdict(), "way": way, "left": int(count), **means})
        rows.append({**cell._asdict(), "way": "merged", **_merged(networks.values())})
    return rows


def _merged(networks):
    def after(accuracy, change):
        return _mean([one["accuracy"][accuracy] + one["merged"][change] for one in networks])

    return {
        "left": _mean([one["merged"]["neurons"] for one in networks]),
        "accuracy": after("training", "change"),
        "held_out": after("held_out", "held_out_change"),
    }


def validity(results) -> list[dict]:
    """One network per initialisation over time, see `timeline.timeline`."""
    return [{"init": init} | series for init, series, _ in _timelines(results)]


def unlocking(results) -> list[dict]:
    """In the same networks, how one neuron unlocks; no row where none does."""
    return [
        {"init": init, "time": series["time"]} | neuron
        for init, series, neuron in _timelines(results)
        if neuron
    ]


def _timelines(results):
    """(initialisation, series over time, those of a neuron that unlocks or None)."""
    found = []
    for job, result in results:
        if job.kind == "timeline":
            for network in result["networks"].values():
                series = {name: value for name, value in network.items() if name != "unlocking"}
                found.append((job.cell.init, series, network["unlocking"]))
    return found


def _summary(cells):
    """Mean over cells of the means over seeds, with its interval, from one {seed: value} per cell.

    A cell in which every value is missing (None) is left out.
    """
    known = [values for values in cells if any(one is not None for one in values.values())]
    if not known:
        return dict.fromkeys(("mean", "low", "high"))
    seeds = sorted({seed for values in known for seed in values})
    values = np.array([[one.get(seed) for seed in seeds] for one in known], float)  # None: NaN
    low, high = verdicts.interval(values)
    return {"mean": number(np.nanmean(values, 1).mean()), "low": number(low), "high": number(high)}


def _mean(values):
    """Mean of the values that are there (not None); None where there are none."""
    known = [value for value in values if value is not None]
    return number(np.mean(known)) if known else None
