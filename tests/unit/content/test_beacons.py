"""What files of a mail load by themselves when they are opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop import resources
from missive_desktop.content import beacons, bodies, mime, trackers, vendors
from missive_desktop.content.digest import digest

TABLE = vendors.table(resources.path("trackers.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("lines", "addresses"),
    [
        ("ATTACH:https://t.example/open.ics?id=1", ["https://t.example/open.ics?id=1"]),
        ("ATTACH;FMTTYPE=image/png:https://t.example/a", ["https://t.example/a"]),
        ("ATTACH;FILENAME=agenda.pdf:https://files.example/agenda.pdf", []),
        ("IMAGE;VALUE=URI;DISPLAY=BADGE:https://t.example/i.png", ["https://t.example/i.png"]),
        ("IMA\r\n GE:https://t.example/fol\r\n ded.png", ["https://t.example/folded.png"]),
        (
            "BEGIN:VALARM\r\nATTACH;FILENAME=a.wav:https://t.example/a.wav\r\nEND:VALARM",
            ["https://t.example/a.wav"],
        ),
        (
            'X-ALT-DESC:<p>Hi\\, <img src="https://t.example/p.gif"><a href="https://b.example/">',
            ["https://t.example/p.gif"],
        ),
        ("URL:https://meet.example/1\r\nDESCRIPTION:https://shop.example/", []),
    ],
)
def test_calendars(lines, addresses):
    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert list(beacons.of_calendar(text)) == addresses


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ('<svg><image href="https://t.example/1"/></svg>', ["https://t.example/1"]),
        ('<svg><image xlink:href="https://t.example/1"/></svg>', ["https://t.example/1"]),
        ('<svg><use href="https://t.example/s.svg#a"/></svg>', ["https://t.example/s.svg#a"]),
        ("<style>p{background:url(https://t.example/b)}</style>", ["https://t.example/b"]),
        ('<script src="https://t.example/x.js"></script>', ["https://t.example/x.js"]),
        ('<a href="https://t.example/">only a link</a>', []),
        ("<p>nothing</p>", []),
    ],
)
def test_pages(text, addresses):
    assert list(beacons.of_page(text)) == addresses


def mail(media_type, name, body):
    return (
        b"From: a@example.org\r\nTo: b@example.org\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b"--b\r\nContent-Type: " + media_type.encode() + b"\r\n"
        b'Content-Disposition: attachment; filename="' + name.encode() + b'"\r\n\r\n'
        + body.encode() + b"\r\n--b--\r\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("media_type", "name", "body", "how"),
    [
        ("text/html", "bill.html", '<img src="https://t.example/1">', "file"),
        ("application/octet-stream", "bill.HTM", '<img src="https://t.example/1">', "file"),
        ("image/svg+xml", "a.svg", '<image href="https://t.example/1"/>', "file"),
        ("text/calendar", "a.ics", "ATTACH:https://t.example/1", "calendar"),
        ("application/octet-stream", "a.ics", "IMAGE:https://t.example/1", "calendar"),
    ],
)
def test_attached_files_are_found(media_type, name, body, how):
    (found,) = digest(mail(media_type, name, body), TABLE).tracked
    assert (found.kind, found.how, found.host) == ("beacon", how, "t.example")


def test_an_ordinary_file_is_none():
    assert digest(mail("application/pdf", "a.pdf", "https://t.example/"), TABLE).tracked == ()
    assert digest(mail("text/html", "a.html", "<p>Hello</p>"), TABLE).tracked == ()


@given(st.text(alphabet='BEGIN:VALARMTCH;="/.\\\r\n ahtps<img>', max_size=300))
def test_nothing_raises(text):
    list(beacons.of_calendar(text))
    list(beacons.of_page(text))


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_through(data):
    raw = mime.normalize(b"Content-Type: text/calendar\r\n\r\n//" + data)
    tree = mime.walk(raw)
    trackers.of_tree(raw, tree, bodies.choose(raw, tree), TABLE)
