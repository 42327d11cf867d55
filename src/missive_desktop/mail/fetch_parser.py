"""FETCH responses (RFC 9051 section 7.5.2) into values. Pure, tolerant, never raises.

Servers interleave what nobody asked for, leave out what was asked, and order items as they like.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from imapclient.imap_utf7 import decode as decode_utf7

from missive_desktop.domain.message import FLAG_NAMES, Flags
from missive_desktop.mail.tokens import Piece, Token, number, pairs, text, tokenize

_BITS = {name.lower(): int(flag) for flag, name in FLAG_NAMES.items()}
_IGNORED = frozenset({"\\recent", "\\*"})
_FLAG_LINE = re.compile(
    rb"\* \d+ FETCH \((?:UID (\d{1,10}) )?FLAGS \(([^()\"]*)\)(?: UID (\d{1,10}))?"
    rb"(?: MODSEQ \((\d{1,19})\))?(?: UID (\d{1,10}))?\)",
    re.ASCII,
)
# How most servers answer what we ask for in bulk; the literal and `)` follow.
_BODY_LINE = re.compile(
    rb"\* \d+ FETCH \(UID (\d{1,10}) FLAGS \(([^()\"]*)\) INTERNALDATE \"([^\"\\]{1,40})\""
    rb" RFC822\.SIZE (\d{1,19})(?: MODSEQ \((\d{1,19})\))? BODY\[\] \{\d{1,19}\}",
    re.ASCII,
)
_FETCH = re.compile(rb"\* \d+ FETCH ", re.ASCII | re.IGNORECASE)
_DATE = re.compile(
    rb"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{1,2}):(\d\d):(\d\d)(?: ([+-])(\d\d)(\d\d))?", re.ASCII
)
_MONTHS = (
    *(b"jan", b"feb", b"mar", b"apr", b"may", b"jun"),
    *(b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"),
)


class FlagUpdate(NamedTuple):
    uid: int
    flags: Flags
    keywords: str  # separated by spaces
    modseq: int  # 0 where the server has none


class Identity(NamedTuple):
    """A message of Gmail by its own number: the same in every label."""

    uid: int
    provider_id: int
    flags: Flags
    keywords: str


class Fetched(msgspec.Struct):
    """One message as the server gave it. `raw` is None where it could not: see `problem`."""

    uid: int
    raw: bytes | bytearray | None
    flags: Flags = Flags(0)
    keywords: str = ""
    received: int = 0  # INTERNALDATE in unix seconds, 0 if missing
    size: int = 0  # what the server says; it may lie
    provider_id: int = 0  # X-GM-MSGID
    provider_thread: int = 0  # X-GM-THRID
    labels: tuple[str, ...] = ()  # X-GM-LABELS
    problem: str = ""


class FetchItems(NamedTuple):
    """A FETCH response; `uid` is 0 where the server left it out."""

    uid: int
    flags: tuple[Flags, str] | None
    modseq: int
    items: dict[bytes, Token]


@lru_cache(maxsize=4096)
def parse_flags(raw: bytes) -> tuple[Flags, str]:
    """Read the inside of a flag list: the bits we know, and the other flags by name."""
    bits = 0
    keywords: list[str] = []
    for name in raw.decode("utf-8", "replace").split():
        bit = _BITS.get(name.lower())
        if bit is not None:
            bits |= bit
        elif name.lower() not in _IGNORED:
            keywords.append(name)
    return Flags(bits), " ".join(sorted(set(keywords)))


def is_fetch(line: Piece) -> bool:
    """Tell whether a response line is a FETCH."""
    return _FETCH.match(line) is not None


def parse_flag_line(line: bytes) -> FlagUpdate | None:
    """Read `* n FETCH (UID u FLAGS (…) …)`; None for anything else, or without a UID."""
    match = _FLAG_LINE.match(line)
    if match is None:
        return _slow_flag_line(line)
    first, flags, second, modseq, third = match.groups()
    uid = int(first or second or third or 0)
    if not uid:
        return None
    bits, keywords = parse_flags(flags)
    return FlagUpdate(uid, bits, keywords, int(modseq or 0))


def _slow_flag_line(line: bytes) -> FlagUpdate | None:
    found = parse_fetch([line])
    if found is None or not found.uid or found.flags is None:
        return None
    return FlagUpdate(found.uid, *found.flags, found.modseq)


def parse_fetch(pieces: Sequence[Piece]) -> FetchItems | None:
    """Read a FETCH response of any shape; None if it is none."""
    if len(pieces) == 3 and pieces[2] == b")" and (quick := _BODY_LINE.fullmatch(pieces[0])):
        uid, flag_list, date, size, change = quick.groups()
        body = {b"INTERNALDATE": date, b"RFC822.SIZE": size, b"BODY[]": pieces[1]}
        return FetchItems(int(uid), parse_flags(flag_list), int(change or 0), body)
    if not pieces or not is_fetch(pieces[0]):
        return None
    tokens = tokenize(pieces)
    inner = next((token for token in tokens[3:] if isinstance(token, list)), None)
    if inner is None:
        return None
    items = pairs(inner)
    flags = items.get(b"FLAGS")
    modseq = items.get(b"MODSEQ")
    return FetchItems(
        uid=number(items.get(b"UID")) or 0,
        flags=parse_flags(_joined(flags)) if isinstance(flags, list) else None,
        modseq=(number(modseq[0]) or 0) if isinstance(modseq, list) and modseq else 0,
        items=items,
    )


def to_fetched(found: FetchItems) -> Fetched:
    """Make a message of the items of a body FETCH."""
    flags, keywords = found.flags or (Flags(0), "")
    made = Fetched(
        uid=found.uid,
        raw=None,
        flags=flags,
        keywords=keywords,
        received=parse_date(found.items.get(b"INTERNALDATE")),
        size=number(found.items.get(b"RFC822.SIZE")) or 0,
        provider_id=provider_number(found.items.get(b"X-GM-MSGID")),
        provider_thread=provider_number(found.items.get(b"X-GM-THRID")),
    )
    labels = found.items.get(b"X-GM-LABELS")
    if isinstance(labels, list):
        made.labels = tuple(decode_name(label) for label in labels if label is not None)
    body = found.items.get(b"BODY[]")
    if isinstance(body, bytes | bytearray):
        made.raw = body
    else:
        made.problem = "the server gave no content"
    return made


def parse_date(token: Token) -> int:
    """Read an INTERNALDATE as unix seconds; 0 where it is none."""
    if not isinstance(token, bytes | bytearray):
        return 0
    match = _DATE.match(token)
    if match is None:
        return 0
    day, month, year, hour, minute, second = match.groups()[:6]
    name = bytes(month).lower()
    if name not in _MONTHS or not (1 <= int(day) <= 31 and 1970 <= int(year) <= 9999):
        return 0
    stamp = calendar.timegm(
        (int(year), _MONTHS.index(name) + 1, int(day), int(hour), int(minute), int(second))
    )
    sign, hours, minutes = match.groups()[6:]
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        stamp += offset if sign == b"-" else -offset
    return max(stamp, 0)


def provider_number(token: Token) -> int:
    """Return a 64-bit number of the provider as one that fits a signed column, or 0."""
    return (number(token) or 0) & ((1 << 63) - 1)


def decode_name(token: Token) -> str:
    """Decode a folder or label name from modified UTF-7; broken ones stay as they are."""
    raw = bytes(token) if isinstance(token, bytes | bytearray) else b""
    if not raw.isascii():
        return text(raw)  # UTF8=ACCEPT, or a server that ignores RFC 3501
    try:
        decoded = decode_utf7(raw)
        decoded.encode("utf-8")  # a lone surrogate would fail much later
    except (ValueError, IndexError):
        return text(raw)
    return str(decoded)


def _joined(tokens: list[Token]) -> bytes:
    return b" ".join(bytes(token) for token in tokens if isinstance(token, bytes | bytearray))
