"""CIFAR-10 from its public files, binary or pickled, or by download.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np

from racing_core.errors import InputError

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
RECORD = 1 + 3 * 32 * 32  # a label byte, then the red, green and blue planes
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
    read = [_read_batch(folder, batch) for batch in batches]
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
    found = {name: np.empty((0, RECORD - 1), np.uint8) for name in classes}
    for batch in batches:
        labels, images = _read_batch(folder, batch)
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
    for folder in (
        Path(data_dir, sub) for sub in ("", "cifar-10-batches-bin", "cifar-10-batches-py")
    ):
        if (folder / "data_batch_1.bin").is_file() or (folder / "data_batch_1").is_file():
            return folder
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
    except (OSError, ValueError, tarfile.TarError) as error:
        raise InputError(
            f"CIFAR-10 could not be downloaded from {URL} into {cache} "
            f"({type(error).__name__}); name a folder that holds it with --data-dir."
        ) from error
    return Path(next(file for file in files if file.endswith("data_batch_1.bin"))).parent


def _read_batch(folder, batch):
    """Labels (n,) and images (n, 3072) uint8 of one file, in either public layout."""
    binary = folder / f"{batch}.bin"
    file = binary if binary.exists() else folder / batch
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}); check the file.") from error
    labels, images = _parse_binary(file, data) if file == binary else _parse_pickle(file, data)
    if labels.size and not 0 <= labels.min() <= labels.max() < len(CLASSES):
        raise InputError(
            f"{file} has a label outside 0 to 9, so it is no CIFAR-10 batch; get the file again."
        )
    return labels, images


def _parse_binary(file, data):
    if not data or len(data) % RECORD:
        raise InputError(
            f"{file} has {len(data)} bytes, which is no whole number of {RECORD}-byte "
            "records, so it is cut off or no CIFAR-10 batch; get the file again."
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    return records[:, 0], records[:, 1:]


class _ArraysOnly(pickle.Unpickler):
    """Reading a pickle can run any code; a CIFAR-10 batch needs nothing but numpy arrays."""

    def find_class(self, module, name):
        if name not in {"_reconstruct", "ndarray", "dtype", "encode"} or module.split(".")[
            0
        ] not in {"numpy", "_codecs"}:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _parse_pickle(file, data):
    try:
        batch = _ArraysOnly(io.BytesIO(data), encoding="bytes").load()
        labels, images = np.asarray(batch[b"labels"]), np.asarray(batch[b"data"])
        if images.dtype != np.uint8 or images.shape != (len(labels), RECORD - 1):
            raise ValueError("unexpected shape")
    except Exception as error:  # a damaged pickle can fail in any way
        raise InputError(
            f"{file} is cut off or no pickled CIFAR-10 batch; get the file again."
        ) from error
    return labels, images
