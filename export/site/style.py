"""All that styles a page, in one file: a phone waits for each file before it paints.

The one exception is the style of the reference, which only that page asks for.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocstrings import MkdocstringsPlugin

from export.charts import palette
from export.site import tables

NAME = "assets/style.css"

# The theme suspends transitions while it sets the palette, at every start: each time the browser
# computes the style of the whole page anew, which on a phone costs more than all of the scripts.
SUSPENDED = (
    "[data-md-color-switching] *,[data-md-color-switching] :after,"
    "[data-md-color-switching] :before{transition-duration:0s!important}"
)

# Parts of the theme that no page has. The browser would try these rules on every element.
ABSENT = (".tabbed-", ".grid.cards", ".grid>.card")

# The theme styles tables without a class. A rule that asks whether there is one makes the browser
# compute the style of all within an element whenever any class of that element changes.
WITHOUT_CLASS = "table:not([class])"


def style(config: MkDocsConfig, node_modules: Path) -> str:
    """The theme's style, KaTeX's with its fonts where they are, then that of extra_css."""
    theme = "".join(
        next(path for folder in config.theme.dirs for path in Path(folder).glob(pattern)).read_text(
            "utf-8"
        )
        for pattern in ("assets/stylesheets/main.*.css", "assets/stylesheets/palette.*.css")
    )
    if SUSPENDED not in theme:
        raise ValueError(
            "export/site/style.py: the theme's style has changed; look for SUSPENDED anew"
        )
    katex = (node_modules / "katex/dist/katex.min.css").read_text("utf-8")
    parts = [
        palette.style(),
        _without(theme.replace(SUSPENDED, ""), ABSENT),
        katex.replace("url(fonts/", "url(vendor/katex/fonts/"),
    ]
    own = [name for name in config.extra_css if name != MkdocstringsPlugin.css_filename]
    parts += [Path(config.docs_dir, name).read_text("utf-8") for name in own]
    return "\n".join(parts).replace(WITHOUT_CLASS, f"table.{tables.CLASS}")


def _without(style: str, names: tuple[str, ...]) -> str:
    """The style without the rules all of whose selectors hold one of the names."""

    def kept(rule: re.Match) -> str:
        absent = (any(name in part for name in names) for part in rule[1].split(","))
        return "" if all(absent) else rule[0]

    return re.sub(r"([^{}]+)\{[^{}]*\}", kept, style)
