"""How far a run can be repeated: to the bit, or to what `simulate` states of either module."""

import dataclasses

import numpy as np
import pytest
import torch

from racing_core import optimised
from racing_core.config import Config
from racing_core.run import simulate
from racing_core.training import Training

CONFIG = Config(task="digits", width=60, steps=1500, seeds=(0, 1), device="cpu")
THREADS = 1e-10  # relative, for other numbers of threads
SINGLE = 1e-4  # relative, for float32
ADAM = Training(
    task="digits", width=60, steps=100, seeds=(0, 1), device="cpu",
    optimizer="adam", lr=1e-3, batch=20,
)  # fmt: skip
SINGLE_ADAM = 0.1


def weights(config):
    train = optimised.simulate if isinstance(config, Training) else simulate
    return train(config).trajectory.parameters


@pytest.fixture(scope="module", params=[CONFIG, ADAM], ids=["descent", "adam"])
def first(request):
    """A configuration, and the weights that it gave."""
    return request.param, weights(request.param)


def test_the_same_configuration_gives_the_same_bits(first):
    config, before = first
    for found, expected in zip(weights(config), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def largest_difference(some, others):
    """Of any last weight, relative to the largest of its kind."""
    return max(
        abs(a[:, -1] - b[:, -1]).max() / abs(b[:, -1]).max()
        for a, b in zip(some, others, strict=True)
    )


def test_other_threads_change_no_more_than_rounding(first):
    config, expected = first
    before = torch.get_num_threads()
    try:
        for threads in {1, 2, 3} - {before}:
            torch.set_num_threads(threads)
            assert largest_difference(weights(config), expected) < THREADS
    finally:
        torch.set_num_threads(before)


def test_float32_stays_near(first):
    config, expected = first
    single = weights(dataclasses.replace(config, dtype="float32"))
    assert single.w_in.dtype == np.float32
    limit = SINGLE_ADAM if config is ADAM else SINGLE
    assert largest_difference(single, expected) < limit
