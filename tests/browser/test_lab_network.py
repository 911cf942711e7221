"""The lab on networks as they are, slow, stalling or gone: nothing that is asked is lost."""

import re
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import _Handler, served
from playwright.sync_api import Browser, Page, expect
from test_home import SHIFTS
from test_lab import (
    SLOW,
    SMALL_ADDRESS,
    downloaded,
    haste,
    number,
    press,
    ready,
    slide,
    value,
)

RUNTIME = "**/ort-wasm-simd-threaded.wasm.gz"
SLOW_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 4e6 / 8,
    "uploadThroughput": -1,
}
RECORDED = "recorded run"
IMPATIENT_MS = 300


def opened(page: Page, address: str, held: list) -> Page:
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    page.route(RUNTIME, lambda route: held.append(route))
    page.goto(address)
    expect(page.locator("#controls")).to_be_enabled()
    return page


@pytest.fixture
def held() -> list:
    """The requests for the runtime, which wait until a test lets them go on."""
    return []


@pytest.fixture
def waiting(page: Page, site_url: str, held: list):
    """Opens the lab; its runtime is on its way, and comes when `arrive` is called."""
    return partial(opened, page, held=held)


def compiles_only_what_streams(lab: Page) -> None:
    """The runtime, which is compiled while it comes, is not compiled again."""
    worker = next(worker for worker in lab.workers if worker.url.endswith("/lab/worker.js"))
    worker.evaluate("() => { WebAssembly.compile = () => Promise.reject(new Error('twice')); }")


def arrive(lab: Page, held: list) -> None:
    while not held:
        lab.wait_for_timeout(20)  # in which the page's events are heard
    held.pop().continue_()
    ready(lab)


def moved(lab: Page) -> None:
    expect(number(lab, "Step")).not_to_have_text("0")


def test_the_recorded_run_is_there_before_the_engine(waiting, site_url: str, held) -> None:
    """It is played, scrubbed and pruned, and marked; a live run takes over when it is asked for."""
    lab = waiting(site_url + "lab/")
    press(lab, "Play")
    lab.wait_for_function("Number(document.querySelector('#out-step').value) > 50")
    expect(lab.get_by_text(RECORDED, exact=True)).to_be_visible()
    expect(lab.locator("#engine")).to_contain_text("Until then: the recorded run.")
    press(lab, "Pause")
    slide(lab, "Back in time", 3)
    expect(number(lab, "Step")).to_have_text("3")
    slide(lab, "Keep the strongest", 7)
    expect(number(lab, "Neurons kept")).to_have_text("7")
    compiles_only_what_streams(lab)
    arrive(lab, held)
    expect(lab.locator("#engine")).to_contain_text("the engine that trains is here now")
    press(lab, "Train it live")
    expect(lab.get_by_text(RECORDED, exact=True)).to_be_hidden()
    moved(lab)


def test_every_control_works_in_the_first_second(waiting, site_url: str, held) -> None:
    lab = waiting(site_url + "lab/")
    lab.get_by_label("Task").select_option("digits-3_8-4_9")
    lab.get_by_label("Initialization").select_option("balanced")
    lab.get_by_label("Biases learn").uncheck()
    slide(lab, "Width", 40)
    lab.get_by_label("Speed").select_option("100 steps/s")
    expect(number(lab, "Neurons kept")).to_have_text("40")
    lab.get_by_label("Neuron", exact=True).fill("3")
    press(lab, "Pick")
    press(lab, "Place bet")
    expect(lab.locator("#bet-said")).to_contain_text("Your bet is placed")
    expect(lab.locator("#bet-theory")).to_contain_text("neuron")
    assert len(downloaded(lab, "Trajectory (CSV)").read_text().splitlines()) == 41
    assert downloaded(lab, "Network (ONNX)").stat().st_size > 40 * 50 * 4
    press(lab, "Step")
    expect(lab.locator("#engine")).to_contain_text("Step: starts when the engine is here")
    press(lab, "Train the winners again from the same start")
    expect(lab.locator("#ticket-state")).to_contain_text(re.compile(r"The \d+ winners stand"))
    expect(lab.locator("#engine")).to_contain_text("Play: starts when the engine is here")
    arrive(lab, held)
    moved(lab)
    expect(lab.locator("#engine")).to_have_text("")


def test_pause_withdraws_what_waits(waiting, site_url: str, held) -> None:
    lab = waiting(site_url + SMALL_ADDRESS)
    press(lab, "Play")
    expect(lab.locator("#engine")).to_contain_text("Play: starts when the engine is here")
    press(lab, "Pause")
    expect(lab.locator("#engine")).to_contain_text("on its way")
    arrive(lab, held)
    press(lab, "Step")  # a run that plays would be elsewhere
    expect(number(lab, "Step")).to_have_text("1")


def test_what_does_not_come_holds_nothing_else_up(page: Page, site_url: str, held) -> None:
    """Neither a recording that hangs the engine, nor samples that come late a run of them."""
    expect.set_options(timeout=SLOW)
    page.add_init_script(haste(20))
    hung: list = []
    page.route("**/recording-1.bin", lambda route: hung.append(route))
    page.route("**/digits-3_8-4_9.f32", lambda route: held.append(route))
    with page.expect_request(RUNTIME):
        page.goto(site_url + "lab/")
    assert len(hung) == 1  # it has not been given up before
    ready(page)
    page.evaluate(haste(1 / 20))  # from here on the lab is patient again
    page.get_by_label("Task").select_option("digits-3_8-4_9")
    press(page, "Play")
    expect(page.get_by_text(RECORDED, exact=True)).to_be_hidden()
    held.pop().continue_()
    moved(page)
    expect(page.get_by_text(RECORDED, exact=True)).to_be_hidden()


def test_an_address_is_reached_when_the_engine_is_here(waiting, site_url: str, held) -> None:
    lab = waiting(site_url + SMALL_ADDRESS + "&step=20")
    expect(lab.locator("#engine")).to_contain_text("Step 20: starts when the engine is here")
    arrive(lab, held)
    expect(number(lab, "Step")).to_have_text("20")


def test_a_slow_network_shows_its_progress(page: Page, site_url: str, held) -> None:
    """A phone on a slow network: Play is answered while the runtime comes, and nothing moves."""
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    page.set_viewport_size({"width": 412, "height": 823})
    page.add_init_script(SHIFTS)
    throttle = page.context.new_cdp_session(page)
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 2})
    throttle.send("Network.enable")
    throttle.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    page.route("**/lab/main.js", lambda route: held.append(route))
    with page.expect_request("**/recording-0.bin"):
        page.goto(site_url + "lab/", wait_until="commit")
    expect(page.locator("#engine")).to_contain_text("program is on its way")
    held.pop().continue_()
    expect(page.locator("#chart-race canvas")).to_be_visible()
    press(page, "Play")
    moved(page)
    expect(page.locator("#engine")).to_contain_text(
        re.compile(r"\d\.\d of 2\.9 MB, \d\d? %\. Until")
    )
    assert page.evaluate("shift") < 0.02
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    throttle.send("Network.emulateNetworkConditions", SLOW_NETWORK | {"downloadThroughput": -1})
    ready(page)


def test_a_worker_that_waits_is_not_given_up(waiting, page: Page, site_url: str, held) -> None:
    """Not even after longer than the worker may be silent, here a second."""
    page.add_init_script(haste(60, longest=60_000))
    lab = waiting(site_url + SMALL_ADDRESS)
    expect(number(lab, "Neurons kept")).to_have_text("40")
    lab.wait_for_timeout(1200)
    expect(lab.get_by_role("alert")).to_be_hidden()
    expect(lab.locator("#engine")).to_contain_text("on its way")


class Unsteady(_Handler):
    """Loses the runtime half way, as often as it is told to; goes on from where a range begins."""

    losses = 0
    knows_ranges = True  # once nothing is lost any more
    hangs: threading.Event | None = None
    ranges: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        if self.path.endswith("/lab/worker.js"):
            return self.send_worker()
        if not self.path.endswith(".wasm.gz"):
            return super().do_GET()
        content = Path(self.translate_path(self.path)).read_bytes()
        asked = self.headers.get("Range")
        Unsteady.ranges.append(asked)
        part = asked and (Unsteady.losses > 0 or Unsteady.knows_ranges)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if part else 0
        self.send_response(206 if part else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        lost = Unsteady.losses > 0
        self.wfile.write(content[start : start + 100_000] if lost else content[start:])
        if lost:
            Unsteady.losses -= 1
            # What comes together with the end of a connection is lost to the page.
            (Unsteady.hangs or threading.Event()).wait(60 if Unsteady.hangs else 0.3)
            self.close_connection = True
        return None

    def send_worker(self) -> None:
        """With less patience, so that a test need not wait."""
        code = haste(20).encode() + Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.send_header("Content-Length", str(len(code)))
        self.end_headers()
        self.wfile.write(code)


@pytest.fixture
def unsteady(site: Path) -> Iterator[str]:
    Unsteady.ranges = []
    with served(site, Unsteady) as address:
        yield address


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_download_that_breaks_goes_on_by_itself(
    browser: Browser, unsteady: str, monkeypatch: pytest.MonkeyPatch, knows_ranges: bool
) -> None:
    """Or, where the server sends the whole again, from its start."""
    monkeypatch.setattr(Unsteady, "knows_ranges", knows_ranges)
    expect.set_options(timeout=SLOW)
    Unsteady.losses, Unsteady.hangs = 2, None
    page = browser.new_page()
    page.goto(unsteady + SMALL_ADDRESS)
    ready(page)
    assert Unsteady.ranges == [None, "bytes=100000-", "bytes=200000-"]
    press(page, "Step")
    expect(number(page, "Step")).to_have_text("1")
    page.close()


def test_a_download_that_stalls_is_taken_up_by_hand(browser: Browser, unsteady: str) -> None:
    expect.set_options(timeout=SLOW)
    Unsteady.losses, Unsteady.hangs = 3, threading.Event()
    page = browser.new_page()
    page.goto(unsteady + SMALL_ADDRESS)
    press(page, "Play")
    line = page.locator("#engine")
    expect(line).to_contain_text("Play waits: the engine that trains is not here.")
    expect(line).to_contain_text(re.compile(r"stopped after 300,000 of 2,8\d\d,\d\d\d bytes"))
    expect(page.get_by_role("alert")).to_be_hidden()
    press(page, "Go on with the download")
    moved(page)
    assert Unsteady.ranges[-1] == "bytes=300000-"
    Unsteady.hangs.set()
    page.close()


class Forgetful(_Handler):
    """Lets the browser's own cache keep nothing, which would hide what the page itself forgot.

    Its service worker is less patient than the server, once that is updated, takes for a script.
    """

    updated = False

    def do_GET(self) -> None:
        if not self.path.endswith(("/lab/service_worker.js", "/lab/main.js")):
            return super().do_GET()
        script = Path(self.translate_path(self.path)).read_text("utf-8")
        if self.path.endswith("/service_worker.js"):
            script, changed = re.subn(r"\b3e3\b", str(IMPATIENT_MS), script)
            assert changed == 1
        elif Forgetful.updated:
            time.sleep(3 * IMPATIENT_MS / 1000)
            script = f"globalThis.updated = true; {script}"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.end_headers()
        self.wfile.write(script.encode())

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture
def forgetful_url(site: Path) -> Iterator[str]:
    with served(site, Forgetful) as address:
        yield address


def test_the_second_visit_needs_no_network(browser: Browser, forgetful_url: str) -> None:
    """Neither for the page nor for the engine, nor for a visitor's own file."""
    expect.set_options(timeout=SLOW)
    context = browser.new_context()
    context.set_default_timeout(SLOW)
    page = context.new_page()
    page.goto(forgetful_url + "lab/")
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    kept = "caches.open('racing-engine').then((cache) => cache.keys()).then((all) => all.length)"
    assert page.evaluate(kept) == 1
    page.close()
    Forgetful.updated = True
    page = context.new_page()
    page.goto(forgetful_url + "lab/")
    ready(page)
    assert page.evaluate("globalThis.updated"), "a new page with an old script"
    page.close()
    context.set_offline(True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda it: it.failure == "net::ERR_FAILED" and errors.append(it.url))
    page.goto(forgetful_url + SMALL_ADDRESS)
    ready(page)
    press(page, "Play")
    expect(number(page, "Step")).to_have_text("400")
    assert value(page, "Loss") < 0.6
    page.locator("#chart-loss").scroll_into_view_if_needed()
    expect(page.locator("#chart-loss canvas")).to_be_visible()
    own = {"name": "own.csv", "mimeType": "text/csv", "buffer": b"1,2,x\n3,4,y\n5,7,x\n"}
    page.get_by_label("Your file").set_input_files(own)
    expect(page.locator("#own-said")).to_contain_text("3 samples of 2 inputs")
    assert errors == []
    context.close()
