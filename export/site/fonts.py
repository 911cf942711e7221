"""The pages' fonts without what they never show, so that they come with the first paint.

Text that changes its font moves what stands after it: a formula that is wider than it was ends up
on the next line. So a page names the fonts of its formulas in its head, and these are small.
"""

import re
from html import unescape
from io import BytesIO
from pathlib import Path

from export.site.cache import memory

# Letters and signs of western European languages and of the pages' formulas within text.
ASCII = range(0x20, 0x7F)
CHARACTERS = [*ASCII, *range(0xA0, 0x100), *range(0x370, 0x400), *range(0x2010, 0x2040)]
CHARACTERS += [*range(0x2070, 0x20A0), *range(0x2190, 0x2194), 0x2212, 0x2260, 0x2264, 0x2265]
FEATURES = ["calt", "ccmp", "cv11", "kern", "ss03", "tnum"]
WEIGHTS = (400, 700)

# Font of KaTeX -> which of its classes show it.
OF_FORMULAS = {
    "KaTeX_Main-Regular": r'class="katex"',
    "KaTeX_Main-Bold": r"\bmathbf\b",
    "KaTeX_Math-Italic": r"\bmathnormal\b",
    "KaTeX_Math-BoldItalic": r"\bboldsymbol\b",
    "KaTeX_AMS-Regular": r"\b(mathbb|amsrm)\b",
    "KaTeX_Size1-Regular": r"\b(delimsizing size1|delim-size1|small-op)\b",
    "KaTeX_Size2-Regular": r"\b(delimsizing size2|large-op)\b",
    "KaTeX_Size3-Regular": r"\bdelimsizing size3\b",
    "KaTeX_Size4-Regular": r"\b(delimsizing size4|delim-size4)\b",
}


def slim_font(source: Path) -> bytes:
    """A variable WOFF2 font, cut down to CHARACTERS, FEATURES and WEIGHTS."""
    return _slim(source.read_bytes(), CHARACTERS, FEATURES, WEIGHTS)


def formula_fonts(page: str) -> list[str]:
    """The fonts that the formulas of a page show, by name."""
    return [name for name, classes in OF_FORMULAS.items() if re.search(classes, page)]


def slim_formula_fonts(source: Path, folder: Path, pages: list[str]) -> None:
    """Write the fonts of the formulas into `folder`, with the characters of the site's `pages`."""
    shown = [page for page in pages if formula_fonts(page)]
    characters = sorted({*ASCII, *(ord(sign) for page in shown for sign in unescape(page))})
    for name in {name for page in shown for name in formula_fonts(page)}:
        file = f"{name}.woff2"
        (folder / file).write_bytes(_slim((source / file).read_bytes(), characters, [], ()))


@memory.cache
def _slim(source: bytes, characters: list[int], features: list[str], weights: tuple) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(BytesIO(source), recalcTimestamp=False)
    cutter = subset.Subsetter(subset.Options(layout_features=features))
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    if weights:
        font = instantiateVariableFont(font, {"wght": weights})
    font.flavor = "woff2"
    slim = BytesIO()
    font.save(slim)
    return slim.getvalue()
