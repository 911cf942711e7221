"""Links by source files lead to the pages, whatever addresses the pages have."""

from types import SimpleNamespace

import pytest
from mkdocs.structure.files import File, Files
from mkdocs_jupyter.plugin import NotebookFile

from export.site.links import to_pages

ON_PAGE = '<a href="race.py">why</a>, <a href="../article.md#who">who</a>, <a href="#here">here</a>'


def linked(directories, html=ON_PAGE):
    def notebook(name):
        return NotebookFile(File(name, "docs", "site", directories), directories, "site")

    here = notebook("appendix/equations.py")
    others = [notebook("appendix/race.py"), File("article.md", "docs", "site", directories)]
    return to_pages(html, SimpleNamespace(file=here), Files([here, *others]))


def test_links_follow_the_addresses():
    assert linked(True) == (
        '<a href="../race/">why</a>, <a href="../../article/#who">who</a>, <a href="#here">here</a>'
    )
    assert linked(False) == (
        '<a href="race.html">why</a>, <a href="../article.html#who">who</a>, '
        '<a href="#here">here</a>'
    )


def test_links_elsewhere_are_left_alone():
    elsewhere = '<a href="https://example.org/race.py">there</a>'
    assert linked(True, elsewhere) == elsewhere


def test_a_link_to_no_page_is_an_error():
    with pytest.raises(ValueError, match=r"appendix/equations.py links to nowhere\.py"):
        linked(True, '<a href="nowhere.py">x</a>')
