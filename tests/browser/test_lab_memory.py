"""Hours of play: what a run needs is given back when the next one starts."""

import functools
import re
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from conftest import SUB_PATH, _Handler
from playwright.sync_api import Browser, Page, expect
from test_lab import SLOW, number, press, ready

ROUNDS = 5
WIDTH = 300
WARM_UP = 1  # in which code is compiled and buffers find their size
FRAMES = 100  # as many as are drawn in three seconds; each brings three rows of all neurons
THEME = "(name) => document.body.setAttribute('data-md-color-scheme', name)"
ONE_STATE = WIDTH * 64 * 4 / 1e6  # MB; a run records 40 of them


class Isolated(_Handler):
    """With the headers that let a page measure its memory, its worker's included."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


@pytest.fixture
def visit(browser: Browser, chromium: dict, site: Path) -> Iterator[Callable[[str], Page]]:
    """Opens the widest network for a run, all charts in sight; its browser tells memory at once."""
    root = site.parents[len(Path(SUB_PATH).parts) - 1]
    handler = functools.partial(Isolated, directory=str(root))
    at_once = "--enable-blink-features=ForceEagerMeasureMemory"
    expect.set_options(timeout=SLOW)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        own = browser.browser_type.launch(**chromium | {"args": [*chromium["args"], at_once]})
        page = own.new_page(viewport={"width": 1280, "height": 2600})
        page.set_default_timeout(SLOW)
        address = f"http://127.0.0.1:{server.server_port}/{SUB_PATH}/lab/"

        def open_lab(run: str) -> Page:
            page.goto(address + f"?task=digits-3_8-4_9&width={WIDTH}&{run}")
            ready(page)
            return page

        yield open_lab
        own.close()
        server.shutdown()


def test_play_and_resets_leave_nothing_behind(visit) -> None:
    """Neither memory nor nodes of the page grow from one round of play to the next."""
    lab = visit("steps=40")
    session = lab.context.new_cdp_session(lab)
    sizes, nodes = [], []
    for turn in range(ROUNDS):
        press(lab, "Play")
        expect(number(lab, "Step")).to_have_text("40")
        press(lab, "Prune")
        lab.evaluate(THEME, ("slate", "default")[turn % 2])
        press(lab, "Reset")
        expect(number(lab, "Neurons kept")).to_have_text(str(WIDTH))
        lab.wait_for_timeout(300)
        session.send("HeapProfiler.collectGarbage")
        used = lab.evaluate("performance.measureUserAgentSpecificMemory().then((m) => m.bytes)")
        sizes.append(used / 1e6)
        nodes.append(session.send("Memory.getDOMCounters")["nodes"])
    late = np.array(sizes[WARM_UP:])
    slope = np.polyfit(np.arange(len(late)), late, 1)[0]
    assert slope < 4 * ONE_STATE, f"{slope:.2f} MB more each round: {np.round(sizes, 1)}"
    assert np.ptp(late) < 20, f"MB: {np.round(sizes, 1)}"
    assert nodes[-1] <= nodes[WARM_UP] + 15, f"nodes of the page grow: {nodes}"


def test_frames_that_are_gone_are_forgotten(visit) -> None:
    """Of what was drawn, seconds' worth is kept at most, not minutes' worth."""
    lab = visit("steps=5000&speed=100")
    session = lab.context.new_cdp_session(lab)

    def rows_of_all_neurons() -> int:
        lists = session.send("Runtime.evaluate", {"expression": "Array.prototype"})["result"]
        found = session.send("Runtime.queryObjects", {"prototypeObjectId": lists["objectId"]})
        count = f"function () {{ return this.filter((one) => one.length === {WIDTH}).length; }}"
        asked = {"objectId": found["objects"]["objectId"], "functionDeclaration": count}
        told = session.send("Runtime.callFunctionOn", asked | {"returnByValue": True})
        return told["result"]["value"]

    expect(lab.locator("#chart-race canvas")).to_be_visible()
    lab.evaluate("""async () => {
      const { View } = await import(new URL("vega.js", document.baseURI));
      window.drawn = 0;
      const draw = View.prototype.runAsync;
      View.prototype.runAsync = function () {
        if (this.container().id === "chart-race") window.drawn += 1;
        return draw.call(this);
      };
    }""")
    before = rows_of_all_neurons()
    press(lab, "Play")
    lab.wait_for_function(f"window.drawn >= {FRAMES}")
    press(lab, "Pause")
    expect(lab.locator("#pause")).to_have_class(re.compile("is-idle"))
    assert rows_of_all_neurons() < before + 2 * FRAMES
