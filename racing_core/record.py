"""A run as a labelled data set: dims seed, time and neuron, units, provenance; saved and loaded."""

import importlib.metadata
import json
import platform
from pathlib import Path

import numpy as np
import xarray as xr

from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.files import atomic
from racing_core.network import forward, loss_and_accuracy
from racing_core.optimised import simulate
from racing_core.run import Run, Simulation
from racing_core.training import Training

KIND = "racing run 1"  # how a file says that it is one of ours, and in which layout

COORDINATES = {  # name: meaning, unit
    "time": ("gradient-descent steps", "1"),
    "kept": ("neurons left when those of the lowest norm product are pruned", "1"),
}
VARIABLES = {  # name: dims after seed, meaning, unit
    "loss": (("time",), "mean softmax cross-entropy on the training samples", "nat"),
    "accuracy": (("time",), "fraction of training samples classified correctly", "1"),
    "norm_in": (("time", "neuron"), "|w^(1)|, norm of the incoming weights", "1"),
    "norm_out": (("time", "neuron"), "|w^(2)|, norm of the outgoing weights", "1"),
    "bias": (("time", "neuron"), "bias b", "1"),
    "alignment": (
        ("time", "neuron"),
        "cosine of w^(1) with its cluster's final mean direction",
        "1",
    ),
    "alignment_shared": (
        ("time", "neuron"),
        "cosine of w^(1) with its cluster's mean direction at that time, in the samples' span",
        "1",
    ),
    "cluster": (("neuron",), "final cluster, 0 the largest (total vectors, cosine > 0.99)", "1"),
    "pruned_loss": (("kept",), "training loss with that many neurons kept", "nat"),
    "pruned_accuracy": (("kept",), "training accuracy with that many neurons kept", "1"),
    "merged": ((), "neurons left when each live cluster is merged into one", "1"),
    "merged_loss": ((), "training loss with live clusters merged", "nat"),
    "merged_accuracy": ((), "training accuracy with live clusters merged", "1"),
    "w_in0": (
        ("neuron", "input"),
        "initial incoming weights w^(1), original input coordinates",
        "1",
    ),
    "w_in": (("neuron", "input"), "final incoming weights w^(1), original input coordinates", "1"),
    "b0": (("neuron",), "initial biases", "1"),
    "b": (("neuron",), "final biases", "1"),
    "w_out0": (("output", "neuron"), "initial outgoing weights w^(2)", "1"),
    "w_out": (("output", "neuron"), "final outgoing weights w^(2)", "1"),
}


def dataset(simulation: Simulation) -> xr.Dataset:
    """The networks as a data set with dims seed, time, neuron, kept, input and output.

    `loss`, `accuracy` (seed, time); `norm_in`, `norm_out`, `bias`, `alignment`,
    `alignment_shared` (seed, time, neuron); `cluster` (seed, neuron); what is left when neurons
    are pruned, `pruned_loss`, `pruned_accuracy` (seed, kept), and when clusters are merged,
    `merged`, `merged_loss`, `merged_accuracy` (seed); the initial `w_in0` (seed, neuron, input),
    `b0`, `w_out0` (seed, output, neuron) and the final `w_in`, `b`, `w_out`, in the original
    inputs, so that a textbook loop can replay the run. Units stand with each variable; the
    configuration, the versions and the data's hash in the attributes.
    """
    runs, config = simulation.runs, simulation.config
    networks = [measured(run) | _weights(run) for run in runs]
    data = xr.Dataset(
        {
            name: (("seed", *dims), np.stack([network[name] for network in networks]))
            for name, (dims, _, _) in VARIABLES.items()
        },
        coords={
            "seed": list(config.seeds),
            "time": runs[0].time,
            "kept": runs[0].pruned.kept,
        },
        attrs={
            "kind": KIND,
            "configuration": json.dumps(config.plain()),
            "versions": json.dumps(versions()),
            "data_hash": simulation.task.data_hash,
        },
    )
    for name, (meaning, unit) in COORDINATES.items():
        data[name].attrs = {"long_name": meaning, "units": unit}
    for name, (_, meaning, unit) in VARIABLES.items():
        data[name].attrs = {"long_name": meaning, "units": unit}
    return data


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


def run(config: Config, on_step=lambda steps: None) -> xr.Dataset:
    """Train and record: `dataset(simulate(config))`."""
    return dataset(simulate(config, on_step))


def versions():
    """Versions of what a run's numbers depend on."""
    found = {name: importlib.metadata.version(name) for name in ("torch", "numpy", "scipy")}
    return {"python": platform.python_version(), **found}


def write(data: xr.Dataset, path):
    """Write a run as NetCDF."""
    data.to_netcdf(path, engine="h5netcdf")


def save(simulation: Simulation, path):
    """Write networks over time as a NetCDF file, whole or not at all, for `load`.

    Raises:
        InputError: the place cannot be written to.
    """
    with atomic(path) as temporary:
        write(dataset(simulation), temporary)


def load(path) -> xr.Dataset:
    """Read what `save` or `racing train` wrote; `dataset` says what is in it, with shapes.

    Raises:
        InputError: the file is missing, or holds no run.
    """
    if not Path(path).is_file():
        raise InputError(f"{path} does not exist; name a file that `racing train --out` wrote.")
    try:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            data = opened.load()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} is not a run (no NetCDF file); name a file that `racing train --out` wrote."
        ) from error
    if data.attrs.get("kind") != KIND:
        raise InputError(
            f"{path} is not a run of this version (it says {data.attrs.get('kind')!r}, not "
            f"{KIND!r}); name a file that `racing train --out` wrote."
        )
    return data


def configuration(data: xr.Dataset) -> Training:
    """The configuration that a run was made with."""
    fields = json.loads(data.attrs["configuration"])
    listed = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Training(**{**fields, **listed})
