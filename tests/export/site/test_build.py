"""The site can be built from any folder, with either kind of addresses, and knows where it is."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import parsed
from PIL import Image

ROOT = Path(__file__).parents[3]
SITE = "https://example.org/race/"
CODE = "https://github.com/someone/something"


# The site must not need what its extra does not install: here nobody can import it.
WITHOUT_THE_CORE = """
import runpy, sys
for name in ("racing_core", "torch", "xarray", "scipy", "tyro"):
    sys.modules[name] = None
runpy.run_module("mkdocs", run_name="__main__")
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """The site as others may build it: published, from another folder, with a file per page.

    They have not installed the core.
    """
    elsewhere, folder = tmp_path_factory.mktemp("elsewhere"), tmp_path_factory.mktemp("published")
    addresses = {"SITE_URL": SITE, "REPO_URL": CODE, "NO_MKDOCS_2_WARNING": "1"}
    build = [sys.executable, "-c", WITHOUT_THE_CORE, "build", "--strict", "-f", ROOT / "mkdocs.yml"]
    done = subprocess.run(
        [*build, "--no-directory-urls", "--site-dir", folder], cwd=elsewhere,
        env=os.environ | addresses | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(elsewhere.iterdir()) == [], "it left files where it ran"
    return folder


def page(folder: Path, name: str) -> BeautifulSoup:
    file = folder / f"{name}.html"
    file = file if file.is_file() else folder / name / "index.html"
    return parsed(file)


def dead_links(folder: Path, root: str) -> list[tuple[str, str]]:
    """(page, link) of all links within the site that lead nowhere; its root answers at `root`."""
    soups = {file: parsed(file) for file in folder.rglob("*.html")}
    ids = {file: {tag["id"] for tag in soup.select("[id]")} for file, soup in soups.items()}
    dead = []
    for file, soup in soups.items():
        here = f"{root}{file.relative_to(folder).as_posix()}"
        for link in (tag["href"] for tag in soup.select("a[href]")):
            address = urlsplit(urljoin(here, link))
            if address.scheme or address.netloc:
                continue
            target = folder / unquote(address.path).removeprefix(root)
            target = target / "index.html" if target.is_dir() else target
            place = unquote(address.fragment)
            if not target.is_file() or (place and place not in ids[target]):
                dead.append((str(file.relative_to(folder)), link))
    return dead


def test_every_link_leads_somewhere_whatever_addresses_pages_have(
    site: Path, published: Path
) -> None:
    assert dead_links(site, "/") == []
    assert dead_links(published, urlsplit(SITE).path) == []


def test_the_notebooks_find_their_data(published: Path) -> None:
    for name in ("appendix/equations", "appendix/race"):
        assert page(published, name).select("pre.notebook-output")


def test_the_reference_needs_no_core(published: Path) -> None:
    assert page(published, "reference").find(id="racing_core.theory.gradients")


def test_addresses_are_those_of_the_environment(published: Path) -> None:
    head = page(published, "article").head
    assert head.find("link", rel="canonical")["href"] == f"{SITE}article.html"
    assert head.find("meta", property="og:url")["content"] == f"{SITE}article.html"
    assert head.find("meta", property="og:image")["content"] == f"{SITE}assets/card.png"
    assert f"{SITE}changes.html#" in (published / "feed.xml").read_text("utf-8")


def test_the_code_is_linked_and_not_asked_for_anything(published: Path, site: Path) -> None:
    for link in page(published, "article").select("a.md-source"):
        assert link["href"] == CODE
        assert not link.has_attr("data-md-component"), "the theme's script asks another host"
    assert page(published, "article").select("a.md-source")
    assert not page(site, "article").select("a.md-source"), "a link to nowhere"


def test_the_head_tells_the_size_of_the_picture(site: Path) -> None:
    head = page(site, "article").head
    told = [
        head.find("meta", property=f"og:image:{side}")["content"] for side in ("width", "height")
    ]
    with Image.open(site / "assets/card.png") as picture:
        assert [str(side) for side in picture.size] == told


def test_no_title_says_the_same_twice(site: Path) -> None:
    for file in site.rglob("index.html"):
        title = parsed(file).title.text
        first, _, second = title.partition(" - ")
        assert first != second, file


def test_every_page_says_what_it_is_about_in_its_own_words(site: Path) -> None:
    told = {}
    for file in site.rglob("index.html"):
        head = parsed(file).head
        told.setdefault(head.find("meta", attrs={"name": "description"})["content"], []).append(
            file
        )
    assert [files for files in told.values() if len(files) > 1] == []
    assert all(len(text) > 40 for text in told)


def test_a_wrong_address_leads_on(site: Path) -> None:
    """And lives under the policy, as all pages do, see test_accessibility.py."""
    wrong = parsed(site / "404.html")
    assert wrong.select("script[src]")
    assert not wrong.select("style, [style], script:not([src], [type='application/json'])")
    links = [link["href"].strip("/") for link in wrong.select("main ul a")]
    assert len(links) >= 5
    assert all((site / link / "index.html").is_file() for link in links)


def test_the_marks_of_headings_are_no_stops_of_the_tab_key_and_are_not_read(site: Path) -> None:
    marks = page(site, "article").select("a.headerlink")
    assert marks
    assert all(mark["tabindex"] == "-1" for mark in marks)
    assert all(mark["aria-hidden"] == "true" for mark in marks)


@pytest.mark.parametrize("name", ["index", "article"])
def test_of_a_drawing_its_name_is_read_and_no_tick(name: str, site: Path) -> None:
    drawings = page(site, name).select("svg[role=img]")
    assert drawings
    for drawing in drawings:
        parts = drawing.find_all(recursive=False)
        assert all(part.name == "title" or part.get("aria-hidden") == "true" for part in parts)


def test_the_speaker_is_not_named_as_the_sites_author(site: Path) -> None:
    assert "Pinson" not in page(site, "article").find("meta", attrs={"name": "author"})["content"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert [author["name"] for author in citation["authors"]] == ["The contributors"]
