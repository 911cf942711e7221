"""`racing train --optimizer`: other optimisers give the same kind of run, in the span."""

import dataclasses

import numpy as np
import pytest
import torch

from racing_core import memory, optimised, run
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.study.measures import spearman
from racing_core.training import Training

SMALL = {"task": "digits", "width": 20, "seeds": (3, 4), "device": "cpu"}


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer": "adam", "lr": 1e-3, "steps": 30},
        {"momentum": 0.9, "steps": 30},
        {"batch": 10, "steps": 30},
        {"optimizer": "adam", "lr": 1e-3, "batch": 50, "bias": False, "steps": 30},
    ],
    ids=str,
)
def test_a_run_is_torchs_own(fields):
    """A textbook loop over the span's coordinates, with torch's optimiser and numpy's epochs."""
    ours = optimised.simulate(Training(**SMALL | fields)).runs[1]
    start = run.simulate(Config(**SMALL, steps=1)).runs[1].at(0)
    parts = [torch.tensor(part, requires_grad=True) for part in start]
    kind = torch.optim.Adam if "optimizer" in fields else torch.optim.SGD
    more = {"momentum": fields["momentum"]} if "momentum" in fields else {}
    stepper = kind(parts, lr=fields.get("lr", 0.1), **more)
    x, y = torch.tensor(ours.x), torch.tensor(ours.y)
    draw, epoch = np.random.RandomState(4), []
    for _ in range(fields["steps"]):
        if not epoch:
            epoch = list(draw.permutation(len(y)).reshape(-1, fields.get("batch", len(y))))
        chosen = epoch.pop(0)
        stepper.zero_grad()
        bias = parts[1] if fields.get("bias", True) else 0
        hidden = torch.relu(x[chosen] @ parts[0].T + bias)
        torch.nn.functional.cross_entropy(hidden @ parts[2].T, y[chosen]).backward()
        stepper.step()
    for found, expected in zip(ours.at(-1), parts, strict=True):
        np.testing.assert_allclose(found, expected.detach(), rtol=1e-6, atol=1e-9)


def test_plain_descent_is_the_closed_form():
    ours = optimised.simulate(Training(**SMALL, steps=20))
    theirs = run.simulate(Config(**SMALL, steps=20))
    np.testing.assert_array_equal(ours.trajectory.loss, theirs.trajectory.loss)
    assert Training(**SMALL, steps=20).plain() == Config(**SMALL, steps=20).plain()


def test_the_plain_fields_name_the_optimiser():
    training = Training(**SMALL, optimizer="adam", batch=10)
    told = training.plain()
    assert {name: told[name] for name in ("optimizer", "batch")} == {
        "optimizer": "adam",
        "batch": 10,
    }
    assert "momentum" not in told


def test_adam_turns_the_order_round_where_descent_keeps_it():
    adam = Training(**SMALL | {"width": 60}, optimizer="adam", lr=1e-3, steps=800)
    kept = {}
    for name, training in (
        ("adam", adam),
        ("momentum", dataclasses.replace(adam, optimizer="sgd", lr=0.1, momentum=0.9, steps=400)),
    ):
        runs = optimised.simulate(training).runs
        sizes = [(one.norm_product[one.fallen(0.9)], one.norm_product[-1]) for one in runs]
        kept[name] = np.mean([spearman(*pair) for pair in sizes])
    assert kept["adam"] < -0.2
    assert kept["momentum"] > 0.9


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"momentum": 1.0}, "momentum is 1.0"),
        ({"momentum": 0.9, "optimizer": "adam"}, "not for adam"),
        ({"batch": 0}, "batch is 0"),
        ({"batch": 10_000, "steps": 1}, "between 1 and the 200 samples"),
    ],
    ids=str,
)
def test_bad_input_gets_a_sentence(fields, words):
    with pytest.raises(InputError, match=words):
        optimised.simulate(Training(**SMALL | fields))


@pytest.mark.parametrize("fields", [{"optimizer": "adam"}, {"momentum": 0.9}, {"batch": 10}])
def test_a_history_that_cannot_fit_is_refused_before_it_starts(fields, monkeypatch):
    """The start of all seeds fits, what is recorded of them does not."""
    training = Training(**SMALL | {"width": 100, "steps": 1000}, **fields)
    monkeypatch.setattr(memory, "available", lambda: 10_000_000)
    with pytest.raises(InputError, match="GB of memory"):
        optimised.simulate(training, on_step=lambda steps: pytest.fail("it has started"))
