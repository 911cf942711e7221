"""A run's file: its layout, described once; written with a seal, checked when it is opened.

The file is NetCDF-4, followed by a line with the SHA-256 of all that is before it. So bytes that
changed on a disk or on the way are known before any of them is believed, and what another program
wrote is not shown as a run.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import math
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_type_hints

import numpy as np
import typeguard

from racing_core import memory
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.training import Training

if TYPE_CHECKING:
    import xarray as xr

KIND = "racing run 2"  # how a file says that it is one of ours, and in which layout
HDF5 = b"\x89HDF\r\n\x1a\n"  # a NetCDF file begins so
SEAL = b"\nracing run, sha256 "  # then 64 digits and the end of the line
SEAL_LENGTH = len(SEAL) + 64 + 1
HOW = "name a file that `racing train --out` wrote"


class Variable(NamedTuple):
    """What a run says of each seed: its dims after `seed`, kind of dtype, range, meaning, unit."""

    dims: tuple[str, ...]
    kind: str
    low: float
    high: float
    meaning: str
    unit: str = "1"


INF = np.inf
LARGEST = 1e300  # what can still be added up, and drawn
ONE = 1 + 1e-6  # a cosine, with rounding
COORDINATES = {  # each along a dim of its own name
    "seed": Variable((), "i", 0, 2**32 - 1, "seed of the network's start"),
    "time": Variable((), "i", 0, INF, "gradient-descent steps"),
    "kept": Variable(
        (), "i", 0, INF, "neurons left when those of the lowest norm product are pruned"
    ),
}
VARIABLES = {
    "loss": Variable(
        ("time",), "f", 0, LARGEST, "mean softmax cross-entropy on the training samples", "nat"
    ),
    "accuracy": Variable(("time",), "f", 0, 1, "fraction of training samples classified correctly"),
    "norm_in": Variable(("time", "neuron"), "f", 0, INF, "|w^(1)|, norm of the incoming weights"),
    "norm_out": Variable(("time", "neuron"), "f", 0, INF, "|w^(2)|, norm of the outgoing weights"),
    "bias": Variable(("time", "neuron"), "f", -INF, INF, "bias b"),
    "alignment": Variable(
        ("time", "neuron"),
        "f",
        -ONE,
        ONE,
        "cosine of w^(1) with its cluster's final mean direction",
    ),
    "alignment_shared": Variable(
        ("time", "neuron"),
        "f",
        -ONE,
        ONE,
        "cosine of w^(1) with its cluster's mean direction at that time, in the samples' span",
    ),
    "cluster": Variable(
        ("neuron",), "i", 0, INF, "final cluster, 0 the largest (total vectors, cosine > 0.99)"
    ),
    "pruned_loss": Variable(
        ("kept",), "f", 0, INF, "training loss with that many neurons kept", "nat"
    ),
    "pruned_accuracy": Variable(
        ("kept",), "f", 0, 1, "training accuracy with that many neurons kept"
    ),
    "merged": Variable((), "i", 0, INF, "neurons left when each live cluster is merged into one"),
    "merged_loss": Variable((), "f", 0, INF, "training loss with live clusters merged", "nat"),
    "merged_accuracy": Variable((), "f", 0, 1, "training accuracy with live clusters merged"),
    "w_in0": Variable(
        ("neuron", "input"),
        "f",
        -INF,
        INF,
        "initial incoming weights w^(1), original input coordinates",
    ),
    "w_in": Variable(
        ("neuron", "input"),
        "f",
        -INF,
        INF,
        "final incoming weights w^(1), original input coordinates",
    ),
    "b0": Variable(("neuron",), "f", -INF, INF, "initial biases"),
    "b": Variable(("neuron",), "f", -INF, INF, "final biases"),
    "w_out0": Variable(("output", "neuron"), "f", -INF, INF, "initial outgoing weights w^(2)"),
    "w_out": Variable(("output", "neuron"), "f", -INF, INF, "final outgoing weights w^(2)"),
}
ATTRIBUTES = ("kind", "configuration", "versions", "data_hash")


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A run in plain arrays, for those who need no more: to import xarray takes over a second.

    Attributes:
        attrs: texts by name, those of ATTRIBUTES.
        arrays: by name, those of COORDINATES and VARIABLES, with the dims that stand there.
    """

    attrs: dict[str, str]
    arrays: dict[str, np.ndarray]

    def __getitem__(self, name):
        return self.arrays[name]


def write(run: Recorded, path):
    """Write a run and seal it.

    HDF5 works in memory: on a disk that is full it would take the process with it.
    """
    import h5netcdf  # 15 MB, which a run that is trained has no use for before

    stream = io.BytesIO()
    with h5netcdf.File(stream, "w") as file:
        file.attrs.update(run.attrs)
        for name, variable in (COORDINATES | VARIABLES).items():
            dims, values = _dims(name), run[name]
            for dim, size in zip(dims, values.shape, strict=True):
                if dim not in file.dimensions:
                    file.dimensions[dim] = size
            made = file.create_variable(name, dims, data=values)
            made.attrs.update(long_name=variable.meaning, units=variable.unit)
    Path(path).write_bytes(sealed(stream.getvalue()))


def sealed(content: bytes) -> bytes:
    """The bytes of a NetCDF file, and their seal."""
    return content + SEAL + hashlib.sha256(content).hexdigest().encode() + b"\n"


def load(path) -> "xr.Dataset":
    """Read a run that `racing train` or `save` wrote; the variables say what they are.

    `loss`, `accuracy` (seed, time); `norm_in`, `norm_out`, `bias`, `alignment`,
    `alignment_shared` (seed, time, neuron); `cluster` (seed, neuron); what is left when neurons
    are pruned, `pruned_loss`, `pruned_accuracy` (seed, kept), and when clusters are merged,
    `merged`, `merged_loss`, `merged_accuracy` (seed); the initial `w_in0` (seed, neuron, input),
    `b0`, `w_out0` (seed, output, neuron) and the final `w_in`, `b`, `w_out`.

    Raises:
        InputError: the file is missing or damaged, holds no run, or was changed.
    """
    return dataset(read(path))


def dataset(run: Recorded) -> "xr.Dataset":
    """A run as a labeled data set."""
    import xarray as xr  # over a second, and 40 MB: the command line needs none of it

    described = {
        name: (_dims(name), run[name], {"long_name": variable.meaning, "units": variable.unit})
        for name, variable in (VARIABLES | COORDINATES).items()
    }
    return xr.Dataset(
        {name: described[name] for name in VARIABLES},
        coords={name: described[name] for name in COORDINATES},
        attrs=run.attrs,
    )


def _dims(name):
    return (name,) if name in COORDINATES else ("seed", *VARIABLES[name].dims)


def read(path) -> Recorded:
    """Read a run as `load` does, in plain arrays.

    Raises:
        InputError: the file is missing or damaged, holds no run, or was changed.
    """
    path = Path(path)
    _check_seal(path)
    import h5netcdf  # see `write`

    try:
        with h5netcdf.File(path, "r") as file:
            return _read(file, path)
    except InputError:
        raise
    except _Misfit as wrong:
        raise InputError(
            f"{path} is not a run as `racing train` writes them: {wrong}; {HOW}."
        ) from wrong
    except Exception as error:  # a damaged file can fail in any way
        _forget(error)
        raise InputError(
            f"{path} is not a run (no NetCDF file, or a damaged one); {HOW}."
        ) from error


def _read(file, path):
    """What an open file holds. _Misfit if that is no run, told before any value is read."""
    attrs = {name: file.attrs.get(name) for name in ATTRIBUTES}
    if not isinstance(attrs["kind"], str) or attrs["kind"] != KIND:
        raise InputError(
            f"{path} is not a run of this version (it says {repr(attrs['kind'])[:40]}, not "
            f"{KIND!r}); {HOW}, or train again."
        )
    _check_attributes(attrs)
    config = configuration(Recorded(attrs, {}))
    _check_names(file.variables)
    _check_shapes(file.variables, config)
    size = sum(math.prod(one.shape) * one.dtype.itemsize for one in file.variables.values())
    memory.require(size, f"{path}", "read it on a larger machine")
    run = Recorded(attrs, {name: variable[...] for name, variable in file.variables.items()})
    _check_values(run)
    _check_meanings(run, config)
    return run


def _forget(error):
    """Let go of what failed to open; h5netcdf complains on standard error when it is let go of."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda ignored: None
    try:
        traceback.clear_frames(error.__traceback__)
    finally:
        sys.unraisablehook = hook


def _check_seal(path):
    """InputError if the file does not end in a seal that fits: HDF5 may loop for ever in others."""
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist; {HOW}.")
        if not path.is_file():
            raise InputError(f"{path} is no regular file; {HOW}.")
        with path.open("rb") as file:
            start = file.read(len(HDF5))
            length = file.seek(0, 2) - SEAL_LENGTH
            file.seek(max(length, 0))
            seal = file.read()
            fitting = SEAL + _digest(file, length) + b"\n" if seal.startswith(SEAL) else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read ({reason}); {HOW}.") from error
    if not fitting and start != HDF5:
        raise InputError(f"{path} is not a run (no NetCDF file, or a damaged one); {HOW}.")
    if not fitting:
        raise InputError(
            f"{path} is not a run as `racing train` writes them now, or was cut off or changed "
            f"since (its checksum is missing); {HOW}, or train again."
        )
    if seal != fitting:
        raise InputError(
            f"{path} is damaged: its content has changed since `racing train` wrote it; take an "
            "unchanged copy, or train again."
        )


def _digest(file, length):
    """SHA-256 of the first bytes of an open file, as digits."""
    file.seek(0)
    digest = hashlib.sha256()
    while length > 0 and (block := file.read(min(length, 1 << 20))):
        digest.update(block)
        length -= len(block)
    return digest.hexdigest().encode()


def configuration(run) -> Training:
    """The configuration that a run was made with, a `Recorded` or a data set."""
    fields = json.loads(run.attrs["configuration"])
    listed = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    folder = fields["data_dir"] and Path(fields["data_dir"])
    return Training(**{**fields, **listed, "data_dir": folder})


class _Misfit(Exception):
    """What of a file does not fit the layout, in a few words."""


def _must(true, said):
    if not true:
        raise _Misfit(said)


def _check_attributes(attrs):
    for name in ATTRIBUTES:
        _must(isinstance(attrs[name], str), f"its attribute {name} is missing or no text")
    for name in ("configuration", "versions"):
        with _told(f"its attribute {name} is not what this version writes"):
            read = json.loads(attrs[name])
            typeguard.check_type(read, dict[str, object])
            if name == "versions":
                typeguard.check_type(read, dict[str, str])
    with _told("its configuration is not one of this version"):
        read = json.loads(attrs["configuration"])
        needed = {field.name for field in dataclasses.fields(Config)}
        hints = get_type_hints(Training)
        _must(needed <= set(read) <= set(hints), "its configuration is not one of this version")
        config = configuration(Recorded(attrs, {}))
        for name, hint in hints.items():
            value = getattr(config, name)
            typeguard.check_type(value, hint)
            _must(isinstance(value, bool) <= (hint is bool), f"its {name} is {value!r}")


@contextlib.contextmanager
def _told(said):
    """Whatever fails inside is a misfit."""
    try:
        yield
    except _Misfit:
        raise
    except Exception as error:  # content that someone else may have written can fail in any way
        raise _Misfit(said) from error


def _check_names(found):
    for kind, known in (("variable", VARIABLES), ("coordinate", COORDINATES)):
        for name in known:
            _must(name in found, f"the {kind} {name} is missing")
    for name in found:
        _must(name in COORDINATES | VARIABLES, f"the variable {name} is unknown")


def _check_shapes(variables, config):
    sizes = {"neuron": config.width, "kept": config.width + 1, "output": 2}
    sizes["seed"] = len(config.seeds)
    for name, variable in (COORDINATES | VARIABLES).items():
        dims, found = _dims(name), variables[name]
        _must(found.dimensions == dims, f"{name} has the dims {found.dimensions}, not {dims}")
        dtype = np.dtype(found.dtype)  # of texts it is a class
        _must(dtype.kind == variable.kind, f"{name} is of type {dtype}")
        for dim, size in zip(dims, found.shape, strict=True):
            wanted = sizes.setdefault(dim, max(size, 1))
            _must(size == wanted, f"{name} has {size} of {dim}, not {wanted}")


def _check_values(run):
    for name, variable in (COORDINATES | VARIABLES).items():
        values = run[name]
        _must(np.isfinite(values).all(), f"{name} has NaN or infinity")
        within = variable.low <= values.min() and values.max() <= variable.high
        _must(within, f"{name} has a value outside {variable.low:g} to {variable.high:g}")


def _check_meanings(run, config):
    """What the numbers say must agree with the configuration and with each other."""
    time = run["time"]
    _must(tuple(run["seed"]) == config.seeds, "its seeds are not those of its configuration")
    _must(time[0] == 0 and time[-1] == config.steps, "time does not run from 0 to its last step")
    _must((np.diff(time) > 0).all(), "time does not increase")
    _must((run["kept"] == np.arange(config.width + 1)).all(), "kept does not count neurons")
    for labels in run["cluster"]:  # (d,)
        # A number without a bound would ask for as many counts.
        _must(labels.max() < config.width, "cluster has a number that no cluster has")
        sizes = np.bincount(labels)
        _must((sizes > 0).all() and (np.diff(sizes) <= 0).all(), "cluster does not count by size")
    with np.errstate(over="ignore"):
        sizes = (run["norm_in"] * run["norm_out"]).sum(-1)  # (seed, time)
    _must((sizes < LARGEST).all(), "norm_in times norm_out is too large")
    _must((run["merged"] <= config.width).all(), "merged is more than there are neurons")
