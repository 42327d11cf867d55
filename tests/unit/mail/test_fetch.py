"""The stream of messages, fed with whatever: it ends, and raises only what is the peer's fault."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from tests.servers.loose import fed

from missive_desktop.errors import KnownError
from missive_desktop.mail import commands
from missive_desktop.mail.acts import uids
from missive_desktop.mail.capabilities import capabilities
from missive_desktop.mail.commands import run
from missive_desktop.mail.fetch import fetch, flags
from missive_desktop.mail.folders import Known, list_folders, select
from missive_desktop.mail.wire import Wire

EVERYTHING = capabilities(
    ["QRESYNC", "ENABLE", "LIST-STATUS", "NAMESPACE", "ESEARCH", "SPECIAL-USE"]
)


PARTS = st.sampled_from(
    [
        *(b"* 1 FETCH (UID 1 FLAGS (\\Seen) BODY[] {5}\r\nhello)\r\n", b"* 1 FETCH ("),
        *(b"UID 2 ", b"BODY[] {3}\r\nabc", b"BODY[] NIL", b")\r\n", b"\r\n", b"{9}\r\n"),
        *(b"* 5 EXISTS\r\n", b"* VANISHED (EARLIER) 1:5\r\n", b"* OK [UIDNEXT x] y\r\n"),
        *(b'* LIST (\\All) "/" ', b"* STATUS INBOX (MESSAGES 1)\r\n", b"* ESEARCH UID ALL 1:9\r\n"),
        *(b"* SEARCH 1 2 x\r\n", b"* NAMESPACE ((NIL)) NIL NIL\r\n", b"+ go\r\n", b"* BYE\r\n"),
        *(b"m1 OK done\r\n", b"m1 NO no\r\n", b"m1 BAD bad\r\n", b"m2 OK done\r\n", b"m9 OK\r\n"),
    ]
)


def reset_tags() -> None:
    commands._tags = itertools.count(1)


@given(st.lists(PARTS | st.binary(max_size=20), max_size=15).map(b"".join))
def test_nothing_but_known_errors(data: bytes) -> None:
    def consume() -> Iterator[Callable[[Wire], object]]:
        yield lambda wire: list(fetch(wire, [3, 2, 1], gmail=True, limit=4))
        yield lambda wire: list(flags(wire, ["1:*"], changed_since=5))
        yield lambda wire: select(wire, EVERYTHING, "INBOX", known=Known(1, 2, [1, 2, 3]))
        yield lambda wire: list_folders(wire, EVERYTHING)
        yield lambda wire: uids(wire, EVERYTHING, 3)
        yield lambda wire: run(wire, b"NOOP")

    for act in consume():
        reset_tags()
        with fed([data]) as wire, suppress(KnownError):
            act(wire)


def test_a_good_stream() -> None:
    reset_tags()
    data = (
        b"* 2 FETCH (UID 2 FLAGS () BODY[] {3}\r\ntwo)\r\n"
        b"* 1 FETCH (UID 1 FLAGS () BODY[] {3}\r\none)\r\nm1 OK done\r\n"
        b"* 0 FETCH (UID 7 FLAGS () BODY[] {5}\r\nseven)\r\nm2 OK done\r\n"
    )
    with fed([data]) as wire:
        found = list(fetch(wire, [2, 1, 7], batch=2))
    assert [(one.uid, bytes(one.raw or b"")) for one in found] == [
        (2, b"two"),
        (1, b"one"),
        (7, b"seven"),
    ]
