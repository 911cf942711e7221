"""Measures: what cannot be measured is absent, and JSON can hold the rest."""

import dataclasses
import json

import numpy as np
import pytest

from racing_core import neurons, theory
from racing_core.config import Config
from racing_core.run import simulate
from racing_core.study import jobs as work
from racing_core.study import measures, plan, results, tickets, timeline


@pytest.fixture(scope="module")
def unmoved():
    """Five steps: the loss stays where it was, and in `order` so do the neurons."""
    return simulate(Config(task="digits", width=60, steps=5)).run()


@pytest.fixture(scope="module")
def trained():
    return simulate(Config(task="digits", width=60, steps=2000)).run()


def test_a_loss_that_never_drops_has_no_drop(unmoved, trained):
    assert unmoved.fallen(measures.DROP) is None
    index = trained.fallen(measures.DROP)
    assert trained.loss[index] < 0.9 * trained.loss[0] <= trained.loss[index - 1]


def test_what_depends_on_a_drop_is_absent_without_one(unmoved, trained):
    with_drop, without = measures.measure(trained), measures.measure(unmoved)
    assert 0 < with_drop["order_kept"] <= 1
    assert 0 < with_drop["all"]["order_kept"] <= 1
    assert set(with_drop["gates"]) == {"start", "drop"}
    assert set(with_drop["turned_first"]) == {"span", "full"}
    assert set(without["gates"]) == {"start"}
    assert set(without["all"]) == {"predicted", "top_predicted"}
    assert without["turned_first"] == {}
    assert not {"order_kept", "slope_ratio"} & set(without)


def test_a_group_without_a_drop_still_has_its_other_predictors(trained, monkeypatch):
    monkeypatch.setattr(measures, "DROP", 0.0)  # below which no loss falls
    found = measures.measure(trained)
    assert found["predictors"]["cosine_span"] == {}
    assert set(found["predictors"]["cosine"]) == {"arrival", "final"}
    assert "arrival_rank" in found
    assert not {"order_kept", "slope_ratio"} & set(found)


def test_every_claim_is_read_from_what_is_measured(trained):
    """A path that leads nowhere would count as nothing to compare, for ever."""
    found = measures.measure(trained)
    for claim in results.CLAIMS:
        if claim.kind == "race":
            assert np.isfinite(claim.value(found)), claim.name


@pytest.mark.parametrize("kind", work.KINDS)
def test_results_are_json(kind):
    """After three steps hardly anything can be compared."""
    fields = {"task": "playground", "width": 12, "steps": 3, "seeds": [0, 1], "init_scale": 0.01}
    fields |= {"lr": 0.1}
    result = work.perform(kind, fields)
    job = plan.Job(kind, plan.Cell("playground", "fan_in"), fields, 0, "width", 12)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    json.dumps(results.tables([(job, result)]), allow_nan=False)


def test_a_timeline_of_neurons_that_never_grow_is_json(unmoved):
    """A share of no growth at all is 0 / 0."""
    still = np.repeat(unmoved.w_in[:1], len(unmoved.time), axis=0)
    with np.errstate(invalid="ignore"):
        found = timeline.timeline(dataclasses.replace(unmoved, w_in=still))
    assert set(found["grown"]) == {None}
    json.dumps(found, allow_nan=False)


def test_a_phase_cell_takes_the_device_that_there_is():
    """`auto`, the default, is not a device's name."""
    fields = {"task": "playground", "width": 5, "steps": 10, "seeds": [0]}
    assert set(work.perform("phase", fields)["networks"]) == {"0"}


def test_a_diverging_seed_is_left_out_of_a_phase_cell():
    fields = {"task": "playground", "width": 5, "steps": 60, "seeds": [0, 1], "lr": 1e300}
    result = work.perform("phase", fields)
    job = plan.Job("phase", plan.Cell("playground", "fan_in"), fields | {"init_scale": 1}, 0)
    (row,) = results.phase([(job, result)])
    assert (row["diverged"], row["race"], row["loss"]) == (1, None, None)


def test_the_share_of_the_top_tenth():
    final = np.arange(30.0)  # the top tenth: 29, 28, 27
    values = np.zeros(30)
    values[[29, 27, 3]] = 1
    assert measures._top(values, final) == pytest.approx(2 / 3)
    assert measures._top(final, final) == 1
    assert measures._top(-final, final) == 0
    assert measures._top(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0  # at least one


def test_closeness_in_direction_is_that_of_the_vector_and_the_target_that_are_named(trained):
    """Vector by vector, as the definition has it."""
    mask, drop = measures.groups(trained)[0], trained.fallen(measures.DROP)
    found = measures._predictors(trained, mask, drop)

    def cosine(a, b):
        return a @ b / np.sqrt((a @ a) * (b @ b))

    def vectors(index, whole):
        for neuron in np.flatnonzero(mask):
            w_in = np.r_[trained.w_in[index, neuron], trained.beyond[neuron]]
            rest = np.r_[trained.b[index, neuron], trained.w_out[index, :, neuron]]
            yield np.r_[w_in, rest] if whole else w_in

    for name, index, whole in (
        ("total_drop", drop, True), ("total", -1, True),
        ("cosine_drop", drop, False), ("cosine", -1, False),
    ):  # fmt: skip
        target = sum(one / np.sqrt(one @ one) for one in vectors(index, whole))
        expected = [cosine(one, target) for one in vectors(0, whole)]
        np.testing.assert_allclose(found[name], expected, atol=1e-12)


def test_a_sided_score_names_as_many_of_either_side():
    growing = np.array([5.0, -1.0, 4.0, 3.0, -2.0, 0.5])
    chosen = tickets._largest(tickets._by_side(growing), 4)
    assert chosen.tolist() == [0, 1, 2, 4]


def test_a_timeline_by_its_definitions(trained):
    found = timeline.timeline(trained)
    steps = np.array(found["time"])
    first, middle, last = 0, len(steps) // 2, -1
    assert (steps[first], steps[last]) == (0, 2000)
    assert (found["turned"][first], found["grown"][first], found["order"][last]) == (0, 0, 1)
    assert found["turned"][last] == found["grown"][last] == 1
    index = trained.time_index(steps[middle])
    norms = np.linalg.norm(trained.w_in, axis=-1)  # (T, d), in the span
    grown = (norms[index] - norms[0]) / (norms[-1] - norms[0])
    assert found["grown"][middle] == pytest.approx(np.median(grown), rel=1e-3)
    cosine = (trained.w_in * trained.w_in[0]).sum(-1) / (norms * norms[0])
    angle = np.arccos(cosine.clip(-1, 1))
    turned = np.median(angle[index] / angle[-1])
    assert found["turned"][middle] == pytest.approx(turned, rel=1e-3)
    start = trained.at(0)
    alone = theory.lone_neurons(start, trained.x, trained.y, trained.config.lr, steps[middle])
    p, c = theory.predicted(trained.modes, [steps[middle]], trained.config.lr)
    frozen = np.hypot(p, trained.modes.aside_in) * np.hypot(c, trained.modes.aside_out)
    real = neurons.norm_product(trained.w_in[index], trained.w_out[index])
    for name, predicted in (
        ("error_alone", neurons.norm_product(alone.w_in, alone.w_out)),
        ("error_frozen", frozen[0]),
    ):
        expected = np.median(abs(np.log(predicted) - np.log(real)))
        assert found[name][middle] == pytest.approx(expected, rel=1e-3), name
        assert found[name][first] == pytest.approx(0, abs=1e-9)
