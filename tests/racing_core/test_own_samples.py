"""A user's own samples: labels are as they read, and groups of them as they are chosen."""

from pathlib import Path

import numpy as np
import pytest

from racing_core import own_samples, tasks
from racing_core.errors import InputError

X = np.random.default_rng(0).normal(size=(60, 4))
Y = np.arange(60) % 2


def saved(folder, y):
    file = folder / "own.npz"
    np.savez(file, X=X, y=y)
    return str(file)


def table(folder, y):
    file = folder / "own.csv"
    file.write_text(
        "\n".join(",".join(map(str, [*x, label])) for x, label in zip(X, y, strict=True))
    )
    return str(file)


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (np.where(Y, b"dog", b"cat"), ("cat", "dog")),
        (np.where(Y, "dog", "cat"), ("cat", "dog")),
        (np.where(Y, 2.5, 0), ("0.0", "2.5")),
        (Y.astype(bool), ("False", "True")),
        (np.where(Y, "Zürich".encode(), b"Bern"), ("Bern", "Zürich")),
        (np.where(Y, b"\xff", b"a"), ("\\xff", "a")),
        (np.where(Y, "dog ", " cat"), ("cat", "dog")),
    ],
    ids=["bytes", "words", "numbers", "bool", "utf-8", "latin-1", "blanks"],
)
def test_labels_are_named_as_they_read(y, names, tmp_path):
    _, labels, *found = own_samples.read(saved(tmp_path, y))
    assert found == [(name,) for name in names]
    np.testing.assert_array_equal(labels, Y if names[1] != "a" else 1 - Y)


@pytest.mark.parametrize("write", [saved, table])
def test_two_groups_of_many_labels_are_chosen(write, tmp_path):
    y = np.arange(60) % 12  # 10 and 11 come after 9: as numbers, and not as words
    file = write(tmp_path, y)
    x, labels, a, b = own_samples.read(file, ("3", "11"), ("0",))
    assert (a, b) == (("3", "11"), ("0",))
    chosen = np.isin(y, (0, 3, 11))
    np.testing.assert_array_equal(x, X[chosen])
    np.testing.assert_array_equal(labels, y[chosen] == 0)
    _, other, *_ = own_samples.read(file, ("1",), ("0",))
    np.testing.assert_array_equal(other, y[y < 2] == 0)  # the larger label first
    _, labels, a, b = own_samples.read(write(tmp_path, y % 2 + 9))
    assert (a, b) == (("9",), ("10",))
    np.testing.assert_array_equal(labels, y % 2)


GROUPS = {
    "none": ((), (), "12 different labels (0, 1, 2, 3, 4, ...), but there must be two; name two"),
    "only one": (("3",), (), "group_b is empty; name labels"),
    "unknown": (("3",), ("12",), "no label '12' for group_b"),
    "twice": (("3", "3"), ("4",), "group_a 3,3 names a label twice"),
    "in both": (("3", "4"), ("4",), "'4' is in group_a and in group_b"),
}  # fmt: skip


@pytest.mark.parametrize("write", [saved, table])
@pytest.mark.parametrize("case", GROUPS)
def test_groups_that_cannot_be_are_told(case, write, tmp_path):
    group_a, group_b, part = GROUPS[case]
    with pytest.raises(InputError) as refused:
        own_samples.read(write(tmp_path, np.arange(60) % 12), group_a, group_b)
    assert part in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(("write", "ending"), [(saved, ".NPZ"), (table, ".Csv")])
def test_an_ending_in_capitals_is_one(write, ending, tmp_path):
    file = Path(write(tmp_path, Y)).rename(tmp_path / f"own{ending}")
    np.testing.assert_array_equal(tasks.load(str(file)).y, Y)


def test_one_label_is_too_few_and_arrays_have_no_columns(tmp_path):
    with pytest.raises(InputError, match=r"has the label 0.0 alone, .*add samples of another"):
        own_samples.read(saved(tmp_path, np.zeros(60)))
    with pytest.raises(InputError, match="leave out label"):
        own_samples.read(saved(tmp_path, Y), label="y")


def test_a_refusal_is_one_line_whatever_the_labels_are(tmp_path):
    with pytest.raises(InputError, match=r"has 3 different labels \(a\\nb, ") as refused:
        own_samples.read(saved(tmp_path, np.resize(["a\nb", "c", "d"], 60)))
    assert "\n" not in str(refused.value)
