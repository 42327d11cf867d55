"""Rows of scopes as the server confirmed them. What is pending here is not in them.

Nothing here decides whether a row may be applied (`team.feed`) or opens it (`team.keys`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from missive_desktop.store.database import Connection

Key = tuple[str, str]  # type and id


class EntityRow(msgspec.Struct, frozen=True):
    """An entity at its newest version. `body` is JSON, "" where there is none or it is closed."""

    t: str
    id: str
    op: str
    seq: int
    v: int
    h: dict[str, Any] = {}
    k: int = 0
    bv: int = 0
    body: str = ""
    sealed: bytes = b""
    trouble: str = ""
    own: str = ""
    by: str = ""
    at: int = 0
    signed: str = ""  # the device that signed the body

    @property
    def there(self) -> bool:
        """Neither deleted nor moved out of this scope."""
        return self.op == "put"


class Known(NamedTuple):
    """What is here of an entity, as far as it decides what a row that comes is worth."""

    op: str
    seq: int  # 0: doubtful, whatever comes is newer
    v: int
    bv: int
    body: str
    signed: str = ""


_COLUMNS = "t, id, op, seq, v, h, k, bv, body, sealed, trouble, own, by_, at, signed"
_SELECT = f"SELECT {_COLUMNS} FROM team_rows"
_GIVEN = "IN (SELECT value FROM json_each(?))"
# CROSS: each of them is looked up; else the planner may read through all rows instead.
_ASKED = (
    "(SELECT value ->> 0 AS t_, value ->> 1 AS id_ FROM json_each(?2))"
    " CROSS JOIN team_rows ON scope_id = ?1 AND t = t_ AND id = id_"
)


def _row(row: tuple[Any, ...]) -> EntityRow:
    header = msgspec.json.decode(row[5])
    return EntityRow(*(*row[:5], header, *row[6:]))


def get(conn: Connection, scope_id: int, t: str, id_: str) -> EntityRow | None:
    row = conn.execute(
        f"{_SELECT} WHERE scope_id = ? AND t = ? AND id = ?", (scope_id, t, id_)
    ).fetchone()
    return _row(row) if row else None


def many(conn: Connection, scope_id: int, keys: Collection[Key]) -> dict[Key, EntityRow]:
    """Return those that are here of the entities asked for."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM {_ASKED}",
        (scope_id, json.dumps(sorted(keys))),
    ).fetchall()
    return {(row[0], row[1]): _row(row) for row in rows}


def known(conn: Connection, scope_id: int, keys: Collection[Key]) -> dict[Key, Known]:
    """Return what is here of the entities asked for, in short."""
    rows = conn.execute(
        f"SELECT t, id, op, seq, v, bv, body, signed FROM {_ASKED}",
        (scope_id, json.dumps(sorted(keys))),
    ).fetchall()
    return {(row[0], row[1]): Known(*row[2:]) for row in rows}


def of_type(conn: Connection, scope_id: int, t: str) -> list[EntityRow]:
    """Return what is there of one type, the oldest first."""
    rows = conn.execute(
        f"{_SELECT} WHERE scope_id = ? AND t = ? AND op = 'put' ORDER BY id", (scope_id, t)
    ).fetchall()
    return [_row(row) for row in rows]


def with_deleted(conn: Connection, scope_id: int, types: Collection[str]) -> list[EntityRow]:
    """Return what is and was there of some types."""
    rows = conn.execute(
        f"{_SELECT} WHERE scope_id = ? AND t {_GIVEN} ORDER BY t, id",
        (scope_id, json.dumps(sorted(types))),
    ).fetchall()
    return [_row(row) for row in rows]


def oldest(conn: Connection, scope_id: int, lo: int) -> int | None:
    """Return when the lowest row above `lo` was written, in milliseconds."""
    row = conn.execute(
        "SELECT at FROM team_rows WHERE scope_id = ? AND seq > ? ORDER BY seq LIMIT 1",
        (scope_id, lo),
    ).fetchone()
    return int(row[0]) if row else None


def closed(conn: Connection, scope_id: int, below: int, limit: int) -> list[EntityRow]:
    """Return rows that wait for their key or author, the newest first, below a place."""
    rows = conn.execute(
        f"{_SELECT} WHERE scope_id = ? AND seq < ? AND trouble = 'key' ORDER BY seq DESC LIMIT ?",
        (scope_id, below, limit),
    ).fetchall()
    return [_row(row) for row in rows]


def write(conn: Connection, scope_id: int, rows: Sequence[EntityRow]) -> None:
    """Put rows in place of what was here of the same entities."""
    conn.executemany(
        f"INSERT INTO team_rows (scope_id, {_COLUMNS}, conv)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (scope_id, t, id) DO UPDATE SET op = excluded.op, seq = excluded.seq,"
        " v = excluded.v, h = excluded.h, k = excluded.k, bv = excluded.bv, body = excluded.body,"
        " sealed = excluded.sealed, trouble = excluded.trouble, own = excluded.own,"
        " by_ = excluded.by_, at = excluded.at, signed = excluded.signed, conv = excluded.conv",
        [_values(scope_id, row) for row in rows],
    )


def _values(scope_id: int, row: EntityRow) -> tuple[Any, ...]:
    conv = row.h.get("conv", "")
    return (
        scope_id, row.t, row.id, row.op, row.seq, row.v, msgspec.json.encode(row.h).decode(),
        row.k, row.bv, row.body, row.sealed,
        row.trouble, row.own, row.by, row.at, row.signed, conv if isinstance(conv, str) else "",
    )  # fmt: skip


def forget_deleted(conn: Connection, scope_id: int, floor: int) -> list[tuple[str, str, str, int]]:
    """Forget what is deleted up to the floor: the server keeps no trace of it either.

    Returns (op, t, id, v) of each, to take it out of the sum.
    """
    rows = conn.execute(
        "DELETE FROM team_rows WHERE scope_id = ? AND seq BETWEEN 1 AND ? AND op <> 'put'"
        " RETURNING op, t, id, v",
        (scope_id, floor),
    )
    return list(rows.fetchall())


def doubt(conn: Connection, scope_id: int) -> None:
    """Take all rows for doubtful: they stay until it shows that they did not come again."""
    conn.execute("UPDATE team_rows SET seq = 0 WHERE scope_id = ?", (scope_id,))


def doubtful(conn: Connection, scope_id: int, limit: int) -> list[EntityRow]:
    """Return rows that did not come again since `doubt`."""
    rows = conn.execute(f"{_SELECT} WHERE scope_id = ? AND seq = 0 LIMIT ?", (scope_id, limit))
    return [_row(row) for row in rows.fetchall()]


def remove(conn: Connection, scope_id: int, keys: Collection[Key]) -> None:
    conn.executemany(
        "DELETE FROM team_rows WHERE scope_id = ? AND t = ? AND id = ?",
        [(scope_id, t, id_) for t, id_ in keys],
    )
