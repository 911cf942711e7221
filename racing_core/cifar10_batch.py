"""One file of CIFAR-10, binary or pickled, checked before it is used.

A batch is a label and 3,072 bytes per image: the red, green and blue planes, row by row.
"""

import hashlib
import io
import pickle
import pickletools

import numpy as np

from racing_core.errors import InputError

LABELS = 10
PIXELS = 3 * 32 * 32
RECORD = 1 + PIXELS  # bytes per image in the binary layout, the label first
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


def read(folder, batch):
    """Labels (n,) and images (n, 3072) uint8 of one file, in either public layout.

    Args:
        folder: a Path. batch: `data_batch_1` to `data_batch_5`, or `test_batch`.

    Raises:
        InputError: the file cannot be read, or is no such batch.
    """
    again = "get the file again"
    if folder.parent.suffix == ".untar":  # where pooch unpacks a download
        again = f"delete the folder {folder.parent} to download it again"
    file = binary = folder / f"{batch}.bin"
    try:
        if not binary.exists():
            file = folder / batch
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
    if not 0 <= labels.min() <= labels.max() < LABELS:
        raise _NoBatch("has a label outside 0 to 9, so it is no CIFAR-10 batch")
    counts = np.bincount(labels, minlength=LABELS)
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


def _check_memo(data):
    """Refuse a pickle that numbers its objects beyond its length: each number takes memory."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and argument > len(data):
            raise _NoBatch("is damaged (it asks for more memory than any batch needs)")


def _parse_pickle(batch, data):
    length, md5 = PUBLIC_PICKLES[batch]
    if len(data) == length and hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
        raise _NoBatch("is as long as the public file, but damaged (its checksum differs)")
    try:
        _check_memo(data)
        content = _ArraysOnly(io.BytesIO(data), encoding="bytes").load()
        if not isinstance(content, dict):
            raise ValueError("no names")
        content = {key.decode() if isinstance(key, bytes) else key: content[key] for key in content}
        labels, images = content["labels"], content["data"]
        if isinstance(labels, list) and set(map(type, labels)) == {int}:  # lists can hold lists
            labels = np.array(labels)
        if labels.dtype.kind not in "iu" or labels.ndim != 1 or not len(labels):
            raise ValueError("labels are no whole numbers")
        if images.dtype != np.uint8 or images.shape != (len(labels), PIXELS):
            raise ValueError("unexpected shape")
        if images.nbytes > len(data):  # an array can announce more than the file holds of it
            raise ValueError("more images than bytes")
    except _NoBatch:
        raise
    except Exception as error:  # a damaged pickle can fail in any way
        raise _NoBatch("is cut off, damaged or no pickled CIFAR-10 batch") from error
    return labels, images
