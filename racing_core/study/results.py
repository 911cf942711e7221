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
    "clusters that carry 90%": lambda network: network["directions"]["full"],
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
        "held_back": held_back(judged(results)),
        "predictors": predictors(results),
        "scans": scans(results),
        "longer": longer(results),
        "pruning": pruning(results),
        "tickets": tickets(results),
        "foresight": foresight(results),
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
        "groupings": len(plan.DRAWN | plan.HELD_BACK),
        "first_groupings": list(plan.DRAWN),
        "held_back_groupings": list(plan.HELD_BACK),
        "image_sets": len(plan.IMAGES),
        "drawn_seed": plan.DRAWN_SEED,
        "held_back_seed": plan.HELD_BACK_SEED,
        "drawn_network_seeds": len(plan.DRAWN_SEEDS),
        "most_percent": round(100 * verdicts.MOST),
        "fewest_percent": round(100 * verdicts.FEWEST),
        "false_discoveries_percent": round(100 * verdicts.FALSE_DISCOVERIES),
        "confidence": verdicts.CONFIDENCE,
        "arrival_cosine": ARRIVAL_COSINE,
        "kept_percent": round(100 * KEPT_SHARE),
        "seeds": len(plan.SEEDS),
        "first_seed": plan.SEEDS[0],
        "few_seeds": len(plan.FEW_SEEDS),
        "steps": plan.STEPS,
        "long_steps": plan.LONG_STEPS,
        "scan_rate": plan.SCAN_RATE,
        "scan_steps": plan.SCAN_STEPS,
        "scan_width": plan.SCAN_BASE["width"],
        "widest": plan.WIDEST,
        "ticket_widths": plan.TICKET_WIDTHS,
        "ticket_rate": plan.TICKET_RATE,
        "ticket_steps": plan.TICKET_STEPS,
        "ticket_learnt": LEARNT,
        "phase_seeds": len(plan.PHASE_SEEDS),
        "phase_widths": list(plan.PHASE_WIDTHS),
        "flow_time": plan.FLOW_TIME,
        "double_groupings": plan.DOUBLE_COUNT,
        **{f"double_{name}": count for name, count in precision(results).items()},
    }


def judged(results) -> list[dict]:
    """Every claim that the results say something about, see `verdicts.judged`."""
    return verdicts.judged(CLAIMS, results)


def against_the_page(results, page) -> list[dict]:
    """One grouping against what is published for a new one: a row per claim and initialization.

    Args:
        results: (job, result) pairs of one task, see `plan.claim_jobs`.
        page: the published claims, as `judged` gave them.

    Returns:
        `part`, `text`, `init`; `mean` over the grouping's networks and whether it is `in_range`;
        what is `expected` of a new grouping (True for a claim that holds, False for one that fails,
        None where it depends on the grouping), and whether that `came_out`. None where there is
        nothing to compare.
    """
    cells = verdicts.cells(results)
    published = {
        (claim["name"], group["init"]): group["verdict"]
        for claim in page
        for group in claim["groupings"]
    }
    rows = []
    for claim in CLAIMS:
        for cell, networks in cells.get(claim.kind, {}).items():
            found = verdicts.over_tasks(claim, {cell.task: networks}, cell.init)
            verdict = published.get((claim.name, cell.init))
            inside = None if found["in_range"] is None else bool(found["in_range"])
            expected = {"holds": True, "fails": False}.get(verdict)
            known = None not in (inside, expected)
            rows.append(
                {
                    "part": claim.part,
                    "text": claim.text,
                    "init": cell.init,
                    "mean": found["mean"],
                    "in_range": inside,
                    "expected": expected,
                    "came_out": inside == expected if known else None,
                }
            )
    return rows


def held_back(claims) -> list[dict]:
    """What the first groupings said, and what those that were held back gave: a row per verdict.

    Args:
        claims: see `judged`.
    """
    rows = {}
    for group in (group for claim in claims for group in claim["groupings"]):
        first, later = group["first"], group["held_back"]
        if first["in_range"] is None or later["in_range"] is None:
            continue
        row = rows.setdefault(first["verdict"], {"claims": 0, "first": [], "held_back": []})
        row["claims"] += 1
        row["first"].append(first["in_range"] / first["of"])
        row["held_back"].append(later["in_range"] / later["of"])
    return [
        {
            "verdict": verdict,
            "claims": row["claims"],
            "first": number(np.mean(row["first"])),
            "held_back": number(np.mean(row["held_back"])),
        }
        for verdict, row in sorted(rows.items())
    ]


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
    drawn = plan.DRAWN | plan.HELD_BACK
    cells = {cell: networks for cell, networks in cells.items() if cell.task in drawn}
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
                rows.append(row | _summary(values, f"{init} {name} {outcome}"))
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
        if cell.task not in plan.TASKS:
            continue
        live = _summary(
            [{seed: network["live"]["span"] for seed, network in networks.items()}],
            f"{variable} {value} {cell}",
        )
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
        for cell, networks in _chosen(cells.get(kind, {})).items():
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
    for cell, networks in _chosen(verdicts.cells(results).get("race", {})).items():
        for way, pruned in next(iter(networks.values()))["pruned"].items():
            for count in pruned["left"]:
                found = [one["pruned"][way]["left"][count] for one in networks.values()]
                means = {name: _mean([left[name] for left in found]) for name in found[0]}
                rows.append({**cell._asdict(), "way": way, "left": int(count), **means})
        rows.append({**cell._asdict(), "way": "merged", **_merged(networks.values())})
    return rows


def _chosen(cells):
    """The cells of the tasks that we chose, of which charts have a menu."""
    return {cell: networks for cell, networks in cells.items() if cell.task in plan.TASKS}


def _merged(networks):
    def after(accuracy, change):
        return _mean([one["accuracy"][accuracy] + one["merged"][change] for one in networks])

    return {
        "left": _mean([one["merged"]["neurons"] for one in networks]),
        "accuracy": after("training", "change"),
        "held_out": after("held_out", "held_out_change"),
    }


def foresight(results) -> list[dict]:
    """How well the order is known after a share of the plateau, over the first groupings.

    One row per initialization, way to look ahead and share, see `foresight.foresight`.
    """
    found = {}
    for job, result in results:
        if job.kind == "foresight" and result["networks"]:
            found.setdefault(job.cell.init, {})[job.cell.task] = verdicts.by_seed(result)
    rows = []
    for init, tasks in found.items():
        for way in ("alone", "real"):
            shares = next(iter(next(iter(tasks.values())).values()))[way]
            for share in shares:
                values = [{s: one[way].get(share) for s, one in seeds.items()}
                          for seeds in tasks.values()]  # fmt: skip
                row = {"init": init, "way": way, "share": float(share)}
                rows.append(row | _summary(values, f"{init} {way} {share}"))
        foldings = [one["two_foldings"] for seeds in tasks.values() for one in seeds.values()]
        rows.append({"init": init, "way": "two e-foldings", "share": _mean(foldings)})
    return rows


def validity(results) -> list[dict]:
    """One network per initialization over time, see `timeline.timeline`."""
    return [{"init": init} | series for init, series, _ in _timelines(results)]


def unlocking(results) -> list[dict]:
    """In the same networks, how one neuron unlocks; no row where none does."""
    return [
        {"init": init, "time": series["time"]} | neuron
        for init, series, neuron in _timelines(results)
        if neuron
    ]


def _timelines(results):
    """(initialization, series over time, those of a neuron that unlocks or None)."""
    found = []
    for job, result in results:
        if job.kind == "timeline":
            for network in result["networks"].values():
                series = {name: value for name, value in network.items() if name != "unlocking"}
                found.append((job.cell.init, series, network["unlocking"]))
    return found


def _summary(cells, name):
    """Mean over cells of the means over seeds, with its interval, from one {seed: value} per cell.

    `name` seeds the bootstrap, whose cells and seeds are both drawn.

    A cell in which every value is missing (None) is left out.
    """
    known = [values for values in cells if any(one is not None for one in values.values())]
    if not known:
        return dict.fromkeys(("mean", "low", "high"))
    seeds = sorted({seed for values in known for seed in values})
    values = np.array([[one.get(seed) for seed in seeds] for one in known], float)  # None: NaN
    low, high = verdicts.interval(values, name)
    return {"mean": number(np.nanmean(values, 1).mean()), "low": number(low), "high": number(high)}


def precision(results) -> dict:
    """What training in float32 changes, see `verdicts.precision`."""
    return verdicts.precision(CLAIMS, results)


def _mean(values):
    """Mean of the values that are there (not None); None where there are none."""
    known = [value for value in values if value is not None]
    return number(np.mean(known)) if known else None
