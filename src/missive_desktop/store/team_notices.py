"""What the person should know of a team, until it is seen."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind
from missive_desktop.store.database import Connection


class NoticeRow(msgspec.Struct, frozen=True):
    id: int
    team: int
    at: int
    kind: str
    scope: str
    words: str


def add(
    conn: Connection,
    team: int,
    kind: NoticeKind,
    scope: str,
    words: str,
    now: int,
    changes: Changes,
) -> None:
    """Keep a notice; the same one is not said twice while it is unseen."""
    cursor = conn.execute(
        "INSERT INTO team_notices (team_id, at, kind, scope, words, seen)"
        " SELECT ?1, ?2, ?3, ?4, ?5, 0 WHERE NOT EXISTS (SELECT 1 FROM team_notices"
        " WHERE team_id = ?1 AND kind = ?3 AND scope = ?4 AND words = ?5 AND seen = 0)",
        (team, now, kind.value, scope, words),
    )
    if cursor.rowcount > 0:
        changes.teams.add(f"team:{team}")


def unseen_of(conn: Connection, team: int, kind: NoticeKind, scope: str) -> bool:
    """Tell whether there is something of this kind that was not seen yet."""
    sql = "SELECT 1 FROM team_notices WHERE team_id = ? AND kind = ? AND scope = ? AND seen = 0"
    return conn.execute(sql, (team, kind.value, scope)).fetchone() is not None


def take_back(conn: Connection, team: int, kind: NoticeKind, scope: str, changes: Changes) -> None:
    """Forget what was not seen yet: there is something better to say."""
    cursor = conn.execute(
        "DELETE FROM team_notices WHERE team_id = ? AND kind = ? AND scope = ? AND seen = 0",
        (team, kind.value, scope),
    )
    if cursor.rowcount > 0:
        changes.teams.add(f"team:{team}")


def add_once(
    conn: Connection,
    team: int,
    kind: NoticeKind,
    scope: str,
    words: str,
    now: int,
    changes: Changes,
) -> None:
    """Keep a notice of what stays as it is: once seen, it is not said again."""
    said = conn.execute(
        "SELECT 1 FROM team_notices WHERE team_id = ? AND kind = ? AND scope = ? AND words = ?",
        (team, kind.value, scope, words),
    ).fetchone()
    if said is None:
        add(conn, team, kind, scope, words, now, changes)


def told(conn: Connection, team: int, kind: NoticeKind) -> set[str]:
    """Return of whom or what notices of a kind are, seen ones too."""
    sql = "SELECT scope FROM team_notices WHERE team_id = ? AND kind = ?"
    return {row[0] for row in conn.execute(sql, (team, kind.value))}


def keep_only(
    conn: Connection, team: int, kind: NoticeKind, scopes: Iterable[str], changes: Changes
) -> None:
    """Forget notices of what is so no longer."""
    cursor = conn.execute(
        "DELETE FROM team_notices WHERE team_id = ? AND kind = ?"
        " AND scope NOT IN (SELECT value FROM json_each(?))",
        (team, kind.value, json.dumps(sorted(scopes))),
    )
    if cursor.rowcount > 0:
        changes.teams.add(f"team:{team}")


def unseen(conn: Connection) -> list[NoticeRow]:
    """Return what was not seen yet, the oldest first."""
    rows = conn.execute(
        "SELECT id, team_id, at, kind, scope, words FROM team_notices WHERE seen = 0 ORDER BY id"
    )
    return [NoticeRow(*row) for row in rows.fetchall()]


def see(conn: Connection, notice: int, changes: Changes) -> None:
    row = conn.execute(
        "UPDATE team_notices SET seen = 1 WHERE id = ? RETURNING team_id", (notice,)
    ).fetchone()
    if row:
        changes.teams.add(f"team:{row[0]}")
