"""The lab as a visitor meets it: each thing to do, checked against Python."""

import contextlib
import json
import re
import shlex
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import onnxruntime
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import spearmanr

from export.charts.palette import COLOURS
from racing_core import capacity, network, tasks
from racing_core.__main__ import main
from racing_core.config import Config
from racing_core.descent import Rotation, descend
from racing_core.run import Run, simulate
from racing_core.run_file import load

SLOW = 30_000  # ms; two busy cores train at a tenth of their usual pace
SMALL = {"width": 40, "init": "balanced", "init_scale": 0.1, "lr": 0.5, "steps": 400}
EDGE_SCALES = Path(__file__).parents[2] / "docs/data/evidence/edge_scales.json"
SMALL_ADDRESS = "lab/?task=digits-3_8-4_9&" + "&".join(f"{k}={v}" for k, v in SMALL.items())


@pytest.fixture
def visit(page: Page, site_url: str):
    """Opens the lab at an address, and waits until it can train."""
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)

    def open_lab(address: str = "lab/") -> Page:
        page.goto(site_url + address)
        ready(page)
        return page

    return open_lab


def haste(times: int, shortest: int = 1000, longest: int = 10_000) -> str:
    """Code that makes waits of `shortest` up to `longest` ms as many times shorter."""
    return f"""{{
      const wait = globalThis.setTimeout;
      globalThis.setTimeout = (work, ms, ...more) =>
        wait(work, ms >= {shortest} && ms <= {longest} ? ms / {times} : ms, ...more);
    }}
    """


def before_the_worker(page: Page, code: str) -> None:
    """Runs code in the lab's worker before its own."""

    def fulfill(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=code + answer.text())

    page.route("**/lab/worker.js", fulfill)


def impatient(page: Page) -> None:
    """Lets the lab give a download up soon."""
    page.add_init_script(haste(20))
    before_the_worker(page, haste(20))


def ready(page: Page) -> None:
    """The engine is here, and a run stands."""
    expect(page.locator("#lab")).to_have_attribute("data-engine", "here")
    expect(number(page, "Loss")).to_have_text(re.compile(r"\d"))


def number(page: Page, name: str):
    return page.get_by_role("status", name=name, exact=True)


def value(page: Page, name: str) -> float:
    return float(number(page, name).text_content().replace(",", "").removesuffix(" %"))


def press(page: Page, name: str):
    page.get_by_role("button", name=name, exact=True).click()


def pause(page: Page):
    """Stop a run that trains, and wait until it stands."""
    press(page, "Pause")
    expect(page.locator("#pause")).to_have_class(re.compile("is-idle"))


def slide(page: Page, name: str, to: float):
    page.get_by_role("slider", name=name, exact=True).fill(str(to))


def play_to_the_end(page: Page, steps: int):
    press(page, "Play")
    expect(number(page, "Step")).to_have_text(f"{steps:,}")


@pytest.fixture(scope="module")
def small() -> Run:
    """The small run on digits, in Python."""
    return simulate(Config(task="digits", **SMALL)).run()


def loss_after(steps: int, config: Config) -> float:
    """racing_core's loss in float64."""
    task = tasks.load(config.task, data_dir=config.data_dir)
    rotation = Rotation(task.x)
    drawn = network.initial(
        0, config.width, rotation.rank, task.x.shape[1], config.init, config.init_scale
    )
    start = network.Parameters(
        drawn.w_in[None, :, : rotation.rank], drawn.b[None], drawn.w_out[None]
    )
    run = descend(start, rotation.to_span(task.x), task.y, config.lr, [0, steps])
    return float(run.loss[0, -1])


# What the page gets for later, once it can train: the samples of each task, and what charts are of.
ALL_HERE = """() => {
  const names = performance.getEntriesByType("resource").map(({ name }) => name);
  const come = (kind) => names.filter((name) => kind.test(name)).length;
  const count = (selector) => document.querySelectorAll(selector).length;
  return come(/[.]f32$/) === count("#task option") &&
    come(/assets.lab.(?!files)/) === count("[id^=chart-]");
}"""


def test_the_default_run_trains_in_the_page(visit, cifar10: str) -> None:
    """Offline from the first step on; the loss where it is stopped is Python's."""
    lab = visit()
    lab.wait_for_function(ALL_HERE)
    lab.context.set_offline(True)
    press(lab, "Play")
    lab.wait_for_function("Number(document.querySelector('#out-loss').value) < 0.6")
    pause(lab)
    assert value(lab, "Steps per second") > 0
    steps = int(value(lab, "Step"))
    python = loss_after(steps, Config(data_dir=cifar10))
    assert value(lab, "Loss") == pytest.approx(python, abs=1e-3)


def test_the_visitor_changes_the_experiment(visit, small) -> None:
    lab = visit()
    lab.get_by_label("Task").select_option("digits-3_8-4_9")
    lab.get_by_label("Initialization").select_option("balanced")
    slide(lab, "Width", 40)
    slide(lab, "Initial scale", -1)
    slide(lab, "Learning rate", np.log10(0.5).round(2))
    lab.wait_for_url("**width=40**lr=0.501**")
    query = parse_qs(urlsplit(lab.url).query)
    assert query["init"] == ["balanced"]
    assert query["init_scale"] == ["0.1"]
    at_start = value(lab, "Loss")
    assert at_start == pytest.approx(small.loss[0], abs=1e-4)
    slide(lab, "Seed", 7)
    lab.wait_for_url("**seed=7**")
    expect(number(lab, "Loss")).not_to_have_text(f"{at_start:.4f}")
    lab.get_by_label("Biases learn").uncheck()
    lab.wait_for_url("**bias=0**")


def test_the_address_holds_the_whole_state(visit, small) -> None:
    lab = visit(SMALL_ADDRESS + "&step=250&bets=3.5")
    expect(number(lab, "Step")).to_have_text("250")
    shown = value(lab, "Loss")
    assert shown == pytest.approx(np.interp(250, small.time, small.loss), abs=5e-3)
    expect(lab.get_by_role("button", name="Show neuron 5")).to_be_visible()
    press(lab, "Pause")
    assert parse_qs(urlsplit(lab.url).query)["step"] == ["250"]


def test_the_visitor_goes_back_in_time_and_on(visit) -> None:
    lab = visit(SMALL_ADDRESS)
    play_to_the_end(lab, SMALL["steps"])
    loss = value(lab, "Loss")
    slide(lab, "Back in time", 10)
    lab.wait_for_function("Number(document.querySelector('#out-step').value) < 50")
    press(lab, "Step")
    back = value(lab, "Step")
    assert 0 < back < 50
    play_to_the_end(lab, SMALL["steps"])
    assert value(lab, "Loss") == pytest.approx(loss, abs=1e-4)
    press(lab, "Reset")
    expect(number(lab, "Step")).to_have_text("0")


def test_the_views_follow_the_run(visit, small) -> None:
    lab = visit(SMALL_ADDRESS)
    lab.locator("#matrix").scroll_into_view_if_needed()
    play_to_the_end(lab, SMALL["steps"])
    expect(number(lab, "Clusters")).to_have_text(str(small.labels.max() + 1))
    painted = """() => { const c = document.querySelector('#matrix');
      return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size }"""
    expect(lab.locator("#matrix-state")).to_contain_text("Step 400")
    assert lab.evaluate(painted) > 10
    lab.get_by_label("Neuron shown").fill("4")
    lab.get_by_label("Neuron shown").press("Enter")
    end = small.at(-1)
    before = small.x @ end.w_in[4] + end.b[4]
    expect(lab.locator("#gates-state")).to_contain_text(f"lets {(before > 0).sum()} of 200")
    press(lab, "Other directions")
    lab.wait_for_url("**plane_seed=1**")


def downloaded(lab: Page, name: str) -> Path:
    with lab.expect_download() as waiting:
        press(lab, name)
    return Path(waiting.value.path())


def test_the_visitor_prunes_merges_and_keeps(visit, small) -> None:
    lab = visit(SMALL_ADDRESS)
    play_to_the_end(lab, SMALL["steps"])
    x, y = small.x, small.y
    end = small.at(-1)
    size = np.sqrt((end.w_in**2).sum(1)) * np.sqrt((end.w_out**2).sum(0))
    expect(number(lab, "Neurons kept")).to_have_text("40")
    slide(lab, "Keep the strongest", 6)
    expect(number(lab, "Neurons kept")).to_have_text("6")
    _, loss, accuracy = capacity.pruning_curve(end, x, y, size)
    assert value(lab, "Loss left") == pytest.approx(loss[6], abs=1e-3)
    assert value(lab, "Accuracy left") == pytest.approx(100 * accuracy[6], abs=0.06)

    file = downloaded(lab, "Network (ONNX)")
    session = onnxruntime.InferenceSession(file.read_bytes())
    logits = session.run(["logits"], {"x": x.astype(np.float32)})[0]
    loss, _ = network.loss_and_accuracy(logits, y)
    assert loss == pytest.approx(value(lab, "Loss left"), abs=1e-4)

    press(lab, "Undo pruning")  # the slider has pruned by itself
    expect(number(lab, "Neurons kept")).to_have_text("40")
    press(lab, "Merge")
    small_one = capacity.merge(end, capacity.live_clusters(small.labels, size))
    expect(number(lab, "Neurons kept")).to_have_text(str(len(small_one.b)))
    loss, _ = network.loss_and_accuracy(network.forward(small_one, x)[0], y)
    assert value(lab, "Loss left") == pytest.approx(loss, abs=1e-3)


def test_the_visitor_draws_a_lottery_ticket(visit) -> None:
    """Up to where the losses still differ from each other."""
    lab = visit(SMALL_ADDRESS.replace("steps=400", "steps=30"))
    play_to_the_end(lab, 30)
    slide(lab, "Keep the strongest", 6)
    press(lab, "Compare all three with this run")
    expect(lab.locator("#ticket-state")).to_contain_text("At step 30, with 6 of 40 neurons.")
    compared = lab.locator("#ticket-state").text_content()
    losses = dict(re.findall(r"([a-z ]+): loss ([\d.]+)", compared))
    assert {name.strip() for name in losses} == {"this run", "winners", "at random", "drawn anew"}
    assert float(losses[" this run"]) == pytest.approx(value(lab, "Loss"), abs=1e-4)
    assert len(set(losses.values())) == 4
    run = simulate(Config(task="digits", **SMALL | {"steps": 30})).run()
    logits, _ = network.forward(run.whole(), run.x_held_out)
    _, accuracy = network.loss_and_accuracy(logits, run.task.y_held_out)
    expect(lab.locator("#ticket-samples")).to_contain_text("200 held-out samples")
    assert f"this run: loss {losses[' this run']}, accuracy {100 * accuracy:.1f} %" in compared
    lab.locator("#chart-ticket canvas").scroll_into_view_if_needed()
    press(lab, "Train the winners again from the same start")
    expect(lab.locator("#ticket-state")).to_contain_text("6 winners")
    end = run.at(-1)
    size = np.sqrt((end.w_in**2).sum(1)) * np.sqrt((end.w_out**2).sum(0))
    winners = sorted(np.argsort(-size)[:6].tolist())
    lab.wait_for_url(f"**ticket={'.'.join(map(str, winners))}**")
    expect(number(lab, "Neurons kept")).to_have_text("6")
    alone = "neurons with|winners stand"
    expect(lab.locator("#ticket-state")).to_have_text(re.compile(rf"({alone}).* At step 30: loss"))
    assert value(lab, "Loss") == pytest.approx(float(losses[" winners"]), abs=1e-4)
    press(lab, "Re-draw the start")
    lab.wait_for_url("**seed=1**ticket=0.1.2.3.4.5**")
    expect(lab.locator("#ticket-state")).to_have_text(re.compile(rf"({alone}).* At step 30: loss"))
    assert value(lab, "Loss") == pytest.approx(float(losses[" drawn anew"]), abs=1e-4)


def trained_in_python(lab: Page, folder: Path):
    """The run of the command that the page prints."""
    program, *arguments = shlex.split(lab.locator("#command").text_content())
    assert program == "racing"
    with contextlib.chdir(folder):
        main(arguments)
    return load(folder / "run.nc")


def test_the_trajectory_and_the_command_are_the_run(visit, small, tmp_path) -> None:
    lab = visit(SMALL_ADDRESS)
    play_to_the_end(lab, SMALL["steps"])
    loss = value(lab, "Loss")
    kept = json.loads(downloaded(lab, "Trajectory (JSON)").read_text())
    assert kept["experiment"]["width"] == 40
    assert [kept["states"][0]["step"], kept["states"][-1]["step"]] == [0, 400]
    lines = downloaded(lab, "Trajectory (CSV)").read_text().splitlines()
    assert len(lines) == 1 + 40 * len(kept["states"])
    expect(lab.locator("#command")).to_contain_text("--steps 400")
    python = trained_in_python(lab, tmp_path).isel(seed=0)
    assert float(python.loss[-1]) == pytest.approx(loss, abs=2e-4)
    # All the way: where they end, two learning rates are hardly told from each other.
    times = set(python.time.values)
    states = [state for state in kept["states"] if state["step"] in times]
    assert len(states) > len(kept["states"]) / 2
    for state in states:
        then = python.sel(time=state["step"])
        assert state["loss"] == pytest.approx(float(then.loss), rel=2e-3), state["step"]
        size = then.norm_in * then.norm_out
        np.testing.assert_allclose(state["norm_product"], size, rtol=0.01)
    lab.get_by_label("Biases learn").uncheck()
    expect(lab.locator("#command")).to_contain_text("--no-bias")
    # The run before stays behind the new one.
    expect(lab.locator("#legend-last")).to_have_text("last run (with biases)")
    lab.locator("#chart-loss").scroll_into_view_if_needed()
    gray = """() => {
      const [red, green, blue] = getComputedStyle(document.documentElement)
        .getPropertyValue("--last-run").match(/[0-9a-f]{2}/g).map((part) => parseInt(part, 16));
      const it = document.querySelector("#chart-loss canvas");
      const { data } = it.getContext("2d").getImageData(0, 0, it.width, it.height);
      return data.some((value, i) => i % 4 === 0 && value === red
        && data[i + 1] === green && data[i + 2] === blue);
    }"""
    lab.wait_for_function(gray)
    press(lab, "Step")
    expect(lab.locator("#last-said")).to_contain_text("At step 1 the last run had a loss of 0.")


def test_the_order_turns_round_under_adam(visit, tmp_path) -> None:
    """As the command says that Python has it."""
    lab = visit("lab/?task=digits-3_8-4_9&width=60")
    lab.get_by_label("Optimizer").select_option("Adam")
    lab.wait_for_url("**optimizer=adam**")
    expect(number(lab, "Step")).to_have_text("0")
    press(lab, "Play")
    lab.wait_for_function("Number(document.querySelector('#out-step').value) > 300")
    pause(lab)
    expect(lab.locator("#order-said")).to_contain_text("turned round")
    expect(lab.locator("#command")).to_contain_text("--optimizer adam")
    expect(lab.locator("#command")).to_contain_text(f"--steps {value(lab, 'Step'):.0f}")
    told = "Rank correlation of the sizes with those when the loss dropped"
    kept = float(number(lab, told).text_content().replace("−", "-"))
    python = trained_in_python(lab, tmp_path).isel(seed=0)
    assert float(python.loss[-1]) == pytest.approx(value(lab, "Loss"), abs=1e-3)
    size = (python.norm_in * python.norm_out).values
    drop = int(np.argmax(python.loss.values < 0.9 * float(python.loss[0])))
    assert kept == pytest.approx(spearmanr(size[drop], size[-1]).statistic, abs=0.1)
    assert kept < -0.1


def test_the_visitor_crosses_the_edge(visit) -> None:
    lab = visit("lab/?task=digits-3_8-4_9&width=40")
    edge = lab.locator("#edge")
    expect(edge).to_be_hidden()
    slide(lab, "Initial scale", 0)
    expect(edge).to_contain_text("crossed the edge")
    rows = json.loads(EDGE_SCALES.read_text("utf-8"))["rows"]
    for init in ("fan_in", "per_weight", "balanced"):
        lab.locator("#init").select_option(init)
        for row in rows:
            if row["start"] == init and 1e-3 < row["init_scale"] < 1:
                stop = np.ceil(20 * np.log10(row["init_scale"])) / 20  # the slider's next one
                slide(lab, "Initial scale", round(stop, 2))
                shown = expect(edge)
                (shown.to_be_visible if row["verdict"] == "no race" else shown.to_be_hidden)()


def test_the_visitor_moves_and_adds_points(visit) -> None:
    lab = visit("lab/?task=playground-east_west-north_south&width=6")
    plane = lab.locator("#plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    lab.mouse.click(box["x"] + 5, box["y"] + box["height"] - 5)
    lab.wait_for_url("**points=**")
    points = parse_qs(urlsplit(lab.url).query)["points"][0].split("_")
    assert len(points) == 201
    plane.focus()
    lab.keyboard.press("Space")
    lab.keyboard.press("ArrowRight")
    expect(lab.locator("#plane-state")).to_contain_text("Point 1 of 201")
    lab.wait_for_function(f"!location.search.includes('{points[0]}_')")
    press(lab, "Change its class")
    expect(lab.locator("#plane-state")).to_contain_text("north + south")
    first = "new URLSearchParams(location.search).get('points')[0]"
    lab.wait_for_function(f"{first} === '1'")
    press(lab, "Remove point")
    expect(lab.locator("#plane-state")).to_contain_text("200 points are left")
    lab.wait_for_function(f"{first} === '0'")
    left = parse_qs(urlsplit(lab.url).query)["points"][0].split("_")
    assert left == points[1:]
    again = visit(lab.url.split("/path/")[1])
    expect(again.locator("#plane")).to_be_visible()
    press(again, "Play")
    again.wait_for_function(
        "Number(document.querySelector('#out-step').value.replace(',', '')) > 20"
    )


def test_what_is_asked_right_after_a_change_is_asked_of_the_new_run(visit) -> None:
    """Of a network without most of the neurons that the old one had, too."""
    lab = visit(SMALL_ADDRESS)
    expect(lab.locator("#keep-value")).to_have_text(re.compile(r"\d"))
    slide(lab, "Keep the strongest", 30)
    # In one task of the page, so that nothing comes between the change and the press.
    change_and_press = """([to, pressed]) => {
      const width = document.querySelector("#width");
      width.value = to;
      width.dispatchEvent(new Event("input"));
      document.querySelector(pressed).click();
    }"""
    lab.evaluate(change_and_press, [12, "#redraw"])
    lab.wait_for_function("document.querySelector('#out-kept').value === '12'")
    assert value(lab, "Loss") < 1  # and a number
    lab.evaluate(change_and_press, [20, "#play"])
    expect(number(lab, "Neurons kept")).to_have_text("20")
    expect(number(lab, "Step")).to_have_text("400")


def test_it_fits_a_phone(visit) -> None:
    lab = visit(SMALL_ADDRESS)
    lab.set_viewport_size({"width": 360, "height": 844})
    speeds = lab.get_by_label("Speed")
    width = speeds.evaluate("it => it.offsetWidth")
    whole = "it.style = 'position: absolute; width: max-content; max-width: none'"
    assert speeds.evaluate(f"it => {{ {whole}; return it.offsetWidth }}") <= width, "they are cut"
    speeds.evaluate("it => it.removeAttribute('style')")
    lab.set_viewport_size({"width": 390, "height": 844})
    play_to_the_end(lab, SMALL["steps"])
    assert lab.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("Play", "Pause", "Step", "Reset", "Prune", "Merge", "Place bet"):
        box = lab.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["height"] >= 40, f"{name} is too small to be touched"
        assert box["x"] + box["width"] <= 390


def test_the_cosine_matrix_is_whole(visit) -> None:
    """A square with a pixel for each pair, a cosine of 1 from corner to corner."""
    lab = visit()
    matrix = lab.locator("#matrix")
    matrix.scroll_into_view_if_needed()
    expect(lab.locator("#matrix-state")).to_contain_text("Step 0")
    assert matrix.evaluate("it => [it.width, it.height]") == [300, 300]
    diagonal = matrix.evaluate(
        "it => [0, 150, 299].map(i => [...it.getContext('2d').getImageData(i, i, 1, 1).data])"
    )
    assert diagonal == [[*bytes.fromhex(COLOURS["alike"][1:]), 255]] * 3


def test_all_neurons_kept_leave_the_accuracy(visit) -> None:
    """At step 0, too, where the logits are tiny; the worker's tests try other seeds."""
    lab = visit("lab/?seed=0")
    expect(number(lab, "Neurons kept")).to_have_text("300")
    assert value(lab, "Accuracy left") == value(lab, "Accuracy")
