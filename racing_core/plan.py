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

LAYOUT = 2  # raised whenever a job's result changes its meaning: old results are not used again

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
SEEDS, SCAN_SEEDS, PHASE_SEEDS, BATCH = 20, 5, 5, 5

WIDTHS = (10, 30, 100, 300, 1000, 3000)
SCALES = (0.0001, 0.001, 0.01, 0.1, 1.0)
PER_CLASS = (5, 15, 50, 150)
LABEL_NOISE = (0.0, 0.1, 0.2, 0.4)

PHASE_WIDTHS = (10, 30, 100)
FLOW_TIME = 150.0  # lr * steps of every cell of the phase diagram
PHASE_SCALES = tuple(float(f"{scale:.3g}") for scale in np.geomspace(1e-4, 1, 20))
PHASE_RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.03, 3, 20))


@dataclasses.dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        kind: what is done (see `racing_core.work.KINDS`).
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
    seeds = 2 if quick else SEEDS
    steps = 800 if quick else STEPS
    tasks = {name: TASKS[name] for name in (TALKS, "digits", "playground")}
    planned = []
    for name, task in (tasks if quick else TASKS).items():
        for init in INITS:
            fields = task | {"init": init, "steps": steps}
            planned += _batches("race", f"{name}/{init}", fields, seeds)
    # What takes longest comes early, so that no worker is left alone with it at the end.
    for init in INITS:
        weights = {"task": "digits", "init": init, "width": 30 if quick else 100}
        weights |= {"steps": 500 if quick else 1500}
        planned += _batches("weight_tickets", f"digits/{init}", weights, seeds)
    if not quick:
        weights = {"task": "cifar10", "width": 50, "lr": 0.3, "steps": 1000}
        planned += _batches("weight_tickets", f"{TALKS}/fan_in", weights, SCAN_SEEDS, batch=1)
    planned += _scans(quick, steps)
    for init in INITS:
        long = {"task": "cifar10", "init": init, "steps": 1000 if quick else LONG_STEPS}
        planned += _batches("race", f"long/{init}", long, 1 if quick else SCAN_SEEDS)
        planned += _batches("story", f"story/{init}", long, 1)
        name = "digits" if quick else TALKS
        ticket = TASKS[name] | {"init": init, "steps": steps}
        planned += _batches("neuron_tickets", f"{name}/{init}", ticket, seeds)
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


def _scans(quick, steps):
    """Capacity in use against width, initial scale, samples a class and label noise.

    A cell is named by what is varied, its value and the initialisation. Width and scale, which an
    initialisation is about, are varied under each of them.
    """
    seeds = 1 if quick else SCAN_SEEDS
    planned = []
    for init in INITS:
        widths = WIDTHS[:4] if quick else WIDTHS if init == "fan_in" else WIDTHS[:5]
        for width in widths:
            fields = TASKS[TALKS] | {"init": init, "width": width, "steps": steps}
            # A wide network's history is large: one seed at a time.
            batch = 1 if width > 300 else BATCH
            planned += _batches("race", f"width/{width}/{init}", fields, seeds, batch=batch)
        for scale in SCALES[1:4] if quick else SCALES:
            # A small start takes longer to grow: time for it, at the growth rate of this task.
            extra = int(max(0, np.log10(0.01 / scale)) * 200)
            fields = {"init": init, "init_scale": scale, "steps": steps + extra}
            planned += _batches("race", f"scale/{scale:g}/{init}", TASKS[TALKS] | fields, seeds)
    for count in PER_CLASS[:2] if quick else PER_CLASS:
        fields = {"task": "cifar10", "per_class": count, "steps": steps}
        planned += _batches("race", f"samples/{4 * count}/fan_in", fields, seeds)
    for noise in LABEL_NOISE[:2] if quick else LABEL_NOISE:
        fields = {"task": "cifar10", "label_noise": noise, "steps": steps}
        planned += _batches("race", f"noise/{noise:g}/fan_in", fields, seeds)
    return planned


# A step takes about two products of the weights with so many numbers a sample.
PRODUCTS = {"cifar10": 100, "digits": 60, "playground": 2}
TRAININGS = {"neuron_tickets": 4, "weight_tickets": 25}


def _batches(kind, cell, fields, seeds, steps=None, batch=BATCH):
    """Jobs for seeds 0 to seeds - 1, in batches."""
    planned = []
    inner = PRODUCTS[fields["task"]] * fields.get("per_class", 50) / 50
    if kind == "weight_tickets":  # in all inputs, not in the samples' span
        inner = {"cifar10": 3072, "digits": 64}[fields["task"]]
    for first in range(0, seeds, batch):
        members = list(range(first, min(first + batch, seeds)))
        every = {"dtype": "float32", "device": "cpu", "seeds": members} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }
        samples = 4 * fields.get("per_class", 50)
        cost = len(members) * fields.get("width", 300) * samples * (2 * inner + 40)
        cost *= (steps or fields["steps"]) * TRAININGS.get(kind, 1)
        planned.append(Job(kind, cell, every, cost + 5e9))
    return planned
