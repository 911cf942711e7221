"""A user's own samples: two groups of labels, from an .npz file or a CSV table.

One door: whatever is wrong with the file or the choice of groups, `read` says it in one sentence.
"""

import numpy as np

from racing_core import own_arrays, own_table
from racing_core.errors import InputError

ENDINGS = (".npz", ".csv")  # how the name of such a file ends
LABELS_SHOWN = 5


def is_file(task) -> bool:
    """Whether a task's name is that of such a file, in whatever case its ending is."""
    return task.lower().endswith(ENDINGS)


def read(file, group_a=(), group_b=(), label="") -> tuple:
    """The samples of two groups of labels, in the order of the file.

    Args:
        file: path of the .npz or .csv.
        group_a, group_b: labels of group A and of group B, as they read; samples of other labels
            are left out. Both may be empty where the file has two labels: the smaller one is A.
        label: name of the column of labels in a .csv; empty for the last one.

    Returns:
        X (N, D) float64; y (N,) int64, 0 for group A and 1 for group B; the labels of both groups.

    Raises:
        InputError: the file cannot be read, does not hold samples, or has no such labels.
    """
    if str(file).lower().endswith(".csv"):
        x, y = own_table.read(file, label)
    elif label:
        raise InputError(f"{file} has no columns with names; leave out label.")
    else:
        x, y = own_arrays.read(file)
    values, index = np.unique(y, return_inverse=True)
    names = [str(value) for value in values]
    if y.dtype.kind == "U":
        names.sort(key=own_table.order)
    group_a, group_b = _groups(file, names, tuple(group_a), tuple(group_b))
    of_label = np.array([str(value) for value in values])[index]  # (N,)
    in_b = np.isin(of_label, group_b)
    chosen = in_b | np.isin(of_label, group_a)
    return x[chosen], in_b[chosen].astype(np.int64), group_a, group_b


def _groups(file, names, group_a, group_b):
    """The labels of both groups; `names` are all labels, the smallest first."""
    shown = ", ".join(names[:LABELS_SHOWN]) + (", ..." if len(names) > LABELS_SHOWN else "")
    if not group_a and not group_b:
        if len(names) == 2:
            return (names[0],), (names[1],)
        if len(names) == 1:
            raise InputError(
                f"{file} has the label {shown} alone, but there must be two labels; "
                "add samples of another."
            )
        raise InputError(
            f"{file} has {len(names)} different labels ({shown}), but there must be two; "
            "name two groups of them with group_a and group_b."
        )
    for name, group in (("group_a", group_a), ("group_b", group_b)):
        if not group:
            raise InputError(f"{name} is empty; name labels of {file} ({shown}) in both groups.")
        for one in group:
            if one not in names:
                raise InputError(f"{file} has no label {one!r} for {name}; it has {shown}.")
        if len(set(group)) < len(group):
            raise InputError(f"{name} {','.join(group)} names a label twice; name it once.")
    if both := sorted(set(group_a) & set(group_b)):
        raise InputError(f"Label {both[0]!r} is in group_a and in group_b; keep it in one.")
    return group_a, group_b
