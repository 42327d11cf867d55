"""The bulk path: what the store keeps, and what hostile mail costs."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content.digest import digest
from missive_desktop.content.parse import parse
from missive_desktop.domain.message import Address

PLAIN = b"""\
Message-ID: <two@example.org>\r
References: <zero@example.org>\r
 <one@example.org>\r
In-Reply-To: <one@example.org>\r
From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r
To: Ben <ben@example.net>, team@example.net\r
Cc: carl@example.net\r
Reply-To: desk@example.org\r
Subject: Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r
Date: Fri, 15 Mar 2024 12:00:00 +0000\r
List-Id: The team <Team.Example.net>\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Gr=C3=BC=C3=9Fe aus Lyon.\r
\r
On Thu, 14 Mar 2024 at 11:00, Ben <ben@example.net> wrote:\r
> How is it there?\r
"""


def test_plain_mail():
    found = digest(PLAIN)
    assert found.message_id == "two@example.org"
    assert found.references == ("zero@example.org", "one@example.org")
    assert found.sender == Address("Zoë", "zoe@example.org")
    assert found.to == (Address("Ben", "ben@example.net"), Address("", "team@example.net"))
    assert found.cc == (Address("", "carl@example.net"),)
    assert found.reply_to == (Address("", "desk@example.org"),)
    assert found.subject == "Re: Grüße"
    assert found.date == 1_710_504_000
    assert found.list_id == "team.example.net"
    assert found.snippet == "Grüße aus Lyon."
    assert "How is it there?" in found.text
    assert found.attachments == 0
    assert found.tracked == ()
    assert found.defects == ()


def with_html(html, plain=b""):
    if not plain:
        return b"From: a@example.org\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html
    return (
        b"From: a@example.org\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + plain + b"\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n" + html + b"\r\n--b--\r\n"
    )


def test_html_only_is_read_as_text():
    found = digest(
        with_html(
            b"<html><head><title>no</title><style>p{color:red}</style></head><body>"
            b"<div>Order &amp; delivery&zwnj;&nbsp;&zwnj;</div><p>Two<b>fold</b> joy</p>"
            b"<!-- hidden --><script>alert(1)</script></body></html>"
        )
    )
    assert found.text == "Order & delivery\nTwofold joy"
    assert found.snippet == "Order & delivery Twofold joy"


def test_short_plain_stub_gives_way_to_html():
    found = digest(with_html(b"<p>The real words are longer than the stub.</p>", b"See the HTML."))
    assert found.snippet == "The real words are longer than the stub."


def test_long_plain_text_is_enough():
    found = digest(with_html(b"<p>html</p>", b"word " * 60))
    assert found.text.startswith("word word")
    assert "html" not in found.text


@pytest.mark.parametrize(
    ("image", "count"),
    [
        (b'<img src="https://t.example/o.gif" width="1" height="1">', 1),
        (b"<IMG SRC=https://t.example/o.gif WIDTH=1 HEIGHT=1>", 1),
        (b'<img src="http://t.example/o" style="display:none">', 1),
        (b'<img src="http://t.example/o" style="max-width:0px;line-height:1">', 1),
        (
            b'<img src="http://t.example/o" width="9" style="line-height:1;border-width:0">',
            0,
        ),
        (b'<img src="http://t.example/o" width="100%">', 0),
        (b'<img src="cid:logo" width="1" height="1">', 0),
        (b'<img src="data:image/gif;base64,AAAA" width=1>', 0),
    ],
)
def test_counts_images_that_nobody_sees(image, count):
    assert len(digest(with_html(b"<p>x</p>" + image)).tracked) == count


def test_files_are_counted_and_named():
    raw = (
        b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n"
        b'--c\r\nContent-Type: text/html\r\n\r\n<img src="cid:x">\r\n'
        b"--c\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <x>\r\n\r\nPNG\r\n--c--\r\n"
        b"--b\r\nContent-Type: application/pdf\r\n"
        b"Content-Disposition: attachment; filename=bill.pdf\r\n\r\nPDF\r\n"
        b"--b\r\nContent-Type: application/pgp-signature; name=sig.asc\r\n\r\nSIG\r\n--b--\r\n"
    )
    found = digest(raw)
    assert found.attachments == 1
    assert found.filenames == ("logo.png", "bill.pdf", "sig.asc")


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: auto_reply", True),
        (b"Precedence: list", False),
        (b"X-Auto-Response-Suppress: All", True),
    ],
)
def test_automatic_mail(header, automatic):
    assert digest(header + b"\r\n\r\nx").auto_submitted is automatic


def test_absurd_chain_keeps_root_and_newest():
    chain = b" ".join(b"<%d@example.org>" % n for n in range(500))
    found = digest(b"References: " + chain + b"\r\n\r\nx").references
    assert len(found) == 100
    assert found[0] == "0@example.org"
    assert found[-1] == "499@example.org"


def _deep(levels):
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(levels)
    )
    return b"Subject: deep\r\n" + opening + b"\r\ntext\r\n"


HOSTILE = {
    "nothing": b"",
    "NUL bytes": b"\0" * 10_000,
    "no header": b"only words",
    "lone CR": b"Subject: old\rFrom: a@example.org\r\rbody",
    "lone LF": b"Subject: new\nFrom: a@example.org\n\nbody",
    "1,000 levels": _deep(1000),
    "1,000 messages in each other": b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    "10,000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n" * 10_000,
    "1 MB subject": b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\nbody",
    "1 MB of fields": b"X-A: b\r\n" * 125_000 + b"\r\nbody",
    "unclosed quotes": b"To: " + b'"' * 60_000 + b"\r\n\r\nbody",
    "unclosed comments": b"To: " + b"(" * 60_000 + b"\r\n\r\nbody",
    "unclosed brackets": b"To: " + b"<a," * 20_000 + b"\r\n\r\nbody",
    "encoded words without end": b"Subject: " + b"=?utf-8?q?" * 6_000 + b"\r\n\r\nbody",
    "parameters without end": b"Content-Type: text/plain; " + b'a="\\' * 16_000 + b"\r\n\r\nbody",
    "year 0": b"Date: Sat, 01 Jan 0000 00:00:00 +0000\r\n\r\nbody",
    "year 9999": b"Date: Fri, 31 Dec 9999 23:59:59 +0000\r\n\r\nbody",
    "no such charset": b"Content-Type: text/plain; charset=zlib\r\n\r\nbody",
    "half a surrogate": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-x",
    "wrong base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A" * 100_001,
    "boundary without end": b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    + b"--ab\r\n" * 200_000,
    "tags without end": b"Content-Type: text/html\r\n\r\n" + b"<img " * 200_000,
    "200,000 open blocks": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_quick_and_harmless(name):
    started = time.monotonic()
    found = digest(HOSTILE[name])
    parsed = parse(HOSTILE[name])
    assert time.monotonic() - started < 20  # milliseconds in truth: the machine may be busy
    assert parsed.digest == found
    for text in (found.subject, found.text, found.snippet, parsed.html):
        text.encode("utf-8")


KOI8 = '<META http-equiv=Content-Type content="text/html; charset=koi8-r">'


def test_odd_charsets():
    assert (
        digest(b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\x93na\xefve\x94").text
        == "“naïve”"
    )
    assert digest("Content-Type: text/plain\r\n\r\nnaïve".encode()).text == "naïve"
    assert digest(b"Content-Type: text/plain; charset=utf-8\r\n\r\nna\xefve").text == "naïve"
    assert (
        "日本"
        in digest(b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$BF|K\\\x1b(B").text
    )


@pytest.mark.parametrize("head", ['<meta charset="windows-1251">', KOI8])
def test_a_page_names_its_charset_where_the_mail_does_not(head):
    charset = "koi8-r" if head == KOI8 else "cp1251"
    page = f"{head}<p>Привет</p>".encode(charset)
    assert digest(b"Content-Type: text/html\r\n\r\n" + page).text == "Привет"
    declared = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    assert digest(declared + f"{head}<p>Привет</p>".encode()).text == "Привет"


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=utf-8\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"From: a <a@b>\r\n",
        b"\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"Subject: =?utf-8?q?x",
        b"?=\r\n",
        b"<p>",
        b"<!--",
        b"\xff\x00",
        b"word ",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES | st.binary(max_size=20), max_size=30))
def test_never_raises(pieces):
    raw = b"".join(pieces)
    assert parse(raw).digest == digest(raw)
