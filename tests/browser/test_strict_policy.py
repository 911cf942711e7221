"""The site under a strict Content-Security-Policy: nothing that a page does violates it.

See also test_accessibility.py, where every page is opened under it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import _Handler, served
from playwright.sync_api import Browser, Page, expect
from test_lab import SLOW, number, press, ready

from export.site.policy import POLICY

VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`))"""


class Strict(_Handler):
    """With the policy that README.md and docs/appendix/setup.md give."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


@pytest.fixture(scope="module")
def strict_url(site: Path) -> Iterator[str]:
    with served(site, Strict) as address:
        yield address


@pytest.fixture
def strict(browser: Browser) -> Iterator[Page]:
    """A page whose test fails if anything violates the policy."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    context.on("console", lambda said: said.type == "error" and errors.append(said.text))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.add_init_script(VIOLATIONS)
    yield context.new_page()
    context.close()
    assert errors == []


def test_a_tooltip_is_styled_by_the_site(strict: Page, strict_url: str) -> None:
    strict.goto(strict_url + "article/")
    strict.mouse.move(200, 200)
    figure = strict.locator("#figure-arrival")
    figure.scroll_into_view_if_needed()
    figure.locator(".chart-live .mark-symbol path").last.hover()
    tip = strict.locator("#vg-tooltip-element")
    expect(tip).to_be_visible()
    assert tip.evaluate("it => getComputedStyle(it).position") == "fixed"


def test_the_lab_trains_under_the_policy(strict: Page, strict_url: str) -> None:
    expect.set_options(timeout=SLOW)
    strict.goto(
        strict_url
        + "lab/?task=digits-3_8-4_9&width=40&init=balanced&init_scale=0.1&lr=0.5&steps=20"
    )
    ready(strict)
    press(strict, "Play")
    expect(number(strict, "Step")).to_have_text("20")
    press(strict, "Compare all three with this run")
    expect(strict.locator("#ticket-picture")).to_be_visible()
    for chart in strict.locator(".lab-chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("canvas")).to_be_visible()


def test_a_policy_without_webassembly_is_named(browser: Browser, site: Path) -> None:
    class Forbidding(_Handler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY.replace(" 'wasm-unsafe-eval'", ""))
            super().end_headers()

    expect.set_options(timeout=SLOW)
    page = browser.new_page()
    with served(site, Forbidding) as address:
        page.goto(address + "lab/")
        expect(page.get_by_role("alert")).to_contain_text("must allow 'wasm-unsafe-eval'")
        press(page, "Play")
        expect(number(page, "Step")).not_to_have_text("0")
        page.close()


def test_readers_are_told_the_policy() -> None:
    root = Path(__file__).parents[2]
    for name in ("README.md", "docs/appendix/setup.md"):
        text = " ".join((root / name).read_text("utf-8").split())
        assert POLICY in text, name
