"""Running the edge's cells, one after the other; what is there is never run again."""

import functools
import json
import platform
import time
from pathlib import Path

import torch

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation, choose_device
from racing_core.errors import InputError
from racing_core.files import atomic, make_folder
from racing_core.study import provenance
from racing_core.study.edge import plan
from racing_core.study.edge.cells import edge


def run(cells, folder, data_dir=None, on_done=lambda cell: None):
    """Do the cells that have no result yet; each writes a file `KEY.json` in `folder`.

    Args:
        cells: of `plan.cells`.
        on_done: called with each cell once its result is there, those found at once included.

    Raises:
        InputError: no data, no such device, or a folder that cannot be written to.
    """
    folder = Path(folder)
    make_folder(folder)
    for cell in cells:
        file = folder / f"{cell.key}.json"
        if not file.exists():
            content = _performed(cell, data_dir)
            with atomic(file) as temporary:
                temporary.write_text(json.dumps(content, allow_nan=False) + "\n", "utf-8")
        on_done(cell)


def load(cells, folder) -> list[tuple]:
    """(cell, content of its file) for every cell that has a result, in the order of the cells."""
    found = []
    for cell in cells:
        file = Path(folder) / f"{cell.key}.json"
        if file.exists():
            found.append((cell, json.loads(file.read_text("utf-8"))))
    return found


def _performed(cell, data_dir):
    """A cell's file: what it depends on, and `networks`, or `diverged`, a sentence."""
    torch.set_num_threads(1)  # how a sum is split among threads changes its rounding
    config = Config(**cell.fields, data_dir=data_dir)
    choose_device(config.device)
    # Ten classes have samples of their own.
    per_class = Config.per_class if cell.changes.network == "classes" else config.per_class
    task, rotation = _samples(config.task, per_class, data_dir)
    began = time.process_time()
    try:
        found = {"networks": edge(config, cell.changes, task, rotation)}
    except InputError as error:  # the data and the device are there, so the run diverged
        found = {"diverged": str(error)}
    return {
        "name": cell.name,
        "fields": cell.fields,
        "code": provenance.code(start=plan.START),
        "versions": provenance.versions(),
        "machine": f"{platform.system()} {platform.machine()}, {config.device}",
        "seconds": round(time.process_time() - began, 1),
        **found,
    }


@functools.lru_cache(maxsize=2)
def _samples(name, per_class, data_dir):
    task = tasks.load(name, per_class=per_class, data_dir=data_dir)
    return task, Rotation(task.x)
