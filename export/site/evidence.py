"""What the evidence page's Markdown can say: claims, with their numbers and verdicts."""

import json
import math
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError


def define_env(env) -> None:
    """Give mkdocs-macros the study's results in docs/data/evidence."""
    evidence = Evidence(Path(env.conf["docs_dir"]) / "data" / "evidence")
    env.variables["study"] = evidence.study
    for macro in ("effect", "interval", "share", "mean", "claims_with", "grid_key", "holds_in"):
        env.macro(getattr(evidence, macro), macro)


class Evidence:
    """The published results.

    Attributes:
        claims: what is published of each claim, by name.
        study: how the study was made, for the page's sentences.
    """

    def __init__(self, folder: Path):
        """From the folder docs/data/evidence. PluginError where a file is missing."""
        self.claims = {claim["name"]: claim for claim in _read(folder, "claims")["rows"]}
        described = _read(folder, "setup")
        setup = {name: number["value"] for name, number in described["numbers"].items()}
        self.study = {
            "command": described["source"],
            "networks": setup["networks"],
            "setup": setup,
            "long": _read(folder, "longer")["rows"],
        }

    def claim(self, name: str) -> dict:
        """What is published of a claim. PluginError where there is none of that name."""
        if name not in self.claims:
            known = ", ".join(self.claims)
            raise PluginError(f"there is no claim {name!r}: choose from {known}")
        return self.claims[name]

    def effect(self, name: str) -> str:
        """A claim's mean effect size over all cells, as exactly as its interval allows."""
        one = self.claim(name)
        return number(one["mean"], decimals(one))

    def interval(self, name: str) -> str:
        """The same with its interval: 0.83 (0.81 to 0.85)."""
        return with_interval(self.claim(name))

    def holds_in(self, name: str) -> str:
        """In how many of the cells a claim holds: `11 of 15`."""
        one = self.claim(name)
        return f"{one['holds_in']} of {one['of']}"

    def share(self, name: str, place: str = "") -> str:
        """As `mean` (or over all cells, without a place), in percent."""
        value = self._mean(name, place) if place else self.claim(name)["mean"]
        return f"{number(100 * value, 0)}\N{NO-BREAK SPACE}%"

    def mean(self, name: str, place: str) -> str:
        """Mean of a claim over the cells of a task or of an initialisation."""
        return number(self._mean(name, place), 2)

    def _mean(self, name: str, place: str) -> float:
        cells = [
            cell["mean"]
            for cell in self.claim(name)["cells"]
            if cell["mean"] is not None and place in (cell["task"], cell["init"])
        ]
        if not cells:
            raise PluginError(f"claim {name!r} has no cell of {place!r}")
        return sum(cells) / len(cells)

    def claims_with(self, verdict: str) -> str:
        """The claims with a verdict, each with its effect size and where it holds, to fold out."""
        found = [one for one in self.claims.values() if one["verdict"] == verdict]
        return "\n".join(self._folded(one) for one in found)

    def _folded(self, one: dict) -> str:
        rows = "".join(
            f"<tr><td>{escape(cell['task'])}</td><td><code>{cell['init']}</code></td>"
            f"<td>{with_interval(cell)}</td><td>{cell['seeds']}</td>"
            f"<td>{'' if cell['verdict'] == 'counted' else cell['verdict']}</td></tr>"
            for cell in one["cells"]
        )
        return (
            f'<details class="claim" id="claim-{one["name"]}"><summary>'
            f'<span class="claim-text">{escape(one["text"])}</span> '
            f'<span class="claim-effect">{with_interval(one)}</span> {self._grid(one)}</summary>'
            f"<p>{escape(one['measure'][0].upper() + one['measure'][1:])}{_range(one)}.</p>"
            '<div class="md-typeset__scrollwrap"><table><thead><tr><th>Task</th><th>Start</th>'
            "<th>Mean (95 % interval)</th><th>Seeds</th><th>Verdict</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></div></details>"
        )

    def _grid(self, one: dict) -> str:
        """Where a claim holds, as a small map: a line per initialisation, a column per task."""
        verdicts = {(cell["task"], cell["init"]): cell["verdict"] for cell in one["cells"]}
        squares = "".join(
            f'<i class="{verdicts.get((task, init), "absent").split()[0]}"></i>'
            for init in self.study["setup"]["init_names"]
            for task in self.study["setup"]["task_names"]
        )
        label = (
            f"holds in {one['holds_in']} of {one['of']} cells"
            if one["range"]
            else f"counted in {one['of']} cells"
        )
        return f'<span class="claim-cells" role="img" aria-label="{label}">{squares}</span>'

    def grid_key(self) -> str:
        """The same map, large, with its tasks and initialisations named."""
        tasks = self.study["setup"]["task_names"]
        head = "".join(f"<th scope='col'>{escape(task)}</th>" for task in tasks)
        lines = "".join(
            f"<tr><th scope='row'><code>{init}</code></th>"
            + "<td><i class='holds'></i></td>" * len(tasks)
            + "</tr>"
            for init in self.study["setup"]["init_names"]
        )
        return (
            "<table class='claim-key'><thead><tr><td></td>"
            f"{head}</tr></thead><tbody>{lines}</tbody></table>"
        )


def _read(folder: Path, name: str) -> dict:
    file = folder / f"{name}.json"
    if not file.is_file():
        raise PluginError(f"docs/data/evidence/{file.name} is missing: run 'racing study'")
    return json.loads(file.read_text("utf-8"))


def decimals(found: dict) -> int:
    """How many the interval's half width justifies: two figures of it, three decimals at most."""
    half = (found["high"] - found["low"]) / 2
    return 3 if half <= 0 else max(0, min(3, 1 - math.floor(math.log10(half))))


def number(value: float, places: int) -> str:
    """With a true minus sign, and none before a zero."""
    text = f"{abs(value):.{places}f}"
    return f"−{text}" if value < 0 and float(text) else text


def with_interval(found: dict) -> str:
    """0.83 (0.81 to 0.85)"""
    if found["mean"] is None:
        return "–"
    mean, low, high = (number(found[name], decimals(found)) for name in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _range(claim: dict) -> str:
    if not claim["range"]:
        return ""
    low, high = claim["range"]
    if high is None:
        return f"; it holds from {low:g} upwards".replace("-", "−")
    if low is None:
        return f"; it holds up to {high:g}"
    return f"; it holds from {low:g} to {high:g}".replace("-", "−")
