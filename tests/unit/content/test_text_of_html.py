"""HTML as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import text_of_html
from missive_desktop.content.sanitize import sanitize

CASES = {
    "paragraphs": ("<p>One <b>two</b></p>\n\n<p>three</p>", "One two\n\nthree"),
    "lines": ("<div>a</div><div>b<br></div><div>c</div>", "a\nb\nc"),
    "empty lines": ("<div>a</div><div><br></div><div>b</div>x<br><br><br>y", "a\n\nb\nx\n\ny"),
    "headings": ("<h1>Title</h1>words<h2>More</h2>words", "Title\n\nwords\n\nMore\n\nwords"),
    "a list": ("To do:<ul> <li>a</li> <li>b</li> </ul>then", "To do:\n\n- a\n- b\n\nthen"),
    "a numbered list": ("<ol><li>a<li><p>b</p></ol>", "1. a\n2. b"),
    "a list in a list": (
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
        "- a\n  - b\n- c",
    ),
    "a table": (
        "<table><tr><th>Day</th><th>Hour</th></tr><tr><td>Mon</td><td>9</td></tr></table>",
        "Day\tHour\nMon\t9",
    ),
    "a table of paragraphs": (
        (
            "<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td><p>c</p></td><td><p>d</p>"
            "</td></tr></table><p>e</p>"
        ),
        "a\tb\nc\td\n\ne",
    ),
    "a table as layout": (
        (
            "<table><tr><td></td><td><table><tr><td><p>a</p></td></tr><tr><td><p>b</p></td></tr>"
            "</table></td><td> </td></tr></table>"
        ),
        "a\n\nb",
    ),
    "columns of text": (
        "<table><tr><td><p>a</p><p>b</p></td><td><p>c</p></td></tr></table>",
        "a\n\nb\n\nc",
    ),
    "lines as they were typed": ("<pre>if x:\n    y\n\nz</pre>", "if x:\n    y\n\nz"),
    "spaces between words": ("a <b> b</b>\n<i>c</i>d", "a b cd"),
    "links in a row": ("<a>Home</a><a>New</a>! <a>x</a>y", "Home New! xy"),
    "characters without a picture": ("a\u200b\u00adb", "ab"),
}


@pytest.mark.parametrize("name", CASES)
def test_text_is_readable(name):
    html, expected = CASES[name]
    assert text_of_html.plain(html) == expected
    assert text_of_html.shown(str(sanitize(html).html)) == expected


def test_what_is_hidden_or_folded_is_not_shown():
    html = (
        '<div style="display:none">preheader</div><p>New</p>'
        '<blockquote type="cite"><p>old</p></blockquote>'
    )
    assert text_of_html.shown(str(sanitize(html).html)) == "New"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<td style='font-size:0px'>gap<div style='font-size:14px'>a <b>b</b></div></td>", "a b"),
        ("<div style='font-size:0'>a<p>b</p><p style='font-size:2em'>c</p></div>d", "d"),
        ("<div style='font-size:0'><p style='font:bold 14px/0 serif'>a</p></div>", "a"),
        ("<div style='font-size:0.9em'>a</div>", "a"),
        ("<div style='font-size:0'><br>a<img src=x>b</div><p>c</p>", "c"),
    ],
)
def test_letters_without_a_size_are_not_shown(html, expected):
    html = f"<table><tr>{html}</tr></table>" if html.startswith("<td") else html
    assert text_of_html.shown(str(sanitize(html).html)) == expected


def test_a_long_text_is_cut():
    assert len(text_of_html.plain("<p>words</p>" * 500_000)) < 1_200_000


_TAGS = ["p", "div", "br", "ul", "ol", "li", "table", "tr", "td", "pre", "b", "hr"]


@given(
    st.lists(
        st.sampled_from([*(f"<{t}>" for t in _TAGS), *(f"</{t}>" for t in _TAGS), "word", " "]),
        max_size=60,
    )
)
def test_every_word_stays_and_nothing_is_torn_apart(parts):
    text = text_of_html.plain("".join(parts))
    assert text.count("word") == parts.count("word")
    assert "\n\n\n" not in text
    assert text == text.strip("\n\t")
