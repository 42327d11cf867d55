"""The tokenizer takes anything, and what is well-formed comes out as it was meant."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.mail.tokens import literal_size, number, pairs, text, tokenize


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        (b"* 1 FETCH (UID 5)", [b"*", b"1", b"FETCH", [b"UID", b"5"]]),
        (b'"a\\"b\\\\c" NIL nil "NIL"', [b'a"b\\c', None, None, b"NIL"]),
        (b"(a (b (c)) ())", [[b"a", [b"b", [b"c"]], []]]),
        (b"BODY[HEADER.FIELDS (TO CC)] x", [b"BODY[HEADER.FIELDS (TO CC)]", b"x"]),
        (b"[Gmail]/All (\\Seen)", [b"[Gmail]/All", [b"\\Seen"]]),
        (b"unclosed (a b", [b"unclosed", [b"a", b"b"]]),
        (b'unclosed "a b', [b"unclosed", b"a b"]),
        (b"too) many))", [b"too", b"many"]),
        (b"", []),
        (b"caf\xc3\xa9", [b"caf\xc3\xa9"]),
    ],
)
def test_lines(line: bytes, tokens: list[object]) -> None:
    assert tokenize([line]) == tokens


def test_literals_stand_where_they_were_announced() -> None:
    pieces = [b"* 1 FETCH (BODY[] {3}", bytearray(b'(")'), b" UID 7 X {2}", b"{}", b")"]
    assert tokenize(pieces) == [
        b"*",
        b"1",
        b"FETCH",
        [b"BODY[]", bytearray(b'(")'), b"UID", b"7", b"X", b"{}"],
    ]


@pytest.mark.parametrize(
    ("line", "size"),
    [
        (b"x {5}", 5),
        (b"x {5+}", 5),
        (b"x ~{12}", 12),
        (b"x {}", None),
        (b"x {-1}", None),
        (b"{0} ", None),
        (b"x {" + b"9" * 30 + b"}", None),
    ],
)
def test_literal_sizes(line: bytes, size: int | None) -> None:
    assert literal_size(line) == size


def test_numbers_and_texts() -> None:
    assert number(b"18446744073709551615") == (1 << 64) - 1
    assert number(b"18446744073709551616") is None
    assert number(b"1" * 5000) is None
    assert number([b"1"]) is None
    assert text(b"\xff") == "�"
    assert text(None) == text([b"x"]) == ""
    assert pairs([b"uid", b"1", b"UID", b"2", [b"x"], b"3", b"odd"]) == {b"UID": b"1"}


@given(st.lists(st.binary(max_size=60), max_size=7))
def test_any_bytes_end(pieces: list[bytes]) -> None:
    tokenize(pieces)


@pytest.mark.parametrize(
    "bad", [b"[", b'"\\', b"(", b")", b'"', b"\\", b"{", b"[]", b'"\\"', b"a["]
)
def test_time_grows_with_the_length_only(bad: bytes) -> None:
    began = time.process_time()
    tokenize([bad * 200_000])
    assert time.process_time() - began < 10
