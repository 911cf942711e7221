"""What the lab needs to train a task by itself: the samples' coordinates and their description."""

from pathlib import Path

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation

# The article's run comes first: the lab opens with it.
TASKS = (
    {"task": "cifar10"},
    {"task": "cifar10", "group_a": ("airplane", "ship"), "group_b": ("deer", "horse")},
    {"task": "cifar10", "group_a": ("cat", "deer"), "group_b": ("dog", "horse")},
    {"task": "digits"},
    {"task": "playground"},
)


def files(data_dir: Path | None) -> dict[str, dict | bytes]:
    """Content by file name: `lab.json`, which describes all tasks, and one `.f32` a task.

    Raises:
        InputError: no CIFAR-10 (see `racing_core.tasks.load`).
    """
    described, coordinates = [], {}
    for chosen in TASKS:
        task = tasks.load(**{"name": chosen["task"], **_groups(chosen)}, data_dir=data_dir)
        entry, x = describe(task)
        described.append(entry)
        coordinates[entry["x"]] = x
    return {"lab.json": {"tasks": described, "defaults": defaults()}, **coordinates}


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


def _groups(chosen):
    return {name: chosen[name] for name in ("group_a", "group_b") if name in chosen}
