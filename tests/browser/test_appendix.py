"""The appendix: its equations hold on the exported run, its pages were executed and filled in."""

import json
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

from export.data.appendix import autograd
from racing_core import theory
from racing_core.network import Parameters

DATA = Path(__file__).parents[2] / "docs" / "data"
PAGES = ["appendix/equations", "appendix/race"]


def read(name):
    return json.loads((DATA / "appendix" / name).read_text("utf-8"))["rows"]


@pytest.fixture
def network():
    random = np.random.RandomState(0)
    parameters = Parameters(random.randn(7, 4), random.randn(7), random.randn(2, 7))
    return parameters, random.randn(12, 4), np.arange(12) % 2


def test_the_equations_are_autograds_on_any_network(network) -> None:
    stated, measured = theory.gradients(*network), autograd(*network)
    for name in theory.Gradients._fields:
        np.testing.assert_allclose(
            getattr(stated, name), getattr(measured, name), atol=1e-12, err_msg=name
        )


def test_autograds_angles_are_those_of_finite_differences(network) -> None:
    """The chain rule for phi in `autograd` against the loss itself, turned a little."""
    (w_in, b, w_out), x, y = network
    measured = autograd(*network)

    def loss(turn):
        angle = np.arctan2(w_out[1, 0], w_out[0, 0]) + turn
        turned = w_out.copy()
        turned[:, 0] = np.linalg.norm(w_out[:, 0]) * np.array([np.cos(angle), np.sin(angle)])
        logits = (x @ w_in.T + b).clip(0) @ turned.T
        return np.logaddexp(0, logits[range(12), 1 - y] - logits[range(12), y]).mean()

    assert (loss(1e-5) - loss(-1e-5)) / 2e-5 == pytest.approx(measured.phi[0], rel=1e-6)


def test_the_exported_residuals_are_rounding_except_for_the_printed_bias() -> None:
    rows = read("equations.json")
    printed = [row["residual"] for row in rows if row["equation"] == "b, as printed"]
    others = [row["residual"] for row in rows if row["equation"] != "b, as printed"]
    assert max(others) < 1e-9
    assert max(printed) > 0.5
    assert len(others) == 5 * len(printed)


def test_the_theory_starts_on_the_run_and_leaves_it_slowly() -> None:
    rows = read("prediction.json")
    for start in (0, 100, 200, 300):
        ratios = [row[f"from_{start}"] / row["measured"] for row in rows if f"from_{start}" in row]
        near = [
            row[f"from_{start}"] / row["measured"]
            for row in rows
            if f"from_{start}" in row and row["step"] <= start + 40
        ]
        assert np.allclose(near, 1, atol=0.15), start
        if start in (0, 300):
            assert not np.allclose(ratios, 1, atol=0.5), "the approximation has an end"


def test_what_is_conserved_is_conserved() -> None:
    rows = read("drift.json")
    assert max(row["sum"] for row in rows) < 1e-13
    assert max(row["balance"] for row in rows) < 0.01


@pytest.mark.parametrize("path", PAGES)
def test_notebooks_are_filled_in(path: str, site: Path) -> None:
    page = BeautifulSoup((site / path / "index.html").read_text("utf-8"), "html.parser")
    text = page.select_one("article").text
    assert "{{" not in text
    assert "$" not in text.replace("$(", "")
    assert page.select("figure.chart img")
    assert page.select("pre.notebook-output"), "its code was not run"
    assert page.select(".katex")
