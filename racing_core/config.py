"""All hyperparameters of a run, once: names, defaults, help and limits.

The command line is made from this dataclass, and a run carries it along, so that a reader of the
file can repeat the run.
"""

import dataclasses
import math
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import arg
from tyro.constructors import PrimitiveConstructorSpec

from racing_core.errors import InputError


def _comma_separated(convert: type, metavar: str):
    """A tuple that the command line writes as one word: `cat,dog`."""
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=metavar,
        instance_from_str=lambda words: tuple(
            convert(part.strip()) for part in words[0].split(",")
        ),
        is_instance=lambda value: isinstance(value, tuple),
        str_from_instance=lambda value: [",".join(map(str, value))],
    )


MOST_STEPS = 10**15
LARGEST_FLOAT32 = 3.4e38
LARGEST_SCALE = {"float64": 1e70, "float32": 1e8}  # products of four weights are still numbers

Names = Annotated[tuple[str, ...], _comma_separated(str, "NAME,NAME")]
Seeds = Annotated[tuple[int, ...], _comma_separated(int, "INT,INT")]


@dataclasses.dataclass(frozen=True)
class Config:
    """One run: the task, the network, its start and its training."""

    task: Annotated[str, arg(metavar="{cifar10,digits,playground}|FILE")] = "cifar10"
    """Where the inputs come from; FILE holds your own samples: X (N, D) and labels y (N,) in an
    .npz, or a .csv with a column of labels."""
    group_a: Names = ()
    """Classes that form label 0 (empty: the task's own, cat,dog for cifar10), or labels of FILE."""
    group_b: Names = ()
    """Classes that form label 1 (empty: the task's own, automobile,truck for cifar10), or labels of
    FILE."""
    label: Annotated[str, arg(metavar="COLUMN")] = ""
    """Column of labels in a FILE.csv (empty: the last one)."""
    per_class: int = 50
    """Samples of each class (all that there are in a FILE)."""
    sample_seed: int | None = None
    """Seed by which the samples of each class are drawn (None: the first ones in file order)."""
    width: int = 300
    """Hidden neurons."""
    init: Literal["fan_in", "per_weight", "balanced"] = "fan_in"
    """Initialization: fan_in (standard deviation init_scale / sqrt(fan in)), per_weight
    (init_scale for every weight) or balanced (fan_in, then |w_out| = |w_in| for each neuron)."""
    init_scale: float = 0.01
    """Scale of the initial weights."""
    bias: bool = True
    """Whether the hidden neurons learn a bias; without it the biases stay 0."""
    lr: float = 0.1
    """Learning rate of full-batch gradient descent."""
    steps: int = 10_000
    """Gradient-descent steps."""
    seeds: Seeds = (0,)
    """Seeds, one network each, trained side by side."""
    dtype: Literal["float64", "float32"] = "float64"
    """Precision of the training."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto takes CUDA where there is a GPU."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder with CIFAR-10, binary or pickled; without it RACING_DATA_DIR, else a download."""

    def __post_init__(self):
        """Raise InputError for a value that no run could have."""
        for name in ("per_class", "width", "steps"):
            value = getattr(self, name)
            if value < 1:
                raise InputError(f"{name} is {value}, but must be a whole number of at least 1.")
        if self.steps > MOST_STEPS:
            raise InputError(f"steps is {self.steps}, but must be at most {MOST_STEPS:,}.")
        for name in ("init_scale", "lr"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} is {value}, but must be a positive, finite number.")
        if self.dtype == "float32" and self.lr > LARGEST_FLOAT32:
            raise InputError(f"lr is {self.lr:g}, but float32 ends at {LARGEST_FLOAT32:g}.")
        if self.sample_seed is not None and not 0 <= self.sample_seed < 2**32:
            raise InputError(f"sample_seed is {self.sample_seed}, but must lie in 0 to 2^32 - 1.")
        largest = LARGEST_SCALE[self.dtype]
        if not 1 / largest <= self.init_scale <= largest:
            raise InputError(
                f"init_scale is {self.init_scale:g}, but must lie between {1 / largest:g} and "
                f"{largest:g}: {self.dtype} cannot hold the products of such weights."
            )
        if not self.seeds:
            raise InputError("seeds is empty; give at least one, for example 0.")
        if any(not 0 <= seed < 2**32 for seed in self.seeds):
            raise InputError(f"seeds {self.seeds} must lie between 0 and 2^32 - 1.")
        if len(set(self.seeds)) < len(self.seeds):
            raise InputError(f"seeds {self.seeds} names a seed twice; name each seed once.")

    def plain(self) -> dict:
        """The fields as JSON can write them."""
        return dataclasses.asdict(self) | {"data_dir": self.data_dir and str(self.data_dir)}
