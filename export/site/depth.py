"""The article's depth: for whom its boxes are, and the question to the reader.

`??? physicist mathematician "TITLE"` in Markdown is a box for these two; docs/javascripts/depth.js
opens the boxes of whoever answers.
"""

import re

# The class of a box -> what a reader is, and whom a box is for.
BACKGROUNDS = {
    "newcomer": ("new to the field", "newcomers"),
    "practitioner": ("a practitioner", "practitioners"),
    "physicist": ("a physicist", "physicists"),
    "mathematician": ("a mathematician", "mathematicians"),
}
TITLE_ROW = re.compile(r'(<details class="([\w ]+)"[^>]*>\s*<summary>)(.*?)(</summary>)', re.DOTALL)


def define_env(env) -> None:
    """Give mkdocs-macros `depth_chooser`, the question to the reader."""
    env.macro(chooser, "depth_chooser")


def chooser() -> str:
    """The question, its answers, and what an answer does."""
    options = "".join(
        f'<label><input type="radio" name="depth" value="{value}"> {label}</label>'
        for value, (label, _) in BACKGROUNDS.items()
    )
    return (
        f'<form class="depth-chooser"><fieldset><legend>You are</legend>{options}</fieldset>'
        "<p>Your answer opens and marks the boxes that are written for you.</p></form>"
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
