"""What the lab needs: each task's samples, to train on, a recorded run, models.

`docs/lab` reads these files.
"""

import json
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np

from export.data.base import entry, field, significant
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
EDGE = Path(__file__).parents[2] / "docs" / "data" / "evidence" / "edge_scales.json"
PICKS = 3  # ours: neurons per bet, the visitor's as the theory's
RECORDED = 40  # states of the recorded run, about evenly spaced in log time
# The recorded run comes in parts, the first small enough to be there at once: how many states each
# holds (the last: all others), and in how many directions it tells what training adds to a neuron.
# So many that what is left out is at most 4 % of any neuron's norm.
PARTS = ((4, 8), (12, 16), (8, 32), (None, 48))
RECORDING = (
    "a list of parts, each with step, loss in nat and accuracy of its states, the number of its "
    "`directions` k, and a file: k vectors of [w1, b] (float32, rank + 1 numbers each); then for "
    "each state and neuron a scale (float32); for each state, w2 (float32, 2 x neurons); for each "
    "state and neuron k coefficients (int16). What training has added to a neuron's [w1, b] is the "
    "sum over the directions of scale * coefficient * direction. All is little-endian."
)


def files(run) -> dict[str, dict | bytes]:
    """The content of each of docs/data/lab's files: dicts by name, bytes by file name.

    Raises:
        InputError: no CIFAR-10 (see `racing_core.tasks.load`).
    """
    loaded = _tasks(run.config.data_dir)
    parts = list(_recorded(run))
    binaries = {
        **{part["file"]: content for part, content in parts},
        "step.onnx": step_model().SerializeToString(),
        "forward.onnx": any_forward_model().SerializeToString(),
        **{_samples_name(task): samples(task) for task in loaded},
        **{_held_out_name(task): held_out(task)[0] for task in loaded},
    }
    return {"lab": lab(loaded, [part for part, _ in parts], binaries), **binaries}


def _tasks(data_dir: Path | None) -> list[tasks.Task]:
    return [
        tasks.load(name=chosen["task"], **_groups(chosen), data_dir=data_dir) for chosen in TASKS
    ]


def _groups(chosen):
    return {name: chosen[name] for name in ("group_a", "group_b") if name in chosen}


def lab(loaded: list[tasks.Task], recording: list[dict], binaries: dict[str, bytes]) -> dict:
    """The tasks that the lab offers, the article's run, with which it opens, and its files."""
    words = field("classes that form label 0", unit="", shape="a list of names")
    return {
        "about": "The tasks that the lab trains on, a row per task; `defaults`, the settings of "
        "the article's run; `constants`, what the browser must agree on with Python: the cosine "
        "of total vectors above which neurons share a cluster, the least share of the strongest "
        "cluster's norm product that a live cluster has, the neurons per bet, the share of its "
        "start below which the loss has dropped, and the initial scales from which the playground "
        "runs no race; `recording`, the article's run as it was "
        f"recorded: {RECORDING} `files`, length and SHA-256 of every file that the lab gets from "
        "beside this one.",
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
            "x_held_out": field(
                "file with samples that training never sees, as `x`, but int16 numbers to be "
                "multiplied by `unit_held_out`: the part of them that lies in the span, which is "
                "all that trained weights see",
                unit="",
                shape="a file name",
            ),
            "unit_held_out": field("unit of the whole numbers in that file"),
            "labels_held_out": field("their labels", shape="a list, one per sample"),
        },
        "defaults": defaults(),
        "constants": constants(),
        "files": {name: entry(content) for name, content in binaries.items()},
        "recording": recording,
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
        "x_held_out": _held_out_name(task),
        "unit_held_out": held_out(task)[1],
        "labels_held_out": task.y_held_out.tolist(),
    }


def samples(task: tasks.Task) -> bytes:
    """A task's samples (N, r): float32, little-endian, by rows.

    The coordinates are those of `Rotation`: in the span of the samples, where training happens.
    """
    return Rotation(task.x).to_span(task.x).astype("<f4").tobytes()


def held_out(task: tasks.Task) -> tuple[bytes, float]:
    """The same of its held-out samples (M, r), in int16, and the unit of these whole numbers.

    Only their part in the span of the training samples.
    """
    coordinates = Rotation(task.x).to_span(task.x_held_out)
    unit = float(significant(np.abs(coordinates).max() * 1.01, 3)) / np.iinfo(np.int16).max
    return np.round(coordinates / unit).astype("<i2").tobytes(), unit


def _name(task):
    return f"{task.name}-{'_'.join(task.group_a)}-{'_'.join(task.group_b)}"


def _samples_name(task):
    return f"{_name(task)}.f32"


def _held_out_name(task):
    return f"{_name(task)}.held_out.i16"


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
        "no_race": no_race(),
    }


def no_race() -> dict[str, float]:
    """The smallest initial scale, of those tried, from which the playground runs no race.

    By initialization, from what `racing edge` has published.
    """
    rows = json.loads(EDGE.read_text("utf-8"))["rows"]
    found = {init: [] for init in get_args(get_type_hints(Config)["init"])}
    for row in rows:
        if row["start"] in found and row["verdict"] == "no race":
            found[row["start"]].append(row["init_scale"])
    return {init: significant(min(scales), 3) for init, scales in found.items()}


def _recorded(run):
    """The run as it was recorded, part by part: (entry in `recording`, content of its file)."""
    wanted = np.expm1(np.linspace(0, np.log1p(run.time[-1]), RECORDED))
    chosen = np.unique(np.abs(run.time[:, None] - wanted).argmin(axis=0))
    for number, (count, directions) in enumerate(PARTS):
        part, chosen = chosen[:count], chosen[count:] if count else []
        described = {
            "file": f"recording-{number}.bin",
            "directions": directions,
            "step": run.time[part].tolist(),
            "loss": run.loss[part].round(6).tolist(),
            "accuracy": run.accuracy[part].tolist(),
        }
        yield described, _states(run, part, *_resolved(run, part, directions))


def _resolved(run, part, count):
    """What training adds to [w_in, b], resolved into few directions.

    Returns:
        directions (k, r + 1), the first `count` of a singular value decomposition; coefficients
        (t, d, k) at the times `part`.
    """
    w_in, b = run.w_in[part], run.b[part]
    added = np.concatenate(
        [w_in - run.w_in[0], (b - run.b[0])[..., None]], axis=-1
    )  # (t, d, r + 1)
    # Each neuron counts alike at each time, however small.
    norm = np.linalg.norm(w_in, axis=-1, keepdims=True)
    flat = (added / norm).reshape(-1, added.shape[-1])
    directions = np.linalg.svd(flat, full_matrices=False)[2][:count]
    return directions, added @ directions.T


def _states(run, part, directions, coefficients) -> bytes:
    """What RECORDING says."""
    scales = np.abs(coefficients).max(-1, keepdims=True) / np.iinfo(np.int16).max
    nothing = np.zeros_like(coefficients)
    whole = np.divide(coefficients, scales, out=nothing, where=scales > 0).round()
    arrays = (directions, "<f4"), (scales, "<f4"), (run.w_out[part], "<f4"), (whole, "<i2")
    return b"".join(array.astype(kind).tobytes() for array, kind in arrays)
