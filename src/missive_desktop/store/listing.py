"""What a list shows and in which order: all, or only unread or starred conversations.

Reads what `conversations.refresh` keeps; the window asks again for what a change names.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Literal

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.store.database import Connection
from missive_wire import shapes

Only = Literal["all", "unread", "starred"]
Entry = tuple[int, int]  # the newest message there, and its conversation

_RECIPIENTS = shapes.decoder(dict[str, tuple[Address, ...]])
_DRAFT = shapes.decoder(Draft)
_GIVEN = "IN (SELECT value FROM json_each(?))"
_CONDITION: dict[Only, str] = {
    "all": "",
    "unread": " AND unread > 0",
    "starred": " AND conversation_id IN (SELECT id FROM conversations WHERE starred > 0)",
}


def now(
    conn: Connection, folders: Sequence[int], wanted: Collection[int], only: Only = "all"
) -> dict[int, int]:
    """Return which of the wanted conversations the folders show, each with its newest message."""
    found = conn.execute(
        f"SELECT conversation_id, max(latest) FROM listing WHERE conversation_id {_GIVEN}"
        f" AND folder_id {_GIVEN}{_CONDITION[only]} GROUP BY conversation_id",
        (json.dumps(list(wanted)), json.dumps(list(folders))),
    )
    return dict(found.fetchall())


def starred_now(conn: Connection, wanted: Collection[int], only: Only = "all") -> dict[int, int]:
    """Return which of the wanted conversations have a star."""
    unread = " AND unread > 0" if only == "unread" else ""
    found = conn.execute(
        f"SELECT id, latest FROM conversations WHERE starred > 0 AND id {_GIVEN}{unread}"
        " AND account_id NOT IN (SELECT account_id FROM served)",
        (json.dumps(list(wanted)),),
    )
    return dict(found.fetchall())


def filtered(conn: Connection, folders: Sequence[int], only: Only) -> list[Entry]:
    """Return the unread or the starred conversations of the folders, newest first."""
    given = json.dumps(list(folders))
    # Left to itself, the database reads all the folder's rows for the few unread ones.
    index = " INDEXED BY listing_unread" if only == "unread" else ""
    return _entries(
        conn,
        f"SELECT max(latest), conversation_id FROM listing{index} WHERE folder_id {_GIVEN}"
        f"{_CONDITION[only]} GROUP BY conversation_id"
        " ORDER BY max(latest) DESC, conversation_id DESC",
        (given,),
    )


def starred(conn: Connection, only: Only = "all") -> list[Entry]:
    """Return all conversations with a star, newest first."""
    unread = " AND unread > 0" if only == "unread" else ""
    return _entries(
        conn,
        f"SELECT latest, id FROM conversations WHERE starred > 0{unread}"
        " AND account_id NOT IN (SELECT account_id FROM served)"
        " ORDER BY latest DESC, id DESC",
        (),
    )


def recipients(conn: Connection, messages: Collection[int]) -> dict[int, tuple[Address, ...]]:
    """Return to whom messages were written."""
    if not messages:
        return {}
    found = conn.execute(
        f"SELECT id, recipients FROM messages WHERE id {_GIVEN}", (json.dumps(list(messages)),)
    )
    result = {}
    for message, text in found.fetchall():
        lists = _RECIPIENTS.decode(text)
        result[message] = (*lists.get("to", ()), *lists.get("cc", ()))
    return result


def mirrored_drafts(conn: Connection) -> dict[int, int]:
    """Return the conversations that are copies of our own drafts, each with its draft."""
    found = conn.execute(
        "SELECT m.conversation_id, d.id FROM drafts AS d"
        " JOIN placements AS p ON p.folder_id = d.mirror_folder AND p.uid = d.mirror_uid"
        " JOIN messages AS m ON m.id = p.message_id"
    )
    return dict(found.fetchall())


def own_drafts(conn: Connection, wanted: Collection[int]) -> list[tuple[int, int, Draft]]:
    """Return drafts as (id, changed, content); those that are gone are missing."""
    found = conn.execute(
        f"SELECT id, changed, body FROM drafts WHERE id {_GIVEN}", (json.dumps(list(wanted)),)
    )
    return [(row[0], row[1], _DRAFT.decode(row[2])) for row in found.fetchall()]


def unmirrored_drafts(conn: Connection) -> dict[int, int]:
    """Return the drafts that no folder shows, each with the time of its last change."""
    found = conn.execute(
        "SELECT id, changed FROM drafts AS d WHERE NOT EXISTS (SELECT 1 FROM placements AS p"
        " WHERE p.folder_id = d.mirror_folder AND p.uid = d.mirror_uid)"
    )
    return dict(found.fetchall())


def _entries(conn: Connection, sql: str, parameters: tuple[Any, ...]) -> list[Entry]:
    return [(row[0], row[1]) for row in conn.execute(sql, parameters).fetchall()]
