"""The published data is what the code makes: the default run again, and a cell of the study."""

import json
import math
from pathlib import Path

import pytest
from rich.progress import Progress

from export import refresh

DATA = Path(__file__).parents[2] / "docs" / "data"
# Rounding differs between processors: a last published digit may, and what is rounding itself.
RELATIVE, ABSOLUTE = 0.02, 1e-9


@pytest.fixture(scope="module")
def again(cifar10, tmp_path_factory):
    """The folder that `racing refresh` writes now."""
    folder = tmp_path_factory.mktemp("refresh") / "data"
    with Progress(disable=True) as progress:
        refresh.refresh(folder, None, progress)
    return folder


def differences(old, new, place=""):
    """Where two JSON values differ, by more than rounding."""
    if isinstance(old, dict) and isinstance(new, dict):
        if list(old) != list(new):
            return [f"{place}: {sorted(old.keys() ^ new.keys())}"]
        return [one for key in old for one in differences(old[key], new[key], f"{place}/{key}")]
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return [f"{place}: {len(old)} entries, now {len(new)}"]
        return [
            one
            for i, pair in enumerate(zip(old, new, strict=True))
            for one in differences(*pair, f"{place}/{i}")
        ]
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (old, new))
    same = math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE) if numbers else old == new
    return [] if same else [f"{place}: {old}, now {new}"]


def test_refresh_makes_the_published_files(again):
    def own(folder):
        return {
            file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
        } - set(refresh.OTHERS)

    assert own(again) == own(DATA)
    found = []
    for name in sorted(own(again) - {"manifest.json"}):
        if name.endswith(".json"):
            old, new = (json.loads((f / name).read_text("utf-8")) for f in (DATA, again))
            found += differences(old, new, name)
        elif name.startswith("article/") and name.endswith(".png"):
            assert (DATA / name).read_bytes() == (again / name).read_bytes(), name
    # A residual is rounding, and its power of ten may differ by one from machine to machine; so do
    # the hashes of files of numbers.
    rounding = ("residual", "_drift/value", "/sha256")
    assert [one for one in found if not any(name in one for name in rounding)] == []


def test_a_difference_would_be_found():
    assert differences({"a": [1.0, {"b": "x"}]}, {"a": [1.001, {"b": "x"}]}) == []
    assert differences({"a": 1.0}, {"a": 1.1}) == ["/a: 1.0, now 1.1"]
    assert differences({"a": [1]}, {"a": [1, 2]}) == ["/a: 1 entries, now 2"]
    assert differences({"a": "10"}, {"a": "11"}) == ["/a: 10, now 11"]
    assert differences({"a": None}, {"a": 0.0}) == ["/a: None, now 0.0"]
