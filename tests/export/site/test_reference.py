"""The reference page: made from today's docstrings and help, without running the core."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

import racing_core
from export.help import FOLDER, texts

ROOT = Path(__file__).parents[3]
MARKUP = (
    "a article b button code div em h1 h2 h3 h4 h5 h6 hr li ol p path pre script span strong svg "
    "table tbody td th thead tr ul wbr"
)


@pytest.fixture(scope="module")
def reference(site: Path) -> BeautifulSoup:
    return BeautifulSoup((site / "reference/index.html").read_text("utf-8"), "html.parser")


def test_the_help_on_the_page_is_what_the_commands_say(reference) -> None:
    told = texts()
    assert {file.name for file in FOLDER.iterdir()} == set(told), "run python -m export.help"
    shown = [block.text.strip() for block in reference.select(".help pre")]
    for name, text in told.items():
        assert (FOLDER / name).read_text("utf-8") == text, "run python -m export.help"
        assert text.strip() in shown, f"{name} is not on the page"
        assert str(ROOT) not in text, "a path of this machine"


def test_what_docstrings_list_is_read_as_it_is_meant(reference) -> None:
    """No list of names taken for one name, no sentence torn apart at its colon."""
    torn = [item.text for item in reference.select(".doc li") if "`" in item.text]
    joined = [
        code.text for code in reference.select(".doc li code, .doc li b") if "," in code.text[-1:]
    ]
    assert torn == []
    assert joined == []


def test_the_page_documents_the_public_interface(reference) -> None:
    missing = [name for name in racing_core.__all__ if not reference.find(id=f"racing_core.{name}")]
    assert missing == []
    assert reference.find(id="racing_core.theory.gradients"), "modules come after"


def test_no_docstring_is_taken_for_markup(reference) -> None:
    article = reference.find("article")
    for other in article.select("footer, figure"):
        other.decompose()
    assert {tag.name for tag in article.find_all()} <= set(MARKUP.split())


WANTED = {  # in the first results of a search
    "gamma": ("reference", "appendix/race", "appendix/equations"),
    "install": ("appendix/setup",),
    "racing train": ("reference", "appendix/setup"),
}


def test_the_search_finds(page: Page, site_url: str) -> None:
    page.goto(site_url, wait_until="networkidle")
    field = page.locator(".md-search__input")
    # The results of a word that is not yet whole are there before, and go.
    first = ".md-search-result__item:nth-child(-n+6) > a:first-child"
    for words, wanted in WANTED.items():
        field.fill("")
        expect(page.locator(first)).to_have_count(0)
        field.press_sequentially(words)
        for name in wanted:
            found = page.locator(f'{first}[href^="{site_url}{name}/"]')
            expect(found.first).to_be_visible(timeout=60_000)
