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
    for macro in (
        "effect",
        "interval",
        "share",
        "mean",
        "counted",
        "costs_most",
        "claims_with",
        "holds_in",
    ):
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
            "held_back": _read(folder, "held_back")["rows"],
        }

    def claim(self, name: str) -> dict:
        """What is published of a claim. PluginError where there is none of that name."""
        if name not in self.claims:
            known = ", ".join(self.claims)
            raise PluginError(f"there is no claim {name!r}: choose from {known}")
        return self.claims[name]

    def effect(self, name: str) -> str:
        """A claim's mean over the drawn groupings, from the lowest to the highest initialization.

        One number where they agree, as exactly as the widest of their intervals allows.
        """
        return self._spread(name, 1, "")

    def share(self, name: str, place: str = "") -> str:
        """As `effect`, or as `mean` for a place, in percent."""
        if place:
            return f"{number(100 * self._mean(name, place), 0)}%"
        return self._spread(name, 100, "%")

    def _spread(self, name, scale, unit):
        groups = [one for one in self.claim(name)["groupings"] if one["mean"] is not None]
        places = 0 if unit else min(decimals(one) for one in groups)
        means = [scale * one["mean"] for one in groups]
        ends = dict.fromkeys(number(value, places) for value in (min(means), max(means)))
        return " to ".join(ends) + unit

    def interval(self, name: str, init: str) -> str:
        """The mean over the drawn groupings with its interval: 0.83 (0.81 to 0.85)."""
        return with_interval(self._grouping(name, init))

    def mean(self, name: str, place: str) -> str:
        """Mean of a claim over the drawn groupings with an initialization, or over a task.

        A dash where there is nothing to compare.
        """
        value = self._mean(name, place)
        return "–" if value is None else number(value, 2)

    def holds_in(self, name: str) -> str:
        """In how many of the drawn groupings, over all initializations, a claim holds."""
        groups = [one for one in self.claim(name)["groupings"] if one["of"]]
        return f"{sum(one['in_range'] for one in groups)} of {sum(one['of'] for one in groups)}"

    def counted(self, name: str, init: str, kind: str = "groupings") -> str:
        """In how many of the drawn groupings (or sets of `images`) a claim holds: 23 of 24."""
        one = self._grouping(name, init, kind)
        return f"{one['in_range']} of {one['of']}"

    def costs_most(self, name: str, init: str) -> str:
        """The lowest mean of a grouping, a loss, without its sign."""
        return number(-self._grouping(name, init)["least"], 2)

    def _grouping(self, name, init, kind="groupings"):
        found = [one for one in self.claim(name)[kind] if one["init"] == init]
        if not found:
            raise PluginError(f"claim {name!r} has no {kind} with {init!r}")
        return found[0]

    def _mean(self, name: str, place: str) -> float | None:
        if place in self.study["setup"]["init_names"]:
            return self._grouping(name, place)["mean"]
        cells = [
            cell["mean"]
            for cell in self.claim(name)["cells"]
            if cell["mean"] is not None and place == cell["task"]
        ]
        if not cells:
            raise PluginError(f"claim {name!r} has no cell of {place!r}")
        return sum(cells) / len(cells)

    def claims_with(self, verdict: str) -> str:
        """The claims with a verdict, each with its effect size and where it holds, to fold out."""
        found = [one for one in self.claims.values() if one["verdict"] == verdict]
        return "\n".join(self._folded(one) for one in found)

    def _folded(self, one: dict) -> str:
        return (
            f'<details class="claim" id="claim-{one["name"]}"><summary>'
            f'<span class="claim-text">{escape(one["text"])}</span> '
            f'<span class="claim-effect"><span>{self.effect(one["name"])}</span> '
            f"{escape(one['unit'])}</span> {self._map(one)}"
            f"</summary><p>{escape(one['measure'][0].upper() + one['measure'][1:])}{_range(one)}."
            f"</p>{_over_tasks(one)}{_chosen(one)}</details>"
        )

    def _map(self, one: dict) -> str:
        """In which groupings a claim holds, as a small map: a line per initialization."""
        setup = self.study["setup"]
        names = setup["first_groupings"] + setup["held_back_groupings"]
        lines = "".join(
            "".join(f'<i class="{_square(group, name)}"></i>' for name in names)
            for group in one["groupings"]
        )
        told = "; ".join(
            f"{group['init']}: {group['in_range']} of {group['of']}" for group in one["groupings"]
        )
        label = f"groupings in the range, {told}" if one["range"] else "counted in each grouping"
        return f'<span class="claim-cells" role="img" aria-label="{label}">{lines}</span>'


def _square(group: dict, name: str) -> str:
    if group["mean"] is None:
        return "nothing"
    if group["in_range"] is None:
        return "counted"
    return "fails" if name in group["outside"] else "holds"


def _over_tasks(one: dict) -> str:
    """The drawn groupings and the images of a claim, a line per initialization."""
    rows = ""
    for kind, what in (("groupings", "groupings"), ("images", "image sets")):
        for found in one[kind]:
            inside = "" if found["in_range"] is None else f"{found['in_range']} of {found['of']}"
            ends = "" if found["mean"] is None else _ends(found)
            rows += (
                f"<tr><td>{what}</td><td><code>{found['init']}</code></td>"
                f"<td>{with_interval(found)}</td><td>{ends}</td><td>{inside}</td>"
                f"<td>{_said(found)}</td></tr>"
            )
    return _table(
        ("Drawn", "Start", "Mean (95% interval)", "Lowest to highest", "In range", "Verdict"), rows
    )


def _chosen(one: dict) -> str:
    """The cells of the tasks that we chose."""
    rows = "".join(
        f"<tr><td>{escape(cell['task'])}</td><td><code>{cell['init']}</code></td>"
        f"<td>{with_interval(cell)}</td><td>{cell['seeds']}</td><td>{_said(cell)}</td></tr>"
        for cell in one["cells"]
    )
    return _table(("Chosen task", "Start", "Mean (95% interval)", "Seeds", "Verdict"), rows)


def _table(heads: tuple, rows: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    return (
        f'<div class="md-typeset__scrollwrap"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _said(found: dict) -> str:
    verdict = found.get("verdict", "")
    return "" if verdict == "counted" else verdict


def _ends(found: dict) -> str:
    places = decimals(found)
    return f"{number(found['least'], places)} to {number(found['most'], places)}"


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
