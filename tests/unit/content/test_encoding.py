"""What is written is read again, and nothing else gets into a header: tables and random text."""

import email
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content import build, encoding
from missive_desktop.content.parse import attachment, parse
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address
from missive_desktop.errors import UsageError

NOW = 1_710_504_000
ANN = Address("Ann Lee", "ann@example.org")
BO = Address("", "bo@example.net")


def draft(**values):
    base = {
        "account": 1,
        "sender": ANN,
        "to": (BO,),
        "subject": "Tea",
        "text": "Hello",
        "message_id": "one@example.org",
    }
    return Draft(**{**base, **values})


def made(files=None, **values):
    raw = build.build(draft(**values), files or {}, now=NOW, domain="example.org", with_bcc=True)
    for line in raw.split(b"\r\n"):
        assert len(line) <= 998
        assert b"\r" not in line
        assert b"\n" not in line
    return raw


def test_answers_refer():
    found = parse(made(in_reply_to="b@x", references=("a@x", "b@x"), cc=(ANN,), bcc=(BO,)))
    assert found.digest.references == ("a@x", "b@x")
    assert found.digest.cc == (ANN,)
    assert found.digest.bcc == (BO,)


def test_message_id_is_made_when_there_is_none():
    first, again = made(message_id=""), made(message_id="")
    assert first == again
    assert parse(first).digest.message_id.endswith("@example.org")


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "plain",
        "Grüße aus Köln",
        "日本語の件名 " * 20,
        "word " * 60,
        "x" * 400,
        "=?utf-8?q?x?=",
        " odd  spaces ",
    ],
)
def test_subjects_come_back(subject):
    raw = made(subject=subject)
    head = raw.split(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert head.isascii()
    assert parse(raw).digest.subject == " ".join(subject.split())


@pytest.mark.parametrize(
    "person",
    [
        ANN,
        Address("Lee, Ann", "ann@example.org"),
        Address('Ann "Ace" Lee', "ann@example.org"),
        Address("Zoë 佐藤", "zoe@example.org"),
        Address("Ann @ home", "ann@example.org"),
        Address("a" * 200, "ann@example.org"),
        Address("", '"ann lee"@example.org'),
        Address("", "zoë@example.org"),
    ],
)
def test_people_come_back(person):
    found = parse(made(to=(person, BO)))
    assert found.digest.to == (person, BO)


def test_foreign_domains_are_written_in_ascii():
    assert b"<a@xn--bcher-kva.example>" in made(to=(Address("A", "a@bücher.example"),))


INJECTION = "x\r\nBcc: evil@example.com\r\n\r\nbody\n\n\x00\u2028"


def test_no_field_can_be_smuggled_in():
    raw = made(
        subject=INJECTION,
        sender=Address(INJECTION, f"ann@example.org{INJECTION}"),
        to=(Address(INJECTION, INJECTION),),
        message_id=INJECTION,
        in_reply_to=INJECTION,
        references=(INJECTION, "a@x"),
        attachments=(DraftAttachment(1, INJECTION, INJECTION, 1, INJECTION),),
        files={1: b"x"},
    )
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    assert "Bcc" not in message
    assert parse(raw).digest.bcc == ()
    assert parse(raw).digest.references == ("a@x",)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\nthere", "7bit"),
        ("From here\n.\nGrüße", "quoted-printable"),
        ("日本語の本文です。" * 100, "base64"),
        ("x" * 2000, "quoted-printable"),
        ("trailing   \nspaces  ", "7bit"),
        ("> quoted\n>> twice\n-- \nAnn", "7bit"),
        ("long words in a paragraph " * 30, "7bit"),
        ("", "7bit"),
    ],
)
def test_text_comes_back(text, encoding):
    raw = made(text=text)
    assert f"Content-Transfer-Encoding: {encoding}".encode() in raw
    expected = "\n".join(line.rstrip() if line != "-- " else line for line in text.split("\n"))
    assert parse(raw).text == expected.replace(">> twice", ">> twice").strip("\n")


def test_rich_mail_with_picture_and_file():
    picture = DraftAttachment(1, "logo.png", "image/png", 3, "logo@x")
    letter = DraftAttachment(2, "Grüße aus Köln – eine sehr lange Datei.pdf", "application/pdf", 3)
    unused = DraftAttachment(3, "b.png", "image/png", 3, "unused@x")
    raw = made(
        {1: b"PNG", 2: b"\x00\xff\n", 3: b"123"},
        html='<p>Hello <img src="cid:logo@x"></p>',
        attachments=(picture, letter, unused),
    )
    found = parse(raw)
    assert found.text == "Hello"
    assert "cid:logo@x" in found.html
    assert [(file.name, file.inline) for file in found.attachments] == [
        ("logo.png", True),
        ("Grüße aus Köln – eine sehr lange Datei.pdf", False),
        ("b.png", False),
    ]
    assert [attachment(raw, file.part) for file in found.attachments] == [
        b"PNG",
        b"\x00\xff\n",
        b"123",
    ]
    assert found.defects == ()
    standard = email.message_from_bytes(raw, policy=email.policy.default)
    assert [part.get_content_type() for part in standard.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
        "image/png",
    ]
    assert [part.get_filename() for part in standard.iter_attachments()] == [
        letter.name,
        unused.name,
    ]


def test_messages_are_attached_as_messages():
    inner = b"Subject: inner\r\n\r\nGr\xc3\xbc\xc3\x9fe"
    file = DraftAttachment(1, "inner.eml", "message/rfc822", len(inner))
    raw = made({1: inner}, attachments=(file,))
    assert attachment(raw, 1) == inner
    assert parse(raw).attachments[0].media_type == "application/octet-stream"
    plain = b"Subject: inner\r\n\r\nGreetings"
    raw = made({1: plain}, attachments=(file,))
    assert attachment(raw, 1) == plain
    assert parse(raw).attachments[0].media_type == "message/rfc822"
    long_line = b"Subject: inner\r\n\r\n" + b"x" * 5_000
    raw = made({1: long_line}, attachments=(file,))
    assert attachment(raw, 1) == long_line


def test_missing_file_is_said():
    with pytest.raises(UsageError, match="no longer here"):
        made(attachments=(DraftAttachment(9, "a.txt", "text/plain", 1),))


def test_envelope():
    raw = made(cc=(ANN,), bcc=(Address("Secret", "cy@example.net"), Address("", "di@example.net")))
    sender, recipients, sent = build.envelope(raw)
    assert sender == "ann@example.org"
    assert recipients == ("bo@example.net", "ann@example.org", "cy@example.net", "di@example.net")
    assert b"example.net>" not in sent.split(b"\r\n\r\n")[0]
    assert b"cc: Secret" not in sent
    assert b"di@" not in sent
    assert parse(sent).text == "Hello"


@pytest.mark.parametrize(
    ("raw", "sender", "recipients"),
    [
        (b"From: a@x, b@x\nSender: s@x\nTo: t@x\n\nBcc: body@x", "s@x", ("t@x",)),
        (b"From: a@x\nTo: t@x\nBcc: u@x,\n v@x\n\nx", "a@x", ("t@x", "u@x", "v@x")),
        (
            b"Resent-From: r@x\nResent-To: n@x\nResent-Bcc: m@x\nFrom: a@x\nTo: t@x\n\nx",
            "r@x",
            ("n@x", "m@x"),
        ),
        (b"From someone Mon\nFrom: a@x\nTo: team: t@x, u@x;\n\nx", "a@x", ("t@x", "u@x")),
        (b"Subject: x\n\nx", "", ()),
    ],
)
def test_envelopes_of_others(raw, sender, recipients):
    found_sender, found, sent = build.envelope(raw)
    assert (found_sender, found) == (sender, recipients)
    assert b"\nBcc" not in sent.split(b"\r\n\r\n")[0]
    assert b"\n v@x" not in sent
    assert b"\n" not in sent.replace(b"\r\n", b"")


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120)


@settings(deadline=None)
@given(subject=_TEXT, name=_TEXT, text=st.lists(_TEXT, max_size=6).map("\n".join))
def test_whatever_is_written_is_read(subject, name, text):
    raw = made(subject=subject, sender=Address(name, "ann@example.org"), text=text)
    found = parse(raw)
    assert found.digest.subject == " ".join(encoding.clean(subject).split())
    assert found.digest.sender.email == "ann@example.org"
    assert found.digest.sender.name.replace("'", "") == " ".join(
        encoding.clean(name).split()
    ).replace("'", "")
    assert "".join(found.text.split()) == "".join(text.split())
    assert not [d for d in found.defects if "charset" in d]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_envelope_never_fails(raw):
    _, _, sent = build.envelope(raw)
    assert build.envelope(sent)[2] == sent
