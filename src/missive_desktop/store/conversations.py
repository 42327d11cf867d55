"""Conversations and the lists that show them: derived from messages and placements.

`refresh` brings both up to date, once for each transaction; whoever changes messages or
placements calls it with the conversations concerned.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Address, Flags
from missive_desktop.domain.threading import base_subject
from missive_desktop.store.database import Connection
from missive_wire import shapes

_MOST_PEOPLE = 12
_AT_ONCE = 1_000
_GIVEN = "IN (SELECT value FROM json_each(?))"


class ConversationRow(msgspec.Struct, frozen=True):
    """What a list shows. `people` are the senders, the newest last; `subject` is what members of a
    team call it, else that of its mail."""

    id: int
    account: int
    subject: str
    latest: int
    messages: int
    unread: int
    starred: int
    attachments: int
    trackers: int
    people: tuple[Address, ...]
    snippet: str
    has_draft: bool


class Listed(NamedTuple):
    """A place in a list: the newest message there, and its conversation."""

    latest: int
    conversation: int


def page(
    conn: Connection,
    folders: Sequence[int],
    *,
    before: tuple[int, int] | None = None,
    limit: int = 200,
) -> list[Listed]:
    """Return the next conversations of the folders, newest first, each once."""
    found: list[Listed] = []
    while len(found) < limit:
        wanted = limit - len(found)
        scans = [_scan(conn, folder, before, wanted) for folder in folders]
        merged = list(heapq.merge(*scans, reverse=True))[:wanted]
        if not merged:
            break
        before = merged[-1]
        found += merged if len(folders) == 1 else _first_only(conn, folders, merged)
    return found


def _scan(
    conn: Connection, folder: int, before: tuple[int, int] | None, limit: int
) -> list[Listed]:
    sql = "SELECT latest, conversation_id FROM listing WHERE folder_id = ?"
    parameters: tuple[Any, ...] = (folder,)
    if before is not None:
        sql += " AND (latest, conversation_id) < (?, ?)"
        parameters += tuple(before)
    sql += " ORDER BY latest DESC, conversation_id DESC LIMIT ?"
    return [Listed(*row) for row in conn.execute(sql, (*parameters, limit))]


def _first_only(conn: Connection, folders: Sequence[int], merged: list[Listed]) -> list[Listed]:
    """Drop a conversation that another of the folders shows higher up."""
    highest = dict(
        conn.execute(
            f"SELECT conversation_id, max(latest) FROM listing WHERE conversation_id {_GIVEN}"
            f" AND folder_id {_GIVEN} GROUP BY conversation_id",
            (json.dumps([row.conversation for row in merged]), json.dumps(list(folders))),
        ).fetchall()
    )
    kept = [row for row in merged if row.latest == highest[row.conversation]]
    return list(dict.fromkeys(kept))


def ids(conn: Connection, folders: Sequence[int]) -> list[int]:
    """Return all conversations of the folders, newest first."""
    if len(folders) == 1:
        sql = (
            "SELECT conversation_id FROM listing WHERE folder_id = ?"
            " ORDER BY latest DESC, conversation_id DESC"
        )
        return [row[0] for row in conn.execute(sql, (folders[0],)).fetchall()]
    sql = (
        f"SELECT conversation_id FROM listing WHERE folder_id {_GIVEN}"
        " GROUP BY conversation_id ORDER BY max(latest) DESC, conversation_id DESC"
    )
    return [row[0] for row in conn.execute(sql, (json.dumps(list(folders)),)).fetchall()]


def rows(conn: Connection, wanted: Iterable[int]) -> dict[int, ConversationRow]:
    """Return the rows of conversations, by id; those that are gone are missing."""
    found = conn.execute(
        "SELECT id, account_id, subject, latest, messages, unread, starred, attachments,"
        " trackers, people, snippet,"
        " EXISTS (SELECT 1 FROM drafts AS d WHERE d.conversation_id = c.id"
        " AND d.conversation_id > 0) OR EXISTS (SELECT 1 FROM messages AS m"
        f" WHERE m.conversation_id = c.id AND m.flags & {int(Flags.DRAFT)} <> 0)"
        f" FROM conversations AS c WHERE id {_GIVEN}",
        (json.dumps(list(wanted)),),
    )
    return {row[0]: _row(row) for row in found.fetchall()}


def _row(row: tuple[Any, ...]) -> ConversationRow:
    values = list(row)
    values[9] = _decode_people(row[9])
    values[11] = bool(row[11])
    return ConversationRow(*values)


def count(conn: Connection, folders: Sequence[int]) -> int:
    """Count the conversations of the folders; at once where they share none."""
    return _counted(conn, folders, "conversations", "TRUE")


def unread_count(conn: Connection, folders: Sequence[int]) -> int:
    """Count the conversations of the folders that have unread messages there."""
    return _counted(conn, folders, "unread", "unread > 0")


def _counted(conn: Connection, folders: Sequence[int], column: str, condition: str) -> int:
    given = json.dumps(list(folders))
    total, accounts, number = conn.execute(
        f"SELECT coalesce(sum({column}), 0), count(DISTINCT account_id), count(*)"
        f" FROM folders WHERE id {_GIVEN}",
        (given,),
    ).fetchone()
    if accounts == number:  # one folder of each account: no conversation is in two of them
        return int(total)
    row = conn.execute(
        f"SELECT count(DISTINCT conversation_id) FROM listing WHERE folder_id {_GIVEN}"
        f" AND {condition}",
        (given,),
    ).fetchone()
    return int(row[0])


def _decode_people(text: str) -> tuple[Address, ...]:
    return shapes.read(text, tuple[Address, ...])


def refresh(conn: Connection, conversations: Collection[int], changes: Changes) -> None:
    """Compute anew what is derived of these conversations; delete those without messages."""
    ordered = sorted(conversations)
    for start in range(0, len(ordered), _AT_ONCE):  # bounds what is held in memory
        _refresh_some(conn, ordered[start : start + _AT_ONCE], changes)
    changes.conversations.update(ordered)


def _refresh_some(conn: Connection, conversations: list[int], changes: Changes) -> None:
    found = computed(conn, conversations)
    conn.executemany(
        "UPDATE conversations SET subject = ?, latest = ?, messages = ?, unread = ?, starred = ?,"
        " attachments = ?, trackers = ?, people = ?, snippet = ? WHERE id = ?",
        found.values(),
    )
    _refresh_listing(conn, json.dumps(conversations), changes)
    gone = [conversation for conversation in conversations if conversation not in found]
    if gone:
        given = json.dumps(gone)
        conn.execute(
            f"UPDATE drafts SET conversation_id = 0 WHERE conversation_id {_GIVEN}"
            " AND conversation_id > 0",
            (given,),
        )
        conn.execute(f"DELETE FROM conversations WHERE id {_GIVEN}", (given,))


def computed(conn: Connection, conversations: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """Compute the derived columns of those that have messages, each with its id last."""
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in conn.execute(
        "SELECT conversation_id, id, flags, attachments, trackers, from_name, from_address,"
        f" subject, snippet FROM messages WHERE conversation_id {_GIVEN}"
        " ORDER BY conversation_id, id",
        (json.dumps(sorted(conversations)),),
    ).fetchall():
        groups[row[0]].append(row)
    called = names(conn, groups)
    return {id_: _summary(id_, group, called.get(id_, "")) for id_, group in groups.items()}


def names(conn: Connection, conversations: Iterable[int]) -> dict[int, str]:
    """Return what members of a team call those of the conversations that they gave a name."""
    found = conn.execute(
        "SELECT conversation_id, name FROM team_conversations WHERE conversation_id > 0"
        f" AND conversation_id {_GIVEN} AND name <> ''",
        (json.dumps(sorted(conversations)),),
    )
    return dict(found.fetchall())


def stored(conn: Connection, conversations: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """Return the derived columns as they are stored, in the form of `computed`."""
    found = conn.execute(
        "SELECT subject, latest, messages, unread, starred, attachments, trackers, people,"
        f" snippet, id FROM conversations WHERE id {_GIVEN}",
        (json.dumps(sorted(conversations)),),
    ).fetchall()
    return {row[-1]: row for row in found}


def _summary(conversation: int, group: list[tuple[Any, ...]], name: str) -> tuple[Any, ...]:
    oldest, newest = group[0], group[-1]
    people: dict[str, tuple[str, str]] = {}
    for row in reversed(group):
        people.setdefault(row[6].casefold(), (row[5], row[6]))
        if len(people) == _MOST_PEOPLE:
            break
    return (
        name or base_subject(oldest[7]),
        newest[1],
        len(group),
        sum(not row[2] & _SEEN for row in group),
        sum(bool(row[2] & _FLAGGED) for row in group),
        sum(row[3] for row in group),
        sum(row[4] for row in group),
        msgspec.json.encode(tuple(people.values())[::-1]).decode(),
        newest[8],
        conversation,
    )


_SEEN, _FLAGGED = int(Flags.SEEN), int(Flags.FLAGGED)


def _refresh_listing(conn: Connection, given: str, changes: Changes) -> None:
    old = {
        (folder, conversation): (latest, unread)
        for folder, conversation, latest, unread in conn.execute(
            "SELECT folder_id, conversation_id, latest, unread FROM listing"
            f" WHERE conversation_id {_GIVEN}",
            (given,),
        ).fetchall()
    }
    new = {
        (folder, conversation): (latest, unread)
        for folder, conversation, latest, unread in conn.execute(
            "SELECT p.folder_id, m.conversation_id, max(m.id), sum(p.flags & 1 = 0)"
            " FROM messages AS m JOIN placements AS p ON p.message_id = m.id"
            f" WHERE m.conversation_id {_GIVEN} GROUP BY p.folder_id, m.conversation_id",
            (given,),
        ).fetchall()
    }
    gone = [place for place in old if place not in new]
    conn.executemany("DELETE FROM listing WHERE folder_id = ? AND conversation_id = ?", gone)
    conn.executemany(
        "INSERT INTO listing (folder_id, conversation_id, latest, unread) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (folder_id, conversation_id)"
        " DO UPDATE SET latest = excluded.latest, unread = excluded.unread",
        [(*place, *shown) for place, shown in sorted(new.items()) if old.get(place) != shown],
    )
    total: Counter[int] = Counter()
    unread: Counter[int] = Counter()
    for rows_, sign in ((new, 1), (old, -1)):
        for (folder, _), (_, unseen) in rows_.items():
            total[folder] += sign
            unread[folder] += sign * (unseen > 0)
    conn.executemany(
        "UPDATE folders SET conversations = conversations + ?, unread = unread + ? WHERE id = ?",
        [(total[folder], unread[folder], folder) for folder in total],
    )
    changes.folders.update(total)
