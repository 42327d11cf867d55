"""Header blocks and encoded words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import headers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"plain words", "plain words"),
        (b"=?utf-8?q?caf=C3=A9?=", "café"),
        (b"=?UTF-8?B?Y2Fmw6k=?= au lait", "café au lait"),
        (b"=?utf-8?q?one?= =?utf-8?q?_two?=", "one two"),
        (b"=?utf-8?q?one?=\r\n =?utf-8?q?_two?=", "one two"),
        (b"a =?utf-8?q?b?= c", "a b c"),
        # A character cut between two words.
        (b"=?utf-8?b?w6Q=?= =?utf-8?b?5w==?= =?utf-8?b?nJ8=?=", "ä真"),
        (b"=?iso-8859-1*fr?q?caf=E9?=", "café"),
        (b"=?utf-8?b?Y2Fm?=", "caf"),
        (b"=?utf-8?b?Y2FmZQ?=", "cafe"),
        (b"=?utf-8?q?with spaces in it?=", "with spaces in it"),
        (b"=?no-such-charset?q?abc?=", "abc"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        ("naïve".encode(), "naïve"),
        (b"na\xefve", "naïve"),
        (b"=?utf-8?q?line=0D=0ABcc:_evil@example.org?=", "line Bcc: evil@example.org"),
        (b"a\x00b", "ab"),
    ],
)
def test_decodes(value, expected):
    assert headers.decode(value) == expected


@pytest.mark.parametrize(
    ("raw", "names", "body"),
    [
        (b"A: 1\r\nB: 2\r\n\r\nbody", ["a", "b"], b"body"),
        (b"A: 1\nB: 2\n\nbody", ["a", "b"], b"body"),
        (b"A: 1\r\nB: 2\n\r\nbody", ["a", "b"], b"body"),
        (b"From someone Mon Jan 1\r\nA: 1\r\n\r\nbody", ["a"], b"body"),
        (b"A: 1\r\nthis line is lost\r\nB: 2\r\n\r\n", ["a", "b"], b""),
        (b"\r\nbody", [], b"body"),
        (b"no header here", [], b"no header here"),
        (b"A: 1", ["a"], b""),
        (b"A : 1\r\n\r\nx", ["a"], b"x"),
        (b"A: 1\r\nB: 2\r\nwords\r\nand more: words", ["a", "b"], b"words\r\nand more: words"),
    ],
)
def test_splits(raw, names, body):
    header = headers.split(raw, 0, len(raw))
    assert [name for name, _ in header.fields] == names
    assert raw[header.body :] == body


def test_long_header_is_cut():
    raw = b"X: y\r\n" * 100_000 + b"\r\nbody"
    header = headers.split(raw, 0, len(raw))
    assert header.defects
    assert raw[header.body :] == b"body"


@given(st.binary(max_size=300))
def test_never_raises(raw):
    header = headers.split(raw, 0, len(raw))
    for _, value in header.fields:
        assert "\n" not in headers.decode(value)
