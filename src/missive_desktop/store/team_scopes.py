"""Where this device stands in each scope that it reads, and the keys of the scopes."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.store.database import Connection


class ScopeRow(msgspec.Struct, frozen=True):
    """All rows with lo < seq <= hi are here; `done`: there is nothing below `lo`.

    `until`: history is fetched down to this time in milliseconds; 0: all of it, -1: not decided.
    """

    id: int
    team: int
    scope: str
    e: str
    hi: int
    lo: int
    done: bool
    until: int
    head: int
    floor: int
    sum: str
    count: int
    acl: int
    key: int
    rekey: bool
    resyncs: int
    account: int


_LEFT = "left "  # begins the name of one that nobody finds any more
_SELECT = (
    "SELECT id, team_id, scope, e, hi, lo, done, until, head, floor, sum, count, acl, key, rekey,"
    " resyncs, account_id FROM team_scopes"
)


def _row(row: tuple[Any, ...]) -> ScopeRow:
    return ScopeRow(*(*row[:6], bool(row[6]), *row[7:14], bool(row[14]), *row[15:]))


def ensure(conn: Connection, team: int, scope: str, changes: Changes) -> ScopeRow:
    """Return where we stand in a scope; at the beginning where it is new."""
    row = conn.execute(f"{_SELECT} WHERE team_id = ? AND scope = ?", (team, scope)).fetchone()
    if row is None:
        conn.execute(
            "INSERT INTO team_scopes (team_id, scope, e, hi, lo, done, until, head, floor, sum,"
            " count, acl, key, rekey, resyncs, account_id)"
            " VALUES (?, ?, '', 0, 0, 0, -1, 0, 0, '', 0, 0, 0, 0, 0, 0)",
            (team, scope),
        )
        changes.teams.add(scope)
        return ensure(conn, team, scope, changes)
    return _row(row)


def get(conn: Connection, team: int, scope: str) -> ScopeRow | None:
    row = conn.execute(f"{_SELECT} WHERE team_id = ? AND scope = ?", (team, scope)).fetchone()
    return _row(row) if row else None


def by_name(conn: Connection, scope: str) -> ScopeRow | None:
    """Return a scope by its name alone: it belongs to one team."""
    row = conn.execute(f"{_SELECT} WHERE scope = ?", (scope,)).fetchone()
    return _row(row) if row else None


def by_id(conn: Connection, scope_id: int) -> ScopeRow | None:
    row = conn.execute(f"{_SELECT} WHERE id = ?", (scope_id,)).fetchone()
    return _row(row) if row else None


def of_account(conn: Connection, account: int) -> ScopeRow | None:
    """Return the scope of the space that an account shows, or None where it is a mailbox."""
    row = conn.execute(f"{_SELECT} WHERE account_id = ?", (account,)).fetchone()
    return _row(row) if row else None


def all_(conn: Connection, team: int) -> list[ScopeRow]:
    rows = conn.execute(
        f"{_SELECT} WHERE team_id = ? AND scope NOT GLOB '{_LEFT}*' ORDER BY id", (team,)
    ).fetchall()
    return [_row(row) for row in rows]


def save(conn: Connection, row: ScopeRow) -> None:
    """Write where we stand; how far down history goes and which account shows it stay."""
    conn.execute(
        "UPDATE team_scopes SET e = ?, hi = ?, lo = ?, done = ?, head = ?, floor = ?,"
        " sum = ?, count = ?, acl = ?, key = ?, rekey = ?, resyncs = ? WHERE id = ?",
        (
            row.e, row.hi, row.lo, int(row.done), row.head, row.floor, row.sum, row.count,
            row.acl, row.key, int(row.rekey), row.resyncs, row.id,
        ),
    )  # fmt: skip


def set_until(conn: Connection, scope_id: int, until: int) -> None:
    """Have history fetched further down: to this time in milliseconds, or all of it (0)."""
    conn.execute(
        "UPDATE team_scopes SET until = CASE WHEN ?1 = 0 OR until = 0 THEN 0"
        " WHEN until < 0 THEN ?1 ELSE min(until, ?1) END WHERE id = ?2",
        (until, scope_id),
    )


def begin_until(conn: Connection, scope_id: int, until: int) -> None:
    """Have history fetched down to this time, unless somebody has said how far."""
    conn.execute("UPDATE team_scopes SET until = ? WHERE id = ? AND until < 0", (until, scope_id))


def leave(conn: Connection, scope_id: int) -> None:
    """Let nobody find a scope any more, until it is removed."""
    conn.execute(
        "UPDATE team_scopes SET scope = ?1 || ?2 || ' ' || scope, account_id = 0 WHERE id = ?2",
        (_LEFT, scope_id),
    )


def left(conn: Connection) -> tuple[int, int, str] | None:
    """Return one that nobody finds any more: its id, its team, and how it was called."""
    row = conn.execute(
        "SELECT id, team_id, scope FROM team_scopes WHERE scope GLOB ? LIMIT 1", (f"{_LEFT}*",)
    ).fetchone()
    return (row[0], row[1], row[2].rpartition(" ")[2]) if row else None


def remove(conn: Connection, scope_id: int) -> None:
    """Forget a scope with its rows."""
    conn.execute("DELETE FROM team_scopes WHERE id = ?", (scope_id,))


def keys(conn: Connection, team: int, scope: str) -> dict[int, bytes]:
    """Return the keys of a scope by epoch."""
    rows = conn.execute(
        "SELECT epoch, key FROM team_keys WHERE team_id = ? AND scope = ?", (team, scope)
    )
    return dict(rows.fetchall())


def add_keys(
    conn: Connection, team: int, scope: str, found: dict[int, bytes], changes: Changes
) -> None:
    """Keep keys; one that is here stays as it is."""
    conn.executemany(
        "INSERT OR IGNORE INTO team_keys (team_id, scope, epoch, key) VALUES (?, ?, ?, ?)",
        [(team, scope, epoch, key) for epoch, key in sorted(found.items())],
    )
    changes.teams.add(scope)


def forget_keys(conn: Connection, team: int, scope: str) -> None:
    conn.execute("DELETE FROM team_keys WHERE team_id = ? AND scope = ?", (team, scope))
