"""Pruning and merging."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racing_core import capacity
from racing_core.network import Parameters, forward, loss_and_accuracy


def test_pruning_curve_is_what_evaluating_each_network_gives():
    random = np.random.RandomState(0)
    parameters = Parameters(
        random.standard_normal((7, 4)), random.standard_normal(7), random.standard_normal((2, 7))
    )
    x, y = random.standard_normal((30, 4)), random.randint(2, size=30)
    strength = random.uniform(size=7)
    kept, loss, accuracy = capacity.pruning_curve(parameters, x, y, strength)
    assert kept.tolist() == list(range(8))
    for count in kept:
        strongest = np.argsort(-strength)[:count]
        expected = loss_and_accuracy(forward(capacity.keep(parameters, strongest), x)[0], y)
        np.testing.assert_allclose((loss[count], accuracy[count]), expected)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 4), width=st.integers(1, 12))
def test_merging_parallel_neurons_leaves_the_function_unchanged(seed, count, width):
    random = np.random.RandomState(seed)
    labels = np.sort(random.randint(count, size=width))
    labels = np.unique(labels, return_inverse=True)[1]
    direction = random.standard_normal((labels.max() + 1, 5))[labels]
    total = random.uniform(0.01, 10, (width, 1)) * direction
    # Incoming vectors are parallel in a cluster; outgoing ones may point anywhere.
    parameters = Parameters(total[:, :4], total[:, 4], random.standard_normal((2, width)))
    x = random.standard_normal((20, 4))
    merged = capacity.merge(parameters, labels)
    assert merged.w_in.shape == (labels.max() + 1, 4)
    np.testing.assert_allclose(forward(merged, x)[0], forward(parameters, x)[0], atol=1e-10)


def test_merging_drops_what_is_labelled_so_and_survives_dead_clusters():
    parameters = Parameters(np.eye(3), np.zeros(3), np.array([[1.0, 2, 0], [0, 0, 0]]))
    merged = capacity.merge(parameters, np.array([-1, 0, 1]))
    logits, _ = forward(merged, np.eye(3))
    np.testing.assert_allclose(logits, [[0, 0], [2, 0], [0, 0]])


def test_live_clusters_are_those_that_carry_a_hundredth_of_the_strongest():
    labels = np.array([0, 0, 1, 2, 3])
    strength = np.array([50.0, 50, 0.5, 1, 2])
    assert capacity.live_clusters(labels, strength).tolist() == [0, 0, -1, 1, 2]


def test_the_best_threshold_mends_a_lost_balance() -> None:
    """Margins that are all on one side, but in order: a threshold tells the labels apart."""
    y = np.array([1, 0, 1, 0, 0])
    margin = np.array([0.1, 0.5, 0.2, 0.6, 0.4])
    threshold = capacity.best_threshold(margin, y)
    np.testing.assert_array_equal(margin > threshold, y == 0)
    assert capacity.best_threshold(-margin, 1 - y) == pytest.approx(-threshold)


@pytest.mark.parametrize("y", [[0, 0, 0, 1], [1, 1, 1, 0]])
def test_equal_margins_cannot_be_told_apart(y) -> None:
    """A dead network guesses one label for all, whatever the threshold."""
    y, margin = np.array(y), np.zeros(4)
    guess = margin > capacity.best_threshold(margin, y)
    assert len(set(guess)) == 1
    assert (guess == (y == 0)).mean() == 0.75


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=12),
)
def test_no_threshold_is_better(samples) -> None:
    margin = np.array([float(m) for m, _ in samples])
    zero = np.array([label for _, label in samples])
    best = ((margin > capacity.best_threshold(margin, 1 - zero)) == zero).mean()
    every = [((margin > t) == zero).mean() for t in np.arange(-4, 4.5, 0.5)]
    assert best == pytest.approx(max(every))
