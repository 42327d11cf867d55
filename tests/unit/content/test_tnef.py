"""winmail.dat: packages made by our own writer, broken ones, hostile ones."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from tests import tnef_writer as writer

from missive_desktop.content import rtf, tnef
from missive_desktop.content.digest import digest
from missive_desktop.content.parse import attachment, parse
from missive_desktop.content.rendered import render

HTML = "<p>Grüße aus dem <b>Paket</b></p>"
PLAN = writer.file(
    b"UMSATZ~1.PDF", b"%PDF-1.4 plan", writer.named("Keywords", 3),
    writer.wide(0x3707, "Umsätze März 2026.pdf"), writer.wide(0x370E, "application/pdf"),
)  # fmt: skip
LOGO = writer.file(
    b"logo.png", None, writer.binary(0x3701, b"\x89PNG"), writer.wide(0x3712, "logo@x")
)


def mail(data, text=b"", name=b"winmail.dat"):
    return (
        b"From: ann@example.org\r\nDate: Fri, 15 Mar 2024 12:00:00 +0000\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\n"
        + text + b"\r\n--b\r\nContent-Type: application/ms-tnef; name=" + name
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"--b--\r\n"
    )  # fmt: skip


def test_files_have_their_long_names_and_numbers_of_their_own():
    raw = mail(writer.package(writer.message(writer.wide(0x1000, "Text")), *PLAN, *LOGO))
    found = parse(raw)
    assert [(one.name, one.media_type, one.size) for one in found.attachments] == [
        ("Umsätze März 2026.pdf", "application/pdf", 13),
        ("logo.png", "image/png", 4),
    ]
    assert [attachment(raw, one.part) for one in found.attachments] == [
        b"%PDF-1.4 plan",
        b"\x89PNG",
    ]
    assert attachment(raw, found.attachments[-1].part + 1) == b""
    assert digest(raw).attachments == 2
    assert "Umsätze März 2026.pdf" in digest(raw).filenames


def test_its_body_shows_when_the_mail_has_no_other():
    packed = writer.package(writer.message(writer.binary(0x1013, HTML.encode("cp1252"))), *PLAN)
    assert "<b>Paket</b>" in parse(mail(packed)).html
    assert digest(mail(packed)).text.strip() == "Grüße aus dem Paket"
    other = parse(mail(packed, b"The text of the mail"))
    assert (other.text, other.html) == ("The text of the mail", "")


def test_images_of_its_body_are_shown():
    body = writer.message(writer.binary(0x1013, b'<p>Hi</p><img src="cid:logo@x">'))
    shown = render(mail(writer.package(body, *LOGO)))
    assert shown.attachments[0].inline
    assert f"/image/0/{shown.attachments[0].part}" in str(shown.html)


def test_plain_and_rich_bodies():
    assert tnef.unpack(writer.package(writer.body(b"Gr\xfc\xdfe"))).text == "Grüße"
    cyrillic = writer.package(writer.body("Привет".encode("cp1251")), code_page=1251)
    assert tnef.unpack(cyrillic).text == "Привет"
    rich = writer.rich(rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}one\par tw\'f6 \u8364?}")
    found = tnef.unpack(writer.package(writer.message(writer.binary(0x1009, rich))))
    assert found.text == "one\ntwö €"
    page = writer.rich(
        rb"{\rtf1\ansi\fromhtml1{\*\htmltag <p>}\htmlrtf\b\htmlrtf0 hi{\*\htmltag </p>}}"
    )
    found = tnef.unpack(writer.package(writer.message(writer.binary(0x1009, page))))
    assert found.html == "<p>hi</p>"


def test_streams_of_the_specification_are_unpacked():
    first = (
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c0900"
        "20627705b06c647d0a800fa0"
    )
    second = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    assert (
        rtf.decompress(bytes.fromhex(first)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    )
    assert rtf.decompress(bytes.fromhex(second)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_an_attached_message_gives_its_text_and_files():
    inner = writer.package(writer.body(b"inner words"), *PLAN)
    held = writer.binary(0x3701, writer.GUID + inner, kind=0x0D)
    found = tnef.unpack(writer.package(*writer.file(b"Re: plan", None, held)))
    assert [(one.name, one.data) for one in found.files] == [
        ("Re: plan.txt", b"inner words"),
        ("Umsätze März 2026.pdf", b"%PDF-1.4 plan"),
    ]


def test_what_cannot_be_unpacked_stays_a_file():
    found = parse(mail(b"no package", b"Text"))
    assert [one.name for one in found.attachments] == ["winmail.dat"]


def test_files_inside_are_warned_of():
    found = parse(mail(writer.package(*writer.file(b"setup.exe", b"MZ"))))
    assert found.attachments[0].warning == "This is a program for Windows."


def test_cut_packages_give_what_stands_before():
    whole = writer.package(writer.body(b"words"), *PLAN, *LOGO)
    for length in range(0, len(whole), 7):
        found = tnef.unpack(whole[:length])
        assert len(found.files) <= 2
    assert tnef.unpack(whole[:-20]).files[0].data == b"%PDF-1.4 plan"


@given(st.binary(max_size=400), st.integers(0, 600))
def test_never_raises(noise, at):
    whole = writer.package(writer.body(b"words"), *PLAN, *LOGO)
    tnef.unpack(whole[:at] + noise + whole[at:])
    tnef.unpack(b"\x78\x9f\x3e\x22" + noise)
    rtf.read(rtf.decompress(b"\0\0\0\0\xff\xff\0\0LZFu" + noise))
    rtf.read(b"{\\rtf1" + noise)


def test_a_deep_package_ends():
    data = writer.package(writer.body(b"words"))
    for _ in range(30):
        held = writer.binary(0x3701, writer.GUID + data, kind=0x0D)
        data = writer.package(*writer.file(b"m", None, held))
    assert tnef.unpack(data).files == ()


def test_characters_in_two_halves_are_one_and_lone_halves_break_nothing():
    assert rtf.read(rb"{\rtf1 a \u-10179?\u-8704? b}").text == "a \U0001f600 b"
    rtf.read(rb"{\rtf1 a \u-10179? b}").text.encode()
