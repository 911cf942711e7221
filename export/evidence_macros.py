"""What the evidence page's Markdown can say: claims, with their numbers and verdicts."""

import json
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError

VERDICTS = {
    "holds": "holds",
    "with a condition": "holds with a condition",
    "not confirmed": "not confirmed",
    "counted": "counted",
    "fails": "fails",
    "undecided": "undecided",
    "nothing to compare": "nothing to compare",
}


def define_env(env) -> None:
    """Give mkdocs-macros the study's results in docs/data/claims.json."""
    file = Path(env.conf["docs_dir"]) / "data" / "claims.json"
    if not file.is_file():
        raise PluginError("docs/data/claims.json is missing: run 'racing study'")
    study = json.loads(file.read_text("utf-8"))
    claims = {claim["name"]: claim for claim in study["claims"]}
    env.variables["study"] = study

    @env.macro
    def claim(name: str) -> dict:
        """A claim of `racing_core.claims`, with `mean`, `low`, `high`, `verdict`, `cells`."""
        if name not in claims:
            raise PluginError(f"there is no claim {name!r}: choose from {', '.join(claims)}")
        return claims[name]

    @env.macro
    def mean(name: str, ending: str) -> float:
        """Mean of a claim over the cells whose name ends, or begins, with `ending`."""
        cells = [
            cell["mean"]
            for cell in claim(name)["cells"]
            if cell["mean"] is not None
            and (cell["cell"].endswith(f"/{ending}") or cell["cell"].startswith(f"{ending}/"))
        ]
        if not cells:
            raise PluginError(f"claim {name!r} has no cell of {ending!r}")
        return sum(cells) / len(cells)

    @env.macro
    def claims_with(verdict: str) -> str:
        """The claims with a verdict, as a list; with its condition where it has one."""
        found = [one for one in claims.values() if one["verdict"] == verdict]
        return "\n".join(
            f"- {one['text']} " + _numbers(one)
            + (f" *Not with: {one['condition']}.*" if one["condition"] else "")
            for one in found
        )  # fmt: skip

    @env.macro
    def claims_table() -> str:
        """Every claim with its effect size, interval, range and verdict; its cells fold out."""
        rows = []
        for one in claims.values():
            cells = "".join(
                f"<tr><td>{escape(cell['cell'])}</td><td>{_interval(cell)}</td>"
                f"<td>{cell['seeds']}</td><td>{VERDICTS[cell['verdict']]}</td></tr>"
                for cell in one["cells"]
            )
            inner = (
                "<table><thead><tr><th>Cell</th><th>Mean (95 % interval)</th><th>Seeds</th>"
                f"<th>Verdict</th></tr></thead><tbody>{cells}</tbody></table>"
            )
            where = (
                f" in {one['holds_in']} of {one['of']}" if one["of"] > 1 and one["range"] else ""
            )
            rows.append(
                f'<tr id="claim-{one["name"]}"><td>{one["part"]}</td>'
                f"<td><details><summary>{escape(one['text'])}</summary><p><code>{one['name']}"
                f"</code>: {escape(one['measure'])}{_range(one)}.</p>{inner}</details></td>"
                f"<td>{_interval(one)}</td><td>{VERDICTS[one['verdict']]}{where}</td></tr>"
            )
        return (
            '<div class="md-typeset__scrollwrap"><table><thead><tr><th>Question</th><th>Claim</th>'
            "<th>Effect size (95 % interval)</th><th>Verdict</th></tr></thead><tbody>"
            + "".join(rows) + "</tbody></table></div>"
        )  # fmt: skip


def _numbers(claim) -> str:
    if claim["mean"] is None:
        return ""
    return f"({claim['measure']}: {_interval(claim)})"


def _interval(found) -> str:
    if found["mean"] is None:
        return "–"
    return f"{found['mean']:.3g} ({found['low']:.3g} to {found['high']:.3g})"


def _range(claim) -> str:
    if not claim["range"]:
        return ""
    low, high = claim["range"]
    if high is None:
        return f"; it holds from {low:g} upwards"
    return f"; it holds up to {high:g}" if low is None else f"; it holds from {low:g} to {high:g}"
