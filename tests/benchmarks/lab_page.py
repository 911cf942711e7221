"""How smoothly the lab runs in a page: frames, long tasks, response to input, memory.

    python tests/benchmarks/lab_page.py [--minutes 1]

Builds the site, plays the default run and resets it again and again, moves the controls, and
prints drawn frames of the race a second, the longest main-thread task while training, the slowest
interactions (as for INP) of all controls and how the page's memory grows after the first minute.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright
from quiet_server import Quiet, serve
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))
from chromium import find_browser  # noqa: E402

# Without the second, a reading may come from before the worker's garbage was collected.
OPTIONS = ["--no-sandbox", "--enable-blink-features=ForceEagerMeasureMemory"]

WATCH = """() => {
  window.seen = { tasks: [], inputs: [], frames: 0 };
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration)))
    .observe({ type: "longtask" });
  new PerformanceObserver((list) =>
    seen.inputs.push(...list.getEntries().map((e) => [e.duration, e.name, e.target?.id])),
  ).observe({ type: "event", durationThreshold: 16 });
  const paint = CanvasRenderingContext2D.prototype.clearRect;
  const race = document.querySelector("#chart-race canvas");
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas === race) seen.frames += 1;
    return paint.apply(this, box);
  };
}"""


# Of what is in sight; "play" comes first, so that the others are used while it trains.
CONTROLS = """() => [...document.querySelectorAll(".lab :is(button, input, select, summary)")]
  .filter((at) => at.offsetParent)
  .map((at) => {
    at.id ||= `unnamed-${at.textContent.trim().replaceAll(" ", "-")}`;
    return { id: at.id, kind: at instanceof HTMLSelectElement ? "select" : at.type };
  })"""


class Isolated(Quiet):
    """Says nothing, and sends the headers that let a page measure its memory."""

    extensions_map = Quiet.extensions_map | {".mjs": "text/javascript"}

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def memory(page) -> float:
    """MB of the page and its worker, garbage collected: OPTIONS make both collect at once."""
    return page.evaluate("performance.measureUserAgentSpecificMemory().then((m) => m.bytes)") / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=0)
    minutes = parser.parse_args().minutes
    path = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mkdocs", "build", "-q", "--site-dir", folder]
        subprocess.run(command, cwd=ROOT, check=True)
        address = serve(folder, Isolated) + "lab/"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            measure(page, address, minutes)
            browser.close()


def interactions(page):
    """Uses each control of the lab, some while it trains: [(duration in ms, control)]."""
    press(page, "Reset")
    found = page.evaluate(CONTROLS)
    # Those that start another experiment come late. The last task is the playground, with a plane.
    late = ("ticket", "redraw", "bet-next", "article", "task")
    found.sort(key=lambda one: late.index(one["id"]) if one["id"] in late else -1)
    measured = []
    for control in found:
        at = page.locator(f"#{control['id']}")
        at.scroll_into_view_if_needed()
        if control["kind"] in ("range", "number"):
            measured.append(used(page, control["id"], lambda at=at: at.press("ArrowUp")))
        elif control["kind"] == "select":
            measured.append(used(page, control["id"], lambda at=at: at.press("End")))
        else:
            measured.append(used(page, control["id"], at.click))
    plane = page.locator("#plane")
    plane.scroll_into_view_if_needed()
    measured.append(used(page, "plane, by hand", lambda: plane.click(position={"x": 9, "y": 9})))
    for key in ("Space", "ArrowLeft", "Delete"):
        measured.append(used(page, f"plane, {key}", lambda key=key: plane.press(key)))
    for name in ("plane-label", "plane-relabel", "plane-remove"):
        plane.press("Space")
        at = page.locator(f"#{name}")
        action = (lambda at=at: at.press("End")) if name == "plane-label" else at.click
        measured.append(used(page, name, action))
    return measured


def used(page, name, action):
    """How long the next paint took after an action, once what came before it has settled."""
    page.wait_for_timeout(400)
    page.evaluate("seen.inputs.length = 0")
    action()
    page.wait_for_timeout(400)
    return max(page.evaluate("seen.inputs.map(([duration]) => duration)"), default=0), name


def measure(page, address, minutes):
    began = time.perf_counter()
    page.goto(address)
    # Until the engine is here Play shows the recorded run, and nothing trains.
    page.wait_for_function("document.querySelector('#lab').dataset.engine === 'here'")
    press(page, "Play")
    step = "Number(document.querySelector('#out-step').value.replace(',', ''))"
    page.wait_for_function(f"{step} >= 500")
    print(f"cold load to step 500: {time.perf_counter() - began:.1f} s")

    page.evaluate(WATCH)
    from_step, began = page.evaluate(step), time.perf_counter()
    page.wait_for_timeout(5000)
    seconds = time.perf_counter() - began
    seen = page.evaluate("seen")
    rate = (page.evaluate(step) - from_step) / seconds
    print(f"while training: {rate:.0f} steps/s, {seen['frames'] / seconds:.0f} drawn frames/s,")
    print(
        f"  tasks over 50 ms: {len(seen['tasks'])}, longest {max(seen['tasks'], default=0):.0f} ms"
    )

    slowest = sorted(interactions(page), reverse=True)
    print(f"{len(slowest)} controls; ms from the input to the next paint, the slowest:", end=" ")
    print(", ".join(f"{name} {duration:.0f}" for duration, name in slowest[:5]))
    tasks = page.evaluate("seen.tasks.map(Math.round)")
    print(f"  tasks over 50 ms amid all that: {len(tasks)}, longest {max(tasks, default=0)} ms")

    if minutes:
        remember(page, minutes)


def remember(page, minutes):
    """Play and reset again and again; prints every reading, then how far apart they are."""
    turns = tqdm(total=round(60 * minutes), desc="play and reset", unit="s", leave=False)
    began, readings = time.monotonic(), []
    while (at := time.monotonic() - began) < 60 * minutes:
        turns.update(int(at) - turns.n)
        press(page, "Play")
        page.wait_for_timeout(10_000)
        press(page, "Reset")
        page.wait_for_timeout(1000)
        readings.append((time.monotonic() - began, memory(page)))
        turns.set_postfix_str(f"{readings[-1][1]:.0f} MB")
    turns.close()
    at, size = np.array(readings).T
    print("memory in MB, after each turn:", *size.round().astype(int))
    late = at > min(60, at[-1] / 2)
    print(f"  after the first minute {size[late].min():.0f} to {size[late].max():.0f} MB,", end=" ")
    print(f"{np.ptp(size[late]):.1f} apart,", end=" ")
    print(f"slope {60 * np.polyfit(at[late], size[late], 1)[0]:.2f} MB a minute")


if __name__ == "__main__":
    main()
