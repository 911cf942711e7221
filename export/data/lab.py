"""What the lab needs: each task's samples, to train on, a recorded run, to fall back on, models.

`docs/lab` reads these files.
"""

from pathlib import Path

import numpy as np

from export.data.base import field
from export.onnx_models import any_forward_model, step_model
from racing_core import tasks
from racing_core.capacity import LIVE_SHARE
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.neurons import CLUSTER_COSINE
from racing_core.study.measures import DROP

# The article's run comes first: the lab opens with it.
TASKS = (
    {"task": "cifar10"},
    {"task": "cifar10", "group_a": ("airplane", "ship"), "group_b": ("deer", "horse")},
    {"task": "cifar10", "group_a": ("cat", "deer"), "group_b": ("dog", "horse")},
    {"task": "digits"},
    {"task": "playground"},
)
PICKS = 3  # ours: neurons per bet, the visitor's as the theory's
REPLAYED = 40  # states of the recorded run
DIRECTIONS = 48  # in which the recorded run tells what training adds to each neuron
STATES = "replay.bin"


def files(run) -> dict[str, dict | bytes]:
    """The content of each of docs/data/lab's files: dicts by name, bytes by file name.

    Raises:
        InputError: no CIFAR-10 (see `racing_core.tasks.load`).
    """
    loaded = _tasks(run.config.data_dir)
    directions, chosen, coefficients = _resolved(run)
    return {
        "lab": lab(loaded),
        "replay": replay(run, chosen, len(directions)),
        STATES: _states(run, directions, chosen, coefficients),
        "step.onnx": step_model().SerializeToString(),
        "forward.onnx": any_forward_model().SerializeToString(),
        **{_samples_name(task): samples(task) for task in loaded},
    }


def _tasks(data_dir: Path | None) -> list[tasks.Task]:
    return [
        tasks.load(name=chosen["task"], **_groups(chosen), data_dir=data_dir) for chosen in TASKS
    ]


def _groups(chosen):
    return {name: chosen[name] for name in ("group_a", "group_b") if name in chosen}


def lab(loaded: list[tasks.Task]) -> dict:
    """The tasks that the lab offers, and the article's run, with which it opens."""
    words = field("classes that form label 0", unit="", shape="a list of names")
    return {
        "about": "The tasks that the lab trains on, a row per task; `defaults`, the settings of "
        "the article's run; and `constants`, what the browser must agree on with Python: the "
        "cosine of total vectors above which neurons share a cluster, the least share of the "
        "strongest cluster's norm product that a live cluster has, the neurons per bet, and the "
        "share of its start below which the loss has dropped.",
        "fields": {
            "name": field("the task and its groups", unit="", shape="a word"),
            "task": field("where the samples come from", unit="", shape="a word"),
            "group_a": words,
            "group_b": words | {"meaning": "classes that form label 1"},
            "per_class": field("samples of each class"),
            "x": field(
                "file with the samples' coordinates in their own span: samples x rank float32 "
                "numbers, little-endian, by rows",
                unit="",
                shape="a file name",
            ),
            "samples": field("samples in all"),
            "inputs": field("numbers per sample, before they are turned into the span"),
            "rank": field("dimensions of the span"),
            "labels": field("label of each sample, 0 or 1", shape="a list, one per sample"),
        },
        "defaults": defaults(),
        "constants": constants(),
        "tasks": [describe(task) for task in loaded],
    }


def describe(task: tasks.Task) -> dict:
    """A task's entry in lab.json."""
    return {
        "name": _name(task),
        "task": task.name,
        "group_a": task.group_a,
        "group_b": task.group_b,
        "per_class": len(task.y) // len(task.group_a + task.group_b),
        "x": _samples_name(task),
        "samples": len(task.y),
        "inputs": task.x.shape[1],
        "rank": Rotation(task.x).rank,
        "labels": task.y.tolist(),
    }


def samples(task: tasks.Task) -> bytes:
    """A task's samples (N, r): float32, little-endian, by rows.

    The coordinates are those of `Rotation`: in the span of the samples, where training happens.
    """
    return Rotation(task.x).to_span(task.x).astype("<f4").tobytes()


def _name(task):
    return f"{task.name}-{'_'.join(task.group_a)}-{'_'.join(task.group_b)}"


def _samples_name(task):
    return f"{_name(task)}.f32"


def defaults() -> dict:
    """The article's configuration, as far as the lab can change it."""
    config = Config()
    return {
        "seed": config.seeds[0],
        "width": config.width,
        "init": config.init,
        "init_scale": config.init_scale,
        "lr": config.lr,
        "steps": config.steps,
    }


def constants() -> dict:
    """What the browser must agree on with Python, and reads from here."""
    return {
        "cluster_cosine": CLUSTER_COSINE,
        "live_share": LIVE_SHARE,
        "picks": PICKS,
        "drop": DROP,
    }


def _resolved(run):
    """What training adds to [w_in, b], resolved into few directions.

    Returns:
        directions (k, r + 1), the first of a singular value decomposition; the indices (t,) of
        REPLAYED recorded times; coefficients (t, d, k).
    """
    wanted = np.expm1(np.linspace(0, np.log1p(run.time[-1]), REPLAYED))
    chosen = np.unique(np.abs(run.time[:, None] - wanted).argmin(axis=0))
    w_in, b = run.w_in[chosen], run.b[chosen]
    added = np.concatenate([w_in - w_in[0], (b - b[0])[..., None]], axis=-1)  # (t, d, r + 1)
    # Each neuron counts alike at each time, however small.
    norm = np.linalg.norm(w_in, axis=-1, keepdims=True)
    flat = (added / norm).reshape(-1, added.shape[-1])
    directions = np.linalg.svd(flat, full_matrices=False)[2][:DIRECTIONS]
    return directions, chosen, added @ directions.T


def replay(run, chosen, directions) -> dict:
    """The run for browsers that cannot train: when, with what loss; the states are in a file."""
    per_state = "a list, one per state"
    return {
        "about": "The article's run for browsers that cannot train: some of its states, in a file.",
        "fields": {
            "file": field(
                "the states: `directions` vectors of [w1, b] (float32, rank + 1 numbers each); "
                "then for each state and neuron a scale (float32); for each state, w2 (float32, "
                "2 x neurons); for each state and neuron `directions` coefficients (int16). What "
                "training has added to a neuron's [w1, b] is the sum over the directions of scale "
                "* coefficient * direction. All is little-endian",
                unit="",
                shape="a file name",
            ),
            "steps": field("when each state was", "step", per_state),
            "loss": field("mean cross-entropy of the training samples", "nat", per_state),
            "accuracy": field("training accuracy", shape=per_state),
            "directions": field("number of the directions"),
        },
        "file": STATES,
        "steps": run.time[chosen].tolist(),
        "loss": run.loss[chosen].round(6).tolist(),
        "accuracy": run.accuracy[chosen].tolist(),
        "directions": directions,
    }


def _states(run, directions, chosen, coefficients) -> bytes:
    """directions (k, r + 1), scales (t, d), w_out (t, 2, d); coefficients (t, d, k) as int16."""
    scales = np.abs(coefficients).max(-1, keepdims=True) / np.iinfo(np.int16).max
    nothing = np.zeros_like(coefficients)
    whole = np.divide(coefficients, scales, out=nothing, where=scales > 0).round()
    parts = (directions, "<f4"), (scales, "<f4"), (run.w_out[chosen], "<f4"), (whole, "<i2")
    return b"".join(array.astype(kind).tobytes() for array, kind in parts)
