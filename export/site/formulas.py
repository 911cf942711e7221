"""Formulas, drawn while the site is built: a page needs no script for them, and nothing shifts."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from export.site.cache import memory

# What pymdownx.arithmatex leaves for a renderer.
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<formula>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)


def draw_formulas(page: str) -> str:
    """Replace every formula in a page's HTML by its drawing.

    Raises:
        ValueError: KaTeX cannot read one; the message is KaTeX's.
    """
    found = {(html.unescape(m["formula"]), m["open"] == "[") for m in FORMULA.finditer(page)}
    if not found:
        return page
    formulas = tuple(sorted(found))
    drawn = dict(zip(formulas, _katex(formulas), strict=True))

    def drawing(match: re.Match) -> str:
        tag, display = match["tag"], match["open"] == "["
        body = drawn[html.unescape(match["formula"]), display]
        return f'<{tag} class="arithmatex" data-search-exclude>{body}</{tag}>'

    return FORMULA.sub(drawing, page)


@memory.cache
def _katex(formulas: tuple[tuple[str, bool], ...]) -> list[str]:
    """HTML (with MathML for screen readers) of (formula, is displayed) pairs, in one call."""
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    node = shutil.which("node", path=path)
    if node is None:
        raise ValueError("Node.js is missing: run 'make serve' once, which installs it")
    script = Path(__file__).with_name("katex.mjs")
    done = subprocess.run(
        [node, script], input=json.dumps(formulas), capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[0] if done.stderr else "KaTeX failed")
    return json.loads(done.stdout)
