"""Refreshing docs/data: all or nothing, the study's files kept, and no NaN on the way."""

import dataclasses
import json

import numpy as np
import pytest
from rich.progress import Progress

from export import refresh
from export.data import base, home
from racing_core import capacity
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.network import forward, loss_and_accuracy
from racing_core.run import simulate


@pytest.fixture(scope="module")
def run():
    """A small run with four clusters, in which the loss falls."""
    return simulate(Config(task="playground", width=60, lr=1.0, steps=300)).run(0)


def test_what_is_not_a_number_is_null_or_refused():
    assert base.significant(np.array([0.12345, np.nan, np.inf]), 3) == [0.123, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        base.as_json({"about": "", "rows": [{"loss": float("nan")}]})


class Trained:
    """What `simulate` gives, of one run that is there."""

    def __init__(self, run):
        self.run = lambda index: run


def test_what_other_commands_publish_is_left_alone(run, tmp_path, monkeypatch):
    out = tmp_path / "data"
    (out / "evidence").mkdir(parents=True)
    (out / "evidence" / "claims.json").write_text("the study's")
    (out / "reference").mkdir()
    (out / "reference" / "bench.json").write_text("the benchmark's")
    (out / "evidence" / "gone.json").write_text("nobody's")
    (out / "manifest.json").write_text("{}")
    monkeypatch.setattr(refresh, "_files", lambda run: {"home/race.json": b"{}"})
    monkeypatch.setattr(refresh, "simulate", lambda *args: Trained(run))
    refresh.refresh(out, None, Progress(disable=True))
    kept = {"evidence/claims.json", "reference/bench.json"}
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    assert files == {*kept, "home/race.json", "manifest.json"}
    assert (out / "evidence" / "claims.json").read_text() == "the study's"
    manifest = json.loads((out / "manifest.json").read_text())
    assert set(manifest["files"]) == {*kept, "home/race.json"}


def test_a_folder_of_other_files_is_not_replaced(tmp_path, monkeypatch):
    """It took the place of whatever was there: a home folder, or a file."""
    monkeypatch.setattr(refresh, "simulate", lambda *args: pytest.fail("it has started"))
    (tmp_path / "thesis.tex").write_text("mine")
    for out, part in ((tmp_path, "holds other files"), (tmp_path / "thesis.tex", "is no folder")):
        with pytest.raises(InputError, match=part):
            refresh.refresh(out, None, Progress(disable=True))
    assert (tmp_path / "thesis.tex").read_text() == "mine"


def test_a_loss_that_never_drops_has_no_step_of_its_drop(run):
    """It was taken for a drop at step 0."""
    flat = dataclasses.replace(run, loss=np.full_like(run.loss, np.log(2)))
    steps = [home.numbers(one)["numbers"]["drop_step"]["value"] for one in (run, flat)]
    assert steps == [int(run.time[np.flatnonzero(run.loss < 0.9 * run.loss[0])[0]]), None]


def test_what_pruning_tells_is_what_the_pruned_network_does(run):
    content = home.pruning(run)
    final, order = run.norm_product[-1], content["random_order"]
    for kept in (0, 1, 7, 60):
        row = content["rows"][kept]
        random = capacity.keep(run.at(-1), np.array(order[:kept], int))
        for way, left in (("largest", capacity.prune(run.at(-1), final, kept)), ("random", random)):
            loss, accuracy = loss_and_accuracy(forward(left, run.x)[0], run.y)
            assert row[way] == pytest.approx(accuracy)
            assert row[f"{way}_loss"] == pytest.approx(loss, rel=0.01)
            held_out = capacity.keep(run.whole(), np.isin(run.w_in[-1], left.w_in).all(1))
            _, accuracy = loss_and_accuracy(
                forward(held_out, run.x_held_out)[0], run.task.y_held_out
            )
            assert row[f"{way}_held_out"] == pytest.approx(accuracy)


def test_an_animation_is_slow_where_the_race_is_decided():
    time = np.unique(np.r_[0, np.geomspace(1, 10_000, 300).round().astype(int)])
    clock = base.clock(time, time[-1])
    assert clock[0] == 0
    assert clock[-1] == 1
    assert (np.diff(clock) > 0).all()
    decided = (time >= 60) & (time <= 600)
    assert np.ptp(clock[decided]) > 0.6
    assert set(base.clock_indices(time)) <= set(range(len(time)))


def test_a_file_is_one_row_per_line():
    content = base.table("A table.", {"step": base.STEP}, [{"step": 0}, {"step": 1}], opening=1)
    text = base.as_json(base.signed(content, "`racing refresh`", "a function")).decode()
    assert '\n  {"step":0},\n  {"step":1}\n' in text
    assert list(json.loads(text))[:3] == ["about", "source", "made_by"]
