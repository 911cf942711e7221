"""The lab on a slow network: the runtime, 14 MB, comes late, and nothing is lost meanwhile."""

import re

import pytest
from playwright.sync_api import Page, expect
from test_lab import SLOW, number, press

LATE = 15_000  # ms; longer than the worker may be silent once it trains


@pytest.fixture
def waiting(page: Page, site_url: str):
    """The lab while the runtime is on its way, and what lets the runtime arrive."""
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    held = []
    page.route("**/ort-wasm-simd-threaded.wasm", lambda route: held.append(route))
    with page.expect_request("**/ort-wasm-simd-threaded.wasm"):
        page.goto(site_url + "lab/")

    def arrive() -> None:
        page.wait_for_timeout(LATE)
        held.pop().continue_()

    return page, arrive


def test_a_slow_download_is_no_failure(waiting) -> None:
    lab, arrive = waiting
    arrive()
    expect(number(lab, "Loss")).to_have_text(re.compile(r"\d"))
    expect(lab.get_by_role("alert")).to_be_hidden()
    expect(lab.get_by_label("Task")).to_be_enabled()  # it trains, and does not replay
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")


def test_play_before_the_first_frame_is_kept(waiting) -> None:
    lab, arrive = waiting
    press(lab, "Play")
    expect(lab.get_by_role("alert")).to_contain_text("The race starts as soon as")
    arrive()
    lab.wait_for_function("Number(document.querySelector('#out-step').value) > 2")
    expect(lab.get_by_role("alert")).to_be_hidden()


def test_pause_withdraws_a_play_that_waits(waiting) -> None:
    lab, arrive = waiting
    press(lab, "Play")
    press(lab, "Pause")
    expect(lab.get_by_role("alert")).to_be_hidden()
    arrive()
    expect(number(lab, "Loss")).to_have_text(re.compile(r"\d"))
    lab.wait_for_timeout(1000)
    expect(number(lab, "Step")).to_have_text("0")
