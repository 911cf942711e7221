"""Takes out of the pages what a strict Content-Security-Policy forbids: code and style within them.

The site lives under POLICY. Scripts that stand in a page become files of their own, and each style
attribute a class whose rule stands in the one style file.
"""

import functools
import hashlib
from html.parser import HTMLParser
from pathlib import Path

POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data:; worker-src 'self'; connect-src 'self'"
)
SCRIPTS = "assets/javascripts/inline"
CODE = {None, "", "module", "text/javascript"}  # types of scripts that a browser runs


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
        return "".join(page.parts)

    def write(self, site: Path, style: str) -> None:
        """Write the scripts, and the rules at the end of the file `style`."""
        (site / SCRIPTS).mkdir(parents=True, exist_ok=True)
        for name, code in self.scripts.items():
            (site / name).write_text(code, "utf-8")
        with (site / style).open("a", encoding="utf-8") as file:
            file.writelines(f"\n.{name}{{{rule}}}" for name, rule in sorted(self.rules.items()))


@functools.lru_cache(maxsize=64)  # while the site is served, most pages are as they were
def _page(html: str, root: str) -> "_Page":
    page = _Page(root)
    page.feed(html)
    page.close()
    return page


class _Page(HTMLParser):
    """Repeats a page as it is written, but for what is taken out."""

    def __init__(self, root: str) -> None:
        super().__init__(convert_charrefs=False)
        self.rules: dict[str, str] = {}
        self.scripts: dict[str, str] = {}
        self.root = root
        self.parts: list[str] = []
        self._script: str | None = None  # the tag of the script whose code comes next

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, written = dict(attrs), self.get_starttag_text()
        if tag == "script" and "src" not in given and given.get("type") in CODE:
            self._script = written
        else:
            self.parts.append(self._styled(given, written) if "style" in given else written)

    handle_startendtag = handle_starttag

    def _styled(self, given: dict, written: str) -> str:
        declarations = [part.strip() for part in given["style"].split(";") if part.strip()]
        # A style attribute is stronger than any rule.
        rule = ";".join(f"{declaration}!important" for declaration in declarations)
        name = f"s{_digest(rule)}"
        self.rules[name] = rule
        written = written.replace(f' style="{given["style"]}"', "", 1)
        if " style=" in written:
            raise ValueError(f"a style attribute is written in an unusual way: {written}")
        if "class" in given:
            return written.replace(
                f'class="{given["class"]}"', f'class="{given["class"]} {name}"', 1
            )
        end = "/>" if written.endswith("/>") else ">"
        return f'{written.removesuffix(end).rstrip()} class="{name}"{end}'

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.parts.append(data)
            return
        name = f"{SCRIPTS}/{_digest(data)}.js"
        self.scripts[name] = data
        self.parts.append(self._script.replace(">", f' src="{self.root}{name}">', 1))
        self._script = None

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
