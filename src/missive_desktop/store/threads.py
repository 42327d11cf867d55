"""Which conversation a message joins: `domain.threading` over what is stored.

New messages may connect conversations that were apart; these are merged into the largest.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from missive_desktop.domain.ids import MessageId, first_message_id, message_date
from missive_desktop.domain.message import Digest
from missive_desktop.domain.threading import (
    Components,
    joined,
    keys,
    subject_key,
    thread_key,
    window,
)
from missive_desktop.store.database import Connection


class Threaded(NamedTuple):
    """What threading needs of a new message."""

    message: MessageId
    keys: tuple[int, ...]
    subject: tuple[int, bool] | None  # domain.threading.subject_key


def threaded(
    message: MessageId, digest: Digest, provider_thread: int, *, given: bool = False
) -> Threaded:
    """Return what threading needs of a message; `given`: its thread is decided elsewhere."""
    if given:
        return Threaded(message, thread_key(provider_thread), None)
    return Threaded(message, keys(digest, provider_thread), subject_key(digest))


class _Old(NamedTuple):
    """A stored message of the same subject among the same people."""

    key: int
    message: int
    strong: int
    conversation: int


def assign(
    conn: Connection, account: int, batch: Sequence[Threaded]
) -> tuple[dict[int, int], set[int]]:
    """Find the conversation of each new message, made or merged as needed; keep its keys.

    Returns them by message, and all conversations to be refreshed. The messages themselves are
    inserted after this, then `record` keeps their subjects.
    """
    known = _known(conn, account, batch)
    # Messages stand in the components by their id, conversations by their negative id.
    together = Components()
    holders = {key: -conversation for key, conversation in known.items()}
    for new in batch:
        together.find(new.message)
        for key in new.keys:
            together.join(holders.setdefault(key, new.message), new.message)
    existing = set(known.values()) | _join_subjects(conn, account, batch, together)

    old: dict[int, set[int]] = defaultdict(set)
    for conversation in existing:
        old[together.find(-conversation)].add(conversation)
    roots = {new.message: together.find(new.message) for new in batch}
    merged = {root: _merge(conn, found) for root, found in old.items()}
    fresh = [root for root in dict.fromkeys(roots.values()) if root not in merged]
    merged.update(zip(fresh, _make(conn, account, len(fresh)), strict=True))
    result: dict[int, int] = {message: merged[root] for message, root in roots.items()}
    missing = {key: result[new.message] for new in batch for key in new.keys if key not in known}
    conn.executemany(
        "INSERT INTO thread_keys (account_id, key, conversation_id) VALUES (?, ?, ?)",
        [(account, key, missing[key]) for key in sorted(missing)],
    )
    return result, set(result.values()) | existing


def record(conn: Connection, account: int, batch: Iterable[Threaded]) -> None:
    """Keep the subjects of messages that are inserted now."""
    conn.executemany(
        "INSERT INTO thread_subjects (account_id, key, message_id, strong) VALUES (?, ?, ?, ?)",
        sorted(
            (account, new.subject[0], new.message, int(new.subject[1]))
            for new in batch
            if new.subject is not None
        ),
    )


def _known(conn: Connection, account: int, batch: Iterable[Threaded]) -> dict[int, int]:
    wanted = json.dumps(sorted({key for new in batch for key in new.keys}))
    return dict(
        conn.execute(
            "SELECT key, conversation_id FROM thread_keys"
            " WHERE account_id = ? AND key IN (SELECT value FROM json_each(?))",
            (account, wanted),
        )
    )


def _join_subjects(
    conn: Connection, account: int, batch: Sequence[Threaded], together: Components
) -> set[int]:
    """Join what belongs together by subject; return the stored conversations among it."""
    groups: dict[int, list[tuple[MessageId, bool]]] = defaultdict(list)
    for new in batch:
        if new.subject is not None:
            groups[new.subject[0]].append((new.message, new.subject[1]))
    for group in groups.values():
        for message, strong in group:
            if strong:
                for other, other_strong in group:
                    if joined(message_date(message), True, message_date(other), other_strong):
                        together.join(message, other)
    found = set()
    for old in _old_subjects(conn, account, groups):
        date = message_date(MessageId(old.message))
        for message, strong in groups[old.key]:
            if joined(message_date(message), strong, date, bool(old.strong)):
                together.join(-old.conversation, message)
                found.add(old.conversation)
    return found


def _old_subjects(
    conn: Connection, account: int, groups: dict[int, list[tuple[MessageId, bool]]]
) -> list[_Old]:
    """Fetch what could be joined: all in reach of a bare reply, else bare replies only."""
    wanted = []
    for key, group in groups.items():
        spans = [window(message_date(message), strong) for message, strong in group]
        low = first_message_id(min(span[0] for span in spans))
        high = first_message_id(max(span[1] for span in spans) + 1)
        wanted.append((key, low, high, int(any(strong for _, strong in group))))
    rows = conn.execute(
        "SELECT s.key, s.message_id, s.strong, m.conversation_id"
        " FROM json_each(?) AS j CROSS JOIN thread_subjects AS s"
        " ON s.account_id = ? AND s.key = j.value ->> 0"
        " AND s.message_id BETWEEN j.value ->> 1 AND j.value ->> 2"
        " AND (s.strong OR j.value ->> 3)"
        " CROSS JOIN messages AS m ON m.id = s.message_id",
        (json.dumps(wanted), account),
    )
    return [_Old(*row) for row in rows]


def _make(conn: Connection, account: int, count: int) -> list[int]:
    """Make empty conversations; `conversations.refresh` fills them in the same transaction."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'conversations'").fetchone()
    first = (row[0] if row else 0) + 1
    ids = list(range(first, first + count))
    conn.executemany(
        "INSERT INTO conversations (id, account_id, subject, latest, messages, unread, starred,"
        " attachments, trackers, people, snippet) VALUES (?, ?, '', 0, 0, 0, 0, 0, 0, '[]', '')",
        [(conversation, account) for conversation in ids],
    )
    return ids


def _merge(conn: Connection, found: set[int]) -> int:
    """Move all messages into the largest of the conversations; return it."""
    if len(found) == 1:
        return next(iter(found))
    given = json.dumps(sorted(found))
    row = conn.execute(
        "SELECT id FROM conversations WHERE id IN (SELECT value FROM json_each(?))"
        " ORDER BY messages DESC, id LIMIT 1",
        (given,),
    ).fetchone()
    survivor: int = row[0]
    gone = json.dumps(sorted(found - {survivor}))
    for table in ("messages", "thread_keys", "drafts"):
        conn.execute(
            f"UPDATE {table} SET conversation_id = ?"
            " WHERE conversation_id IN (SELECT value FROM json_each(?))",
            (survivor, gone),
        )
    # Their rows in `conversations` and `listing` go when `conversations.refresh` finds them empty.
    return survivor
