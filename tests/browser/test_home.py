"""The home page: the race in the first view, which runs once by itself, and the pruning."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from export.site.stage import told

DATA = Path(__file__).parents[2] / "docs" / "data" / "home"
DURATION = 9000  # ms, that of docs/javascripts/race.js
# Counts what is drawn, and tells what the browser counts as a move that nobody asked for.
COUNT = """
window.drawn = 0;
new MutationObserver((records) => { window.drawn += records.length; }).observe(
  document.querySelector(".race-now"), {attributeFilter: ["transform"]});
"""
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shift += value;
}).observe({ type: "layout-shift", buffered: true });
"""


def read(name: str) -> dict:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def step(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".race-step").text_content()))


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_first_view_has_question_race_verdict_and_where_to_go(
    size, site_url: str, page: Page
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(site_url)
    for part in (".hero h1", ".hero .race-drawing", ".hero .race-play", ".hero-links"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= size[1], part
    expect(page.locator(".hero-verdict li")).to_have_count(3)
    expect(page.locator(".hero-links a")).to_have_count(3)


def test_the_race_runs_once_from_its_first_step_to_its_last(site_url: str, page: Page) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1)
    page.add_init_script(SHIFTS)
    page.goto(site_url)
    page.wait_for_selector("figure.race.is-ready")
    assert step(page) == 0
    page.evaluate(COUNT)
    button = page.locator(".race-play")
    expect(button).to_have_text("Pause")
    rows, seen = read("race")["rows"], []
    for _ in range(10):
        page.clock.run_for(DURATION / 10)
        seen.append(step(page))
    page.clock.run_for(100)
    assert seen == sorted(set(seen))
    assert sum(60 <= one <= 600 for one in seen) >= 6, "slow where the race is decided"
    assert step(page) == rows[-1]["step"]
    assert page.evaluate("drawn") >= 30 * DURATION / 1000
    expect(button).to_have_text("Again")
    page.clock.run_for(2 * DURATION)
    assert step(page) == rows[-1]["step"]
    assert page.evaluate("shift") < 0.02


def test_a_dot_lies_between_the_two_recorded_times(site_url: str, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(site_url)
    page.wait_for_selector("figure.race.is-ready")
    slider = page.locator(".race input[type=range]")
    rows, neuron = read("race")["rows"], 7
    of_neuron = f"drawing.dots.findIndex(({{ neuron }}) => neuron === {neuron})"

    def shown(clock: float) -> float:
        slider.evaluate(
            "(it, value) => { it.value = value; it.dispatchEvent(new Event('input')) }", clock
        )
        return page.evaluate(
            f"import('{site_url}javascripts/main.js').then(async ({{ race }}) => {{"
            f"const {{ drawing }} = await race; return drawing.now[2 * {of_neuron}] }})"
        )

    clock = 500  # of 1000
    after = next(i for i, row in enumerate(rows) if row["clock"] >= clock / 1000)
    a, b = rows[after - 1 : after + 1]
    share = (clock / 1000 - a["clock"]) / (b["clock"] - a["clock"])
    start, end, low, high = map(
        float, page.locator(".race-dots").first.get_attribute("data-x").split()
    )
    cosine = a["shared"][neuron] + share * (b["shared"][neuron] - a["shared"][neuron])
    assert shown(clock) == pytest.approx(
        start + (cosine - low) / (high - low) * (end - start), abs=0.1
    )
    assert slider.get_attribute("aria-valuetext").startswith(f"step {step(page)}, loss 0.")
    painted = page.locator(".race-canvas").evaluate(
        "it => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some(part => part)"
    )
    assert painted


def test_nothing_runs_by_itself_where_motion_is_not_wanted(site_url: str, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.clock.install(time=0)
    page.clock.pause_at(1)
    page.goto(site_url)
    page.wait_for_selector("figure.race.is-ready")
    content = read("race")
    page.clock.run_for(2000)
    assert step(page) == content["rows"][content["opening"]]["step"]
    page.locator(".race-play").press("Enter")
    page.clock.run_for(1000)
    assert step(page) > content["rows"][content["opening"]]["step"]


def test_without_a_script_the_race_stands_where_it_tells_most(site_url: str, browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url)
    content = read("race")
    row = content["rows"][content["opening"]]
    expect(page.locator(".race-step")).to_have_text(f"step {row['step']}")
    expect(page.locator(".race-dots").first).to_have_css("opacity", "1")
    expect(page.locator(".race-controls")).to_be_hidden()
    expect(page.locator(".pruning-controls")).to_be_hidden()
    kept = page.locator(".pruning-dots circle:not(.is-gone)").count()
    assert sum(map(int, page.locator(".pruning-count").all_text_contents())) == kept
    page.goto(f"{site_url}lab/")
    expect(page.locator("noscript .lab-trouble")).to_be_visible()
    expect(page.locator("#engine")).to_be_hidden()
    expect(page.locator("#controls")).to_be_hidden()
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    assert len(sheets) == 1, "a page as short as this is no more on paper"
    context.close()


def test_without_their_rows_the_drawings_stay_and_offer_nothing(
    site_url: str, browser: Browser
) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/data/home/*.json", lambda route: route.fulfill(body="<!doctype html>"))
    page.goto(site_url)
    page.locator("figure.pruning").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    for part in (".hero .race-dots", ".pruning-pictures"):
        expect(page.locator(part)).to_be_visible()
        assert page.locator(part).evaluate("it => getComputedStyle(it).opacity") == "1"
    for controls in (".race-controls", ".pruning-controls"):
        expect(page.locator(controls)).to_be_hidden()
    page.close()
    assert errors == []


def test_the_pruning_tells_the_numbers_of_python(site_url: str, page: Page) -> None:
    page.goto(site_url)
    page.locator("figure.pruning").scroll_into_view_if_needed()
    page.wait_for_selector("figure.pruning.is-ready")
    content = read("pruning")
    rows, width = content["rows"], len(content["rows"]) - 1
    slider, said = page.locator(".pruning-slider input"), page.locator(".pruning-told")
    for kept in (1, 4, 30, width):
        slider.fill(str(kept))
        assert said.inner_html() == told(rows[kept], "largest", width)
        expect(page.locator(".pruning-dots circle:not(.is-gone)")).to_have_count(kept)
        counts = page.locator(".pruning-count").all_text_contents()
        assert sum(map(int, counts)) == kept
    page.locator(".pruning-merge").click()
    merged = content["merged"]
    told_merged = said.inner_text()
    for share in ("accuracy", "held_out"):
        assert f"{merged[share]:.1%}" in told_merged
    assert told_merged.startswith(f"{merged['kept']} merged neurons")
    assert told_merged.endswith(f"loss {merged['loss']:g}")


def test_the_article_also_keeps_neurons_at_random(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}article/")
    page.wait_for_selector("figure.pruning.is-ready")
    content = read("pruning")
    page.get_by_label("random ones").check()
    page.locator(".pruning-slider input").fill("5")
    width = len(content["rows"]) - 1
    assert page.locator(".pruning-told").inner_html() == told(content["rows"][5], "random", width)
    left = page.locator(".pruning-dots circle:not(.is-gone)").evaluate_all(
        "all => all.map(it => Number(it.dataset.neuron))"
    )
    assert set(left) == set(content["random_order"][:5])
