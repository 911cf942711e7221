"""The slides' equations against autograd, and the linear theory against a real run."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from racing_core import run, theory
from racing_core.config import Config
from racing_core.network import Parameters

PHASES = (0, 60, 120, 160, 199)


@pytest.fixture(scope="module")
def real_run():
    """The default experiment on digits, which need no download: loss 0.69 to 0.02."""
    return run.simulate(Config(task="digits", width=60, steps=2000, device="cpu")).run()


def autograd(parameters, x, y) -> theory.Gradients:
    """The same derivatives from the loss itself, written with angles and norms as leaves."""
    w_in, b, w_out = (torch.tensor(np.asarray(part, float)) for part in parameters)
    x, y = torch.tensor(x), torch.tensor(y)
    norm_out = w_out.norm(dim=0).requires_grad_()
    phi = torch.atan2(w_out[1], w_out[0]).requires_grad_()
    norm_in = w_in.norm(dim=1)
    unit = torch.where(norm_in[:, None] > 0, w_in / norm_in[:, None], 0.0)
    norm_in = norm_in.requires_grad_()
    b = b.requires_grad_()

    def loss(theta, sideways):
        direction = torch.cos(theta)[:, None] * unit + torch.sin(theta)[:, None] * sideways
        hidden = torch.relu(x @ (norm_in[:, None] * direction).T + b)
        logits = hidden @ (norm_out * torch.stack([phi.cos(), phi.sin()])).T
        return torch.nn.functional.cross_entropy(logits, y)

    # theta turns in the plane of w1 and <gamma>, towards gamma: minus the gradient's own plane.
    with torch.enable_grad():
        w = (norm_in[:, None] * unit).detach().requires_grad_()
        logits = torch.relu(x @ w.T + b.detach()) @ w_out.T
        slope = -torch.autograd.grad(torch.nn.functional.cross_entropy(logits, y), w)[0]
    sideways = slope - (slope * unit).sum(1, keepdim=True) * unit
    length = sideways.norm(dim=1, keepdim=True)
    sideways = torch.where(length > 0, sideways / length, 0.0)
    theta = torch.zeros(len(unit), dtype=torch.float64, requires_grad=True)
    loss(theta, sideways).backward()
    return theory.Gradients(
        *(leaf.grad.numpy() for leaf in (phi, norm_out, theta, norm_in)), b.grad.numpy()
    )


def assert_equations(parameters, x, y, rtol=1e-9):
    """Equal up to rounding; 1e-12, as a saturated error is the small difference of two numbers."""
    ours, theirs = theory.gradients(parameters, x, y), autograd(parameters, x, y)
    for name in theory.Gradients._fields:
        expected, found = getattr(theirs, name), getattr(ours, name)
        scale = abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol, rtol * scale + 1e-12, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 9), st.integers(2, 12),
    st.floats(1e-3, 5),
)  # fmt: skip
def test_five_equations_at_random_parameters(seed, width, inputs, samples, scale):
    draw = np.random.default_rng(seed)
    parameters = Parameters(
        draw.normal(0, scale, (width, inputs)),
        draw.normal(0, scale, width),
        draw.normal(0, scale, (2, width)),
    )
    assert_equations(parameters, draw.normal(size=(samples, inputs)), draw.integers(0, 2, samples))


@pytest.mark.parametrize("phase", PHASES)
def test_five_equations_in_a_real_run(real_run, phase):
    assert_equations(real_run.at(phase), real_run.x, real_run.y)


def test_polar_angle_with_two_inputs():
    """With two inputs theta is the polar angle, up to the side on which gamma lies."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20, 2)), draw.integers(0, 2, 20)
    parameters = Parameters(draw.normal(size=(5, 2)), draw.normal(size=5), draw.normal(size=(2, 5)))
    w_in, b, w_out = (torch.tensor(part) for part in parameters)
    theta = torch.atan2(w_in[:, 1], w_in[:, 0]).requires_grad_()
    w = w_in.norm(dim=1)[:, None] * torch.stack([theta.cos(), theta.sin()], 1)
    logits = torch.relu(torch.tensor(x) @ w.T + b) @ w_out.T
    torch.nn.functional.cross_entropy(logits, torch.tensor(y)).backward()
    np.testing.assert_allclose(
        theory.gradients(parameters, x, y).theta, -abs(theta.grad.numpy()), rtol=1e-9
    )


def test_extreme_inputs():
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(12, 3)), draw.integers(0, 2, 12)
    w_in, b, w_out = draw.normal(size=(4, 3)), draw.normal(size=4), draw.normal(size=(2, 4))
    dead = Parameters(w_in, np.full(4, -100.0), w_out)
    for gradient in theory.gradients(dead, x, y):
        assert not gradient.any()
    modes = theory.modes(dead, x, y)
    assert not modes.rate.any()
    no_in = w_in.copy()
    no_in[0] = 0
    no_out = w_out.copy()
    no_out[:, 1] = 0
    nothing = theory.gradients(Parameters(no_in, b, no_out), x, y)
    assert all(np.isfinite(gradient).all() for gradient in nothing)
    assert nothing.theta[0] == nothing.norm_in[0] == 0
    assert nothing.phi[1] == nothing.norm_out[1] == nothing.b[1] == 0
    same = np.repeat(x[:1], 12, axis=0)  # identical samples, both labels
    assert_equations(Parameters(w_in, b, w_out), same, y)
    huge = Parameters(1e3 * w_in, b, 1e3 * w_out)
    assert_equations(huge, x, y)


def test_bias_equation_needs_its_gate(real_run):
    """Without the gate, as on the slide, the bias equation is not the loss's derivative."""
    x, y, parameters = real_run.x, real_run.y, real_run.at(100)
    e, _, _ = theory.errors(parameters, x, y)
    ungated = -(parameters.w_out[0] - parameters.w_out[1]) * e.mean()
    exact = autograd(parameters, x, y).b
    assert abs(ungated - exact).max() > 0.5 * abs(exact).max()


def test_pull_gives_the_step(real_run):
    """dW = lr sqrt(2) c gamma and dc = lr sqrt(2) W.gamma are the real step, to first order."""
    x, y = real_run.x, real_run.y
    before, after = real_run.at(0), real_run.at(1)
    lr, state = real_run.config.lr, theory.modes(before, x, y)
    c = state.growing - state.decaying
    total = [np.concatenate([p.w_in, p.b[:, None]], 1) for p in (before, after)]
    expected = lr * np.sqrt(2) * c[:, None] * state.pull
    np.testing.assert_allclose(total[1] - total[0], expected, rtol=1e-6, atol=1e-12)
    c_after = (after.w_out[0] - after.w_out[1]) / np.sqrt(2)
    p = state.growing + state.decaying  # W.gamma / |gamma|, and the rate is sqrt(2) |gamma|
    np.testing.assert_allclose(c_after - c, lr * state.rate * p, rtol=1e-6, atol=1e-12)


def test_conserved(real_run):
    start, end = (theory.conserved(real_run.at(time)) for time in (0, -1))
    np.testing.assert_allclose(start[0], end[0], atol=1e-12)
    balance = abs(end[1] - start[1])
    final = (real_run.at(-1).w_in ** 2).sum(1)
    assert (balance < 0.02 * final.max()).all()
    halved = dataclasses.replace(real_run.config, lr=0.05, steps=4000)
    smaller = run.simulate(halved).run()
    start, end = (theory.conserved(smaller.at(time)) for time in (0, -1))
    # The drift is of the order of lr: half the step, half the drift.
    assert abs(end[1] - start[1]).max() == pytest.approx(balance.max() / 2, rel=0.2)


def test_linear_theory_is_exact_while_gates_and_errors_stay():
    """A textbook loop with frozen gates and e = +-1/2 is what `predicted` says."""
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(30, 5)), np.arange(30) % 2
    start = Parameters(
        1e-6 * draw.normal(size=(4, 5)), np.zeros(4), 1e-6 * draw.normal(size=(2, 4))
    )
    state, lr, steps = theory.modes(start, x, y), 0.1, 80
    w = np.concatenate([start.w_in, start.b[:, None]], 1)
    c = (start.w_out[0] - start.w_out[1]) / np.sqrt(2)
    inner = [(w * state.pull).sum(1)]
    for _ in range(steps):
        w, c = w + lr * np.sqrt(2) * c[:, None] * state.pull, c + lr * np.sqrt(2) * inner[-1]
        inner.append((w * state.pull).sum(1))
    p, c_predicted = theory.predicted(state, [steps], lr)
    length = np.linalg.norm(state.pull, axis=1)
    np.testing.assert_allclose(p[0], inner[-1] / length, rtol=1e-10)
    np.testing.assert_allclose(c_predicted[0], c, rtol=1e-10)


def test_lone_neurons_predict_the_race(real_run):
    """Before the loss moves neurons do not meet: each one alone does what it does in the run."""
    x, y, time = real_run.x, real_run.y, real_run.time
    index = int(np.searchsorted(time, 50))
    lone = theory.lone_neurons(real_run.at(0), x, y, real_run.config.lr, time[index])
    there = real_run.at(index)
    np.testing.assert_allclose(lone.w_in, there.w_in, atol=0.02 * abs(there.w_in).max())
    np.testing.assert_allclose(lone.w_out, there.w_out, atol=0.02 * abs(there.w_out).max())


def test_shared_rate_is_the_growth_of_an_aligned_neuron():
    draw = np.random.default_rng(4)
    y = np.arange(40) % 2
    x = draw.normal(size=(40, 3)) - y[:, None]
    direction = np.r_[draw.normal(size=3), 0.1]
    for _ in range(500):  # towards a direction that reproduces itself
        e = (x @ direction[:3] + direction[3] > 0) * ((y == 0) - 0.5)
        pull = np.r_[e @ x, e.sum()]
        direction += 0.05 * pull / np.linalg.norm(pull)
        direction /= np.linalg.norm(direction)
    half = 1e-6 * np.array([[0.5**0.5], [-(0.5**0.5)]])
    start = Parameters(1e-6 * direction[None, :3], np.array([1e-6 * direction[3]]), half)
    rate = theory.shared_rate(start, x, y, direction)
    after = theory.lone_neurons(start, x, y, 0.01, 100)
    grown = np.linalg.norm(np.r_[after.w_in[0], after.b]) / 1e-6
    assert grown == pytest.approx((1 + 0.01 * rate) ** 100, rel=1e-3)


def test_the_order_is_foreseen_for_any_learning_rate(real_run):
    """A tiny learning rate leads where a small one does, and in no more time."""
    start, x, y = real_run.at(0), real_run.x, real_run.y
    small, tiny, least = (theory.foreseen_growth(start, x, y, lr) for lr in (0.002, 1e-300, 5e-324))
    np.testing.assert_allclose(tiny, small, rtol=0.01, atol=1e-3 * abs(small).max())
    np.testing.assert_array_equal(least, tiny)
    np.testing.assert_array_equal(theory.predict(start, x, y, 1e-300), abs(tiny))


def test_neurons_that_nothing_pulls_stay_where_they_are(real_run):
    start = real_run.at(0)
    dead = start._replace(b=np.full_like(start.b, -100.0))
    followed = theory.foresee(dead, real_run.x, real_run.y, 0.1)
    for found, wanted in zip(followed, dead, strict=True):
        np.testing.assert_array_equal(found, wanted)
