"""The bet: what a dot says before the race, the verdict at the drop, and what is learned."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from test_lab import SMALL, SMALL_ADDRESS, play_to_the_end, press, visit  # noqa: F401

from racing_core import neurons, theory
from racing_core.config import Config
from racing_core.run import Run, simulate

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def races() -> list[Run]:
    """The small run on digits in Python, with the seeds that a visitor comes through."""
    return simulate(Config(task="digits", **SMALL, seeds=SEEDS)).runs


def parts(run: Run) -> dict[str, np.ndarray]:
    """What each neuron (d,) is before the race, by the names on the page."""
    modes = theory.modes(run.at(0), run.x, run.y)
    return {
        "the incoming part": modes.growing + modes.decaying,
        "the outgoing part": modes.growing - modes.decaying,
        "both parts together": 2 * modes.growing,
    }


def places(values: np.ndarray) -> np.ndarray:
    return 1 + np.argsort(np.argsort(-np.abs(values)))


def pick(lab: Page, chosen: list[int]) -> None:
    for neuron in chosen:
        lab.get_by_label("Neuron", exact=True).fill(str(neuron))
        press(lab, "Pick")
    press(lab, "Place bet")
    expect(lab.locator("#bet-said")).to_contain_text("Your bet is placed")


def strongest(lab: Page) -> list[int]:
    """As the page names them, for whom sees no colors."""
    named = lab.locator("#bet-strongest")
    expect(named).to_contain_text("Strongest")
    return [int(number) for number in re.findall(r"\d+", named.text_content())]


def place_told(lab: Page, whose: str) -> dict[int, int]:
    shown = lab.get_by_role("list", name=whose).text_content()
    return {
        int(neuron): int(place) for neuron, place in re.findall(r"neuron (\d+) is (\d+)", shown)
    }


def test_a_dot_says_what_it_is(visit, races) -> None:  # noqa: F811
    lab = visit(SMALL_ADDRESS)
    of_seed = parts(races[0])
    for neuron in (int(np.argmin(of_seed["both parts together"])), 7):
        lab.get_by_label("Neuron", exact=True).fill(str(neuron))
        press(lab, "Ask")
        said = lab.locator("#dot-said")
        expect(said).to_contain_text(f"Neuron {neuron}:")
        told = re.findall(r"([+−][\d.]+(?:e−\d+)?) \((\d+)\w\w of 40\)", said.text_content())
        for (value, place), part in zip(told, of_seed.values(), strict=True):
            assert float(value.replace("−", "-")) == pytest.approx(part[neuron], rel=6e-3)
            assert int(place) == places(part)[neuron]
        against = of_seed["the incoming part"][neuron] * of_seed["the outgoing part"][neuron] < 0
        expect(said).to_contain_text("against it" if against else "the same way")
        expect(said).to_contain_text(
            "3 + 8" if of_seed["both parts together"][neuron] > 0 else "4 + 9"
        )
    expect(lab.locator("#bet-picks button")).to_have_count(0)  # asked is not picked

    drawn = "document.querySelector('#chart-race canvas').toDataURL()"
    pictures = [lab.evaluate(drawn)]
    for name, part in of_seed.items():
        lab.get_by_label("What decides, I guess:").select_option(name)
        assert strongest(lab) == np.argsort(-np.abs(part))[:5].tolist()
        lab.wait_for_function(f"{drawn} !== {pictures[-1]!r}")
        pictures.append(lab.evaluate(drawn))


def test_who_follows_the_hints_wins_on_the_third_seed(visit, races) -> None:  # noqa: F811
    """From a bet at random over a wrong guess to a bet that wins: all that is read is the page."""
    lab = visit(SMALL_ADDRESS)
    said, hint = lab.locator("#bet-said"), lab.locator("#bet-hint")
    guess = lab.get_by_label("What decides, I guess:")
    pick(lab, [3, 5, 8])
    play_to_the_end(lab, SMALL["steps"])
    check_verdict(lab, races[0], [3, 5, 8])
    expect(lab.locator("#bet-why li")).to_have_count(3)

    press(lab, "Bet again with what you know")
    lab.wait_for_url("**seed=1**")
    guess.select_option("the incoming part")
    pick(lab, strongest(lab)[:3])
    play_to_the_end(lab, SMALL["steps"])
    expect(said).to_contain_text("you lose.")
    expect(
        lab.locator("#bet-why li", has_text="its outgoing weight was against it")
    ).not_to_have_count(0)

    [advised] = re.findall(r"color the dots by (.*), and", hint.text_content())
    press(lab, "Bet again with what you know")
    lab.wait_for_url("**seed=2**")
    guess.select_option(advised)
    chosen = strongest(lab)[:3]
    pick(lab, chosen)
    play_to_the_end(lab, SMALL["steps"])
    expect(said).to_contain_text("you win!")
    check_verdict(lab, races[2], chosen)

    record = lab.locator("#bet-record")
    expect(record).to_contain_text("1 of 3 won; the theory 3")
    lab.reload()
    expect(record).to_contain_text("1 of 3 won; the theory 3")
    record.locator("summary").click()
    expect(record.locator("li")).to_contain_text(["Seed 2, won", "Seed 1, lost", "Seed 0"])
    press(lab, "Forget them")
    expect(record).to_be_hidden()


def check_verdict(lab: Page, run: Run, chosen: list[int]) -> None:
    """The places at the end, the theory's bet, and the verdict where the loss dropped."""
    said = lab.locator("#bet-said")
    expect(said).to_contain_text("At step 400")
    size = neurons.norm_product(run.full_w_in(-1), run.w_out[-1])
    theirs = np.argsort(-np.abs(parts(run)["both parts together"]))[:3].tolist()
    for whose, bet in ("Your neurons", chosen), ("The theory's neurons", theirs):
        assert place_told(lab, whose) == {neuron: places(size)[neuron] for neuron in bet}
    [step] = map(int, re.findall(r"Decided at step (\d+)", said.text_content()))
    index = run.time_index(step)
    assert run.time[index] == step
    assert run.loss[index] < 0.9 * run.loss[0] <= run.loss[index - 2]
    best = places(run.norm_product[index])[chosen].min()
    expect(said).to_contain_text(f"Your best is {best}")
    expect(said).to_contain_text("you win!" if best <= 3 else "you lose.")


def test_a_browser_that_keeps_nothing_still_judges(visit, page: Page) -> None:  # noqa: F811
    page.add_init_script(
        "for (const name of ['getItem', 'setItem']) { const usual = Storage.prototype[name];"
        "  Storage.prototype[name] = function (key, ...rest) {"
        "    if (key === 'racing.bets') throw new DOMException('refused', 'SecurityError');"
        "    return usual.call(this, key, ...rest); } }"
    )
    lab = visit(f"{SMALL_ADDRESS}&bets=3")
    play_to_the_end(lab, SMALL["steps"])
    expect(lab.locator("#bet-said")).to_contain_text("Decided at step")
    expect(lab.locator("#bet-record")).to_contain_text("of 1 won")
