"""An Atom feed of the page of changes: each of its sections is an entry."""

import re
from xml.etree import ElementTree as ET

import markdown

ATOM = "http://www.w3.org/2005/Atom"
ENTRY = re.compile(r"^## (\d{4}-\d{2}-\d{2}): (.+)\n([\s\S]*?)(?=^## |\Z)", re.MULTILINE)


def feed(changes: str, title: str, author: str, home: str, page: str) -> str:
    """The feed as XML.

    Args:
        changes: Markdown with sections such as `## 2026-11-24: What is new`, newest first, and no
            other sections of that level.
        title, author: of the site.
        home: the site's address; empty where it is not known yet, then links are relative.
        page: the address of the page of changes, relative to the site's.

    Raises:
        ValueError: there is no such section.
    """
    entries = ENTRY.findall(changes)
    if not entries:
        raise ValueError("changes.md has no section such as '## 2026-11-24: What is new'")
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")

    def add(parent, name, text="", **attributes):
        element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        element.text = text or None
        return element

    identity = home or "urn:racing:changes"
    add(root, "title", title)
    add(root, "id", identity)
    add(root, "updated", f"{entries[0][0]}T00:00:00Z")
    add(add(root, "author"), "name", author)
    add(root, "link", rel="alternate", href=home or "./")
    drawn = markdown.Markdown(extensions=["toc"])
    drawn.convert(changes)
    ids = [token["id"] for token in _sections(drawn.toc_tokens)]
    for (day, heading, body), slug in zip(entries, ids, strict=True):
        entry = add(root, "entry")
        add(entry, "title", heading)
        add(entry, "id", f"{identity}#{slug}")
        add(entry, "updated", f"{day}T00:00:00Z")
        add(entry, "link", href=f"{home}{page}#{slug}")
        add(entry, "content", markdown.markdown(body), type="html")
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _sections(tokens: list[dict]) -> list[dict]:
    """The headings of the second level, of which each is an entry."""
    below = [section for token in tokens for section in _sections(token["children"])]
    return [token for token in tokens if token["level"] == 2] + below
