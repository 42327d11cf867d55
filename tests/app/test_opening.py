"""What a click in a mail may open."""

import pytest

from missive_desktop.app.presenters.opening import Link, kind_of, may_run, safe_name


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/x?y=1", Link.WEB),
        ("HTTP://example.org", Link.WEB),
        ("mailto:ann@example.org", Link.MAIL),
        ("tel:+49123", Link.PHONE),
        ("https:///nothing", Link.NOTHING),
        ("http://[broken", Link.NOTHING),
        ("file:///etc/passwd", Link.NOTHING),
        ("javascript:alert(1)", Link.NOTHING),
        ("missive://mail/page/x", Link.NOTHING),
        ("", Link.NOTHING),
    ],
)
def test_links(url, expected):
    assert kind_of(url) is expected


@pytest.mark.parametrize("name", ["a.exe", "A.EXE", "invoice.pdf.js", "x.lnk ", "x.scr.", "m.docm"])
def test_files_that_may_run(name):
    assert may_run(name)


@pytest.mark.parametrize("name", ["a.pdf", "photo.jpeg", "README", "exe", "data.csv"])
def test_files_that_do_not(name):
    assert not may_run(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a/b\\c:d.txt", "a_b_c_d.txt"),
        ("con.txt", "_con.txt"),
        ("  ", "attachment"),
        ("line\nbreak.txt", "line_break.txt"),
        ("Bericht 2026.pdf", "Bericht 2026.pdf"),
    ],
)
def test_names_are_only_names(name, expected):
    assert safe_name(name) == expected


def test_long_names_keep_their_ending():
    kept = safe_name("ü" * 400 + ".pdf")
    assert kept.endswith(".pdf")
    assert len(kept.encode()) < 255
