"""A user's own samples as arrays: X (N, D) and y (N,) in an .npz file.

Nothing is read before its announced size is known to fit into memory, and no pickle is ever opened.
"""

import io
import math
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from racing_core import memory
from racing_core.errors import InputError

HOW = "save it as numpy.savez(FILE, X=X, y=y)"
# How a label that is missing, or no finite number, reads among words: as pandas, R, databases and C
# write it.
MISSING = (
    "", "nan", "NaN", "NAN", "-nan", "-NaN", "None", "NaT", "<NA>", "NA", "N/A", "n/a", "#N/A",
    "#NA", "#N/A N/A", "NULL", "null", "\\N", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
    "inf", "-inf", "Inf", "-Inf",
)  # fmt: skip
EXACT = 2**53  # float64 holds every whole number up to it
LONGEST_HEADER = 1 << 16  # bytes; numpy takes no longer one, but reads it whole before it says so
COPIES = 4  # of X in float64 while it is read, centred and scaled


def read(file) -> tuple[np.ndarray, np.ndarray]:
    """X (N, D) float64, and y (N,) of numbers, or of words without the blanks around them.

    Raises:
        InputError: the file cannot be read, or does not hold such arrays.
    """
    arrays = _arrays(file)
    return _samples(file, arrays["X"], arrays["y"]), _labels(file, arrays["y"])


def _arrays(file) -> dict[str, np.ndarray]:
    """The arrays X and y as they are in the file."""
    try:
        if not Path(file).exists():
            raise InputError(f"{file} does not exist; name a file with X (N, D) and y (N,).")
        if not Path(file).is_file():
            raise InputError(f"{file} is no regular file; name a file with X (N, D) and y (N,).")
        with Path(file).open("rb") as opened:
            if opened.read(6) == b"\x93NUMPY":
                raise InputError(f"{file} holds one array (.npy) and no archive; {HOW}.")
            # numpy warns of whole numbers as Python 2 wrote them.
            with zipfile.ZipFile(opened) as archive, warnings.catch_warnings(action="ignore"):
                members = _members(file, archive)
                for name in ("X", "y"):
                    _check_size(file, name, archive, members[name])
                return {name: _array(archive, members[name]) for name in ("X", "y")}
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror or error}); check the file."
        ) from error
    except InputError:
        raise
    except Exception as error:  # a damaged archive can fail in any way
        raise InputError(
            f"{file} is no .npz of plain arrays, or is damaged ({_reason(error)}); {HOW}."
        ) from error


def _reason(error):
    """What an exception says, in one line."""
    said = " ".join(str(error).split()).rstrip(".")
    return said[:100] or type(error).__name__


def _members(file, archive):
    """The archive's members by the names of their arrays."""
    names = [member.filename.removesuffix(".npy") for member in archive.infolist()]
    for name in ("X", "y"):
        if name not in names:
            there = ", ".join(names[:20]) or "nothing"
            raise InputError(
                f"{file} has no array {name!r}; it has {there}. Choose an array of samples (N, D) "
                f"and one of labels (N,) with two values, and {HOW}."
            )
        if Counter(names)[name] > 1:
            raise InputError(f"{file} has more than one array {name!r}; {HOW}.")
    return dict(zip(names, archive.infolist(), strict=True))


def _check_size(file, name, archive, member):
    """Read an array's header, and refuse what cannot be read or would not fit."""
    with archive.open(member) as opened:
        stream = io.BytesIO(opened.read(LONGEST_HEADER))
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{name} has the format {version}")
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = header(stream)
        begin = stream.tell()
    if dtype.hasobject:
        raise InputError(
            f"{file} has {name} as an array of Python objects, which is a pickle and is not "
            "opened; save plain numbers or words: X.astype(float), y.astype(str)."
        )
    if begin + math.prod(shape) * dtype.itemsize != member.file_size:
        raise ValueError(f"{name} is not as long as its header says")
    memory.require(
        COPIES * math.prod(shape) * max(dtype.itemsize, 8),
        f"{name} of shape {shape} in {file}",
        "take fewer samples, or fewer inputs per sample",
    )


def _array(archive, member):
    with archive.open(member) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _samples(file, x, y):
    if x.dtype.kind not in "biuf":
        raise InputError(f"{file} has X of type {x.dtype}, but it must hold real numbers.")
    if mends := _mends(x.shape, y.shape):
        raise InputError(
            f"{file} has X of shape {x.shape} and y of shape {y.shape}, but they must be (N, D) "
            f"and (N,); {', '.join(mends)}."
        )
    _check_exact(file, x)
    with np.errstate(over="ignore"):
        x = x.astype(np.float64)
    _check_finite(file, "X", x)
    return x


def _mends(x, y):
    """What makes X (N, D) and y (N,) of arrays of such shapes; nothing where they are."""
    mends = []
    if 0 in x:
        mends.append("add samples and inputs")
    elif len(x) > 2:
        mends.append("X.reshape(len(X), -1) makes images rows")
    elif len(x) < 2:
        mends.append("X.reshape(-1, 1) makes each number a sample")
    samples = x[0] if x else 0
    if len(y) == 2 and y[0] == samples and y[1] > 1:
        mends.append("y.argmax(axis=1) makes one-hot rows labels")
    elif len(y) != 1:
        mends.append("y.ravel() makes a column a row")
    elif len(x) == 2 and x[1] == y[0] != samples:
        mends.append("X.T makes columns rows")
    if not mends and samples != y[0]:
        mends.append("give every sample one label")
    return mends


def _check_exact(file, x):
    """Whole numbers X (N, D) that float64 would round are refused: samples would become alike."""
    if x.dtype.kind not in "iu" or x.dtype.itemsize < 8:
        return
    for row, column in np.argwhere((x > EXACT) | (x < -EXACT)):
        if int(float(x[row, column])) != x[row, column]:
            raise InputError(
                f"{file} has {x[row, column]} in row {row}, column {column} of X, counted from 0, "
                "which float64 cannot hold; subtract a number from the whole column."
            )


def _check_finite(file, name, values):
    """Values (N,) or (N, D) of float type without NaN and infinity."""
    if not (finite := np.isfinite(values)).all():
        row, *column = np.argwhere(~finite)[0]
        where = f"row {row}, column {column[0]}" if column else f"row {row}"
        raise InputError(
            f"{file} has NaN or infinity in {where} of {name}, counted from 0; mend or leave out "
            "the row."
        )


def _labels(file, y):
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "backslashreplace")
    if y.dtype.kind not in "biufU":
        raise InputError(
            f"{file} has y of type {y.dtype}, but it must hold whole numbers or words."
        )
    if y.dtype.kind == "f":
        _check_finite(file, "y", y)
    if y.dtype.kind == "U":
        try:
            y = np.array([word.strip() for word in y.tolist()])
        except (SystemError, ValueError) as error:  # a number that no character has
            raise InputError(f"{file} has y of words that are no text; {HOW}.") from error
    if y.dtype.kind == "U" and (missing := np.isin(y, MISSING)).any():
        row = int(missing.argmax())
        raise InputError(
            f"{file} has {str(y[row])!r} in row {row} of y, counted from 0, as if the label were "
            "missing; name the label, or leave out the row."
        )
    return y
