"""CIFAR-10 by class, from its public files (see `cifar10_batch`) or by download.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

import os
import tarfile
from pathlib import Path

import numpy as np

from racing_core import cifar10_batch
from racing_core.errors import InputError

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
# Images are drawn from so many records of each batch: a copy cut there gives the same images.
DRAWN_FROM = 1_000


def by_class(classes, per_class, data_dir, sample_seed=None):
    """Images by class, (n, 3072) uint8, n <= per_class; the held-out ones from the test batch.

    Args:
        sample_seed: None for the first images in file order; else they are drawn by this seed from
            the first 1,000 records of each batch. A class gives the same images in any grouping.
    """
    folder = _folder(data_dir)
    names = [f"data_batch_{number}" for number in range(1, 6)]
    if sample_seed is None:
        train = _collect(folder, names, classes, per_class)
        return train, _collect(folder, ["test_batch"], classes, per_class)
    train = _draw(folder, names, classes, per_class, sample_seed)
    return train, _draw(folder, ["test_batch"], classes, per_class, sample_seed)


def _draw(folder, batches, classes, per_class, sample_seed):
    read = [cifar10_batch.read(folder, batch) for batch in batches]
    labels = np.concatenate([labels[:DRAWN_FROM] for labels, _ in read])
    images = np.concatenate([images[:DRAWN_FROM] for _, images in read])
    found = {}
    for name in classes:
        number = CLASSES.index(name)
        candidates = np.flatnonzero(labels == number)
        order = np.random.RandomState([sample_seed, number]).permutation(candidates)
        found[name] = images[order[:per_class]]
    return found


def _collect(folder, batches, classes, per_class):
    found = {name: np.empty((0, cifar10_batch.PIXELS), np.uint8) for name in classes}
    for batch in batches:
        labels, images = cifar10_batch.read(folder, batch)
        for name in classes:
            more = images[labels == CLASSES.index(name)]
            found[name] = np.concatenate([found[name], more])[:per_class]
        if all(len(images) == per_class for images in found.values()):
            break
    return found


def _folder(data_dir) -> Path:
    source = "data_dir"
    if data_dir is None and "RACING_DATA_DIR" in os.environ:
        data_dir, source = os.environ["RACING_DATA_DIR"], "RACING_DATA_DIR"
    if data_dir is None:
        return _downloaded()
    try:
        for sub in ("", "cifar-10-batches-bin", "cifar-10-batches-py"):
            if any(Path(data_dir, sub, f"data_batch_1{end}").is_file() for end in (".bin", "")):
                return Path(data_dir, sub)
    except OSError as error:
        raise InputError(
            f"{source} {str(data_dir)!r} cannot be read ({error.strerror}); name a folder that can."
        ) from error
    raise InputError(
        f"{source} {str(data_dir)!r} holds no CIFAR-10 (data_batch_1.bin or data_batch_1); "
        "name the folder that does, or leave it out to download the data."
    )


def _downloaded() -> Path:
    import pooch

    cache = pooch.os_cache("racing")
    try:
        files = pooch.retrieve(
            URL,
            known_hash=f"md5:{MD5}",
            path=cache,
            processor=pooch.Untar(),
            progressbar=True,
        )
    except ValueError as error:  # pooch's word for a checksum that differs
        raise InputError(
            f"What {URL} sent is not CIFAR-10 (its checksum differs): perhaps the network asks for "
            "a login first, or the download was cut off; try again, or name a folder that holds "
            "CIFAR-10 with --data-dir."
        ) from error
    except (OSError, EOFError, tarfile.TarError) as error:
        raise InputError(
            f"CIFAR-10 could not be downloaded from {URL} into {cache} "
            f"({type(error).__name__}); name a folder that holds it with --data-dir."
        ) from error
    for file in map(Path, files):
        if file.name == "data_batch_1.bin":
            return file.parent
    raise InputError(f"{cache} holds no CIFAR-10; delete that folder to download it again.")
