"""HTML becomes plain text: line breaks and figures stay, what is lost is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.exchange.markup import BEYOND_LIMITS, Image, plain, to_html, to_text
from tests.question_bank.exchange import rich_items


@given(text=rich_items.texts)
def test_text_made_html_reads_back_the_same(text: str) -> None:
    assert to_text(f"<p>{to_html(text)}</p>").text == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>甲</p>\n  <p>乙<br></p><p>丙</p>", "甲\n乙\n丙"),
        ("<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>", "甲\n乙"),
        ("甲<br/><br>乙", "甲\n\n乙"),
        ("H<sub>2</sub>S 10<sup>-3</sup> m<sup>3</sup>", "H₂S 10⁻³ m³"),
        ("x<sup>a</sup> y<sub>max</sub>", "x^a y_(max)"),
        ("&lt;5 &amp; &nbsp;&nbsp;甲　乙&#8203;丙", "<5 &   甲　乙丙"),
        ("甲 \t\n  乙", "甲 乙"),
        ("<pre>甲\n  乙</pre>", "甲\n乙"),
        ("5<6且a > b", "5<6且a > b"),
        ("甲\u200b\ufeff\x07乙\u202e丙", "甲乙丙"),
    ],
)
def test_html_becomes_lines_of_text(html: str, text: str) -> None:
    assert to_text(html).text == text


def test_scripts_styles_handlers_and_comments_are_gone() -> None:
    html = "<style>p{}</style><p onclick=x()>甲<script>alert(1)</script><!-- 密 --></p>"
    assert to_text(html) == to_text("甲")


def test_a_table_becomes_rows_and_is_named_as_lost() -> None:
    found = to_text("<table><tr><th>甲</th><th>乙</th></tr><tr><td>1</td><td>2</td></tr></table>")
    assert (found.text, found.lost) == ("甲 | 乙\n1 | 2", ("table",))


def test_formulas_and_media_are_named_as_not_held() -> None:
    assert to_text("<m:math><m:mi>x</m:mi></m:math><audio src=a.mp3></audio><b>甲</b>").unheld == (
        "audio",
        "math",
    )


def test_images_leave_numbered_marks() -> None:
    found = to_text('甲<img src="a%20b.png" alt="图&quot;一">乙<img src="file:///etc/passwd">')
    assert found.text == "甲[图1]乙[图2]"
    assert found.images == (Image("a%20b.png", '图"一'), Image("", ""))
    assert to_text('甲<img src="a.png">', marks=False).text == "甲"


def test_plain_text_keeps_its_lines_and_blanks() -> None:
    assert plain(" 甲  <b>\r\n乙\t丙\x00 ") == "甲  <b>\n乙 丙"


@pytest.mark.parametrize(
    "html",
    ["<div>" * 50_000, "<b><p>" * 50_000, "<" * 300_000, "&" * 300_000, "<td> " * 3_900]
    + ["<sub><a><i>" * 1_300, "<p> </p>" * 1_900, "<table><tr>" * 1_900, "<!--" * 50_000],
)
def test_long_html_comes_to_an_end(html: str) -> None:
    """Work grows with the length, else the largest of these would not end."""
    assert isinstance(to_text(html + "甲").text, str)


def test_html_beyond_the_limits_is_named() -> None:
    assert to_text("<i>" * 5_000 + "甲").unheld == (BEYOND_LIMITS,)


@given(html=st.text(st.sampled_from("<>/!-&;=\"'abpimgsrctd\n图 "), max_size=200))
def test_any_text_is_read(html: str) -> None:
    to_text(html)
