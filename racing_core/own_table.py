"""A user's own samples as a table: a CSV file, one sample per row, one column of labels.

The lab reads the same files in the browser (docs/lab/own_data/table.js), by the same rules.
"""

import csv
import itertools
import math
from pathlib import Path

import numpy as np

from racing_core import memory
from racing_core.errors import InputError
from racing_core.own_arrays import MISSING

DELIMITERS = ",;\t"  # that which the first line has most of; of equals the first
NUMBER = frozenset("0123456789+-.eE")  # what a number is written with
BYTES_PER_BYTE = 16  # of the file: a number of two characters takes 8 bytes, four times over


def read(file, label="") -> tuple[np.ndarray, np.ndarray]:
    """X (N, D) float64, all columns but that of the labels; labels (N,), words as they are written.

    Args:
        file: path of the CSV, UTF-8, with commas, semicolons or tabs. The first row is a header,
            unless all that it has beside the label are numbers: then columns are named 1, 2, ...
            (0, 1, 2, ... is a header, too, as pandas writes it).
        label: name of the column of labels; empty for the last one.

    Raises:
        InputError: the file cannot be read, or a row and column of it is not as it should be.
    """
    path = Path(file)
    try:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "does not exist"
            raise InputError(f"{file} {what}; name a CSV file with a column of labels.")
        size = path.stat().st_size
        memory.require(BYTES_PER_BYTE * size, f"{file} of {size / 1e6:,.0f} MB", "take fewer rows")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
            lines.seek(0)
            delimiter = max(DELIMITERS, key=first.count)
            return _table(file, csv.reader(lines, delimiter=delimiter, strict=True), label)
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror or error}); check the file."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no UTF-8 text; save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{file} is no CSV table ({error}); check its quotation marks.") from error


def order(label) -> tuple:
    """What labels are sorted by: those that are numbers come first, by their size."""
    number = _number(label)
    return (1, 0.0, label) if number is None else (0, number, label)


def _table(file, records, label):
    # An empty line is no sample, but it counts as a row, as it does in a spreadsheet.
    rows = ((number, cells) for number, cells in enumerate(records, start=1) if cells)
    start, first = next(rows, (1, []))
    if len(first) < 2:
        raise InputError(
            f"{file} has {_columns_of(first)} in its first row, but there must be one of labels "
            "and one or more of inputs, with commas, semicolons or tabs between them."
        )
    names, at, is_header = _columns(file, first, label)
    x, y = [], []
    samples = rows if is_header else itertools.chain([(start, first)], rows)
    for number, cells in samples:
        if len(cells) != len(names):
            raise InputError(
                f"{file} has {_columns_of(cells)} in row {number}, but {len(names)} in its first "
                "row; give every row the same."
            )
        y.append(_label(file, number, names[at], cells[at]))
        x.append(_inputs(file, number, names, cells, at))
    if not x:
        raise InputError(f"{file} has no samples below its header; add some rows.")
    _check_numbers(file, y)
    return np.array(x), np.array(y)


def _columns_of(cells):
    return "1 column" if len(cells) == 1 else f"{len(cells)} columns"


def _columns(file, first, label):
    """Names of the columns, the position of the labels, and whether the row is a header."""
    names, numbered = [cell.strip() for cell in first], [str(i + 1) for i in range(len(first))]
    if label and names.count(label) > 1:
        raise InputError(f"{file} has more than one column {label!r}; give each its own name.")
    at = names.index(label) if label and label in names else -1
    if at < 0 or not _is_header(names, at, label):
        at = numbered.index(label) if label in numbered else len(names) - 1
    is_header = _is_header(names, at, label)
    if is_header and "" in names[:at] + names[at + 1 :]:
        raise InputError(
            f"{file} has no name in column {names.index('') + 1} of its header, as if the column "
            "numbered the rows; leave it out, as to_csv(FILE, index=False) does, or name it."
        )
    names = names if is_header else numbered
    if label and names[at] != label:
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise InputError(f"{file} has no column {label!r} of labels; its columns are {shown}.")
    return names, at, is_header


def _is_header(names, at, label):
    """Whether the first row names its columns: by words, or 0, 1, ... as pandas counts them."""
    beside = [(i, name) for i, name in enumerate(names) if i != at]
    words = any(_number(name) is None and not _lacks(name) for _, name in beside)
    counted = len(beside) > 1 and all(name == str(i) for i, name in beside)
    return words or counted or (names[at] == label and _number(label) is None)


def _lacks(cell):
    """Whether it stands for a number that is missing or endless: no column has such a name."""
    return cell != "" and (cell in MISSING or cell.lower().lstrip("+-") in ("inf", "infinity"))


def _label(file, number, name, cell):
    label = cell.strip()
    if label in MISSING:
        raise InputError(
            f"{file} has '{label}' in row {number}, column {name!r}, as if the label were missing; "
            "name the label, or leave out the row."
        )
    return label


def _check_numbers(file, labels):
    """Labels that are one number, as 1 and 1.0 are, would be two groups."""
    written = {}
    for label in dict.fromkeys(labels):
        number = _number(label)
        if number is not None and written.setdefault(number, label) != label:
            raise InputError(
                f"{file} has the labels {written[number]!r} and {label!r}, which are one number; "
                "write them alike."
            )


def _inputs(file, number, names, cells, at):
    """The numbers (D,) of a row."""
    inputs = cells[:at] + cells[at + 1 :]
    if NUMBER.issuperset("".join(inputs)):
        try:
            values = np.array(inputs, dtype=np.float64)
            if np.isfinite(values).all():
                return values
        except ValueError:
            pass  # said below, with the column
    for i, cell in enumerate(cells):
        if i != at and _number(cell) is None:
            what = f"has {cell!r}" if cell.strip() else "has nothing"
            raise InputError(
                f"{file} {what} in row {number}, column {names[i]!r}, where a number such as 1.5 "
                "or 2e-3 should be; mend or leave out the row or the column."
            )
    return np.array([_number(cell) for i, cell in enumerate(cells) if i != at])


def _number(cell):
    """What a cell means; None where it is no finite number."""
    cell = cell.strip()
    if not cell or not NUMBER.issuperset(cell):
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
