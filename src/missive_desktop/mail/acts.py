"""What we change on a server: flags, places, new messages, folders. One function, one act.

Every act has a way for servers without the extension that makes it safe.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from missive_desktop.domain.message import FLAG_NAMES, Flags
from missive_desktop.errors import Refused
from missive_desktop.mail import sequence
from missive_desktop.mail.capabilities import Capabilities
from missive_desktop.mail.commands import (
    Answer,
    Literal,
    mailbox,
    quoted,
    response_code,
    run,
)
from missive_desktop.mail.tokens import number, text, tokenize
from missive_desktop.mail.trouble import CommandRefused
from missive_desktop.mail.wire import Wire

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def store_flags(wire: Wire, uids: Collection[int], add: Flags, remove: Flags) -> None:
    """Add and remove flags."""
    for sign, names in (("+", flag_names(add)), ("-", flag_names(remove))):
        if names:
            for numbers in sequence.batches(uids):
                command = f"UID STORE {numbers} {sign}FLAGS.SILENT ({' '.join(names)})"
                run(wire, command.encode(), handle=lambda _: True)


def flag_names(flags: Flags) -> list[str]:
    """Return the names of the flags as IMAP writes them."""
    return [name for flag, name in FLAG_NAMES.items() if flag in flags]


def copy(wire: Wire, uids: Collection[int], target: bytes) -> dict[int, int]:
    """Copy messages; return old and new UIDs where the server says (RFC 4315)."""
    placed: dict[int, int] = {}
    for numbers in sequence.batches(uids):
        answer = run(wire, b"UID COPY " + numbers.encode() + b" " + target)
        placed |= _copied(answer, len(uids))
    return placed


def move(wire: Wire, offers: Capabilities, uids: Collection[int], target: bytes) -> dict[int, int]:
    """Move messages: MOVE (RFC 6851), else copy, mark deleted and expunge.

    Return old and new UIDs where the server says.
    """
    if not offers.move:
        if not offers.uidplus:
            _refuse_to_sweep(wire, uids)  # before there is a copy
        placed = copy(wire, uids, target)
        expunge(wire, offers, uids)
        return placed
    moved: dict[int, int] = {}
    for numbers in sequence.batches(uids):
        answer = run(wire, b"UID MOVE " + numbers.encode() + b" " + target)
        moved |= _copied(answer, len(uids))
    return moved


def _copied(answer: Answer, limit: int) -> dict[int, int]:
    """Read COPYUID, which MOVE sends before its end (RFC 6851 section 4.3)."""
    said = [bytes(p[0][5:]).decode("utf-8", "replace") for p in answer.untagged if _is_ok(p[0])]
    for line in [answer.text, *said]:
        code, arguments = response_code(line)
        if code == "COPYUID" and len(arguments) == 3:
            old = _in_order(arguments[1], limit)
            new = _in_order(arguments[2], limit)
            if len(old) == len(new):
                return dict(zip(old, new, strict=True))
    return {}


def _in_order(written: str, limit: int) -> list[int]:
    """Expand a set in the order it is written: COPYUID pairs by position."""
    found: list[int] = []
    for low, high in sequence.ranges(written.encode()):
        if high - low >= limit:
            return []
        found.extend(range(low, high + 1))
    return found


def _is_ok(line: bytes | bytearray) -> bool:
    return line[:5].upper() == b"* OK "


def expunge(wire: Wire, offers: Capabilities, uids: Collection[int]) -> None:
    """Delete messages for good.

    Without UIDPLUS, EXPUNGE takes all that is marked deleted, so it is used only when nothing
    but `uids` is marked; else Refused says so, and nothing has changed.
    """
    store_flags(wire, uids, Flags.DELETED, Flags(0))
    if offers.uidplus:
        for numbers in sequence.batches(uids):
            run(wire, f"UID EXPUNGE {numbers}".encode(), handle=lambda _: True)
        return
    try:
        _refuse_to_sweep(wire, uids)
    except Refused:
        store_flags(wire, uids, Flags(0), Flags.DELETED)
        raise
    run(wire, b"EXPUNGE", handle=lambda _: True)


def _refuse_to_sweep(wire: Wire, uids: Collection[int]) -> None:
    """Raise if an EXPUNGE would take more than `uids`."""
    if set(search(wire, b"DELETED")) - set(uids):
        raise Refused(
            "Other messages in this folder are marked as deleted, and the server can only "
            "remove all of them together.",
            "Remove those first with the program that marked them.",
        )


def search(wire: Wire, criteria: bytes) -> list[int]:
    """Return the UIDs that a plain SEARCH finds, ascending."""
    found: set[int] = set()
    for pieces in run(wire, b"UID SEARCH " + criteria).untagged:
        line = bytes(pieces[0])
        if line[:8].upper() == b"* SEARCH":
            found.update(int(word) for word in line[8:].split() if word.isdigit())
    return sorted(found)


def uids(wire: Wire, offers: Capabilities, exists: int) -> list[int]:
    """Return all UIDs of the open folder, ascending."""
    if not exists:
        return []
    found = _esearch(wire, exists) if offers.esearch else search(wire, b"ALL")
    if len(found) >= exists:
        return found
    # Some servers cut long search results short.
    listed = set(found)
    for pieces in run(wire, b"UID FETCH 1:* (UID)").untagged:
        tokens = tokenize(pieces)
        if len(tokens) > 3 and text(tokens[2]).upper() == "FETCH" and isinstance(tokens[3], list):
            listed.update(filter(None, [number(tokens[3][1]) if len(tokens[3]) > 1 else None]))
    return sorted(listed)


def _esearch(wire: Wire, exists: int) -> list[int]:
    for pieces in run(wire, b"UID SEARCH RETURN (ALL) ALL").untagged:
        line = bytes(pieces[0])
        if line[:10].upper() == b"* ESEARCH ":
            # A few may have arrived since the folder was opened.
            return sequence.expand(line.rpartition(b" ")[2], exists + 10_000) or []
    return []


def find_message_id(wire: Wire, message_id: str) -> list[int]:
    """Return the UIDs of messages with this Message-ID (without angle brackets)."""
    if not message_id or not message_id.isascii() or not message_id.isprintable():
        return []
    return search(wire, b"HEADER Message-ID " + quoted(f"<{message_id}>".encode()))


def append(
    wire: Wire, target: bytes, raw: bytes, flags: Flags, date: int, *, utf8: bool = False
) -> int:
    """Put a message into a folder; return its UID, or 0 where the server does not say."""
    names = " ".join(flag_names(flags))
    head = b"APPEND " + target + f" ({names}) {_date(date)}".encode()
    # RFC 9755 section 4: with UTF8=ACCEPT, headers in UTF-8 must be announced as such.
    if utf8 and not raw.partition(b"\r\n\r\n")[0].isascii():
        answer = run(wire, [head + b" UTF8 (~", Literal(raw), b")"])
    else:
        answer = run(wire, [head + b" ", Literal(raw)])
    code, arguments = response_code(answer.text)
    if code == "APPENDUID" and len(arguments) == 2:
        return number(arguments[1].encode()) or 0
    return 0


def _date(stamp: int) -> str:
    """Write an INTERNALDATE in UTC; imaplib's own depends on this computer's time zone."""
    when = time.gmtime(max(stamp, 0))
    return (
        f'"{when.tm_mday:02d}-{_MONTHS[when.tm_mon - 1]}-{when.tm_year:04d} '
        f'{when.tm_hour:02d}:{when.tm_min:02d}:{when.tm_sec:02d} +0000"'
    )


def create(wire: Wire, name: str, *, utf8: bool = False) -> None:
    """Make a folder; it is no error if it is there already."""
    try:
        run(wire, b"CREATE " + mailbox(name, utf8=utf8))
    except CommandRefused as refused:
        if refused.code != "ALREADYEXISTS":
            raise
    subscribe(wire, name, utf8=utf8)


def rename(wire: Wire, name: str, to: str, *, utf8: bool = False) -> None:
    """Rename a folder with all below it."""
    run(wire, b"RENAME " + mailbox(name, utf8=utf8) + b" " + mailbox(to, utf8=utf8))
    subscribe(wire, to, utf8=utf8)
    subscribe(wire, name, utf8=utf8, on=False)


def delete(wire: Wire, name: str, *, utf8: bool = False) -> None:
    """Delete a folder; it is no error if it is gone already."""
    try:
        run(wire, b"DELETE " + mailbox(name, utf8=utf8))
    except CommandRefused as refused:
        if refused.code != "NONEXISTENT":
            raise
    subscribe(wire, name, utf8=utf8, on=False)


def subscribe(wire: Wire, name: str, *, utf8: bool = False, on: bool = True) -> None:
    """Make other programs show a folder or not; servers may refuse, which matters to nobody."""
    try:
        run(wire, (b"SUBSCRIBE " if on else b"UNSUBSCRIBE ") + mailbox(name, utf8=utf8))
    except CommandRefused:
        return
