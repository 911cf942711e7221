"""The theme's script, without the part that makes a browser compute the page's style over and over.

It tells the color scheme in a `meta` of the head. Each time that one changes, and twice at every
start, the browser computes the style of every element anew. The root's own style says the same.
"""

import re

NAME = re.compile(r"assets/javascripts/bundle\.\w+\.min\.js")
META = r'=\w+\("meta",\{name:"color-scheme"\}\);document\.head\.appendChild\(\w+\)'
CONTENT = r"\.content=(\w+\.colorScheme)"


def light(script: str) -> str:
    """The script, with the color scheme in the root's style.

    Raises:
        ValueError: the theme's script is another one.
    """
    script, metas = re.subn(META, "=document.documentElement.style", script)
    script, contents = re.subn(CONTENT, r".colorScheme=\1", script)
    if (metas, contents) != (1, 1):
        raise ValueError(
            "export/site/theme_script.py: the theme's script has changed; look for META anew"
        )
    return script
