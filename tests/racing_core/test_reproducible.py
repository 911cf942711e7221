"""How far a run can be repeated: to the bit, or to what `racing_core.run.simulate` states."""

import numpy as np
import pytest
import torch

from racing_core.config import Config
from racing_core.run import simulate

CONFIG = Config(task="digits", width=60, steps=1500, seeds=(0, 1), device="cpu")
THREADS = 1e-10  # relative, for other numbers of threads
SINGLE = 1e-4  # relative, for float32


def weights(config=CONFIG):
    return simulate(config).trajectory.parameters


@pytest.fixture(scope="module")
def first():
    return weights()


def test_the_same_configuration_gives_the_same_bits(first):
    for found, before in zip(weights(), first, strict=True):
        np.testing.assert_array_equal(found, before)


def largest_difference(some, others):
    """Of any last weight, relative to the largest of its kind."""
    return max(
        abs(a[:, -1] - b[:, -1]).max() / abs(b[:, -1]).max()
        for a, b in zip(some, others, strict=True)
    )


def test_other_threads_change_no_more_than_rounding(first):
    before = torch.get_num_threads()
    try:
        for threads in {1, 2, 3} - {before}:
            torch.set_num_threads(threads)
            assert largest_difference(weights(), first) < THREADS
    finally:
        torch.set_num_threads(before)


def test_float32_stays_near(first):
    single = weights(Config(**CONFIG.plain() | {"dtype": "float32", "data_dir": None}))
    assert largest_difference(single, first) < SINGLE
