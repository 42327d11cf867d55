"""Whole messages: bodies, files, flowed text."""

import base64

import pytest

from missive_desktop.content import flowed
from missive_desktop.content.parse import attachment, parse

HEAD = b"From: ann@example.org\r\nDate: Fri, 15 Mar 2024 12:00:00 +0000\r\n"


def multipart(kind, *parts, boundary=b"frontier"):
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n'
        + body + b"--" + boundary + b"--\r\n"
    )  # fmt: skip


def part(kind, body, *fields):
    return b"\r\n".join([b"Content-Type: " + kind, *fields, b"", body])


PLAIN = part(b"text/plain", b"plain words")
HTML = part(b"text/html", b"<p>rich words</p>")
PDF = part(
    b"application/pdf; name=a.pdf", base64.b64encode(b"%PDF"), b"Content-Transfer-Encoding: base64"
)


def test_alternative_gives_both_forms():
    found = parse(HEAD + multipart(b"alternative", PLAIN, HTML))
    assert (found.text, found.html, found.attachments) == ("plain words", "<p>rich words</p>", ())
    assert found.defects == ()


def test_text_beside_html_is_shown_with_it():
    found = parse(HEAD + multipart(b"mixed", HTML, PDF, part(b"text/plain", b"a <footer>")))
    assert found.text == "a <footer>"
    assert found.html.startswith("<p>rich words</p>")
    assert "a &lt;footer&gt;" in found.html
    assert [(file.part, file.name, file.size) for file in found.attachments] == [(1, "a.pdf", 4)]


def test_alternative_inside_mixed_with_files_inside():
    rich = multipart(b"mixed", HTML, PDF, part(b"text/html", b"<p>more</p>"), boundary=b"inner")
    found = parse(HEAD + multipart(b"alternative", PLAIN, rich))
    assert found.text == "plain words"
    assert found.html == "<p>rich words</p>\n<p>more</p>"
    assert [file.name for file in found.attachments] == ["a.pdf"]


def test_inline_images_are_those_that_the_body_shows():
    shown = part(
        b"image/png", b"x", b"Content-ID: <logo@example.org>", b"Content-Disposition: inline"
    )
    other = part(b"image/png; name=b.png", b"y", b"Content-ID: <other@example.org>")
    html = part(b"text/html", b'<img src="cid:logo%40example.org">')
    found = parse(HEAD + multipart(b"related", html, shown, other))
    assert [(file.name, file.inline) for file in found.attachments] == [
        ("image-2.png", True),
        ("b.png", False),
    ]


def test_attached_message_is_named_by_its_subject():
    inner = b"Subject: The =?utf-8?q?caf=C3=A9?=\r\nFrom: bo@example.org\r\n\r\nhello"
    raw = HEAD + multipart(b"mixed", PLAIN, part(b"message/rfc822", inner))
    found = parse(raw)
    assert [(file.name, file.media_type) for file in found.attachments] == [
        ("The café.eml", "message/rfc822")
    ]
    assert attachment(raw, found.attachments[0].part) == inner
    assert attachment(raw, 99) == b""


def test_children_of_a_digest_are_messages():
    found = parse(
        HEAD + multipart(b"digest", b"\r\nSubject: one\r\n\r\nx", b"\r\nSubject: two\r\n\r\ny")
    )
    assert [file.name for file in found.attachments] == ["one.eml", "two.eml"]


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        (b"base64", b"aGVsbG8=", b"hello"),
        (b"base64", b"aGVs bG8", b"hello"),
        (b"base64", b"aGVsbG8=\r\nnot base64", b"hello"),
        (b"quoted-printable", b"caf=C3=A9 =\r\nau lait=", b"caf\xc3\xa9 au lait"),
        (b"x-uuencode", b"begin 644 x\r\n%:&5L;&\\\r\n \r\nend", b"hello"),
        (b"8bit", b"hello", b"hello"),
        (b"unknown", b"hello", b"hello"),
    ],
)
def test_transfer_encodings(encoding, body, expected):
    field = b"Content-Transfer-Encoding: " + encoding
    raw = HEAD + multipart(b"mixed", PLAIN, part(b"application/x; name=f", body, field))
    assert attachment(raw, 1) == expected


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext",
            "ends in the middle",
        ),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nonly words", "not separated"),
        (
            HEAD + b"Content-Type: multipart/mixed\r\n\r\n--zz\r\n\r\ntext\r\n--zz--\r\n",
            "not separated",
        ),
        (b"words", "no header"),
        (b"Date: x\r\n\r\nwords", "date makes no sense"),
    ],
)
def test_defects_are_named_and_text_survives(raw, said):
    found = parse(raw)
    assert any(said in defect for defect in found.defects)
    assert found.text or raw.startswith(b"Date")


def test_a_longer_boundary_that_starts_alike_belongs_to_another():
    inner = multipart(b"alternative", PLAIN, HTML, boundary=b"frontier-1")
    found = parse(HEAD + multipart(b"mixed", inner, PDF))
    assert (found.text, found.html) == ("plain words", "<p>rich words</p>")
    assert [file.name for file in found.attachments] == ["a.pdf"]


@pytest.mark.parametrize(("line", "text"), [(b"--b  ", "one\n--b \ntwo"), (b"--b", "one")])
def test_spaces_at_the_end_of_a_boundary_count_where_they_are_written(line, text):
    body = line + b"\r\n\r\none\r\n--b \r\ntwo\r\n" + line + b"--\r\nepilogue"
    found = parse(HEAD + b'Content-Type: multipart/mixed; boundary="b  "\r\n\r\n' + body)
    assert found.text.startswith(text)


def test_text_before_a_delimiter_that_only_closes_is_the_text():
    body = b"Note: all there is\r\n\r\nto read\r\n--b--\r\nepilogue"
    found = parse(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body)
    assert found.text == "Note: all there is\n\nto read"


def test_flowed_text_is_joined():
    body = b"A paragraph that \r\ngoes on.\r\n> quoted words \r\n> go on\r\n-- \r\nAnn\r\n  stuffed"
    found = parse(HEAD + part(b"text/plain; format=flowed", body))
    assert found.text == "A paragraph that goes on.\n> quoted words go on\n-- \nAnn\n stuffed"


def test_delsp_joins_without_the_space():
    assert flowed.join("日本 \r\n語", delsp=True) == "日本語"


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "word " * 60 + "end",
        "> " + "quoted words " * 30 + "end",
        "From here\n>not quoted stays\n indented\n\n-- \nAnn",
        "x" * 300,
        "two  spaces " * 20 + "end",
    ],
)
def test_wrapping_and_joining_is_the_identity(text):
    wrapped = flowed.wrap(text)
    assert all(len(line) <= 78 or " " not in line.strip() for line in wrapped.split("\n"))
    assert flowed.join(wrapped) == text.replace("\n>not", "\n> not")


@pytest.mark.parametrize(
    ("fields", "body", "text"),
    [
        (b"Content-Transfer-Encoding: (as ever) base64", b"SGVsbG8=", "Hello"),
        (b"Content-Transfer-Encoding: base64", b"SGVsbG8=\r\nIEFubg==\r\n", "Hello Ann"),
        (b"Content-Transfer-Encoding: base64", b"SGVsbG8=\r\n-- \r\nthe list\r\n", "Hello"),
        (
            b"Content-Type: text/enriched",
            b"<bold>Hello</bold>\r\nAnn <<a<color><param>red</param>\r\n\r\nBye</color>",
            "Hello Ann <a\nBye",
        ),
    ],
)
def test_odd_ways_to_write_text(fields, body, text):
    assert parse(b"From: a@b.example\r\n" + fields + b"\r\n\r\n" + body).text.strip() == text
