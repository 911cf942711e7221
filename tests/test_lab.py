"""The lab as a visitor meets it: each thing to do, and each thing that can go wrong."""

import pytest
from playwright.sync_api import Page, expect

from racing_core import tasks
from racing_core.config import Config
from racing_core.descent import Rotation, descend
from racing_core.network import Parameters, initial

SLOW = 30_000  # ms; two busy cores train at a tenth of their usual pace


@pytest.fixture
def lab(page: Page, site_url: str) -> Page:
    """The lab, ready to play."""
    page.set_default_timeout(SLOW)
    page.goto(site_url + "lab/")
    expect(number(page, "Loss")).to_have_text("0.6931", timeout=SLOW)
    return page


def number(page: Page, name: str):
    return page.get_by_role("status", name=name, exact=True)


def press(page: Page, name: str):
    page.get_by_role("button", name=name, exact=True).click()


def loss_after(steps: int, config: Config) -> float:
    """racing_core's loss in float64."""
    task = tasks.load(config.task, data_dir=config.data_dir)
    rotation = Rotation(task.x)
    drawn = initial(0, config.width, rotation.rank, task.x.shape[1], config.init, config.init_scale)
    start = Parameters(drawn.w_in[None, :, : rotation.rank], drawn.b[None], drawn.w_out[None])
    run = descend(start, rotation.to_span(task.x), task.y, config.lr, [0, steps])
    return float(run.loss[0, -1])


def test_the_default_run_trains_in_the_page(lab: Page, cifar10: str) -> None:
    """Offline from the first step on; the loss at step 500 is Python's."""
    lab.context.set_offline(True)
    press(lab, "Play")
    lab.wait_for_function("Number(document.querySelector('#out-loss').value) < 0.6")
    press(lab, "Pause")
    expect(number(lab, "Steps per second")).not_to_have_text("0")
    steps = int(number(lab, "Step").text_content().replace(",", ""))
    loss = float(number(lab, "Loss").text_content())
    assert loss == pytest.approx(loss_after(steps, Config(data_dir=cifar10)), abs=1e-3)
    assert steps < 2000
