"""Doing one job: from its kind and fields to its result, in whatever process it lands in."""

import dataclasses
import functools

import numpy as np
import torch

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.run import simulate
from racing_core.study import foresight, measures, phase, scans, tickets, timeline


def perform(kind, fields, data_dir=None) -> dict:
    """The result of a job, plain values that JSON gives back as they are.

    One thread: how a sum is split among threads changes its rounding, and a study's numbers should
    not depend on who computes them.

    Args:
        kind: one of KINDS.
        fields: of `Config`, and `label_noise`, the share of labels that is flipped.

    Returns:
        `networks`: {seed: nested dict of numbers}, without the seeds whose training diverged;
        `data_hash`: of the samples. Seeds are strings, as JSON's keys are.
    """
    torch.set_num_threads(1)
    fields = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    noise = fields.pop("label_noise", 0.0)
    config = Config(**fields, data_dir=data_dir)
    task, rotation = _samples(config, noise)
    found = KINDS[kind](config, task, rotation)
    networks = {
        str(seed): one for seed, one in zip(config.seeds, found, strict=True) if one is not None
    }
    return {"networks": networks, "data_hash": task.data_hash}


def _race(config, task, rotation):
    return [measures.measure(run) for run in simulate(config, task=task, rotation=rotation).runs]


def _foresight(config, task, rotation):
    runs = simulate(config, task=task, rotation=rotation).runs
    return [foresight.foresight(run) for run in runs]


def _timeline(config, task, rotation):
    runs = simulate(config, task=task, rotation=rotation).runs
    return [timeline.timeline(run) for run in runs]


def _samples(config, noise):
    """The task, with a share `noise` of its labels flipped, and its rotation."""
    task, rotation = _load(
        config.task,
        config.group_a,
        config.group_b,
        config.per_class,
        config.data_dir,
        config.sample_seed,
    )
    if noise:
        flipped = np.random.RandomState(0).rand(len(task.y)) < noise
        task = dataclasses.replace(task, y=np.where(flipped, 1 - task.y, task.y))
    return task, rotation


@functools.lru_cache(maxsize=4)
def _load(*where):
    """A task and its rotation, which many jobs of a process share."""
    task = tasks.load(*where)
    return task, Rotation(task.x)


# (config, task, rotation) -> one dict per seed, None where training diverged
KINDS = {
    "race": _race,
    "double": _race,
    "long": _race,
    "foresight": _foresight,
    "timeline": _timeline,
    "scan": scans.scan,
    "phase": phase.phase,
    "neuron_tickets": tickets.neuron_tickets,
    "weight_tickets": tickets.weight_tickets,
}
