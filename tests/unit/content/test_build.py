import email
from email import policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content import build, parse
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address

NOW = 1_790_000_000
ANA = Address("Ana Ribeiro", "ana@halden.example")
CLAIRE = Address("Claire Fontaine", "claire@atelier-velo.example")


def draft(**fields):
    return Draft(**({"account": 1, "sender": ANA, "to": (CLAIRE,), "message_id": "a1@b"} | fields))


def built(files=None, **fields):
    return build.build(draft(**fields), files or {}, now=NOW, domain="halden.example")


def test_plain_text_goes_out_as_flowed_lines_that_join_again():
    text = (
        "A paragraph that is longer than a line has room for, " * 4
        + "and ends."
        + "\n\nFrom here.\n> quoted"
    )
    raw = built(subject="Hello", text=text)
    assert b"Content-Type: text/plain; charset=utf-8; format=flowed" in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 80
    assert parse.parse(raw).text.rstrip() == text


def test_header_is_complete_and_in_ascii():
    raw = built(subject="Größe ✓ 大きさ " * 12, in_reply_to="x@y", references=("w@y", "x@y"))
    message = email.message_from_bytes(raw, policy=policy.default)
    assert raw.split(b"\r\n\r\n")[0].isascii()
    assert message["Subject"] == ("Größe ✓ 大きさ " * 12).strip()
    assert message["Message-ID"] == "<a1@b>"
    assert message["References"] == "<w@y> <x@y>"
    assert message["Date"].datetime.timestamp() == NOW
    assert message["Date"].endswith(" +0000")  # says nothing about where the sender is
    assert "bcc" not in message


@pytest.mark.parametrize(
    "name",
    ['Quote "me"', "Müller, Jörg", "O'Brien (CEO)", "=?utf-8?q?no?=", "a" * 90, "佐藤 美咲", ""],
)
def test_names_survive(name):
    assert parse.parse(built(to=(Address(name, "x@y.example"),))).digest.to == (
        Address(name, "x@y.example"),
    )


def test_nothing_enters_a_header_by_a_line_break():
    raw = built(
        subject="x\r\nBcc: evil@example.org\n\nbody",
        to=(Address("a\r\nX: y", "b@c.example\r\nY: z"),),
        message_id="id\r\nZ: 1",
    )
    names = {name.lower() for name, _ in parse.parse(raw).headers}
    assert not names & {"bcc", "x", "y", "z"}


def test_formatting_images_and_files_nest_as_readers_expect():
    image = DraftAttachment(1, "p.png", "image/png", 4, "img1@halden.example")
    file = DraftAttachment(2, "Übersicht 2026.pdf", "application/pdf", 3)
    raw = built(
        {1: b"\x89PNG", 2: b"pdf"},
        text="See",
        html='<p>See <img src="cid:img1@halden.example"></p>',
        attachments=(image, file),
    )
    message = email.message_from_bytes(raw, policy=policy.default)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html",
        "image/png", "application/pdf",
    ]  # fmt: skip
    found = parse.parse(raw)
    assert [(a.name, a.size, a.inline) for a in found.attachments] == [
        ("p.png", 4, True),
        ("Übersicht 2026.pdf", 3, False),
    ]
    assert found.defects == ()


def test_a_forwarded_message_is_not_encoded_as_a_message():
    file = DraftAttachment(1, "mail.eml", "message/rfc822", 5)
    assert b"application/octet-stream" in built({1: b"A: b\n"}, attachments=(file,))


def test_domains_go_out_in_ascii_and_local_parts_as_they_are():
    raw = built(to=(Address("", "jörg@bücher.example"),))
    assert "jörg@xn--bcher-kva.example".encode() in raw


def test_envelope_names_everybody_once_and_drops_bcc():
    raw = (
        b"From: Ana <ana@halden.example>\r\nTo: a@x.example, B <b@x.example>\r\n"
        b"Bcc: secret@x.example,\r\n other@x.example\r\nCc: a@x.example\r\nSubject: s\r\n\r\n"
        b"Bcc: in the body stays\r\n"
    )
    sender, recipients, sent = build.envelope(raw)
    assert sender == "ana@halden.example"
    assert recipients == ("a@x.example", "b@x.example", "secret@x.example", "other@x.example")
    assert b"secret" not in sent
    assert b"other@" not in sent
    assert sent.endswith(b"Subject: s\r\n\r\nBcc: in the body stays\r\n")


def test_a_resent_message_goes_to_whom_it_is_resent():
    raw = b"From: a@x\r\nTo: b@x\r\nResent-From: c@x\r\nResent-To: d@x\r\n\r\n"
    assert build.envelope(raw)[:2] == ("c@x", ("d@x",))


text = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0")
)


@settings(max_examples=150, deadline=None)
@given(subject=st.text(), body=text, name=st.text(max_size=120))
def test_every_draft_makes_a_message_that_reads_back(subject, body, name):
    raw = built(subject=subject, text=body, to=(Address(name, "x@y.example"),))
    message = parse.parse(raw)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert message.digest.message_id == "a1@b"
    assert [person.email for person in message.digest.to] == ["x@y.example"]
    assert "".join(message.text.split()) == "".join(body.split())
