"""What the lab needs: each task's samples, to train on, and a recorded run, to fall back on."""

from pathlib import Path

import numpy as np

from racing_core import tasks
from racing_core.capacity import LIVE_SHARE
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.neurons import CLUSTER_COSINE

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


def files(data_dir: Path | None) -> dict[str, dict | bytes]:
    """Content by file name: `lab.json`, which describes all tasks, and one `.f32` per task.

    Raises:
        InputError: no CIFAR-10 (see `racing_core.tasks.load`).
    """
    described, coordinates = [], {}
    for chosen in TASKS:
        task = tasks.load(**{"name": chosen["task"], **_groups(chosen)}, data_dir=data_dir)
        entry, x = describe(task)
        described.append(entry)
        coordinates[entry["x"]] = x
    lab = {"tasks": described, "defaults": defaults(), "constants": constants()}
    return {"lab.json": lab, **coordinates}


def describe(task: tasks.Task) -> tuple[dict, bytes]:
    """A task's entry in lab.json, and its samples (N, r): float32, little-endian, by rows.

    The coordinates are those of `Rotation`: in the span of the samples, where training happens.
    """
    rotation = Rotation(task.x)
    name = f"{task.name}-{'_'.join(task.group_a)}-{'_'.join(task.group_b)}"
    entry = {
        "name": name,
        "task": task.name,
        "group_a": task.group_a,
        "group_b": task.group_b,
        "per_class": len(task.y) // len(task.group_a + task.group_b),
        "x": f"{name}.f32",
        "samples": len(task.y),
        "inputs": task.x.shape[1],
        "rank": rotation.rank,
        "labels": task.y.tolist(),
    }
    return entry, rotation.to_span(task.x).astype("<f4").tobytes()


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
    return {"cluster_cosine": CLUSTER_COSINE, "live_share": LIVE_SHARE, "picks": PICKS}


def _groups(chosen):
    return {name: chosen[name] for name in ("group_a", "group_b") if name in chosen}


def replay(simulation) -> tuple[dict, bytes]:
    """The run for browsers that cannot train: a description, and a file of its states.

    What training adds to [w_in, b] of each neuron at each time lies nearly in few directions, the
    first ones of a singular value decomposition. The file holds those, float32 (k, r + 1); scales
    (t, d) and w_out (t, 2, d), float32; coefficients (t, d, k), int16, to be multiplied with the
    scale. The start itself is drawn from the seed.
    """
    trajectory = simulation.trajectory
    time = trajectory.time
    wanted = np.expm1(np.linspace(0, np.log1p(time[-1]), REPLAYED))
    chosen = np.unique(np.abs(time[:, None] - wanted).argmin(axis=0))
    w_in, b, w_out = (part[0][chosen] for part in trajectory.parameters)
    added = np.concatenate([w_in - w_in[0], (b - b[0])[..., None]], axis=-1)
    # Each neuron counts alike at each time, however small.
    norm = np.linalg.norm(w_in, axis=-1, keepdims=True)
    directions = np.linalg.svd((added / norm).reshape(-1, added.shape[-1]), full_matrices=False)[2]
    directions = directions[:DIRECTIONS]
    amounts = added @ directions.T
    scales = np.abs(amounts).max(-1, keepdims=True) / np.iinfo(np.int16).max
    whole = np.divide(amounts, scales, out=np.zeros_like(amounts), where=scales > 0).round()
    described = {
        "file": "replay.bin",
        "steps": time[chosen].tolist(),
        "loss": trajectory.loss[0][chosen].round(6).tolist(),
        "accuracy": trajectory.accuracy[0][chosen].tolist(),
        "directions": len(directions),
    }
    parts = (directions, "<f4"), (scales, "<f4"), (w_out, "<f4"), (whole, "<i2")
    return described, b"".join(array.astype(kind).tobytes() for array, kind in parts)
