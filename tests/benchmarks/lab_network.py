"""How soon the lab answers on slow networks: python tests/benchmarks/lab_network.py [--site FOLDER]

Builds the site, serves it as a host does (text compressed, kept for ten minutes) and opens the lab
in a new browser for each network, throttled by the devtools protocol. As soon as its controls work
it presses Play, and when the engine is here "Train it live". Prints, in seconds from the opening of
the page: when its own script was in; then how much later Play was answered, with the recorded run,
and the race was drawn; when the first live step came, with its ratio to the time that the network
needs for the bytes; and when a second visit, which has the engine, made its first live step.
"""

import argparse
import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from quiet_server import Quiet, serve

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))
from chromium import find_browser  # noqa: E402

# Name: megabits per second, round trip in ms; None where nothing is throttled.
NETWORKS = {
    "no throttle": None,
    "fast 4G": (9, 60),
    "slow 4G": (1.4, 150),
    "fast 3G": (1.4, 560),
}
TEXT = {".html", ".css", ".js", ".json", ".svg", ".xml"}
PATIENCE = 120_000  # ms

# Times in the page, told by what the visitor sees.
WATCH = """() => {
  window.seen = {};
  const see = (name) => { seen[name] ??= performance.now(); };
  const look = () => {
    const at = (id) => document.getElementById(id);
    const controls = at("controls");
    if (controls && !controls.disabled && !seen.script) { see("script"); at("play").click(); }
    if (seen.script && at("out-step").value !== "0") see("answer");
    if (document.querySelector("#chart-race canvas")) see("drawn");
    const here = at("lab")?.dataset.engine === "here";
    if (seen.answer && here && !seen.here) { see("here"); at("train-live").click(); }
    else if (seen.here && at("recorded").hidden && at("out-step").value !== "0") see("live");
    requestAnimationFrame(look);
  };
  look();
}"""


class Host(Quiet):
    """Compresses text and counts what it sends."""

    protocol_version = "HTTP/1.1"
    extensions_map = Quiet.extensions_map | {".wasm": "application/wasm"}
    sent = 0

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return self.send_error(404)
        body = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Cache-Control", "max-age=600")
        if file.suffix in TEXT:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        Host.sent += len(body)
        self.wfile.write(body)


def throttle(page, network):
    if network is None:
        return
    megabits, round_trip = network
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    bytes_per_second = megabits * 1e6 / 8
    limits = {"downloadThroughput": bytes_per_second, "uploadThroughput": bytes_per_second}
    session.send(
        "Network.emulateNetworkConditions", {"offline": False, "latency": round_trip, **limits}
    )


def visit(browser, address, network):
    """Seconds from the opening of the page, by what was seen, of a first and a second visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    throttle(page, network)
    page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH})")
    Host.sent = 0
    page.goto(address, wait_until="commit", timeout=PATIENCE)
    page.wait_for_function("window.seen?.live", timeout=PATIENCE)
    first = page.evaluate("seen") | {"bytes": Host.sent}
    # What comes after the engine is kept for the second visit.
    page.wait_for_function("navigator.serviceWorker.controller || 1", timeout=PATIENCE)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.close()
    page = context.new_page()
    throttle(page, network)
    page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH})")
    page.goto(address, wait_until="commit", timeout=PATIENCE)
    page.wait_for_function("window.seen?.answer", timeout=PATIENCE)
    page.wait_for_function("document.querySelector('#lab').dataset.engine === 'here'")
    again = page.evaluate("performance.now()")
    context.close()
    return {name: value / 1000 for name, value in first.items()} | {"again": again / 1000}


def report(name, network, seen):
    line = f"{name:12} script in {seen['script']:5.2f}; Play answered {_later(seen, 'answer')}, "
    line += f"race drawn {_later(seen, 'drawn')}; first live step {seen['live']:5.2f}"
    if network:
        transfer = 8 * seen["bytes"] * 1000 / (network[0] * 1e6)
        line += f" = {seen['live'] / transfer:.2f} x the {transfer:.1f} s of its bytes"
    print(f"{line}; second visit ready {seen['again']:.2f}")


def _later(seen, name):
    return f"+{max(0, seen[name] - seen['script']):.2f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", help="a folder with the built site; without, it is built")
    chosen = parser.parse_args().site
    path = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        if not chosen:
            command = [sys.executable, "-m", "mkdocs", "build", "-q", "--site-dir", folder]
            subprocess.run(command, cwd=ROOT, check=True)
        address = serve(chosen or folder, Host) + "lab/"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            for name, network in NETWORKS.items():
                report(name, network, visit(browser, address, network))
            browser.close()


if __name__ == "__main__":
    main()
