"""The feed's links lead to where the page of changes has its sections."""

from xml.etree import ElementTree as ET

import markdown
import pytest

from export.site.feed import ATOM, feed

CHANGES = """# Changes

## 2026-01-03: It's faster, by `2x`: γ and "quotes" & more

New.

## 2026-01-02: The same

### A detail

## 2026-01-02: The same

Old.
"""


def test_each_entry_links_to_its_sections_id() -> None:
    entries = ET.fromstring(feed(CHANGES, "Title", "Author", "https://x.org/", "changes/")).iter(
        f"{{{ATOM}}}entry"
    )
    links = [entry.find(f"{{{ATOM}}}link").get("href") for entry in entries]
    page = markdown.Markdown(extensions=["toc"])
    page.convert(CHANGES)
    ids = [section["id"] for section in page.toc_tokens[0]["children"]]
    assert len(set(ids)) == 3
    assert links == [f"https://x.org/changes/#{name}" for name in ids]


def test_a_page_without_sections_is_refused() -> None:
    with pytest.raises(ValueError, match="no section"):
        feed("# Changes\n", "Title", "Author", "", "changes/")


def test_an_entry_has_its_title_its_day_and_its_text() -> None:
    entry = next(
        ET.fromstring(feed(CHANGES, "Title", "Author", "", "changes/")).iter(f"{{{ATOM}}}entry")
    )
    said = {one.tag.rsplit("}", 1)[-1]: one.text for one in entry}
    assert said["title"].startswith("It's faster")
    assert said["updated"] == "2026-01-03T00:00:00Z"
    assert said["content"] == "<p>New.</p>"


@pytest.mark.parametrize(
    ("home", "expected"), [("https://x.org/", "https://x.org/"), ("", "urn:racing:changes")]
)
def test_the_feed_is_named_by_its_home_where_that_is_known(home, expected) -> None:
    root = ET.fromstring(feed(CHANGES, "Title", "Author", home, "changes/"))
    assert root.find(f"{{{ATOM}}}id").text == expected
