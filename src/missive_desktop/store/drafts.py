"""Drafts and their mirrors on the server. Files of a draft are raw records of its account."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft
from missive_desktop.store import raws
from missive_desktop.store.database import Connection
from missive_wire import shapes


class DraftRow(msgspec.Struct, frozen=True):
    """`mirrored` is the `changed` of the version on the server; 0 when none is there."""

    id: int
    account: int
    conversation: int
    draft: Draft
    changed: int
    mirrored: int
    mirror_folder: int
    mirror_uid: int


_SELECT = (
    "SELECT id, account_id, conversation_id, body, changed, mirrored, mirror_folder, mirror_uid"
    " FROM drafts"
)


def _row(row: tuple[Any, ...]) -> DraftRow:
    values = list(row)
    values[3] = shapes.read(row[3], Draft)
    return DraftRow(*values)


def save(conn: Connection, draft_id: int, draft: Draft, now: int, changes: Changes) -> int:
    """Keep a draft (0: a new one) and return its id; the transaction is to be durable.

    `changed` grows with each save, even within one second, so that a mirror can be told stale.
    """
    old = get(conn, draft_id) if draft_id else None
    body = msgspec.json.encode(draft).decode()
    changes.conversations.update({draft.conversation} - {0})
    if old is None:
        cursor = conn.execute(
            "INSERT INTO drafts (account_id, conversation_id, body, changed, mirrored,"
            " mirror_folder, mirror_uid) VALUES (?, ?, ?, ?, 0, 0, 0)",
            (draft.account, draft.conversation, body, now),
        )
        changes.drafts.add(cursor.lastrowid)
        return cursor.lastrowid
    conn.execute(
        "UPDATE drafts SET account_id = ?, conversation_id = ?, body = ?, changed = ? WHERE id = ?",
        (draft.account, draft.conversation, body, max(now, old.changed + 1), draft_id),
    )
    raws.forget(conn, _files(old.draft) - _files(draft))
    changes.drafts.add(draft_id)
    changes.conversations.update({old.conversation} - {0})
    return draft_id


def get(conn: Connection, draft_id: int) -> DraftRow | None:
    row = conn.execute(f"{_SELECT} WHERE id = ?", (draft_id,)).fetchone()
    return _row(row) if row else None


def all_(conn: Connection, account: int = 0) -> list[DraftRow]:
    """Return the drafts of an account or (0) of all, the last changed first."""
    sql = f"{_SELECT} WHERE ?1 IN (0, account_id) ORDER BY changed DESC, id DESC"
    return [_row(row) for row in conn.execute(sql, (account,)).fetchall()]


def in_conversation(conn: Connection, conversation: int) -> list[DraftRow]:
    sql = f"{_SELECT} WHERE conversation_id = ? AND conversation_id > 0 ORDER BY id"
    return [_row(row) for row in conn.execute(sql, (conversation,)).fetchall()]


def unmirrored(conn: Connection, account: int) -> list[DraftRow]:
    """Return the drafts whose newest version does not lie on the server."""
    return [row for row in all_(conn, account) if row.changed != row.mirrored]


def set_mirror(conn: Connection, draft_id: int, changed: int, folder: int, uid: int) -> None:
    """Note where the version `changed` of a draft lies on the server."""
    conn.execute(
        "UPDATE drafts SET mirrored = ?, mirror_folder = ?, mirror_uid = ? WHERE id = ?",
        (changed, folder, uid, draft_id),
    )


def remove(
    conn: Connection, draft_id: int, changes: Changes, *, keep_files: bool = False
) -> DraftRow | None:
    """Take a draft away and return it; its files stay when the outbox may bring it back."""
    row = get(conn, draft_id)
    if row is None:
        return None
    conn.execute("DELETE FROM drafts WHERE id = ?", (draft_id,))
    if not keep_files:
        raws.forget(conn, _files(row.draft))
    changes.drafts.add(draft_id)
    changes.conversations.update({row.conversation} - {0})
    return row


def forget_loose_files(conn: Connection, upto: int) -> int:
    """Forget records up to the id `upto` that nothing refers to; return how many there were.

    They are files attached to drafts that were never saved; `upto` is what was there at start.
    """
    held = {file for row in all_(conn) for file in _files(row.draft)}
    for (body,) in conn.execute("SELECT draft FROM outbox WHERE draft <> ''").fetchall():
        held |= _files(shapes.read(body, Draft))
    for (body,) in conn.execute("SELECT draft FROM team_outbox WHERE draft <> ''").fetchall():
        held |= _files(shapes.read(body, Draft))
    loose = conn.execute(
        "SELECT id FROM raws AS r WHERE id <= ?"
        " AND NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.raw_id = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.raw_id = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM remote_images AS i WHERE i.raw_id = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM team_blob_parts AS b WHERE b.raw_id = r.id)",
        (upto,),
    ).fetchall()
    gone = [raw for (raw,) in loose if raw not in held]
    raws.forget(conn, gone)
    return len(gone)


def _files(draft: Draft) -> set[int]:
    return {attachment.raw for attachment in draft.attachments}
