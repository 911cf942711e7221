"""Doing one job: from its kind and fields to its result, in whatever process it lands in."""

import dataclasses
import functools

import numpy as np
import torch

from racing_core import record, tasks
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.study import measures, phase, scans, tickets, timeline


def perform(kind, fields, data_dir=None) -> dict:
    """The result of a job, plain values.

    One thread: how a sum is split among threads changes its rounding, and a study's numbers should
    not depend on who computes them.
    """
    torch.set_num_threads(1)
    fields = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    noise = fields.pop("label_noise", 0.0)
    config = Config(**fields, data_dir=data_dir)
    result = KINDS[kind](config, noise)
    return {"seeds": list(config.seeds), **result}


def _race(config, noise):
    simulation = _simulate(config, noise)
    return {"measures": measures.measure(simulation), "data_hash": simulation.task.data_hash}


def _scan(config, noise):
    return {"measures": scans.scan(config, *_samples(config, noise))}


def _story(config, noise):
    return {"story": timeline.story(_simulate(config, noise))}


def _simulate(config, noise):
    task, rotation = _samples(config, noise)
    return record.simulate(config, task=task, rotation=rotation)


def _phase(config, noise):
    return phase.cell(config, *_samples(config, noise))


def _neuron_tickets(config, noise):
    return {"measures": tickets.neuron_tickets(config, *_samples(config, noise))}


def _weight_tickets(config, noise):
    return {"measures": tickets.weight_tickets(config, _samples(config, noise)[0])}


def _samples(config, noise):
    """The task, with a share `noise` of its labels flipped, and its rotation."""
    task, rotation = _load(
        config.task, config.group_a, config.group_b, config.per_class, config.data_dir
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


KINDS = {
    "race": _race,
    "scan": _scan,
    "story": _story,
    "phase": _phase,
    "neuron_tickets": _neuron_tickets,
    "weight_tickets": _weight_tickets,
}
