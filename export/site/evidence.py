"""What the evidence page's Markdown can say: claims, with their numbers and verdicts."""

import json
import math
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError


def define_env(env) -> None:
    """Give mkdocs-macros the study's results in docs/data/evidence."""
    folder = Path(env.conf["docs_dir"]) / "data" / "evidence"

    def read(name: str) -> dict:
        file = folder / f"{name}.json"
        if not file.is_file():
            raise PluginError(f"docs/data/evidence/{file.name} is missing: run 'racing study'")
        return json.loads(file.read_text("utf-8"))

    claims = {claim["name"]: claim for claim in read("claims")["rows"]}
    told = read("setup")
    setup = {name: number["value"] for name, number in told["numbers"].items()}
    env.variables["study"] = {
        "command": told["source"],
        "networks": setup["networks"],
        "setup": setup,
        "long": read("longer")["rows"],
    }

    def claim(name: str) -> dict:
        if name not in claims:
            raise PluginError(f"there is no claim {name!r}: choose from {', '.join(claims)}")
        return claims[name]

    @env.macro
    def effect(name: str) -> str:
        """A claim's mean effect size over all cells, as exactly as its interval allows."""
        one = claim(name)
        return number(one["mean"], decimals(one))

    @env.macro
    def interval(name: str) -> str:
        """The same with its interval: 0.83 (0.81 to 0.85)."""
        return with_interval(claim(name))

    @env.macro
    def share(name: str, place: str = "") -> str:
        """As `mean` (or over all cells, without a place), in percent."""
        value = mean_of(name, place) if place else claim(name)["mean"]
        return f"{number(100 * value, 0)}\N{NO-BREAK SPACE}%"

    @env.macro
    def mean(name: str, place: str) -> str:
        """Mean of a claim over the cells of a task or of an initialisation."""
        return number(mean_of(name, place), 2)

    def mean_of(name: str, place: str) -> float:
        cells = [
            cell["mean"]
            for cell in claim(name)["cells"]
            if cell["mean"] is not None and place in (cell["task"], cell["init"])
        ]
        if not cells:
            raise PluginError(f"claim {name!r} has no cell of {place!r}")
        return sum(cells) / len(cells)

    @env.macro
    def claims_with(verdict: str) -> str:
        """The claims with a verdict, each with its effect size and where it holds, to fold out."""
        found = [one for one in claims.values() if one["verdict"] == verdict]
        return "\n".join(map(_claim, found))

    def _claim(one: dict) -> str:
        rows = "".join(
            f"<tr><td>{escape(cell['task'])}</td><td><code>{cell['init']}</code></td>"
            f"<td>{with_interval(cell)}</td><td>{cell['seeds']}</td>"
            f"<td>{'' if cell['verdict'] == 'counted' else cell['verdict']}</td></tr>"
            for cell in one["cells"]
        )
        return (
            f'<details class="claim" id="claim-{one["name"]}"><summary>'
            f'<span class="claim-text">{escape(one["text"])}</span> '
            f'<span class="claim-effect">{with_interval(one)}</span> {grid(one)}</summary>'
            f"<p>{escape(one['measure'][0].upper() + one['measure'][1:])}{_range(one)}.</p>"
            '<div class="md-typeset__scrollwrap"><table><thead><tr><th>Task</th><th>Start</th>'
            "<th>Mean (95 % interval)</th><th>Seeds</th><th>Verdict</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></div></details>"
        )

    tasks, inits = setup["task_names"], setup["init_names"]

    def grid(one: dict) -> str:
        """Where a claim holds, as a small map: a line per initialisation, a column per task."""
        verdicts = {(cell["task"], cell["init"]): cell["verdict"] for cell in one["cells"]}
        squares = "".join(
            f'<i class="{verdicts.get((task, init), "absent").split()[0]}"></i>'
            for init in inits
            for task in tasks
        )
        told = (
            f"holds in {one['holds_in']} of {one['of']} cells"
            if one["range"]
            else f"counted in {one['of']} cells"
        )
        return f'<span class="claim-cells" role="img" aria-label="{told}">{squares}</span>'

    @env.macro
    def grid_key() -> str:
        """The same map, large, with its tasks and initialisations named."""
        head = "".join(f"<th scope='col'>{escape(task)}</th>" for task in tasks)
        lines = "".join(
            f"<tr><th scope='row'><code>{init}</code></th>"
            + "<td><i class='holds'></i></td>" * len(tasks)
            + "</tr>"
            for init in inits
        )
        return (
            "<table class='claim-key'><thead><tr><td></td>"
            f"{head}</tr></thead><tbody>{lines}</tbody></table>"
        )


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
