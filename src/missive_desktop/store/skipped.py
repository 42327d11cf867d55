"""Messages that could not be taken over: noted by UID, so that the next one goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from missive_desktop.domain.changes import Changes
from missive_desktop.store.database import Connection


def put(conn: Connection, folder: int, uid: int, reason: str, changes: Changes) -> None:
    conn.execute(
        "INSERT INTO skipped (folder_id, uid, reason) VALUES (?, ?, ?)"
        " ON CONFLICT (folder_id, uid) DO UPDATE SET reason = excluded.reason",
        (folder, uid, reason),
    )
    changes.folders.add(folder)


def for_folder(conn: Connection, folder: int) -> dict[int, str]:
    """Return the reasons by UID."""
    sql = "SELECT uid, reason FROM skipped WHERE folder_id = ? ORDER BY uid"
    return dict(conn.execute(sql, (folder,)).fetchall())


def remove(conn: Connection, folder: int, uids: Iterable[int], changes: Changes) -> None:
    """Forget notes, because the messages are gone or are to be tried again."""
    cursor = conn.execute(
        "DELETE FROM skipped WHERE folder_id = ? AND uid IN (SELECT value FROM json_each(?))",
        (folder, json.dumps(list(uids))),
    )
    if cursor.rowcount > 0:
        changes.folders.add(folder)
