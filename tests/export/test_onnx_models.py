"""The exported graphs, run by onnxruntime, against torch's autograd and racing_core."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from export.onnx_models import forward_model, step_model
from racing_core import network, tasks
from racing_core.descent import Rotation, descend

LR = 0.1
KILOBYTES_200 = 200_000


class Experiment(NamedTuple):
    """A task in its span's coordinates x (n, r), its labels (n,), and a network's start in it."""

    x: np.ndarray
    labels: np.ndarray
    start: network.Parameters


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads that wait for each other on a busy machine take a hundred times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def run_steps():
    """step.onnx as a function of parameters, x, labels and steps; the result by name."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(step_model().SerializeToString(), options)
    names = [output.name for output in session.get_outputs()]

    def run(parameters, x, labels, steps, lr=LR, bias_on=1):
        arrays = {**parameters._asdict(), "x": x, "y": np.eye(2)[labels]}
        arrays |= {"lr": lr, "bias_on": bias_on}
        feeds = {name: np.asarray(values, np.float32) for name, values in arrays.items()}
        result = session.run(None, feeds | {"steps": np.array(steps)})
        return dict(zip(names, result, strict=True))

    return run


@pytest.fixture(scope="module")
def experiment(request) -> Experiment:
    """The default run: CIFAR-10 where it is at hand, else scikit-learn's digits."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = os.environ.get("RACING_DATA_DIR") or (beside if beside.is_dir() else None)
    choice = f"CIFAR-10 from {folder}"
    if folder is None:
        choice = f"digits, since RACING_DATA_DIR is not set and there is no {beside}"
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{__name__} trains on {choice}.")
    task = tasks.load("cifar10" if folder else "digits", data_dir=folder)
    rotation = Rotation(task.x)
    x = rotation.to_span(task.x)
    start = network.initial(0, 300, rotation.rank, task.x.shape[1], "fan_in", 0.01)
    return Experiment(x, task.y, start._replace(w_in=start.w_in[:, : rotation.rank]))


def next_parameters(result):
    return network.Parameters(*(result[f"{name}_next"] for name in network.Parameters._fields))


def textbook(parameters, x, labels, steps, lr=LR):
    """The parameters after `steps` of autograd and SGD in float64, and the loss after each."""
    weights = [torch.tensor(array, requires_grad=True) for array in parameters]
    w_in, b, w_out = weights
    inputs, target = torch.tensor(x), torch.tensor(labels)
    optimizer = torch.optim.SGD(weights, lr=lr)

    losses = []
    for _ in range(steps + 1):
        logits = torch.relu(inputs @ w_in.T + b) @ w_out.T
        loss = torch.nn.functional.cross_entropy(logits, target)
        losses.append(loss.item())
        if len(losses) <= steps:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.Parameters(*(weight.detach().numpy() for weight in weights)), losses[1:]


def test_500_steps_of_the_real_experiment_are_torchs(run_steps, experiment):
    x, labels, start = experiment
    result = run_steps(start, x, labels, 500)
    trained, losses = textbook(start, x, labels, 500)
    norm_in, norm_out = np.linalg.norm(trained.w_in, axis=1), np.linalg.norm(trained.w_out, axis=0)
    np.testing.assert_allclose(result["norm_in"], norm_in, rtol=1e-3)
    np.testing.assert_allclose(result["norm_out"], norm_out, rtol=1e-3)
    np.testing.assert_allclose(result["losses"], losses, rtol=1e-5)
    assert norm_in.max() > 10 * np.linalg.norm(start.w_in, axis=1).max(), "no race in 500 steps"


def test_10_000_steps_in_many_calls_stay_accurate(run_steps, experiment):
    """Rounding must not pile up; racing_core in float64 is what they are compared with."""
    x, labels, whole = experiment
    start = network.Parameters(whole.w_in[:60], whole.b[:60], whole.w_out[:, :60])
    batch = network.Parameters(*(array[None] for array in start))
    exact = descend(batch, x, labels, LR, [0, 10_000])
    parameters = start
    for _ in range(100):
        result = run_steps(parameters, x, labels, 100)
        parameters = next_parameters(result)
    w_in, w_out = exact.parameters.w_in[0, -1], exact.parameters.w_out[0, -1]
    np.testing.assert_allclose(result["norm_in"], np.linalg.norm(w_in, axis=1), rtol=1e-3)
    np.testing.assert_allclose(result["norm_out"], np.linalg.norm(w_out, axis=0), rtol=1e-3)
    np.testing.assert_allclose(result["loss"], exact.loss[0, -1], rtol=1e-4)
    assert result["accuracy"] == np.float32(exact.accuracy[0, -1])


sizes = st.integers(1, 9)


@settings(max_examples=30, deadline=None)
@given(width=sizes, samples=sizes, inputs=sizes, steps=sizes, seed=st.integers(0, 2**32 - 1))
def test_any_size_is_torchs(run_steps, width, samples, inputs, steps, seed):
    random = np.random.default_rng(seed)
    parameters = network.Parameters(
        random.normal(size=(width, inputs)),
        random.normal(size=width),
        random.normal(size=(2, width)),
    )
    x, labels = random.normal(size=(samples, inputs)), random.integers(2, size=samples)
    result = run_steps(parameters, x, labels, steps)
    trained, losses = textbook(parameters, x, labels, steps)
    for new, expected in zip(next_parameters(result), trained, strict=True):
        np.testing.assert_allclose(new, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(result["losses"], losses, rtol=1e-4, atol=1e-6)
    logits, _ = network.forward(trained, x)
    loss, accuracy = network.loss_and_accuracy(logits, labels)
    np.testing.assert_allclose(result["loss"], loss, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(result["accuracy"], accuracy, atol=1e-6)
    np.testing.assert_allclose(result["norm_in"], np.linalg.norm(trained.w_in, axis=1), rtol=1e-4)
    np.testing.assert_allclose(
        result["norm_out"], np.linalg.norm(trained.w_out, axis=0), rtol=1e-4, atol=1e-5
    )


def test_dead_neurons_stay_as_they_are(run_steps):
    random = np.random.default_rng(0)
    x, labels = random.normal(size=(20, 5)), np.arange(20) % 2
    parameters = network.Parameters(
        random.normal(size=(4, 5)), np.array([0, -100.0, 0, -100.0]), random.normal(size=(2, 4))
    )
    result = run_steps(parameters, x, labels, 50)
    dead, alive = [1, 3], [0, 2]
    old = [np.float32(array) for array in parameters]
    new = next_parameters(result)
    np.testing.assert_array_equal(new.w_in[dead], old[0][dead])
    np.testing.assert_array_equal(new.b[dead], old[1][dead])
    np.testing.assert_array_equal(new.w_out[:, dead], old[2][:, dead])
    assert (new.w_in[alive] != old[0][alive]).all()


def test_no_step_changes_nothing_and_tells_the_loss(run_steps, experiment):
    x, labels, start = experiment
    result = run_steps(start, x, labels, 0)
    for new, old in zip(next_parameters(result), start, strict=True):
        np.testing.assert_array_equal(new, np.float32(old))
    assert result["losses"].shape == (0,)
    logits, _ = network.forward(start, x)
    np.testing.assert_allclose(result["loss"], network.loss_and_accuracy(logits, labels)[0], 1e-6)


def test_how_steps_are_split_into_calls_does_not_matter(run_steps, experiment):
    x, labels, start = experiment
    at_once = run_steps(start, x, labels, 60)
    parameters, losses = start, []
    for steps in (1, 20, 39):
        result = run_steps(parameters, x, labels, steps)
        parameters = next_parameters(result)
        losses.extend(result["losses"])
    np.testing.assert_allclose(losses, at_once["losses"], rtol=1e-6)
    np.testing.assert_allclose(result["norm_in"], at_once["norm_in"], rtol=1e-5)


def test_a_diverging_run_shows_in_its_losses(run_steps, experiment):
    x, labels, start = experiment
    result = run_steps(start, x, labels, 100, lr=1e30)
    assert not np.isfinite(result["losses"]).all()


@pytest.mark.parametrize("samples", [1, 7])
def test_the_network_gives_logits_and_activations(samples):
    random = np.random.default_rng(0)
    parameters = network.Parameters(
        random.normal(size=(4, 3)), random.normal(size=4), random.normal(size=(2, 4))
    )
    session = onnxruntime.InferenceSession(forward_model(*parameters).SerializeToString())
    x = random.normal(size=(samples, 3))
    logits, hidden = session.run(["logits", "hidden"], {"x": x.astype(np.float32)})
    expected_logits, expected_hidden = network.forward(parameters, x)
    np.testing.assert_allclose(logits, expected_logits, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(hidden, expected_hidden, rtol=1e-5, atol=1e-6)


def test_files_are_small():
    assert step_model().ByteSize() < KILOBYTES_200
    model = forward_model(np.zeros((300, 199)), np.zeros(300), np.zeros((2, 300)))
    data = sum(onnx.numpy_helper.to_array(array).nbytes for array in model.graph.initializer)
    assert model.ByteSize() - data < KILOBYTES_200
