"""The hyperparameters of a run by any optimiser: those of `Config`, and how a step is taken.

The study's runs, all by full-batch gradient descent, need no more than `Config`.
"""

import dataclasses
from typing import Annotated, Literal

from tyro.conf import arg

from racing_core.config import Config
from racing_core.errors import InputError


@dataclasses.dataclass(frozen=True)
class Training(Config):
    """One run, as in `Config`, with how its steps are taken."""

    optimizer: Literal["sgd", "adam"] = "sgd"
    """Gradient descent, or Adam (in the coordinates of the samples' span)."""
    momentum: float = 0.0
    """Momentum of gradient descent, 0 to below 1."""
    batch: Annotated[int | None, arg(metavar="INT")] = None
    """Samples per step, drawn anew in every epoch; all of them, if no number is given."""

    def __post_init__(self):
        """Raise InputError for a value that no run could have."""
        super().__post_init__()
        if not 0 <= self.momentum < 1:
            raise InputError(f"momentum is {self.momentum}, but must lie from 0 to below 1.")
        if self.momentum and self.optimizer == "adam":
            raise InputError("momentum is not for adam, which has its own; leave it out.")
        if self.batch is not None and self.batch < 1:
            raise InputError(f"batch is {self.batch}, but must be a whole number of at least 1.")

    def plain(self) -> dict:
        """The fields as JSON can write them, as `Config` has them where the optimiser is its."""
        same = {field.name for field in dataclasses.fields(Config)}
        return {
            name: value
            for name, value in super().plain().items()
            if name in same or value != getattr(Training, name)
        }
