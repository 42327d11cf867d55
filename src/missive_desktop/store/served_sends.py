"""Mail of a space that this device began to send, each with its row of the outbox."""

from __future__ import annotations

from typing import Any, NamedTuple

from missive_desktop.store.database import Connection


class SendingRow(NamedTuple):
    """`seq`: where the row that says it was begun stands; while it does, nobody else touched it."""

    account: int
    id: str
    pending: int
    seq: int
    outbox: int
    begun: bool  # let go to be sent
    created: int  # unix seconds


_SELECT = "SELECT account_id, id, pending, seq, outbox, begun, created FROM served_sends"


def _row(row: tuple[Any, ...]) -> SendingRow:
    return SendingRow(*(*row[:5], bool(row[5]), row[6]))


def all_(conn: Connection, account: int) -> list[SendingRow]:
    rows = conn.execute(f"{_SELECT} WHERE account_id = ? ORDER BY created, id", (account,))
    return [_row(row) for row in rows.fetchall()]


def put(conn: Connection, row: SendingRow) -> None:
    """Keep how far it is; the transaction is to be durable."""
    conn.execute(
        "INSERT INTO served_sends (account_id, id, pending, seq, outbox, begun, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, id) DO UPDATE"
        " SET pending = excluded.pending, seq = excluded.seq, outbox = excluded.outbox,"
        " begun = excluded.begun",
        (*row[:5], int(row.begun), row.created),
    )


def remove(conn: Connection, account: int, id_: str) -> None:
    """Forget it; its row of the outbox is for the caller."""
    conn.execute("DELETE FROM served_sends WHERE account_id = ? AND id = ?", (account, id_))
