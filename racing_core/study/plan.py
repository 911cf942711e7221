"""Which runs the study is made of: a list of jobs, each a kind of work and what it is done to.

A job is a batch of seeds, trained side by side in one process. The batches are fixed here, so the
numbers do not depend on how the work was spread.

A claim about tasks needs tasks that were drawn: beside five tasks that we chose stand groupings of
CIFAR-10's classes drawn by a seed, each with images of its own, and the default grouping with other
images. The groupings that `HELD_BACK_SEED` draws were looked at only once, after everything that
the page says about a new grouping had been fixed on the others.
"""

import dataclasses
import difflib
import hashlib
import json
from typing import NamedTuple

import numpy as np

from racing_core import cifar10, tasks
from racing_core.errors import InputError
from racing_core.study import provenance

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
DEFAULT = "cat+dog / car+truck"  # our choice: the talk names no classes
DRAWN_SEED, DRAWN_COUNT = 1, 16
HELD_BACK_SEED, HELD_BACK_COUNT = 2, 8
IMAGE_SETS = 8
# Order, clusters and accuracy are settled by then; LONG runs check that.
STEPS, LONG_STEPS = 2_000, 10_000
# None on which a claim or its range was tried out: those were 0 to 19.
SEEDS = range(20, 30)
# Where a seed costs much, and where tasks vary more than seeds do.
FEW_SEEDS = SEEDS[:5]
DRAWN_SEEDS = SEEDS[:2]
PHASE_SEEDS = range(3)  # no claim is read from them, and the lab opens a cell's first
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
SCAN_FIELDS = {"width": SCAN_BASE["width"], "lr": SCAN_RATE, "steps": SCAN_STEPS}
WIDEST = 3000

# Fewer inputs, more neurons: about as many incoming weights to choose from as time allows.
TICKET_WIDTHS = {"cifar10": 30, "digits": 100, "playground": 300}
TICKET_RATE, TICKET_STEPS = 0.4, 1500

# The study trains in float32; so many drawn groupings are trained in float64, too.
DOUBLE_COUNT = 8

PHASE_WIDTHS = (10, 30, 100)
FLOW_TIME = 150.0  # lr * steps of every cell of the phase diagram
PHASE_SCALES = tuple(float(f"{scale:.3g}") for scale in np.geomspace(1e-4, 1, 20))
PHASE_RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.05, 3, 20))


def _groupings(seed, count, taken=()) -> dict[str, dict]:
    """Groupings of two classes against two, each with images of its own: {name: fields}.

    Args:
        taken: fields of tasks whose grouping is not drawn again.
    """
    seen = {_grouping(fields) for fields in taken if fields["task"] == "cifar10"}
    draw, found = np.random.RandomState(seed), {}
    while len(found) < count:
        a, b, c, d = draw.permutation(len(cifar10.CLASSES))[:4]
        group_a, group_b = (
            tuple(cifar10.CLASSES[number] for number in sorted(group)) for group in ((a, b), (c, d))
        )
        images = 100 * seed + len(found) + 1
        fields = {"task": "cifar10", "group_a": group_a, "group_b": group_b, "sample_seed": images}
        if (grouping := _grouping(fields)) not in seen:
            seen.add(grouping)
            found[f"{'+'.join(group_a)} / {'+'.join(group_b)}"] = fields
    return found


def _grouping(fields):
    """Two groups without an order."""
    groups = zip(("group_a", "group_b"), tasks.DEFAULT_GROUPS["cifar10"], strict=True)
    return frozenset(frozenset(fields.get(name, default)) for name, default in groups)


DRAWN = _groupings(DRAWN_SEED, DRAWN_COUNT, TASKS.values())
HELD_BACK = _groupings(HELD_BACK_SEED, HELD_BACK_COUNT, [*TASKS.values(), *DRAWN.values()])
IMAGES = {
    f"{DEFAULT}, images {seed}": {"task": "cifar10", "sample_seed": seed}
    for seed in range(1, IMAGE_SETS + 1)
}
ALL_TASKS = TASKS | DRAWN | IMAGES | HELD_BACK


class Cell(NamedTuple):
    """What a claim is tested in: a task of ALL_TASKS with an initialization of INITS."""

    task: str
    init: str

    def __str__(self):
        return f"{self.task}/{self.init}"


@dataclasses.dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        kind: what is done (see `racing_core.study.jobs.KINDS`).
        cell: the task and initialization.
        fields: fields of `Config`, and `label_noise` where labels are flipped.
        cost: about how much work it is, in multiplications; for the estimate.
        variable, value: what a scan varies, one of SCANS, and to what.
    """

    kind: str
    cell: Cell
    fields: dict
    cost: float
    variable: str | None = None
    value: float | None = None

    @property
    def name(self) -> str:
        """What people call the place of its result: for example `digits/fan_in`."""
        match self.kind:
            case "scan":
                return f"{self.variable}/{self.value:g}/{self.cell}"
            case "phase":
                return "/".join(str(self.fields[name]) for name in ("width", "init_scale", "lr"))
            case "long" | "timeline":
                return f"{self.kind}/{self.cell.init}"
        return str(self.cell)

    @property
    def key(self) -> str:
        """Its address: a hash of everything that its result depends on.

        That is its fields and the code and libraries that compute the result from them, so a
        constant that changes a result cannot be forgotten (see `provenance`).
        """
        content = [self.kind, self.fields, provenance.code(), provenance.versions()]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return f"{self.kind}-{digest[:16]}"


def jobs(quick=False) -> list[Job]:
    """The whole study, or a small one of every kind in under two minutes."""
    named = _cells([DEFAULT, "digits", "playground"] if quick else TASKS)
    steps = {"steps": 800 if quick else STEPS}
    planned = []
    for cell in named:
        planned += _batches("race", cell, steps, SEEDS[:2] if quick else SEEDS)
    for cell in named:
        planned += _tickets(cell, *((SEEDS[:2],) * 2 if quick else (SEEDS, FEW_SEEDS)), quick)
        planned += _scans(cell, quick)
    for init in INITS:
        cell, fields = Cell(DEFAULT, init), {"steps": 1000 if quick else LONG_STEPS}
        planned += _batches("long", cell, fields, FEW_SEEDS[:1] if quick else FEW_SEEDS)
        planned += _batches("timeline", cell, fields, range(1))
    planned += _phase(quick)
    if quick:
        cell = Cell(next(iter(DRAWN)), INITS[0])
        return planned + [
            job
            for kind in ("race", "double", "foresight")
            for job in _batches(kind, cell, steps, DRAWN_SEEDS[:1])
        ]
    for cell in _cells(DRAWN | IMAGES):
        planned += claim_jobs(cell, DRAWN_SEEDS)
    for cell in _cells(list(DRAWN)[:DOUBLE_COUNT]):
        planned += _batches("double", cell, steps, DRAWN_SEEDS)
    for cell in _cells(DRAWN):
        planned += _batches("foresight", cell, steps, DRAWN_SEEDS[:1])
    for cell in _cells(HELD_BACK):
        planned += claim_jobs(cell, DRAWN_SEEDS)
    return planned


def claim_jobs(cell, seeds, fields=None) -> list[Job]:
    """All that the claims are read from, for one cell.

    Args:
        fields: of the task, if it is none of ALL_TASKS.
    """
    planned = _batches("race", cell, {"steps": STEPS}, seeds, task=fields)
    planned += _tickets(cell, seeds, seeds, task=fields)
    for width in SCANS["width"]:
        scanned = {"variable": "width", "value": width}
        planned += _batches(
            "scan", cell, SCAN_FIELDS | {"width": width}, seeds, task=fields, **scanned
        )
    return planned


def _cells(tasks):
    return [Cell(task, init) for task in tasks for init in INITS]


def cell(planned, name) -> list[Job]:
    """The jobs of one cell that comes to numbers, for example `digits/fan_in`.

    Raises:
        InputError: there is no such cell.
    """
    numbered = [job for job in planned if job.kind != "timeline"]
    found = [job for job in numbered if job.name == name]
    if not found:
        near = difflib.get_close_matches(name, {job.name for job in numbered}, cutoff=0)
        raise InputError(f"There is no cell {name!r}; the nearest are {', '.join(near)}.")
    return found


def _tickets(cell, seeds, seeds_of_weights, quick=False, task=None):
    whole = {"lr": SCAN_RATE, "steps": 800 if quick else SCAN_STEPS}
    width = TICKET_WIDTHS[(task or ALL_TASKS[cell.task])["task"]] // (3 if quick else 1)
    single = {"width": width, "lr": TICKET_RATE, "steps": 800 if quick else TICKET_STEPS}
    planned = _batches("neuron_tickets", cell, whole, seeds, task=task)
    return planned + _batches("weight_tickets", cell, single, seeds_of_weights, task=task)


def _scans(cell, quick):
    """Capacity in use where one thing is varied. The base itself is run once, as a width."""
    planned = []
    for variable, values in SCANS.items():
        others = [value for value in values if variable == "width" or value != SCAN_BASE[variable]]
        for value in others[:-1:2] if quick else others:
            fields = SCAN_FIELDS | _varied(variable, value)
            seeds = SEEDS[:2] if quick else FEW_SEEDS
            planned += _batches("scan", cell, fields, seeds, variable=variable, value=value)
    if cell.task == DEFAULT and not quick:
        fields, place = SCAN_FIELDS | {"width": WIDEST}, {"variable": "width", "value": WIDEST}
        # So wide a network fills the processor by itself.
        planned += _batches("scan", cell, fields, FEW_SEEDS, batch=1, **place)
    return planned


def _varied(variable, value):
    """The fields of `Config` that a scan sets."""
    match variable:
        case "width":
            return {"width": value}
        case "scale":
            # A small start takes longer to grow: time for it, at the growth rate of images.
            extra = int(max(0, np.log10(0.01 / value)) * 100)
            return {"init_scale": value, "steps": SCAN_STEPS + extra}
        case "samples":
            return {"per_class": value // 4}
        case "noise":
            return {"label_noise": value}


def _phase(quick):
    """The phase diagram: every cell for the same gradient-flow time lr * steps."""
    sparse = slice(None, None, 9) if quick else slice(None)
    planned = []
    for width in PHASE_WIDTHS[:1] if quick else PHASE_WIDTHS:
        for rate in PHASE_RATES[sparse]:
            for scale in PHASE_SCALES[sparse]:
                fields = {"width": width, "init_scale": scale, "lr": rate}
                fields["steps"] = round(FLOW_TIME / rate)
                planned += _batches("phase", Cell(DEFAULT, "fan_in"), fields, PHASE_SEEDS)
    return planned


# A step takes about two products of the weights with so many numbers a sample.
PRODUCTS = {"cifar10": 100, "digits": 60, "playground": 2}
# How many trainings a job is as long as, what is measured afterwards included.
TRAININGS = {
    "race": 2, "double": 3, "foresight": 2, "long": 2, "timeline": 2.5, "neuron_tickets": 2.2,
    "weight_tickets": 15,
}  # fmt: skip


def _batches(kind, cell, fields, seeds, batch=BATCH, task=None, **scanned):
    """Jobs for a range of seeds, in batches; `task`: its fields, if it is none of ALL_TASKS."""
    fields = (task or ALL_TASKS[cell.task]) | {"init": cell.init} | fields
    dtype = "float64" if kind == "double" else "float32"
    samples = fields.get("per_class", 50) * 4
    products = PRODUCTS[fields["task"]] * samples / 200
    if kind == "weight_tickets" and fields["task"] == "cifar10":
        products *= 4  # a Gram matrix for each neuron, which has to come from memory
    planned = []
    for first in range(0, len(seeds), batch):
        members = list(seeds[first : first + batch])
        every = {"dtype": dtype, "device": "cpu", "seeds": members} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }
        cost = len(members) * fields.get("width", 300) * samples * (2 * products + 40)
        cost *= fields["steps"] * TRAININGS.get(kind, 1)
        planned.append(Job(kind, cell, every, cost + 5e9, **scanned))
    return planned
