"""The article: every slide in its place, no number typed by hand, figures that answer."""

import functools
import gzip
import itertools
import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect
from pybtex.database import parse_file

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROSE = ["index.md", "article.md", "evidence/index.md", "appendix/equations.py", "appendix/race.py"]
ARROWS = DOCS / "data" / "article" / "arrows.json"
FIRST_VIEW = 700_000  # bytes over the wire
ANCHORS = {
    "why", "balance", "for-whom", "stages", "stage-1", "lottery", "playground", "one-neuron",
    "prune", "shared", "unlocking", "panels", "known", "cosines", "clusters", "arrows", "race",
    "targets", "mechanism", "statement-1", "statement-2", "statement-3", "stage-2", "dynamics",
    "equations", "stage-3", "principles", "references", "cite",
}  # fmt: skip

# What a reader does not take for a result: markup, names, formulas, years and identifiers.
NO_RESULT = re.compile(
    r"---[\s\S]*?\n---\n"  # front matter
    r"|^# (?:---|jupyter|  ).*$"  # a notebook's header
    r"|\{\{.*?\}\}|\{[^{}]*\}"  # macros, attributes
    r"|\$\$[\s\S]*?\$\$|\$[^$\n]*\$"  # formulas
    r"|```[\s\S]*?```|`[^`]*`|<[^>]*>|\]\([^)]*\)"  # code, tags, targets of links
    r"|^# %%(?! \[markdown\])[^\n]*\n(?:(?!# %%).*\n?)*"  # cells of code
    r"|^\d+\. "  # a list's own numbers
    r"|CIFAR-10|arXiv[: ]\d{4}\.\d{5}|[Ss]tages? \d|stage-\d|Proposition \d",
    re.MULTILINE,
)


# The right sides of the five equations on the talk's slide, in its order.
PRINTED = (
    r"-\|\vec{w}_\alpha^{(2)}\| \langle h_\alpha^s \|\Delta \vec{y}^s\| "
    r"\sin(\phi_{\Delta \vec{y}^s} - \phi_\alpha) \rangle",
    r"-\langle h_\alpha^s \|\Delta \vec{y}^s\| \cos(\phi_{\Delta \vec{y}^s} - \phi_\alpha) \rangle",
    r"-\|\vec{w}_\alpha^{(2)}\| \|\vec{w}_\alpha^{(1)}\| \|\langle \vec{\gamma}_\alpha^s \rangle\| "
    r"\sin(\theta_{\langle \vec{\gamma}_\alpha^s \rangle, i} - \theta_{\alpha,i})",
    r"-\|\vec{w}_\alpha^{(2)}\| \|\langle \vec{\gamma}_\alpha^s \rangle\| "
    r"\cos(\theta_{\langle \vec{\gamma}_\alpha^s \rangle, i} - \theta_{\alpha,i})",
    r"-\|\vec{w}_\alpha^{(2)}\| \langle \|\Delta \vec{y}^s\| "
    r"\cos(\phi_{\Delta \vec{y}^s} - \phi_\alpha) \rangle",
)


def number(page: str, name: str):
    """A number of docs/data/PAGE/numbers.json."""
    content = json.loads((DOCS / "data" / page / "numbers.json").read_text("utf-8"))
    return content["numbers"][name]["value"]


def numbers_typed(text: str) -> list[str]:
    """Digits in prose that no macro has put there."""
    return re.findall(r"[\d.,]*\d%?", NO_RESULT.sub(" ", text))


@pytest.mark.parametrize("name", PROSE)
def test_no_number_is_typed_by_hand(name: str) -> None:
    assert numbers_typed((DOCS / name).read_text("utf-8")) == []


def test_a_number_typed_by_hand_would_be_found() -> None:
    assert numbers_typed("the loss falls by 12% at step {{ n.drop_step }}, $x_1$") == ["12%"]


def test_the_equations_are_those_that_the_slides_print() -> None:
    """To the letter, the index s of the samples included."""
    text = (DOCS / "article.md").read_text("utf-8")
    box = text[text.index("The equations as the slides print them") :]
    lines = re.search(r"begin\{aligned\}(.*?)\\end", box, re.DOTALL)[1].split(r"\\")

    def plain(formula: str) -> str:
        """Without spaces, and with a letter's indices in the slides' order and braces."""
        bare = re.sub(r"\s|\\left|\\right|&", "", formula)
        bare = re.sub(r"\\vec(\\gamma|\w)", r"\\vec{\1}", bare)
        return re.sub(r"(\^(?:\{\(\d\)\}|s))(_\\alpha)", r"\2\1", bare)

    assert [plain(line).partition("=")[2] for line in lines] == [plain(p) for p in PRINTED]
    left = [plain(line).partition("=")[0] for line in lines]
    assert all(r"\partialL^s" in side for side in left)


def test_a_command_repeats_the_run(site: Path) -> None:
    """Numbers in a command have no comma between their thousands."""
    page = BeautifulSoup((site / "appendix/setup/index.html").read_text("utf-8"), "html.parser")
    command = next(code.text for code in page("code") if "--width" in code.text)
    words = shlex.split(command)
    given = dict(itertools.pairwise(words))
    manifest = json.loads((DOCS / "data" / "manifest.json").read_text("utf-8"))
    run = manifest["configuration"]
    assert given["--group-a"].split(",") == run["group_a"]
    assert given["--group-b"].split(",") == run["group_b"]
    assert given["--init"] == run["init"]
    for name in ("width", "init_scale", "lr", "steps"):
        assert given[f"--{name.replace('_', '-')}"] == str(run[name])
    assert [int(seed) for seed in given["--seeds"].split(",")] == run["seeds"]


@pytest.mark.parametrize("path", ["article", "appendix/setup"])
def test_a_count_has_a_comma_between_its_thousands(path: str, site: Path) -> None:
    count = number("home", "inputs")
    page = BeautifulSoup((site / path / "index.html").read_text("utf-8"), "html.parser")
    assert f"{count:,}" in page.select_one("article").text
    assert str(count) not in page.select_one("article").text


@functools.cache
def ids(page: Path) -> set[str]:
    html = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return {tag["id"] for tag in html.find_all(id=True)}


def test_every_slide_has_its_section(site: Path) -> None:
    page = BeautifulSoup((site / "maintainers/slides/index.html").read_text("utf-8"), "html.parser")
    links = [tag["href"] for tag in page.select("td a")]
    assert len(links) >= 24
    for link in links:
        path, _, anchor = link.partition("#")
        target = (site / "maintainers/slides" / path / "index.html").resolve()
        assert not anchor or anchor in ids(target), link
    linked = {link.partition("#")[2] for link in links}
    assert linked >= ANCHORS


def test_references_are_cited_and_have_identifiers(site: Path) -> None:
    page = BeautifulSoup((site / "article/index.html").read_text("utf-8"), "html.parser")
    for citation in page.select("a.citation"):
        assert page.find(id=citation["href"].removeprefix("#")), citation["href"]
    for key, work in parse_file(str(DOCS / "references.bib")).entries.items():
        arxiv = work.fields.get("eprint")
        assert re.fullmatch(r"\d{4}\.\d{4,5}", arxiv or "0000.0000"), key
        entry = page.find(id=f"ref-{key}")
        if entry and arxiv:
            assert [link["href"] for link in entry("a")] == [
                f"https://arxiv.org/abs/{arxiv}",
                f"https://doi.org/10.48550/arXiv.{arxiv}",
            ]
    bibtex = page.find(id="cite").find_next("code").text
    assert 'doi = "10.48550/arXiv.2602.04832"' in bibtex
    assert 'eprint = "2602.04832"' in bibtex


def test_all_is_there_without_a_script(site: Path, browser, site_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site_url}article/", wait_until="networkidle")
    figures = page.locator("figure.chart")
    assert figures.count() >= 9
    for figure in figures.all():
        picture = figure.locator(".chart-light img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        assert len(picture.get_attribute("alt")) > 60
        assert figure.locator("a.chart-data").get_attribute("href")
    expect(page.locator("#figure-phases")).to_be_visible()
    expect(page.locator(".scrolly-figure")).to_be_hidden()
    heights = page.locator(".scrolly-step").evaluate_all("all => all.map(it => it.offsetHeight)")
    assert max(heights) < page.viewport_size["height"] / 2, "screens with nothing beside them"
    expect(page.locator("#figure-pruning .pruning-dots")).to_be_visible()
    assert page.locator('figure.diagram [role="img"][aria-label]').count() == 5
    assert page.locator(".katex").count() > 10
    assert "NaN" not in page.locator("article").inner_text()
    context.close()


def test_the_first_view_is_light_and_does_not_shift(site_url: str, page: Page) -> None:
    received = []
    page.on("response", lambda answer: received.append(answer))
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => { for (const it of list.getEntries()) "
        "window.shift += it.value }).observe({type: 'layout-shift', buffered: true})"
    )
    page.context.browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.goto(f"{site_url}article/", wait_until="networkidle")
    events = json.loads(page.context.browser.stop_tracing())["traceEvents"]
    styled = sum(event.get("args", {}).get("elementCount", 0) for event in events)
    assert 1000 < styled < page.locator("*").count(), "the style of all is computed again"
    # The tests' server does not compress; any other does.
    assert sum(len(gzip.compress(answer.body())) for answer in received) < FIRST_VIEW
    assert page.locator(".chart-live").count() == 0
    for top in range(0, page.evaluate("document.documentElement.scrollHeight"), 500):
        page.evaluate(f"scrollTo(0, {top})")
        page.wait_for_timeout(60)
    assert page.evaluate("window.shift") < 0.02


def live(page: Page, name: str):
    figure = page.locator(f"#figure-{name}")
    figure.scroll_into_view_if_needed()
    expect(figure.locator(".chart-live svg")).to_be_visible()
    return figure


# A phone prints its own pictures, in a page that is laid out for the paper.
OUT_OF_SHAPE = """async () => {
  const pictures = [...document.querySelectorAll(".chart-light")];
  for (const it of pictures) it.querySelector("source").media = "all";
  const images = pictures.map((it) => it.querySelector("img"));
  for (const it of images) it.loading = "eager";
  await Promise.all(images.map((it) => it.decode()));
  return images.map((it) => Math.abs(it.width / it.height - it.naturalWidth / it.naturalHeight));
}"""


@pytest.mark.parametrize("path", ["article", "appendix/equations", "appendix/race"])
def test_a_live_chart_shows_all_its_words_and_is_printed_as_its_picture(
    path: str, site_url: str, page: Page
) -> None:
    page.goto(f"{site_url}{path}/")
    for figure in page.locator("figure.chart:visible").all():
        name = figure.get_attribute("id").removeprefix("figure-")
        words = live(page, name).locator(".chart-live svg").text_content()
        assert "…" not in words, name
    # On paper, its picture stands for it.
    picture, drawn = figure.locator(".chart-light img"), figure.locator(".chart-live")
    expect(picture).to_be_hidden()
    page.emulate_media(media="print")
    expect(picture).to_be_visible()
    expect(drawn).to_be_hidden()
    assert max(page.evaluate(OUT_OF_SHAPE)) < 0.02
    # The reader's own dark colors hold whichever scheme is chosen: picture and ink follow them.
    page.emulate_media(media="screen", forced_colors="active", color_scheme="dark")
    page.evaluate("document.body.dataset.mdColorScheme = 'default'")
    expect(figure.locator(".chart-light")).to_have_css("display", "none")
    expect(figure.locator(".chart-dark")).to_have_css("display", "block")
    for words in page.locator("figure.diagram text:not([class])").all():
        expect(words).to_have_css("fill", "rgb(255, 255, 255)")


def test_a_figure_without_its_files_stays_a_picture(site_url: str, browser: Browser) -> None:
    """Without dead controls; those after it come, whether its files hang or fail."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("""{
      const timeout = AbortSignal.timeout;
      AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 10);
    }""")
    page.route("**/arrows-wide.json", lambda route: None)
    page.route("**/arrivals.json", lambda route: route.fulfill(body="<!doctype html>"))
    page.goto(f"{site_url}article/")
    page.mouse.move(200, 200)
    without = [page.locator(f"#figure-{name}") for name in ("arrows", "arrival")]
    for figure in without:
        with page.expect_request("**/assets/figures/*.json"):
            figure.scroll_into_view_if_needed()
    live(page, "norms")
    for figure in without:
        expect(figure.locator(".chart-light img")).to_be_visible()
        expect(figure.locator(".chart-live, input")).to_have_count(0)
    page.close()
    assert errors == []


def test_what_is_picked_is_picked_in_every_figure(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}article/")
    cosines = live(page, "cosines")
    cosines.locator(".chart-live svg .mark-rect path").nth(1).click()
    expect(cosines.get_by_label("2", exact=True)).to_be_checked()
    for name in ("arrows", "arrival", "norms"):
        expect(live(page, name).get_by_label("2", exact=True)).to_be_checked()
    last = json.loads((DOCS / "data/article/race.json").read_text("utf-8"))["rows"][-1]
    clear = page.locator('#figure-norms .mark-path path[stroke-opacity="0.5"]')
    expect(clear).to_have_count(last["cluster"].count(2))
    cosines.get_by_label("all", exact=True).check()
    expect(live(page, "arrows").get_by_label("all", exact=True)).to_be_checked()
    ring = '.mark-symbol path[stroke-width="2.5"]'  # around a neuron
    arrival = live(page, "arrival")
    arrival.locator(".mark-symbol path").first.click(force=True)
    expect(arrival.locator(ring)).to_have_count(1)
    expect(live(page, "starts").locator(ring)).to_have_count(3)


def test_the_time_plays_until_its_end_or_until_the_reader_takes_it(
    site_url: str, page: Page
) -> None:
    page.goto(f"{site_url}article/")
    figure = live(page, "arrows")
    slider = figure.locator('input[name="frame"]')
    play = figure.locator(".play")
    last = int(slider.get_attribute("max"))
    slider.press("Home")
    steps = [row["step"] for row in json.loads(ARROWS.read_text("utf-8"))["rows"]]
    expect(slider).to_have_attribute("aria-valuetext", f"step {steps[0]}")
    play.click()
    page.wait_for_function("document.querySelector('#figure-arrows [name=frame]').value > 3")
    expect(play).to_have_text("Pause")
    slider.press("ArrowRight")
    expect(play).to_have_text("Play")
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuetext", f"step {steps[-1]}")
    play.click()
    page.wait_for_function(
        f"document.querySelector('#figure-arrows [name=frame]').value < {last // 2}"
    )
    page.locator("#references").scroll_into_view_if_needed()
    expect(play).to_have_text("Play")


def scroll_to(page: Page, statement: int, share: float) -> None:
    """Bring the given share of a statement's section to the reading line."""
    page.locator(f"section:has(> #statement-{statement})").evaluate(
        "(it, share) => { const { top, height } = it.getBoundingClientRect();"
        "scrollTo({ top: scrollY + top + share * height - innerHeight * 0.62,"
        "behavior: 'instant' }) }",
        share,
    )


def shown_step(page: Page) -> int:
    """The step that the race shows once it has followed the page."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(re.sub(r"\D", "", page.locator(".race-step").text_content()))


def test_the_race_is_right_at_every_place_of_the_page(site_url: str, page: Page) -> None:
    """Also where the reader has jumped, past its end and back."""
    page.goto(f"{site_url}article/")
    page.wait_for_selector("figure.race.is-ready")
    turned, settled = number("article", "turned_step"), number("article", "settled_step")
    last = number("home", "steps")
    ends = {0: 0, 1: turned, 2: settled, 3: last}
    assert shown_step(page) == 0
    for statement, end in ends.items():
        scroll_to(page, statement, 0.9)
        assert shown_step(page) == pytest.approx(end, abs=1), statement
    page.locator("#references").evaluate("it => it.scrollIntoView({behavior: 'instant'})")
    assert shown_step(page) == last
    scroll_to(page, 1, 0.33)
    assert 0 < shown_step(page) < turned
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    assert shown_step(page) == 0
    page.set_viewport_size({"width": 768, "height": 1024})  # where it lies above the text
    scroll_to(page, 2, 0.3)
    figure = page.locator(".scrolly-figure").bounding_box()
    assert figure["y"] + figure["height"] < 0.62 * 1024, "it covers what is read"


def test_the_race_is_the_readers_until_the_page_moves(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}article/")
    page.wait_for_selector("figure.race.is-ready")
    scroll_to(page, 2, 0.3)
    shown = shown_step(page)
    page.locator(".race input[type=range]").press("Home")
    assert shown_step(page) == 0
    page.evaluate("dispatchEvent(new Event('resize'))")  # a phone's bars come and go
    assert shown_step(page) == 0
    page.locator(".race").get_by_label("2", exact=True).check()
    clear = page.locator(".race-dots circle:not(.is-dim)").evaluate_all(
        "all => all.filter(it => it.closest('figure.race')).map(it => it.dataset.cluster)"
    )
    assert set(clear) == {"2"}
    page.mouse.wheel(0, 30)
    page.wait_for_function("document.querySelector('.race-step').textContent != 'step 0'")
    assert shown_step(page) == pytest.approx(shown, rel=0.2)


def test_the_depth_is_chosen_and_remembered(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}article/")
    mathematician = page.locator('.depth-chooser input[value="mathematician"]')
    mathematician.check()
    expect(page.locator('.depth-way[data-for="mathematician"]')).to_be_visible()
    expect(page.locator('.depth-way[data-for="newcomer"]')).to_be_hidden()
    expect(page.locator("details.mathematician").first).to_have_attribute("open", "")
    assert page.locator("details.newcomer[open]").count() == 0
    assert page.locator("details.is-chosen:not(.mathematician)").count() == 0
    page.reload()
    expect(mathematician).to_be_checked()
    expect(page.locator("details.mathematician").first).to_have_attribute("open", "")


def test_every_box_says_for_whom_it_is(site: Path) -> None:
    page = BeautifulSoup((site / "article/index.html").read_text("utf-8"), "html.parser")
    boxes = page.select("article details")
    assert len(boxes) >= 4
    for box in boxes:
        said = box.select_one("summary .for-whom").text
        assert said == "for " + " and ".join(f"{kind}s" for kind in box["class"])


@pytest.mark.parametrize("widths", [(360, 375), (1280, 1600, 768)], ids=["phone", "desktop"])
@pytest.mark.parametrize(
    "path", ["", "article/", "lab/", "evidence/", "appendix/equations/", "appendix/race/"]
)
def test_no_page_scrolls_sideways(widths, path: str, site_url: str, page: Page) -> None:
    """Opened on that kind of screen, which is then made wider or turned; no formula is cut off."""
    page.set_viewport_size({"width": widths[0], "height": 900})
    page.goto(site_url + path)
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    if path == "evidence/":  # the longest menu
        page.locator("#figure-phase").scroll_into_view_if_needed()
        page.locator("#figure-phase select").wait_for()
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ends = page.locator(".katex-display").evaluate_all(
            "all => all.map(it => it.getBoundingClientRect().right)"
        )
        assert max(ends, default=0) <= width
        assert ends or path not in ("article/", "appendix/equations/", "appendix/race/")


@pytest.mark.parametrize("width", [360, 390])
def test_drawings_stay_in_the_column_and_legible_on_a_phone(
    width: int, site_url: str, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site_url}article/")
    heights = page.locator("figure.diagram svg, .pruning-pictures svg").evaluate_all(
        """drawings => drawings.map(({ clientWidth, clientHeight, viewBox: { baseVal } }) =>
          [clientHeight, clientWidth * baseVal.height / baseVal.width])"""
    )
    assert len(heights) == 9
    for height, drawn in heights:
        assert height == pytest.approx(drawn, abs=1), "what comes near would move the page"
    texts = page.locator("figure.diagram svg").evaluate_all(
        """drawings => drawings.flatMap(drawing => {
          const { left, right, width } = drawing.closest("figure").getBoundingClientRect();
          const scale = drawing.clientWidth / drawing.viewBox.baseVal.width;
          return [...drawing.querySelectorAll("text, tspan")].map(text => {
            const box = text.getBoundingClientRect();
            const size = scale * parseFloat(getComputedStyle(text).fontSize);
            return [text.textContent, size, box.left - left, right - box.right];
          });
        })"""
    )
    assert len(texts) > 20
    for words, size, *room in texts:
        assert size > 10 * width / 390, words
        assert min(room) > -1, words


def test_sidenotes_stand_clear_of_figures_and_of_each_other(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}article/")
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    notes = [note.bounding_box() for note in page.locator(".sidenote").all()]
    others = page.locator(".scrolly, figure, article details, article h2, article h3")
    boxes = [other.bounding_box() for other in others.all() if other.is_visible()]
    assert len(notes) >= 6
    for i, note in enumerate(notes):
        for box in notes[:i] + boxes:
            apart = [
                box[axis] >= note[axis] + note[size] or note[axis] >= box[axis] + box[size]
                for axis, size in (("x", "width"), ("y", "height"))
            ]
            assert any(apart), (i, note, box)


def test_the_feed_tells_the_changes(site: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.parse(site / "feed.xml").getroot()
    entries = feed.findall(f"{atom}entry")
    assert entries
    page = BeautifulSoup((site / "changes/index.html").read_text("utf-8"), "html.parser")
    for entry in entries:
        anchor = entry.find(f"{atom}link").get("href").partition("#")[2]
        assert page.find(id=anchor), anchor
