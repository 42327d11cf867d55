"""The bulk readers: whole messages pipelined, flags line by line. Knows nothing of folders.

Two FETCH commands are in flight, so that the server works while we read; batches grow, so that
the first messages are there at once. Messages that break the server are tried alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from missive_desktop.errors import KnownError, PeerBroken
from missive_desktop.mail import sequence
from missive_desktop.mail.commands import Tag, check, ending, run, send
from missive_desktop.mail.fetch_parser import (
    Fetched,
    FlagUpdate,
    Identity,
    is_fetch,
    parse_fetch,
    parse_flag_line,
    provider_number,
    to_fetched,
)
from missive_desktop.mail.tokens import Piece, literal_size
from missive_desktop.mail.trouble import CommandRefused
from missive_desktop.mail.wire import LITERAL_LIMIT, Wire

GROWTH = (50, 100, 200, 500)
IN_FLIGHT = 2
ITEMS = "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]"
GMAIL_ITEMS = "UID X-GM-MSGID X-GM-THRID X-GM-LABELS FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]"
# Untagged responses that nobody asked for, before we call the server broken.
NOISE_LIMIT = 100_000


class _Flight:
    """A FETCH that was sent, and what has yet to come of it."""

    def __init__(self, wire: Wire, uids: Sequence[int], items: str) -> None:
        self.uids = uids
        self.missing = dict.fromkeys(uids, "")  # with the reason, where the server gave one
        self.command = b"UID FETCH"
        self.tag: Tag = send(wire, f"UID FETCH {sequence.write(uids)} ({items})".encode())


def fetch(
    wire: Wire,
    uids: Sequence[int],
    *,
    gmail: bool = False,
    batch: int = 0,
    limit: int = LITERAL_LIMIT,
    unanswered: list[int] | None = None,
) -> Iterator[Fetched]:
    """Yield the messages: batches in the order asked, within a batch as the server gives them.

    A message that no longer exists is left out; one that the server cannot give, or that is
    larger than `limit`, comes without `raw` and with a `problem`. `batch` fixes the batch size.
    When the stream breaks, `unanswered` gets the UIDs that were asked for and did not come.
    """
    items = GMAIL_ITEMS if gmail else ITEMS
    waiting = _batches(uids, batch)
    flying: deque[_Flight] = deque()
    alone: list[int] = []
    try:
        while True:
            while len(flying) < IN_FLIGHT and (part := next(waiting, None)) is not None:
                flying.append(_Flight(wire, part, items))
            if not flying:
                break
            flight = flying[0]
            yield from _land(wire, flight, limit)
            flying.popleft()
            alone.extend(flight.missing)
        while alone:
            yield from _alone(wire, alone[0], items, limit)
            alone.pop(0)
    except KnownError:
        wire.shutdown()
        if unanswered is not None:
            unanswered[:] = [uid for flight in flying for uid in flight.missing]
            unanswered += alone
        raise
    except GeneratorExit:
        # Answers may still be under way, and the next command would read them.
        wire.shutdown()
        raise


def _batches(uids: Sequence[int], batch: int) -> Iterator[Sequence[int]]:
    start = number = 0
    while start < len(uids):
        size = batch or GROWTH[min(number, len(GROWTH) - 1)]
        part = uids[start : start + size]
        # Scattered UIDs make long commands, which servers may refuse.
        while len(part) > 1 and len(sequence.write(part)) > sequence.LINE_LIMIT:
            part = part[: len(part) // 2]
        yield part
        start += len(part)
        number += 1


def _land(wire: Wire, flight: _Flight, limit: int) -> Iterator[Fetched]:
    """Read the answer to one FETCH; afterwards `flight.missing` is what did not come."""
    noise = 0
    while True:
        line = wire.read_line()
        text = ending(wire, line, flight.tag)
        if text is not None:
            try:
                check(wire, flight.command, text)
            except CommandRefused as refused:
                flight.missing = dict.fromkeys(flight.missing, str(refused))
            return
        too_large = _announces_more(line, limit)
        if too_large is not None:
            yield from _oversized(wire, flight, line, too_large)
            continue
        pieces = wire.complete([line])
        found = parse_fetch(pieces)
        # What others changed meanwhile also comes as FETCH, without a body.
        if found is None or found.uid not in flight.missing or b"BODY[]" not in found.items:
            noise += 1
            if noise > NOISE_LIMIT:
                raise PeerBroken(f"{wire.host} answers without an end.")
            continue
        del flight.missing[found.uid]
        yield to_fetched(found)


def _announces_more(line: bytes, limit: int) -> int | None:
    size = literal_size(line)
    return size if size is not None and size > limit and is_fetch(line) else None


def _oversized(wire: Wire, flight: _Flight, line: bytes, size: int) -> Iterator[Fetched]:
    """Give the message up first, then skip its bytes: if the size is a lie, we will not end."""
    found = parse_fetch([line])
    if found is not None and found.uid in flight.missing:
        del flight.missing[found.uid]
        made = to_fetched(found)
        made.raw, made.problem = None, f"too large: {size} bytes"
        yield made
    while True:
        wire.skip(size)
        line = wire.read_line()
        next_size = literal_size(line)
        if next_size is None:
            return
        size = next_size


def _alone(wire: Wire, uid: int, items: str, limit: int) -> Iterator[Fetched]:
    """Ask once more for a message that did not come with the others."""
    flight = _Flight(wire, [uid], items)
    yield from _land(wire, flight, limit)
    if not flight.missing:
        return
    reason = flight.missing[uid]
    # Gone, or only withheld? A server that will not give its content still knows the rest.
    try:
        known = {update.uid for update in flags(wire, [str(uid)])}
    except CommandRefused:
        known = {uid}
    if uid in known:
        yield Fetched(uid, None, problem=str(reason or "the server did not give it"))


def flags(
    wire: Wire,
    sets: Sequence[str] | Iterator[str],
    *,
    changed_since: int = 0,
) -> Iterator[FlagUpdate]:
    """Yield the flags of messages, each line as it comes.

    With `changed_since` only what changed after that MODSEQ (RFC 7162 section 3.1.4.1).
    """
    modifier = ""
    if changed_since:
        modifier = f" (CHANGEDSINCE {changed_since})"
    for numbers in sets:
        yield from _flags(wire, f"UID FETCH {numbers} (FLAGS){modifier}".encode())


def _flags(wire: Wire, command: bytes) -> Iterator[FlagUpdate]:
    tag = send(wire, command)
    ended = False
    try:
        while True:
            line = wire.read_line()
            text = ending(wire, line, tag)
            if text is not None:
                ended = True
                check(wire, command, text)
                return
            if literal_size(line) is not None:
                line = b" ".join(bytes(piece) for piece in wire.complete([line])[::2])
            if (update := parse_flag_line(line)) is not None:
                yield update
    except GeneratorExit:
        if not ended:
            wire.shutdown()
        raise


def identities(wire: Wire, sets: Sequence[str] | Iterator[str]) -> list[Identity]:
    """Return Gmail's numbers of messages, with their flags."""
    found: list[Identity] = []

    def handle(pieces: list[Piece]) -> bool:
        one = parse_fetch(pieces)
        if one is None:
            return False
        provider_id = provider_number(one.items.get(b"X-GM-MSGID"))
        if one.uid and provider_id and one.flags is not None:
            found.append(Identity(one.uid, provider_id, *one.flags))
        return True

    for numbers in sets:
        run(wire, f"UID FETCH {numbers} (UID X-GM-MSGID FLAGS)".encode(), handle=handle)
    return found
