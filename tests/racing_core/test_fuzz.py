"""A small fixed sample of the inputs of tests/fuzz: each is read, or told in one sentence."""

import pytest
from fuzz import readers

INPUTS = 40


@pytest.mark.parametrize("name", readers.READERS)
def test_no_input_ends_in_anything_but_a_sentence(name):
    counts = readers.outcomes(name, INPUTS)
    assert set(counts) <= {"read", "sentence"}
    assert counts["sentence"] > INPUTS / 4


def test_another_end_would_be_told(monkeypatch):
    def fails(folder):
        raise ValueError("not a sentence")

    reader = readers.Reader(fails, "own.npz", b"good", readers.st.just(b"odd"))
    monkeypatch.setitem(readers.READERS, "npz", lambda: reader)
    [told] = readers.outcomes("npz", 5)
    assert "ValueError: not a sentence" in told
