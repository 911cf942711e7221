"""Tickets: masked training is training, and what is chosen is what was asked for."""

import numpy as np
import pytest

from racing_core import tasks, tickets
from racing_core.config import Config
from racing_core.descent import descend, recorded_times
from racing_core.network import Parameters, initial

SMALL = {"task": "playground", "width": 30, "steps": 300, "seeds": (0, 1)}


@pytest.fixture(scope="module")
def neuron_tickets():
    return tickets.neuron_tickets(Config(**SMALL))


def test_masked_descent_is_descent_where_the_mask_is_open():
    config = Config(**SMALL)
    task = tasks.load("playground")
    starts = [initial(seed, 30, 2, 2, "fan_in", 0.01) for seed in config.seeds]
    start = Parameters(*(np.stack(part) for part in zip(*starts, strict=True)))
    times = recorded_times(config.steps)
    expected = descend(start, task.x, task.y, config.lr, times)
    everything = np.ones(start.w_in.shape, bool)
    end, loss, accuracy = tickets.masked_descent(start, everything, task.x, task.y, config, times)
    np.testing.assert_allclose(end.w_in, expected.parameters.w_in[:, -1], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(end.w_out, expected.parameters.w_out[:, -1], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(loss, expected.loss, rtol=1e-10)
    np.testing.assert_allclose(accuracy, expected.accuracy[:, -1])


def test_a_mask_stays_a_mask_and_leaves_the_start_alone():
    config = Config(**SMALL)
    task = tasks.load("playground")
    starts = [initial(seed, 30, 2, 2, "fan_in", 0.01) for seed in config.seeds]
    start = Parameters(*(np.stack(part) for part in zip(*starts, strict=True)))
    before = start.w_in.copy()
    mask = np.random.default_rng(0).random(start.w_in.shape) < 0.5
    end, _, _ = tickets.masked_descent(start, mask, task.x, task.y, config, np.array([0, 50]))
    assert not end.w_in[~mask].any()
    assert (end.w_in[mask] != before[mask]).all()
    np.testing.assert_array_equal(start.w_in, before)


def test_neuron_tickets_have_every_way_and_size(neuron_tickets):
    sizes = {10, 3, 1}
    for one in neuron_tickets:
        for size in sizes:
            for way in ("imp", "oneshot", "foreseen", "growing", "random", "redrawn"):
                assert 0 <= one[f"accuracy_{way}_{size}"] <= 1
            assert one[f"overlap_imp_{size}"] == 1
            assert 0 <= one[f"overlap_foreseen_{size}"] <= 1
        # The first round of pruning comes right after the one training that `oneshot` has.
        assert one["overlap_oneshot_10"] == 1
        assert one["loss_oneshot_10"] == one["loss_imp_10"]


def test_the_theory_beats_chance(neuron_tickets):
    told = np.mean([one["overlap_foreseen_10"] for one in neuron_tickets])
    chance = np.mean([one["overlap_random_10"] for one in neuron_tickets])
    assert told >= 0.8 > chance + 0.2


def test_weight_tickets():
    found = tickets.weight_tickets(Config(**SMALL | {"task": "digits", "width": 10, "steps": 200}))
    assert len(found) == 2
    for one in found:
        for size in (300, 100, 30, 10):
            assert one[f"overlap_imp_{size}"] == 1
            for way in ("oneshot", "foreseen", "magnitude", "random", "redrawn"):
                assert np.isfinite(one[f"loss_{way}_{size}"])
        assert one["overlap_oneshot_300"] == 1
        assert one["overlap_random_300"] == pytest.approx(0.3, abs=0.12)
