"""A link to the lab opens exactly what was seen."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect
from test_lab import SMALL, SMALL_ADDRESS, number, play_to_the_end, press, slide, visit  # noqa: F401

OUTPUTS = ("Step", "Loss", "Accuracy", "Clusters", "Neurons kept", "Accuracy left", "Loss left")


def query(lab: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(lab.url).query).items()}


def seen(lab: Page) -> dict:
    """All that the address has to bring back."""
    shown = {name: number(lab, name).text_content() for name in OUTPUTS}
    for name in ("Back in time", "Keep the strongest", "Join above cosine", "Width", "Seed"):
        shown[name] = lab.get_by_role("slider", name=name, exact=True).input_value()
    for at in ("#speed", "#task", "#init", "#gates-neuron", "#directions-plane"):
        shown[at] = lab.locator(at).input_value()
    texts = (
        "#prune",
        "#merge",
        "#race-caption",
        "#gates-state",
        "#matrix-state",
        "#bet-picks",
        "#bet-theory",
    )
    return shown | {at: lab.locator(at).text_content() for at in texts}


def test_a_link_opens_what_was_seen(visit) -> None:  # noqa: F811
    lab = visit(SMALL_ADDRESS + "&bets=3.5")
    lab.get_by_label("Speed").select_option("100 steps/s")
    lab.wait_for_url("**speed=100**")
    lab.get_by_label("Speed").select_option("fastest")
    play_to_the_end(lab, SMALL["steps"])
    slide(lab, "Back in time", 60)
    slide(lab, "Keep the strongest", 6)
    slide(lab, "Join above cosine", 0.95)
    lab.locator("#directions-plane").select_option("towards the two largest groups")
    lab.get_by_label("Neuron shown").fill("4")
    lab.get_by_label("Neuron shown").press("Enter")
    lab.locator("#matrix").scroll_into_view_if_needed()
    lab.wait_for_url("**neuron=4**")
    step = number(lab, "Step").text_content()
    assert 0 < int(step) < SMALL["steps"]
    assert query(lab) == {
        **{name: str(value) for name, value in SMALL.items()},
        **{"task": "digits-3_8-4_9", "step": str(SMALL["steps"]), "back": step, "bets": "3.5"},
        **{"prune": "1", "keep": "6", "merge": "1", "threshold": "0.95"},
        **{"plane": "targets", "neuron": "4"},
    }
    expect(lab.locator("#matrix-state")).to_contain_text(f"Step {step}")
    before = seen(lab)

    again = visit(lab.url.split("/path/")[1])
    expect(number(again, "Step")).to_have_text(step)
    expect(number(again, "Neurons kept")).to_have_text(before["Neurons kept"])
    again.locator("#matrix").scroll_into_view_if_needed()
    expect(again.locator("#matrix-state")).to_contain_text(f"Step {step}")
    expect(again.locator("#gates-state")).to_have_text(before["#gates-state"])
    assert seen(again) == before


def test_a_new_run_is_unpruned(visit) -> None:  # noqa: F811
    lab = visit(SMALL_ADDRESS + "&step=5&prune=1&keep=6")
    expect(number(lab, "Neurons kept")).to_have_text("6")
    press(lab, "Reset")
    expect(number(lab, "Neurons kept")).to_have_text("40")
    lab.wait_for_url(lambda url: "prune" not in url and "step=" not in url.replace("steps=", ""))
