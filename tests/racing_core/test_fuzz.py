"""A small fixed sample of the inputs of tests/fuzz: each is read, or told in one sentence."""

import pickle

import numpy as np
import pytest
from fuzz import readers

from racing_core import cifar10_batch
from racing_core.errors import InputError

INPUTS = 40


@pytest.mark.parametrize("name", readers.READERS)
def test_no_input_ends_in_anything_but_a_sentence(name):
    counts = readers.outcomes(name, INPUTS)
    assert set(counts) <= {"read", "sentence"}
    assert counts["sentence"] > INPUTS / 4


class Announced:
    """In a pickle it is an array of bytes of that shape, of which none is there."""

    def __init__(self, *shape):
        self.shape = shape

    def __reduce__(self):
        return np._core.multiarray._reconstruct, (np.ndarray, self.shape, b"B")


def nested(depth):
    """A list of two lists of two lists; each is in a pickle once."""
    found = [1]
    for _ in range(depth):
        found = [found, found]
    return found


BOMBS = {
    "an array": Announced(5 * 10**9),
    "lists": {b"labels": nested(27), b"data": np.ones((2, 3072), np.uint8)},
    "images": {b"labels": list(range(10)), b"data": Announced(10, 3072)},
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_pickle_that_announces_more_than_it_holds_is_told(case, tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "SECONDS", 2)
    (tmp_path / "test_batch").write_bytes(pickle.dumps(BOMBS[case], protocol=2))

    def read(folder):
        with pytest.raises(InputError, match="test_batch is cut off, damaged"):
            cifar10_batch.read(folder, "test_batch")

    assert readers._outcome(readers.Reader(read, "", b"", None), tmp_path) == "read"


def test_another_end_would_be_told(monkeypatch):
    def fails(folder):
        raise ValueError("not a sentence")

    reader = readers.Reader(fails, "own.npz", b"good", readers.st.just(b"odd"))
    monkeypatch.setitem(readers.READERS, "npz", lambda: reader)
    [told] = readers.outcomes("npz", 5)
    assert "ValueError: not a sentence" in told
