"""Entities between the tables and the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from missive_wire import shapes
from missive_wire.entities import Row, Type

COLUMNS = "op, seq, t, id, v, h, k, b, bv, own, by_, at"
OF_E = "e.op, e.seq, e.t, e.id, e.v, e.h, e.k, e.b, e.bv, e.own, e.by_, e.at"
# Of the keys `(scope, t, id)` in $1. Without `|| ''` PostgreSQL may go by the scope alone.
BY_KEY = (
    "KEYS($1) JOIN entities e"
    " ON e.id = k.value->>2 AND e.t = k.value->>1 AND e.scope || '' = k.value->>0"
)
PUT = """
INSERT INTO entities (scope, t, id, op, v, seq, h, k, b, bv, own, by_, at, conv)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (scope, t, id) DO UPDATE SET op = excluded.op, v = excluded.v, seq = excluded.seq,
    h = excluded.h, k = excluded.k, b = excluded.b, bv = excluded.bv, own = excluded.own,
    by_ = excluded.by_, at = excluded.at, conv = excluded.conv
"""
_header = shapes.decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()


def row(found: Sequence[Any]) -> Row:
    """Return the entity of `COLUMNS`."""
    op, seq, t, id_, v, h, k, b, bv, own, by, at = found
    return Row(op, seq, t, id_, v, _header.decode(h), k, b, bv, own, by, at)


def parameters(scope: str, row: Row) -> tuple[Any, ...]:
    """Return what `PUT` takes."""
    return (
        scope, row.t, row.id, row.op, row.v, row.seq, _encoder.encode(row.h).decode(), row.k,
        row.b, row.bv, row.own, row.by, row.at, conversation(row),
    )  # fmt: skip


def conversation(row: Row) -> str:
    """Return the conversation that an entity belongs to, or ""."""
    if row.t == Type.CONVERSATION:
        return row.id
    conv = row.h.get("conv", "")
    return conv if isinstance(conv, str) else ""


def size(found: Sequence[Any]) -> int:
    """Return about how many bytes the entity of `COLUMNS` takes in a page."""
    return len(found[5]) + len(found[7]) * 4 // 3 + 240
