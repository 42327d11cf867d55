"""Quoted history in HTML."""

import pytest

from missive_desktop.content.folding import CLOSING, OPENING
from missive_desktop.content.sanitize import sanitize

WEBMAIL = """\
<div>New</div><div class="gmail_quote"><div class="gmail_attr">On 1 May Ann &lt;a@b.c&gt; wrote:\
</div><blockquote>old</blockquote></div>"""
CITE = """\
<p>New</p><div class="moz-cite-prefix">On 1/2/24 Ann wrote:<br></div>\
<blockquote type="cite">old</blockquote>"""
BORDER = """\
<div><p>New</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Ann<br>\
<b>Sent:</b> Monday<br><b>To:</b> Bo<br><b>Subject:</b> Hi</p></div></div><p>old</p></div>"""
MARKED = '<div>New</div><hr><div id="divRplyFwdMsg"><b>Von:</b> Ann</div><div>old</div>'
FOOTER = '<p>New</p><blockquote type="cite">old</blockquote><p>to leave the list, write to us</p>'
PLAIN = """\
<p>New<br><br>26.06.2024, 14:41, "Ann" &lt;<a href="mailto:a@b.example">a@b.example</a>&gt;:</p>\
<blockquote>old</blockquote>"""
INSIDE = (
    "New<blockquote><div>On 1 May 2024, at 6:54 PM, Ann wrote:</div><div>old</div></blockquote>"
)
UNBOXED = "<p>New</p><div>On 1 May 2024, at 6:54 PM, Ann wrote:</div><div>old</div>"
FOLDED = {
    "an attribution above a plain quote": (PLAIN, "</p>|<blockquote>"),
    "an attribution in a plain quote": (INSIDE, "New|<blockquote>"),
    "an attribution without a box": (UNBOXED, "<p>New</p>|<div>On 1 May"),
    "webmail": (WEBMAIL, '<div>New</div>|<div class="mvx-gmail_quote">'),
    "cite with its introduction": (CITE, '<p>New</p>|<div class="mvx-moz-cite-prefix">'),
    "border and header block": (BORDER, "<p>New</p>|<div><div style="),
    "rule": ("<div>New<br>-----Original Message-----<br>old</div>", "New<br>|-----Original"),
    "marked by its id": (MARKED, '<hr>|<div id="mvx-divRplyFwdMsg">'),
    "a footer of a list may follow": (FOOTER, '<p>New</p>|<blockquote type="cite">'),
}


@pytest.mark.parametrize("name", FOLDED)
def test_history_is_folded(name):
    html, expected = FOLDED[name]
    text = str(sanitize(html).html)
    before, after = expected.split("|")
    assert before + OPENING + after in text
    assert text.count(CLOSING) == 1
    assert str(sanitize(text).html) == text


UNFOLDED = {
    "nothing new above": '<blockquote type="cite">old</blockquote>',
    "forwarded": '<div class="gmail_quote">---------- Forwarded message<br>words</div>',
    "forwarded without a word": (
        "<div>Begin forwarded message:</div><blockquote type=cite><b>From:</b> Ann</blockquote>"
    ),
    "forwarded with a word": (
        '<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded '
        "message ---------<br>From: Ann<br>Date: 1 May<br>Subject: Hi<br>To: Bo</div>words</div>"
    ),
    "forwarded by Apple": (
        '<div>FYI<br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: '
        "</b>Ann</div><div>words</div></blockquote></div>"
    ),
    "forwarded by Thunderbird": (
        '<p>FYI</p><div class="moz-forward-container"><br><br>-------- Weitergeleitete Nachricht '
        "--------<table><tr><th>Betreff: </th><td>Hi</td></tr></table>words"
        '<blockquote type="cite">older</blockquote></div>'
    ),
    "forwarded by hand": "<div>FYI<br>----- Forwarded Message -----<br>words</div>",
    "a whole mail forwarded": (
        "<p>---------- Forwarded message ---------<br>From: Ann<br>Date: 1 May<br>Subject: Hi<br>"
        "To: Bo</p><p>words</p>"
    ),
    "answers between": (
        '<p>Hello</p><blockquote type="cite">one?</blockquote><p>'
        + "yes and more " * 40
        + '</p><blockquote type="cite">two?</blockquote><p>no</p>'
    ),
    "a quotation": "<p>She said</p><blockquote>to be or not to be</blockquote><p>Indeed.</p>",
    "a quotation of somebody": (
        "<p>Read this.</p><p>In 1930 he wrote:</p><blockquote>to be or not to be</blockquote>"
    ),
    "an answer below": (
        "<p>Hello</p><p>On 1 May 2024, 14:10, Ann wrote:</p><blockquote>one?</blockquote><p>"
        + "yes and more " * 40
        + "</p>"
    ),
    "inside a paragraph": "<p>New <a href=x>-----Original Message-----</a></p>",
}


@pytest.mark.parametrize("html", [BORDER, MARKED])
def test_the_subject_tells_what_headers_cannot(html):
    html = html.replace("</b> Ann</div>", "</b> Ann<br><b>An:</b> Bo<br><b>Betreff:</b> Tee</div>")
    assert OPENING in str(sanitize(html).html)
    shown = str(sanitize(html, forwarded=True).html)
    assert OPENING not in shown
    assert str(sanitize(shown, forwarded=True).html) == shown


def test_a_reply_under_the_subject_of_a_forward_is_folded():
    assert OPENING in str(sanitize(WEBMAIL, forwarded=True).html)


@pytest.mark.parametrize("name", UNFOLDED)
def test_what_is_left_open(name):
    assert "mv-history" not in str(sanitize(UNFOLDED[name]).html)
