"""The one door to training: the loop agrees with the closed form, and with torch used by hand."""

import dataclasses

import numpy as np
import pytest
import torch

from racing_core import run
from racing_core.config import Config
from racing_core.descent import descend, recorded_times
from racing_core.errors import InputError
from racing_core.network import Parameters
from racing_core.optimisers import Objective, Optimiser, one_hidden_layer, train

TIMES = recorded_times(400)


def generic(parameters, x):
    """The same network under another name, so that the closed form is not taken."""
    return one_hidden_layer(parameters, x)


@pytest.fixture(scope="module")
def simulation():
    config = Config(task="digits", width=20, steps=400, seeds=(3, 4), lr=0.3, device="cpu")
    return run.simulate(config, times=TIMES)


@pytest.fixture(scope="module")
def problem(simulation):
    one = simulation.runs[0]
    start = Parameters(*(part[:, 0] for part in simulation.trajectory.parameters))
    return start, one.x, one.y


def test_the_loop_takes_the_steps_of_the_closed_form(simulation, problem):
    start, x, y = problem
    ours = simulation.trajectory
    theirs = train(start, x, y, Optimiser(0.3), TIMES, logits=generic)
    for part, expected in zip(theirs.parameters, ours.parameters, strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(theirs.loss, ours.loss, rtol=1e-9)
    # At t = 0 a tiny network may decide a sample by rounding.
    np.testing.assert_array_equal(theirs.accuracy[:, 1:], ours.accuracy[:, 1:])


def test_a_run_is_measured_alike_whoever_trained_it(simulation, problem):
    theirs = train(*problem, Optimiser(0.3), TIMES, logits=generic)
    again = dataclasses.replace(simulation, trajectory=theirs).runs[1]
    expected = simulation.runs[1]
    np.testing.assert_array_equal(again.span_labels, expected.span_labels)
    np.testing.assert_allclose(again.norm_product, expected.norm_product, rtol=1e-8)
    np.testing.assert_allclose(again.predicted_order, expected.predicted_order)


def test_what_the_closed_form_can_do_goes_to_it(problem):
    """Bit for bit what `descend` returns, which autograd's sums are not."""
    start, x, y = problem
    closed = descend(start, x, y, 0.3, TIMES)
    np.testing.assert_array_equal(train(*problem, Optimiser(0.3), TIMES).loss, closed.loss)
    assert (train(*problem, Optimiser(0.3), TIMES, logits=generic).loss != closed.loss).any()


def test_a_batch_of_all_samples_is_full_batch(problem):
    whole = train(*problem, Optimiser(0.3), TIMES)
    batched = train(*problem, Optimiser(0.3, batch=len(problem[2])), TIMES)
    np.testing.assert_allclose(batched.parameters.w_in, whole.parameters.w_in, atol=1e-10)


def test_seeds_train_side_by_side_as_they_would_alone(problem):
    """Minibatches, momentum, decay and Adam included: no network feels another."""
    start, x, y = problem
    alone = Parameters(*(part[1:] for part in start))
    for optimiser in (
        Optimiser(0.1, momentum=0.9, weight_decay=0.01, batch=10),
        Optimiser(1e-3, "adam", batch=50),
    ):
        both = train(start, x, y, optimiser, TIMES[:80], seeds=(7, 8))
        one = train(alone, x, y, optimiser, TIMES[:80], seeds=(8,))
        np.testing.assert_allclose(one.parameters.w_in[0], both.parameters.w_in[1], rtol=1e-7)


def test_sgd_by_hand(problem):
    """Two steps of momentum and decay on the squared error, from its gradient on paper."""
    start, x, y = problem
    one = Parameters(*(part[:1] for part in start))
    lr, mu, decay = 0.05, 0.9, 0.02
    trained = train(
        one, x, y, Optimiser(lr, momentum=mu, weight_decay=decay), np.array([0, 1, 2]),
        Objective("squared", centred=True),
    )  # fmt: skip
    w, b, v = (part[0].copy() for part in one)
    velocity = 0
    for _ in range(2):
        hidden = (x @ w.T + b).clip(0)
        error = np.eye(2)[y] - 0.5 - hidden @ v.T  # (N, 2)
        slope = -error.T @ hidden / len(x) + decay * v
        pushed = (error @ v) * (hidden > 0)
        slope_w = -pushed.T @ x / len(x) + decay * w
        slope_b = -pushed.mean(0) + decay * b
        slopes = np.concatenate([slope_w.ravel(), slope_b, slope.ravel()])
        velocity = mu * velocity + slopes
        flat = np.concatenate([w.ravel(), b, v.ravel()]) - lr * velocity
        w, b, v = (
            flat[: w.size].reshape(w.shape),
            flat[w.size : w.size + b.size],
            flat[w.size + b.size :].reshape(v.shape),
        )
    np.testing.assert_allclose(trained.parameters.w_in[0, -1], w, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(trained.parameters.w_out[0, -1], v, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(
    "objective",
    [
        Objective(), Objective(smoothing=0.2), Objective("squared"),
        Objective("squared", centred=True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("classes", [2, 5])
def test_errors_are_minus_the_slope_at_output_0_and_the_tangent_has_them(objective, classes):
    y = np.arange(30) % classes
    targets = torch.tensor(objective.targets(y, classes))
    for tangent in (False, True):
        output = torch.zeros(30, classes, dtype=torch.float64, requires_grad=True)
        dataclasses.replace(objective, tangent=tangent).losses(output, targets).sum().backward()
        np.testing.assert_allclose(-output.grad, objective.errors(y, classes), atol=1e-12)


def test_the_best_constant_output_is_the_best():
    y = np.array([0, 0, 0, 1, 2, 2])
    for objective in (Objective(), Objective(smoothing=0.1), Objective("squared")):
        targets = torch.tensor(objective.targets(y, 3))
        output = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        stepper = torch.optim.LBFGS([output], max_iter=200, tolerance_change=1e-14)

        def closure(objective=objective, targets=targets, output=output, stepper=stepper):
            stepper.zero_grad()
            loss = objective.losses(output.expand_as(targets), targets).mean()
            loss.backward()
            return loss.detach()

        stepper.step(closure)
        assert objective.constant_loss(y, 3) == pytest.approx(closure().item(), abs=1e-7)


def test_stopping_early_leaves_a_shorter_run(problem):
    whole = train(*problem, Optimiser(0.3), TIMES)
    level = whole.loss[:, 150].max()
    short = train(*problem, Optimiser(0.3), TIMES, stop_below=level + 1e-9)
    assert len(short.time) <= 151
    assert short.parameters.w_in.shape[1] == short.loss.shape[1] == len(short.time)
    assert (short.loss[:, -1] < level + 1e-6).all()
    assert (short.loss[:, -2] >= level).any()


def test_bad_input_gets_a_sentence(problem):
    with pytest.raises(InputError, match="batch is 0"):
        train(*problem, Optimiser(0.1, batch=0), TIMES)
    with pytest.raises(InputError, match="lr = 1e\\+06"):
        train(*problem, Optimiser(1e6), TIMES, Objective("squared"))
