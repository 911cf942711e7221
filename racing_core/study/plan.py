"""Which runs the study is made of: a list of jobs, each a kind of work and what it is done to.

A job is a batch of seeds, trained side by side in one process. The batches are fixed here, not by
whoever runs them, so the numbers do not depend on how the work was spread.
"""

import dataclasses
import difflib
import hashlib
import json

import numpy as np

from racing_core.errors import InputError

LAYOUT = 3  # raised whenever a job's result changes its meaning: old results are not used again

INITS = ("fan_in", "per_weight", "balanced")
TASKS = {
    "cat+dog / car+truck": {"task": "cifar10"},
    "plane+ship / bird+frog": {
        "task": "cifar10", "group_a": ("airplane", "ship"), "group_b": ("bird", "frog"),
    },
    "deer+horse / plane+truck": {
        "task": "cifar10", "group_a": ("deer", "horse"), "group_b": ("airplane", "truck"),
    },
    "digits": {"task": "digits"},
    "playground": {"task": "playground"},
}  # fmt: skip
TALKS = "cat+dog / car+truck"  # the talk's own groups
# Order, clusters and accuracy are settled by then; LONG runs check that.
STEPS, LONG_STEPS = 2_000, 10_000
# None on which a claim or its range was tried out: those were 0 to 19.
SEEDS = range(20, 40)
LONG_SEEDS = WIDEST_SEEDS = SEEDS[:5]
PHASE_SEEDS = range(5)  # no claim is read from them, and the lab opens a cell's first
BATCH = 5

# What is varied, one thing at a time from SCAN_BASE, in every task and under every start. The
# learning rate is twice the races', the steps half as many: up to 0.3 the phase diagram shows no
# difference.
SCANS = {
    "width": (10, 30, 100, 300, 1000),
    "scale": (0.0001, 0.001, 0.01, 0.1, 1.0),
    "samples": (20, 60, 200, 400),
    "noise": (0.0, 0.1, 0.2, 0.4),
}
SCAN_BASE = {"width": 100, "scale": 0.01, "samples": 200, "noise": 0.0}
SCAN_RATE, SCAN_STEPS = 0.2, 1000
WIDEST = 3000

# Fewer inputs, more neurons: about as many incoming weights to choose from as time allows.
TICKET_WIDTHS = {"cifar10": 30, "digits": 100, "playground": 300}
TICKET_RATE, TICKET_STEPS = 0.4, 1500

PHASE_WIDTHS = (10, 30, 100)
FLOW_TIME = 150.0  # lr * steps of every cell of the phase diagram
PHASE_SCALES = tuple(float(f"{scale:.3g}") for scale in np.geomspace(1e-4, 1, 20))
PHASE_RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.05, 3, 20))


@dataclasses.dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        kind: what is done (see `racing_core.study.jobs.KINDS`).
        cell: where its result belongs, for people: for example `digits/fan_in`.
        fields: fields of `Config`, and `label_noise` where labels are flipped.
        cost: about how much work it is, in multiplications; for the estimate.
    """

    kind: str
    cell: str
    fields: dict
    cost: float

    @property
    def key(self) -> str:
        """Its address: a hash of everything that its result depends on."""
        content = json.dumps([LAYOUT, self.kind, self.fields], sort_keys=True)
        return f"{self.kind}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def jobs(quick=False) -> list[Job]:
    """The whole study, or a small one of every kind in under two minutes."""
    seeds = SEEDS[:2] if quick else SEEDS
    steps = 800 if quick else STEPS
    tasks = {name: TASKS[name] for name in (TALKS, "digits", "playground")}
    planned = []
    for name, task in (tasks if quick else TASKS).items():
        for init in INITS:
            fields = task | {"init": init, "steps": steps}
            planned += _batches("race", f"{name}/{init}", fields, seeds)
    for name, task in (tasks if quick else TASKS).items():
        for init in INITS:
            fields = task | {"init": init}
            whole = {"lr": SCAN_RATE, "steps": steps if quick else SCAN_STEPS}
            planned += _batches("neuron_tickets", f"{name}/{init}", fields | whole, seeds)
            width = TICKET_WIDTHS[task["task"]] // (3 if quick else 1)
            single = {"width": width, "lr": TICKET_RATE, "steps": steps if quick else TICKET_STEPS}
            planned += _batches("weight_tickets", f"{name}/{init}", fields | single, seeds)
            planned += _scans(name, fields, quick)
    for init in INITS:
        long = {"task": "cifar10", "init": init, "steps": 1000 if quick else LONG_STEPS}
        planned += _batches("race", f"long/{init}", long, LONG_SEEDS[:1] if quick else LONG_SEEDS)
        planned += _batches("story", f"story/{init}", long, range(1))
    sparse = slice(None, None, 9) if quick else slice(None)
    for width in PHASE_WIDTHS[:1] if quick else PHASE_WIDTHS:
        for rate in PHASE_RATES[sparse]:
            for scale in PHASE_SCALES[sparse]:
                fields = {"task": "cifar10", "width": width, "init_scale": scale, "lr": rate}
                # The cell itself sets its steps, by its learning rate.
                planned += _batches(
                    "phase", f"{width}/{scale}/{rate}", fields, PHASE_SEEDS, phase_steps(rate)
                )
    return planned


def phase_steps(lr):
    """Steps of a cell of the phase diagram."""
    return round(FLOW_TIME / lr)


def cell(planned, name) -> list[Job]:
    """The jobs of one cell that comes to numbers, for example `digits/fan_in`.

    Raises:
        InputError: there is no such cell.
    """
    numbered = [job for job in planned if job.kind != "story"]
    found = [job for job in numbered if job.cell == name]
    if not found:
        near = difflib.get_close_matches(name, {job.cell for job in numbered}, cutoff=0)
        raise InputError(f"There is no cell {name!r}; the nearest are {', '.join(near)}.")
    return found


def _scans(name, fields, quick):
    """Capacity in use where one thing is varied, a cell named VARIABLE/VALUE/TASK/INIT.

    The base itself is run once, as the cell of its width.
    """
    planned = []
    for variable, values in SCANS.items():
        others = [value for value in values if variable == "width" or value != SCAN_BASE[variable]]
        for value in others[:-1:2] if quick else others:
            varied = {
                "width": {"width": value},
                "scale": {"init_scale": value},
                "samples": {"per_class": value // 4},
                "noise": {"label_noise": value},
            }[variable]
            # A small start takes longer to grow: time for it, at the growth rate of images.
            extra = int(max(0, np.log10(0.01 / value)) * 100) if variable == "scale" else 0
            steps = {"lr": SCAN_RATE, "steps": SCAN_STEPS + extra}
            every = fields | {"width": SCAN_BASE["width"]} | steps | varied
            cell = f"{variable}/{value:g}/{name}/{fields['init']}"
            planned += _batches("scan", cell, every, SEEDS[:2] if quick else SEEDS)
    if name == TALKS and not quick:
        every = fields | {"width": WIDEST, "lr": SCAN_RATE, "steps": SCAN_STEPS}
        cell = f"width/{WIDEST}/{name}/{fields['init']}"
        # So wide a network fills the processor by itself.
        planned += _batches("scan", cell, every, WIDEST_SEEDS, batch=1)
    return planned


# A step takes about two products of the weights with so many numbers a sample.
PRODUCTS = {"cifar10": 100, "digits": 60, "playground": 2}
# How many trainings a job is as long as, what is measured afterwards included.
TRAININGS = {"race": 2, "story": 2.5, "neuron_tickets": 2.2, "weight_tickets": 15}


def _batches(kind, cell, fields, seeds, steps=None, batch=BATCH):
    """Jobs for a range of seeds, in batches."""
    planned = []
    samples = fields.get("per_class", 50) * 4
    products = PRODUCTS[fields["task"]] * samples / 200
    if kind == "weight_tickets" and fields["task"] == "cifar10":
        products *= 4  # a Gram matrix for each neuron, which has to come from memory
    for first in range(0, len(seeds), batch):
        members = list(seeds[first : first + batch])
        every = {"dtype": "float32", "device": "cpu", "seeds": members} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }
        cost = len(members) * fields.get("width", 300) * samples * (2 * products + 40)
        cost *= (steps or fields["steps"]) * TRAININGS.get(kind, 1)
        planned.append(Job(kind, cell, every, cost + 5e9))
    return planned
