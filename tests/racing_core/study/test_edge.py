"""The edge: networks against torch's own, measures against the playground's, and verdicts."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from export.data import evidence
from racing_core import neurons, run, tasks
from racing_core.__main__ import main
from racing_core.config import Config
from racing_core.descent import Rotation, recorded_times
from racing_core.errors import InputError
from racing_core.network import Parameters, forward, initial
from racing_core.optimisers import Objective, train
from racing_core.study import measures, provenance
from racing_core.study.edge import networks, plan, results, rows, runner, scales
from racing_core.study.edge.cells import edge
from racing_core.study.edge.problems import problem, ten_classes
from racing_core.study.edge.variants import RULE, VARIANTS, Trial, Variant

BASE = {"task": "digits", "width": 30, "steps": 1500, "seeds": (5, 6), "device": "cpu"}


@pytest.fixture(scope="module")
def digits():
    task = tasks.load("digits")
    return task, Rotation(task.x)


def measured(digits, name, **changed):
    variant = VARIANTS[name]
    return edge(Config(**BASE | variant.fields | changed), variant, *digits)


@pytest.fixture(scope="module")
def base(digits):
    return measured(digits, "base")


def test_the_playground_is_measured_as_it_is_elsewhere(digits, base):
    """The span and one coordinate for the rest give the norms of the full space."""
    simulation = run.simulate(Config(**BASE), task=digits[0], rotation=digits[1])
    for one, found in zip(simulation.runs, base, strict=True):
        layer = found["layers"][0]
        drop = one.fallen(measures.DROP)
        assert found["drop"] == pytest.approx(one.time[drop], rel=0.05)  # half of the times
        kept = measures.spearman(one.norm_product[drop], one.norm_product[-1])
        assert layer["order_kept"] == pytest.approx(kept, abs=0.01)
        told = measures.spearman(one.predicted_order, one.norm_product[-1])
        assert layer["forecast_full_batch"] == pytest.approx(told)
        assert layer["forecast_extended"] == layer["forecast_full_batch"]
        seen = neurons.norm_product(one.w_in, one.w_out)  # (T, d), in the span
        winners = np.argsort(-one.norm_product[-1])[: round(0.1 * 30)]
        grown = np.median(np.log(seen[drop] / seen[0])[winners])
        assert layer["growth"] == pytest.approx(grown / 2, rel=0.1)  # of each of two layers
        low, high = np.percentile(one.norm_product[-1], [10, 90])
        assert layer["spread_end"] == pytest.approx(high / low, rel=0.05)
        assert layer["live"] == measures.directions(one)["live"]["span"]
        assert layer["directions"] == measures.directions(one)["directions"]["span"]
        assert found["accuracy"] == one.accuracy[-1]
        assert layer["merged"] == pytest.approx(
            (forward(one.merged, one.x)[0].argmax(1) == one.y).mean()
        )
        assert layer["pruned"] == one.pruned.accuracy[round(0.05 * 30)]


@pytest.mark.parametrize(
    "name", [name for name, v in VARIANTS.items() if v.network in ("playground", "deep")]
)
def test_every_variant_gives_plain_values(digits, name):
    """Short runs, of which some never drop."""
    found = measured(digits, name, steps=60, width=12)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert len(found) == 2
    for row in rows.rows(VARIANTS[name], "fan_in", found):
        assert row["verdict"] in (*rows.VERDICTS, "no race", "never dropped")


@pytest.mark.parametrize("name", ["ten_classes", "convolution"])
def test_variants_with_images_of_their_own(cifar10, name):
    variant = VARIANTS[name]
    changed = {"task": "cifar10", "width": 12, "steps": 3, "per_class": 4, "data_dir": cifar10}
    config = Config(**BASE | variant.fields | changed)
    task = tasks.load("cifar10", per_class=4, data_dir=cifar10)
    found = edge(config, variant, task, Rotation(task.x))
    assert [one["drop"] for one in found] == [None, None]
    x, y = ten_classes(4, cifar10)
    assert x.shape == (40, 3072)
    assert np.bincount(y).tolist() == [4] * 10


def test_the_convolution_is_torchs(cifar10):
    images = tasks.load("cifar10", per_class=2, data_dir=cifar10).x
    cut = networks.patches(images)
    scale = np.linalg.norm(
        torch.nn.functional.unfold(torch.tensor(images).view(-1, 3, 32, 32), 5, stride=2), axis=1
    ).mean()
    draw = np.random.RandomState(1).standard_normal
    one = Parameters(draw((4, 75)), draw(4), draw((2, 4)))
    ours = networks.convolution([torch.tensor(part)[None] for part in one], torch.tensor(cut))[0]
    maps = torch.nn.functional.conv2d(
        torch.tensor(images / scale).view(-1, 3, 32, 32),
        torch.tensor(one.w_in).view(4, 3, 5, 5),
        torch.tensor(one.b),
        stride=2,
    )
    theirs = torch.relu(maps).mean((2, 3)) @ torch.tensor(one.w_out).T
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def deep(seed=0):
    draw = np.random.RandomState(seed).standard_normal
    return networks.Deep(draw((5, 3)), draw(5), draw((4, 5)), draw(4), draw((2, 4)))


def logits(one, x):
    return networks.two_hidden_layers([torch.tensor(p)[None] for p in one], torch.tensor(x))[0]


def test_a_hidden_layer_can_be_taken_out_and_put_back():
    """Without a neuron whose outgoing weights are 0, in either layer, the outputs stay."""
    one, x = deep(), np.random.RandomState(9).standard_normal((7, 3))
    for index, silent in ((0, 2), (1, 3)):
        layer = networks.layers(one)[index]
        layer.w_out[:, silent] = 0
        others = np.delete(np.arange(len(layer.b)), silent)
        small = Parameters(layer.w_in[others], layer.b[others], layer.w_out[:, others])
        less = networks.with_layer(one, index, small)
        np.testing.assert_allclose(logits(less, x), logits(one, x), rtol=1e-12)


def test_the_errors_that_come_back_to_the_first_layer_are_autograds():
    one, x = deep(), np.random.RandomState(9).standard_normal((7, 3))
    e = np.random.RandomState(8).standard_normal((7, 2))
    w_in, b, w_mid, b_mid, w_out = (torch.tensor(part) for part in one)
    first = (torch.tensor(x) @ w_in.T + b).clamp(min=0)
    # The output of a hidden layer's weights, before the next layer's gates.
    middle = (first @ w_mid.T + b_mid).requires_grad_()
    (-(torch.tensor(e) * (middle.clamp(min=0) @ w_out.T)).sum()).backward()
    (seen, back), (hidden, top) = networks.layer_problems(one, x, e)
    np.testing.assert_allclose(back, -middle.grad)
    np.testing.assert_allclose(hidden, first)
    assert seen is x
    assert top is e


def test_starts_have_the_sizes_that_they_are_named_after():
    shapes = [(400, 300), (50, 400)]
    uniform = networks.draw(0, shapes, "torch", 1.0)
    for weights in uniform:
        bound = 1 / np.sqrt(weights.shape[1])
        assert 0.98 * bound < abs(weights).max() <= bound
        # torch's own layer, by its spread.
        theirs = torch.nn.Linear(*weights.shape[::-1]).weight.std().item()
        assert weights.std() == pytest.approx(theirs, rel=0.03)
    assert networks.draw(0, shapes, "he", 1.0)[0].std() == pytest.approx((2 / 300) ** 0.5, rel=0.02)
    w_in, w_out = networks.draw(0, shapes, "balanced", 0.1)
    np.testing.assert_allclose(np.linalg.norm(w_in, axis=1), np.linalg.norm(w_out, axis=0))
    assert not networks.biases(0, shapes, "he", 1.0)[0].any()
    assert abs(networks.biases(0, shapes, "torch", 0.1)[0]).max() <= 0.1 / np.sqrt(300)


def test_weight_decay_reaches_what_no_sample_sees(digits):
    """The one coordinate for the rest decays as all its coordinates do in the full space."""
    task = dataclasses.replace(
        digits[0], x=digits[0].x[::10], y=digits[0].y[::10]
    )  # 20 samples, 64 inputs
    rotation = Rotation(task.x)
    variant = dataclasses.replace(VARIANTS["weight_decay"], optimiser={"weight_decay": 0.1})
    folded = problem(Config(**BASE), variant, task, rotation)
    start = networks.batch(
        [initial(seed, 30, rotation.rank, 64, "fan_in", 0.01) for seed in BASE["seeds"]]
    )
    start = start._replace(w_in=np.stack([rotation.to_inputs(one) for one in start.w_in]))
    times = np.array([0, 200])
    ours = train(networks.batch(folded.start), folded.x, task.y, folded.optimiser, times)
    theirs = train(start, task.x, task.y, folded.optimiser, times)
    norms = [np.linalg.norm(one.parameters.w_in, axis=-1) for one in (ours, theirs)]
    np.testing.assert_allclose(*norms, rtol=1e-8)
    assert (norms[0][:, 1] < norms[0][:, 0]).any()


def test_the_race_of_the_classes_starts_when_the_mean_is_learnt(digits):
    """The drop is counted from the best constant output, not from output 0."""
    variant = VARIANTS["squared"]
    setting = problem(Config(**BASE), variant, *digits)
    times = recorded_times(BASE["steps"])
    trained = train(
        networks.batch(setting.start), setting.x, setting.y, setting.optimiser, times,
        setting.objective,
    )  # fmt: skip
    for loss, found in zip(trained.loss, measured(digits, "squared"), strict=True):
        # Half the sum of squares about 1/2: a quarter.
        expected = times[np.argmax(loss < 0.9 * 0.25)]
        assert found["drop"] == pytest.approx(expected, rel=0.05)
        assert found["layers"][0]["order_first"] < found["layers"][0]["order_kept"]


@pytest.fixture
def racing():
    return {
        "order_kept": 0.99, "top_tenth": 0.9, "forecast_extended": 0.95, "accuracy": 1.0,
        "merged": 1.0, "pruned": 0.97, "growth": 3.0, "clustered": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "holds"),
        ({"order_kept": 0.89}, "weaker"),
        ({"top_tenth": 0.45}, "weaker"),
        ({"top_tenth": 0.1}, "fails"),
        ({"forecast_extended": 0.6}, "weaker"),
        ({"forecast_extended": 0.4}, "fails"),
        ({"order_kept": -0.7}, "fails"),
        ({"forecast_extended": None}, "fails"),
        ({"growth": 0.9}, "no race"),
    ],
)
def test_a_verdict_is_the_worse_of_order_and_forecast(racing, changed, verdict):
    assert rows.judged(racing | changed)["verdict"] == verdict


def test_the_rule_cannot_be_changed_after_the_fact():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RULE.growth = 0.0


def test_the_end_of_the_race_is_the_last_size_before_the_first_that_fails():
    good = {
        "forecast_extended": 0.9, "followed": 0.5, "order_kept": 0.95, "clustered": 1.0,
        "clustered_full": 1.0, "growth": 2.0,
    }  # fmt: skip
    curve = [
        good | {"relative": 0.01},
        good | {"relative": 0.1, "clustered_full": 0.1},
        good | {"relative": 0.3, "growth": 0.2, "followed": 1.5},
        {"relative": 1.0, "verdict": "never dropped"},
        good | {"relative": 3.0},
    ]
    assert scales.ends(curve) == {
        "forecast": 0.3, "foresight": 0.1, "order": 0.3, "clusters": 0.3, "clusters_full": 0.01,
        "growth": 0.1,
    }  # fmt: skip


def test_sizes_are_in_units_of_torchs_own_start():
    for start in scales.STARTS:
        variant, fields = scales.planned(start, 1.0, inputs=3072)
        init = VARIANTS[variant].start or fields["init"]
        if init == "per_weight":
            drawn = fields["init_scale"]
        else:
            drawn = networks.draw(0, [(300, 3072), (2, 300)], init, fields["init_scale"])[0].std()
        assert drawn == pytest.approx(1 / np.sqrt(3 * 3072), rel=0.01)


def test_a_value_at_its_limit_holds():
    assert [rows._at_least(value, (0.9, 0.6)) for value in (0.9, 0.89, 0.6, 0.59)] == [0, 1, 1, 2]
    assert [rows._at_most(value, (0.02, 0.1)) for value in (0.02, 0.03, 0.1, 0.2)] == [0, 1, 1, 2]


def test_a_trial_is_met_within_a_twentieth_of_its_range():
    trial = Trial((0.6, 0.8), (0.9, 0.9), "weaker", balanced=(0.5, 0.5))
    variant = Variant("one", trial, "because")

    def met(init, order, forecast):
        row = {"order_kept": order, "forecast_full_batch": forecast}
        return rows._against(variant, init, row)["trial"]["met"]

    assert met("fan_in", 0.56, 0.94) == {"order": True, "forecast": True}
    assert met("fan_in", 0.54, 0.96) == {"order": False, "forecast": False}
    assert met("balanced", 0.84, 0.54) == {"order": True, "forecast": True}
    assert met("balanced", None, 0.9) == {"order": False, "forecast": False}
    assert rows._against(VARIANTS["base"], "fan_in", {}) == {"trial": None}


@pytest.fixture
def small_cells():
    fields = plan.BASE | BASE | {"width": 12, "steps": 800}
    variants = [
        plan.Cell(
            name,
            "fan_in",
            fields | VARIANTS[name].fields | {"steps": 800, "lr": 0.1, "init_scale": 0.3},
        )
        for name in ("base", "momentum", "two_layers")
    ]
    return [*variants, plan.Cell("base", "fan_in", fields | {"init_scale": 0.5}, 0.9)]


def test_a_cell_that_is_there_is_not_run_again(small_cells, tmp_path, monkeypatch):
    runner.run(small_cells[:2], tmp_path)
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    seen = []
    runner.run(small_cells[:3], tmp_path, on_done=seen.append)
    assert seen == small_cells[:3]
    after = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert len(after) == 3
    assert before.items() <= after.items()
    assert [cell for cell, _ in runner.load(small_cells, tmp_path)] == small_cells[:3]
    monkeypatch.setattr(runner, "edge", None)  # with nothing to do, nothing is done
    runner.run(small_cells[:3], tmp_path)


def test_a_run_that_diverges_is_a_result(small_cells, tmp_path):
    wild = dataclasses.replace(small_cells[0], fields=small_cells[0].fields | {"lr": 1e30})
    runner.run([wild], tmp_path)
    [(_, content)] = runner.load([wild], tmp_path)
    assert "diverged" in content["diverged"]
    [row] = results.tables([(wild, content)])["edge"]["rows"]
    assert row["verdict"] == "diverged"


def test_bad_input_is_no_result(small_cells, tmp_path):
    lost = dataclasses.replace(small_cells[0], fields=small_cells[0].fields | {"task": "no.npz"})
    with pytest.raises(InputError):
        runner.run([lost], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_covers_what_is_changed_and_the_code_but_no_words(monkeypatch):
    cells = plan.cells()
    assert len({cell.key for cell in cells}) == len(cells)
    one = next(cell for cell in cells if cell.variant == "momentum")
    before = one.key

    def other(**changed):
        with monkeypatch.context() as patch:
            patch.setitem(VARIANTS, "momentum", dataclasses.replace(one.changes, **changed))
            return one.key

    assert other(reason="Other words.", trial=None, name="else") == before
    assert other(optimiser={"momentum": 0.8}) != before
    assert other(objective=Objective(smoothing=0.2)) != before
    assert dataclasses.replace(one, fields=one.fields | {"lr": 0.2}).key != before
    monkeypatch.setattr(provenance, "code", lambda start: "other")
    assert one.key != before


def test_the_code_of_a_key_is_that_of_the_measures():
    found = {}
    provenance._collect(plan.START, provenance.ROOT, found)
    names = {name.removeprefix("racing_core.") for name in found}
    assert names >= {"optimisers", "theory", "study.measures", "study.edge.problems"}
    assert not names & {"study.edge.variants", "study.edge.rows", "study.edge.results"}


def test_the_seeds_are_fresh():
    assert not set(plan.SEEDS) & {*range(6), 60, 61, 62}


def test_the_tables_have_the_fields_that_their_files_explain(small_cells, tmp_path):
    runner.run(small_cells, tmp_path)
    tables = results.tables(runner.load(small_cells, tmp_path))
    names = evidence.publish(tmp_path / "data", tables)
    assert names == ["evidence/edge.json", "evidence/edge_scales.json"]
    for name in names:
        content = json.loads((tmp_path / "data" / name).read_text("utf-8"))
        assert {key for row in content["rows"] for key in row} == set(content["fields"]), name
        assert content["source"] == "racing edge"
    edge_rows = tables["edge"]["rows"]
    assert [row["layer"] for row in edge_rows] == [None, None, "first", "second"]
    assert edge_rows[1]["order_kept"] == np.mean(edge_rows[1]["by_seed"]["order_kept"])
    assert set(tables["edge_scales"]["ends"]) == {"fan_in"}


def test_an_unknown_variant_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["edge", "--only", "magic"])
    assert stopped.value.code == 2
    assert "There is no variant 'magic'; there are base, batch_10" in capsys.readouterr().err
