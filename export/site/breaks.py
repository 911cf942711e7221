"""Where code within a line of text may break: browsers would break it in the middle of a word."""

import re

CODE = re.compile(r"(?<!<pre>)<code>([^<]+)</code>")
OPTION = re.compile(r"(?<!\S)--?\w[\w-]*")
LONG = re.compile(r"[^\s&]{20,}")  # letters: half of a phone's line, and no character reference
JOINT = re.compile(r"(?<=[_/])(?=\w)")


def breakable_code(html: str) -> str:
    """The page with options kept whole, and long names breakable where their words meet."""
    return CODE.sub(lambda code: f"<code>{_words(code[1])}</code>", html)


def _words(text: str) -> str:
    long = LONG.sub(lambda name: JOINT.sub("<wbr>", name[0]), text)
    return OPTION.sub(r'<span class="whole">\g<0></span>', long)
