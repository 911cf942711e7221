"""The lab's engine: numpy's draws and racing_core's start in JavaScript, and the worker."""

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from export.onnx_models import step_model
from racing_core import network, tasks
from racing_core.descent import Rotation, descend

ROOT = Path(__file__).parents[1]

STARTS = [
    {"seed": seed, "width": 7, "rank": rank, "inputs": 12, "init": init, "init_scale": 0.03}
    for seed, rank, init in [
        (0, 5, "fan_in"),
        (1, 5, "per_weight"),
        (2**32 - 1, 5, "balanced"),
        (3, 12, "balanced"),  # as many samples as inputs: nothing is at right angles to them
    ]
]


def expected_draws(seed):
    """Calls of odd and even length: numpy keeps the second Gaussian of a pair for later."""
    draw = np.random.RandomState(seed).standard_normal
    return {"seed": seed, "parts": [draw(count).tolist() for count in (1, 2000, 3, 1, 1000)]}


def expected_start(config):
    parameters = network.initial(**config)
    orthogonal = parameters.w_in[:, config["rank"] :]
    return {
        "config": config,
        "w_in": parameters.w_in[:, : config["rank"]].ravel().tolist(),
        "b": parameters.b.tolist(),
        "w_out": parameters.w_out.ravel().tolist(),
        "orthogonal": orthogonal.ravel().tolist(),
        "norms2": (orthogonal**2).sum(axis=1).tolist(),
        "products": (orthogonal @ orthogonal.T).ravel().tolist(),
    }


def test_javascript_starts_as_python_does(tmp_path):
    reference = tmp_path / "reference.json"
    draws = [expected_draws(seed) for seed in (0, 1, 12345, 2**32 - 1)]
    starts = [expected_start(config) for config in STARTS]
    reference.write_text(json.dumps({"draws": draws, "starts": starts}))
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    node = shutil.which("node", path=path)
    assert node, "no node: run 'make test', which installs one"
    done = subprocess.run(
        [node, "--test", *sorted(map(str, (ROOT / "tests" / "js").glob("*.test.mjs")))],
        env=os.environ | {"REFERENCE": str(reference)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"# pass {len(draws) + len(starts)}" in done.stdout, done.stdout


# Sends the requests to a new worker, each when the one before is answered, and gives back all
# answers to each. A running training is not an answer yet; `wait` (ms) bounds how long it runs.
TALK = """
async (requests) => {
  const worker = new Worker("lab/engine/worker.js", { type: "module" });
  const talk = [];
  for (const { wait, ...request } of [{ type: "load" }, ...requests]) {
    if (request.x) request.x = Float32Array.from(request.x);
    worker.postMessage(request);
    const answers = [];
    await new Promise((resolve, reject) => {
      worker.onerror = reject;
      worker.onmessage = ({ data }) => {
        answers.push(data);
        if (!data.playing) resolve();
      };
      if (wait) setTimeout(resolve, wait);
    });
    talk.push(answers);
  }
  worker.terminate();
  const plain = (key, value) => ArrayBuffer.isView(value) ? Array.from(value) : value;
  return JSON.parse(JSON.stringify(talk, plain));
}
"""

CONFIG = {"seed": 0, "width": 60, "init": "balanced", "init_scale": 0.1, "lr": 0.5}


@pytest.fixture(scope="module")
def digits():
    return tasks.load("digits", per_class=10)


@pytest.fixture
def talk(page, site_url, digits):
    """A conversation with a worker that has loaded the current step.onnx."""
    page.route(
        "**/data/step.onnx", lambda route: route.fulfill(body=step_model().SerializeToString())
    )
    page.goto(site_url)

    def run(*requests):
        loaded, *answers = page.evaluate(TALK, requests)
        assert loaded == [{"type": "loaded"}]
        return answers

    return run


@pytest.fixture
def reset(digits):
    """The request for a run on 40 digits: fewer samples than inputs, so with an orthogonal part."""
    x = Rotation(digits.x).to_span(digits.x)

    def request(**changes):
        config = CONFIG | {"inputs": digits.x.shape[1]} | changes
        return {
            "type": "reset",
            "x": x.ravel().tolist(),
            "labels": digits.y.tolist(),
            "config": config,
        }

    return request


def trained(digits, steps):
    """racing_core's parameters in full coordinates, and its loss and accuracy, after `steps`."""
    rotation = Rotation(digits.x)
    x, rank = rotation.to_span(digits.x), rotation.rank
    options = {name: CONFIG[name] for name in ("seed", "width", "init", "init_scale")}
    start = network.initial(rank=rank, inputs=digits.x.shape[1], **options)
    batch = network.Parameters(start.w_in[None, :, :rank], start.b[None], start.w_out[None])
    run = descend(batch, x, digits.y, CONFIG["lr"], [0, steps])
    w_in, b, w_out = (array[0, -1] for array in run.parameters)
    w_in = np.concatenate([w_in, start.w_in[:, rank:]], axis=1)
    return network.Parameters(w_in, b, w_out), run.loss[0, -1], run.accuracy[0, -1]


def test_worker_trains_as_racing_core_does(talk, reset, digits):
    [[at_start], states, [parameters]] = talk(
        reset(), {"type": "play", "until": 500}, {"type": "getParameters"}
    )
    assert (at_start["step"], at_start["playing"], at_start["losses"]) == (0, False, [])
    before, loss, _ = trained(digits, 0)
    np.testing.assert_allclose(at_start["loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(at_start["norm_in"], np.linalg.norm(before.w_in, axis=1), rtol=1e-5)

    assert states[-1]["step"] == parameters["step"] == 500
    assert [state["playing"] for state in states] == [True] * (len(states) - 1) + [False]
    after, loss, accuracy = trained(digits, 500)
    losses = [loss for state in states for loss in state["losses"]]
    assert len(losses) == 500
    assert losses[-1] == states[-1]["loss"]
    np.testing.assert_allclose(states[-1]["loss"], loss, rtol=1e-3)
    assert states[-1]["accuracy"] == pytest.approx(accuracy)
    norm_in, norm_out = np.linalg.norm(after.w_in, axis=1), np.linalg.norm(after.w_out, axis=0)
    np.testing.assert_allclose(states[-1]["norm_in"], norm_in, rtol=1e-3)
    np.testing.assert_allclose(states[-1]["norm_out"], norm_out, rtol=1e-3)
    assert norm_in.max() > 2 * at_start["norm_in"][norm_in.argmax()], "nothing was learnt"
    rank = len(parameters["w_in"]) // CONFIG["width"]
    w_in = np.reshape(parameters["w_in"], (-1, rank))
    np.testing.assert_allclose(w_in, after.w_in[:, :rank], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(parameters["b"], after.b, rtol=1e-3, atol=1e-4)


def test_worker_pauses_steps_and_starts_again(talk, reset):
    start, states, paused, stepped, again = talk(
        reset(),
        {"type": "play", "until": 10**9, "wait": 500},
        {"type": "pause"},
        {"type": "step", "count": 3},
        reset(),
    )
    assert all(state["playing"] for state in states)
    assert len(states) > 2, "a run that plays tells how it stands"
    end = paused[-1]
    assert not end["playing"]
    assert [state["step"] for state in stepped] == [end["step"] + 3]
    assert len(stepped[0]["losses"]) == 3
    assert again == start


def test_worker_takes_parameters_back(talk, reset):
    *_, [first], [stored] = talk(reset(), {"type": "step", "count": 40}, {"type": "getParameters"})
    *_, [restored], [one_more] = talk(
        reset(seed=1), stored | {"type": "setParameters"}, {"type": "step", "count": 1}
    )
    assert restored["step"] == 40
    assert restored["loss"] == pytest.approx(first["loss"], rel=1e-5)
    assert one_more["loss"] < restored["loss"]


def test_worker_knows_the_orthogonal_part(talk, reset, digits):
    _, [answer] = talk(reset(), {"type": "getOrthogonalGram"})
    orthogonal = trained(digits, 0)[0].w_in[:, Rotation(digits.x).rank :]
    assert orthogonal.size > 0
    gram = np.reshape(answer["gram"], (CONFIG["width"], -1))
    np.testing.assert_allclose(gram, orthogonal @ orthogonal.T, atol=1e-12)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seed": -1}, "seed is -1, but must be a whole number from 0 to 2^32 - 1."),
        ({"width": 1.5}, "width is 1.5, but must be a whole number of at least 1."),
        ({"lr": 0}, "lr is 0, but must be a positive, finite number."),
        ({"init_scale": "x"}, "init_scale is x, but must be a positive, finite number."),
    ],
)
def test_worker_refuses_bad_configurations(talk, reset, changes, sentence):
    assert talk(reset(**changes)) == [[{"type": "error", "message": sentence}]]


def test_worker_stops_a_diverging_run(talk, reset):
    _, answers, [paused] = talk(reset(lr=1e30), {"type": "play", "until": 10**9}, {"type": "pause"})
    assert answers[-1]["type"] == "error"
    assert "diverged" in answers[-1]["message"]
    assert "lr = 1e+30" in answers[-1]["message"]
    assert np.isfinite(paused["loss"])


def test_worker_refuses_parameters_of_another_network(talk, reset):
    wrong = {"type": "setParameters", "step": 0, "w_in": [1.0], "b": [0.0], "w_out": [1.0, 1.0]}
    *_, [answer] = talk(reset(), wrong)
    assert answer["type"] == "error"
    assert answer["message"].startswith("w_in has 1 numbers, but needs ")
