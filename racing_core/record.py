"""A run as a labeled data set: dims seed, time and neuron, units, provenance."""

import importlib.metadata
import json
import platform
from typing import TYPE_CHECKING

import numpy as np

from racing_core import run_file
from racing_core.config import Config
from racing_core.files import atomic
from racing_core.network import forward, loss_and_accuracy
from racing_core.optimised import simulate
from racing_core.run import Run, Simulation
from racing_core.run_file import COORDINATES, VARIABLES, Recorded

if TYPE_CHECKING:
    import xarray as xr


def recorded(simulation: Simulation) -> Recorded:
    """The networks in the plain arrays of a run's file (see `run_file`)."""
    runs, config = simulation.runs, simulation.config
    attributes = {
        "kind": run_file.KIND,
        "configuration": json.dumps(config.plain()),
        "versions": json.dumps(versions()),
        "data_hash": simulation.task.data_hash,
    }
    networks = [measured(run) | _weights(run) for run in runs]
    arrays = {name: np.stack([network[name] for network in networks]) for name in VARIABLES}
    coordinates = {"seed": config.seeds, "time": runs[0].time, "kept": runs[0].pruned.kept}
    return Recorded(
        attributes, arrays | {name: np.array(coordinates[name]) for name in COORDINATES}
    )


def dataset(simulation: Simulation) -> "xr.Dataset":
    """The networks as a data set with dims seed, time, neuron, kept, input and output.

    `run_file` describes the variables. The initial and the final weights are in the original
    inputs, so that a textbook loop can replay the run. Units stand with each variable; the
    configuration, the versions and the data's hash in the attributes.
    """
    return run_file.dataset(recorded(simulation))


def measured(run: Run) -> dict:
    """What the data set tells of one network, by the variables' names, all but its weights."""
    merged_loss, merged_accuracy = loss_and_accuracy(forward(run.merged, run.x)[0], run.y)
    return {
        "loss": run.loss,
        "accuracy": run.accuracy,
        "norm_in": run.norm_in,
        "norm_out": run.norm_out,
        "bias": run.b,
        "alignment": run.alignment,
        "alignment_shared": run.alignment_shared,
        "cluster": run.labels,
        "pruned_loss": run.pruned.loss,
        "pruned_accuracy": run.pruned.accuracy,
        "merged": len(run.merged.b),
        "merged_loss": merged_loss,
        "merged_accuracy": merged_accuracy,
    }


def _weights(run: Run) -> dict:
    """The first and the last weights in the original inputs, in the precision of the training."""
    found = {}
    for name, index in (("0", 0), ("", -1)):
        w_in, b, w_out = run.whole(index)
        found[f"w_in{name}"] = run.rotation.to_inputs(w_in)  # (d, D)
        found[f"b{name}"] = b.astype(run.config.dtype)
        found[f"w_out{name}"] = w_out.astype(run.config.dtype)
    return found


def run(config: Config, on_step=lambda steps: None) -> "xr.Dataset":
    """Train and record: `dataset(simulate(config))`, without keeping the history meanwhile."""
    return run_file.dataset(recorded(simulate(config, on_step)))


def versions():
    """Versions of what a run's numbers depend on."""
    found = {name: importlib.metadata.version(name) for name in ("torch", "numpy", "scipy")}
    return {"python": platform.python_version(), **found}


def save(simulation: Simulation, path):
    """Write networks over time as a NetCDF file, whole or not at all, for `run_file.load`.

    Raises:
        InputError: the place cannot be written to.
    """
    with atomic(path) as temporary:
        run_file.write(recorded(simulation), temporary)
