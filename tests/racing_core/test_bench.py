"""`racing bench`: each figure has its turns, and the curves meet their theory at the base."""

import json

import pytest
from rich.console import Console

from export.data import reference
from racing_core import bench, terminal

SMALL = {"width": 6, "samples": 10, "inputs": 12, "networks": 1}


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr(bench, "BASE", SMALL)
    monkeypatch.setattr(bench, "CURVES", {name: (at, 2 * at) for name, at in SMALL.items()})
    for name, value in {"STEPS": 1, "TURNS": 3, "ROUNDS": 2, "TEXTBOOK_STEPS": 2, "TRAINED": 20,
                        "LARGE": 32}.items():  # fmt: skip
        monkeypatch.setattr(bench, name, value)
    monkeypatch.setattr(bench, "_commands", list)  # whole processes take seconds each
    done = []
    found = bench.bench(lambda: done.append(1))
    assert len(done) == bench.PARTS
    return found


def test_every_figure_has_its_turns(measured):
    assert len(measured["rows"]) == 2 + 2 * 3
    for row in measured["rows"]:
        assert 0 < row["low"] <= row["median"] <= row["high"], row
    shares = [row for row in measured["rows"] if row["unit"] == "share of a step"]
    assert len(shares) == 2


def test_the_theory_goes_through_the_base_and_grows_with_the_products(measured):
    for name, at in SMALL.items():
        base, doubled = [row for row in measured["curves"] if row["variable"] == name]
        assert (base["value"], doubled["value"]) == (at, 2 * at)
        assert base["theory"] == base["ms"]
        # Twice the samples: four times the products of samples, until they span all inputs.
        grown = {"width": 2, "samples": 4, "inputs": 1, "networks": 2}[name]
        assert doubled["theory"] == pytest.approx(grown * base["ms"])


def test_it_is_printed_and_published(measured, tmp_path, capsys):
    terminal.bench(measured, Console(width=120))
    told = capsys.readouterr().out
    assert all(row["what"] in told for row in measured["rows"])
    assert reference.publish(tmp_path, measured) == ["reference/bench.json"]
    content = json.loads((tmp_path / "reference" / "bench.json").read_text("utf-8"))
    assert [row.keys() for row in content["rows"]] == [content["fields"].keys()] * 8
    assert content["machine"] == measured["machine"]
    assert "made_by" in content
