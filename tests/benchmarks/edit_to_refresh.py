"""The writer's loop: seconds from saving a sentence to seeing it in the browser.

    python tests/benchmarks/edit_to_refresh.py [--edits 7] [--notebooks 5]

Serves a copy of the whole site, with some more notebook pages, as `make serve` does; saves a
changed sentence of the article and waits until an open page shows it. Ends with 1 if the median is
not below two seconds.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from chromium import find_browser  # noqa: E402

LIMIT = 2.0  # seconds
SENTENCE = "The common reaction is that this is too hard, or impossible."


def copy_site(folder: Path, notebooks: int) -> None:
    """All that the site is built from, and copies of a notebook page."""
    for name in ("docs", "export", "racing_core"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("mkdocs.yml", "constraints.txt", "package-lock.json", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for number in range(notebooks):
        page = (folder / "docs/appendix/race.py").read_text("utf-8")
        copy = page.replace("# # From", f"# # Copy {number}: from", 1)
        (folder / f"docs/appendix/copy-{number}.py").write_text(copy, "utf-8")


def measure(folder: Path, edits: int) -> list[float]:
    """Seconds for each edit."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [sys.executable, "-m", "mkdocs", "serve", "-q", "--dev-addr", f"127.0.0.1:{port}"]
    chromium = find_browser()
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    server = subprocess.Popen(serve, cwd=folder, env=environment)
    found = []
    try:
        with sync_playwright() as playwright:
            root = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium, args=root)
            page = browser.new_page()
            url = f"http://127.0.0.1:{port}/article/"
            for _ in range(600):  # the first build draws and runs everything
                with socket.socket() as there:
                    if there.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if server.poll() is not None:
                    sys.exit("mkdocs serve ended before it served.")
                time.sleep(0.5)
            page.goto(url)
            article = folder / "docs/article.md"
            text = article.read_text("utf-8")
            assert SENTENCE in text, "the sentence to edit is gone: name another one"
            for number in range(edits):
                time.sleep(1)
                said = f"Edit {number} of the writer."
                begin = time.perf_counter()
                article.write_text(text.replace(SENTENCE, said), "utf-8")
                page.get_by_text(said).wait_for(timeout=60_000)
                found.append(time.perf_counter() - begin)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=7)
    parser.add_argument("--notebooks", type=int, default=5, help="more notebook pages")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        copy_site(Path(name), chosen.notebooks)
        seconds = measure(Path(name), chosen.edits)
    middle = statistics.median(seconds)
    print("seconds from saving to seeing:", " ".join(f"{value:.2f}" for value in seconds))
    print(f"median {middle:.2f}, limit {LIMIT}, with {chosen.notebooks} more notebook pages")
    sys.exit(middle >= LIMIT)
