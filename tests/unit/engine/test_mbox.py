"""mbox: what we write we read; what others write badly is still cut right."""

from __future__ import annotations

import calendar
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.engine import mbox

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"",
                b"From here on",
                b"From me@here.org Mon Jan  1 10:00:00 2024",
                b">From quoted",
                b">>From twice",
                b"Subject: x",
                b"\xff\x00",
            ]
        ),
        st.binary(max_size=30).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"")),
    ),
    min_size=1,
    max_size=12,
)
MAIL = LINES.map(lambda lines: b"Subject: s\n\n" + b"\n".join(lines) + b"\n")


def read(data):
    return list(mbox.read(io.BytesIO(data)))


@given(st.lists(MAIL, max_size=5))
def test_what_is_written_is_read(mails):
    file = io.BytesIO()
    given = [(mail, "me@example.org", 1_700_000_000) for mail in mails]
    assert mbox.write(file, given) == len(mails)
    pieces = read(file.getvalue())
    assert [piece.raw for piece in pieces] == mails
    assert all(piece.received == 1_700_000_000 for piece in pieces)


def test_line_ends_become_those_of_the_format():
    file = io.BytesIO()
    mbox.write(file, [(b"Subject: s\r\n\r\nFrom me\r\nend", "", -5)])
    assert file.getvalue() == (
        b"From MAILER-DAEMON Thu Jan 01 00:00:00 1970\nSubject: s\n\n>From me\nend\n\n"
    )


@pytest.mark.parametrize(
    ("line", "received"),
    [
        ("From me@x.org Fri Jul  8 12:08:34 2011", (2011, 7, 8, 12, 8, 34)),
        ("From - Mon Jan 02 15:04:05 2006", (2006, 1, 2, 15, 4, 5)),
        ("From 1@xxx Mon Jan 02 15:04:05 +0200 2006", (2006, 1, 2, 13, 4, 5)),
        ("From me@x.org", None),
        ("From ", None),
        ("From me@x.org Fri Jul 99 12:08:34 2011", None),
    ],
)
def test_separators_of_many_programs(line, received):
    data = f"{line}\nSubject: one\n\none\n\n{line}\nSubject: two\n\ntwo\n".encode()
    pieces = read(data)
    assert [piece.raw for piece in pieces] == [b"Subject: one\n\none\n", b"Subject: two\n\ntwo\n"]
    if received:
        assert pieces[1].received == calendar.timegm(received)


def test_prose_that_begins_with_from_is_no_separator():
    body = b"Subject: one\n\nhi\n\nFrom now on we meet at 10:30 in 2024\nNot a header\n"
    data = b"From a@b.c Fri Jul  8 12:08:34 2011\n" + body
    assert [piece.raw for piece in read(data)] == [body]


def test_windows_line_ends_survive():
    one = b"Subject: one\r\n\r\none\r\n"
    data = b"From a@b.c Fri Jul  8 12:08:34 2011\r\n" + one + b"\r\n"
    assert [piece.raw for piece in read(data * 2)] == [one, one]


def test_nothing_is_nothing():
    assert read(b"") == []


def test_a_message_beyond_all_measure_is_passed_over(monkeypatch):
    monkeypatch.setattr(mbox, "LIMIT", 1000)
    line = b"From a@b.c Fri Jul  8 12:08:34 2011\n"
    big = b"Subject: big\n\n" + b"x\n" * 2000
    data = line + big + b"\n" + line + b"Subject: small\n\n\n"
    pieces = read(data)
    assert [piece.raw for piece in pieces] == [None, b"Subject: small\n\n"]


@given(st.binary(max_size=300))
def test_garbage_loses_nothing_but_quotes(data):
    pieces = read(data)
    assert (not pieces) == (not data)
