"""Takes out of the pages what a strict Content-Security-Policy forbids: code and style within them.

The site lives under POLICY. Scripts that stand in a page become files of their own, and each style
attribute a class whose rule stands in the one style file.
"""

import functools
import hashlib
import re
from html import unescape
from pathlib import Path
from typing import NamedTuple

POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data:; worker-src 'self'; connect-src 'self'"
)
SCRIPTS = "assets/javascripts/inline"
CODE = {"", "module", "text/javascript"}  # types of scripts that a browser runs
# To parse whole pages would make each edit appear a tenth of a second later. In a page "<" begins a
# tag or a comment, or it stands in a script.
INSIDE = r"""(?:"[^"]*"|'[^']*'|[^"'>])*"""  # of a tag: a quoted value may have a ">"
PARTS = re.compile(
    rf"<!--.*?-->|(?P<opening><script\b{INSIDE}>)(?P<code>.*?)</script>"
    rf"|(?P<tag><\w{INSIDE}?\sstyle={INSIDE}>)",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r'\s([\w-]+)="([^"]*)"')


class Taken:
    """What has been taken out of the pages of one build."""

    def __init__(self) -> None:
        self.rules: dict[str, str] = {}
        self.scripts: dict[str, str] = {}

    def out_of(self, html: str, root: str) -> str:
        """The page without its scripts and styles. `root` leads from it to the site's root."""
        page = _page(html, root)
        self.rules |= page.rules
        self.scripts |= page.scripts
        return page.html

    def write(self, site: Path, style: str) -> None:
        """Write the scripts, and the rules at the end of the file `style`."""
        (site / SCRIPTS).mkdir(parents=True, exist_ok=True)
        for name, code in self.scripts.items():
            (site / name).write_text(code, "utf-8")
        with (site / style).open("a", encoding="utf-8") as file:
            file.writelines(f"\n.{name}{{{rule}}}" for name, rule in sorted(self.rules.items()))


class _Page(NamedTuple):
    """A page without scripts and styles, and these by their names."""

    html: str
    rules: dict[str, str]
    scripts: dict[str, str]


@functools.lru_cache(maxsize=64)  # while the site is served, most pages are as they were
def _page(html: str, root: str) -> _Page:
    rules: dict[str, str] = {}
    scripts: dict[str, str] = {}

    def without(found: re.Match) -> str:
        if found["code"] is not None:
            return _linked(found, scripts, root)
        return _styled(found[0], rules) if found["tag"] else found[0]

    return _Page(PARTS.sub(without, html), rules, scripts)


def _linked(script: re.Match, scripts: dict[str, str], root: str) -> str:
    """The script's element with its code in a file, if it is code that stands in the page."""
    given = _attributes(script["opening"])
    if "src" in given or given.get("type", "") not in CODE:
        return script[0]
    name = f"{SCRIPTS}/{_digest(script['code'])}.js"
    scripts[name] = script["code"]
    return f'{script["opening"][:-1]} src="{root}{name}"></script>'


def _styled(tag: str, rules: dict[str, str]) -> str:
    """The tag with a class in place of its style attribute."""
    given = _attributes(tag)
    if "style" not in given:
        raise ValueError(f"a style attribute is written in an unusual way: {tag}")
    declarations = [part.strip() for part in unescape(given["style"]).split(";") if part.strip()]
    # A style attribute is stronger than any rule.
    rule = ";".join(f"{declaration}!important" for declaration in declarations)
    name = f"s{_digest(rule)}"
    rules[name] = rule
    tag = tag.replace(f' style="{given["style"]}"', "", 1)
    if "class" in given:
        return tag.replace(f'class="{given["class"]}"', f'class="{given["class"]} {name}"', 1)
    end = "/>" if tag.endswith("/>") else ">"
    return f'{tag.removesuffix(end).rstrip()} class="{name}"{end}'


def _attributes(tag: str) -> dict[str, str]:
    """As they are written, with quotes."""
    return dict(ATTRIBUTE.findall(tag))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
