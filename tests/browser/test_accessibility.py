"""Every page passes axe-core, with everything folded out, in light and in dark.

It does so on a server with the strict policy, and nothing that is done here violates that.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import served
from playwright.sync_api import Page, expect
from test_strict_policy import VIOLATIONS, Strict

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """
(options) => axe.run(options).then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
  nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`)))
"""


def found_by_axe(page: Page, *rules: str) -> list[str]:
    """What violates some of axe's rules, or any."""
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    page.evaluate(AXE.read_text("utf-8"))
    options = {"resultTypes": ["violations"]}
    return page.evaluate(FOUND, options | ({"runOnly": rules} if rules else {}))


PAGES = sorted(
    file.relative_to(DOCS).with_suffix("").as_posix()
    for pattern in ("*.md", "*/*.md", "appendix/*.py")
    for file in DOCS.glob(pattern)
)


@pytest.fixture(scope="module")
def site_url(site: Path) -> Iterator[str]:
    """Of the strict server, also for the page."""
    with served(site, Strict) as address:
        yield address


@pytest.mark.parametrize("name", PAGES)
def test_every_page_passes_axe_and_violates_no_policy(name: str, site_url: str, page: Page) -> None:
    """The policy also with its figures alive, in the dark, moving, and while it is searched."""
    page.add_init_script(VIOLATIONS)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    path = name.removesuffix("index").rstrip("/")
    page.goto(f"{site_url}{path}/" if path else site_url, wait_until="networkidle")
    page.wait_for_function("!document.querySelector('.md-content__inner > :not(.is-laid-out)')")
    in_light = found_by_axe(page)
    page.get_by_title("Switch to dark mode").click()
    page.wait_for_selector("body[data-md-color-scheme=slate]")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    in_dark = found_by_axe(page, "color-contrast")  # all that the dark mode changes
    assert {"light": in_light, "dark": in_dark} == {"light": [], "dark": []}
    figures = page.locator("figure.chart")
    if figures.count():
        figures.first.scroll_into_view_if_needed()
        expect(page.locator("figure.is-live").first).to_be_visible()
    if page.locator("figure.race").count():
        page.emulate_media(reduced_motion="no-preference")
        page.reload()
        page.wait_for_selector("figure.race.is-ready")
    if name == "article":
        page.get_by_role("textbox", name="Search").press_sequentially("neuron")
        expect(page.locator(".md-search-result__item").first).to_be_attached()


def test_no_page_is_left_out(site: Path) -> None:
    built = {file.parent.relative_to(site).as_posix() for file in site.rglob("index.html")}
    listed = {name.removesuffix("index").rstrip("/") or "." for name in PAGES}
    assert built == listed


def test_axe_would_find_a_violation(site_url: str, page: Page) -> None:
    page.goto(site_url)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"\">')")
    assert any(found.startswith("image-alt") for found in found_by_axe(page))
