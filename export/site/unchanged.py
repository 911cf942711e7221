"""While the site is served, a page whose sources are as before is not converted again.

To convert Markdown is most of a build, and mkdocs does it anew for all pages at every edit of one.
mkdocs-jupyter keeps its pages by itself, in the same way.
"""

from typing import NamedTuple

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

# What the conversion leaves in a page.
PARTS = ("content", "toc", "meta", "_title_from_render", "present_anchor_ids", "links_to_anchors")


class Kept(NamedTuple):
    """What a page was made from, and what it became."""

    sources: tuple
    parts: dict


_kept: dict[str, Kept] = {}  # by the name of the page's file
_sources: dict[str, tuple] = {}  # of the pages that the build under way converts


def restore(page: Page, sources: tuple, files: Files) -> None:
    """Let the page become what it was, if it was made from the same sources."""
    name = page.file.src_uri
    if name not in _kept or _kept[name].sources != sources:
        _sources[name] = sources
        return
    _sources.pop(name, None)
    parts = _kept[name].parts
    # Which anchors are missing is found anew at every build, in the files of that build.
    links = parts["links_to_anchors"] or {}
    links = {files.get_file_from_path(to.src_uri): anchors for to, anchors in links.items()}
    page.render = lambda config, files: vars(page).update(parts, links_to_anchors=links)


def restored(page: Page) -> bool:
    """Whether the page is what it was, with all that has been done to its content since."""
    return page.file.src_uri in _kept and page.file.src_uri not in _sources


def keep(files: Files) -> None:
    """Remember what the pages became that this build has converted."""
    for file in files.documentation_pages():
        if sources := _sources.pop(file.src_uri, None):
            parts = {part: getattr(file.page, part) for part in PARTS}
            _kept[file.src_uri] = Kept(sources, parts)
