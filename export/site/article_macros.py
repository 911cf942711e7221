"""What only the article's Markdown can say: literature, depth, diagrams, how to cite."""

import json
import re
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError

from export.site import depth, diagrams

WORDS_A_MINUTE = 230


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
        return depth.chooser()


SITE_BIBTEX = """@software{racing2026,
  title = {It's a race: a live, reproducible companion to a talk},
  author = {Pinson, Hannah and contributors},
  year = {2026}
}"""


def _short(work: dict) -> str:
    names = [author.split()[-1] for author in work["authors"]]
    who = " & ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{escape(who)}, {work['year']}"


def _entry(work: dict) -> str:
    link = ""
    if "arxiv" in work:
        link = (
            f' <a href="https://arxiv.org/abs/{work["arxiv"]}">arXiv:{work["arxiv"]}</a>, '
            f'<a href="https://doi.org/{_doi(work)}">doi:{_doi(work)}</a>'
        )
    return (
        f'<li id="ref-{work["id"]}">{escape(", ".join(work["authors"]))} ({work["year"]}). '
        f"{escape(work['title'])}. <em>{escape(work['in'])}</em>.{link}</li>"
    )


def _doi(work: dict) -> str:
    """The DOI that arXiv gives to each of its preprints."""
    return f"10.48550/arXiv.{work['arxiv']}"


def _bibtex(work: dict, kind: str) -> str:
    place = "journal" if kind == "article" else "howpublished"
    source = f"arXiv preprint arXiv:{work['arxiv']}" if "arxiv" in work else work["in"]
    fields = {
        "title": work["title"],
        "author": " and ".join(work["authors"]),
        place: source,
        "year": work["year"],
    }
    if "arxiv" in work:
        fields |= {"eprint": work["arxiv"], "archiveprefix": "arXiv", "doi": _doi(work)}
    lines = (f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{work['id']},\n" + ",\n".join(lines) + "\n}"
