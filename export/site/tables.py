"""Tables in the boxes that scroll them, as the theme's script would put them there.

Where it does, once the page is there, the browser computes the style of the whole page anew.
"""

import re

PLAIN = re.compile(r"<table>(.*?)</table>", re.DOTALL)
CLASS = "plain"  # the script leaves a table with a class alone


def boxed(html: str) -> str:
    """The page with each table that has no class in its boxes."""
    box = (
        '<div class="md-typeset__scrollwrap"><div class="md-typeset__table">'
        rf'<table class="{CLASS}">\1</table></div></div>'
    )
    return PLAIN.sub(box, html)
