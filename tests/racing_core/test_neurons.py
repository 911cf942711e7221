"""Neuron by neuron: norms, cosines, clusters, directions, arrival, in the full space."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racing_core import neurons
from racing_core.network import Parameters


def random_parameters(seed, width=6, inputs=5):
    random = np.random.RandomState(seed)
    return Parameters(
        random.standard_normal((width, inputs)),
        random.standard_normal(width),
        random.standard_normal((2, width)),
    )


def test_cosines_are_those_of_the_total_vectors_in_the_full_space():
    w_in, b, w_out = random_parameters(0)
    total = np.concatenate([w_in, b[:, None], w_out.T], axis=1)
    unit = total / np.linalg.norm(total, axis=1, keepdims=True)
    span, rest = w_in[:, :2], w_in[:, 2:]
    found = neurons.cosine_matrix(Parameters(span, b, w_out), rest @ rest.T)
    np.testing.assert_allclose(found, unit @ unit.T, atol=1e-12)


def test_a_neuron_without_weights_is_in_no_ones_cluster():
    w_in, b, w_out = random_parameters(0)
    w_in[2], b[2], w_out[:, 2] = 0, 0, 0
    cosine = neurons.cosine_matrix(Parameters(w_in, b, w_out))
    assert np.isfinite(cosine).all()
    labels = neurons.clusters(cosine)
    assert (labels == labels[2]).sum() == 1


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_clusters_do_not_depend_on_the_order_of_the_neurons(seed):
    random = np.random.RandomState(seed)
    directions = random.standard_normal((3, 4))
    w_in = directions[random.randint(3, size=12)] + 0.05 * random.standard_normal((12, 4))
    parameters = Parameters(w_in, np.zeros(12), np.zeros((2, 12)))
    labels = neurons.clusters(neurons.cosine_matrix(parameters))
    order = random.permutation(12)
    shuffled = parameters._replace(w_in=w_in[order])
    again = neurons.clusters(neurons.cosine_matrix(shuffled))
    same = labels[order][:, None] == labels[order]
    np.testing.assert_array_equal(again[:, None] == again, same)


def test_clusters_are_numbered_by_size_and_joined_by_chains():
    angles = np.radians([0, 90, 5, 95, 10, 200])  # cos 5 degrees > 0.99 > cos 10 degrees
    w_in = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cosine = neurons.cosine_matrix(Parameters(w_in, np.zeros(6), np.zeros((2, 6))))
    assert neurons.clusters(cosine).tolist() == [0, 1, 0, 1, 0, 2]


def test_target_direction_is_the_mean_of_unit_vectors():
    w_in = np.array([[10.0, 0.0], [0.0, 1.0], [-3.0, 0.0]])
    targets = neurons.target_directions(w_in, np.array([0, 0, 1]))
    np.testing.assert_allclose(targets, [[np.sqrt(0.5), np.sqrt(0.5)], [-1, 0]])


def test_alignment_counts_the_part_that_never_changes():
    full = random_parameters(3).w_in
    labels = np.array([0, 0, 1, 1, 1, 2])
    targets = neurons.target_directions(full, labels)
    earlier = np.random.RandomState(9).standard_normal((4, 6, 2))
    found = neurons.alignment(earlier, full[:, 2:], targets, labels)
    for t in range(4):
        for neuron in range(6):
            vector = np.r_[earlier[t, neuron], full[neuron, 2:]]
            cosine = vector @ targets[labels[neuron]] / np.linalg.norm(vector)
            assert found[t, neuron] == pytest.approx(cosine)


def test_shared_alignment_is_the_cosine_with_the_cluster_as_it_then_is():
    w_in = np.array([[[1.0, 0.0], [0.0, 2.0], [5.0, 0.0]], [[1.0, 0.0], [4.0, 0.0], [0.0, 0.0]]])
    found = neurons.alignment_shared(w_in, np.array([0, 0, 1]))
    np.testing.assert_allclose(found, [[np.sqrt(0.5), np.sqrt(0.5), 1], [1, 1, 0]])


def test_arrival_is_interpolated_and_never_is_nan():
    time = np.array([0, 10, 30])
    aligned = np.array([[0.0, 0.0, 0.95], [0.8, 0.1, 1.0], [1.0, 0.2, 1.0]])
    arrival = neurons.arrival_time(time, aligned, threshold=0.9)
    np.testing.assert_allclose(arrival, [20, np.nan, 0])


def test_norms_and_their_product():
    w_in, w_out = np.array([[3.0, 0.0]]), np.array([[0.0], [2.0]])
    assert neurons.norm_in(w_in, 16.0).tolist() == [5]
    assert neurons.norm_product(w_in, w_out, 16.0).tolist() == [10]
