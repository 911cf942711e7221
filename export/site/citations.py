"""What the pages' Markdown can say about literature: `{{ cite("KEY") }}`, lists, how to cite us.

The works of others stand in docs/references.bib, the talk, its paper and this site in CITATION.cff.
"""

import re
from functools import cache
from html import escape
from pathlib import Path

import yaml
from mkdocs.exceptions import PluginError
from pybtex.backends.html import Backend
from pybtex.database import BibliographyData, Entry, Person, parse_string
from pybtex.style import FormattedEntry
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.labels.alpha import LabelStyle
from pybtex.style.template import field, sentence

OWN = ("pinson2026", "pinson2026talk", "racing2026")  # keys of the paper, the talk, this site


class AuthorYear(LabelStyle):
    """Labels such as `Frankle & Carbin, 2019`; pybtex adds a letter to those that are alike."""

    def format_label(self, entry: Entry) -> str:
        names = [" ".join(person.last_names) for person in entry.persons["author"]]
        who = " & ".join(names) if len(names) < 3 else f"{names[0]} et al."
        return f"{who}, {entry.fields['year']}"


class Style(PlainStyle):
    """pybtex's plain style, with titles as their authors write them and the years of the labels."""

    default_label_style = AuthorYear

    def format_title(self, entry, which_field, as_sentence=True):
        title = field(which_field)
        return sentence[title] if as_sentence else title

    def format_entry(self, label, entry, bib_data=None):
        year = label.rpartition(", ")[2]
        dated = Entry(entry.type, {**entry.fields, "year": year}, entry.persons)
        dated.key = entry.key
        return super().format_entry(label, dated, bib_data)


def define_env(env) -> None:
    """Give mkdocs-macros `cite`, `references`, `cite_this`, `published` and `code_link`."""
    others = Path(env.conf["docs_dir"], "references.bib").read_text("utf-8")
    citation = Path(env.conf["config_file_path"]).with_name("CITATION.cff").read_text("utf-8")
    own = own_works(citation)
    formatted = _formatted(others, citation)

    @env.macro
    def cite(key: str) -> str:
        """A reference in the text, such as (Frankle & Carbin, 2019)."""
        if key not in formatted:
            raise PluginError(f"references.bib has no {key!r}: choose from {', '.join(formatted)}")
        return f'<a class="citation" href="#ref-{key}">({escape(formatted[key].label)})</a>'

    @env.macro
    def references() -> str:
        """The list of the works that the page cites, by author."""
        cited = set(re.findall(r'cite\("(\w+)"\)', env.page.markdown))
        entries = "".join(
            f'<li id="ref-{key}">{entry.text.render(Backend())}</li>'
            for key, entry in formatted.items()
            if key in cited
        )
        return f'<ol class="references">{entries}</ol>'

    @env.macro
    def cite_this() -> str:
        """BibTeX of the paper, the talk and this site."""
        return f"```bibtex\n{BibliographyData(own).to_string('bibtex')}```"

    @env.macro
    def published() -> str:
        """The date of this version, as a sentence."""
        day = yaml.safe_load(citation)["date-released"]
        return f"{day:%B} {day.day}, {day.year}."

    @env.macro
    def code_link() -> str:
        """A link to the code, where the build knows its address."""
        home = env.conf["repo_url"]
        return f"[Code]({home})." if home else ""


@cache
def _formatted(others: str, citation: str) -> dict[str, FormattedEntry]:
    """All works by key, from the text of references.bib and of CITATION.cff, sorted by author."""
    works = {**parse_string(others, "bibtex").entries, **own_works(citation)}
    return {entry.key: entry for entry in Style().format_bibliography(BibliographyData(works))}


def own_works(citation: str) -> dict[str, Entry]:
    """The paper, the talk and this site, from the text of CITATION.cff."""
    site = yaml.safe_load(citation)
    paper, talk = site["preferred-citation"], site["references"][0]
    arxiv = next(it["value"] for it in paper["identifiers"] if it["type"] == "other")
    doi = next(it["value"] for it in paper["identifiers"] if it["type"] == "doi")
    fields = (
        {
            "journal": paper["journal"],
            "eprint": arxiv.removeprefix("arXiv:"),
            "archiveprefix": "arXiv",
            "doi": doi,
        },
        {"howpublished": f"{talk['notes']}, {talk['conference']['name']}"},
        {"year": str(site["date-released"].year)},
    )
    return {
        key: _entry(kind, work, more)
        for key, kind, work, more in zip(
            OWN, ("article", "misc", "software"), (paper, talk, site), fields, strict=True
        )
    }


def _entry(kind: str, work: dict, fields: dict) -> Entry:
    authors = [
        Person(first=author["given-names"], last=author["family-names"])
        if "family-names" in author
        else Person(f"{{{author['name']}}}")
        for author in work["authors"]
    ]
    known = {"title": work["title"], "year": str(work.get("year", ""))}
    return Entry(kind, known | fields, {"author": authors})
