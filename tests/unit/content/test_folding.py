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
FOLDED = {
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
    "answers between": (
        '<p>Hello</p><blockquote type="cite">one?</blockquote><p>'
        + "yes and more " * 40
        + '</p><blockquote type="cite">two?</blockquote><p>no</p>'
    ),
    "a quotation": "<p>She said</p><blockquote>to be or not to be</blockquote><p>Indeed.</p>",
    "inside a paragraph": "<p>New <a href=x>-----Original Message-----</a></p>",
}


@pytest.mark.parametrize("name", UNFOLDED)
def test_what_is_left_open(name):
    assert "mv-history" not in str(sanitize(UNFOLDED[name]).html)
