"""The lab by keyboard alone, by touch on a phone, and for those who hear the page."""

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect
from test_lab import (  # noqa: F401
    SLOW,
    SMALL,
    SMALL_ADDRESS,
    number,
    play_to_the_end,
    press,
    ready,
    value,
    visit,
)

START_Y = 0.69  # where the dots of the small run's start are in the race, from the top
FOCUSED = "document.activeElement"


@pytest.fixture
def phone(browser: Browser, site_url: str):
    """The small run on a phone that is touched."""
    screen = {"width": 390, "height": 844}
    context = browser.new_context(viewport=screen, has_touch=True, is_mobile=True)
    context.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    page = context.new_page()
    page.goto(site_url + SMALL_ADDRESS)
    ready(page)
    yield page
    context.close()


def tab_to(page: Page, identity: str) -> None:
    """Tab until an element has the focus: there is no other way to it."""
    for _ in range(80):
        if page.evaluate(f"{FOCUSED}.id") == identity:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach #{identity}")


def test_a_keyboard_alone_bets_plays_scrubs_and_prunes(visit) -> None:  # noqa: F811
    lab = visit(SMALL_ADDRESS)
    for neuron in ("3", "12"):
        tab_to(lab, "bet-neuron")
        lab.keyboard.press("Control+A")
        lab.keyboard.type(neuron)
        tab_to(lab, "bet-pick")
        lab.keyboard.press("Enter")
        lab.keyboard.press("Shift+Tab")
    tab_to(lab, "bet-place")
    lab.keyboard.press("Enter")
    expect(lab.locator("#bet-picks")).to_contain_text("neuron 12")
    expect(lab.locator("#bet-said")).to_contain_text("Your bet is placed")
    lab.evaluate("document.activeElement.blur(); getSelection().collapse(document.body, 0)")
    tab_to(lab, "play")
    lab.keyboard.press("Space")
    expect(number(lab, "Step")).to_have_text(str(SMALL["steps"]))
    expect(lab.locator("#bet-said")).to_contain_text("At step 400")
    tab_to(lab, "time")
    lab.keyboard.press("ArrowLeft")
    expect(number(lab, "Step")).not_to_have_text(str(SMALL["steps"]))
    lab.keyboard.press("End")
    expect(number(lab, "Step")).to_have_text(str(SMALL["steps"]))
    tab_to(lab, "keep")
    lab.keyboard.press("Home")
    expect(number(lab, "Neurons kept")).to_have_text("1")
    lab.keyboard.press("ArrowRight")
    expect(number(lab, "Neurons kept")).to_have_text("2")
    tab_to(lab, "prune")
    lab.keyboard.press("Enter")
    expect(number(lab, "Neurons kept")).to_have_text("40")


def test_touch_bets_plays_scrubs_and_prunes(phone: Page) -> None:
    """A finger picks the dot that is nearest: here in the cloud at its start, beside each dot."""
    box = phone.locator("#chart-race canvas").bounding_box()
    picks = phone.locator("#bet-picks button")
    for count, share in enumerate((0.42, 0.5, 0.6), 1):
        at = {"x": box["width"] * share, "y": START_Y * box["height"]}
        phone.locator("#chart-race canvas").tap(position=at)
        expect(picks).to_have_count(count)
    picks.first.tap()
    expect(picks).to_have_count(2)
    phone.get_by_label("Neuron", exact=True).tap()
    phone.get_by_label("Neuron", exact=True).fill("3")
    phone.get_by_role("button", name="Pick", exact=True).tap()
    expect(picks).to_have_count(3)
    phone.get_by_role("button", name="Place bet", exact=True).tap()
    expect(phone.locator("#bet-said")).to_contain_text("Your bet is placed")
    phone.get_by_role("button", name="Play", exact=True).tap()
    expect(number(phone, "Step")).to_have_text(str(SMALL["steps"]))
    slider = phone.get_by_role("slider", name="Back in time")
    box = slider.bounding_box()
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(number(phone, "Step")).not_to_have_text(str(SMALL["steps"]))
    phone.get_by_role("button", name="Prune", exact=True).tap()
    kept = phone.get_by_role("slider", name="Keep the strongest").input_value()
    expect(number(phone, "Neurons kept")).to_have_text(kept)
    assert int(kept) < 40


def test_the_bar_leaves_a_phone_its_screen(phone: Page) -> None:
    covered = """() => Math.max(
      document.querySelector(".lab-bar").getBoundingClientRect().bottom,
      document.querySelector(".md-header").getBoundingClientRect().bottom)"""
    phone.evaluate("scrollTo(0, 1500)")
    bar = phone.evaluate(covered)
    assert 0 < bar < 844 / 4
    race, bet = (phone.locator(f".lab-{name}").bounding_box() for name in ("race", "bet"))
    assert bar + bet["y"] - race["y"] < 844 - 100, "the bet begins on the race's own screen"
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.evaluate("scrollTo(0, 1500)")
    header = phone.evaluate(covered)
    assert header < 390 / 3
    race, chart = (phone.locator(at).bounding_box() for at in (".lab-race", "#chart-race"))
    assert chart["y"] + chart["height"] - race["y"] < 390 - header


def test_the_focus_is_never_below_the_bar(visit) -> None:  # noqa: F811
    lab = visit(SMALL_ADDRESS)
    lab.emulate_media(reduced_motion="reduce")  # the page does not scroll smoothly, but at once
    for width in (390, 1280):
        lab.set_viewport_size({"width": width, "height": 844})
        lab.locator("#copy-command").focus()
        passed = passed_backwards(lab, until="play")
        assert {"play", "bet-place", "width", "keep", "get-csv"} <= set(passed)


def passed_backwards(lab: Page, until: str) -> list[str]:
    """What has the focus on the way back, where all comes into sight from above."""
    free = """() => {
      const at = document.activeElement;
      const bar = document.querySelector(".lab-bar");
      if (bar.contains(at) || !at.closest(".lab")) return true;
      return at.getBoundingClientRect().top >= bar.getBoundingClientRect().bottom - 1;
    }"""
    passed = []
    for _ in range(60):
        lab.keyboard.press("Shift+Tab")
        passed.append(lab.evaluate(f"{FOCUSED}.id || {FOCUSED}.textContent"))
        try:
            lab.wait_for_function(free, timeout=5000)  # a chart above may still find its size
        except TimeoutError:
            pytest.fail(f"{passed[-1]} is below the bar")
        if passed[-1] == until:
            break
    return passed


def test_what_is_scrolled_to_has_room_for_the_bar(visit) -> None:  # noqa: F811
    lab = visit(SMALL_ADDRESS)
    room = "parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)"
    bar = "document.querySelector('.lab-bar').getBoundingClientRect().bottom"
    for width in (320, 390, 719, 721, 1000, 1280):
        lab.set_viewport_size({"width": width, "height": 844})
        lab.evaluate("scrollTo({ top: 1500, behavior: 'instant' })")
        lab.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert lab.evaluate(bar) <= lab.evaluate(room), width


@pytest.mark.parametrize("width", [390, 1280])
def test_a_chart_has_its_room_before_it_is_made(visit, width: int) -> None:  # noqa: F811
    lab = visit()
    lab.set_viewport_size({"width": width, "height": 844})
    heights = "[...document.querySelectorAll('.lab-chart')].map((it) => it.clientHeight)"
    before = lab.evaluate(heights)
    charts = lab.locator(".lab-chart:visible")  # that of the tickets comes with them
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("canvas")).to_be_visible()
    lab.wait_for_timeout(500)
    assert charts.count() == 7
    names = set(charts.evaluate_all("all => all.map((it) => it.ariaLabel)"))
    assert len(names) == 7, "each chart says what it is"
    assert lab.evaluate(heights) == pytest.approx(before, abs=1)


def test_live_regions_are_no_flood(visit, page: Page) -> None:  # noqa: F811
    """What is spoken while a run trains: something, and at most every few seconds.

    For the page, time passes four times as fast.
    """
    page.add_init_script(
        "{ const now = performance.now.bind(performance); performance.now = () => 4 * now(); }"
    )
    lab = visit("lab/?task=digits-3_8-4_9&width=40&steps=100000&bets=3")
    lab.evaluate("""() => {
      window.spoken = [];
      const live = [...document.querySelectorAll(".lab :is([role=status], [role=alert], output)")]
        .filter((at) => at.getAttribute("aria-live") !== "off");
      for (const at of live) {
        new MutationObserver(() => spoken.push(`${at.id}: ${at.textContent}`))
          .observe(at, { childList: true, characterData: true, subtree: true });
      }
    }""")
    press(lab, "Play")
    began = lab.evaluate("performance.now()")
    expect(lab.locator("#bet-said")).to_contain_text("Decided")
    lab.wait_for_function(f"performance.now() > {began + 6500}")
    spoken, seconds = lab.evaluate(f"[spoken, (performance.now() - {began}) / 1000]")
    verdicts = [said for said in spoken if said.startswith("bet-said: Decided")]
    assert len(verdicts) == 1, spoken
    assert 1 <= len(spoken) - len(verdicts) <= 1 + seconds / 5, spoken
    press(lab, "Pause")
    expect(lab.locator("#announcements")).to_contain_text("Stopped")
