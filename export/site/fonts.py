"""The pages' font without what they never show: less than half the bytes before the first paint."""

from io import BytesIO
from pathlib import Path

from export.site.cache import memory

# Letters and signs of western European languages and of the pages' formulas within text.
CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x370, 0x400), *range(0x2010, 0x2040)]
CHARACTERS += [*range(0x2070, 0x20A0), *range(0x2190, 0x2194), 0x2212, 0x2260, 0x2264, 0x2265]
FEATURES = ["calt", "ccmp", "cv11", "kern", "ss03", "tnum"]
WEIGHTS = (400, 700)


def slim_font(source: Path) -> bytes:
    """A variable WOFF2 font, cut down to CHARACTERS, FEATURES and WEIGHTS."""
    return _slim(source.read_bytes(), CHARACTERS, FEATURES, WEIGHTS)


@memory.cache
def _slim(source: bytes, characters: list[int], features: list[str], weights: tuple) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(BytesIO(source), recalcTimestamp=False)
    cutter = subset.Subsetter(subset.Options(layout_features=features))
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font = instantiateVariableFont(font, {"wght": weights})
    font.flavor = "woff2"
    slim = BytesIO()
    font.save(slim)
    return slim.getvalue()
