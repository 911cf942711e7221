"""What the pages' Markdown can say: `{{ n.NAME }}`, a number of the run; `{{ figure("NAME") }}`.

A command takes `{{ raw.NAME }}`, the same without commas between thousands.
"""

import json
import re
from html import escape
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from mkdocs.exceptions import PluginError
from mkdocs.utils import get_relative_url

from export.site import drawings

PAGES = ("home", "article", "appendix")  # whose sentences have numbers of the run
PHONE = "(max-width: 44.9375em)"  # the theme's, at which a page has one narrow column
WORDS_PER_MINUTE = 230


def define_env(env) -> None:
    """Give mkdocs-macros the numbers and the figures of docs/data, and the reading time."""
    data = Path(env.conf["docs_dir"]) / "data"
    try:
        raw = read_numbers(data)
        figures = drawings.figures(data)
    except FileNotFoundError as error:
        missing = Path(error.filename).relative_to(data.parent)
        raise PluginError(f"docs/{missing} is missing: run 'make data'") from None
    except ValueError as error:
        raise PluginError(str(error)) from None
    numbers = {name: _told(value) for name, value in raw.items()}
    env.variables["n"], env.variables["raw"] = numbers, raw
    env.variables["figures"] = figures

    @env.macro
    def figure(name: str) -> str:
        """HTML of a figure: its picture, which figures.js replaces, its caption, its data."""
        if name not in figures:
            raise PluginError(f"there is no figure {name!r}: choose from {', '.join(figures)}")
        return _figure(name, figures[name], env.page.url, numbers)

    @env.macro
    def reading_time() -> str:
        """How long the page takes to read, as a sentence."""
        words = len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\{.*?\}\}", "", env.page.markdown)))
        return f"A reading of about {round(words / WORDS_PER_MINUTE)} minutes."


def _figure(name: str, drawn: dict, page: str, numbers: dict) -> str:
    """The HTML of a figure on the page with the address `page`."""
    caption = Environment(undefined=StrictUndefined).from_string(drawn["caption"])
    specs = get_relative_url(f"assets/figures/{name}-", page)
    data = get_relative_url(f"data/{drawn['data']}", page)
    (width, height), (narrow_width, narrow_height) = drawn["size"]["wide"], drawn["size"]["narrow"]

    def picture(theme: str) -> str:
        return (
            f'<picture class="chart-{theme}"><source media="{PHONE}" '
            f'srcset="{specs}narrow-{theme}.svg"><img src="{specs}wide-{theme}.svg" '
            f'width="{width}" height="{height}" loading="lazy" alt="{escape(drawn["alt"])}">'
            "</picture>"
        )

    size = (
        f"--wide: {width}; --wide-height: {height}; "
        f"--narrow: {narrow_width}; --narrow-height: {narrow_height}"
    )
    kind = "fluid" if drawn["fluid"] else "fixed"
    return (
        f'<figure class="chart chart-{kind}" id="figure-{name}" style="{size}" '
        f'data-spec="{specs}" markdown>\n'
        f'<div class="chart-stage">{picture("light")}{picture("dark")}</div>\n'
        f'<div class="chart-controls" style="--inputs: {drawn["controls"]}"></div>\n'
        f'<figcaption markdown="span">{caption.render(n=numbers)} '
        f'<a class="chart-data" href="{data}" download>Data</a>'
        f"</figcaption>\n</figure>\n"
    )


def read_numbers(data: Path) -> dict:
    """The values of docs/data/PAGE/numbers.json of all pages, by name.

    Raises:
        PluginError: two pages define a number of the same name.
    """
    found = {}
    for page in PAGES:
        content = json.loads((data / page / "numbers.json").read_text("utf-8"))
        for name, number in content["numbers"].items():
            if name in found:
                raise PluginError(f"two pages define the number {name!r}: rename one")
            found[name] = number["value"]
    return found


def _told(value: object) -> object:
    """A count as prose has it, with a comma between its thousands."""
    return f"{value:,}" if isinstance(value, int) else value
