"""While the site is served, a page whose sources are as before is not converted again.

To convert Markdown is most of a build, and mkdocs does it anew for all pages at every edit of one;
next come the macros, and what the search reads in the pages. mkdocs-jupyter keeps its
pages by itself, in the same way.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jinja2
from material.plugins.search.plugin import SearchIndex
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.theme import Theme
from mkdocs_macros import context
from mkdocs_macros.plugin import MacrosPlugin

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


_read: dict[str, tuple[tuple, list[dict]]] = {}  # by file: the page, and its entries of the search


def read_once(index: SearchIndex) -> None:
    """Let a search index take from the last build what it has read in pages that are as before."""
    read = index.add_entry_from_context

    def add(page: Page) -> None:
        now = (page.content, page.url, page.title, repr(page.meta))
        before, entries = _read.get(page.file.src_uri, ((), []))
        if now == before:
            index.entries += entries
            return
        first = len(index.entries)
        read(page)
        _read[page.file.src_uri] = now, index.entries[first:]

    index.add_entry_from_context = add


# mkdocs-macros asks git a dozen questions at every build. No page shows an answer.
context.get_git_info = functools.cache(context.get_git_info)

_made: dict[tuple[str, str], tuple[tuple, str]] = {}  # from what, and what it became


def once(name: tuple[str, str], made_from: tuple, make: Callable[[], str]) -> str:
    """What was last made under this name, if it was made from the same; else it is made now."""
    before, made = _made.get(name, ((), ""))
    if made_from != before:
        made = make()
        _made[name] = made_from, made
    return made


def fill_in_once(macros: MacrosPlugin, made_from: tuple) -> None:
    """Let macros be filled in anew only where a page, or what they are made from, has changed."""
    fill_in = macros.render

    def render(markdown: str, force_rendering: bool = False) -> str:
        page = macros.page
        sources = (markdown, repr(page.meta), page.url, made_from)
        name = (page.file.src_uri, "markdown")
        return once(name, sources, lambda: fill_in(markdown, force_rendering))

    macros.render = render


_environments: dict[tuple, jinja2.Environment] = {}


def keep_environment(theme: Theme, made_from: tuple) -> None:
    """Let the theme's templates be found and compiled once, if it is made from the same sources."""
    if made_from not in _environments:
        _environments.clear()  # an author edits all day
        _environments[made_from] = env = theme.get_env()
        find = env.list_templates  # among ten thousand icons
        found: list[list[str]] = []

        def list_templates(*args, **kwargs) -> list[str]:
            if not found:
                found.append(find(*args, **kwargs))
            return found[0]

        env.list_templates = list_templates
    theme.get_env = lambda: _environments[made_from]
