"""Where code within a line of text may break: browsers would break it in the middle of a word."""

import re

CODE = re.compile(r"(?P<lines><pre>(?:<span></span>)?)?<code>(?P<text>[^<]+)</code>")
OPTION = re.compile(r"(?<!\S)--?\w[\w-]*")
LONG = re.compile(r"[^\s&]{20,}")  # letters: half of a phone's line, and no character reference
JOINT = re.compile(r"(?<=[_/])(?=\w)")


def breakable_code(html: str) -> str:
    """The page with options kept whole, and long names breakable where their words meet.

    Code of several lines has its own breaks: only its options are kept whole.
    """
    return CODE.sub(_breakable, html)


def _breakable(code: re.Match) -> str:
    lines, text = code["lines"] or "", code["text"]
    if not lines:
        text = LONG.sub(lambda name: JOINT.sub("<wbr>", name[0]), text)
    text = OPTION.sub(r'<span class="whole">\g<0></span>', text)
    return f"{lines}<code>{text}</code>"
