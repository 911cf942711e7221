"""python -m racing_core.study.edge FILE.json [VARIANT ...]: run the edge, row by row.

Rows of variants that FILE.json has already are kept; delete the file to run all anew.
"""

import json
import sys
import time
from pathlib import Path

import torch

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation
from racing_core.study.edge.cells import edge
from racing_core.study.edge.rows import rows
from racing_core.study.edge.variants import VARIANTS

SEEDS = (60, 61, 62)  # none on which anything here was tried out
WIDTH = 100


def main(file, names):
    """Every variant under every start of its own; the file is written after each."""
    torch.set_num_threads(1)
    file = Path(file)
    done = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for name in names or VARIANTS:
        variant = VARIANTS[name]
        for init in variant.inits:
            cell = f"{name}/{init}"
            if cell in done:
                continue
            began = time.process_time()
            base = {"width": WIDTH, "steps": 2_000, "dtype": "float32", "device": "cpu"}
            config = Config(**base | variant.fields | {"init": init, "seeds": SEEDS})
            # Ten classes have samples of their own.
            per_class = 50 if variant.network == "classes" else config.per_class
            task = tasks.load(config.task, per_class=per_class, data_dir=config.data_dir)
            done[cell] = rows(variant, init, SEEDS, edge(config, variant, task, Rotation(task.x)))
            file.write_text(json.dumps(done, indent=1) + "\n", "utf-8")
            for row in done[cell]:
                print(f"{time.process_time() - began:5.0f} s", *_shown(row), flush=True)


def _shown(row):
    yield f"{row['variant']:32s} {row['init']:10s} {row['verdict']:14s}"
    for name, value in row.items():
        if isinstance(value, float):
            yield f"{name} {value:.3g}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
