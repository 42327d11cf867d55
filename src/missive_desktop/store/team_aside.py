"""Unsent work of scopes that were taken away, sealed under the key that went with them."""

from __future__ import annotations

from typing import NamedTuple

from missive_desktop.store.database import Connection


class AsideRow(NamedTuple):
    id: int
    epoch: int
    sealed: bytes


def add(conn: Connection, team: int, scope: str, epoch: int, sealed: bytes, now: int) -> None:
    conn.execute(
        "INSERT INTO team_aside (team_id, scope, epoch, sealed, at) VALUES (?, ?, ?, ?, ?)",
        (team, scope, epoch, sealed, now),
    )


def of(conn: Connection, team: int, scope: str) -> list[AsideRow]:
    rows = conn.execute(
        "SELECT id, epoch, sealed FROM team_aside WHERE team_id = ? AND scope = ? ORDER BY id",
        (team, scope),
    )
    return [AsideRow(*row) for row in rows.fetchall()]


def remove(conn: Connection, aside: int) -> None:
    conn.execute("DELETE FROM team_aside WHERE id = ?", (aside,))


def forget(conn: Connection, before: int) -> None:
    """Forget what was put aside so long ago (ms) that nobody gives access back any more."""
    conn.execute("DELETE FROM team_aside WHERE at < ?", (before,))
