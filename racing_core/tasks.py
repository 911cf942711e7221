"""Where inputs X (N, D) and labels y (N,) come from: CIFAR-10, digits, a 2-D playground, a file.

Every task is two groups of classes ("dataset: grouping of two classes of CIFAR 10 to form two new
class", slides, stage 1). Samples are centered on the sample mean and scaled to mean norm 1.
"""

import dataclasses
import hashlib

import numpy as np

from racing_core import cifar10, memory, own_samples
from racing_core.errors import InputError

PLAYGROUND_CENTRES = {"east": (1, 0), "north": (0, 1), "west": (-1, 0), "south": (0, -1)}
PLAYGROUND_SPREAD = 0.25
SQUARABLE = 1e140  # float64 holds the sum of ever so many squares of such a number

CLASSES = {
    "cifar10": cifar10.CLASSES,
    "digits": tuple("0123456789"),
    "playground": tuple(PLAYGROUND_CENTRES),
}
DEFAULT_GROUPS = {
    "cifar10": (("cat", "dog"), ("automobile", "truck")),
    "digits": (("3", "8"), ("4", "9")),
    "playground": (("east", "west"), ("north", "south")),
}


@dataclasses.dataclass(frozen=True)
class Task:
    """Two groups of classes as a binary classification.

    Attributes:
        name: `cifar10`, `digits`, `playground` or the file's path.
        group_a: class names of label 0.
        group_b: class names of label 1.
        x: training inputs (N, D), float64, sample mean 0, mean norm 1.
        y: labels (N,), int64, 0 for group A and 1 for group B.
        x_held_out: samples (M, D) that training never sees, moved and scaled by the training
            samples' mean and norm; at most as many per class as in training. None (M = 0) for a
            file.
        y_held_out: their labels (M,).
        data_hash: sha256 of the raw training samples and labels.
    """

    name: str
    group_a: tuple[str, ...]
    group_b: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    x_held_out: np.ndarray
    y_held_out: np.ndarray
    data_hash: str


def load(
    name, group_a=(), group_b=(), per_class=50, data_dir=None, sample_seed=None, label=""
) -> Task:
    """The task `name`, deterministic in its arguments.

    Args:
        name: `cifar10` (D = 3072), `digits` (D = 64), `playground` (D = 2), or FILE.npz or
            FILE.csv, of which all samples of both groups are taken.
        group_a, group_b: class names, or labels of the file; empty for the task's own groups.
        per_class: samples of each class.
        data_dir: folder with CIFAR-10; None for RACING_DATA_DIR or, without it, a download.
        sample_seed: seed by which the samples of each class are drawn, those held out, too; None
            for the first ones in file order.
        label: the column of labels of a FILE.csv; empty for the last one.

    Raises:
        InputError: unknown task or class, groups that are empty or overlap, more samples than
            there are, data that is missing or damaged.
    """
    if own_samples.is_file(name):
        if sample_seed is not None:
            raise InputError(f"All samples of {name} are taken; leave out sample_seed.")
        raw, y, group_a, group_b = own_samples.read(name, group_a, group_b, label)
        return _task(name, group_a, group_b, raw, y, raw[:0], y[:0])
    if name not in CLASSES:
        raise InputError(
            f"Unknown task {name!r}; choose one of {', '.join(CLASSES)}, or name a file that ends "
            f"in {' or '.join(own_samples.ENDINGS)}."
        )
    if label:
        raise InputError(f"{name} has no column {label!r} of labels; leave out label.")
    group_a = tuple(group_a) or DEFAULT_GROUPS[name][0]
    group_b = tuple(group_b) or DEFAULT_GROUPS[name][1]
    _check_groups(name, group_a, group_b)
    samples = {"cifar10": cifar10.by_class, "digits": _digits, "playground": _playground}[name]
    classes = group_a + group_b
    train, held_out = samples(classes, per_class, data_dir, sample_seed)
    for class_name in classes:
        found = len(train[class_name])
        if found < per_class:
            raise InputError(
                f"Class {class_name!r} of {name} has {found} samples, but per_class asks for "
                f"{per_class}; ask for at most {found}."
            )
    raw, y = _stack(train, group_a, group_b)
    raw_held_out, y_held_out = _stack(held_out, group_a, group_b)
    return _task(name, group_a, group_b, raw, y, raw_held_out, y_held_out)


def _task(name, group_a, group_b, raw, y, raw_held_out, y_held_out) -> Task:
    """Centre and scale."""
    # From the first sample, so that an input that is the same for all becomes exactly 0.
    with np.errstate(over="ignore"):
        shifted = raw - raw[0].astype(np.float64)
        largest = np.abs(shifted).max()
    if largest == 0:
        raise InputError(f"All samples of {name} are the same; choose more or other samples.")
    if not 1 / SQUARABLE < largest < SQUARABLE:
        raise InputError(
            f"The samples of {name} differ by numbers of the size {largest:.1g}, whose squares a "
            f"computer cannot hold; multiply X by a number that brings it near 1."
        )
    mean = shifted.mean(axis=0)
    norm = np.linalg.norm(shifted - mean, axis=1).mean()
    return Task(
        name=name,
        group_a=group_a,
        group_b=group_b,
        x=(shifted - mean) / norm,
        y=y,
        x_held_out=(raw_held_out - raw[0].astype(np.float64) - mean) / norm,
        y_held_out=y_held_out,
        data_hash=hashlib.sha256(raw.tobytes() + y.tobytes()).hexdigest(),
    )


def _check_groups(name, group_a, group_b):
    for label, group in (("group_a", group_a), ("group_b", group_b)):
        if "" in group:
            raise InputError(
                f"{label} has an empty class name; name classes such as {CLASSES[name][0]}."
            )
        for class_name in group:
            if class_name not in CLASSES[name]:
                raise InputError(
                    f"Unknown class {class_name!r} in {label} of {name}; "
                    f"choose from {', '.join(CLASSES[name])}."
                )
        if len(set(group)) < len(group):
            raise InputError(f"{label} {','.join(group)} names a class twice; name it once.")
    if both := sorted(set(group_a) & set(group_b)):
        raise InputError(f"Class {both[0]!r} is in group_a and in group_b; keep it in one.")


def _stack(samples, group_a, group_b):
    """Samples by class -> raw (N, D) in the order of the groups, labels (N,)."""
    raw = np.concatenate([samples[class_name] for class_name in group_a + group_b])
    count_a = sum(len(samples[class_name]) for class_name in group_a)
    return raw, (np.arange(len(raw)) >= count_a).astype(np.int64)


def _digits(classes, per_class, data_dir, sample_seed):
    """scikit-learn's embedded 8 x 8 digits; the held-out ones follow the training ones."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    of_class = {name: digits.data[digits.target == int(name)] for name in classes}
    if sample_seed is not None:
        of_class = {
            name: np.random.RandomState([sample_seed, int(name)]).permutation(images)
            for name, images in of_class.items()
        }
    return (
        {name: images[:per_class] for name, images in of_class.items()},
        {name: images[per_class : 2 * per_class] for name, images in of_class.items()},
    )


def _playground(classes, per_class, data_dir, sample_seed):
    """Gaussian blobs on the four compass points: opposite blobs share a label by default."""
    size = 2 * 8 * 2 * per_class * len(PLAYGROUND_CENTRES)
    memory.require(4 * size, f"A playground of {per_class} per class", "lower per_class")
    train, held_out = {}, {}
    for seed, (name, centre) in enumerate(PLAYGROUND_CENTRES.items()):
        drawn = seed if sample_seed is None else [sample_seed, seed]
        noise = np.random.RandomState(drawn).standard_normal((2 * per_class, 2))
        points = np.array(centre) + PLAYGROUND_SPREAD * noise
        train[name], held_out[name] = points[:per_class], points[per_class:]
    return train, held_out
