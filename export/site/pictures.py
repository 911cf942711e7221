"""The article's pictures of weights, as a figure: PNGs of 32 x 32 pixels and what each is."""

import json
from pathlib import Path

from mkdocs.utils import get_relative_url

SIDE = 96  # px, at which a picture is shown


def define_env(env) -> None:
    """Give mkdocs-macros `weights`."""
    file = Path(env.conf["docs_dir"]) / "data" / "article" / "weights.json"

    @env.macro
    def weights() -> str:
        """What each cluster shares, and how a winner and a loser come to look like it."""
        content = json.loads(file.read_text("utf-8"))
        return _figure(content, env.page.url)


def _figure(content: dict, page: str) -> str:
    rows = content["rows"]
    shared = [row for row in rows if row["what"] in ("shared", "pull")]
    drop = shared[0]["step"]
    pairs = "".join(
        f'<div class="weights-pair"><b>cluster {cluster}</b>'
        + "".join(
            _picture(row, page, {"shared": "what it shares", "pull": "the mean pull"}[row["what"]])
            for row in shared
            if row["cluster"] == cluster
        )
        + "</div>"
        for cluster in dict.fromkeys(row["cluster"] for row in shared)
    )
    data = get_relative_url("data/article/weights.json", page)
    return (
        '<figure class="weights" id="figure-weights">'
        f'<div class="weights-shared">{pairs}</div>'
        f"{_life(rows, 'winner', content['winner'], page)}"
        f"{_life(rows, 'loser', content['loser'], page)}"
        f"<figcaption>Weights as pictures, not images of the data set. Top: the mean direction of "
        f"each cluster's incoming weights at step {drop}, when the loss has fallen by a tenth, and "
        "the mean pull on its neurons at that step. Below: the incoming weights of one neuron, and "
        "their cosine with what its cluster shares at that step, within the part of the input "
        "space that the images reach. "
        f'<a class="chart-data" href="{data}" download>Data</a></figcaption></figure>'
    )


def _life(rows: list[dict], what: str, neuron: int, page: str) -> str:
    """The pictures of one neuron over time."""
    who = {"winner": "the winner of cluster 1", "loser": "the last to arrive there"}[what]
    pictures = "".join(
        _picture(row, page, f"step {row['step']:,}", _signed(row["cosine"]))
        for row in rows
        if row["what"] == what
    )
    return (
        f'<div class="weights-life"><b>neuron {neuron}, {who}</b>'
        f'<div class="weights-row">{pictures}</div></div>'
    )


def _picture(row: dict, page: str, label: str, below: str = "") -> str:
    source = get_relative_url(row["image"], page)
    subject = f"cluster {row['cluster']}" if row["what"] in ("shared", "pull") else row["what"]
    alt = f"{label}, {subject}: 32 by 32 colored pixels" + (f", cosine {below}" if below else "")
    note = f"<span>cosine {below}</span>" if below else ""
    return (
        f'<div class="weights-picture"><img src="{source}" width="{SIDE}" height="{SIDE}" '
        f'loading="lazy" alt="{alt}"/><span>{label}</span>{note}</div>'
    )


def _signed(value: float) -> str:
    text = f"{abs(value):.2f}"
    return f"−{text}" if value < 0 and float(text) else text
