"""Messages as rows: reading them. Taking in and forgetting lie in modules of their own."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.folder import Role
from missive_desktop.domain.ids import MessageId, first_message_id, message_date
from missive_desktop.domain.message import Address, Flags
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import raws
from missive_desktop.store.arrivals import Arrival, add_batch, known, place_known
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.forgetting import forget, forget_orphans
from missive_wire import shapes

__all__ = [
    "Arrival",
    "MessageRow",
    "add_batch",
    "folders_of",
    "forget",
    "forget_orphans",
    "get",
    "in_conversation",
    "known",
    "newest",
    "place_known",
    "raw",
    "rows",
]


class MessageRow(msgspec.Struct, frozen=True):
    id: MessageId
    account: int
    conversation: int
    raw_id: int
    message_id: str
    received: int
    subject: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    snippet: str
    size: int
    attachments: int
    trackers: int
    flags: Flags
    list_id: str
    defects: tuple[str, ...]

    @property
    def date(self) -> int:
        """Unix seconds: the Date header, or the time of arrival where that cannot be true."""
        return message_date(self.id)


_COLUMNS = (
    "m.id, m.account_id, m.conversation_id, m.raw_id, m.message_id, m.received, m.subject,"
    " m.from_name, m.from_address, m.recipients, m.snippet, m.size, m.attachments, m.trackers,"
    " m.flags, m.list_id, m.defects"
)
_People = dict[str, tuple[Address, ...]]


def _row(row: tuple[Any, ...]) -> MessageRow:
    people = shapes.read(row[9], _People)
    values = [
        *row[:7],
        Address(row[7], row[8]),
        people.get("to", ()),
        people.get("cc", ()),
        people.get("bcc", ()),
        people.get("reply_to", ()),
        *row[10:14],
        Flags(row[14]),
        row[15],
        tuple(row[16].split("\n")) if row[16] else (),
    ]
    return MessageRow(*values)


def _select(conn: Connection, rest: str, parameters: tuple[Any, ...]) -> list[MessageRow]:
    sql = f"SELECT {_COLUMNS} FROM messages AS m {rest}"
    return [_row(row) for row in conn.execute(sql, parameters).fetchall()]


def get(conn: Connection, message: int) -> MessageRow | None:
    return next(iter(_select(conn, "WHERE m.id = ?", (message,))), None)


def rows(conn: Connection, messages: list[int]) -> dict[int, MessageRow]:
    """Return several messages by id; those that are gone are missing."""
    given = msgspec.json.encode(messages).decode()
    found = _select(conn, "WHERE m.id IN (SELECT value FROM json_each(?))", (given,))
    return {row.id: row for row in found}


def in_conversation(conn: Connection, conversation: int) -> list[MessageRow]:
    """Return the messages of a conversation, oldest first."""
    return _select(conn, "WHERE m.conversation_id = ? ORDER BY m.id", (conversation,))


def newest(conn: Connection, folder: int, limit: int) -> list[MessageRow]:
    """Return the newest messages of a folder, newest first.

    They are among the messages of its `limit` newest conversations, which have an index.
    """
    return _select(
        conn,
        "JOIN (SELECT conversation_id FROM listing WHERE folder_id = ?1"
        " ORDER BY latest DESC, conversation_id DESC LIMIT ?2) AS l"
        " ON m.conversation_id = l.conversation_id"
        " WHERE EXISTS (SELECT 1 FROM placements AS p"
        " WHERE p.message_id = m.id AND p.folder_id = ?1)"
        " ORDER BY m.id DESC LIMIT ?2",
        (folder, limit),
    )


def arrived_after(conn: Connection, raw: int, since: int, limit: int) -> list[tuple[int, int]]:
    """Return (message, raw record) of mail that came after a raw record, the latest first.

    Not older than `since`, unix seconds; and not only in the spam, the trash, or among what was
    written here; nor behind a shared inbox, which has the same mail.
    """
    aside = (Role.SPAM, Role.TRASH, Role.SENT, Role.DRAFTS)
    rows = conn.execute(
        "SELECT m.id, m.raw_id FROM messages AS m WHERE m.raw_id > ? AND m.id >= ?"
        " AND EXISTS (SELECT 1 FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
        " WHERE p.message_id = m.id AND f.role NOT IN (?, ?, ?, ?))"
        " AND m.account_id NOT IN (SELECT account_id FROM served)"
        " ORDER BY m.raw_id DESC LIMIT ?",
        (raw, first_message_id(since), *(role.value for role in aside), limit),
    )
    return [(message, record) for message, record in rows.fetchall()]


def folders_of(conn: Connection, message: int) -> list[tuple[int, int]]:
    """Return where a message lies: (folder, uid) each."""
    sql = "SELECT folder_id, uid FROM placements WHERE message_id = ? ORDER BY folder_id, uid"
    return [(folder, uid) for folder, uid in conn.execute(sql, (message,)).fetchall()]


def raw(conn: Connection, store: Store, message: int) -> bytes:
    """Return the message as it was received; raises DiskTrouble when that is gone or damaged."""
    row = conn.execute("SELECT raw_id FROM messages WHERE id = ?", (message,)).fetchone()
    if row is None:
        raise DiskTrouble("This message is no longer stored here.")
    return raws.load(conn, store, row[0])
