"""Mailboxes behind shared inboxes: which one stands behind which space, and how it is served."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.serving import Options, Serving
from missive_desktop.errors import UsageError
from missive_desktop.store import accounts
from missive_desktop.store.database import Connection
from missive_wire import shapes


class ServedRow(msgspec.Struct, frozen=True):
    scope: str
    team: int
    account: int
    options: Options
    state: Serving
    device: str
    error: str
    fence: int
    handed: str


_SELECT = "SELECT scope, team_id, account_id, options, state, device, error, fence, handed"


def _row(row: tuple[Any, ...]) -> ServedRow:
    options = shapes.read(row[3], Options)
    return ServedRow(*(*row[:3], options, Serving(row[4]), *row[5:]))


def add(
    conn: Connection,
    scope: str,
    team: int,
    account: int,
    options: Options,
    changes: Changes,
    *,
    handed: str = "",
) -> None:
    """Have an account stand behind a space; from now on it is no mailbox of this person's own."""
    row = accounts.get(conn, account)
    if row is None or not row.settings.imap.host:
        raise UsageError("There is no such account, or it has no server.")
    if get(conn, scope) is not None or of_account(conn, account) is not None:
        raise UsageError("This is served from here already.")
    conn.execute(
        "INSERT INTO served (scope, team_id, account_id, options, state, device, error, fence,"
        " handed) VALUES (?, ?, ?, ?, ?, '', '', 0, ?)",
        (scope, team, account, _encode(options), Serving.WAITING.value, handed),
    )
    _set_kind(conn, account, "served", changes)
    changes.teams.add(scope)


def remove(conn: Connection, scope: str, changes: Changes) -> ServedRow | None:
    """Let go of a mailbox: it is this person's own again."""
    row = get(conn, scope)
    if row is None:
        return None
    conn.execute("DELETE FROM served WHERE scope = ?", (scope,))
    for table in ("served_mail", "served_places", "served_sends"):
        conn.execute(f"DELETE FROM {table} WHERE account_id = ?", (row.account,))
    _set_kind(conn, row.account, "mail", changes)
    changes.teams.add(scope)
    return row


def _set_kind(conn: Connection, account: int, kind: Any, changes: Changes) -> None:
    known = accounts.get(conn, account)
    if known is not None:
        settings = msgspec.structs.replace(known.settings, kind=kind)
        accounts.update_settings(conn, account, settings, changes)


def get(conn: Connection, scope: str) -> ServedRow | None:
    row = conn.execute(f"{_SELECT} FROM served WHERE scope = ?", (scope,)).fetchone()
    return _row(row) if row else None


def of_account(conn: Connection, account: int) -> ServedRow | None:
    row = conn.execute(f"{_SELECT} FROM served WHERE account_id = ?", (account,)).fetchone()
    return _row(row) if row else None


def all_(conn: Connection) -> list[ServedRow]:
    rows = conn.execute(f"{_SELECT} FROM served ORDER BY scope").fetchall()
    return [_row(row) for row in rows]


def set_state(
    conn: Connection, scope: str, state: Serving, device: str, error: str, changes: Changes
) -> None:
    """Keep how it goes; a notice goes out only where it differs."""
    cursor = conn.execute(
        "UPDATE served SET state = ?1, device = ?2, error = ?3 WHERE scope = ?4"
        " AND (state, device, error) IS NOT (?1, ?2, ?3)",
        (state.value, device, error, scope),
    )
    if cursor.rowcount > 0:
        changes.teams.add(scope)


def set_fence(conn: Connection, scope: str, fence: int) -> None:
    conn.execute("UPDATE served SET fence = ? WHERE scope = ?", (fence, scope))


def set_options(conn: Connection, scope: str, options: Options) -> None:
    conn.execute("UPDATE served SET options = ? WHERE scope = ?", (_encode(options), scope))


def _encode(options: Options) -> str:
    return msgspec.json.encode(options).decode()
