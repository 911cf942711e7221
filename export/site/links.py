"""Links to pages by their source files, where mkdocs does not look: notebooks and raw HTML."""

import posixpath
import re

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

SOURCE = re.compile(r'href="(?P<source>[^":#?]+\.(?:md|py))(?P<place>#[^"]*)?"')


def to_pages(html: str, page: Page, files: Files) -> str:
    """`href="race.py#who"` as the page that race.py becomes, whatever addresses pages have.

    Raises:
        ValueError: there is no such source.
    """

    def address(match: re.Match) -> str:
        folder = posixpath.dirname(page.file.src_uri)
        source = posixpath.normpath(posixpath.join(folder, match["source"]))
        file = files.get_file_from_path(source)
        if file is None:
            raise ValueError(f"{page.file.src_uri} links to {match['source']}, which is no page")
        url = get_relative_url(file.url, page.file.url)
        return f'href="{url}{match["place"] or ""}"'

    return SOURCE.sub(address, html)
