"""The built site: complete, self-contained, and at home below any path."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, parsed
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser, Page, Route, expect

from export.site.fonts import OF_FORMULAS
from export.site.formulas import draw_formulas, name_formulas
from export.site.notebooks import tidy_notebook

KNOWN_TO_SERVERS = {".bin", ".css", ".gz", ".html", ".js", ".json", ".svg", ".woff2", ".xml"}
PAGES = ["", "lab/", "appendix/setup/"]
OUTSIDE = """() => {
  const all = document.querySelector("svg").getBoundingClientRect();
  return [...document.querySelectorAll("text")].filter((text) => {
    const { left, right, top, bottom, width } = text.getBoundingClientRect();
    const low = Math.min(left - all.left, top - all.top);
    return width && Math.min(low, all.right - right, all.bottom - bottom) < -2;
  }).map((text) => text.textContent);
}"""
ALL_LAID_OUT = """[...document.querySelectorAll(".md-content__inner > *")].every(
  (block) => block.classList.contains("is-laid-out"))"""
FONTS_ASKED_FOR = """document.fonts.ready.then(() => performance.getEntriesByType("resource")
  .map(({ name }) => name.split("/").at(-1)).filter((name) => name.startsWith("KaTeX")))"""
KATEX_FONTS = "node_modules/katex/dist/fonts"
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


def _loaded(site: Path) -> list[tuple[Path, str]]:
    """(file, reference) for all that a browser loads by itself for the site's pages and styles."""
    found = []
    for file in site.rglob("*.html"):
        page = parsed(file)
        for tag in page.select("[src], link[href], [poster], [srcset], object[data]"):
            if tag.get("rel") in (["canonical"], ["prev"], ["next"]):
                continue
            for name in ("src", "href", "poster", "srcset", "data"):
                if tag.get(name):
                    found.append((file, tag[name]))
        styles = [style.text for style in page("style")] + [
            tag["style"] for tag in page.select("[style]")
        ]
        found += [(file, a or b) for style in styles for a, b in CSS_URL.findall(style)]
    for file in site.rglob("*.css"):
        found += [(file, a or b) for a, b in CSS_URL.findall(file.read_text("utf-8"))]
    return found


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    loaded = _loaded(site)
    assert len(loaded) > 50
    foreign = [(str(file), url) for file, url in loaded if urlsplit(url).netloc]
    assert foreign == []


def test_all_that_is_loaded_is_there(site: Path) -> None:
    missing = []
    for file, url in _loaded(site):
        if file.name == "404.html" or urlsplit(url).scheme == "data" or url.startswith("#"):
            continue  # the 404 page answers at any depth, so its links start at the root
        target = file.parent / urlsplit(url).path
        old_font = target.suffix in (".woff", ".ttf")  # KaTeX offers them to old browsers
        if not (target / "index.html" if target.is_dir() else target).exists() and not old_font:
            missing.append((str(file.relative_to(site)), url))
    assert missing == []


def test_a_server_knows_what_the_lab_asks_for_or_its_owner_is_told(site: Path) -> None:
    """Older ones send `.mjs` as bytes, which no browser takes for a module, or not at all."""
    built = json.loads((site / "assets/lab/files.json").read_text("utf-8"))
    data = json.loads((site / "data/lab/lab.json").read_text("utf-8"))["files"]
    unknown = {Path(name).suffix for name in (*built, *data)} - KNOWN_TO_SERVERS
    setup = (ROOT / "docs/appendix/setup.md").read_text("utf-8")
    [told] = re.findall(r"has to be told of ([^:]*):", setup)
    assert unknown == set(re.findall(r"`(\.\w+)`", told))
    assert ".mjs" not in unknown


def test_no_page_has_what_the_style_leaves_out(site: Path) -> None:
    for path in site.rglob("*.html"):
        html = parsed(path)
        assert not html.select('[class*="tabbed-"], .grid.cards, .grid > .card'), path
        assert html.select("script[async][src*='/bundle.']"), f"{path}: theme_script.by_itself"
        assert not html.select("table:not(.edge-numbers, .md-typeset__table > .plain)"), path
    style = (site / "assets/style.css").read_text("utf-8")
    assert ".tabbed-set>" not in style
    assert ".md-typeset table.plain" in style
    assert "table:not([class])" not in style


def test_the_picture_for_links_is_there(site: Path) -> None:
    for path in PAGES:
        html = (site / path / "index.html").read_text("utf-8")
        image = BeautifulSoup(html, "html.parser").find("meta", property="og:image")["content"]
        assert (site / path / image).is_file(), image


def test_no_text_leaves_its_picture(site: Path, browser: Browser) -> None:
    """Names beside a chart and in its legend, in the font that this browser has."""
    outside, page = {}, browser.new_page()
    pictures = sorted(site.glob("assets/figures/*-light.svg"))
    for file in pictures:
        page.set_content(file.read_text("utf-8"))
        if found := page.evaluate(OUTSIDE):
            outside[file.name] = found
    page.close()
    assert pictures
    assert outside == {}


@pytest.mark.parametrize("path", PAGES)
def test_page_answers_below_a_sub_path(path: str, site_url: str, page: Page) -> None:
    page.goto(site_url + path, wait_until="networkidle")
    expect(page.locator("h1").first).to_be_visible()
    fonts = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length")
    assert fonts > 0
    page.wait_for_function(ALL_LAID_OUT)


def test_a_link_pressed_at_once_leads_to_its_place(site_url: str, page: Page) -> None:
    """Also while most of a long page, all that lies above the place, is not laid out yet."""
    page.goto(site_url + "reference/", wait_until="commit")
    page.locator(".md-sidebar--secondary a").last.evaluate("link => link.click()")
    page.wait_for_function(ALL_LAID_OUT)
    page.wait_for_load_state()
    top = page.evaluate("document.querySelector(':target').getBoundingClientRect().top")
    assert 0 < top < 150  # below the header


def test_the_themes_script_works_whenever_it_comes(site_url: str, page: Page) -> None:
    held: list[Route] = []
    page.route("**/bundle.*.js", lambda route: held.append(route))
    page.goto(site_url + "appendix/setup/", wait_until="domcontentloaded")
    expect(page.locator(".md-code__button")).to_have_count(0)
    held[0].continue_()
    expect(page.locator(".md-code__button")).not_to_have_count(0)


def test_the_themes_script_lays_out_no_long_page_at_once(site_url: str, page: Page) -> None:
    page.add_init_script("""new MutationObserver((_, observer) => {
      if (!document.querySelector(".md-code__button")) return;
      observer.disconnect();
      window.laidOut = !document.querySelector(".doc-object:not(.is-laid-out)");
    }).observe(document, { childList: true, subtree: true })""")
    page.goto(site_url + "reference/")
    page.wait_for_function("window.laidOut !== undefined")
    assert page.evaluate("laidOut")


def test_links_stay_below_the_sub_path(site: Path, site_url: str) -> None:
    for path in PAGES:
        html = (site / path / "index.html").read_text("utf-8")
        links = [tag["href"] for tag in BeautifulSoup(html, "html.parser").select("a[href]")]
        own = [urljoin(site_url + path, link) for link in links if not urlsplit(link).netloc]
        assert own
        assert [link for link in own if not link.startswith(site_url)] == []


def test_formulas_are_drawn_beforehand() -> None:
    formula = r'<p><span class="arithmatex">\(\vec\gamma_1 &lt; \text{"2"}\)</span>.</p>'
    named = name_formulas(formula)
    assert ">gamma</span>" in named
    html = draw_formulas(named)
    assert "gamma</span>" not in html
    assert "arithmatex" in html
    assert "katex-html" in html
    assert r"\(" not in html
    assert html.endswith("</span>&#8288;.</span></p>"), "the point begins no line"
    assert html.startswith('<p><span class="whole">')


@pytest.mark.parametrize("path", ["appendix/equations/", "appendix/edge/", "maintainers/scale/"])
def test_the_fonts_of_formulas_come_with_the_first_paint(
    path: str, site: Path, site_url: str, page: Page
) -> None:
    page.goto(site_url + path)
    page.wait_for_function(ALL_LAID_OUT)
    head = parsed(site / path / "index.html").select("link[rel=preload][as=font]")
    named = {link["href"].split("/")[-1] for link in head}
    asked_for = set(page.evaluate(FONTS_ASKED_FOR))
    assert {"KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2"} < asked_for <= named


def test_the_fonts_of_formulas_have_all_that_these_show(site: Path) -> None:
    for name in OF_FORMULAS:
        whole, slim = (
            set(TTFont(folder / f"{name}.woff2").getBestCmap())
            for folder in (ROOT / KATEX_FONTS, site / "assets/vendor/katex/fonts")
        )
        for path in site.rglob("index.html"):
            shown = {ord(sign) for span in parsed(path).select(".katex-html") for sign in span.text}
            assert shown & whole <= slim, f"{path}: {name}"


def test_a_wrong_formula_is_told_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"^KaTeX parse error[^\n]*$"):
        draw_formulas(name_formulas(r'<div class="arithmatex">\[\frac{1\]</div>'))


def test_notebooks_keep_their_content_only() -> None:
    html = tidy_notebook(
        '<script type="module">import("https://example.org/mermaid.mjs")</script>'
        '<div class="jp-RenderedMarkdown"><p>$a$ and <code>$b$</code> cost $$x &lt; y$$</p></div>'
    )
    assert "<script" not in html
    assert r'<span class="arithmatex">\(a\)</span>' in html
    assert "<code>$b$</code>" in html
    assert r'<div class="arithmatex">\[x &lt; y\]</div>' in html
