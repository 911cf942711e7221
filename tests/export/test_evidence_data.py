"""Publishing the study's tables: a file each, told in the manifest, all else left alone."""

import json
from pathlib import Path

import pytest
from conftest import full_disk

from export.data import base, evidence
from racing_core.errors import InputError

PUBLISHED = Path(__file__).parents[2] / "docs" / "data" / "evidence"


@pytest.fixture
def tables():
    """The tables of the study and of the edge, read back from what is published."""
    found = {}
    for file in PUBLISHED.glob("*.json"):
        content = json.loads(file.read_text("utf-8"))
        if "numbers" in content:
            numbers = content["numbers"].items()
            found[file.stem] = {name: number["value"] for name, number in numbers}
        elif file.stem.startswith("edge"):
            told = ("about", "source", "made_by", "fields")
            found[file.stem] = {name: v for name, v in content.items() if name not in told}
        else:
            found[file.stem] = content["rows"]
    return found


def test_the_published_files_are_what_their_makers_make(tables, tmp_path):
    names = evidence.publish(tmp_path, tables)
    assert set(names) == set(evidence.FILES)
    for name in names:
        assert (tmp_path / name).read_bytes() == (PUBLISHED.parent / name).read_bytes(), name


def test_the_manifest_tells_the_new_files_beside_the_others(tables, tmp_path):
    manifest = {"command": "racing refresh", "files": {"home/race.json": {"bytes": 1}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "race.json").write_text("1")
    evidence.publish(tmp_path, tables)
    told = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert told["command"] == "racing refresh"
    assert set(told["files"]) == {"home/race.json", *evidence.FILES}
    for name in evidence.FILES:
        assert told["files"][name] == base.entry((tmp_path / name).read_bytes())
    assert (tmp_path / "home" / "race.json").read_text() == "1"


def test_on_a_full_disk_all_stays_as_it_was(tables, tmp_path):
    """The tables belong together, and the manifest to them."""
    base.publish(tmp_path, {name: {"about": "old"} for name in evidence.FILES})
    (tmp_path / "manifest.json").write_text('{"files": {}}')
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    largest = max((PUBLISHED.parent / name).stat().st_size for name in evidence.FILES)
    with full_disk(largest - 1), pytest.raises(InputError, match="File too large"):
        evidence.publish(tmp_path, tables)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.json")} == before
    assert len(before) == len(evidence.FILES) + 1


def test_a_table_with_nan_is_refused_before_anything_is_written(tables, tmp_path):
    tables["phase"][0]["loss"] = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        evidence.publish(tmp_path, tables)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
