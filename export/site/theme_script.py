"""The theme's script: when it starts, and what is changed in it.

It tells the color scheme in a `meta` of the head. Each time that one changes, and twice at every
start, the browser computes the style of every element anew. The root's own style says the same.

It waits for the end of the document. On a slow network that has passed when the script comes, and
nothing of it would work. It also measures the page, which the browser would lay out in that task.
So it looks after each frame whether the document is there, with its modules, and whether one of
these, javascripts/layout.js, still lays it out.
"""

import re

NAME = re.compile(r"assets/javascripts/bundle\.\w+\.min\.js")
TAG = re.compile(rf'<script (src="[^"]*{NAME.pattern}")')
META = r'=\w+\("meta",\{name:"color-scheme"\}\);document\.head\.appendChild\(\w+\)'
CONTENT = r"\.content=(\w+\.colorScheme)"
READY = (
    r'\w+\(document,"DOMContentLoaded",\{once:!0\}\)\.subscribe\(\(\)=>(\w+\.next\(document\))\)'
)
FRAME_LATER = (
    "(function later(){requestAnimationFrame(()=>setTimeout(()=>"
    'document.readyState==="loading"'
    '||performance.getEntriesByType("navigation")[0]?.domContentLoadedEventStart===0'
    '||document.documentElement.hasAttribute("data-in-layout")'
    r"?later():\1))})()"
)
MAP = r"\n//# sourceMappingURL=.*"  # of the script as it was


def light(script: str) -> str:
    """The script, with the color scheme in the root's style, whenever it comes.

    Raises:
        ValueError: the theme's script is another one.
    """
    script = re.sub(MAP, "", script)
    script, metas = re.subn(META, "=document.documentElement.style", script)
    script, contents = re.subn(CONTENT, r".colorScheme=\1", script)
    script, starts = re.subn(READY, FRAME_LATER, script)
    if (metas, contents, starts) != (1, 1, 1):
        raise ValueError(
            "export/site/theme_script.py: the theme's script has changed; "
            "look for META, CONTENT and READY anew"
        )
    return script


def by_itself(html: str) -> str:
    """A page, with the script in a task of its own.

    It asks for sizes as it starts: in the parser's task, all that was parsed would be styled and
    laid out there, too.
    """
    return TAG.sub(r"<script async \1", html)
