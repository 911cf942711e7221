"""Find a Chromium or Chrome for the browser tests, or install one: `python tests/chromium.py`.

With --path it only prints where it is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APP = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find_browser() -> str | None:
    """The path of a browser that starts, the system's before Playwright's own; else None."""
    from playwright.sync_api import sync_playwright

    candidates = [*map(shutil.which, NAMES), APP]
    with sync_playwright() as playwright:
        candidates.append(playwright.chromium.executable_path)
    return next((path for path in candidates if path and _starts(path)), None)


def _starts(path: str) -> bool:
    """Whether it tells its version: some systems ship a stand-in that only names a package."""
    if not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True).returncode == 0


def install_browser() -> None:
    """Install Debian's package where we are root, else Playwright's own browser."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"])
        subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", "chromium"])
    if find_browser() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


if __name__ == "__main__":
    if "--path" in sys.argv:
        print(find_browser() or "")
        sys.exit()
    if find_browser() is None:
        print("The browser tests need Chromium, and there is none yet: installing it ...")
        install_browser()
    if find_browser() is None:
        sys.exit("The browser tests need a browser: install Chromium or Google Chrome.")
