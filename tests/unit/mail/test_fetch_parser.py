"""FETCH responses of every shape, and none that raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.message import Flags
from missive_desktop.mail.fetch_parser import (
    FlagUpdate,
    decode_name,
    parse_date,
    parse_fetch,
    parse_flag_line,
    parse_flags,
    provider_number,
    to_fetched,
)
from missive_desktop.mail.tokens import Token


@pytest.mark.parametrize(
    ("line", "update"),
    [
        (b"* 1 FETCH (UID 7 FLAGS (\\Seen))", (7, Flags.SEEN, "", 0)),
        (b"* 1 FETCH (FLAGS () UID 7)", (7, Flags(0), "", 0)),
        (
            b"* 1 FETCH (UID 7 FLAGS (\\answered b a \\Recent $Forwarded) MODSEQ (12))",
            (7, Flags.ANSWERED | Flags.FORWARDED, "a b", 12),
        ),
        (b"* 1 FETCH (FLAGS (\\Seen) MODSEQ (12) UID 7)", (7, Flags.SEEN, "", 12)),
        (b"* 1 fetch (modseq (12) flags (\\Seen) uid 7)", (7, Flags.SEEN, "", 12)),
        (b'* 1 FETCH (UID 7 FLAGS ("odd flag" \\Seen))', (7, Flags.SEEN, "flag odd", 0)),
        (b"* 1 FETCH (UID 7 FLAGS (\\Seen) X-NEW (a b))", (7, Flags.SEEN, "", 0)),
    ],
)
def test_flag_lines(line: bytes, update: tuple[int, Flags, str, int]) -> None:
    assert parse_flag_line(line) == FlagUpdate(*update)


@pytest.mark.parametrize(
    "line",
    [
        b"* 1 FETCH (FLAGS (\\Seen))",
        b"* 1 FETCH (UID 7)",
        b"* 1 FETCH (UID 0 FLAGS ())",
        b"* 1 FETCH",
        b"* 23 EXISTS",
        b"* 1 FETCH garbage",
        b"",
    ],
)
def test_what_is_no_flag_line(line: bytes) -> None:
    assert parse_flag_line(line) is None


def test_a_message_of_gmail() -> None:
    found = parse_fetch(
        [
            (
                b"* 9 FETCH (X-GM-THRID 1789 X-GM-MSGID 18446744073709551615 "
                b'X-GM-LABELS ("\\\\Inbox" Work "&AOQ-" {5}'
            ),
            b"a (b)",
            (
                b') UID 4 RFC822.SIZE 12 INTERNALDATE "17-Jul-1996 02:44:25 -0700" '
                b"FLAGS (\\Seen) BODY[] {2}"
            ),
            bytearray(b"hi"),
            b")",
        ]
    )
    assert found is not None
    message = to_fetched(found)
    assert message.labels == ("\\Inbox", "Work", "ä", "a (b)")
    assert message.provider_thread == 1789
    assert 0 < message.provider_id < 1 << 63
    assert message.received == 837596665
    assert (message.uid, message.size, message.raw) == (4, 12, b"hi")
    assert message.problem == ""


def test_a_message_without_content() -> None:
    for body in (b"NIL", b"(a b)"):
        found = parse_fetch([b"* 9 FETCH (UID 4 BODY[] " + body + b")"])
        assert found is not None
        assert to_fetched(found).raw is None
        assert to_fetched(found).problem


@pytest.mark.parametrize(
    ("written", "stamp"),
    [
        (b"01-Jan-1970 00:00:00 +0000", 0),
        (b" 9-Sep-2001 01:46:40 +0000", 1_000_000_000),
        (b"09-SEP-2001 03:46:40 +0200", 1_000_000_000),
        (b"09-Sep-2001 01:46:40", 1_000_000_000),
        (b"31-Dec-1969 00:00:00 +0000", 0),
        (b"09-Foo-2001 01:46:40 +0000", 0),
        (b"99-Sep-2001 01:46:40 +0000", 0),
        (b"", 0),
        (None, 0),
    ],
)
def test_dates(written: Token, stamp: int) -> None:
    assert parse_date(written) == stamp


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"INBOX", "INBOX"),
        (b"Entw&APw-rfe", "Entwürfe"),
        (b"A&-B", "A&B"),
        (b"&ZeVnLIqe-", "日本語"),
        (b"&broken", "&broken"),
        (b"&2D0-", "&2D0-"),
        ("schon UTF-8: ü".encode(), "schon UTF-8: ü"),
        (None, ""),
    ],
)
def test_names(raw: Token, name: str) -> None:
    assert decode_name(raw) == name


@given(st.binary(max_size=200), st.binary(max_size=50), st.binary(max_size=100))
def test_no_fetch_response_raises(head: bytes, literal: bytes, tail: bytes) -> None:
    for line in (head, b"* 1 FETCH (" + head, b"* 1 FETCH (UID 1 FLAGS (" + head):
        parse_flag_line(line)
        found = parse_fetch([line, literal, tail])
        if found is not None:
            to_fetched(found)


@given(st.lists(st.sampled_from([b"UID", b"FLAGS", b"(", b")", b"1", b"BODY[]", b"NIL", b'"x"'])))
def test_no_mixture_of_items_raises(words: list[bytes]) -> None:
    line = b"* 1 FETCH (" + b" ".join(words) + b")"
    parse_flag_line(line)
    if (found := parse_fetch([line])) is not None:
        to_fetched(found)


@given(st.binary(max_size=40))
def test_no_flags_names_or_dates_raise(raw: bytes) -> None:
    parse_flags(raw)
    decode_name(raw).encode("utf-8")
    parse_date(raw)
    assert 0 <= provider_number(raw) < 1 << 63
