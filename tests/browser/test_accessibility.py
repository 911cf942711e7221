"""Every page passes axe-core, with everything folded out, in light and in dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """
axe.run().then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
  nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`)))
"""


def found_by_axe(page: Page) -> list[str]:
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(VIOLATIONS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe(scheme: str, site: Path, site_url: str, page: Page) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    pages = [file.parent.relative_to(site).as_posix() for file in site.rglob("index.html")]
    assert len(pages) >= 10
    violations = {}
    for path in pages:
        page.goto(f"{site_url}{path}/", wait_until="networkidle")
        if found := found_by_axe(page):
            violations[path] = found
    assert violations == {}


def test_axe_would_find_a_violation(site_url: str, page: Page) -> None:
    page.goto(site_url)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"\">')")
    assert any(found.startswith("image-alt") for found in found_by_axe(page))
