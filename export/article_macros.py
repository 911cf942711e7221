"""What only the article's Markdown can say: literature, depth, diagrams, how to cite."""

import json
import re
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError

from export import diagrams

WORDS_A_MINUTE = 230
BACKGROUNDS = {
    "newcomer": "new to the field",
    "practitioner": "practitioner",
    "physicist": "physicist",
    "mathematician": "mathematician",
}


def define_env(env) -> None:
    """Give mkdocs-macros `cite`, `references`, `cite_this`, `diagram` and the page's top."""
    file = Path(env.conf["docs_dir"]) / "references.json"
    works = {work["id"]: work for work in json.loads(file.read_text("utf-8"))}

    @env.macro
    def cite(key: str) -> str:
        """A reference in the text, such as (Frankle & Carbin, 2019)."""
        if key not in works:
            raise PluginError(f"references.json has no {key!r}: choose from {', '.join(works)}")
        return f'<a class="citation" href="#ref-{key}">({_short(works[key])})</a>'

    @env.macro
    def references() -> str:
        """The list of the works that the page cites, by author."""
        cited = set(re.findall(r'cite\("(\w+)"\)', env.page.markdown))
        listed = sorted((works[key] for key in cited), key=lambda work: (_short(work), work["id"]))
        return "\n".join(["<ol class='references'>", *map(_entry, listed), "</ol>"])

    @env.macro
    def cite_this() -> str:
        """BibTeX of the paper, the talk and this site."""
        return "\n\n".join(["```bibtex", _bibtex(works["pinson2026"], "article"),
                            _bibtex(works["pinson2026talk"], "misc"),
                            SITE_BIBTEX + "\n```"])  # fmt: skip

    @env.macro
    def diagram(name: str) -> str:
        """An inline drawing with its caption, from export.diagrams."""
        drawing = diagrams.DIAGRAMS[name]
        return (
            f'<figure class="diagram" id="figure-{name}" markdown>\n{drawing.svg()}\n'
            f'<figcaption markdown="span">{drawing.caption}</figcaption>\n</figure>'
        )

    @env.macro
    def reading_time() -> str:
        """How long the page takes to read, as a sentence."""
        words = len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\{.*?\}\}", "", env.page.markdown)))
        return f"A reading of about {round(words / WORDS_A_MINUTE)} minutes."

    @env.macro
    def depth_chooser() -> str:
        """Buttons to say where the reader comes from; docs/javascripts/depth.js does the rest."""
        options = "".join(
            f'<label><input type="radio" name="depth" value="{value}"> {label}</label>'
            for value, label in BACKGROUNDS.items()
        )
        return (
            '<form class="depth-chooser"><fieldset><legend>You are a</legend>'
            f"{options}</fieldset></form>"
        )


SITE_BIBTEX = """@software{racing2026,
  title  = {It's a race: a live, reproducible companion to a talk},
  author = {Pinson, Hannah and contributors},
  year   = {2026}
}"""


def _short(work: dict) -> str:
    names = [author.split()[-1] for author in work["authors"]]
    who = " & ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{escape(who)}, {work['year']}"


def _entry(work: dict) -> str:
    link = ""
    if "arxiv" in work:
        name = f"arXiv:{work['arxiv']}"
        link = f' <a href="https://arxiv.org/abs/{work["arxiv"]}">{name}</a>'
    return (
        f'<li id="ref-{work["id"]}">{escape(", ".join(work["authors"]))} ({work["year"]}). '
        f"{escape(work['title'])}. <em>{escape(work['in'])}</em>.{link}</li>"
    )


def _bibtex(work: dict, kind: str) -> str:
    place = "journal     " if kind == "article" else "howpublished"
    source = f"arXiv preprint arXiv:{work['arxiv']}" if "arxiv" in work else work["in"]
    authors = " and ".join(work["authors"])
    return (
        f"@{kind}{{{work['id']},\n  title        = {{{work['title']}}},\n"
        f"  author       = {{{authors}}},\n  {place} = {{{source}}},\n"
        f"  year         = {{{work['year']}}}\n}}"
    )
