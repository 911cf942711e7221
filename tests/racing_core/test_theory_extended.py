"""The theory beyond the playground, each part against a real run of the case it is for."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.datasets import load_digits

from racing_core import neurons, run, theory
from racing_core.config import Config
from racing_core.descent import recorded_times
from racing_core.network import Parameters, batch
from racing_core.optimisers import Objective, Optimiser, one_hidden_layer, train
from racing_core.study.edge import networks

LR = 0.1


@pytest.fixture(scope="module")
def digits():
    """The default experiment on digits: two groups, 200 samples, a small start."""
    return run.simulate(Config(task="digits", width=60, steps=600, device="cpu")).run()


@pytest.fixture(scope="module")
def ten():
    """Ten digits, 20 samples of each, and a network with ten outputs at its start."""
    data = load_digits()
    chosen = np.concatenate([np.flatnonzero(data.target == digit)[:20] for digit in range(10)])
    x = data.data[chosen] - data.data[chosen].mean(0)
    x /= np.linalg.norm(x, axis=1).mean()
    draw = np.random.RandomState(5).standard_normal
    start = Parameters(1e-3 * draw((60, 64)), np.zeros(60), 1e-3 * draw((10, 60)))
    return x, data.target[chosen], start


def state(trained, time, seed=0):
    return Parameters(*(part[seed, time] for part in trained.parameters))


def settled(one):
    """A state of the plateau in which gates have settled, with small outputs still."""
    return one.at(one.fallen(0.99))


def test_two_outputs_have_one_mode_the_playgrounds(digits):
    errors = Objective().errors(digits.y, 2)
    for time in (0, 50):
        found = theory.pull_modes(digits.at(time), digits.x, errors)
        expected = theory.modes(digits.at(0 if time == 0 else time), digits.x, digits.y)
        if time == 0:
            np.testing.assert_allclose(found.rate[:, 0], expected.rate, rtol=1e-3)
            np.testing.assert_allclose(abs(found.growing[:, 0]), abs(expected.growing), rtol=1e-2)
        assert (found.rate[:, 1] == 0).all()
        assert (found.growing[:, 1] == 0).all()
        order = theory.mode_shares(found)
        assert spearmanr(order, abs(found.growing[:, 0])).statistic == pytest.approx(1)


def test_ten_outputs_have_nine_modes_which_a_real_step_multiplies(ten):
    x, y, start = ten
    errors = Objective().errors(y, 10)
    before = theory.pull_modes(start, x, errors)
    assert ((before.rate > 0).sum(1) <= 9).all()
    trained = train(batch([start]), x, y, Optimiser(LR), np.array([0, 1]))
    # The same vectors: projections of the new weights on the modes of the old gates.
    after = state(trained, 1)
    inputs = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    for neuron in range(0, 60, 7):
        gates = x @ start.w_in[neuron] + start.b[neuron] > 0
        left, rate, right = np.linalg.svd(
            inputs.T @ (gates[:, None] * errors) / len(x), full_matrices=False
        )
        total = np.append(after.w_in[neuron], after.b[neuron])
        there = before.rate[neuron] > 0
        grown = ((total @ left + right @ after.w_out[:, neuron]) / 2)[there]
        expected = before.growing[neuron, there] * (1 + LR * rate[there])
        np.testing.assert_allclose(grown, expected, rtol=1e-3, atol=1e-8)


def test_shares_of_all_modes_predict_ten_classes_better_than_the_fastest_mode(ten):
    x, y, start = ten
    trained = train(batch([start]), x, y, Optimiser(LR), recorded_times(2000))
    assert trained.accuracy[0, -1] > 0.9
    last = state(trained, -1)
    final = neurons.norm_product(last.w_in, last.w_out)
    lone = train(batch([start]), x, y, Optimiser(LR), np.array([0, 200]), Objective(tangent=True))
    found = theory.pull_modes(state(lone, 1), x, Objective().errors(y, 10))
    shares = spearmanr(theory.mode_shares(found), final).statistic
    fastest = spearmanr(abs(found.growing[:, 0]), final).statistic
    assert shares > 0.7
    assert shares > fastest + 0.1


def test_momentum_and_decay_multiply_by_the_larger_root(digits):
    """A real run from the plateau: the growing modes' factor a step, once the roots have parted."""
    start = settled(digits)
    mu, decay, lr = 0.8, 0.02, 0.02
    small = Parameters(start.w_in * 0.01, start.b * 0.01, start.w_out * 0.01)
    optimiser = Optimiser(lr, momentum=mu, weight_decay=decay)
    times = np.array([0, 40, 60])
    trained = train(batch([small]), digits.x, digits.y, optimiser, times)
    modes = [theory.modes(state(trained, time), digits.x, digits.y) for time in (1, 2)]
    gates = [digits.x @ state(trained, time).w_in.T + state(trained, time).b > 0 for time in (1, 2)]
    steady = (gates[0] != gates[1]).mean(0) < 0.02
    assert steady.sum() > 20
    found = (np.log(abs(modes[1].growing)) - np.log(abs(modes[0].growing)))[steady] / 20
    rate = np.sqrt(modes[0].rate * modes[1].rate)[steady]
    expected = np.log(theory.growth_factors(rate, lr, mu, decay)[0])
    assert np.median(found / expected) == pytest.approx(1, abs=0.02)
    # Neither would do alone.
    assert np.median(found / np.log(theory.growth_factors(rate, lr, mu)[0])) < 0.95
    assert np.median(found / np.log1p(lr * rate)) > 2


def test_growth_factors_without_momentum_are_those_of_descent():
    rate = np.array([0.0, 0.1, 2.0])
    larger, smaller = theory.growth_factors(rate, 0.1)
    np.testing.assert_allclose(larger, 1 + 0.1 * rate)
    np.testing.assert_allclose(smaller, 0, atol=1e-12)
    # Decay beats what grows more slowly; a small step with momentum is a longer one without.
    assert (theory.growth_factors(rate, 0.1, 0.9, 0.5)[0] < 1).tolist() == [True, True, False]
    assert theory.growth_factors(0.1, 1e-3, 0.9)[0] == pytest.approx(1 + 1e-3, abs=2e-5)


def test_minibatch_noise_is_bounded_by_the_epoch_and_common_to_neurons(digits):
    start, size, lr = settled(digits), 10, 0.02
    copies = 60
    steps = len(digits.x) // size
    times = np.array([0, steps // 2, steps])
    trained = train(batch([start] * copies), digits.x, digits.y, Optimiser(lr, batch=size), times)
    logs = np.array(
        [
            [
                np.log(abs(theory.modes(state(trained, t, s), digits.x, digits.y).growing))
                for t in (1, 2)
            ]
            for s in range(copies)
        ]
    )  # fmt: skip  (copies, 2, d)
    strong = neurons.norm_product(start.w_in, start.w_out)
    strong = strong > np.median(strong)
    predicted = [
        theory.batch_noise(start, digits.x, digits.y, lr, size, t) for t in (steps // 2, steps)
    ]
    measured = logs.std(0)
    ratio = (measured[0] / predicted[0])[strong]
    assert 0.8 < np.median(ratio) < 1.25
    np.testing.assert_array_equal(predicted[1], 0)
    assert np.median(measured[1][strong]) < 0.1 * np.median(measured[0][strong])
    # Neurons with the same gates share their noise; the order among them cannot change.
    gates = (digits.x @ start.w_in.T + start.b > 0).T[strong]
    middle = logs[:, 0, strong]
    alike = [
        np.corrcoef(middle[:, i], middle[:, j])[0, 1]
        for i in range(len(gates)) for j in range(i) if (gates[i] != gates[j]).mean() < 0.05
    ]  # fmt: skip
    assert len(alike) > 20
    assert np.median(alike) > 0.95


def test_uncentred_targets_have_the_mean_as_their_fastest_mode(digits):
    start = digits.at(0)
    raw = theory.pull_modes(start, digits.x, Objective("squared").errors(digits.y, 2))
    assert (raw.rate[:, 0] > 2 * raw.rate[:, 1]).all()
    assert (raw.rate[:, 1] > 0).all()
    # Its outputs go up together; those of the second mode apart.
    assert (raw.out[:, 0].prod(1) > 0.1).all()
    assert (raw.out[:, 1].prod(1) < -0.1).all()
    centred = Objective("squared", centred=True).errors(digits.y, 2)
    np.testing.assert_allclose(centred, Objective().errors(digits.y, 2))
    assert (theory.pull_modes(start, digits.x, centred).rate[:, 1] == 0).all()


def test_the_mean_is_learnt_before_the_classes(digits):
    objective = Objective("squared")
    start = batch([digits.at(0)])
    trained = train(start, digits.x, digits.y, Optimiser(LR), recorded_times(1500), objective)
    constant = objective.constant_loss(digits.y, 2)
    fallen = neurons.first(trained.loss[0] < 0.9 * trained.loss[0, 0])
    drop = neurons.first(trained.loss[0] < 0.9 * constant)
    assert trained.time[drop] > 1.5 * trained.time[fallen]
    one = state(trained, fallen)
    hidden = (digits.x @ one.w_in.T + one.b).clip(0)
    outputs = hidden @ one.w_out.T
    apart, together = abs(outputs[:, 0] - outputs[:, 1]).mean(), abs(outputs.sum(1)).mean()
    assert apart < 0.2 * together


def test_adams_memory_turns_the_order_round_and_sign_descent_does_not():
    sizes = np.geomspace(0.3, 30, 20)
    falling = np.r_[np.ones(20), np.exp(-np.arange(300) / 60)]
    memory, none = (theory.adam_sizes(sizes, falling, memory=kept) for kept in (True, False))
    assert spearmanr(memory[-1], sizes).statistic == pytest.approx(-1)
    assert spearmanr(none[-1], sizes).statistic == pytest.approx(1)
    for grown in (memory, none):  # nothing races: all become alike
        assert grown[-1].max() / grown[-1].min() < 1.5 < sizes.max() / sizes.min()
    # What is told before the errors fall is what comes.
    told = theory.adam_order(memory[:21], np.arange(21))
    assert spearmanr(told, memory[-1]).statistic > 0.9


@dataclasses.dataclass(frozen=True)
class Forgetful(Optimiser):
    """Adam without memory: each number's step is its gradient's sign."""

    def over(self, parameters):
        return torch.optim.Adam(parameters, lr=self.lr, betas=(0.0, 0.0), eps=1e-12)


@pytest.fixture(scope="module")
def adam_runs():
    """Real runs in the full space from one start: {name: (norm products, loss, time, |c|)}."""
    config = Config(task="digits", width=60, steps=1, seeds=(0, 1, 2), device="cpu")
    simulation = run.simulate(config)
    start = [
        one.whole(0)._replace(w_in=simulation.rotation.to_inputs(one.full_w_in(0)))
        for one in simulation.runs
    ]
    x, y = simulation.task.x, simulation.task.y
    found = {}
    for name, optimiser, steps in (
        ("adam", Optimiser(1e-3, "adam"), 500),
        ("forgetful", Forgetful(1e-3, "adam"), 500),
        ("descent", Optimiser(LR), 1500),
    ):
        trained = train(batch(start), x, y, optimiser, recorded_times(steps))
        w_in, _, w_out = trained.parameters
        along = abs(w_out[:, :, 0] - w_out[:, :, 1]) / np.sqrt(2)
        found[name] = neurons.norm_product(w_in, w_out), trained.loss, trained.time, along
    return found


def kept(strength, loss):
    """Rank correlation of the norm products at the drop with the final ones, mean over seeds."""
    drops = [neurons.first(one < 0.9 * one[0]) for one in loss]
    return np.mean(
        [spearmanr(one[drop], one[-1]).statistic for one, drop in zip(strength, drops, strict=True)]
    )


def spread(strength):
    """Ratio of the 90th to the 10th percentile of the norm products, mean over seeds (T,)."""
    low, high = np.percentile(strength, [10, 90], axis=-1)
    return (high / low).mean(0)


def test_real_adam_reverses_the_order_by_its_memory_alone(adam_runs):
    found = {name: kept(strength, loss) for name, (strength, loss, *_) in adam_runs.items()}
    assert found["descent"] > 0.9
    assert found["adam"] < -0.2
    assert found["forgetful"] > found["adam"] + 0.2


def test_under_adam_sizes_become_alike_where_descent_makes_them_differ(adam_runs):
    apart = {name: spread(strength)[[0, -1]] for name, (strength, *_) in adam_runs.items()}
    assert apart["adam"][1] < apart["adam"][0]
    assert apart["descent"][1] > 10 * apart["descent"][0]


def test_a_neurons_part_is_its_share_of_each_mode_weighted_by_the_modes_rate():
    """By hand: shares (1/10, 9/10) of a fast mode, (16/17, 1/17) of a slow and larger one."""
    growing = np.array([[1.0, 40.0], [-3.0, 10.0]])
    state = theory.PullModes(np.array([[0.5, 0.1]] * 2), growing, np.zeros((2, 2, 2)))
    expected = [0.5 * 0.1 + 0.1 * 16 / 17, 0.5 * 0.9 + 0.1 / 17]
    np.testing.assert_allclose(theory.mode_shares(state), expected)
    later = state._replace(growing=growing * [7.0, 2.0])  # all neurons alike: nothing changes
    np.testing.assert_allclose(theory.mode_shares(later), expected)


def test_on_the_plateau_adam_adds_where_descent_multiplies(adam_runs):
    """What a neuron's outgoing weight grows by, against its size: the slope of the logarithms.

    1 where all grow by a factor, 0 where all grow by a length. Adam's memory lies between: who was
    small has small gradients to measure its own by.
    """
    slopes = {name: added_against_size(*found) for name, found in adam_runs.items()}
    assert slopes["descent"] > 0.9
    assert slopes["adam"] < 0.6
    assert abs(slopes["forgetful"]) < 0.2


def added_against_size(_, loss, time, along):
    """Of w_out along the error, in the second half of the plateau; the median over seeds."""
    found = []
    for one, losses in zip(along, loss, strict=True):
        stirred = neurons.first(losses < 0.99 * losses[0])
        before, after = one[[neurons.first(time >= time[stirred] / 2), stirred]]
        grown = after > before
        added = np.log((after - before)[grown])
        found.append(np.polyfit(np.log(before[grown]), added, 1)[0])
    return np.median(found)


def test_adams_step_when_the_errors_fall_is_shorter_for_who_was_ahead():
    """The appendix's formula, for a size that has grown evenly from a0 to a0 + T."""
    lead = np.geomspace(0.01, 100, 30)  # a0 / T
    formula = (1 + lead) / np.sqrt(lead**2 + lead + 1 / 3)
    time = np.linspace(0, 1, 4001)
    sizes = lead + time[:, None]
    np.testing.assert_allclose(theory.adam_order(sizes, time), formula, rtol=1e-4)
    assert (np.diff(formula) < 0).all()
    assert formula[[0, -1]] == pytest.approx([np.sqrt(3), 1], rel=0.02)


@pytest.mark.parametrize(("layers", "scale"), [(2, 0.03), (3, 0.3)])
def test_a_network_of_more_layers_grows_the_faster_the_larger_it_is(digits, layers, scale):
    """All layers gain alike, and what they gain goes as the size to the number of layers.

    So log sizes grow at a constant rate with one hidden layer, and at a rate that grows with two.
    """
    shapes = [(60, digits.x.shape[1]), (60, 60), (2, 60)]
    drawn = networks.draw(1, [shapes[0], *shapes[-layers + 1 :]], "fan_in", scale)
    if layers == 3:
        drawn = networks.Deep(drawn[0], np.zeros(60), drawn[1], np.zeros(60), drawn[2])
        logits = networks.two_hidden_layers
    else:
        drawn, logits = Parameters(drawn[0], np.zeros(60), drawn[1]), one_hidden_layer
    trained = train(
        networks.batch([drawn]), digits.x, digits.y, Optimiser(0.02), np.arange(0, 4000, 10),
        Objective(tangent=True), logits, stop_below=-3,
    )  # fmt: skip
    parts = [(part[0].reshape(len(trained.time), -1) ** 2).sum(1) for part in trained.parameters]
    last, before = parts[-1], parts[-2] + parts[-3]  # w_out; the layer below it with its bias
    pulled = -trained.loss[0]  # <e . outputs>
    expected = 2 * np.trapezoid(pulled, 0.02 * trained.time)
    assert last[-1] - last[0] == pytest.approx(expected, rel=0.05)
    assert before[-1] - before[0] == pytest.approx(expected, rel=0.05)
    late = pulled > pulled[-1] / 100
    slope = np.polyfit(np.log(last[late]) / 2, np.log(pulled[late]), 1)[0]
    assert slope == pytest.approx(layers, abs=0.15)
