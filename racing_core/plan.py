"""Which runs the study is made of: a list of jobs, each a kind of work and what it is done to.

A job is a batch of seeds, trained side by side in one process. The batches are fixed here, not by
whoever runs them, so the numbers do not depend on how the work was spread.
"""

import dataclasses
import hashlib
import json

import numpy as np

from racing_core.errors import InputError

LAYOUT = 1  # raised whenever a job's result changes its meaning: old results are not used again

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
# Order, clusters and accuracy are settled by then; LONG runs check that.
STEPS, LONG_STEPS = 2_000, 10_000
SEEDS, BATCH = 20, 5

WIDTHS = (10, 30, 100, 300, 1000, 3000)
SCALES = (0.0001, 0.001, 0.01, 0.1, 1.0)
PER_CLASS = (5, 15, 50, 150)
LABEL_NOISE = (0.0, 0.1, 0.2, 0.4)

PHASE_WIDTH = 50
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
        cost: about how much work it is, in neuron-steps on the samples; for the estimate.
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
    tasks = {name: TASKS[name] for name in ("cat+dog / car+truck", "digits", "playground")}
    planned = []
    for name, task in (tasks if quick else TASKS).items():
        for init in INITS:
            fields = task | {"init": init, "steps": steps}
            planned += _batches("race", f"{name}/{init}", fields, seeds)
    planned += _scans(quick, steps)
    for init in INITS:
        long = {"task": "cifar10", "init": init, "steps": 1000 if quick else LONG_STEPS}
        planned += _batches("race", f"long/{init}", long, 1 if quick else 5)
        planned += _batches("story", f"story/{init}", long, 1)
        ticket = {"task": "digits" if quick else "cifar10", "init": init, "steps": steps}
        planned += _batches("neuron_tickets", f"{ticket['task']}/{init}", ticket, seeds)
    weights = {"task": "digits", "width": 30 if quick else 100, "steps": 500 if quick else 1500}
    planned += _batches("weight_tickets", "digits/fan_in", weights, seeds)
    grid = (slice(None, None, 9), slice(None, None, 9)) if quick else (slice(None), slice(None))
    for rate in PHASE_RATES[grid[0]]:
        for scale in PHASE_SCALES[grid[1]]:
            fields = {"task": "cifar10", "width": PHASE_WIDTH, "init_scale": scale, "lr": rate}
            # The cell itself sets its steps, by its learning rate.
            planned += _batches("phase", f"{scale}/{rate}", fields, 5, phase_steps(rate))
    return planned


def phase_steps(lr):
    """Steps of a cell of the phase diagram."""
    return round(FLOW_TIME / lr)


def cell(planned, name) -> list[Job]:
    """The jobs of one cell, for example `digits/fan_in`. InputError where there is no such cell."""
    found = [job for job in planned if job.cell == name]
    if not found:
        known = dict.fromkeys(job.cell for job in planned if job.kind == "race")
        raise InputError(f"There is no cell {name!r}; choose one of {', '.join(known)}.")
    return found


def _scans(quick, steps):
    """Capacity in use against width, initial scale, samples a class and label noise."""
    seeds = 1 if quick else 5
    planned = []
    for width in WIDTHS[:4] if quick else WIDTHS:
        fields = {"task": "cifar10", "width": width, "steps": steps}
        # A wide network's history is large: one seed at a time.
        planned += _batches("race", f"width/{width}", fields, seeds, batch=1 if width > 300 else 5)
    for scale in SCALES[1:4] if quick else SCALES:
        # A small start takes longer to grow: time for it, at the growth rate of this task.
        extra = int(max(0, np.log10(0.01 / scale)) * 200)
        fields = {"task": "cifar10", "init_scale": scale, "steps": steps + extra}
        planned += _batches("race", f"scale/{scale:g}", fields, seeds)
    for count in PER_CLASS[:2] if quick else PER_CLASS:
        fields = {"task": "cifar10", "per_class": count, "steps": steps}
        planned += _batches("race", f"samples/{4 * count}", fields, seeds)
    for noise in LABEL_NOISE[:2] if quick else LABEL_NOISE:
        fields = {"task": "cifar10", "label_noise": noise, "steps": steps}
        planned += _batches("race", f"noise/{noise:g}", fields, seeds)
    return planned


def _batches(kind, cell, fields, seeds, steps=None, batch=BATCH):
    """Jobs for seeds 0 to seeds - 1, in batches."""
    planned = []
    for first in range(0, seeds, batch):
        members = list(range(first, min(first + batch, seeds)))
        every = {"dtype": "float32", "device": "cpu", "seeds": members} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }
        samples = 4 * fields.get("per_class", 50)
        cost = len(members) * fields.get("width", 300) * samples
        cost *= steps or fields["steps"]
        trainings = {"neuron_tickets": 2, "weight_tickets": 20}.get(kind, 1)
        planned.append(Job(kind, cell, every, cost * trainings + 1e8))
    return planned
