"""Messages that no writer of mail should make, and that arrive all the same."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

_HEAD = (
    b"From: Ann <ann@example.org>\r\nTo: ben@example.com\r\nSubject: %s\r\n"
    b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%s@hostile.example>\r\n"
)


def _head(name: str) -> bytes:
    return _HEAD % (name.encode(), name.encode())


def _text(name: str, body: bytes, headers: bytes = b"") -> bytes:
    return _head(name) + headers + b"\r\n" + body


def _of_type(name: str, content_type: str, body: bytes, encoding: str = "8bit") -> bytes:
    headers = (
        f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
    )
    return _text(name, body, headers.encode())


def _of_50_mb() -> bytes:
    line = base64.b64encode(bytes(range(57))) + b"\r\n"
    return _text(
        "of-50-mb",
        b"--b\r\n\r\nthe letter\r\n--b\r\nContent-Type: application/x-huge; name=huge.bin\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + line * (50_000_000 // len(line)) + b"--b--",
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n',
    )


def _parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\npart %d\r\n"
    body = b"".join(part % n for n in range(count)) + b"--b--\r\n"
    return _of_type("parts", "multipart/mixed; boundary=b", body)


def _deep(levels: int) -> bytes:
    body = b""
    for n in range(levels):
        body += b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
    body += b"--b%d\r\n\r\nthe bottom\r\n" % levels
    return _of_type("deep", "multipart/mixed; boundary=b0", body)


def _nested_messages(levels: int) -> bytes:
    body = (
        b"Subject: inner\r\nContent-Type: message/rfc822\r\n\r\n" * levels + b"Subject: x\r\n\r\ny"
    )
    return _of_type("nested-messages", "message/rfc822", body)


def _zip_bomb() -> bytes:
    body = b"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return _of_type(
        "zip-bomb", "multipart/mixed; boundary=b", body + b"QUFB" * 5_000_000 + b"\r\n--b--\r\n"
    )


def _html(name: str, html: bytes) -> bytes:
    return _of_type(name, "text/html; charset=utf-8", html)


def _plain() -> Iterator[bytes]:
    yield b""
    yield b"\r\n"
    yield b"\n\n\n"
    yield b"no headers at all, only a letter\r\nof two lines\r\n"
    yield b"Subject: only a header"
    yield b": no name\r\nBroken Header\r\n folded\r\nSubject: broken-headers\r\n\r\nbody\r\n"
    yield b"\x00\x01\x02\xff" * 5000
    yield b"\r" * 20_000
    yield _text("nuls", b"a\x00b\x00\x00\r\n" * 100, b"X-Nul: a\x00b\r\n")
    yield _text("bare-cr", b"one\rtwo\rthree\r\r\n" * 100, b"X-Bare: one\rtwo\r\n")
    yield _head("bare-cr-head").replace(b"\r\n", b"\r") + b"\rbody\r"


def _sizes() -> Iterator[bytes]:
    yield _of_50_mb()
    yield _parts(10_000)
    yield _deep(1000)
    yield _nested_messages(1000)
    yield _zip_bomb()
    yield _text("giant-line", b"x" * 10_000_000)
    yield _text("header-of-1-mb", b"body\r\n", b"X-Long: " + b"y" * 1_000_000 + b"\r\n")
    yield _text("folded-header", b"body\r\n", b"X-Long:" + b" y\r\n\t" * 200_000 + b"z\r\n")
    yield _text("many-headers", b"body\r\n", b"".join(b"X-%d: y\r\n" % n for n in range(60_000)))
    yield b"Subject: " + b"s" * 1_000_000 + b"\r\nMessage-ID: <long-subject@x>\r\n\r\nbody\r\n"
    words = b" =?utf-8?q?encoded?=\r\n" * 30_000
    yield b"Message-ID: <words@x>\r\nSubject:" + words + b"\r\nbody\r\n"
    people = b",\r\n ".join(b"Person %d <p%d@example.org>" % (n, n) for n in range(100_000))
    yield b"Subject: 100000-recipients\r\nFrom: a@example.org\r\nTo: " + people + b"\r\n\r\nhi\r\n"
    names = b"\r\n ".join(b"<ref%d@example.org>" % n for n in range(30_000))
    yield _text("references", b"body\r\n", b"References: " + names + b"\r\n")
    yield _text("quotes", b">" * 3000 + b" deep\r\n" + b"> quoted\r\n" * 50_000)


def _dates() -> Iterator[bytes]:
    for date in (
        "Mon, 1 Jan 0000 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 -9999",
        "Fri, 31 Feb 99999999999999999999 99:99:99 +99999999",
        "-1",
        "1" * 100_000,
        "Thu, 1 Jan 1970 00:00:00 +0000",
        "\x00",
    ):
        yield f"Subject: date {date[:20]!r}\r\nDate: {date}\r\n\r\nbody\r\n".encode()


def _charsets() -> Iterator[bytes]:
    for charset in ("x-none", "utf-8", "utf-7", "iso-2022-jp", "utf-16", "base64", "idna", "\xff"):
        kind = f'text/plain; charset="{charset}"'
        yield _of_type("charset", kind, b"\xff\xfe\x80 +AAA- \x1b$B~~~ \xed\xa0\x80" * 20)
    for subject in (
        b"=?utf-8?b?////?=",
        b"=?x-none?q?=FF?=",
        b"=?utf-8?q?=",
        b"=?" * 50_000,
        b"=?utf-16?b?AAA?= =?utf-7?q?+AAA?=",
        b"\xff\xfe raw bytes \xc3",
    ):
        yield b"Subject: " + subject + b"\r\n\r\nbody\r\n"
    yield _of_type("bad-base64", "text/plain", b"!!!!====" * 1000, "base64")
    yield _of_type("bad-qp", "text/plain", b"=" * 1_000_000, "quoted-printable")
    yield _of_type("uu", "text/plain", b"begin 644 x\r\n" + b"M" * 9000, "x-uuencode")
    yield _of_type("encoding", "text/plain", b"hello", "x" * 10_000)


def _structures() -> Iterator[bytes]:
    for boundary in ("", "x" * 100_000, "--", "b\r\n\r\nx"):
        kind = f'multipart/mixed; boundary="{boundary}"'
        yield _of_type("boundary", kind, b"--" + boundary.encode() + b"\r\n\r\nhello\r\n--")
    yield _of_type("no-boundary", "multipart/mixed", b"--x\r\n\r\nhello\r\n--x--")
    pieces = "".join(f"; name*{n}*=utf-8''%41" for n in range(10_000))
    yield _of_type("continuations", f"text/plain{pieces}", b"hello")
    names = "../../../etc/passwd", "x" * 100_000, "\x00\r\n", "con.txt", "a/b\\c:d", "\u202egnp.exe"
    for name in names:
        kind = f'application/octet-stream; name="{name}"'
        yield _of_type("name", kind, b"data")
    yield _html("nested-tags", b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000)
    yield _html("tables", b"<table><tr><td>" * 20_000 + b"deep")
    yield _html("attribute", b'<a title="' + b"x" * 2_000_000 + b'">x</a>')
    yield _html("unclosed", b"<" * 500_000)
    yield _html("comments", b"<!--" * 100_000)
    yield _html("entities", b"&amp;" * 400_000 + b"&#x110000;&#0;&#xD800;" * 1000)
    yield _html("styles", b"<style>" + b"a{color:red}" * 50_000 + b"</style>x")
    yield _html("brackets", b"<style>" + b"{([" * 50_000 + b"</style>x")
    yield _html("selectors", b"<style>" + b"a " * 50_000 + b"{x:y}</style>" + b"<p>x</p>" * 5000)
    yield _html("images", b'<img src="http://t.example/x.gif" width=1>' * 20_000)


def _identities() -> Iterator[bytes]:
    for n in range(3):  # other content under the same name
        yield _text("twin", b"twin %d\r\n" % n)
    for n in range(50):  # each refers to the next, the last to the first
        refers = b"References: <loop%d@x> <loop%d@x>\r\n" % ((n + 1) % 50, n)
        yield refers + b"Message-ID: <loop%d@x>\r\nSubject: loop %d\r\n\r\nx\r\n" % (n, n)
    yield b"Message-ID: <self@x>\r\nIn-Reply-To: <self@x>\r\nSubject: self\r\n\r\nx\r\n"
    yield b"Message-ID: <>\r\nReferences: <> < > <<>> >< \r\nSubject: empty ids\r\n\r\nx\r\n"
    yield b"Message-ID: <" + b"i" * 200_000 + b"@x>\r\nSubject: long id\r\n\r\nx\r\n"


_KINDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "plain": _plain,
    "sizes": _sizes,
    "dates": _dates,
    "charsets": _charsets,
    "structures": _structures,
    "identities": _identities,
}


def hostile_mails() -> Iterator[tuple[str, bytes]]:
    """Yield each message with a name for it."""
    for kind, make in _KINDS.items():
        for number, raw in enumerate(make()):
            yield f"{kind} {number}", raw
