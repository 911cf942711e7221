"""Citations: two works that look alike are told apart, and our own stand in CITATION.cff alone."""

import re
from pathlib import Path

from bs4 import BeautifulSoup
from pybtex.database import BibliographyData, Entry, Person, parse_string

from export.site.citations import Style, own_works

ROOT = Path(__file__).parents[3]


def test_works_of_one_author_and_year_have_different_labels_and_the_list_has_their_years() -> None:
    works = {
        key: Entry("misc", {"title": title, "year": "1999"}, {"author": [Person("Ada Byron")]})
        for key, title in (("one", "B second"), ("two", "A first"))
    }
    listed = {entry.key: entry for entry in Style().format_bibliography(BibliographyData(works))}
    assert {key: entry.label for key, entry in listed.items()} == {
        "one": "Byron, 1999b",
        "two": "Byron, 1999a",
    }
    assert "1999b" in str(listed["one"].text)
    assert list(listed) == ["two", "one"]


def test_the_article_cites_paper_and_talk_by_different_names(site: Path) -> None:
    page = BeautifulSoup((site / "article/index.html").read_text("utf-8"), "html.parser")
    called = {}
    for citation in page.select("a.citation"):
        called.setdefault(citation.text, set()).add(citation["href"])
        year = re.search(r"(\d{4}[a-z]?)\)$", citation.text)[1]
        assert year in page.find(id=citation["href"].removeprefix("#")).text
    assert [hrefs for hrefs in called.values() if len(hrefs) > 1] == []
    assert {"#ref-pinson2026", "#ref-pinson2026talk"} < set.union(*called.values())


def test_our_own_works_come_from_the_citation_file() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    own = own_works(text.replace("2602.04832", "2602.99999").replace("2026-11-24", "2027-01-02"))
    assert own["pinson2026"].fields["eprint"] == "2602.99999"
    assert own["pinson2026"].fields["doi"] == "10.48550/arXiv.2602.99999"
    assert own["racing2026"].fields["year"] == "2027"
    again = parse_string(BibliographyData(own).to_string("bibtex"), "bibtex")
    assert again.entries["pinson2026talk"].persons["author"] == [Person("Hannah Pinson")]
    others = (ROOT / "docs" / "references.bib").read_text("utf-8")
    assert "Pinson" not in others
