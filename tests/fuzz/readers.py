"""Every reader of the core, on inputs that no one would write: each ends in a sentence or is read.

    python tests/fuzz/readers.py [READER] [--inputs 10000]

For each reader half of the inputs are a good file with bytes changed, cut or repeated; the other
half are well-formed files of the wrong content. Prints for each reader how many inputs were read,
how many ended in one clear sentence, in another exception, in a hang (over 10 s), and by how much
the memory grew. A small fixed sample of the same runs with the tests.
"""

import argparse
import contextlib
import io
import json
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from racing_core import cifar10_batch, own_samples, run_file
from racing_core.config import Config
from racing_core.errors import InputError

SECONDS = 10  # after which an input counts as hanging
MEMORY = 6 * 10**9  # bytes of addresses that a child may have


@dataclass(frozen=True)
class Reader:
    """A reader of files, and inputs for it.

    Attributes:
        read: folder -> what is read of it; raises InputError for what cannot be.
        name: of the file in the folder.
        good: bytes that are read, to change.
        odd: a strategy of bytes that are well-formed, and say something else.
    """

    read: Callable
    name: str
    good: bytes
    odd: st.SearchStrategy


@st.composite
def changed(draw, good):
    """A good file with bytes set, inserted or repeated, and cut."""
    data = bytearray(good)
    ends = st.integers(0, 2000) | st.integers(max(len(good) - 2000, 0), len(good))
    place = st.integers(0, len(good)) | ends
    for _ in range(draw(st.integers(0, 4))):
        at = min(draw(place), len(data))
        what = draw(st.sampled_from(["set", "word", "insert", "repeat", "zeros"]))
        if what == "set" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif what == "word":
            data[at : at + 4] = draw(st.binary(min_size=4, max_size=4))
        elif what == "insert":
            data[at:at] = draw(st.binary(max_size=20))
        elif what == "repeat":
            data[at:at] = data[at : at + draw(st.integers(0, 300))]
        elif what == "zeros":
            data[at : at + 200] = bytes(len(data[at : at + 200]))
    if draw(st.booleans()):
        del data[min(draw(place), len(data)) :]
    return bytes(data)


# A user's .npz

DTYPES = (
    arrays.integer_dtypes() | arrays.unsigned_integer_dtypes() | arrays.floating_dtypes()
    | arrays.boolean_dtypes() | arrays.unicode_string_dtypes(max_len=5)
    | arrays.byte_string_dtypes(max_len=5) | arrays.complex_number_dtypes()
    | arrays.datetime64_dtypes() | arrays.array_dtypes()
)  # fmt: skip
ARRAYS = arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6))


def _npz(found, compressed=False):
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **found)
    return stream.getvalue()


@st.composite
def _archives(draw):
    names = st.sampled_from(["X", "y", "x_train", "y_train", "X.npy", "a/b"])
    found = draw(st.dictionaries(names, ARRAYS, max_size=3))
    if draw(st.booleans()):  # nearly right
        samples = draw(st.integers(1, 8))
        floats = arrays.arrays(float, (samples, draw(st.integers(1, 4))))
        found = {"X": draw(floats), "y": draw(arrays.arrays(DTYPES, samples))}
    return _npz(found, draw(st.booleans()))


@st.composite
def _members(draw):
    """An archive whose members are no arrays, or announce other ones."""
    stream = io.BytesIO()
    kinds = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA
    shape = st.lists(st.integers(-1, 10) | st.integers(0, 2**62), max_size=3).map(tuple)
    with zipfile.ZipFile(stream, "w", draw(st.sampled_from(kinds))) as archive:
        for name in draw(st.permutations(["X.npy", "y.npy"])):
            content = io.BytesIO()
            described = {
                "descr": draw(st.sampled_from(["<f8", "<i8", "|O", "<U3", "|S2", "V8", "x", ""])),
                "fortran_order": draw(st.booleans()),
                "shape": draw(shape),
            }
            with contextlib.suppress(ValueError):
                np.lib.format.write_array_header_1_0(content, described)
            archive.writestr(name, content.getvalue() + draw(st.binary(max_size=400)))
    return stream.getvalue()


def _read_npz(folder):
    _check_samples(*own_samples.read(folder / "own.npz"))


def _check_samples(x, y, group_a, group_b):
    assert np.isfinite(x).all()
    assert x.ndim == 2
    assert set(y) == {0, 1}
    assert len(x) == len(y)
    assert len(group_a) == len(group_b) == 1


def _npz_reader():
    draw = np.random.default_rng(0)
    good = _npz({"X": draw.normal(size=(30, 4)), "y": np.arange(30) % 2}, compressed=True)
    return Reader(_read_npz, "own.npz", good, _archives() | _members())


# A user's table


def _read_table(folder):
    _check_samples(*own_samples.read(folder / "own.csv"))


def _table_reader():
    draw = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'cat' if a > 0 else 'dog'}" for a, b in draw.normal(size=(30, 2))]
    good = ("first,second,label\n" + "\n".join(rows) + "\n").encode()
    cell = (
        st.integers().map(str) | st.floats().map(str) | st.text(max_size=4)
        | st.sampled_from(["", "nan", "1e999", "0x10", "1_000", '"', '"a,b"', "a", "b", "1.5"])
    )  # fmt: skip
    delimiter = st.sampled_from([",", ";", "\t"])
    end = st.sampled_from(["\n", "\r\n", "\r"])

    def written(table, between, end, mark):
        return (mark + end.join(between.join(row) for row in table)).encode("utf-8", "replace")

    any_rows = st.lists(st.lists(cell, max_size=4), max_size=6)
    near = st.lists(
        st.tuples(st.floats(-9, 9).map(str), cell, st.sampled_from(["a", "b"])), max_size=6
    )
    odd = st.builds(written, any_rows | near, delimiter, end, st.sampled_from(["", "\ufeff"]))
    return Reader(_read_table, "own.csv", good, odd)


# CIFAR-10


def _read_batch(folder):
    labels, images = cifar10_batch.read(folder, "test_batch")
    assert images.shape == (len(labels), 3072)
    assert images.dtype == np.uint8
    assert 0 <= labels.min() <= labels.max() <= 9


def _batch(images=12):
    draw = np.random.RandomState(0)
    return np.arange(images) % 10, draw.randint(256, size=(images, 3072), dtype=np.uint8)


def _binary_reader():
    labels, images = _batch()
    good = np.concatenate([labels[:, None].astype(np.uint8), images], axis=1).tobytes()
    records = st.lists(
        st.tuples(st.integers(0, 255), st.binary(min_size=1, max_size=5)), min_size=1, max_size=4
    )
    odd = records.map(
        lambda found: b"".join(bytes([label]) + (part * 3072)[:3072] for label, part in found)
    )
    return Reader(_read_batch, "test_batch.bin", good, odd)


def _pickle_reader():
    labels, images = _batch()
    good = pickle.dumps({b"labels": labels.tolist(), b"data": images}, protocol=2)
    plain = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5)
    nested = st.recursive(
        plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
    )
    pixels = arrays.arrays(np.uint8, st.tuples(st.integers(0, 3), st.sampled_from([0, 5, 3072])))
    content = st.fixed_dictionaries(
        {},
        optional={
            b"labels": ARRAYS | nested | st.lists(st.integers(-1, 12), max_size=4),
            "labels": ARRAYS | nested,
            b"data": pixels | ARRAYS | nested,
        },
    )
    protocols = st.integers(0, 5)
    odd = st.builds(pickle.dumps, content | nested | ARRAYS, protocols)
    return Reader(_read_batch, "test_batch", good, odd)


# A run's file


def _run():
    """A run of two seeds and four neurons, without any training."""
    width, time, samples = 4, np.array([0, 1, 5]), 2
    sizes = {"neuron": width, "time": len(time), "kept": width + 1, "input": 3, "output": 2}
    groups = {"group_a": ("east",), "group_b": ("west",)}
    config = Config(
        task="playground", **groups, per_class=samples, width=width, steps=5, seeds=(0, 3)
    ).plain()
    kinds = {"f": lambda shape: np.full(shape, 0.5), "i": lambda shape: np.zeros(shape, int)}
    return xr.Dataset(
        {
            name: (
                ("seed", *variable.dims),
                kinds[variable.kind]((2, *(sizes[dim] for dim in variable.dims))),
            )
            for name, variable in run_file.VARIABLES.items()
        },
        coords={"seed": [0, 3], "time": time, "kept": np.arange(width + 1)},
        attrs={
            "kind": run_file.KIND,
            "configuration": json.dumps(config),
            "versions": "{}",
            "data_hash": "0",
        },
    )


def _file(data, sealed=True):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.nc")
        data.to_netcdf(path, engine="h5netcdf")
        return run_file.sealed(path.read_bytes()) if sealed else path.read_bytes()


@st.composite
def _odd_runs(draw):
    """A run with one thing changed: values, dims, types, attributes."""
    data = _run()
    names = st.sampled_from([*run_file.VARIABLES, *run_file.COORDINATES])
    attributes = (
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False)
        | st.sampled_from(["{}", "[]", "null", '{"width": 3}'])
    )
    plain = st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(names)
        what = draw(st.sampled_from(["drop", "type", "value", "dim", "attribute", "field"]))
        if name not in data.variables:
            continue
        if what == "drop":
            data = data.drop_vars(name)
        elif what == "dim" and data[name].dims and "other" not in data.dims:
            data = data.rename({draw(st.sampled_from(data[name].dims)): "other"})
        elif what == "type":
            kind = draw(st.sampled_from(["f4", "i2", "U5", "u1", "b1"]))
            with contextlib.suppress(ValueError), np.errstate(all="ignore"):  # words as numbers
                data[name] = (data[name].dims, data[name].values.astype(kind))
        elif what == "value" and name in data.data_vars and data[name].size:
            values = data[name].values.copy()
            if values.dtype.kind in "if":
                extreme = [-1, 2, 10**15, -(2**62)] + [np.nan, np.inf] * (values.dtype.kind == "f")
                with np.errstate(all="ignore"):
                    values.flat[draw(st.integers(0, values.size - 1))] = np.array(
                        draw(st.sampled_from(extreme))
                    ).astype(values.dtype)
            data[name] = (data[name].dims, values)
        elif what == "attribute":
            data.attrs[draw(st.sampled_from(run_file.ATTRIBUTES))] = draw(attributes)
        elif what == "field":
            fields = json.loads(_run().attrs["configuration"])
            fields[draw(st.sampled_from([*fields, "more"]))] = draw(plain | st.lists(plain))
            data.attrs["configuration"] = json.dumps(fields)
    return _file(data, draw(st.booleans()))


def _read_run(folder):
    from racing_core.summary import summarise

    json.dumps(summarise(run_file.load(folder / "run.nc")), allow_nan=False)


def _run_reader():
    return Reader(_read_run, "run.nc", _file(_run()), _odd_runs())


def _unsealed_reader():
    """The same without a seal: HDF5, which loops for ever in some of them, must not see them."""
    return Reader(_read_run, "run.nc", _file(_run(), sealed=False), _odd_runs())


READERS = {
    "npz": _npz_reader,
    "csv": _table_reader,
    "cifar10-binary": _binary_reader,
    "cifar10-pickle": _pickle_reader,
    "run": _run_reader,
    "run-unsealed": _unsealed_reader,
}


def outcomes(name, inputs) -> Counter:
    """How so many inputs for a reader end; the last other exception is kept as `traceback`."""
    reader, counts = READERS[name](), Counter()
    with tempfile.TemporaryDirectory() as folder:

        @settings(
            max_examples=inputs,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(changed(reader.good) | reader.odd)
        def one(data):
            Path(folder, reader.name).write_bytes(data)
            counts[_outcome(reader, Path(folder))] += 1

        one()
    return counts


class _Hang(BaseException):
    """No reader catches it."""


def _outcome(reader, folder):
    def stop(*args):
        raise _Hang

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        reader.read(folder)
    except InputError as error:
        said = str(error)
        clean = said.endswith(".") and "\n" not in said and reader.name in said
        return "sentence" if clean else f"unclear: {said}"
    except _Hang:
        return "hang"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.alarm(0)
    return "read"


def _child(name, inputs):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = outcomes(name, inputs)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"counts": counts, "grown": round(grown / 1024)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("reader", nargs="?", choices=READERS)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        return _child(asked.reader, asked.inputs)
    print(f"{'reader':16}{'read':>8}{'sentence':>10}{'other':>8}{'hang':>6}{'MB more':>9}")
    for name in [asked.reader] if asked.reader else READERS:
        command = [sys.executable, __file__, name, "--inputs", str(asked.inputs), "--child"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:16} died with {done.returncode}\n{done.stderr[-2000:]}")
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        counts = told["counts"]
        known = {key: counts.pop(key, 0) for key in ("read", "sentence", "hang")}
        print(
            f"{name:16}{known['read']:8}{known['sentence']:10}{sum(counts.values()):8}"
            f"{known['hang']:6}{told['grown']:9}",
            flush=True,
        )
        for other, count in Counter(counts).most_common(5):
            print(f"--- {count} times\n{other[-1500:]}")
    return None


if __name__ == "__main__":
    main()
