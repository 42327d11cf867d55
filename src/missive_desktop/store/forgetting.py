"""Forgetting messages, and keeping each message's own flags in step with its placements."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.store import addresses, conversations, indexing, raws, remote_images
from missive_desktop.store.database import Connection

_GIVEN = "IN (SELECT value FROM json_each(?))"
_SEEN = int(Flags.SEEN)
_FORGET_AT_ONCE = 1_000


def conversations_of(conn: Connection, messages: Iterable[int]) -> set[int]:
    sql = f"SELECT conversation_id FROM messages WHERE id {_GIVEN}"
    return {row[0] for row in conn.execute(sql, (json.dumps(list(messages)),)).fetchall()}


def refresh_flags(conn: Connection, messages: Iterable[int]) -> None:
    """Gather flags over placements: seen if seen everywhere, the others if anywhere."""
    gathered: dict[int, tuple[int, int]] = {}
    for message, flags in conn.execute(
        f"SELECT message_id, flags FROM placements WHERE message_id {_GIVEN}",
        (json.dumps(list(messages)),),
    ).fetchall():
        every, some = gathered.get(message, (_SEEN, 0))
        gathered[message] = (every & flags, some | flags)
    conn.executemany(
        "UPDATE messages SET flags = ?1 WHERE id = ?2 AND flags <> ?1",
        [(every | (some & ~_SEEN), message) for message, (every, some) in sorted(gathered.items())],
    )


def unplaced(conn: Connection, messages: Iterable[int]) -> list[int]:
    """Return those of the messages that lie nowhere."""
    sql = (
        f"SELECT id FROM messages AS m WHERE id {_GIVEN}"
        " AND NOT EXISTS (SELECT 1 FROM placements AS p WHERE p.message_id = m.id)"
    )
    return [row[0] for row in conn.execute(sql, (json.dumps(list(messages)),)).fetchall()]


def forget_unplaced(conn: Connection, messages: Collection[int], changes: Changes) -> None:
    """Forget those of the messages that lie nowhere."""
    if messages:
        forget(conn, unplaced(conn, messages), changes)


def keep_orphans(conn: Connection, messages: Collection[int]) -> None:
    """Note those of the messages that lie nowhere, for `forget_orphans`."""
    conn.executemany(
        "INSERT OR IGNORE INTO orphans (message_id) VALUES (?)",
        [(message,) for message in unplaced(conn, messages)],
    )


def forget_orphans(conn: Connection, account: int, changes: Changes) -> int:
    """Forget what lost its last placement and did not turn up elsewhere; at the end of a sync."""
    found = conn.execute(
        "SELECT o.message_id, EXISTS"
        " (SELECT 1 FROM placements AS p WHERE p.message_id = o.message_id)"
        " FROM orphans AS o JOIN messages AS m ON m.id = o.message_id WHERE m.account_id = ?"
        " LIMIT ?",
        (account, _FORGET_AT_ONCE),
    ).fetchall()
    conn.executemany(
        "DELETE FROM orphans WHERE message_id = ?", [(message,) for message, _ in found]
    )
    forget(conn, [message for message, placed in found if not placed], changes)
    return len(found)


def forget(conn: Connection, ids: Collection[int], changes: Changes) -> None:
    """Forget messages for good: rows, search, placements, the keys of their raw records
    and of the remote images that only they showed."""
    if not ids:
        return
    given = (json.dumps(sorted(ids)),)
    touched = conversations_of(conn, ids)
    raw_ids = {
        row[0] for row in conn.execute(f"SELECT raw_id FROM messages WHERE id {_GIVEN}", given)
    }
    for folder, stored in conn.execute(
        "SELECT folder_id, sum(uid > 0) FROM placements"
        f" WHERE message_id {_GIVEN} GROUP BY folder_id",
        given,
    ).fetchall():
        conn.execute("UPDATE folders SET stored = stored - ? WHERE id = ?", (stored, folder))
        changes.folders.add(folder)
    conn.execute(f"DELETE FROM placements WHERE message_id {_GIVEN}", given)
    indexing.unindex(conn, sorted(ids))
    addresses.forget(conn, ids)
    images = remote_images.used_by(conn, ids)
    conn.execute(f"DELETE FROM messages WHERE id {_GIVEN}", given)
    remote_images.forget_unused(conn, images)
    raws.forget(conn, raw_ids)
    conversations.refresh(conn, touched, changes)
    changes.messages.update(ids)
