"""python -m racing_core.study.edge FILE.json [VARIANT ...]: run the edge, row by row.

The variant `scales` is the curve over starts of every size. Cells that FILE.json has already are
kept; delete the file to run all anew.
"""

import json
import sys
import time
from pathlib import Path

import torch

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.errors import InputError
from racing_core.study.edge import scales
from racing_core.study.edge.cells import edge
from racing_core.study.edge.rows import rows
from racing_core.study.edge.variants import VARIANTS

SEEDS = (60, 61, 62)  # none on which anything here was tried out
WIDTH = 100
BASE = {"width": WIDTH, "steps": 2_000, "dtype": "float32", "device": "cpu", "seeds": SEEDS}


def main(file, names):
    """Every cell that is asked for; the file is written after each."""
    torch.set_num_threads(1)
    file = Path(file)
    done = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for cell, variant, fields, more in _cells(names or (*VARIANTS, "scales")):
        if cell in done:
            continue
        began = time.process_time()
        done[cell] = [row | more for row in _rows(variant, Config(**BASE | fields))]
        file.write_text(json.dumps(done, indent=1) + "\n", "utf-8")
        for row in done[cell]:
            print(f"{time.process_time() - began:5.0f} s", cell, *_shown(row), flush=True)


def _cells(names):
    for name in names:
        if name != "scales":
            for init in VARIANTS[name].inits:
                fields = VARIANTS[name].fields | {"init": init}
                yield f"{name}/{init}", VARIANTS[name], fields, {}
            continue
        for start in scales.STARTS:
            for relative in scales.RELATIVE:
                variant, fields = scales.planned(start, relative, inputs=3072)
                yield f"scales/{start}/{relative}", variant, fields, {"relative": relative}


def _rows(variant, config):
    # Ten classes have samples of their own.
    per_class = 50 if variant.network == "classes" else config.per_class
    task = tasks.load(config.task, per_class=per_class, data_dir=config.data_dir)
    try:
        measured = edge(config, variant, task, Rotation(task.x))
    except InputError as error:
        return [{"variant": variant.name, "init": config.init, "verdict": str(error)}]
    return rows(variant, config.init, config.seeds, measured)


def _shown(row):
    yield f"{row['variant']:32s} {row['init']:10s} {row['verdict']:14s}"
    for name, value in row.items():
        if isinstance(value, float):
            yield f"{name} {value:.3g}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
