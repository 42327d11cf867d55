"""What is kept of a message for showing."""

from missive_desktop.content import rendered, trackers
from missive_desktop.content.sanitize import IMAGE_URL, VERSION

TABLE = trackers.table('[[vendor]]\nname = "Post"\nhosts = ["post.example"]\nopen = ["/o/"]\n')
MAIL = b"""\
From: Ann <ann@example.org>\r
To: bo@example.net\r
Subject: Order\r
Date: Fri, 15 Mar 2024 12:00:00 +0000\r
Content-Type: multipart/related; boundary=b\r
\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Hello <b>Bo</b></p><img src="cid:logo"><img src="https://post.example/o/1">\r
<img src="https://shop.example/big.png" alt="Bicycle"><p style="display:none">unseen</p>\r
<blockquote type="cite">old words</blockquote>\r
--b\r
Content-Type: image/png; name=logo.png\r
Content-ID: <logo>\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgo=\r
--b--\r
"""


def test_html_mail():
    shown = rendered.render(MAIL, TABLE)
    assert shown.version == VERSION
    assert shown.rich
    assert shown.subject == "Order"
    assert shown.visible_text == "Hello Bo"
    assert shown.blocked == 2
    assert [(one.vendor, one.kind) for one in shown.trackers] == [("Post", "pixel")]
    assert [(file.name, file.inline) for file in shown.attachments] == [("logo.png", True)]
    assert f'src="{IMAGE_URL}1"' in str(shown.html)
    assert shown.defects == ()


def test_plain_mail():
    shown = rendered.render(b"From: a@example.org\r\nSubject: x\r\n\r\nHello <you>")
    assert not shown.rich
    assert shown.visible_text == "Hello <you>"
    assert "Hello &lt;you&gt;" in str(shown.html)


def test_kept_and_taken_back():
    shown = rendered.render(MAIL, TABLE)
    assert rendered.decode(rendered.encode(shown)) == shown


def test_nothing_at_all():
    shown = rendered.render(b"")
    assert shown.visible_text == ""
    assert rendered.decode(rendered.encode(shown)) == shown
