"""The outbox: frozen copies on their way, as the state machine of `domain.outgoing`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import TRANSITIONS, Outgoing
from missive_desktop.errors import UsageError
from missive_desktop.store import raws
from missive_desktop.store.database import Connection
from missive_wire import shapes


class OutboxRow(msgspec.Struct, frozen=True):
    id: int
    account: int
    raw_id: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    state: Outgoing
    data_sent: bool
    not_before: int
    tries: int
    error: str
    draft: Draft | None
    answers: int
    answer_flag: Flags
    filed: bool
    created: int


class Outbound(msgspec.Struct, frozen=True):
    """What is queued: the envelope of a frozen copy, and the draft that Undo brings back."""

    account: int
    raw_id: int
    sender: str
    recipients: Sequence[str]
    subject: str
    message_id: str
    not_before: int
    created: int
    draft: Draft | None = None
    answers: int = 0
    answer_flag: Flags = Flags(0)


_SELECT = (
    "SELECT id, account_id, raw_id, sender, recipients, subject, message_id, state, data_sent,"
    " not_before, tries, error, draft, answers, answer_flag, filed, created FROM outbox"
)


def _row(row: tuple[Any, ...]) -> OutboxRow:
    values = list(row)
    values[4] = shapes.read(row[4], tuple[str, ...])
    values[7] = Outgoing(row[7])
    values[8] = bool(row[8])
    values[12] = shapes.read(row[12], Draft) if row[12] else None
    values[14] = Flags(row[14])
    values[15] = bool(row[15])
    return OutboxRow(*values)


def _rows(conn: Connection, rest: str, parameters: tuple[Any, ...]) -> list[OutboxRow]:
    return [_row(row) for row in conn.execute(f"{_SELECT} {rest}", parameters).fetchall()]


def enqueue(conn: Connection, item: Outbound, changes: Changes) -> int:
    """Queue a frozen copy; the transaction is to be durable."""
    cursor = conn.execute(
        "INSERT INTO outbox (account_id, raw_id, sender, recipients, subject, message_id, state,"
        " data_sent, not_before, tries, error, draft, answers, answer_flag, filed, created)"
        " VALUES (?, ?, ?, ?, ?, ?, 'queued', 0, ?, 0, '', ?, ?, ?, 0, ?)",
        (
            item.account,
            item.raw_id,
            item.sender,
            msgspec.json.encode(tuple(item.recipients)).decode(),
            item.subject,
            item.message_id,
            item.not_before,
            msgspec.json.encode(item.draft).decode() if item.draft else "",
            item.answers,
            int(item.answer_flag),
            item.created,
        ),
    )
    changes.outbox.add(cursor.lastrowid)
    return cursor.lastrowid


def get(conn: Connection, outbox_id: int) -> OutboxRow | None:
    return next(iter(_rows(conn, "WHERE id = ?", (outbox_id,))), None)


def all_(conn: Connection, account: int = 0) -> list[OutboxRow]:
    """Return all rows of an account or (0) of all that are shown, oldest first."""
    if account:
        return _rows(conn, "WHERE account_id = ? ORDER BY id", (account,))
    return _rows(conn, "WHERE account_id NOT IN (SELECT account_id FROM served) ORDER BY id", ())


def open_(conn: Connection, account: int) -> list[OutboxRow]:
    """Return what is not sent, or not filed in Sent yet, by the time it is due."""
    return _rows(
        conn,
        "WHERE account_id = ? AND (state <> 'sent' OR filed = 0) ORDER BY not_before, id",
        (account,),
    )


def due(conn: Connection, account: int, now: int) -> list[OutboxRow]:
    """Return what is to be sent now."""
    return [
        row
        for row in open_(conn, account)
        if row.state is Outgoing.QUEUED and row.not_before <= now
    ]


def transition(
    conn: Connection,
    outbox_id: int,
    state: Outgoing,
    changes: Changes,
    *,
    error: str = "",
    not_before: int | None = None,
) -> OutboxRow:
    """Go to another state, as `domain.outgoing` allows; a new try starts without sent data."""
    row = get(conn, outbox_id)
    if row is None:
        raise UsageError("This message is no longer in the outbox.")
    if state not in TRANSITIONS[row.state]:
        raise UsageError(f"A message that is {row.state} cannot become {state}.")
    conn.execute(
        "UPDATE outbox SET state = ?, error = ?, not_before = ?, tries = tries + ?,"
        " data_sent = CASE WHEN ? THEN 0 ELSE data_sent END WHERE id = ?",
        (
            state.value,
            error,
            row.not_before if not_before is None else not_before,
            int(state is Outgoing.SENDING),
            state in (Outgoing.QUEUED, Outgoing.SENDING),
            outbox_id,
        ),
    )
    changes.outbox.add(outbox_id)
    return row


def let_go(conn: Connection, outbox_id: int, not_before: int, changes: Changes) -> None:
    """Say when a queued message that was held back may go."""
    conn.execute(
        "UPDATE outbox SET not_before = ? WHERE id = ? AND state = 'queued'",
        (not_before, outbox_id),
    )
    changes.outbox.add(outbox_id)


def mark_data_sent(conn: Connection, outbox_id: int) -> None:
    """Note that the end of the data goes out now: a break from here on is uncertain."""
    conn.execute("UPDATE outbox SET data_sent = 1 WHERE id = ?", (outbox_id,))


def mark_filed(conn: Connection, outbox_id: int, changes: Changes) -> None:
    """Note that the message lies in Sent."""
    conn.execute("UPDATE outbox SET filed = 1 WHERE id = ?", (outbox_id,))
    changes.outbox.add(outbox_id)


def recover(conn: Connection, changes: Changes) -> list[int]:
    """At start: what was being sent when the program died is queued again, or uncertain.

    Only before anything is sent: what is on its way would be sent twice. Returns those that are
    uncertain, because their data had gone out.
    """
    uncertain = []
    for row in _rows(conn, "WHERE state = 'sending'", ()):
        if row.data_sent:
            reason = "The program was stopped while the mail went out; it may have arrived."
            transition(conn, row.id, Outgoing.UNCERTAIN, changes, error=reason)
            uncertain.append(row.id)
        else:
            transition(conn, row.id, Outgoing.QUEUED, changes)
    return uncertain


def remove(
    conn: Connection, outbox_id: int, changes: Changes, *, keep_files: bool = False
) -> OutboxRow | None:
    """Take a row away with its frozen copy and, unless a draft goes on with them, its files."""
    row = get(conn, outbox_id)
    if row is None:
        return None
    conn.execute("DELETE FROM outbox WHERE id = ?", (outbox_id,))
    files = {file.raw for file in row.draft.attachments} if row.draft and not keep_files else set()
    raws.forget(conn, files | {row.raw_id})
    changes.outbox.add(outbox_id)
    return row
