"""What this device asked a space's worker to send, as long as it may be taken back."""

from __future__ import annotations

import msgspec

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.team import Intent
from missive_desktop.store.database import Connection
from missive_wire import shapes

_INTENTS = shapes.decoder(tuple[Intent, ...])


class Asked(msgspec.Struct, frozen=True):
    """`send` is the entity; `undo` takes back what else it led to (who has it, whether closed)."""

    id: int
    account: int
    send: str
    draft: Draft | None
    undo: tuple[Intent, ...]


def add(
    conn: Connection, account: int, send: str, draft: Draft | None, undo: tuple[Intent, ...]
) -> int:
    cursor = conn.execute(
        "INSERT INTO team_outbox (account_id, send, draft, undo) VALUES (?, ?, ?, ?)",
        (
            account,
            send,
            msgspec.json.encode(draft).decode() if draft is not None else "",
            msgspec.json.encode(undo).decode(),
        ),
    )
    return cursor.lastrowid


def get(conn: Connection, id_: int) -> Asked | None:
    row = conn.execute(
        "SELECT id, account_id, send, draft, undo FROM team_outbox WHERE id = ?", (id_,)
    ).fetchone()
    if row is None:
        return None
    draft = shapes.read(row[3], Draft) if row[3] else None
    return Asked(row[0], row[1], row[2], draft, _INTENTS.decode(row[4]))


def of_send(conn: Connection, account: int, send: str) -> Asked | None:
    """Return what this device asked for as that entity."""
    row = conn.execute(
        "SELECT id FROM team_outbox WHERE account_id = ? AND send = ?", (account, send)
    ).fetchone()
    return get(conn, row[0]) if row else None


def open_(conn: Connection, account: int) -> list[Asked]:
    """Return what of a space was neither sent nor taken back yet."""
    rows = conn.execute(
        "SELECT o.id FROM team_outbox AS o JOIN team_sends AS s"
        " ON s.account_id = o.account_id AND s.id = o.send"
        " WHERE o.account_id = ? AND s.state IN ('requested', 'failed') ORDER BY o.id",
        (account,),
    ).fetchall()
    return [asked for (id_,) in rows if (asked := get(conn, id_)) is not None]


def remove(conn: Connection, id_: int) -> None:
    conn.execute("DELETE FROM team_outbox WHERE id = ?", (id_,))


def settled(conn: Connection) -> list[Asked]:
    """Return what was sent or taken back by now: its draft is no longer needed."""
    rows = conn.execute(
        "SELECT o.id FROM team_outbox AS o LEFT JOIN team_sends AS s"
        " ON s.account_id = o.account_id AND s.id = o.send"
        " WHERE s.id IS NULL OR s.state IN ('sent', 'cancelled')"
    ).fetchall()
    return [asked for (id_,) in rows if (asked := get(conn, id_)) is not None]
