"""The longest tasks of every page: what keeps the browser from answering its reader.

    make build; python tests/benchmarks/long_tasks.py [--site site] [--only article/ evidence/]

Opens each page at a desktop's and at a phone's width, lets a race that starts by itself run to its
end, scrolls the page through, and prints per page how much of it moved by itself (the sum of the
layout shifts), how many tasks of the main thread took over 50 ms of its CPU time, and the longest
ones with what took the time in them. CPU time, so that what else runs here hardly counts.
"""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from quiet_server import serve
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))
from chromium import find_browser  # noqa: E402

LONG = 50  # ms
SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 3,
        "is_mobile": True,
        "has_touch": True,
    },
}
CATEGORIES = [
    "-*", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8.execute", "__metadata",
]  # fmt: skip
SHIFTS = """new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries())
    if (!hadRecentInput) window.shifted = (window.shifted ?? 0) + value;
}).observe({ type: "layout-shift", buffered: true })"""
AT_END = "innerHeight + scrollY >= document.documentElement.scrollHeight - 2"
RACE_OVER = "!document.querySelector('.race[data-autoplay]') || \
  document.querySelector('.race-play').textContent === 'Again'"


def read_through(page: Page, address: str) -> None:
    """Open the page and read it as a visitor does: the race first, then screen by screen."""
    page.add_init_script(SHIFTS)
    page.goto(address)
    page.mouse.move(200, 300)
    page.wait_for_function(RACE_OVER, timeout=30_000)
    page.wait_for_timeout(1500)
    while not page.evaluate(AT_END):
        page.mouse.wheel(0, page.viewport_size["height"] * 0.6)
        page.wait_for_timeout(350)
    page.wait_for_timeout(1500)


def tasks(trace: dict, address: str) -> list[tuple[float, str]]:
    """(ms of CPU time, what took it) of each task of the page's main thread, the longest first."""
    events = trace["traceEvents"]
    # The browser's own windows are pages, too, in processes of their own.
    page = {event["pid"] for event in events if data_of(event).get("url") == address}
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name"
        and event["args"]["name"] == "CrRendererMain"
        and event["pid"] in page
    }
    timed = [event for event in events if event["ph"] == "X" and "tdur" in event]
    found = []
    for thread in main:
        own = sorted(
            (event for event in timed if (event["pid"], event["tid"]) == thread),
            key=lambda event: (event["ts"], -event["dur"]),
        )
        starts = [i for i, event in enumerate(own) if event["name"] == "RunTask"]
        for start, end in zip(starts, [*starts[1:], len(own)], strict=True):
            found.append((own[start]["tdur"] / 1000, parts(own[start + 1 : end])))
    return sorted(found, reverse=True)


def parts(events: list[dict]) -> str:
    """Which kinds of work took the time of a task, without what lies within each."""
    alone: Counter[str] = Counter()
    open_ones: list[tuple[int, str]] = []  # where each ends, and its name
    for event in events:
        while open_ones and open_ones[-1][0] <= event["ts"]:
            open_ones.pop()
        name = label(event)
        alone[name] += event["tdur"]
        if open_ones:
            alone[open_ones[-1][1]] -= event["tdur"]
        open_ones.append((event["ts"] + event["dur"], name))
    return ", ".join(f"{name} {time / 1000:.0f}" for name, time in alone.most_common(4))


def data_of(event: dict) -> dict:
    return event.get("args", {}).get("data") or {}


def label(event: dict) -> str:
    data = data_of(event)
    url = (data.get("url") or event.get("args", {}).get("fileName") or "").split("?")[0]
    return " ".join(filter(None, [event["name"], data.get("functionName"), Path(url).name]))


def measure(browser: Browser, address: str, screen: dict) -> tuple[float, list[tuple[float, str]]]:
    """The page's total shift, and its tasks."""
    page = browser.new_page(**screen, service_workers="block")
    browser.start_tracing(page=page, categories=CATEGORIES)
    read_through(page, address)
    shifted = page.evaluate("window.shifted ?? 0")
    trace = json.loads(browser.stop_tracing())
    page.close()
    return shifted, tasks(trace, address)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", default="site", help="folder of the built site")
    parser.add_argument("--only", nargs="*", help="pages, as in their addresses: article/")
    parser.add_argument("--screens", nargs="*", default=list(SCREENS), choices=SCREENS)
    chosen = parser.parse_args()
    site = Path(chosen.site)
    pages = sorted(f"{path.parent.relative_to(site)}/" for path in site.rglob("index.html"))
    root_address = serve(site)
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    chromium = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=root)
        wanted = [(page, name) for page in chosen.only or pages for name in chosen.screens]
        for page, name in tqdm(wanted, unit="page", leave=False):
            address = root_address + page.removeprefix("./")
            shifted, found = measure(browser, address, SCREENS[name])
            long = [task for task in found if task[0] > LONG]
            lines = [f"{page} {name}: shift {shifted:.3f}, {len(long)} tasks over {LONG} ms"]
            lines += [f"  {time:4.0f} ms: {what}" for time, what in long[:6] or found[:1]]
            tqdm.write("\n".join(lines))
        browser.close()


if __name__ == "__main__":
    main()
