"""CIFAR-10 from its public files, binary or pickled, or by download.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

import hashlib
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
PUBLIC_SIZE = 10_000  # images in each public file
# Images of each class in the public files, in both layouts.
PUBLIC_COUNTS = {
    "data_batch_1": (1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981),
    "data_batch_2": (984, 1007, 1010, 995, 1010, 988, 1008, 1026, 987, 985),
    "data_batch_3": (994, 1042, 965, 997, 990, 1029, 978, 1015, 961, 1029),
    "data_batch_4": (1003, 963, 1041, 976, 1004, 1021, 1004, 981, 1024, 983),
    "data_batch_5": (1014, 1014, 952, 1016, 997, 1025, 980, 977, 1003, 1022),
    "test_batch": (1000,) * 10,
}
# Length and MD5 of the public pickles; those of the binary layout are not published.
PUBLIC_PICKLES = {
    "data_batch_1": (31_035_704, "c99cafc152244af753f735de768cd75f"),
    "data_batch_2": (31_035_320, "d4bba439e000b95fd0a9bffe97cbabec"),
    "data_batch_3": (31_035_999, "54ebc095f3ab1f0389bbae665268c751"),
    "data_batch_4": (31_035_696, "634d18415352ddfa80567beed471001a"),
    "data_batch_5": (31_035_623, "482c414d41f54cd18b22e5b47cb7c3cb"),
    "test_batch": (31_035_526, "40351d587109b95175f43aff81a1287e"),
}
LONGEST = 10 * 31_035_999  # bytes: no batch is as long as that
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


def _read_batch(folder, batch):
    """Labels (n,) and images (n, 3072) uint8 of one file, in either public layout."""
    binary = folder / f"{batch}.bin"
    file = binary if binary.exists() else folder / batch
    again = "get the file again"
    if folder.parent.suffix == ".untar":  # where pooch unpacks a download
        again = f"delete the folder {folder.parent} to download it again"
    try:
        if file.exists() and not file.is_file():
            raise InputError(f"{file} cannot be read (it is no regular file); {again}.")
        if file.stat().st_size > LONGEST:
            raise InputError(f"{file} is too long for a CIFAR-10 batch; {again}.")
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}); {again}.") from error
    try:
        if file == binary:
            labels, images = _parse_binary(data)
        else:
            labels, images = _parse_pickle(batch, data)
        _check(batch, labels, images)
    except _NoBatch as error:
        raise InputError(f"{file} {error}; {again}.") from error
    return labels, images


class _NoBatch(Exception):
    """What is wrong with a file, to follow its name."""


def _check(batch, labels, images):
    """Refuse what cannot be CIFAR-10: labels that do not fit, images without content."""
    if not 0 <= labels.min() <= labels.max() < len(CLASSES):
        raise _NoBatch("has a label outside 0 to 9, so it is no CIFAR-10 batch")
    counts = np.bincount(labels, minlength=len(CLASSES))
    if (counts > 0).sum() == 1:
        raise _NoBatch(
            f"has the label {labels[0]} for all of its {len(labels)} images, so it is damaged or "
            "no CIFAR-10 batch"
        )
    if len(labels) == PUBLIC_SIZE and tuple(counts) != PUBLIC_COUNTS[batch]:
        raise _NoBatch("has other numbers of images per class than the public file")
    flat = images.min(axis=1) == images.max(axis=1)
    if flat.any():
        raise _NoBatch(
            f"is damaged: image {flat.argmax()}, counted from 0, is the same in every pixel"
        )


def _parse_binary(data):
    if not data or len(data) % RECORD:
        raise _NoBatch(
            f"has {len(data)} bytes, which is no whole number of {RECORD}-byte records, so it is "
            "cut off or no CIFAR-10 batch"
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    return records[:, 0], records[:, 1:]


class _ArraysOnly(pickle.Unpickler):
    """Reading a pickle can run any code; a CIFAR-10 batch needs nothing but numpy arrays."""

    ALLOWED = frozenset(
        f"{module}.{name}"
        for core in ("numpy.core", "numpy._core")
        for module, name in (
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            (f"{core}.multiarray", "_reconstruct"),
            (f"{core}.numeric", "_frombuffer"),  # since protocol 5
            ("_codecs", "encode"),
        )
    )

    def find_class(self, module, name):
        if f"{module}.{name}" not in self.ALLOWED:
            raise _NoBatch(
                f"holds a {module}.{name}, which no CIFAR-10 batch needs and which is not opened"
            )
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _parse_pickle(batch, data):
    length, md5 = PUBLIC_PICKLES[batch]
    if len(data) == length and hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
        raise _NoBatch("is as long as the public file, but damaged (its checksum differs)")
    try:
        content = _ArraysOnly(io.BytesIO(data), encoding="bytes").load()
        content = {key.decode() if isinstance(key, bytes) else key: content[key] for key in content}
        labels, images = np.asarray(content["labels"]), np.asarray(content["data"])
        if labels.dtype.kind not in "iu" or labels.ndim != 1 or not len(labels):
            raise ValueError("labels are no whole numbers")
        if images.dtype != np.uint8 or images.shape != (len(labels), RECORD - 1):
            raise ValueError("unexpected shape")
    except _NoBatch:
        raise
    except Exception as error:  # a damaged pickle can fail in any way
        raise _NoBatch("is cut off, damaged or no pickled CIFAR-10 batch") from error
    return labels, images
