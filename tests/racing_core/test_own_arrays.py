"""A user's .npz: whatever is wrong with it is said in one sentence."""

import contextlib
import io
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from racing_core import memory, own_arrays
from racing_core.errors import InputError

X = np.random.default_rng(0).normal(size=(60, 4))
Y = np.arange(60) % 2


def saved(folder, **arrays):
    file = folder / "own.npz"
    np.savez(file, **{"X": X, "y": Y} | arrays)
    return file


def test_samples_are_taken_as_they_are(tmp_path):
    x, y = own_arrays.read(saved(tmp_path, X=X.astype(np.float32)))
    np.testing.assert_array_equal(y, Y)
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x, X.astype(np.float32))
    (tmp_path / "pressed.npz").unlink(missing_ok=True)
    np.savez_compressed(tmp_path / "pressed.npz", X=X, y=Y)
    np.testing.assert_array_equal(own_arrays.read(tmp_path / "pressed.npz")[0], X)


def test_large_numbers_that_float64_holds_are_read(tmp_path):
    x = (1 << 62) + 1024 * np.arange(240).reshape(60, 4)
    np.testing.assert_array_equal(own_arrays.read(saved(tmp_path, X=x))[0].astype(int), x)
    x = x.astype(np.uint64) * 2
    np.testing.assert_array_equal(own_arrays.read(saved(tmp_path, X=x))[0].astype(np.uint64), x)


ARRAYS = {
    "half of the labels are NaN": ({"y": np.repeat([0, np.nan], 30)}, "NaN or infinity in row 30"),
    "one NaN": ({"y": np.where(np.arange(60) == 7, np.nan, Y)}, "NaN or infinity in row 7 of y"),
    "infinite": ({"y": np.where(Y, np.inf, 0)}, "row 1 of y"),
    "missing word": ({"y": np.array(["cat", np.nan] * 30)}, "'nan' in row 1 of y"),
    "empty word": ({"y": np.where(Y, "", "cat")}, "'' in row 1 of y"),
    "none": ({"y": np.where(Y, "None", "cat")}, "'None' in row 1 of y"),
    "blank": ({"y": np.where(Y, "  ", "cat")}, "'' in row 1 of y"),
    "missing in R": ({"y": np.where(Y, "NA", "cat")}, "'NA' in row 1 of y"),
    "missing in bytes": ({"y": np.where(Y, b"NULL", b"cat")}, "'NULL' in row 1 of y"),
    "infinite word": ({"y": np.where(Y, np.inf, 0).astype(str)}, "'inf' in row 1 of y"),
    "no text": ({"y": np.where(Y, 65, 0x110000).astype("<u4").view("<U1")}, "that are no text"),
    "dates": ({"y": Y.astype("datetime64[D]")}, "y of type datetime64[D]"),
    "complex": ({"y": Y * 1j}, "y of type complex128"),
    "records": ({"y": np.zeros(60, [("a", int)])}, "y of type [('a', '<i8')]"),
    "objects": ({"y": np.array(["cat", 1] * 30, object)}, "array of Python objects"),
    "objects in X": ({"X": X.astype(object)}, "X.astype(float)"),
    "a column of labels": ({"y": Y[:, None]}, "y.ravel()"),
    "images": ({"X": X.reshape(60, 2, 2)}, "X.reshape(len(X), -1)"),
    "one-hot labels": ({"y": np.eye(2)[Y]}, "y.argmax(axis=1) makes one-hot rows labels."),
    "numbers": ({"X": X[:, 0], "y": Y[:, None]}, "each number a sample, y.ravel() makes"),
    "a row of labels": ({"y": Y[None]}, "(N,); y.ravel() makes"),
    "a column per sample": ({"X": X.T.copy()}, "(N,); X.T makes columns rows."),
    "records in X": ({"X": np.zeros(60, [("a", float)])}, "X of type [('a', '<f8')]"),
    "large numbers": ({"X": 2**60 + np.arange(240).reshape(60, 4)}, "846977 in row 0, column 1"),
    "negative": ({"X": -(2**53) - np.arange(240).reshape(60, 4)}, "993 in row 0, column 1 of X"),
    "too few labels": ({"y": Y[1:]}, "(N,); give every sample one label."),
    "no samples": ({"X": X[:0], "y": Y[:0]}, "(N,); add samples and inputs."),
    "NaN": ({"X": np.where(np.arange(60)[:, None] == 5, np.nan, X)}, "row 5, column 0 of X"),
    "too large": ({"X": np.full((60, 4), np.longdouble("1e4000"))}, "row 0, column 0 of X"),
}  # fmt: skip


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_that_are_no_samples_are_told(case, tmp_path):
    arrays, part = ARRAYS[case]
    check_refusal(saved(tmp_path, **arrays), part)


def check_refusal(file, part):
    with pytest.raises(InputError) as refused:
        own_arrays.read(file)
    said = str(refused.value)
    assert part in said
    assert str(file) in said
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize(
    "names", [("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels")]
)
def test_other_layouts_are_told_what_they_hold(names, tmp_path):
    """Those of Keras and of MedMNIST."""
    file = tmp_path / "other.npz"
    np.savez(file, **dict.fromkeys(names, X))
    check_refusal(file, ", ".join(names))
    check_refusal(file, "Choose an array of samples (N, D) and one of labels")


def npy(array, **kind):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **kind)
    return stream.getvalue()


def archive(file, members, **kind):
    with zipfile.ZipFile(file, "w", **kind) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file


def announced(shape):
    """A header that announces an array, and nothing after it."""
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


def test_archives_in_any_compression_are_read(tmp_path):
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        members = [("X.npy", npy(X)), ("y.npy", npy(Y))]
        file = archive(tmp_path / "kind.npz", members, compression=kind)
        np.testing.assert_array_equal(own_arrays.read(file)[0], X)


def test_an_archive_of_python_2_is_read_without_a_word(tmp_path, recwarn):
    """Its whole numbers ended in L."""
    told = npy(X).replace(b"(60, 4), }", b"(60L, 4L)}")
    file = archive(tmp_path / "old.npz", [("X.npy", told), ("y.npy", npy(Y))])
    np.testing.assert_array_equal(own_arrays.read(file)[0], X)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ([], "it has nothing"),
        ([("X.npy", npy(X))], "no array 'y'; it has X"),
        ([("X.npy", npy(X)), ("X.npy", npy(X)), ("y.npy", npy(Y))], "more than one array 'X'"),
        ([("X.npy", b""), ("y.npy", npy(Y))], "is damaged"),
        ([("X.npy", b"text"), ("y.npy", npy(Y))], "is damaged"),
        ([("X.npy", npy(X)[:300]), ("y.npy", npy(Y))], "not as long as its header says"),
        ([("X.npy", announced((10**9, 10**9))), ("y.npy", npy(Y))], "not as long as"),
        ([("X.npy", npy(X, version=(3, 0))), ("y.npy", npy(Y))], "the format (3, 0)"),
        ([("X.npy", b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16), ("y.npy", npy(Y))], "is damaged"),
    ],
    ids=["empty", "no y", "twice", "nothing", "text", "cut", "bomb", "format", "header"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_hold_something_else(members, part, tmp_path):
    check_refusal(archive(tmp_path / "own.npz", members), part)


def test_a_header_that_goes_on_and_on_is_not_read(tmp_path):
    """A thousand blanks take a byte in the archive."""
    size = 20_000_000
    start = b"\x93NUMPY\x02\x00" + size.to_bytes(4, "little")
    members = [("X.npy", start + b" " * size), ("y.npy", npy(Y))]
    file = archive(tmp_path / "own.npz", members, compression=zipfile.ZIP_DEFLATED)
    del members
    tracemalloc.start()
    check_refusal(file, "is damaged")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 10


def test_what_does_not_fit_is_not_read(tmp_path, monkeypatch):
    file = saved(tmp_path)
    monkeypatch.setattr(memory, "available", lambda: 1000)
    monkeypatch.setattr(own_arrays, "_array", lambda *args: pytest.fail("it was read"))
    check_refusal(file, "GB of memory")


def altered(file, change):
    data = bytearray(file.read_bytes())
    change(data)
    file.write_bytes(data)
    return file


def set_flag(data, offset, value):
    """Set two bytes in both headers of every member: the central one has them 2 bytes later."""
    for signature, place in ((b"PK\x03\x04", offset), (b"PK\x01\x02", offset + 2)):
        at = data.find(signature)
        while at >= 0:
            data[at + place : at + place + 2] = value.to_bytes(2, "little")
            at = data.find(signature, at + 4)


def test_encrypted_and_unusual_members(tmp_path):
    encrypted = altered(saved(tmp_path), lambda data: set_flag(data, 6, 1))
    check_refusal(encrypted, "encrypted")
    unusual = altered(saved(tmp_path), lambda data: set_flag(data, 8, 99))
    check_refusal(unusual, "compression")


def test_every_cut_and_every_flip_ends_in_a_sentence_or_in_the_samples(tmp_path):
    file = tmp_path / "own.npz"
    np.savez_compressed(file, X=X, y=Y)
    whole = file.read_bytes()
    draw = np.random.RandomState(0)
    for _ in range(150):
        data = bytearray(whole)
        if draw.rand() < 0.3:
            data = data[: draw.randint(len(data))]
        for _ in range(draw.randint(4) if data else 0):
            data[draw.randint(len(data))] = draw.randint(256)
        file.write_bytes(data)
        with contextlib.suppress(InputError):
            x, y = own_arrays.read(file)
            assert np.isfinite(x).all()
            assert len(x) == len(y)


def test_files_that_are_no_archive(tmp_path):
    check_refusal(tmp_path / "nowhere.npz", "does not exist")
    check_refusal(tmp_path, "no regular file")
    pipe = tmp_path / "pipe.npz"
    os.mkfifo(pipe)
    check_refusal(pipe, "no regular file")
    single = tmp_path / "single.npz"
    with single.open("wb") as stream:
        np.save(stream, X)
    check_refusal(single, "one array (.npy)")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    file = saved(tmp_path)

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(own_arrays.Path, "open", refuse)
    check_refusal(file, "cannot be read (Permission denied)")
