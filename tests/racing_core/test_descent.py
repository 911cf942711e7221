"""Training: against a textbook loop in the original space, autograd, and symmetries."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from racing_core import record
from racing_core.config import Config
from racing_core.descent import Rotation, descend, recorded_times
from racing_core.errors import InputError
from racing_core.network import Parameters, initial
from racing_core.neurons import alignment_shared, arrival_time
from racing_core.run import simulate
from racing_core.tasks import load

CASES = [
    {"task": "cifar10"},
    {"task": "cifar10", "init": "per_weight", "seeds": (3,), "group_a": ("bird", "ship", "frog"),
     "group_b": ("deer",), "per_class": 20},
    {"task": "cifar10", "init": "balanced", "seeds": (1, 2), "per_class": 10},
    {"task": "digits", "seeds": (7,)},
    {"task": "playground", "init": "per_weight", "seeds": (0, 5)},
]  # fmt: skip


def textbook_loop(x, y, w_in, b, w_out, lr, steps):
    """Full-batch gradient descent by autograd in the inputs' own space."""
    parameters = [torch.tensor(part, requires_grad=True) for part in (w_in, b, w_out)]
    x, y = torch.tensor(x), torch.tensor(y)
    for _ in range(steps):
        first, bias, second = parameters
        logits = torch.relu(x @ first.T + bias) @ second.T
        gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, y), parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= lr * gradient
    return [parameter.detach().numpy() for parameter in parameters]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['task']}-{case.get('init')}")
def test_final_norms_equal_those_of_a_textbook_loop(case, cifar10):
    steps = 2000 if case == CASES[0] else 300
    config = Config(width=20, steps=steps, **case)
    run = record.run(config)
    task = load(config.task, config.group_a, config.group_b, config.per_class)
    for seed in config.seeds:
        one = run.sel(seed=seed)
        start = [one[name].values for name in ("w_in0", "b0", "w_out0")]
        w_in, b, w_out = textbook_loop(task.x, task.y, *start, config.lr, steps)
        for norms, recorded in (
            (np.linalg.norm(w_in, axis=1), one.norm_in[-1]),
            (np.linalg.norm(w_out, axis=0), one.norm_out[-1]),
        ):
            np.testing.assert_allclose(recorded, norms, rtol=1e-8)
        np.testing.assert_allclose(one.w_in, w_in, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(one.b, b, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(one.w_out, w_out, rtol=1e-7, atol=1e-10)


def test_without_biases_only_the_weights_move():
    x, y, start = random_problem(1, 9, 4, 5)
    start = start._replace(b=np.zeros_like(start.b))
    found = descend(start, x, y, 0.01, [0, 50], bias=False).parameters
    assert (found.b == 0).all()
    w_in, w_out = (torch.tensor(part[0], requires_grad=True) for part in (start[0], start[2]))
    for _ in range(50):
        logits = torch.relu(torch.tensor(x) @ w_in.T) @ w_out.T
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(y))
        gradients = torch.autograd.grad(loss, (w_in, w_out))
        w_in, w_out = (
            (part - 0.01 * gradient).detach().requires_grad_()
            for part, gradient in zip((w_in, w_out), gradients, strict=True)
        )
    np.testing.assert_allclose(found.w_in[0, -1], w_in.detach(), rtol=1e-10)
    np.testing.assert_allclose(found.w_out[0, -1], w_out.detach(), rtol=1e-10)


def test_weights_are_kept_where_they_are_asked_for():
    """Which of them are kept changes neither them nor the losses."""
    for samples, inputs in ((9, 30), (9, 3)):  # stepped by samples, and by inputs
        x, y, start = random_problem(1, samples, inputs, 5)
        times = [0, 5, 20, 50]
        whole = descend(start, x, y, 0.01, times)
        some = descend(start, x, y, 0.01, times, kept=(1, -1))
        np.testing.assert_allclose(some.loss, whole.loss, rtol=1e-12)
        for kept, all_kept in zip(some.parameters, whole.parameters, strict=True):
            np.testing.assert_allclose(kept, all_kept[:, [1, 3]], rtol=1e-12)


def random_problem(seed, samples, inputs, width):
    random = np.random.RandomState(seed)
    x = random.standard_normal((samples, inputs))
    y = np.arange(samples) % 2
    parameters = Parameters(
        random.standard_normal((1, width, inputs)),
        random.standard_normal((1, width)),
        random.standard_normal((1, 2, width)),
    )
    return x, y, parameters


sizes = {
    "seed": st.integers(0, 10_000),
    "samples": st.integers(1, 12),
    "inputs": st.integers(1, 12),
    "width": st.integers(1, 8),
}


@settings(max_examples=50, deadline=None)
@given(**sizes)
def test_one_step_is_the_gradient_that_autograd_gives(seed, samples, inputs, width):
    x, y, start = random_problem(seed, samples, inputs, width)
    lr = 1e-3
    after = descend(start, x, y, lr, [0, 1]).parameters
    expected = textbook_loop(x, y, *(part[0] for part in start), lr, 1)
    for found, wanted in zip(after, expected, strict=True):
        np.testing.assert_allclose(found[0, -1], wanted, rtol=1e-12, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(**sizes)
def test_permuted_neurons_give_the_permuted_run(seed, samples, inputs, width):
    x, y, start = random_problem(seed, samples, inputs, width)
    order = np.random.RandomState(seed + 1).permutation(width)
    permuted = Parameters(start.w_in[:, order], start.b[:, order], start.w_out[:, :, order])
    run = descend(start, x, y, 1e-3, [0, 20])
    again = descend(permuted, x, y, 1e-3, [0, 20])
    np.testing.assert_allclose(again.loss, run.loss, rtol=1e-9)
    np.testing.assert_allclose(
        again.parameters.w_in, run.parameters.w_in[:, :, order], rtol=1e-9, atol=1e-12
    )


@settings(max_examples=20, deadline=None)
@given(**sizes)
def test_rotated_inputs_give_the_rotated_run(seed, samples, inputs, width):
    x, y, start = random_problem(seed, samples, inputs, width)
    turn = np.linalg.qr(np.random.RandomState(seed + 1).standard_normal((inputs, inputs)))[0]
    run = descend(start, x, y, 1e-3, [0, 20])
    turned = descend(start._replace(w_in=start.w_in @ turn), x @ turn, y, 1e-3, [0, 20])
    np.testing.assert_allclose(turned.loss, run.loss, rtol=1e-9)
    np.testing.assert_allclose(
        turned.parameters.w_in, run.parameters.w_in @ turn, rtol=1e-9, atol=1e-12
    )


def test_both_ways_of_stepping_agree():
    x, y, start = random_problem(0, 30, 4, 5)
    times = recorded_times(200)
    many_samples = descend(start, x, y, 0.01, times)
    # Inputs that are always 0 change nothing but which of the two ways is taken.
    padded = np.pad(x, ((0, 0), (0, 30)))
    wide = start._replace(w_in=np.pad(start.w_in, ((0, 0), (0, 0), (0, 30))))
    few_samples = descend(wide, padded, y, 0.01, times)
    np.testing.assert_allclose(few_samples.loss, many_samples.loss, rtol=1e-10)
    np.testing.assert_allclose(
        few_samples.parameters.w_in[..., :4], many_samples.parameters.w_in, rtol=1e-9
    )


def test_seeds_trained_together_are_those_trained_alone():
    together = record.run(Config(task="digits", width=20, steps=200, seeds=(4, 9)))
    alone = record.run(Config(task="digits", width=20, steps=200, seeds=(9,)))
    np.testing.assert_allclose(together.sel(seed=9).norm_in, alone.sel(seed=9).norm_in, rtol=1e-10)


def test_float32_stays_near_float64():
    exact = record.run(Config(task="digits", width=30, steps=500))
    single = record.run(Config(task="digits", width=30, steps=500, dtype="float32"))
    assert single.w_out.dtype == np.float32
    np.testing.assert_allclose(single.loss, exact.loss, rtol=1e-3)


def own(folder, x, y):
    file = folder / "own.npz"
    np.savez(file, X=x, y=y)
    return str(file)


@pytest.mark.parametrize(
    ("samples", "change", "rank"),
    [
        (100, lambda x: x, 5),
        (100, lambda x: np.pad(x, ((0, 0), (0, 95))), 5),  # as many inputs as samples
        (100, lambda x: np.pad(x, ((0, 0), (0, 96))), 5),
        (100, lambda x: np.pad(x, ((0, 0), (0, 3)), constant_values=1e6 / 3), 5),
        (100, lambda x: np.concatenate([x, x, 3 * x], 1), 5),
        (9, lambda x: np.concatenate([x, x], 1), 5),
        (100, lambda x: np.concatenate([x, np.eye(4)[np.arange(100) % 4]], 1), 8),
        (100, lambda x: x[:, [0, 0, 0]], 1),
        (3, lambda x: x, 2),
        (100, lambda x: x * [1, 1, 1, 1, 1e-9], 5),
    ],
    ids=[
        "all",
        "95 zeros",
        "96 zeros",
        "constant",
        "twice",
        "few",
        "one-hot",
        "one",
        "span",
        "weak",
    ],
)
def test_the_rank_is_measured(samples, change, rank, tmp_path):
    x = change(np.random.default_rng(0).normal(size=(samples, 5)))
    task = load(own(tmp_path, x, np.arange(samples) % 2))
    rotation = Rotation(task.x)
    assert rotation.rank == np.linalg.matrix_rank(task.x) == rank
    coordinates = rotation.to_span(task.x)
    np.testing.assert_allclose(coordinates @ coordinates.T, task.x @ task.x.T, atol=1e-12)


def test_inputs_that_are_always_zero_change_no_arrival(tmp_path):
    """The race within the span is the same however many inputs say nothing."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(100, 5)), np.arange(100) % 2
    x[:, 0] += y
    arrivals = {}
    for zeros in (0, 95, 96):
        file = own(tmp_path, np.pad(x, ((0, 0), (0, zeros))), y)
        config = Config(task=file, init="per_weight", init_scale=0.001, width=400, steps=400, lr=1)
        run = simulate(config).run()
        assert run.x.shape == (100, 5)
        labels = np.zeros(400, int)
        arrivals[zeros] = np.nanmedian(
            arrival_time(run.time, alignment_shared(run.w_in, labels + (run.side[-1] > 0)))
        )
    assert arrivals[95] == pytest.approx(arrivals[96], rel=1e-9)
    assert arrivals[0] == pytest.approx(arrivals[96], rel=0.1)  # other axes, other draws


def test_many_inputs_need_no_square_of_them():
    """50,000 inputs: a square basis would take 20 GB."""
    x = np.random.default_rng(0).normal(size=(20, 50_000))
    tracemalloc.start()
    rotation = Rotation(x)
    vectors = np.random.default_rng(1).normal(size=(3, 50_000))
    again = rotation.to_inputs(rotation.to_coordinates(vectors))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(again, vectors, atol=1e-12)
    np.testing.assert_allclose(rotation.to_coordinates(x)[:, 20:], 0, atol=1e-10)
    assert peak < 12 * x.nbytes


@pytest.mark.parametrize("change", [{"width": 10**6}, {"seeds": tuple(range(20_000))}])
def test_a_run_that_cannot_fit_is_refused_before_it_starts(change):
    config = Config(task="digits", steps=10_000, **change)
    with pytest.raises(InputError, match=r"would take about [\d,.]+ GB of memory.*lower width"):
        simulate(config, on_step=lambda steps: pytest.fail("it has started"))


@pytest.mark.parametrize("samples", [4, 30])
def test_rotation_keeps_every_inner_product(samples):
    x = np.random.RandomState(0).standard_normal((samples, 10))
    x[-1] = x[0]  # a sample that adds no dimension
    rotation = Rotation(x)
    coordinates = rotation.to_span(x)
    assert coordinates.shape == (samples, 3 if samples == 4 else 10)
    np.testing.assert_allclose(coordinates @ coordinates.T, x @ x.T, atol=1e-12)
    everything = np.random.RandomState(1).standard_normal((5, 10))
    np.testing.assert_allclose(
        np.linalg.norm(rotation.to_inputs(everything), axis=1), np.linalg.norm(everything, axis=1)
    )
    np.testing.assert_allclose(
        x @ rotation.to_inputs(everything).T,
        coordinates @ everything[:, : rotation.rank].T,
        atol=1e-12,
    )


@pytest.mark.parametrize("steps", [1, 2, 150, 199, 200, 201, 1000, 10_000, 300_000])
def test_recorded_times_are_dense_early_and_complete(steps):
    times = recorded_times(steps)
    assert (times[0], times[-1]) == (0, steps)
    assert (np.diff(times) > 0).all()
    assert len(times) >= min(200, steps + 1)
    assert np.diff(times)[0] == 1
    assert np.diff(times)[-1] <= max(1, steps / 15)


@pytest.mark.parametrize("lr", [10, 1e300])  # all gates close for good; NaN
def test_a_diverging_run_stops_and_names_the_learning_rate(lr):
    with pytest.raises(InputError, match=f"lr = {lr:g}".replace("+", r"\+")):
        record.run(Config(task="digits", width=10, steps=300, lr=lr))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("lr", [1e-5, 1e-3])
def test_a_run_that_does_not_learn_is_kept(dtype, lr, tmp_path):
    """Both labels for every sample: the loss stays at log 2, up or down by rounding."""
    x = np.random.default_rng(0).normal(size=(30, 4))
    file = own(tmp_path, np.repeat(x, 2, 0), [0, 1] * 30)
    config = Config(task=file, width=50, steps=200, init_scale=0.001, lr=lr, dtype=dtype)
    run = simulate(config).run()
    np.testing.assert_allclose(run.loss, np.log(2), rtol=1e-4)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_a_start_that_no_float_can_multiply_is_named(scale):
    with pytest.raises(InputError, match="init_scale"):
        simulate(Config(task="digits", width=5, steps=5, init_scale=scale))


def test_a_loss_that_overflows_at_the_start_blames_no_step():
    x, y, start = random_problem(0, 8, 3, 4)
    with pytest.raises(InputError, match=r"before the first step.*init_scale"):
        descend(Parameters(*(1e200 * part for part in start)), x, y, 0.1, [0, 5])


def test_the_schemes_draw_what_they_say():
    scale, width, inputs = 0.5, 400, 300
    fan_in = initial(0, width, 100, inputs, "fan_in", scale)
    per_weight = initial(0, width, 100, inputs, "per_weight", scale)
    balanced = initial(0, width, 100, inputs, "balanced", scale)
    assert np.std(fan_in.w_in) == pytest.approx(scale / np.sqrt(inputs), rel=0.02)
    assert np.std(fan_in.w_out) == pytest.approx(scale / np.sqrt(width), rel=0.1)
    assert np.std(per_weight.w_in) == pytest.approx(scale, rel=0.02)
    assert np.std(per_weight.w_out) == pytest.approx(scale, rel=0.1)
    np.testing.assert_allclose(
        np.linalg.norm(balanced.w_in, axis=1), np.linalg.norm(balanced.w_out, axis=0)
    )
    assert not np.array_equal(fan_in.w_in, initial(1, width, 100, inputs, "fan_in", scale).w_in)


def _one_hot(draw):
    return np.concatenate([np.eye(6)[draw.integers(0, 6, 200)], np.eye(3)[np.arange(200) % 3]], 1)


@pytest.mark.parametrize(
    "sample",
    [
        lambda draw: draw.normal(
            size=(30, 300)
        ),  # centered: the last two are each other's negative
        lambda draw: np.repeat(draw.normal(size=(20, 50)), 2, axis=0),
        lambda draw: np.eye(40, 60),
        _one_hot,
    ],
    ids=["wide", "twice", "alike", "one-hot"],
)
def test_rounding_chooses_no_axis(sample):
    """A change of the last digits, as another machine's, leaves the axes where they were."""
    draw = np.random.default_rng(0)
    x = sample(draw)
    x = x - x.mean(0)
    usual = Rotation(x)
    for _ in range(5):
        other = Rotation(x * (1 + 1e-15 * draw.normal(size=x.shape)))
        assert other.rank == usual.rank < x.shape[1]
        np.testing.assert_allclose(other.span, usual.span, atol=1e-9)
