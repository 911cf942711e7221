"""The lab's worker: numpy's draws and racing_core's start in JavaScript, and the worker."""

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from export.data import lab as lab_data
from export.data.base import entry
from export.onnx_models import step_model
from racing_core import capacity, network, neurons, tasks, theory
from racing_core.descent import Rotation, descend
from racing_core.optimised import without_bias
from racing_core.optimisers import Optimiser, one_hidden_layer, train

ROOT = Path(__file__).parents[2]

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
    random = np.random.RandomState(seed)
    parts = [random.standard_normal(count).tolist() for count in (1, 2000, 3, 1, 1000)]
    orders = [random.permutation(count).tolist() for count in (200, 1, 129, 200)]
    return {"seed": seed, "parts": parts, "orders": orders}


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


def test_modules_pass_their_own_tests(tmp_path):
    """Those of tests/docs, with what Python draws and starts with as their reference."""
    reference = tmp_path / "reference.json"
    draws = [expected_draws(seed) for seed in (0, 1, 12345, 2**32 - 1)]
    starts = [expected_start(config) for config in STARTS]
    reference.write_text(json.dumps({"draws": draws, "starts": starts}))
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    node = shutil.which("node", path=path)
    assert node, "no node: run 'make test', which installs one"
    files = sorted(map(str, (ROOT / "tests" / "docs").rglob("*.test.mjs")))
    done = subprocess.run(
        [node, "--test", "--test-timeout=60000", *files],  # one that hangs has failed
        env=os.environ | {"REFERENCE": str(reference)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(config["init"] in done.stdout for config in STARTS), done.stdout


# Sends the requests to a worker, each when the one before is answered, and gives back the answer to
# each with the frames that came until then. One that plays is answered at once; it is over when a
# frame says so, or after `wait` ms. All who load the same constants talk to the same worker.
TALK = """
async ([constants, step, requests]) => {
  globalThis.workers ??= {};
  const name = JSON.stringify(constants);
  const files = await (await fetch("assets/lab/files.json")).json();
  files["data/lab/step.onnx"] = step;
  const known = { type: "load", constants, files, recording: [], lock: name };
  const first = workers[name] ? [] : [known, { type: "engine" }];
  const worker = (workers[name] ??= new Worker("lab/worker.js", { type: "module" }));
  const talk = [];
  for (const { wait, ...request } of [...first, ...requests]) {
    if (request.x) request.x = Float32Array.from(request.x);
    const frames = [];
    let late = 0;
    const answer = await new Promise((resolve, reject) => {
      worker.onerror = reject;
      late = setTimeout(() => reject(new Error(`${request.type} is not answered`)), 20_000);
      let reply;
      worker.onmessage = ({ data }) => {
        if (data.type === "frame") frames.push({ ...data.frame, losses: data.losses });
        if (data.type === "answer") reply = data.result ?? null;
        if (data.type === "failure") resolve({ failure: data.message, kind: data.kind });
        const plays = request.type === "play" && frames.at(-1)?.playing !== false;
        if (reply !== undefined && !wait && !plays) resolve(reply);
      };
      if (wait) setTimeout(resolve, wait, null);
      worker.postMessage({ ...request, id: talk.length });
    }).catch((error) => {
      delete workers[name];
      throw error;
    });
    clearTimeout(late);
    talk.push({ answer, frames });
  }
  const opened = talk.splice(0, first.length);
  if (opened.some(({ answer }) => answer?.failure)) throw new Error(JSON.stringify(opened));
  const plain = (key, value) => ArrayBuffer.isView(value) ? Array.from(value) : value;
  return JSON.parse(JSON.stringify(talk, plain));
}
"""

CONFIG = {"seed": 0, "width": 60, "init": "balanced", "init_scale": 0.1, "lr": 0.5}
ALL = {"kept": None, "threshold": None}


@pytest.fixture(scope="module")
def digits():
    """40 digits: fewer samples than inputs, so that neurons have an orthogonal part."""
    return tasks.load("digits", per_class=10)


@pytest.fixture(scope="module")
def talk(browser, site_url):
    """A conversation with a worker that has loaded the current step.onnx."""
    step = step_model().SerializeToString()
    page = browser.new_page()
    errors = []
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/data/lab/step.onnx", lambda route: route.fulfill(body=step))
    page.route("**/empty", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto(f"{site_url}empty")

    def run(*requests, constants=None):
        known = [constants or lab_data.constants(), entry(step)]
        answers = page.evaluate(TALK, [*known, requests])
        assert errors == []
        return answers

    yield run
    page.close()


@pytest.fixture
def reset(digits):
    """The request for a run on the digits."""
    x = Rotation(digits.x).to_span(digits.x)
    shape = {"inputs": digits.x.shape[1], "rank": x.shape[1]}

    def request(kept=None, labels=digits.y, **changes):
        return {
            "type": "reset",
            "run": 1,
            "x": x.ravel().tolist(),
            "labels": labels.tolist(),
            "config": CONFIG | shape | {"bias": True, "steps": 500} | changes,
            "kept": kept,
            "plane": {"kind": "random", "seed": 0},
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


def sizes(parameters):
    return neurons.norm_product(parameters.w_in, parameters.w_out)


def test_worker_trains_as_racing_core_does(talk, reset, digits):
    begun, played, asked = talk(
        reset(), {"type": "play", "until": 500}, {"type": "parameters", **ALL}
    )
    [at_start] = begun["frames"]
    assert (at_start["step"], at_start["playing"], at_start["losses"]) == (0, False, [])
    before, loss, _ = trained(digits, 0)
    np.testing.assert_allclose(at_start["loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(at_start["norm_product"], sizes(before), rtol=1e-5)

    frames = played["frames"]
    assert [frame["playing"] for frame in frames] == [True] * (len(frames) - 1) + [False]
    after, loss, accuracy = trained(digits, 500)
    assert len([loss for frame in frames for loss in frame["losses"]]) == 500
    end = frames[-1]
    assert end["step"] == 500
    np.testing.assert_allclose(end["loss"], loss, rtol=1e-3)
    assert end["accuracy"] == pytest.approx(accuracy)
    np.testing.assert_allclose(end["norm_product"], sizes(after), rtol=1e-3)
    assert max(sizes(after)) > 4 * max(sizes(before)), "nothing was learnt"
    parameters = asked["answer"]
    rank = parameters["rank"]
    w_in = np.reshape(parameters["w_in"], (-1, rank))
    order = np.argsort(-sizes(after), kind="stable")  # the file's, the strongest first
    np.testing.assert_allclose(w_in, after.w_in[order, :rank], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(parameters["b"], after.b[order], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"momentum": 0.9, "lr": 0.1},
        {"batch": 10, "lr": 0.5},
        {"optimizer": "adam", "lr": 0.003},
        {"optimizer": "adam", "lr": 0.003, "batch": 15, "bias": False},
    ],
    ids=str,
)
def test_worker_takes_the_steps_of_any_optimizer(talk, reset, digits, options):
    """From the start; and from a state that was recorded on the way, with the memory it had."""
    _, played, _, again, asked = talk(
        reset(**options),
        {"type": "play", "until": 120},
        {"type": "show", "index": 20},
        {"type": "play", "until": 120},
        {"type": "parameters", **ALL},
    )
    rotation = Rotation(digits.x)
    scheme = {name: CONFIG[name] for name in ("seed", "width", "init", "init_scale")}
    start = network.initial(rank=rotation.rank, inputs=digits.x.shape[1], **scheme)
    optimiser = Optimiser(
        options["lr"], options.get("optimizer", "sgd"), options.get("momentum", 0.0),
        batch=options.get("batch"),
    )  # fmt: skip
    run = train(
        network.in_span([start], rotation.rank), rotation.to_span(digits.x), digits.y, optimiser,
        [0, 120], logits=one_hidden_layer if options.get("bias", True) else without_bias,
    )  # fmt: skip
    for frames in (played["frames"], again["frames"]):
        assert frames[-1]["step"] == 120
        assert frames[-1]["loss"] == pytest.approx(run.loss[0, -1], rel=2e-3)
    assert again["frames"][0]["step"] < 60
    w_in, b, w_out = (part[0, -1] for part in run.parameters)
    whole = np.hstack([w_in, start.w_in[:, rotation.rank :]])
    order = np.argsort(-sizes(network.Parameters(whole, b, w_out)), kind="stable")
    found = np.reshape(asked["answer"]["w_in"], w_in.shape)
    np.testing.assert_allclose(found, w_in[order], rtol=5e-3, atol=5e-4 * abs(w_in).max())
    assert abs(w_in).max() > 2 * abs(start.w_in).max(), "nothing was learnt"


def test_accuracy_is_the_same_wherever_it_is_told(talk, reset, digits):
    """While logits are tiny, too: of the frame, of all neurons kept, of the curve, of Python."""
    x = Rotation(digits.x).to_span(digits.x)
    scheme = {"width": 60, "init": "fan_in", "init_scale": 0.001}
    for seed in range(3):
        begun, whole, pruning, played, later = talk(
            reset(seed=seed, lr=0.1, **scheme),
            {"type": "smaller", **ALL},
            {"type": "pruning"},
            {"type": "play", "until": 20},
            {"type": "smaller", **ALL},
        )
        start = network.initial(seed, rank=x.shape[1], inputs=digits.x.shape[1], **scheme)
        batch = network.in_span([start], x.shape[1])
        expected = descend(batch, x, digits.y, 0.1, [0, 20]).accuracy[0]
        told = [
            begun["frames"][0]["accuracy"],
            whole["answer"]["accuracy"],
            pruning["answer"]["curve"][-1]["accuracy"],
        ]
        assert told == pytest.approx([expected[0]] * 3), seed
        told = [played["frames"][-1]["accuracy"], later["answer"]["accuracy"]]
        assert told == pytest.approx([expected[1]] * 2), seed


def test_worker_measures_as_racing_core_does(talk, reset, digits):
    """Alignment, clusters and the theory's bet, each against the Python of the same name."""
    begun, bet, _, matrix = talk(
        reset(), {"type": "prediction"}, {"type": "play", "until": 500}, {"type": "matrix"}
    )
    rotation = Rotation(digits.x)
    rank = rotation.rank
    before, after = trained(digits, 0)[0], trained(digits, 500)[0]
    votes = (before.w_out[0] < before.w_out[1]).astype(int)
    aligned = neurons.alignment_shared(before.w_in[None, :, :rank], votes)[0]
    [at_start] = begun["frames"]
    assert at_start["votes"] == votes.tolist()
    np.testing.assert_allclose(at_start["aligned"], aligned, atol=1e-5)

    in_span = before._replace(w_in=before.w_in[:, :rank])
    modes = theory.modes(in_span, rotation.to_span(digits.x), digits.y)
    np.testing.assert_allclose(bet["answer"]["rate"], modes.rate, rtol=1e-4)
    for name, part in {
        "growing": modes.growing,
        "incoming": modes.growing + modes.decaying,
        "outgoing": modes.growing - modes.decaying,
    }.items():
        np.testing.assert_allclose(bet["answer"][name], part, rtol=1e-3, atol=1e-6)

    labels = neurons.clusters(neurons.cosine_matrix(after))
    assert matrix["answer"]["labels"] == labels.tolist()
    assert matrix["answer"]["clusters"] == labels.max() + 1
    live = capacity.live_clusters(labels, sizes(after))
    assert matrix["answer"]["liveClusters"] == live.max() + 1
    order = matrix["answer"]["order"]
    cosine = neurons.cosine_matrix(after)[np.ix_(order, order)]
    drawn = np.reshape(matrix["answer"]["bytes"], cosine.shape) / 127.5 - 1
    np.testing.assert_allclose(drawn, cosine, atol=0.01)
    assert (np.diff(labels[order]) >= 0).all(), "the matrix is not ordered by cluster"


def test_constants_are_those_that_the_page_has_loaded(talk, reset, digits, monkeypatch):
    """Of clusters, of live ones, and of a bet: none is typed in the worker, too."""
    others = {"cluster_cosine": 0.8, "live_share": 0.3, "picks": 5}
    _, bet, _, matrix, merged = talk(
        reset(),
        {"type": "prediction"},
        {"type": "play", "until": 500},
        {"type": "matrix"},
        {"type": "smaller", "kept": None, "threshold": 0.99},
        constants=others,
    )
    assert len(bet["answer"]["theory"]) == 5
    after = trained(digits, 500)[0]
    cosine, strength = neurons.cosine_matrix(after), sizes(after)
    near, usual = neurons.clusters(cosine, 0.8), neurons.clusters(cosine, 0.99)
    usually_live = capacity.live_clusters(usual, strength).max()
    assert near.tolist() != usual.tolist(), "the test needs clusters that depend on the cosine"
    assert matrix["answer"]["labels"] == near.tolist()
    monkeypatch.setattr(capacity, "LIVE_SHARE", 0.3)
    live = capacity.live_clusters(usual, strength).max()
    assert live < usually_live, "the test needs clusters that such a share leaves dead"
    assert matrix["answer"]["liveClusters"] == capacity.live_clusters(near, strength).max() + 1
    assert merged["answer"]["neurons"] == live + 1


def test_worker_tells_why_as_python_does(talk, reset, digits):
    """The bars after a bet: how well each quantity at step 0 orders the largest cluster."""
    *_, asked = talk(reset(), {"type": "play", "until": 500}, {"type": "prediction"})
    rotation = Rotation(digits.x)
    x, rank = rotation.to_span(digits.x), rotation.rank
    full, end = trained(digits, 0)[0], trained(digits, 500)[0]
    start, after = (part._replace(w_in=part.w_in[:, :rank]) for part in (full, end))
    modes = theory.modes(start, x, digits.y)
    growing = abs(modes.growing)
    assert asked["answer"]["theory"] == np.argsort(-growing, kind="stable")[:3].tolist()

    clusters = neurons.clusters(neurons.cosine_matrix(end))
    largest = clusters == 0
    assert 3 < largest.sum() < CONFIG["width"], "the test needs a group to order"

    def totals(parameters):
        return np.concatenate([parameters.w_in, parameters.b[:, None], parameters.w_out.T], axis=1)

    def towards(vectors, group):
        [target] = neurons.target_directions(group[largest], np.zeros(largest.sum(), int))
        return vectors @ target / neurons.norm_in(vectors)

    expected = {
        "sum": growing,
        "incoming": abs(modes.growing + modes.decaying),
        "outgoing": abs(modes.growing - modes.decaying),
        "direction": towards(totals(start), totals(after)),
        "direction_in": towards(start.w_in, after.w_in),
        "norm_out": neurons.norm_out(full.w_out),
        "norm_in": neurons.norm_in(full.w_in),
    }
    told = asked["answer"]["correlations"]
    assert told.keys() == expected.keys()
    for name, values in expected.items():
        rank_correlation = spearmanr(values[largest], sizes(end)[largest]).statistic
        assert told[name] == pytest.approx(rank_correlation, abs=1e-6), name


def test_worker_says_where_the_race_is_decided(talk, reset, digits):
    """The sizes at the first recorded time after the drop of the loss, and nothing before it."""
    _, before, played, decided = talk(
        reset(), {"type": "decided"}, {"type": "play", "until": 500}, {"type": "decided"}
    )
    assert before["answer"] is None
    step = decided["answer"]["step"]
    share = lab_data.constants()["drop"]
    _, start, _ = trained(digits, 0)
    there, loss, _ = trained(digits, step)
    assert loss < share * start
    recorded = played["frames"][-1]["recorded"]
    _, loss_before, _ = trained(digits, recorded[recorded.index(step) - 1])
    assert loss_before >= share * start
    np.testing.assert_allclose(decided["answer"]["sizes"], sizes(there), rtol=1e-3)


def test_worker_prunes_and_merges_as_racing_core_does(talk, reset, digits):
    x = Rotation(digits.x).to_span(digits.x)
    after = trained(digits, 500)[0]
    after = after._replace(w_in=after.w_in[:, : x.shape[1]])
    strength = sizes(trained(digits, 500)[0])
    *_, pruning, pruned, merged, both = talk(
        reset(),
        {"type": "play", "until": 500},
        {"type": "pruning"},
        {"type": "smaller", "kept": 5, "threshold": None},
        {"type": "smaller", "kept": None, "threshold": 0.9},
        {"type": "smaller", "kept": 1, "threshold": 0.9},
    )
    kept, loss, accuracy = capacity.pruning_curve(after, x, digits.y, strength)
    curve = pruning["answer"]["curve"]
    assert len(curve) == len(kept)
    np.testing.assert_allclose([point["loss"] for point in curve], loss, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose([point["accuracy"] for point in curve], accuracy)
    assert pruned["answer"]["neurons"] == 5
    np.testing.assert_allclose(pruned["answer"]["loss"], loss[5], rtol=1e-3)

    labels = neurons.clusters(neurons.cosine_matrix(trained(digits, 500)[0]), 0.9)
    small = capacity.merge(after, capacity.live_clusters(labels, strength))
    loss, accuracy = network.loss_and_accuracy(network.forward(small, x)[0], digits.y)
    assert merged["answer"]["neurons"] == len(small.b) < CONFIG["width"]
    np.testing.assert_allclose(merged["answer"]["loss"], loss, rtol=1e-3)
    np.testing.assert_allclose(merged["answer"]["accuracy"], accuracy)
    assert both["answer"]["neurons"] == 1


def test_worker_pauses_steps_and_starts_again(talk, reset):
    start, played, paused, stepped, again = talk(
        reset(),
        {"type": "play", "until": 10**9, "wait": 500},
        {"type": "pause"},
        {"type": "step", "count": 3},
        reset(),
    )
    assert all(frame["playing"] for frame in played["frames"])
    assert len(played["frames"]) > 2, "a run that plays tells how it stands"
    end = paused["frames"][-1]
    assert not end["playing"]
    assert [frame["step"] for frame in stepped["frames"]] == [end["step"] + 3]
    assert len(stepped["frames"][0]["losses"]) == 3
    assert again["frames"] == start["frames"]


def test_worker_goes_back_and_on_from_there(talk, reset):
    """What comes after a recorded state is the same as if one had never gone further."""
    _, straight, shown, onward = talk(
        reset(),
        {"type": "play", "until": 200},
        {"type": "show", "index": 12},
        {"type": "play", "until": 200},
    )
    back = shown["frames"][-1]
    assert back["step"] == back["recorded"][12] < 200
    assert back["norm_product"] == next(
        frame["norm_product"] for frame in straight["frames"] if frame["step"] == back["step"]
    )
    end = onward["frames"][-1]
    assert end["step"] == 200
    assert end["recorded"] == straight["frames"][-1]["recorded"]
    np.testing.assert_allclose(end["loss"], straight["frames"][-1]["loss"], rtol=1e-5)


def test_worker_trains_a_part_of_the_start(talk, reset, digits):
    """A winning ticket: the same start, the other neurons left out."""
    kept = [3, 50, 7]
    whole, part = talk(reset(), reset(kept=kept))
    alone = np.array(whole["frames"][0]["norm_product"])[kept]
    np.testing.assert_allclose(part["frames"][0]["norm_product"], alone, rtol=1e-6)
    assert part["answer"]["width"] == 3


def test_worker_can_leave_the_bias_out(talk, reset):
    *_, asked = talk(
        reset(bias=False), {"type": "play", "until": 200}, {"type": "parameters", **ALL}
    )
    assert set(asked["answer"]["b"]) == {0}


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
    [refused] = talk(reset(**changes))
    assert refused["answer"]["failure"] == sentence


def test_worker_stops_a_diverging_run(talk, reset):
    _, diverged, paused = talk(reset(lr=1e30), {"type": "play", "until": 10**9}, {"type": "pause"})
    assert diverged["answer"]["kind"] == "diverged"
    assert "learning rate 1e+30" in diverged["answer"]["failure"]
    assert np.isfinite(paused["frames"][-1]["loss"])
