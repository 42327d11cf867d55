"""Who would have learned that mail was read: rows beside each message, and how far old mail is.

Must not know how trackers are found. What is asked of the rows at large is `tracking_report`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple, get_args

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.tracking import How, Kind, Tally, watchers
from missive_desktop.store import conversations, settings
from missive_desktop.store.database import Connection

_PROGRESS = "tracking"
_GIVEN = "IN (SELECT value FROM json_each(?))"
_HIGHEST = (1 << 63) - 1
_KINDS, _HOWS = frozenset(get_args(Kind)), frozenset(get_args(How))


def put_many(conn: Connection, found: Iterable[tuple[int, tuple[Tally, ...]]]) -> None:
    """Keep what was found in new messages, ascending by id."""
    conn.executemany(
        "INSERT OR REPLACE INTO trackers (message_id, kind, host, vendor, how, times)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (message, one.kind, one.host, one.vendor, one.how, one.times)
            for message, tallies in found
            for one in tallies
        ],
    )


def forget(conn: Connection, messages: Iterable[int]) -> None:
    """Forget what is known of messages that stay."""
    conn.executemany("DELETE FROM trackers WHERE message_id = ?", [(one,) for one in messages])


def of(conn: Connection, message: int) -> tuple[Tally, ...]:
    """Return what is known of a message."""
    rows = conn.execute(
        "SELECT vendor, kind, how, host, times FROM trackers WHERE message_id = ?", (message,)
    )
    return tuple(Tally(*row) for row in rows.fetchall() if row[1] in _KINDS and row[2] in _HOWS)


def replace(
    conn: Connection, found: Collection[tuple[int, tuple[Tally, ...]]], changes: Changes
) -> None:
    """Put what was found anew in the place of what was known; messages that are gone are skipped.

    Only what differs is told, and made anew when it is shown.
    """
    given = json.dumps([message for message, _ in found])
    there = dict(
        conn.execute(f"SELECT id, conversation_id FROM messages WHERE id {_GIVEN}", (given,))
    )
    kept = [(message, tallies) for message, tallies in sorted(found) if message in there]
    new = [
        (message, tallies) for message, tallies in kept if set(of(conn, message)) != set(tallies)
    ]
    if not new:
        return
    forget(conn, [message for message, _ in new])
    put_many(conn, new)
    conn.executemany(
        "DELETE FROM rendered WHERE message_id = ?", [(message,) for message, _ in new]
    )
    conn.executemany(
        "UPDATE messages SET trackers = ? WHERE id = ?",
        [(len(watchers(tallies)), message) for message, tallies in new],
    )
    conversations.refresh(conn, {there[message] for message, _ in new}, changes)
    changes.messages.update(message for message, _ in new)


class Progress(NamedTuple):
    """Mail with an id below `below` has not been looked at by the finder `version`."""

    version: str
    below: int


def progress(conn: Connection, version: str) -> Progress:
    """Return how far the finder `version` is with mail that came before it."""
    kept = settings.get(conn, _PROGRESS)
    if is_current(conn, version):
        return Progress(version, int(kept.get("below", 0)))
    return Progress(version, 0 if kept is None else _HIGHEST)


def is_current(conn: Connection, version: str) -> bool:
    """Whether it is noted that this finder has looked, however far."""
    kept = settings.get(conn, _PROGRESS)
    return isinstance(kept, dict) and kept.get("version") == version


def set_progress(conn: Connection, now: Progress) -> None:
    settings.put(conn, _PROGRESS, {"version": now.version, "below": now.below})


def next_(conn: Connection, below: int, limit: int) -> list[int]:
    """Return the newest messages below an id, newest first."""
    sql = "SELECT id FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?"
    return [row[0] for row in conn.execute(sql, (below, limit)).fetchall()]
