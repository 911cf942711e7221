"""Repairs to what mkdocs-jupyter makes of a notebook, so that its page is like the others."""

import html as html_text
import re
import tempfile

import jinja2
from bs4 import BeautifulSoup
from jupyter_client.connect import ConnectionFileMixin

from export.site.cache import memory

# Formulas as they stand in a notebook's text; the displayed kind first, or it would be two of ours.
DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"\$(\S|\S.*?\S)\$")

# A number or a figure of the run, as in the Markdown pages.
MACRO = re.compile(
    r"(?:<p>)?\{\{ (?P<figure>figure\(.*?\)) \}\}(?:</p>)?|\{\{ (?P<number>n\.\w+) \}\}"
)


SOCKETS = tempfile.TemporaryDirectory(prefix="racing-")  # removed when the process ends
WRITE = ConnectionFileMixin.write_connection_file


def run_beside_others() -> None:
    """Let kernels be spoken to through sockets in a folder of this process alone.

    Over TCP, the default, a kernel warns. Sockets have the same names for all builds in a folder,
    which must be writable, too. mkdocs-jupyter has no setting for either.
    """
    ConnectionFileMixin.write_connection_file = _write_connection_file


def _write_connection_file(manager: ConnectionFileMixin, **given: object) -> None:
    manager.transport, manager.ip = "ipc", f"{SOCKETS.name}/kernel"
    WRITE(manager, **given)


@memory.cache
def tidy_notebook(html: str) -> str:
    """Keep a notebook's text, code and output, in the site's own markup, and mark the formulas.

    mkdocs-jupyter wraps them in half a megabyte of styles, and in scripts that ask other hosts for
    MathJax and Mermaid.
    """
    page = BeautifulSoup(html, "html.parser")
    parts = []
    for part in page.select(".jp-RenderedMarkdown, .highlight-ipynb pre, .jp-RenderedText pre"):
        if "jp-RenderedMarkdown" in part.get("class", []):
            _mark_formulas(part)
            parts.append(part.decode_contents())
        else:
            content = part.decode_contents()
            parts.append(
                f'<pre class="notebook-output" tabindex="0">{content}</pre>'
                if part.find_parent(class_="jp-RenderedText")
                else f'<div class="highlight"><pre><code>{content}</code></pre></div>'
            )
    return "\n".join(parts).replace('class="anchor-link"', 'class="headerlink"')


def _mark_formulas(cell) -> None:
    for text in cell.find_all(string=lambda text: "$" in text):
        if text.find_parent(["code", "pre"]):
            continue
        marked = _escape(text)
        marked = DISPLAYED.sub(r'<div class="arithmatex">\\[\1\\]</div>', marked)
        marked = INLINE.sub(r'<span class="arithmatex">\\(\1\\)</span>', marked)
        text.replace_with(BeautifulSoup(marked, "html.parser"))


def fill_in(page: str, environment: jinja2.Environment, variables: dict) -> str:
    """Numbers and figures in the place of `{{ n.NAME }}` and `{{ figure("NAME") }}`."""

    def value(match: re.Match) -> str:
        call = html_text.unescape(match["figure"] or match["number"])
        filled = environment.from_string("{{ " + call + " }}").render(**variables)
        return re.sub(r' markdown(="\w+")?(?=[ >])', "", filled)

    return MACRO.sub(value, page)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
