"""From the study's results to what the site shows: docs/data/claims.json and phase.json."""

import hashlib
import json
from pathlib import Path

import numpy as np

from racing_core.files import atomic
from racing_core.neurons import ARRIVAL_COSINE
from racing_core.record import versions
from racing_core.study import plan, verdicts
from racing_core.study.claims import CLAIMS
from racing_core.study.measures import CARRIED, STIR
from racing_core.study.pruning import KEPT_SHARE, LEFT, LEFT_MEASURES
from racing_core.study.tickets import LEARNT
from racing_core.study.verdicts import interval, number

COMMAND = "racing study"
FILES = ("claims.json", "phase.json")  # what the study writes, and `racing refresh` leaves alone
PREDICTORS = {
    "cosine": "direction of w_in, full space",
    "cosine_span": "direction of w_in, span",
    "total": "direction of the total vector",
    "out": "w_out along the error",
    "norm_in": "norm of w_in",
    "norm_out": "norm of w_out",
    "product": "norm product",
    "growing": "growing mode (linear theory)",
    "foreseen": "a neuron left alone (theory)",
}
SCANNED = ("live_full", "directions_full", "loss_end", "accuracy_held_out")
LONGER = {
    "live_span": "live clusters",
    "directions_full": "clusters that carry 90 %",
    "order_all": "order kept since the drop",
    "foreseen_all": "order foretold at the start",
    "loss_end": "loss",
}
PRUNINGS = ("norm", "foreseen", "random")
TICKET_MEASURES = ("accuracy", "held_out", "loss", "drop", "overlap")


def publish(folder, results):
    """Write FILES into `folder`, each atomically, and their hashes into its manifest if it has one.

    Raises:
        InputError: the folder cannot be written to.
    """
    folder = Path(folder)
    contents = {
        "claims.json": as_json(claims(results, COMMAND)),
        "phase.json": as_json(phase(results)),
    }
    manifest = folder / "manifest.json"
    if manifest.exists():
        told = json.loads(manifest.read_text("utf-8"))
        files = told["files"] | {name: entry(content) for name, content in contents.items()}
        told["files"] = dict(sorted(files.items()))
        contents["manifest.json"] = as_json(told, indent=1)
    for name, content in contents.items():
        with atomic(folder / name) as temporary:
            temporary.write_bytes(content)


def entry(content) -> dict:
    """What the manifest says of a file."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def claims(results, command) -> dict:
    """Everything that the evidence page says, from the study's (job, result) pairs."""
    cells, found = verdicts.cells(results), judged(results)
    return {
        "command": command,
        "versions": versions(),
        "data_hashes": sorted({r["data_hash"] for _, r in results if "data_hash" in r}),
        "setup": {
            "tasks": len(plan.TASKS),
            "inits": len(plan.INITS),
            "cells": [list(plan.TASKS), list(plan.INITS)],
            "confidence": verdicts.CONFIDENCE,
            "arrival_cosine": ARRIVAL_COSINE,
            "kept_percent": round(100 * KEPT_SHARE),
            "clusters_carry": CARRIED,
            "stirred": round(1 - STIR, 9),
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
            "long_seeds": len(plan.LONG_SEEDS),
            "ticket_widths": plan.TICKET_WIDTHS,
            "ticket_rate": plan.TICKET_RATE,
            "ticket_steps": plan.TICKET_STEPS,
            "ticket_learnt": LEARNT,
            "phase_seeds": len(plan.PHASE_SEEDS),
            "phase_widths": list(plan.PHASE_WIDTHS),
            "flow_time": plan.FLOW_TIME,
        },
        "networks": sum(len(result["seeds"]) for _, result in results),
        "claims": found,
        "summary": {
            verdict: [claim["text"] for claim in found if claim["verdict"] == verdict]
            for verdict in ("holds", "with a condition", "not confirmed", "counted")
        },
        "predictors": _predictors(cells.get("race", {})),
        "scans": scans(results),
        "long": longer(results),
        "tickets": [
            row
            for kind in ("neuron_tickets", "weight_tickets")
            for row in _tickets(kind, cells.get(kind, {}))
        ],
        "capacity": _capacity(cells.get("race", {})),
        **_stories(results),
    }


def judged(results) -> list[dict]:
    """Every claim that the results say something about, with its verdict and cells."""
    cells = verdicts.cells(results)
    return [verdicts.overall(claim, cells[claim.kind]) for claim in CLAIMS if claim.kind in cells]


def phase(results) -> list[dict]:
    """One row a cell of the phase diagram: means over the seeds that did not diverge."""
    rows = []
    for job, result in results:
        if job.kind != "phase":
            continue
        seeds = result["seeds"]
        rows.append(
            {
                "scale": job.fields["init_scale"],
                "lr": job.fields["lr"],
                "width": job.fields["width"],
                "steps": plan.phase_steps(job.fields["lr"]),
                "diverged": result["diverged"],
                **{
                    name: _mean([seed[name] for seed in seeds if name in seed])
                    for name in ("live", "predicted", "drop", "loss", "accuracy")
                },
                "race": result["race"],
            }
        )
    return rows


def as_json(value, indent=None) -> bytes:
    """JSON that does not depend on anything but the value; NaN is not allowed in it."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, indent=indent, separators=separators, allow_nan=False)
    return (text + "\n").encode()


def _predictors(cells):
    """Rank correlations of what is known at t = 0 with earliness and with the final norm."""
    rows = []
    for init in dict.fromkeys(cell.rsplit("/", 1)[1] for cell in cells):
        for name, text in PREDICTORS.items():
            for outcome in ("arrival", "final"):
                values = [
                    [one.get(f"{name}_{outcome}", np.nan) for one in networks]
                    for cell, networks in cells.items()
                    if cell.rsplit("/", 1)[1] == init
                ]
                rows.append(
                    {"init": init, "predictor": text, "outcome": outcome, **_summary(values)}
                )
    return rows


def scans(results) -> list[dict]:
    """Means over seeds where one thing was varied, one row a value of a variable, task and start.

    What the others are varied from was run as a width: it has a row for each variable.
    """
    rows = []
    for name, networks in verdicts.cells(results).get("scan", {}).items():
        variable, value, cell = verdicts.scanned(name)
        task, init = cell.rsplit("/", 1)
        live = _summary([[one["live_span"] for one in networks]])
        told = {
            "task": task,
            "init": init,
            "seeds": len(networks),
            "live_span": live["mean"],
            "live_span_low": live["low"],
            "live_span_high": live["high"],
            **{measure: _mean([one[measure] for one in networks]) for measure in SCANNED},
        }
        is_base = (variable, value) == ("width", plan.SCAN_BASE["width"])
        for varied, at in (plan.SCAN_BASE if is_base else {variable: value}).items():
            rows.append({"variable": varied, "value": float(at), **told})
    return sorted(rows, key=lambda row: (row["variable"], row["task"], row["init"], row["value"]))


def longer(results) -> list[dict]:
    """The same after five times as many steps, on the talk's task."""
    cells, rows = verdicts.cells(results), []
    for cell, networks in cells.get("long", {}).items():
        init = cell.split("/")[1]
        short = cells.get("race", {}).get(f"{plan.TALKS}/{init}", [])[: len(networks)]
        for name, text in LONGER.items():
            short_mean, long_mean = (_mean([n[name] for n in some]) for some in (short, networks))
            row = {"init": init, "measure": text, "short": short_mean, "long": long_mean}
            rows.append(row)
    return rows


def _tickets(kind, cells):
    """Means over seeds, one row a way to choose and a size."""
    rows = []
    for cell, networks in cells.items():
        keys = [key.split("_", 1) for key in networks[0] if key.startswith("loss_")]
        for way, size in (key[1].rsplit("_", 1) for key in keys):
            row = {"kind": kind, "cell": cell, "way": way, "size": int(size)}
            for name in TICKET_MEASURES:
                known = [n[f"{name}_{way}_{size}"] for n in networks if f"{name}_{way}_{size}" in n]
                row[name] = _mean(known)
            rows.append(row)
    return rows


def _capacity(cells):
    """What few neurons can do: means over seeds, one row a cell, a way to prune, a count left."""
    rows = []
    for cell, networks in cells.items():
        task, init = cell.rsplit("/", 1)
        for way in PRUNINGS:
            for count in LEFT:
                if f"left_loss_{way}_{count}" not in networks[0]:
                    continue  # a narrower network
                row = {"task": task, "init": init, "way": way, "left": count}
                for name in LEFT_MEASURES:
                    row[name] = _mean([one[f"left_{name}_{way}_{count}"] for one in networks])
                rows.append(row)
        rows.append(
            {
                "task": task, "init": init, "way": "merged",
                "left": _mean([one["merged"] for one in networks]),
                "accuracy": _mean([one["accuracy"] + one["merged_change"] for one in networks]),
                "held_out": _mean(
                    [one["accuracy_held_out"] + one["merged_change_held_out"] for one in networks]
                ),
            }
        )  # fmt: skip
    return rows


def _stories(results):
    """One network an initialisation over time, and in it the story of one unlocking."""
    stories, unlockings = [], []
    for job, result in results:
        if job.kind == "story":
            told = {"init": job.cell.split("/")[1]} | result["story"]
            if unlocking := told.pop("unlocking"):
                unlockings.append({"init": told["init"], "time": told["time"]} | unlocking)
            stories.append(told)
    return {"stories": stories, "unlockings": unlockings}


def _summary(values):
    """Mean over cells of the means over seeds, with its interval, from (cells, seeds)."""
    values = np.array(values)
    values = values[(~np.isnan(values)).any(axis=1)]
    if not len(values):
        return dict.fromkeys(("mean", "low", "high"))
    low, high = interval(values)
    return {"mean": number(np.nanmean(values, 1).mean()), "low": number(low), "high": number(high)}


def _mean(values):
    return number(np.mean(values)) if len(values) else None
