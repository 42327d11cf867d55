"""What the user did and the server does not know yet, in order for each account."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.store.database import Connection


class ActionRow(msgspec.Struct, frozen=True):
    id: int
    account: int
    kind: str
    payload: Any  # JSON
    tries: int
    error: str
    created: int


_SELECT = "SELECT id, account_id, kind, payload, tries, error, created FROM actions"


def _row(row: tuple[Any, ...]) -> ActionRow:
    id_, account, kind, payload, tries, error, created = row
    return ActionRow(id_, account, kind, msgspec.json.decode(payload), tries, error, created)


def queue(conn: Connection, account: int, kind: str, payload: Any, now: int) -> int:
    """Queue an action behind the others; its transaction is to be durable."""
    cursor = conn.execute(
        "INSERT INTO actions (account_id, kind, payload, tries, error, created)"
        " VALUES (?, ?, ?, 0, '', ?)",
        (account, kind, msgspec.json.encode(payload).decode(), now),
    )
    return cursor.lastrowid


def pending(conn: Connection, account: int) -> list[ActionRow]:
    """Return what is queued, in the order it was done."""
    rows = conn.execute(f"{_SELECT} WHERE account_id = ? ORDER BY id", (account,)).fetchall()
    return [_row(row) for row in rows]


def accounts(conn: Connection) -> list[int]:
    """Return the accounts that have something queued."""
    rows = conn.execute("SELECT DISTINCT account_id FROM actions ORDER BY account_id")
    return [account for (account,) in rows.fetchall()]


def update(conn: Connection, action: int, payload: Any) -> None:
    """Change what is still to do, as when part of it is done or a UID became known."""
    conn.execute(
        "UPDATE actions SET payload = ? WHERE id = ?",
        (msgspec.json.encode(payload).decode(), action),
    )


def tried(conn: Connection, action: int, error: str) -> None:
    """Note a try that failed and will be repeated."""
    conn.execute("UPDATE actions SET tries = tries + 1, error = ? WHERE id = ?", (error, action))


def done(conn: Connection, action: int) -> None:
    """Take the action off the queue: the server did it, or it was backed out."""
    conn.execute("DELETE FROM actions WHERE id = ?", (action,))
