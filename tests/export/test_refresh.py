"""Refreshing docs/data: all or nothing, the study's files kept, and no NaN on the way."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from jinja2 import Environment, StrictUndefined

from export import refresh
from export.charts import FIGURES
from export.data import base, evidence, home
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.run import simulate


@pytest.fixture(scope="module")
def run():
    """A small run with four clusters, in which the loss falls."""
    return simulate(Config(task="playground", width=60, lr=1.0, steps=300)).run(0)


@pytest.fixture
def folders(tmp_path):
    """docs/data as it was, and what is to take its place."""
    out, new = tmp_path / "data", tmp_path / ".data.new"
    for folder in (out, new):
        folder.mkdir()
        (folder / "race.json").write_text(folder.name)
    return out, new


def test_the_new_folder_takes_the_place_of_the_old(folders):
    out, new = folders
    refresh._replace(out, new)
    assert (out / "race.json").read_text() == ".data.new"
    assert [file.name for file in out.parent.iterdir()] == ["data"]


def test_the_old_folder_is_put_back_if_the_new_one_cannot_be_moved(folders, monkeypatch):
    out, new = folders
    rename = Path.rename

    def fails_for_the_new(path, target):
        if path == new:
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new)
    with pytest.raises(InputError, match="No space left"):
        refresh._replace(out, new)
    assert (out / "race.json").read_text() == "data"


def test_what_is_not_a_number_is_null_or_refused():
    assert base.significant(np.array([0.12345, np.nan, np.inf]), 3) == [0.123, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        base.as_json({"about": "", "rows": [{"loss": float("nan")}]})


def test_the_studys_files_are_left_alone(run, tmp_path, monkeypatch):
    out = tmp_path / "data"
    (out / "evidence").mkdir(parents=True)
    (out / "evidence" / "claims.json").write_text("the study's")
    (out / "evidence" / "gone.json").write_text("nobody's")
    monkeypatch.setattr(refresh, "_files", lambda run: {"home/race.json": b"{}"})
    (tmp_path / "new").mkdir()
    refresh._write_all(tmp_path / "new", run, refresh._study(out))
    refresh._replace(out, tmp_path / "new")
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    assert files == {"evidence/claims.json", "home/race.json", "manifest.json"}
    assert (out / "evidence" / "claims.json").read_text() == "the study's"
    manifest = json.loads((out / "manifest.json").read_text())
    assert set(manifest["files"]) == {"evidence/claims.json", "home/race.json"}
    assert "evidence/claims.json" in evidence.FILES


def test_a_loss_that_never_drops_has_no_step_of_its_drop(run):
    """It was taken for a drop at step 0, and the caption said so."""
    flat = dataclasses.replace(run, loss=np.full_like(run.loss, np.log(2)))
    steps = [home.numbers(one)["numbers"]["drop_step"]["value"] for one in (run, flat)]
    assert steps == [int(run.time[np.flatnonzero(run.loss < 0.9 * run.loss[0])[0]]), None]
    captions = [
        Environment(undefined=StrictUndefined)
        .from_string(FIGURES["loss"].caption)
        .render(n={"drop_step": step})
        for step in steps
    ]
    assert f"step {steps[0]}" in captions[0]
    assert captions[1] == "The loss of the same run."


def test_a_file_is_one_row_per_line():
    content = base.table("A table.", {"step": base.STEP}, [{"step": 0}, {"step": 1}], opening=1)
    text = base.as_json(base.signed(content, "`racing refresh`", "a function")).decode()
    assert '\n  {"step":0},\n  {"step":1}\n' in text
    assert list(json.loads(text))[:3] == ["about", "source", "made_by"]
