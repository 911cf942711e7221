"""What tests share: the site built once, served below a sub-path, and a page in a browser."""

import functools
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from chromium import find_browser
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

# Set before torch starts: its threads, on cores that others use too, wait ten times for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # in the few tests with more than one

ROOT = Path(__file__).parents[1]
# What a browser does beside a page: the popups of a window's address bar cost as much as a page.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)
SUB_PATH = "some/sub/path"


class _Handler(SimpleHTTPRequestHandler):
    """Serves modules and WebAssembly as browsers want them, and says nothing."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
    }

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def cifar10() -> str:
    """A folder with CIFAR-10, also put into RACING_DATA_DIR; skips the test where it is absent.

    RACING_DATA_DIR, or the folder shared/data beside the checkout: no test downloads 160 MB.
    """
    folder = os.environ.get("RACING_DATA_DIR") or ROOT.parent / "shared" / "data"
    if not Path(folder).is_dir():
        pytest.skip(f"CIFAR-10 is not at {folder}: set RACING_DATA_DIR to the folder that holds it")
    os.environ["RACING_DATA_DIR"] = str(folder)
    return str(folder)


@pytest.fixture
def with_images(request: pytest.FixtureRequest) -> Callable[[bool], None]:
    """Asks for `cifar10` in those cases of a test that need it; the others run without."""
    return lambda needed: needed and request.getfixturevalue("cifar10")


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file can have more bytes than `size`, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder with the built site; a warning while it is built is a failure.

    The processes that share the tests build it once: the first one, while the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    folder = base / "www" / SUB_PATH
    with FileLock(base / "site.lock"):
        if not folder.is_dir():
            command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
            done = subprocess.run(
                command, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
                capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert "WARNING" not in done.stderr, done.stderr
    return folder


@functools.cache
def parsed(file: Path) -> BeautifulSoup:
    """A page of the site, for all tests that read it and leave it as it is."""
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The address, with a slash at its end, where the site answers below a sub-path."""
    with served(site, _Handler) as address:
        yield address


@contextmanager
def served(site: Path, kind: type[_Handler]) -> Iterator[str]:
    """The address of the site while a server of this kind answers below a sub-path."""
    root = site.parents[len(Path(SUB_PATH).parts) - 1]
    handler = functools.partial(kind, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{SUB_PATH}/"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> dict:
    """How a headless Chromium or Chrome is launched: its path, and what it is to leave."""
    path = find_browser()
    assert path, "no browser: run 'make test', which installs one"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "args": [*QUIET, *root]}


@pytest.fixture(scope="session")
def browser(chromium: dict) -> Iterator[Browser]:
    """A headless Chromium or Chrome."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**chromium)
        yield running
        running.close()


@pytest.fixture
def problems() -> list[str]:
    """What went wrong on the test's page so far: requests to other hosts, failures, errors."""
    return []


@pytest.fixture
def page(browser: Browser, site_url: str, problems: list[str]) -> Iterator[Page]:
    """An empty page whose test fails if `problems` holds anything at its end."""
    home = urlsplit(site_url).netloc

    def watch(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != home:
            problems.append(f"request to another host: {url}")

    # A service worker would answer where a test wants to.
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.on("request", lambda request: watch(request.url))
    context.on("weberror", lambda error: problems.append(f"uncaught: {error.error}"))
    context.on(
        "response",
        lambda answer: (
            answer.ok or answer.status == 304 or problems.append(f"{answer.status}: {answer.url}")
        ),
    )
    context.on(
        "console",
        lambda said: said.type == "error" and problems.append(f"console: {said.text}"),
    )
    # A reader who moves the pointer: figures wait for a sign of one.
    context.add_init_script(
        "addEventListener('load', () => dispatchEvent(new Event('pointermove')))"
    )
    yield context.new_page()
    context.close()
    assert problems == []
