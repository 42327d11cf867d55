"""What remains of a storm, read from the server as members do and from the stores of their devices.

Read-only: nothing here changes what it looks at.
"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.factories import KEY
from tests.servers.organization import Member
from tests.verdicts import Key, Line, Replica, Scope

from missive_desktop.profile import Profile
from missive_desktop.store import database, team_blobs, team_pending, team_scopes
from missive_desktop.store.database import Connection, Store
from missive_desktop.team.calls import Calls
from missive_wire import limits, routes
from missive_wire.chain import Head, Record
from missive_wire.entities import Row
from missive_wire.feed import Backfill, BackfillRequest, PullAnswer, PullRequest
from missive_wire.routes import AuditPage, AuditRequest

_SHARED = {
    "conversations": "SELECT conv, state, inbox, assignees, labels, last, since, name, pending"
    " FROM team_conversations WHERE account_id = :account ORDER BY conv",
    "messages": "SELECT id, conv, out, at, blob, key FROM team_messages"
    " WHERE account_id = :account ORDER BY id",
    "comments": "SELECT id, conv, author, mentions, text, v, pending FROM team_comments"
    " WHERE account_id = :account ORDER BY id",
    "tasks": "SELECT id, conv, author, assignees, state, due, title, text, pending FROM team_tasks"
    " WHERE account_id = :account ORDER BY id",
    "sends": "SELECT id, conv, author, state, due, blob, closes, body, pending FROM team_sends"
    " WHERE account_id = :account ORDER BY id",
    "marks": "SELECT kind, value, conv FROM team_marks WHERE account_id = :account"
    " ORDER BY kind, value, conv",
    "labels": "SELECT id, name, colour FROM team_labels WHERE scope = :scope ORDER BY id",
    "seats": "SELECT id, user, kind, role FROM team_seats WHERE scope = :scope ORDER BY id",
}
_MINE = {
    "personal": "SELECT conv, read, archived, snoozed, starred, watching FROM team_personal"
    " WHERE space = :space ORDER BY conv",
    "places": "SELECT c.conv, f.name FROM team_conversations AS c"
    " JOIN listing AS l ON l.conversation_id = c.conversation_id"
    " JOIN folders AS f ON f.id = l.folder_id"
    " WHERE c.account_id = :account AND c.conversation_id > 0 ORDER BY c.conv, f.name",
}


def scopes_of(calls: Calls, device: str) -> tuple[str, ...]:
    """Return the scopes that somebody may read."""
    return calls.post(routes.PULL, PullRequest(device, limits.SCHEMA), PullAnswer).all


def position(calls: Calls, device: str, scope: str) -> tuple[str, int]:
    page = calls.post(
        routes.BACKFILL, BackfillRequest(device, limits.SCHEMA, scope, max=1), Backfill
    )
    return page.e, page.head


def server_scope(calls: Calls, device: str, name: str, readers: frozenset[str]) -> Scope:
    """Read a scope and its trail to their ends."""
    rows: list[Row] = []
    request = BackfillRequest(device, limits.SCHEMA, name)
    page = first = calls.post(routes.BACKFILL, request, Backfill)
    rows += page.rows
    while not page.done:
        request = BackfillRequest(device, limits.SCHEMA, name, below=page.lo)
        page = calls.post(routes.BACKFILL, request, Backfill)
        rows += page.rows
    records: list[Record] = []
    while True:
        after = records[-1].n if records else 0
        told = calls.post(routes.AUDIT, AuditRequest(device, name, after=after), AuditPage)
        records += told.records
        if not told.more:
            break
    return Scope(
        first.e, first.head, first.sum, first.count, tuple(rows), tuple(records),
        Head(told.n, told.h), readers,
    )  # fmt: skip


class Copy:
    """The store of a device, read while it runs or after."""

    def __init__(self, directory: Path) -> None:
        profile = Profile(directory)
        self._store = Store(profile.database, profile.packs, KEY)

    def read(self) -> Any:
        return closing(database.open_reader(self._store))

    def at_rest(self, heads: dict[str, tuple[str, int]]) -> str:
        """Say what is still under way; "": all is here, and nothing waits."""
        with self.read() as conn:
            rows = {row.scope: row for row in team_scopes.all_(conn, 1)}
            up = team_blobs.waiting(conn, 1, "up")
            busy = [p for p in team_pending.open_(conn, 1) if p.state in ("waiting", "sent", "ok")]
        if busy:
            return f"{len(busy)} wait, the first {busy[0].act} {busy[0].state} {busy[0].scope[:1]}"
        if up:
            return f"{len(up)} files go up, the first of them was refused {up[0].tries} times"
        if rows.keys() != heads.keys():
            return f"has {sorted(rows)}, may read {sorted(heads)}"
        for name, row in rows.items():
            if not row.done or (row.e, row.hi) != heads[name]:
                return f"{name}: {row.e} {row.hi} done {row.done}, the server {heads[name]}"
        return ""

    def replica(self, anew: dict[str, object]) -> Replica:
        with self.read() as conn:
            rows: dict[Key, Line] = {}
            for scope in team_scopes.all_(conn, 1):
                rows |= {(scope.scope, t, id_): line for (t, id_), line in lines(conn, scope.id)}
            pending = dict(conn.execute("SELECT id, state FROM team_pending").fetchall())
            mine = everything(conn)
            return Replica(rows, shared(conn), anew, mine, pending)

    def everything(self) -> dict[str, object]:
        with self.read() as conn:
            return everything(conn)


def lines(conn: Connection, scope: int) -> list[tuple[tuple[str, str], Line]]:
    """Return the rows of a scope, each under its type and id."""
    found = conn.execute(
        "SELECT t, id, op, seq, v, h, body, trouble FROM team_rows WHERE scope_id = ?", (scope,)
    )
    return [
        ((t, id_), Line(op, seq, v, json.loads(h or "{}"), body, trouble))
        for t, id_, op, seq, v, h, body, trouble in found.fetchall()
    ]


def shared(conn: Connection) -> dict[str, object]:
    """Return what every member is to see alike, by scope."""
    return {scope: _tables(conn, _SHARED, scope, account) for scope, account in _spaces(conn)}


def everything(conn: Connection) -> dict[str, object]:
    return {
        scope: _tables(conn, _SHARED | _MINE, scope, account) for scope, account in _spaces(conn)
    }


def _spaces(conn: Connection) -> list[tuple[str, int]]:
    found = conn.execute("SELECT scope, account_id FROM team_spaces WHERE account_id > 0")
    return list(found.fetchall())


def _tables(
    conn: Connection, tables: dict[str, str], scope: str, account: int
) -> dict[str, list[list[object]]]:
    given = {"account": account, "scope": scope, "space": scope[2:]}
    return {
        name: [list(row) for row in conn.execute(sql, given).fetchall()]
        for name, sql in tables.items()
    }


def named(members: dict[str, Member]) -> dict[str, str]:
    """Return user → name."""
    return {member.me.user: name for name, member in members.items()}
