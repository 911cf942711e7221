"""Training as a whole: a configuration in, and out of it every network's life as a `Run`."""

import dataclasses
import functools

import numpy as np

from racing_core import capacity, memory, neurons, tasks, theory
from racing_core.config import Config
from racing_core.descent import Rotation, Trajectory, descend, recorded_times
from racing_core.network import Parameters, batch, initial


@dataclasses.dataclass(frozen=True)
class Run:
    """One network over time: N samples of D inputs spanning r dimensions, d neurons, T times.

    Everything is float64 (but for labels and times), whatever the precision of the training.
    Weights are in the rotated coordinates in which the network was trained (see
    `descent.Rotation`): the first r span the samples, the others never change.

    Attributes:
        config: of the training, with the task's groups filled in; `seed` is this network's own.
        seed: what the network's start was drawn from.
        task: the samples, held-out ones included.
        rotation: original inputs <-> coordinates.
        x: samples (N, r) in the span.
        y: their labels (N,).
        time: recorded steps (T,), int64.
        loss: on the training samples (T,), in nats.
        accuracy: on the training samples (T,).
        w_in: incoming weights (T, d, r), in the span.
        b: biases (T, d).
        w_out: outgoing weights (T, 2, d).
        beyond: (d, D - r), the coordinates of w_in that never change.
    """

    config: Config
    seed: int
    task: tasks.Task
    rotation: Rotation
    x: np.ndarray
    time: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    w_in: np.ndarray
    b: np.ndarray
    w_out: np.ndarray
    beyond: np.ndarray

    @property
    def y(self):
        return self.task.y

    def at(self, index) -> Parameters:
        """The network at the recorded time of that index, in the span: (d, r), (d,), (2, d)."""
        return Parameters(self.w_in[index], self.b[index], self.w_out[index])

    def time_index(self, step) -> int:
        """Index of the recorded time that is nearest to a step."""
        return int(np.abs(self.time - step).argmin())

    def full_w_in(self, index):
        """w_in (d, D) at a recorded time, in all rotated coordinates."""
        return np.concatenate([self.w_in[index], self.beyond], axis=1)

    def whole(self, index=-1) -> Parameters:
        """The network at a recorded time (the last) in all D rotated coordinates.

        Only samples that were held out meet the coordinates beyond the span.
        """
        return self.at(index)._replace(w_in=self.full_w_in(index))

    @functools.cached_property
    def x_held_out(self):
        """Held-out samples (M, D) in all rotated coordinates, for `whole`."""
        return self.rotation.to_coordinates(self.task.x_held_out)

    @functools.cached_property
    def rest(self):
        """Squared norms (d,) of `beyond`."""
        return (self.beyond**2).sum(-1)

    @functools.cached_property
    def norm_in(self):
        """|w^(1)| (T, d), in the full space."""
        return neurons.norm_in(self.w_in, self.rest)

    @functools.cached_property
    def norm_out(self):
        """|w^(2)| (T, d)."""
        return neurons.norm_out(self.w_out)

    @functools.cached_property
    def norm_product(self):
        """|w^(1)| |w^(2)| (T, d), in the full space."""
        return self.norm_in * self.norm_out

    @functools.cached_property
    def side(self):
        """c = (w_out[0] - w_out[1]) / sqrt(2), the part of w_out along the error (T, d)."""
        return (self.w_out[:, 0] - self.w_out[:, 1]) / np.sqrt(2)

    def fallen(self, share) -> int | None:
        """Index of the first recorded time at which the loss is below that share of its start.

        None where it never is.
        """
        return neurons.first(self.loss < share * self.loss[0])

    @functools.cached_property
    def labels(self):
        """Final cluster of each neuron (d,), by total vectors in the full space."""
        gram = self.beyond @ self.beyond.T
        return neurons.clusters(neurons.cosine_matrix(self.at(-1), gram))

    @functools.cached_property
    def span_labels(self):
        """Final cluster of each neuron (d,), by total vectors in the span of the samples."""
        return neurons.clusters(neurons.cosine_matrix(self.at(-1)))

    @functools.cached_property
    def targets(self):
        """Final mean direction of each cluster (k, D), in all rotated coordinates."""
        return neurons.target_directions(self.full_w_in(-1), self.labels)

    @functools.cached_property
    def alignment(self):
        """Cosine (T, d) of w_in with its cluster's final mean direction, in the full space."""
        return neurons.alignment(self.w_in, self.beyond, self.targets, self.labels)

    @functools.cached_property
    def alignment_shared(self):
        """Cosine (T, d) of w_in with its cluster's mean direction at that time, in the span."""
        return neurons.alignment_shared(self.w_in, self.labels)

    @functools.cached_property
    def arrival(self):
        """Step (d,) at which `alignment_shared` reaches ARRIVAL_COSINE; NaN for never."""
        return neurons.arrival_time(self.time, self.alignment_shared)

    @functools.cached_property
    def modes(self) -> theory.Modes:
        """The linear theory's state at t = 0."""
        return theory.modes(self.at(0), self.x, self.y)

    @functools.cached_property
    def predicted_order(self):
        """What the theory predicts of the race at t = 0 (d,): the larger, the further ahead."""
        return theory.predict(self.at(0), self.x, self.y, self.config.lr)

    @functools.cached_property
    def pruned(self) -> capacity.Pruned:
        """Training loss and accuracy (d + 1,) with 0..d neurons left, those of largest norms."""
        return capacity.pruning_curve(self.at(-1), self.x, self.y, self.norm_product[-1])

    @functools.cached_property
    def merged(self) -> Parameters:
        """The final network with each live cluster merged into one neuron, in the span."""
        live = capacity.live_clusters(self.labels, self.norm_product[-1])
        return capacity.merge(self.at(-1), live)


@dataclasses.dataclass(frozen=True)
class Simulation:
    """Networks that were trained side by side, one per seed (S of them).

    Attributes:
        config: as given, with the task's groups filled in.
        task: the samples.
        rotation: original inputs <-> coordinates, of which the first r span the samples.
        beyond: (S, d, D - r), the coordinates of w_in that never change.
        trajectory: the recorded times, in the span's coordinates.
    """

    config: Config
    task: tasks.Task
    rotation: Rotation
    beyond: np.ndarray
    trajectory: Trajectory

    @functools.cached_property
    def runs(self) -> list[Run]:
        """Each network over time, in the order of `config.seeds`."""
        x, trained = self.rotation.to_span(self.task.x), self.trajectory
        return [
            Run(
                config=self.config,
                seed=seed,
                task=self.task,
                rotation=self.rotation,
                x=x,
                time=trained.time,
                loss=trained.loss[index],
                accuracy=trained.accuracy[index],
                **{
                    name: np.asarray(part[index], np.float64)
                    for name, part in trained.parameters._asdict().items()
                },
                beyond=self.beyond[index],
            )
            for index, seed in enumerate(self.config.seeds)
        ]

    def run(self, index=0) -> Run:
        """One network over time, by position in `config.seeds`."""
        return self.runs[index]


def simulate(
    config: Config, on_step=lambda steps: None, task=None, rotation=None, times=None
) -> Simulation:
    """Train: load the task, draw the networks, and train them all at once.

    Keeps every recorded w_in: about S x 207 x d x r x 8 bytes (100 MB per seed by default).

    The same configuration gives the same bits, on one machine with one number of threads. Sums that
    are split among other numbers of threads are rounded otherwise: weights at the end then differ
    by at most 1e-10 of the largest (digits, 1,500 steps), and with float32 by 1e-4.

    Args:
        on_step: called at every recorded time with the number of steps since the one before.
        task: the samples, if they are not those that `config` names (changed labels, say).
        rotation: of `task`, to train many networks on the same one without finding it again.
        times: to record (T,), from 0 to `config.steps`, if not those of `recorded_times`.

    Returns:
        A Simulation, of which `run(index)` gives one network over time.

    Raises:
        InputError: from the task, the device, or a run that diverges.
    """
    if task is None:
        task = tasks.load(
            config.task,
            config.group_a,
            config.group_b,
            config.per_class,
            config.data_dir,
            config.sample_seed,
            config.label,
        )
    config = dataclasses.replace(config, group_a=task.group_a, group_b=task.group_b)
    rotation = rotation or Rotation(task.x)
    times = recorded_times(config.steps) if times is None else times
    require_memory(config, task, rotation, times)
    drawn = [
        initial(seed, config.width, rotation.rank, task.x.shape[1], config.init, config.init_scale)
        for seed in config.seeds
    ]
    w_in, b, w_out = batch(drawn)  # (S, d, D), (S, d), (S, 2, d)
    trajectory = descend(
        Parameters(w_in[..., : rotation.rank], b, w_out),
        rotation.to_span(task.x),
        task.y,
        config.lr,
        times,
        config.device,
        config.dtype,
        on_step,
        config.bias,
    )
    return Simulation(config, task, rotation, w_in[..., rotation.rank :], trajectory)


def require_memory(config, task, rotation, times):
    """Raise InputError if a run that is recorded at `times` (T,) does not fit into memory."""
    memory.require(
        _bytes(config, *task.x.shape, rotation.rank, len(times)),
        f"This run of {config.width} neurons and {len(config.seeds)} seeds",
        "lower width, or train fewer seeds per run",
    )


def _bytes(config, samples, inputs, rank, times):
    """About how many bytes a run takes, with all that is recorded and measured of it."""
    seeds, width = len(config.seeds), config.width
    weights = 8 * width * inputs  # those of the start and of the end, drawn, turned, stacked
    history = (8 + (config.dtype == "float32") * 4) * times * width * (rank + 8)
    training = 4 * 8 * width * samples
    pairs, pruned = 8 * width * (width + 1), 2 * 8 * width * samples
    return seeds * (6 * weights + history + training) + 4 * pairs + 3 * pruned
