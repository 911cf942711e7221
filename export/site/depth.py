"""The article's depth: for whom its boxes are, and the question to the reader.

`??? physicist mathematician "TITLE"` in Markdown is a box for these two; docs/javascripts/depth.js
opens the boxes of whoever answers.
"""

import re

# The class of a box -> when such a reader understands, whom a box is for, and a way to read.
BACKGROUNDS = {
    "newcomer": (
        "when I can picture it",
        "newcomers",
        "Read the article from top to bottom and skip the formulas; then play in the "
        '<a href="lab/index.md">lab</a>.',
    ),
    "practitioner": (
        "when I can use it",
        "practitioners",
        'Begin with <a href="#prune">what can be pruned</a>, then see on how many networks it '
        'holds: <a href="evidence/index.md">the evidence</a>.',
    ),
    "physicist": (
        "when I can reason from the equations of motion",
        "physicists",
        'Begin with <a href="#race">the race</a>, then <a href="#dynamics">its dynamics</a> and '
        '<a href="appendix/race.py">where the linear theory ends</a>.',
    ),
    "mathematician": (
        "when it is proved",
        "mathematicians",
        'Begin with <a href="#playground">the assumptions</a>, then '
        '<a href="appendix/race.py#early-dynamics">the proposition and its proof</a>, then '
        '<a href="#known">what was known</a>.',
    ),
}
TITLE_ROW = re.compile(r'(<details class="([\w ]+)"[^>]*>\s*<summary>)(.*?)(</summary>)', re.DOTALL)


def define_env(env) -> None:
    """Give mkdocs-macros `depth_chooser`, the question to the reader."""
    env.macro(chooser, "depth_chooser")


def chooser() -> str:
    """The question, its answers, and what an answer does."""
    options = "".join(
        f'<label><input type="radio" name="depth" value="{value}"/> {label}</label>'
        for value, (label, _, _) in BACKGROUNDS.items()
    )
    ways = "".join(
        f'<p class="depth-way" data-for="{value}">{way}</p>'
        for value, (_, _, way) in BACKGROUNDS.items()
    )
    return (
        '<form class="depth-chooser"><fieldset><legend>I understand a network …</legend>'
        f'{options}</fieldset>{ways}<p class="depth-way">Your answer opens the boxes that are '
        "written for you, and suggests a way through the page.</p></form>"
    )


def say_for_whom(html: str) -> str:
    """Each box of the page with whom it is for, as a text in its title row."""

    def named(row: re.Match) -> str:
        readers = [BACKGROUNDS[kind][1] for kind in row[2].split() if kind in BACKGROUNDS]
        if not readers:
            return row[0]
        whom = f'<span class="for-whom">for {" and ".join(readers)}</span>'
        return f'{row[1]}<span class="box-title">{row[3]}</span> {whom}{row[4]}'

    return TITLE_ROW.sub(named, html)
