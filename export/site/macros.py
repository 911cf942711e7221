"""What the pages' Markdown can say: `{{ n.NAME }}`, a number of the run; `{{ figure("NAME") }}`.

A command takes `{{ raw.NAME }}`, the same without commas between thousands.
"""

import json
from html import escape
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from mkdocs.exceptions import PluginError
from mkdocs.utils import get_relative_url

from export.site.draw import draw_figures

PAGES = ("home", "article", "appendix")  # whose sentences have numbers of the run
PHONE = "(max-width: 44.9375em)"  # the theme's, at which a page has one narrow column


def define_env(env) -> None:
    """Give mkdocs-macros the numbers and the figures of docs/data."""
    data = Path(env.conf["docs_dir"]) / "data"
    try:
        raw = read_numbers(data)
        drawings = draw_figures(data)
    except FileNotFoundError as error:
        missing = error.filename and f"{Path(error.filename).relative_to(data.parent)} is missing"
        raise PluginError(f"docs/{missing}: run 'make data'" if missing else str(error)) from None
    numbers = {name: _told(value) for name, value in raw.items()}
    env.variables["n"], env.variables["raw"] = numbers, raw
    env.variables["figures"] = drawings

    @env.macro
    def figure(name: str) -> str:
        """HTML of a figure: its picture, which figures.js replaces, its caption, its data."""
        if name not in drawings:
            raise PluginError(f"there is no figure {name!r}: choose from {', '.join(drawings)}")
        drawing = drawings[name]
        caption = Environment(undefined=StrictUndefined).from_string(drawing.caption)

        def url(path: str) -> str:
            return get_relative_url(path, env.page.url)

        pictures = url(f"assets/figures/{name}-")
        wide, narrow = drawing.views["wide"], drawing.views["narrow"]

        def picture(theme: str) -> str:
            return (
                f'<picture class="chart-{theme}"><source media="{PHONE}" '
                f'srcset="{pictures}narrow-{theme}.svg"><img src="{pictures}wide-{theme}.svg" '
                f'width="{wide.width}" height="{wide.height}" loading="lazy" '
                f'alt="{escape(drawing.alt)}"></picture>'
            )

        size = (
            f"--wide: {wide.width}; --wide-height: {wide.height}; "
            f"--narrow: {narrow.width}; --narrow-height: {narrow.height}"
        )
        kind = "fluid" if drawing.fluid else "fixed"
        return (
            f'<figure class="chart chart-{kind}" id="figure-{name}" style="{size}" '
            f'data-spec="{pictures}" markdown>\n'
            f'<div class="chart-stage">{picture("light")}{picture("dark")}</div>\n'
            f'<div class="chart-controls" style="--inputs: {drawing.controls}"></div>\n'
            f'<figcaption markdown="span">{caption.render(n=numbers)} '
            f'<a class="chart-data" href="{url(f"data/{drawing.data}")}" download>Data</a>'
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
