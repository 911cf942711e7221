"""What a strict Content-Security-Policy forbids is taken out of a page; all else stays as it is."""

import pytest

from export.site import policy


def taken(html: str) -> tuple[str, policy.Taken]:
    found = policy.Taken()
    return found.out_of(html, "../"), found


@pytest.mark.parametrize(
    "html",
    [
        '<!doctype html>\n<p title="a > b">1 &lt; 2 &amp; &#8722;3<br/></p>',
        '<!-- <p style="color:red"> <script>no()</script> -->',
        '<script src="own.js" defer></script>',
        '<script type="application/json">{"html": "<p style=\\"top:0\\">"}</script>',
        '<p title=\'a " b\'>style="text"</p>',
    ],
)
def test_what_is_allowed_stays_as_it_is(html):
    page, found = taken(html)
    assert page == html
    assert found.rules == found.scripts == {}


def test_code_becomes_a_file():
    page, found = taken(
        '<p>a</p><script type="module" async>if (1 < 2) run("</p>")</script><p>b</p>'
    )
    [(name, code)] = found.scripts.items()
    assert code == 'if (1 < 2) run("</p>")'
    assert page == f'<p>a</p><script type="module" async src="../{name}"></script><p>b</p>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p style="top: 0; left:1px;">', '<p class="{}">'),
        ('<img alt="a > b" style="top: 0; left:1px"/>', '<img alt="a > b" class="{}"/>'),
        ('<p title=\'"\' class="x y" style="top: 0; left:1px">', '<p title=\'"\' class="x y {}">'),
    ],
)
def test_style_becomes_a_class(html, expected):
    page, found = taken(f"<b>{html}</b>")
    [(name, rule)] = found.rules.items()
    assert rule == "top: 0!important;left:1px!important"
    assert page == f"<b>{expected.format(name)}</b>"


def test_style_that_is_written_otherwise_is_refused():
    with pytest.raises(ValueError, match="style attribute is written in an unusual way: <p style="):
        taken("<p style='top: 0'>")
