"""Where code within a line of text may break."""

import pytest

from export.site.breaks import breakable_code


@pytest.mark.parametrize(
    ("html", "broken"),
    [
        ("<code>--lr-end 1</code>", '<code><span class="whole">--lr-end</span> 1</code>'),
        ("<code>a_name/of_twenty_letters</code>",
         "<code>a_<wbr>name/<wbr>of_<wbr>twenty_<wbr>letters</code>"),
        ("<code>fan_in</code>", "<code>fan_in</code>"),
        ("<pre><span></span><code>a_name/of_twenty_letters -h</code></pre>",
         "<pre><span></span><code>a_name/of_twenty_letters "
         '<span class="whole">-h</span></code></pre>'),
        ('<code class="x">run --steps 10</code>', '<code class="x">run --steps 10</code>'),
    ],
)  # fmt: skip
def test_options_stay_whole_and_long_names_break_between_their_words(html, broken) -> None:
    assert breakable_code(html) == broken
