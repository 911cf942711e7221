"""A run as a labelled data set: dims seed, time and neuron, units, provenance; saved and loaded."""

import dataclasses
import importlib.metadata
import json
import platform
from pathlib import Path

import numpy as np
import xarray as xr

from racing_core import capacity, neurons, tasks
from racing_core.config import Config
from racing_core.descent import Rotation, Trajectory, choose_device, descend, recorded_times
from racing_core.errors import InputError
from racing_core.files import atomic
from racing_core.network import Parameters, batch, forward, initial, loss_and_accuracy

KIND = "racing run 1"  # how a file says that it is one of ours, and in which layout

UNITS = {
    "time": ("gradient-descent steps", "1"),
    "loss": ("mean softmax cross-entropy on the training samples", "nat"),
    "accuracy": ("fraction of training samples classified correctly", "1"),
    "norm_in": ("|w^(1)|, norm of the incoming weights", "1"),
    "norm_out": ("|w^(2)|, norm of the outgoing weights", "1"),
    "bias": ("bias b", "1"),
    "alignment": ("cosine of w^(1) with its cluster's final mean direction", "1"),
    "alignment_shared": (
        "cosine of w^(1) with its cluster's mean direction at that time, in the samples' span",
        "1",
    ),
    "cluster": ("final cluster, 0 the largest (total vectors, cosine > 0.99)", "1"),
    "kept": ("neurons left when those of the lowest norm product are pruned", "1"),
    "pruned_loss": ("training loss with that many neurons kept", "nat"),
    "pruned_accuracy": ("training accuracy with that many neurons kept", "1"),
    "merged": ("neurons left when each live cluster is merged into one", "1"),
    "merged_loss": ("training loss with live clusters merged", "nat"),
    "merged_accuracy": ("training accuracy with live clusters merged", "1"),
    "w_in0": ("initial incoming weights w^(1), original input coordinates", "1"),
    "b0": ("initial biases", "1"),
    "w_out0": ("initial outgoing weights w^(2)", "1"),
    "w_in": ("final incoming weights w^(1), original input coordinates", "1"),
    "b": ("final biases", "1"),
    "w_out": ("final outgoing weights w^(2)", "1"),
}


@dataclasses.dataclass(frozen=True)
class Simulation:
    """Everything of a run, in the rotated coordinates in which it was trained.

    Attributes:
        config: as given, with the task's groups filled in.
        task: the samples.
        rotation: original inputs <-> coordinates, of which the first r span the samples.
        rest: (S, d, D - r), the coordinates of w_in that never change.
        trajectory: the recorded times, in the span's coordinates.
        labels: final cluster of each neuron (S, d).
        targets: one (k, D) array a seed, the clusters' mean directions, all coordinates.
    """

    config: Config
    task: tasks.Task
    rotation: Rotation
    rest: np.ndarray
    trajectory: Trajectory
    labels: np.ndarray
    targets: list[np.ndarray]

    def parameters(self, seed, time) -> Parameters:
        """Span's coordinates of one network, by position in `config.seeds` and in the times."""
        w_in, b, w_out = self.trajectory.parameters
        return Parameters(w_in[seed, time], b[seed, time], w_out[seed, time])

    def alignment(self):
        """Cosine of w_in with its cluster's final mean direction (S, T, d)."""
        w_in = self.trajectory.parameters.w_in
        parts = zip(w_in, self.rest, self.targets, self.labels, strict=True)
        return np.stack([neurons.alignment(*part) for part in parts])

    def alignment_shared(self):
        """Cosine of w_in with its cluster's mean direction at that time, in the span (S, T, d)."""
        w_in = self.trajectory.parameters.w_in
        parts = zip(w_in, self.labels, strict=True)
        return np.stack([neurons.alignment_shared(*part) for part in parts])


def simulate(
    config: Config, on_step=lambda steps: None, task=None, rotation=None, times=None
) -> Simulation:
    """Load the task, draw the networks, train them all at once, find the clusters.

    Keeps every recorded w_in: about S x 207 x d x r x 8 bytes (100 MB a seed by default).

    Args:
        task: the samples, if they are not those that `config` names (changed labels, say).
        rotation: of `task`, for whoever trains many networks on the same one.
        times: to record, from 0 to `config.steps`, if not those of `recorded_times`.

    Raises:
        InputError: from the task, the device, or a run that diverges.
    """
    device = choose_device(config.device)
    if task is None:
        task = tasks.load(
            config.task, config.group_a, config.group_b, config.per_class, config.data_dir
        )
    config = dataclasses.replace(config, group_a=task.group_a, group_b=task.group_b)
    rotation = rotation or Rotation(task.x)
    rank, inputs = rotation.rank, task.x.shape[1]
    drawn = [
        initial(seed, config.width, rank, inputs, config.init, config.init_scale)
        for seed in config.seeds
    ]
    w_in, b, w_out = batch(drawn)
    start = Parameters(w_in[..., :rank], b, w_out)
    trajectory = descend(
        start,
        rotation.to_span(task.x),
        task.y,
        config.lr,
        recorded_times(config.steps) if times is None else times,
        device,
        config.dtype,
        on_step,
        config.bias,
    )
    rest = w_in[..., rank:]
    labels, targets = [], []
    for seed in range(len(config.seeds)):
        final = Parameters(*(part[seed, -1].astype(np.float64) for part in trajectory.parameters))
        labels.append(neurons.clusters(neurons.cosine_matrix(final, rest[seed] @ rest[seed].T)))
        full = np.concatenate([final.w_in, rest[seed]], axis=1)
        targets.append(neurons.target_directions(full, labels[-1]))
    return Simulation(config, task, rotation, rest, trajectory, np.stack(labels), targets)


def dataset(simulation: Simulation) -> xr.Dataset:
    """The run as a data set with dims seed, time, neuron, kept, input and output.

    `loss`, `accuracy` (seed, time); `norm_in`, `norm_out`, `bias`, `alignment`,
    `alignment_shared` (seed, time, neuron); `cluster` (seed, neuron); what is left when neurons
    are pruned, `pruned_loss`, `pruned_accuracy` (seed, kept), and when clusters are merged,
    `merged`, `merged_loss`, `merged_accuracy` (seed); the initial `w_in0` (seed, neuron, input),
    `b0`, `w_out0` (seed, output, neuron) and the final `w_in`, `b`, `w_out`, in the original
    inputs, so that a textbook loop can replay the run. Units stand with each variable; the
    configuration, the versions and the data's hash in the attributes.
    """
    trajectory, rest = simulation.trajectory, simulation.rest
    w_in, b, w_out = trajectory.parameters
    rest_squared = (rest**2).sum(-1)[:, None]
    per_neuron = ("seed", "time", "neuron")

    def in_inputs(time):
        return simulation.rotation.to_inputs(np.concatenate([w_in[:, time], rest], axis=-1))

    weights = ("seed", "neuron", "input"), ("seed", "neuron"), ("seed", "output", "neuron")
    norm_in, norm_out = neurons.norm_in(w_in, rest_squared), neurons.norm_out(w_out)
    data = xr.Dataset(
        {
            "loss": (("seed", "time"), trajectory.loss),
            "accuracy": (("seed", "time"), trajectory.accuracy),
            "norm_in": (per_neuron, norm_in),
            "norm_out": (per_neuron, norm_out),
            "bias": (per_neuron, b),
            "alignment": (per_neuron, simulation.alignment()),
            "alignment_shared": (per_neuron, simulation.alignment_shared()),
            "cluster": (("seed", "neuron"), simulation.labels),
            **_capacity(simulation, (norm_in * norm_out)[:, -1]),
            "w_in0": (weights[0], in_inputs(0)),
            "b0": (weights[1], b[:, 0]),
            "w_out0": (weights[2], w_out[:, 0]),
            "w_in": (weights[0], in_inputs(-1)),
            "b": (weights[1], b[:, -1]),
            "w_out": (weights[2], w_out[:, -1]),
        },
        coords={
            "seed": list(simulation.config.seeds),
            "time": trajectory.time,
            "kept": np.arange(w_in.shape[2] + 1),
        },
        attrs={
            "kind": KIND,
            "configuration": json.dumps(dataclasses.asdict(simulation.config), default=str),
            "versions": json.dumps(versions()),
            "data_hash": simulation.task.data_hash,
        },
    )
    for name, (meaning, unit) in UNITS.items():
        data[name].attrs = {"long_name": meaning, "units": unit}
    return data


def _capacity(simulation, strength):
    """Variables of the data set that tell what is left after pruning and after merging."""
    x, y = simulation.rotation.to_span(simulation.task.x), simulation.task.y
    pruned, merged = [], []
    for seed, labels in enumerate(simulation.labels):
        final = simulation.parameters(seed, -1)
        pruned.append(capacity.pruning_curve(final, x, y, strength[seed])[1:])
        small = capacity.merge(final, capacity.live_clusters(labels, strength[seed]))
        merged.append((len(small.b), *loss_and_accuracy(forward(small, x)[0], y)))
    pruned, merged = np.array(pruned), np.array(merged)
    return {
        "pruned_loss": (("seed", "kept"), pruned[:, 0]),
        "pruned_accuracy": (("seed", "kept"), pruned[:, 1]),
        "merged": ("seed", merged[:, 0].astype(np.int64)),
        "merged_loss": ("seed", merged[:, 1]),
        "merged_accuracy": ("seed", merged[:, 2]),
    }


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


def save(data: xr.Dataset, path):
    """Write a run as NetCDF, atomically. InputError when the place cannot be written to."""
    with atomic(path) as temporary:
        write(data, temporary)


def load(path) -> xr.Dataset:
    """Read a run. InputError when the file is missing or is no run."""
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


def configuration(data: xr.Dataset) -> Config:
    """The configuration that a run was made with."""
    fields = json.loads(data.attrs["configuration"])
    listed = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Config(**{**fields, **listed})
