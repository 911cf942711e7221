"""Tickets: masked training is training, and what is chosen is what was asked for."""

import numpy as np
import pytest

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation, descend, recorded_times
from racing_core.errors import InputError
from racing_core.network import batch, initial
from racing_core.study import tickets

SMALL = {"task": "playground", "width": 30, "steps": 300, "seeds": (0, 1)}


@pytest.fixture(scope="module")
def neuron_tickets():
    config = Config(**SMALL)
    task = tasks.load("playground")
    found = tickets.neuron_tickets(config, task, Rotation(task.x))
    return [one["tickets"] for one in found]


def start_of(config, inputs):
    return initial(0, config.width, inputs, inputs, "fan_in", 0.01)


@pytest.mark.parametrize("name", ["playground", "wide"])
def test_masked_descent_is_descent_where_the_mask_is_open(name):
    """Both ways to step: few inputs, and more inputs than samples."""
    config = Config(**SMALL)
    task = tasks.load("playground")
    x = task.x if name == "playground" else np.random.default_rng(0).normal(size=(200, 230)) / 15
    start = start_of(config, x.shape[1])
    times = recorded_times(config.steps)
    expected = descend(batch([start]), x, task.y, config.lr, times)
    everything = np.ones(start.w_in.shape, bool)
    end, told, loss, accuracy = tickets.masked_descent(start, everything, x, task.y, config)
    np.testing.assert_array_equal(told, times)
    np.testing.assert_allclose(end.w_in, expected.parameters.w_in[0, -1], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(end.b, expected.parameters.b[0, -1], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(end.w_out, expected.parameters.w_out[0, -1], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(loss, expected.loss[0], rtol=1e-10)
    assert accuracy == expected.accuracy[0, -1]


def test_masked_descent_is_the_same_by_inputs_and_by_samples():
    """A mask of half the weights: once in 64 inputs, once in 201, most of which are always 0."""
    config = Config(**SMALL | {"task": "digits"})
    task = tasks.load("digits")
    start = start_of(config, 64)
    mask = np.random.default_rng(0).random(start.w_in.shape) < 0.5
    few = tickets.masked_descent(start, mask, task.x, task.y, config)
    more = ((0, 0), (0, 201 - 64))
    padded = start._replace(w_in=np.pad(start.w_in, more))
    many = tickets.masked_descent(padded, np.pad(mask, more), np.pad(task.x, more), task.y, config)
    np.testing.assert_allclose(many[0].w_in[:, :64], few[0].w_in, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(many[2], few[2], rtol=1e-10)


def test_a_mask_stays_a_mask_and_leaves_the_start_alone():
    config = Config(**SMALL | {"steps": 50})
    task = tasks.load("playground")
    start = start_of(config, 2)
    before = start.w_in.copy()
    mask = np.random.default_rng(0).random(start.w_in.shape) < 0.5
    end, *_ = tickets.masked_descent(start, mask, task.x, task.y, config)
    assert not end.w_in[~mask].any()
    assert (end.w_in[mask] != before[mask]).all()
    np.testing.assert_array_equal(start.w_in, before)


def test_training_ends_once_it_has_learnt():
    config = Config(**SMALL | {"lr": 0.4, "steps": 3000})
    task = tasks.load("playground")
    start = start_of(config, 2)
    everything = np.ones(start.w_in.shape, bool)
    _, times, loss, _ = tickets.masked_descent(start, everything, task.x, task.y, config)
    assert times[-1] < 3000
    assert loss[-1] < tickets.LEARNT < loss[-2]


def test_neuron_tickets_have_every_way_and_size(neuron_tickets):
    for one in neuron_tickets:
        assert set(one) == {"imp", "oneshot", "foreseen", "sided", "growing", "random", "redrawn"}
        for way, by_size in one.items():
            assert set(by_size) == {"3", "1"}
            assert all(0 <= ticket["accuracy"] <= 1 for ticket in by_size.values())
            assert all(("overlap" in ticket) == (way != "redrawn") for ticket in by_size.values())
        assert [ticket["overlap"] for ticket in one["imp"].values()] == [1, 1]


def test_the_theory_beats_chance(neuron_tickets):
    told = np.mean([one["foreseen"]["3"]["overlap"] for one in neuron_tickets])
    chance = np.mean([one["random"]["3"]["overlap"] for one in neuron_tickets])
    assert told >= 0.6 > chance + 0.2


def test_weight_tickets():
    """Every way and size; a choice drawn at random meets pruning's as often as chance has it."""
    config = Config(**SMALL | {"task": "digits", "width": 20, "steps": 200})
    found = tickets.weight_tickets(config, tasks.load("digits"), None)
    assert len(found) == 2
    for one in (network["tickets"] for network in found):
        assert set(one) == {"imp", "oneshot", "foreseen", "random", "redrawn"}
        for size in ("100", "30", "10"):
            assert one["imp"][size]["overlap"] == 1
            for by_size in one.values():
                ticket = by_size[size]
                assert ticket["learnt"] == (ticket["loss"] < tickets.LEARNT)
            assert one["imp"][size]["lies_in"] < one["random"][size]["lies_in"] <= 1
        assert one["random"]["100"]["overlap"] == pytest.approx(0.1, abs=0.1)
        assert one["foreseen"]["100"]["overlap"] > 0.2 < one["oneshot"]["100"]["overlap"]


@pytest.mark.parametrize("kind", [tickets.neuron_tickets, tickets.weight_tickets])
def test_tickets_are_trained_on_the_device_that_is_asked_for(kind, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    task = tasks.load("playground")
    with pytest.raises(InputError, match="no CUDA GPU"):
        kind(Config(**SMALL | {"device": "cuda"}), task, Rotation(task.x))
