"""What can go wrong in the lab: one sentence each, and the recorded run where training is over."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from test_lab import (  # noqa: F401
    SLOW,
    before_the_worker,
    haste,
    number,
    press,
    ready,
    slide,
    visit,
)

from racing_core import network, neurons, tasks
from racing_core.config import Config
from racing_core.descent import Rotation, descend

SCRIPT = "**/ort.wasm.min.js"
WASM = "**/ort-wasm-simd-threaded.wasm*"


@pytest.fixture
def broken(page: Page, site_url: str, problems: list[str]):
    """The page before the lab is opened; a simulated failure is no fault at its end."""
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    yield page
    problems[:] = [problem for problem in problems if "another host" in problem]


def no_webassembly(page):
    before_the_worker(page, "delete globalThis.WebAssembly;\n")


def out_of_memory(page):
    before_the_worker(
        page,
        "WebAssembly.Memory = class { constructor() {"
        " throw new RangeError('could not allocate memory'); } };\n",
    )


def replay_in_haste(page):
    """The recorded run in a tenth of its time."""
    missing_wasm(page)
    before_the_worker(page, haste(10, shortest=50))


def missing_wasm(page):
    page.route(WASM, lambda route: route.fulfill(status=404))


def html_for_wasm(page):
    page.route(WASM, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))


def another_model(page):
    page.route("**/data/lab/step.onnx", lambda route: route.fulfill(body=b"no model at all"))


def damaged_model(page):
    def fulfill(route):
        body = bytearray(route.fetch().body())
        body[100] ^= 1
        route.fulfill(body=bytes(body))

    page.route("**/data/lab/step.onnx", fulfill)


def missing_script(page):
    page.route(SCRIPT, lambda route: route.fulfill(status=404))


def html_for_script(page):
    page.route(
        SCRIPT,
        lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"),
    )


def empty_script(page):
    page.route(SCRIPT, lambda route: route.fulfill(body="", content_type="text/javascript"))


def script_of_another_type(page):
    page.route(
        SCRIPT, lambda route: route.fulfill(response=route.fetch(), content_type="text/plain")
    )


FAILURES = (
    (missing_wasm, "The server answered 404 when asked for"),
    (html_for_wasm, "The server sent a web page in place of"),
    (no_webassembly, "This browser has no WebAssembly."),
    (out_of_memory, "The browser ran out of memory."),
    (another_model, "data/lab/step.onnx came with 15 bytes in place of"),
    (damaged_model, "data/lab/step.onnx is damaged"),
    (missing_script, "The server answered 404 when asked for assets/vendor/ort/ort.wasm.min.js."),
    (html_for_script, "The server sent a web page in place of assets/vendor/ort/"),
    (empty_script, "The server sent nothing in place of assets/vendor/ort/ort.wasm.min.js."),
    (script_of_another_type, "The browser does not take assets/vendor/ort/ort.wasm.min.js"),
)


def test_the_recorded_run_takes_over(broken: Page, site_url: str) -> None:
    """Whatever fails, when the page is opened and whenever it is tried again."""
    alert = broken.get_by_role("alert")
    for at, (failure, sentence) in enumerate(FAILURES):
        broken.unroute_all()
        failure(broken)
        if at == 0:
            broken.goto(site_url + "lab/")
        else:
            press(broken, "Try again")
        expect(alert).to_contain_text(sentence)
        expect(alert).to_contain_text("replays the article's run")
        expect(broken.locator("#task")).to_be_disabled()
        expect(number(broken, "Step")).to_have_text("0")
        press(broken, "Play")
        expect(number(broken, "Step")).not_to_have_text("0")
        expect(broken.get_by_text("recorded run", exact=True)).to_be_visible()
        press(broken, "Pause")
    kept = number(broken, "Neurons kept")
    slide(broken, "Keep the strongest", 7)
    expect(kept).to_have_text("7")
    press(broken, "Undo pruning")
    expect(kept).to_have_text("300")
    press(broken, "Prune")
    expect(kept).to_have_text("7")
    broken.locator("#matrix").scroll_into_view_if_needed()
    expect(broken.locator("#matrix-state")).to_contain_text("clusters")


def test_the_recorded_run_is_pythons(broken: Page, site_url: str, cifar10: str) -> None:
    """Loss, accuracy, norm products and alignment at its states, beyond the fall of the loss."""
    replay_in_haste(broken)
    broken.goto(site_url + "lab/")
    expect(broken.locator("#task")).to_be_disabled()
    press(broken, "Play")
    # Within the page: at its end the run has final clusters, and those are another comparison.
    broken.wait_for_function("""Number(document.querySelector("#out-loss").value) < 0.3
      && (document.querySelector("#pause").click(), true)""")
    expect(broken.locator("#pause")).to_have_class(re.compile("is-idle"))
    with broken.expect_download() as waiting:
        press(broken, "Trajectory (JSON)")
    states = json.loads(Path(waiting.value.path()).read_text())["states"]
    steps = [state["step"] for state in states]
    assert len(steps) > 10

    config = Config(data_dir=cifar10)
    task = tasks.load(config.task, data_dir=cifar10)
    rotation = Rotation(task.x)
    rank = rotation.rank
    start = network.initial(0, config.width, rank, task.x.shape[1], config.init, config.init_scale)
    batch = network.Parameters(start.w_in[None, :, :rank], start.b[None], start.w_out[None])
    run = descend(batch, rotation.to_span(task.x), task.y, config.lr, steps)
    w_in, _, w_out = (part[0] for part in run.parameters)
    rest = (start.w_in[:, rank:] ** 2).sum(1)
    sizes = neurons.norm_product(w_in, w_out, rest)
    votes = (w_out[-1, 0] < w_out[-1, 1]).astype(int)
    aligned = neurons.alignment_shared(w_in, votes)
    for i, state in enumerate(states):
        assert state["loss"] == pytest.approx(run.loss[0, i], abs=1e-5)
        assert state["accuracy"] == pytest.approx(run.accuracy[0, i])
        np.testing.assert_allclose(state["norm_product"], sizes[i], rtol=0.01)
        np.testing.assert_allclose(state["aligned"], aligned[i], atol=0.01)
    assert max(sizes[-1]) > 100 * max(sizes[0])


def test_all_views_work_in_the_recorded_run(broken: Page, site_url: str) -> None:
    replay_in_haste(broken)
    broken.goto(
        site_url + "lab/?width=40&bets=3"  # of another network than the recorded one
    )
    expect(broken.locator("#task")).to_be_disabled()
    for name in ("Width", "Initial scale", "Learning rate", "Seed"):
        expect(broken.get_by_role("slider", name=name, exact=True)).to_be_disabled()
    for name in (
        *("Bet again with", "Bet again:", "Train the winners again", "Re-draw the start"),
        "The article's run",
    ):
        expect(broken.get_by_role("button", name=name)).to_be_disabled()
    for at in ("#task", "#init", "#bias", "#speed"):
        expect(broken.locator(at)).to_be_disabled()
    broken.get_by_label("Neuron", exact=True).fill("16")
    press(broken, "Pick")
    press(broken, "Place bet")
    press(broken, "Play")
    expect(number(broken, "Step")).to_have_text("10,000")
    expect(broken.locator("#bet-said")).to_contain_text("At step 10,000 your best")
    expect(broken.locator("#race-caption")).to_contain_text("final cluster")
    press(broken, "Play")  # there is nothing beyond its end
    expect(broken.locator("#pause")).to_have_class(re.compile("is-idle"))
    for chart in ("race", "loss", "capacity", "directions", "gates", "pruning", "predictors"):
        broken.locator(f"#chart-{chart}").scroll_into_view_if_needed()
        expect(broken.locator(f"#chart-{chart} canvas")).to_be_visible()
        drawn = """it => new Set(
          it.getContext("2d").getImageData(0, 0, it.width, it.height).data).size > 10"""
        broken.wait_for_function(f"({drawn})(document.querySelector('#chart-{chart} canvas'))")
    press(broken, "Other directions")
    press(broken, "Merge")
    expect(number(broken, "Neurons kept")).not_to_have_text("300")
    slide(broken, "Back in time", 10)
    expect(number(broken, "Step")).not_to_have_text("10,000")


def kill(page: Page) -> None:
    while not (found := [worker for worker in page.workers if "lab/worker" in worker.url]):
        page.wait_for_timeout(20)  # the driver hears of it a moment later
    [worker] = found
    worker.evaluate("self.close()")


def test_a_worker_that_dies_is_noticed_and_started_again(broken: Page, site_url: str) -> None:
    """Twice: the second time the lab gives training up, and replays."""
    broken.goto(site_url + "lab/")
    ready(broken)
    press(broken, "Play")
    kill(broken)
    expect(broken.get_by_role("alert")).to_contain_text("no longer answers")
    expect(broken.get_by_role("alert")).to_contain_text("started again")
    ready(broken)
    press(broken, "Play")
    broken.wait_for_function("Number(document.querySelector('#out-step').value) > 0")
    expect(broken.locator("#recorded")).to_be_hidden()
    kill(broken)
    expect(broken.get_by_role("alert")).to_contain_text("replays the article's run")
    press(broken, "Play")
    broken.wait_for_function("Number(document.querySelector('#out-step').value) > 0")
    press(broken, "Try again")
    ready(broken)
    expect(broken.get_by_role("alert")).to_be_hidden()
    press(broken, "Play")
    broken.wait_for_function("Number(document.querySelector('#out-step').value) > 0")
    expect(broken.locator("#recorded")).to_be_hidden()


def test_a_diverging_run_stops_with_a_sentence(visit) -> None:  # noqa: F811
    lab = visit(
        "lab/?task=playground-east_west-north_south&points=0~5000~5000_1~-5000~5000"
        "&width=600&init=per_weight&init_scale=1&lr=10"
    )
    for _ in range(2):
        lab.evaluate("document.querySelector('#trouble').hidden = true")  # it is told anew
        press(lab, "Play")
        expect(lab.get_by_role("alert")).to_contain_text("Training diverged at step 1")
    slide(lab, "Learning rate", -3)
    expect(lab.get_by_role("alert")).to_be_hidden()
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")


def test_a_tab_in_the_background_pauses(visit) -> None:  # noqa: F811
    lab = visit("lab/")
    press(lab, "Play")
    lab.wait_for_function("Number(document.querySelector('#out-step').value) > 2")
    lab.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    expect(lab.get_by_role("alert")).to_contain_text("Paused while this tab was in the background")
    lab.wait_for_timeout(300)
    step = number(lab, "Step").text_content()
    lab.wait_for_timeout(300)
    assert number(lab, "Step").text_content() == step


def test_a_drawing_that_fails_does_not_freeze_its_chart(broken: Page, site_url: str) -> None:
    """And what nobody has thought of is told."""
    broken.goto(site_url + "lab/?speed=5")
    ready(broken)
    expect(broken.locator("#chart-race canvas")).to_be_visible()
    broken.evaluate("""async () => {
      const { View } = await import(new URL("vega.js", document.baseURI));
      window.drawn = 0;
      const draw = View.prototype.runAsync;
      let failures = 0;
      View.prototype.runAsync = function () {
        const race = this.container() === document.querySelector("#chart-race");
        if (race && failures < 2) {
          failures += 1;
          return Promise.reject(new Error("a drawing that fails"));
        }
        if (race) window.drawn += 1;
        return draw.call(this);
      };
    }""")
    press(broken, "Play")
    broken.wait_for_function("window.drawn > 3")
    for word, code in {
        "thrown": "setTimeout(() => { throw new Error('thrown'); })",
        "rejected": "void Promise.reject(new Error('rejected'))",
    }.items():
        broken.evaluate(f"() => {{ {code}; }}")
        told = f"Something in the lab has failed: {word}."
        expect(broken.get_by_role("alert")).to_contain_text(told)
