"""Formulas, drawn while the site is built: a page needs no script for them, and nothing shifts.

They are drawn after the search has read the page. The search sees the names of their Greek letters
instead: a drawing is many elements and no word that anybody would type.
"""

import html
import json
import re
from pathlib import Path

from export.site import node
from export.site.cache import memory

# What pymdownx.arithmatex leaves for a renderer.
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">(?P<formula>\\[(\[].*?\\[)\]])</(?P=tag)>', re.DOTALL
)
# The same with its formula in an attribute and names in its place, and the sign that follows.
NAMED = re.compile(
    r'<(?P<tag>span|div) class="arithmatex" data-formula="(?P<formula>[^"]*)">[^<]*</(?P=tag)>'
    r"(?P<sign>[.,;:!?)]?)"
)
# Browsers break a line after any formula, some even before this; a short one they keep whole.
WORD_JOINER = "&#8288;"
SHORT = 40  # letters of TeX: less than a phone's line
GREEK = re.compile(
    r"\\(?:var)?(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|"
    r"sigma|tau|upsilon|phi|chi|psi|omega)(?![a-z])",
    re.IGNORECASE,
)


def name_formulas(page: str) -> str:
    """Put the names of its Greek letters in the place of every formula in a page's HTML."""

    def named(match: re.Match) -> str:
        letters = dict.fromkeys(letter.lower() for letter in GREEK.findall(match["formula"]))
        formula = match["formula"].replace('"', "&quot;")
        tag, names = match["tag"], " ".join(letters)
        return f'<{tag} class="arithmatex" data-formula="{formula}">{names}</{tag}>'

    return FORMULA.sub(named, page)


def draw_formulas(page: str) -> str:
    """Draw every formula of a page that `name_formulas` has prepared.

    Raises:
        ValueError: KaTeX cannot read one; the message is KaTeX's.
    """
    found = {html.unescape(match["formula"]) for match in NAMED.finditer(page)}
    if not found:
        return page
    formulas = tuple(sorted(found))
    drawn = dict(zip(formulas, _katex(formulas), strict=True))

    def drawing(match: re.Match) -> str:
        formula = html.unescape(match["formula"])
        body = f'<{match["tag"]} class="arithmatex">{drawn[formula]}</{match["tag"]}>'
        if not match["sign"]:
            return body
        body += WORD_JOINER + match["sign"]
        whole = match["tag"] == "span" and len(formula) <= SHORT
        return f'<span class="whole">{body}</span>' if whole else body

    return NAMED.sub(drawing, page)


@memory.cache
def _katex(formulas: tuple[str, ...]) -> list[str]:
    r"""HTML (with MathML for screen readers) of formulas in \(...\) or \[...\], in one call."""
    script = Path(__file__).with_name("katex.mjs")
    pairs = [(formula[2:-2], formula.startswith(r"\[")) for formula in formulas]
    done = node.run(script, input=json.dumps(pairs))
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[0] if done.stderr else "KaTeX failed")
    return json.loads(done.stdout)
