"""Proposition 1 of the appendix, line by line: small steps with errors and gates held."""

import numpy as np
import pytest
import torch

from racing_core import theory
from racing_core.network import initial

ARRIVED = 0.9
STEP = 1e-3  # of a growth time, 1 / rate


@pytest.fixture(scope="module")
def network():
    """A small random network, its samples and labels."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(30, 4)), np.arange(30) % 2
    return initial(0, 40, 4, 4, "fan_in", 0.01), x, y


@pytest.fixture(scope="module")
def held(network):
    """p, c (steps, d) and the rest of W (d,), by steps along a pull that is held; and its rate."""
    start = theory.modes(*network)
    p, c = start.growing + start.decaying, start.growing - start.decaying
    paths = [(p, c)]
    for _ in range(9000):
        p, c = p + STEP * c, c + STEP * p  # dt = STEP / rate
        paths.append((p, c))
    p, c = np.array(paths).transpose(1, 0, 2)
    return start, p, c, start.aside_in


def test_the_two_equations_by_automatic_differentiation(network):
    parameters, x, y = network
    w_in, b, w_out = (torch.tensor(part, requires_grad=True) for part in parameters)
    logits = torch.relu(torch.tensor(x) @ w_in.T + b) @ w_out.T
    torch.nn.functional.cross_entropy(logits, torch.tensor(y)).backward()
    moved = -torch.cat([w_in.grad, b.grad[:, None]], 1).numpy()
    c = (parameters.w_out[0] - parameters.w_out[1]) / np.sqrt(2)
    gamma = theory.pull(*network)
    np.testing.assert_allclose(moved, np.sqrt(2) * c[:, None] * gamma, atol=1e-12)
    total = np.concatenate([parameters.w_in, parameters.b[:, None]], axis=1)
    moved_c = -(w_out.grad[0] - w_out.grad[1]).numpy() / np.sqrt(2)
    np.testing.assert_allclose(moved_c, np.sqrt(2) * (total * gamma).sum(1), atol=1e-12)


def test_line_one_the_sum_grows_and_the_difference_dies(held):
    _, p, c, _ = held
    time = STEP * np.arange(len(p))[:, None]
    np.testing.assert_allclose(p + c, (p[0] + c[0]) * np.exp(time), rtol=0.01)
    np.testing.assert_allclose(p - c, (p[0] - c[0]) * np.exp(-time), rtol=0.01)


def test_line_two_the_time_to_arrive(held):
    _, p, c, rest = held
    cosine = abs(p) / np.hypot(p, rest)
    arrived = (cosine >= ARRIVED).argmax(0)
    late = arrived > 2000  # where what dies has died
    ratio = ARRIVED / np.sqrt(1 - ARRIVED**2)
    told = np.log(2 * ratio * rest / abs(p[0] + c[0]))
    assert late.sum() > 20
    np.testing.assert_allclose(STEP * arrived[late], told[late], rtol=0.02)


def test_line_three_leads_are_squared(held):
    _, p, c, _ = held
    size = abs(p * c)[-1]
    start = (p[0] + c[0]) ** 2
    np.testing.assert_allclose(size / size[0], start / start[0], rtol=0.01)


def test_line_four_a_sign_changes_once_and_when(held):
    _, p, c, _ = held
    changes = (np.diff(np.sign(c), axis=0) != 0).sum(0)
    locked = np.sign(c[0]) != np.sign(p[0] + c[0])
    assert 0 < locked.sum() < len(locked)
    np.testing.assert_array_equal(changes, locked)
    when = STEP * (np.sign(c) != np.sign(c[0])).argmax(0)[locked]
    told = np.log((p[0, locked] - c[0, locked]) / (p[0, locked] + c[0, locked])) / 2
    np.testing.assert_allclose(when, told, atol=0.01)
