"""Repairs to what mkdocs-jupyter makes of a notebook, so that its page is like the others."""

import html as html_text
import re

import jinja2
from bs4 import BeautifulSoup

from export.cache import memory

# Formulas as they stand in a notebook's text; the displayed kind first, or it would be two of ours.
DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"\$(\S|\S.*?\S)\$")

# A number or a figure of the run, as in the Markdown pages.
MACRO = re.compile(
    r"(?:<p>)?\{\{ (?P<figure>figure\(.*?\)) \}\}(?:</p>)?|\{\{ (?P<number>n\.\w+) \}\}"
)


@memory.cache
def tidy_notebook(html: str) -> str:
    """Drop the scripts that ask other hosts for MathJax and Mermaid, and mark the formulas."""
    page = BeautifulSoup(html, "html.parser")
    for script in page("script"):
        if "MathJax" in script.text or "mermaid" in script.text:
            script.decompose()
    for cell in page.select(".jp-RenderedMarkdown"):
        for text in cell.find_all(string=lambda text: "$" in text):
            if text.find_parent(["code", "pre"]):
                continue
            marked = _escape(text)
            marked = DISPLAYED.sub(r'<div class="arithmatex">\\[\1\\]</div>', marked)
            marked = INLINE.sub(r'<span class="arithmatex">\\(\1\\)</span>', marked)
            text.replace_with(BeautifulSoup(marked, "html.parser"))
    return str(page)


def fill_in(page: str, environment: jinja2.Environment, variables: dict) -> str:
    """Numbers and figures in the place of `{{ n.NAME }}` and `{{ figure("NAME") }}`."""

    def value(match: re.Match) -> str:
        call = html_text.unescape(match["figure"] or match["number"])
        filled = environment.from_string("{{ " + call + " }}").render(**variables)
        return re.sub(r' markdown(="\w+")?(?=[ >])', "", filled)

    return MACRO.sub(value, page)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
