"""The lab on servers that answer wrongly or not at all: one clear sentence, and no dead page."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from test_lab import SLOW, impatient, number, press, ready

SAMPLES = "**/cifar10-cat_dog-automobile_truck.f32"
NOT_HERE = "The server answered 404 when asked for "


@pytest.fixture
def lab(page: Page, problems: list[str]) -> Iterator[Page]:
    """A page that gives a download up soon; a simulated failure is no fault at its end."""
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)

    impatient(page)
    yield page
    page.unroute_all(behavior="ignoreErrors")
    uncaught = [problem for problem in problems if "uncaught" in problem or "host" in problem]
    problems[:] = [problem for problem in uncaught if "import" not in problem]


def missing(route: Route) -> None:
    route.fulfill(status=404)


def web_page(route: Route) -> None:
    route.fulfill(body="<!doctype html>", content_type="text/html")


def half(route: Route) -> None:
    body = route.fetch().body()
    route.fulfill(body=body[: len(body) // 2])


def no_numbers(route: Route) -> None:
    route.fulfill(body=b"\x00\x00\xc0\x7f" * (len(route.fetch().body()) // 4))


def hanging(route: Route) -> None:
    """Never answers."""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (missing, NOT_HERE + "data/lab/cifar10-cat_dog"),
        (web_page, "The server sent a web page in place of data/lab/cifar10-cat_dog"),
        (half, "came with 79,600 bytes in place of 159,200."),
        (no_numbers, "is damaged"),
        (hanging, "The server did not answer when asked for data/lab/cifar10-cat_dog"),
    ],
)
def test_samples_that_do_not_come(lab: Page, site_url: str, answer, sentence: str) -> None:
    """The sentence, and the other tasks train."""
    lab.route(SAMPLES, answer)
    lab.goto(site_url + "lab/")
    expect(lab.get_by_role("alert")).to_contain_text(sentence)
    press(lab, "Play")  # of this task there is the recording
    expect(number(lab, "Step")).not_to_have_text("0")
    lab.get_by_label("Task").select_option("digits-3_8-4_9")
    expect(lab.get_by_role("alert")).to_be_hidden()
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")


@pytest.mark.parametrize(
    ("file", "answer", "sentence"),
    [
        ("**/data/lab/lab.json", missing, NOT_HERE + "data/lab/lab.json."),
        ("**/data/lab/lab.json", web_page, "a web page in place of data/lab/lab.json."),
        ("**/data/lab/lab.json", half, "data/lab/lab.json is damaged"),
        (
            "**/data/lab/lab.json",
            lambda route: route.fulfill(body=json.dumps({"tasks": []})),
            "data/lab/lab.json is not what this page was made with.",
        ),
        (
            "**/assets/lab/files.json",
            hanging,
            "did not answer when asked for assets/lab/files.json.",
        ),
        ("**/lab/main.js", missing, "lab/main.js"),
        ("**/lab/worker.js", missing, NOT_HERE + "lab/worker.js."),
        ("**/lab/worker.js", web_page, "a web page in place of lab/worker.js."),
        (
            "**/lab/worker.js",
            lambda route: route.fulfill(body="const =", content_type="text/javascript"),
            "The part of the lab that trains could not be started.",
        ),
    ],
)
def test_a_lab_that_cannot_start_says_why(
    lab: Page, site_url: str, file: str, answer: Callable[[Route], None], sentence: str
) -> None:
    lab.route(file, answer)
    lab.goto(site_url + "lab/")
    expect(lab.locator("#engine, #trouble").get_by_text(sentence)).to_be_visible()
    assert lab.locator("#controls").get_attribute("disabled") is not None


def test_a_file_needs_a_server(lab: Page, site, problems: list[str]) -> None:
    lab.unroute_all()  # a file cannot be fetched by a test
    lab.goto((site / "lab" / "index.html").as_uri())
    expect(lab.locator("#engine")).to_contain_text("does not run from a file")
    lab.goto("about:blank")
    problems[:] = [problem for problem in problems if "file:" not in problem]  # it is one


@pytest.mark.parametrize(
    ("file", "answer", "sentence"),
    [
        ("**/lab/vega.js", missing, NOT_HERE + "lab/vega.js."),
        (
            "**/lab/vega.js",
            lambda route: route.abort(),
            "did not answer when asked for lab/vega.js",
        ),
        ("**/lab/vega.js", web_page, "a web page in place of lab/vega.js."),
        ("**/assets/lab/race.json", hanging, "did not answer when asked for assets/lab/race.json."),
        ("**/assets/lab/race.json", web_page, "a web page in place of assets/lab/race.json."),
        (
            "**/assets/lab/race.json",
            lambda route: route.fulfill(body="{}"),
            "assets/lab/race.json came with 2 bytes",
        ),
    ],
)
def test_a_chart_that_cannot_be_drawn_says_so(
    lab: Page, site_url: str, file: str, answer: Callable[[Route], None], sentence: str
) -> None:
    """In its place, and the lab trains without it."""
    lab.route(file, answer)
    lab.goto(site_url + "lab/?task=digits-3_8-4_9")
    expect(lab.locator("#chart-race")).to_contain_text(sentence)
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")
    if "race" in file:
        lab.locator("#chart-loss").scroll_into_view_if_needed()
        expect(lab.locator("#chart-loss canvas")).to_be_visible()


@pytest.mark.parametrize("answer", [missing, half, web_page, hanging])
def test_without_engine_and_recording_the_start_remains(lab: Page, site_url: str, answer) -> None:
    lab.route("**/*.wasm*", missing)
    lab.route("**/recording-0.bin", answer)
    lab.goto(site_url + "lab/")
    expect(lab.get_by_role("alert")).to_contain_text("cannot train")
    press(lab, "Play")
    expect(lab.get_by_role("alert")).to_contain_text("The recorded run stops here.")
    expect(lab.get_by_role("alert")).to_contain_text("recording-0.bin")
    lab.get_by_label("Neuron", exact=True).fill("3")
    press(lab, "Pick")
    expect(lab.locator("#bet-picks")).to_contain_text("neuron 3")
    lab.unroute("**/*.wasm*")
    press(lab, "Try again")
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")
