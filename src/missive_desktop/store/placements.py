"""Where messages lie: folder, UID and flags. The server's view, and the user's acts ahead of it.

A local move or copy gets a negative UID, never given twice, until the server numbers it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.store import conversations
from missive_desktop.store.database import Connection
from missive_desktop.store.forgetting import (
    conversations_of,
    forget_unplaced,
    keep_orphans,
    refresh_flags,
)

_GIVEN = "IN (SELECT value FROM json_each(?))"


class Placement(NamedTuple):
    folder: int
    uid: int
    message: int
    flags: Flags
    keywords: str


def get(conn: Connection, folder: int, uid: int) -> Placement | None:
    row = conn.execute(
        "SELECT message_id, flags, keywords FROM placements WHERE folder_id = ? AND uid = ?",
        (folder, uid),
    ).fetchone()
    return Placement(folder, uid, row[0], Flags(row[1]), row[2]) if row else None


def of_messages(conn: Connection, messages: Iterable[int]) -> list[Placement]:
    """Return every place where the messages lie."""
    rows = conn.execute(
        "SELECT folder_id, uid, message_id, flags, keywords FROM placements"
        f" WHERE message_id {_GIVEN} ORDER BY folder_id, uid",
        (json.dumps(list(messages)),),
    ).fetchall()
    return [Placement(row[0], row[1], row[2], Flags(row[3]), row[4]) for row in rows]


def uids(conn: Connection, folder: int) -> list[int]:
    """Return the UIDs that the server knows, ascending; pending ones are left out."""
    sql = "SELECT uid FROM placements WHERE folder_id = ? AND uid > 0 ORDER BY uid"
    return [row[0] for row in conn.execute(sql, (folder,)).fetchall()]


def flags(
    conn: Connection, folder: int, given: Iterable[int] | None = None
) -> dict[int, tuple[Flags, str]]:
    """Return flags and keywords by UID, of those the server knows: all, or those `given`."""
    sql = "SELECT uid, flags, keywords FROM placements WHERE folder_id = ? AND uid > 0"
    parameters: list[object] = [folder]
    if given is not None:
        sql += f" AND uid {_GIVEN}"
        parameters.append(json.dumps(list(given)))
    known = {number: Flags(number) for number in range(64)}
    return {uid: (known[bits], words) for uid, bits, words in conn.execute(sql, parameters)}


def messages(conn: Connection, folder: int, given: Iterable[int]) -> dict[int, int]:
    """Return message ids by UID."""
    sql = f"SELECT uid, message_id FROM placements WHERE folder_id = ? AND uid {_GIVEN}"
    return dict(conn.execute(sql, (folder, json.dumps(list(given)))).fetchall())


def set_flags(
    conn: Connection,
    folder: int,
    wanted: Mapping[int, tuple[Flags, str]],
    changes: Changes,
) -> None:
    """Set the flags of placements by UID; unknown UIDs are passed over."""
    rows = conn.execute(
        "SELECT uid, message_id, flags, keywords FROM placements"
        f" WHERE folder_id = ? AND uid {_GIVEN}",
        (folder, json.dumps(list(wanted))),
    ).fetchall()
    differ = [
        (int(wanted[uid][0]), wanted[uid][1], folder, uid, message)
        for uid, message, bits, words in rows
        if (bits, words) != wanted[uid]
    ]
    conn.executemany(
        "UPDATE placements SET flags = ?, keywords = ? WHERE folder_id = ? AND uid = ?",
        [row[:4] for row in differ],
    )
    _settle(conn, [row[4] for row in differ], changes)


def remove(
    conn: Connection, folder: int, given: Iterable[int], changes: Changes, *, keep: bool = False
) -> None:
    """Take messages out of a folder (expunged on the server, or deleted here).

    One that then lies nowhere is forgotten, or, with `keep`, at the next `forget_orphans` if it
    has not turned up in another folder by then.
    """
    removed = messages(conn, folder, given)
    if not removed:
        return
    conn.execute(
        f"DELETE FROM placements WHERE folder_id = ? AND uid {_GIVEN}",
        (folder, json.dumps(list(removed))),
    )
    _count(conn, folder, -sum(uid > 0 for uid in removed), changes)
    touched = set(removed.values())
    _settle(conn, touched, changes)
    if keep:
        keep_orphans(conn, touched)
    else:
        forget_unplaced(conn, touched, changes)


def put(
    conn: Connection,
    folder: int,
    message: int,
    changes: Changes,
    *,
    uid: int = 0,
    state: tuple[Flags, str] = (Flags(0), ""),
) -> int:
    """Place a known message; without a UID it gets a pending one. Returns the UID."""
    uid = uid or _pending_uid(conn)
    replaced = get(conn, folder, uid)
    conn.execute(
        "INSERT OR REPLACE INTO placements (folder_id, uid, message_id, flags, keywords)"
        " VALUES (?, ?, ?, ?, ?)",
        (folder, uid, message, int(state[0]), state[1]),
    )
    _count(conn, folder, int(uid > 0 and replaced is None), changes)
    _settle(conn, [message], changes)
    return uid


def move(
    conn: Connection, source: int, given: Iterable[int], target: int, changes: Changes
) -> dict[int, int]:
    """Move messages here, ahead of the server; return the pending UID in `target` by old UID."""
    placed = copy(conn, source, given, target, changes)
    remove(conn, source, placed, changes)
    return placed


def copy(
    conn: Connection, source: int, given: Iterable[int], target: int, changes: Changes
) -> dict[int, int]:
    """Copy messages here, ahead of the server; return the pending UID in `target` by UID."""
    rows = conn.execute(
        "SELECT uid, message_id, flags, keywords FROM placements"
        f" WHERE folder_id = ? AND uid {_GIVEN} ORDER BY uid",
        (source, json.dumps(list(given))),
    ).fetchall()
    placed = {row[0]: _pending_uid(conn) for row in rows}
    conn.executemany(
        "INSERT INTO placements (folder_id, uid, message_id, flags, keywords)"
        " VALUES (?, ?, ?, ?, ?)",
        [(target, placed[uid], message, bits, words) for uid, message, bits, words in rows],
    )
    _settle(conn, [row[1] for row in rows], changes)
    return placed


def assign_uid(conn: Connection, folder: int, pending: int, uid: int, changes: Changes) -> bool:
    """Give a pending placement the UID that the server gave; False when it is gone meanwhile."""
    row = get(conn, folder, pending)
    if row is None:
        return False
    conn.execute("DELETE FROM placements WHERE folder_id = ? AND uid = ?", (folder, pending))
    fetched = conn.execute(
        "INSERT OR IGNORE INTO placements (folder_id, uid, message_id, flags, keywords)"
        " VALUES (?, ?, ?, ?, ?)",
        (folder, uid, row.message, int(row.flags), row.keywords),
    )
    _count(conn, folder, fetched.rowcount - int(pending > 0), changes)
    _settle(conn, [row.message], changes)
    forget_unplaced(conn, {row.message}, changes)
    return True


def number_pending(conn: Connection, folder: int, first: int, changes: Changes) -> int:
    """Number all pending placements from `first` on, where no server will; return how many."""
    waiting = sorted(pending(conn, folder), reverse=True)  # the oldest first
    conn.executemany(
        "UPDATE placements SET uid = ? WHERE folder_id = ? AND uid = ?",
        [(first + at, folder, uid) for at, uid in enumerate(waiting)],
    )
    _count(conn, folder, len(waiting), changes)
    return len(waiting)


def _settle(conn: Connection, touched: Collection[int], changes: Changes) -> None:
    """Bring up to date what follows from the placements of these messages."""
    if not touched:
        return
    refresh_flags(conn, touched)
    conversations.refresh(conn, conversations_of(conn, touched), changes)
    changes.messages.update(touched)


def _count(conn: Connection, folder: int, difference: int, changes: Changes) -> None:
    if difference:
        conn.execute("UPDATE folders SET stored = stored + ? WHERE id = ?", (difference, folder))
    changes.folders.add(folder)


def _pending_uid(conn: Connection) -> int:
    row = conn.execute(
        "INSERT INTO settings (name, value) VALUES ('pending uid', '-1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) - 1"
        " RETURNING CAST(value AS INTEGER)"
    ).fetchone()
    return int(row[0])


def pending(conn: Connection, folder: int) -> dict[int, int]:
    """Return message ids by UID of those the server has yet to number."""
    sql = "SELECT uid, message_id FROM placements WHERE folder_id = ? AND uid < 0"
    return dict(conn.execute(sql, (folder,)).fetchall())


def content_hash(conn: Connection, folder: int, uid: int) -> bytes | None:
    """Return the hash of the raw message at a place."""
    row = conn.execute(
        "SELECT m.hash FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
        " WHERE p.folder_id = ? AND p.uid = ?",
        (folder, uid),
    ).fetchone()
    return bytes(row[0]) if row else None
