"""Records of what changed nothing but is told in the trail: a file was read, a trail was looked at.

Each belongs to one scope's chain, whose row is locked meanwhile.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from missive_server.database.work import Query, Work, first
from missive_server.errors import NotFound
from missive_wire.chain import Head, Record, appended
from missive_wire.codec import encode
from missive_wire.entities import Header

ONCE = 600_000  # the same by the same device within this is one reading
_SALT = 16


class Event(NamedTuple):
    by: str
    device: str
    act: str
    t: str = ""
    id: str = ""
    details: Header | None = None


def noted(scope: str, event: Event, now: int) -> Work[None]:
    """Append a record to the chain of a scope."""
    row = first(
        (
            yield Query(
                "SELECT audit_n, audit_h, at FROM scopes WHERE id = $1 FOR UPDATE", (scope,)
            )
        )
    )
    if row is None:
        raise NotFound
    at = max(now, int(row[2]))
    record = appended(
        Head(int(row[0]), bytes(row[1])),
        scope,
        Record(
            n=0, at=at, by=event.by, device=event.device, act=event.act, h=b"", d=b"",
            t=event.t, id=event.id, salt=secrets.token_bytes(_SALT), details=event.details,
        ),
    )  # fmt: skip
    yield Query(
        "INSERT INTO audit (scope, n, seq, at, by_, device, act, t, id, salt, details, d, h)"
        " VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        (
            scope, record.n, at, record.by, record.device, record.act, record.t, record.id,
            record.salt, encode(record.details or {}), record.d, record.h,
        ),
    )  # fmt: skip
    yield Query(
        "UPDATE scopes SET audit_n = $2, audit_h = $3, at = $4 WHERE id = $1",
        (scope, record.n, record.h, at),
    )


def noted_once(scope: str, event: Event, now: int) -> Work[None]:
    """As `noted`, unless this device did the same a moment ago: parts of a file are one reading."""
    same = yield Query(
        "SELECT details FROM audit WHERE scope = $1 AND id = $2 AND by_ = $3 AND device = $4"
        " AND act = $5 AND at > $6",
        (scope, event.id, event.by, event.device, event.act, now - ONCE),
    )
    told = encode(event.details or {})
    if not any(bytes(each[0] or b"") == told for each in same):
        yield from noted(scope, event, now)
