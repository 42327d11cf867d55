"""The audit trail: one record per accepted mutation and sensitive read, chained by hash.

h_i = SHA-256(h_(i-1) | d_i | [scope, n, seq, at, by, device, act, t, id] as JSON without spaces),
where d_i = HMAC-SHA-256(salt_i, details as JSON with sorted names). Salt and details can be erased
for good, and the chain still verifies. A checkpoint names the heads of all chains of an
organization and is signed by the server; clients remember the last and see that history only grew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from missive_wire.codec import canonical
from missive_wire.entities import Count, Header

START = bytes(32)  # the hash before the first record
_CONTEXT = b"missive checkpoint 1\0"


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a scope's trail. `seq`: of the row it made, 0 for what changed none."""

    n: Count  # 1, 2, 3 … in its scope
    at: Count
    by: str  # user
    device: str
    act: str
    h: bytes
    d: bytes  # HMAC(salt, details)
    t: str = ""
    id: str = ""
    seq: Count = 0
    salt: bytes = b""  # empty: erased, or not for this reader
    details: Header | None = None


class Head(NamedTuple):
    """Where a chain ends: how many records, and the hash of the last."""

    n: int = 0
    h: bytes = START


class Checkpoint(msgspec.Struct, frozen=True):
    """Heads of all chains of an organization: scope to number and hash (hex)."""

    org: str
    at: Count
    heads: dict[str, tuple[Count, str]]


def appended(head: Head, scope: str, record: Record, salt: bytes) -> Record:
    """Return the record with its number, salt, digest and hash: the next of the chain."""
    digest = detail_digest(salt, record.details)
    numbered = msgspec.structs.replace(record, n=head.n + 1, d=digest, salt=salt)
    return msgspec.structs.replace(numbered, h=link(head.h, scope, numbered))


def link(before: bytes, scope: str, record: Record) -> bytes:
    """Return the hash of a record that follows one with the hash `before`."""
    told = (
        scope, record.n, record.seq, record.at, record.by, record.device, record.act, record.t,
        record.id,
    )  # fmt: skip
    return hashlib.sha256(before + record.d + canonical(told)).digest()


def detail_digest(salt: bytes, details: Header | None) -> bytes:
    return hmac.digest(salt, canonical(details or {}), "sha256")


def erased(record: Record) -> Record:
    """Return the record without what only its digest binds."""
    return msgspec.structs.replace(record, salt=b"", details=None)


def verified(head: Head, scope: str, records: Iterable[Record]) -> tuple[Head, int]:
    """Follow records that come after `head`; return where it holds to, and the first wrong `n`.

    0: nothing is wrong. Details that are there must be those that were hashed.
    """
    for record in records:
        follows = record.n == head.n + 1 and record.h == link(head.h, scope, record)
        if not (follows and as_hashed(record)):
            return head, head.n + 1
        head = Head(record.n, record.h)
    return head, 0


def verified_back(
    head: Head, scope: str, records: Iterable[Record]
) -> tuple[Head, int, list[Record]]:
    """Follow records downwards, from the one that `head` names; return before which one it holds,
    the first wrong `n` (0: none), and the records that hold.

    A record holds by the hash of the one below it, so the last of a page waits for the next page.
    """
    held: list[Record] = []
    found = list(records)
    for record, below in zip_longest(found, found[1:]):
        if Head(record.n, record.h) != head or not as_hashed(record):
            return head, head.n, held
        before = below.h if below is not None else START
        if below is None and record.n > 1:
            break
        if link(before, scope, record) != record.h:
            return head, head.n, held
        held.append(record)
        head = Head(record.n - 1, before)
    return head, 0, held


def as_hashed(record: Record) -> bool:
    """Say whether the details, where there are any, are those that were hashed."""
    if not record.salt:
        return record.details is None
    return hmac.compare_digest(record.d, detail_digest(record.salt, record.details))


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Return what is signed."""
    return _CONTEXT + canonical(checkpoint)
