"""The lab on servers that answer wrongly or not at all: one clear sentence, and no dead page."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from test_lab import SLOW, SMALL_ADDRESS, before_the_worker, impatient, number, press, ready

SAMPLES = "**/*.f32"
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


def nothing(route: Route) -> None:
    route.fulfill(body="", content_type="text/javascript")


def hanging(route: Route) -> None:
    """Never answers."""


SAMPLES_ASKED = {  # what is answered to who asks for the samples of a task, and what the page says
    "cifar10-cat_dog-automobile_truck": (missing, NOT_HERE + "data/lab/{}"),
    "cifar10-airplane_ship-deer_horse": (web_page, "sent a web page in place of data/lab/{}"),
    "cifar10-cat_deer-dog_horse": (half, "{}.f32 came with 79,600 bytes in place of 159,200."),
    "playground-east_west-north_south": (hanging, "did not answer when asked for data/lab/{}"),
    "digits-3_8-4_9": (no_numbers, "{}.f32 is damaged: it is not the file"),
}


def test_samples_that_do_not_come(lab: Page, site_url: str) -> None:
    """A sentence for each; what is recorded plays; asked for again, they come, and are trained."""

    def fail(route: Route) -> None:
        task = route.request.url.rpartition("/")[2].removesuffix(".f32")
        SAMPLES_ASKED[task][0](route)

    lab.route(SAMPLES, fail)
    lab.goto(site_url + "lab/")
    alert, tasks = lab.get_by_role("alert"), lab.get_by_label("Task")
    for task, (_, sentence) in SAMPLES_ASKED.items():
        tasks.select_option(task)
        expect(alert).to_contain_text(sentence.format(task))
        if task == tasks.locator("option").first.get_attribute("value"):
            press(lab, "Play")  # of this task there is the recording
            expect(number(lab, "Step")).not_to_have_text("0")
    lab.unroute(SAMPLES)
    for again in ("playground-east_west-north_south", "digits-3_8-4_9"):
        tasks.select_option(again)
        expect(alert).to_be_hidden()
        ready(lab)
        press(lab, "Step")
        expect(number(lab, "Step")).to_have_text("1")


@pytest.mark.parametrize(
    ("file", "answer", "sentence"),
    [
        ("**/data/lab/lab.json", missing, NOT_HERE + "data/lab/lab.json."),
        ("**/data/lab/lab.json", web_page, "a web page in place of data/lab/lab.json."),
        ("**/data/lab/lab.json", half, "data/lab/lab.json came with"),
        (
            "**/assets/lab/files.json",
            lambda route: route.fulfill(body="{}"),
            "assets/lab/files.json is not what this page was made with.",
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
        ("**/lab/worker.js", hanging, "did not answer when asked for lab/worker.js."),
        ("**/lab/worker.js", nothing, "sent nothing in place of lab/worker.js."),
    ],
)
def test_a_lab_that_cannot_start_says_why(
    lab: Page, site_url: str, file: str, answer: Callable[[Route], None], sentence: str
) -> None:
    """And can be tried again, where that needs no other page."""
    lab.route(file, answer)
    lab.goto(site_url + "lab/")
    expect(lab.locator("#engine, #trouble").get_by_text(sentence)).to_be_visible()
    assert lab.locator("#controls").get_attribute("disabled") is not None
    if "worker" in file:
        lab.unroute(file, answer)
        press(lab, "Try again")
        ready(lab)


def test_a_browser_that_keeps_nothing_of_the_site_trains(lab: Page, site_url: str) -> None:
    """One that blocks all cookies refuses locks, caches and storage, too."""
    refuse = """for (const [at, name] of [[LockManager, "request"], [CacheStorage, "open"]])
      at.prototype[name] = () => Promise.reject(new DOMException("denied", "SecurityError"));
    """
    storage = """for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, { get() { throw new DOMException("denied"); } });"""
    lab.add_init_script(refuse + storage)
    before_the_worker(lab, refuse)
    lab.goto(site_url + SMALL_ADDRESS)
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")


def test_a_file_needs_a_server(lab: Page, site, problems: list[str]) -> None:
    lab.unroute_all()  # a file cannot be fetched by a test
    lab.goto((site / "lab" / "index.html").as_uri())
    expect(lab.locator("#engine")).to_contain_text("does not run from a file")
    lab.goto("about:blank")
    problems[:] = [problem for problem in problems if "file:" not in problem]  # it is one


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (missing, NOT_HERE + "lab/vega.js."),
        (lambda route: route.abort(), "did not answer when asked for lab/vega.js"),
        (web_page, "a web page in place of lab/vega.js."),
    ],
)
def test_without_what_draws_charts_each_says_so(
    lab: Page, site_url: str, answer: Callable[[Route], None], sentence: str
) -> None:
    """In its place, and the lab trains without them."""
    lab.route("**/lab/vega.js", answer)
    lab.goto(site_url + "lab/?task=digits-3_8-4_9")
    for chart in ("race", "loss"):
        expect(lab.locator(f"#chart-{chart}")).to_contain_text(sentence)
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")


def test_a_chart_that_cannot_be_drawn_says_so(lab: Page, site_url: str) -> None:
    """In its place, and the lab trains and draws the others without it."""
    lab.route("**/assets/lab/race.json", web_page)
    lab.route("**/assets/lab/loss.json", hanging)
    lab.route("**/assets/lab/predictors.json", lambda route: route.fulfill(body="{}"))
    lab.goto(site_url + "lab/?task=digits-3_8-4_9")
    for sentence in (
        "a web page in place of assets/lab/race.json.",
        "did not answer when asked for assets/lab/loss.json.",
        "assets/lab/predictors.json came with 2 bytes",
    ):
        name = sentence.partition("assets/lab/")[2].partition(".")[0]
        expect(lab.locator(f"#chart-{name}")).to_contain_text(sentence)
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")
    lab.locator("#chart-capacity").scroll_into_view_if_needed()
    expect(lab.locator("#chart-capacity canvas")).to_be_visible()


def test_without_samples_and_recording_both_come_when_tried_again(
    lab: Page, site_url: str, problems: list[str]
) -> None:
    """Beside the search of the theme, whose failure is none of the lab's."""
    lab.route(SAMPLES, missing)
    lab.route("**/recording-0.bin", missing)
    lab.route("**/search_index.json", missing)
    with lab.expect_request("**/search_index.json"):
        lab.goto(site_url + "lab/")
    alert = lab.get_by_role("alert")
    expect(alert).to_contain_text(NOT_HERE + "data/lab/cifar10-cat_dog")
    press(lab, "Play")
    expect(alert).to_contain_text("The recorded run stops here.")
    lab.unroute(SAMPLES)
    press(lab, "Try again")
    expect(alert).to_be_hidden()
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")
    problems[:] = [problem for problem in problems if "Not Found" not in problem]


def test_without_engine_and_samples_both_are_told(lab: Page, site_url: str) -> None:
    lab.route("**/*.wasm*", missing)
    lab.route(SAMPLES, missing)
    lab.goto(site_url + "lab/")
    alert = lab.get_by_role("alert")
    expect(alert).to_contain_text(NOT_HERE + "data/lab/cifar10-cat_dog")
    expect(alert).to_contain_text("cannot train")
    press(lab, "Play")
    expect(number(lab, "Step")).not_to_have_text("0")


def test_without_engine_and_recording_the_start_remains(lab: Page, site_url: str) -> None:
    """However the recording fails, as often as it is tried again; the engine then trains."""
    lab.route("**/*.wasm*", missing)
    alert = lab.get_by_role("alert")
    for at, answer in enumerate((missing, half, web_page, hanging)):
        lab.route("**/recording-0.bin", answer)
        if at == 0:
            lab.goto(site_url + "lab/")
        else:
            press(lab, "Try again")
        expect(alert).to_contain_text("cannot train")
        press(lab, "Play")
        expect(alert).to_contain_text("The recorded run stops here.")
        expect(alert).to_contain_text("recording-0.bin")
        lab.get_by_label("Neuron", exact=True).fill("3")
        press(lab, "Pick")
        press(lab, "Take back neuron 3")
    lab.unroute("**/*.wasm*")
    press(lab, "Try again")
    ready(lab)
    press(lab, "Step")
    expect(number(lab, "Step")).to_have_text("1")
