"""Conversations of spaces: their headers, one's own state of them, and where their mail lies.

Keeps what it is given and gathers what the places follow from; `team.spaces` decides them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.domain.spaces import Conversation, Personal
from missive_desktop.store import conversations
from missive_desktop.store.database import Connection

_GIVEN = "IN (SELECT value FROM json_each(?))"
_AUTO = {None: -1, False: 0, True: 1}
_WATCHING = {-1: None, 0: False, 1: True}


class HeaderRow(NamedTuple):
    """A conversation's own row; `pending`: something of it waits for the server. `name`: what
    members call it, where that is not the subject of its mail."""

    conv: str
    header: Conversation
    name: str = ""
    pending: bool = False
    by: str = ""


class Own(NamedTuple):
    """One's own state of a conversation, as the row of it that has `id`."""

    id: str
    space: str
    conv: str
    personal: Personal


class Mail(NamedTuple):
    """A mail of a conversation, as far as its place follows from it."""

    message: int
    out: bool
    at: int


class Facts(NamedTuple):
    """All that the places of a conversation follow from."""

    conv: str
    local: int  # id of the conversation here; 0: none of its messages is here
    header: Conversation
    personal: Personal
    received: int
    commented: int
    mentioned: int
    mails: tuple[Mail, ...]
    by: str = ""  # who changed the header last
    told: int = 0


# -- headers


def put(conn: Connection, account: int, rows: Sequence[HeaderRow]) -> dict[str, int]:
    """Keep the headers of conversations, which may come before or after their mail.

    Returns those that are called otherwise than before, with the conversation here (0: none).
    """
    renamed = _renamed(conn, account, rows)
    conn.executemany(
        "INSERT INTO team_conversations (account_id, conv, conversation_id, known, state, inbox,"
        " assignees, labels, last, since, name, wakes, pending, by_, told)"
        " VALUES (?, ?, 0, 1, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0)"
        " ON CONFLICT (account_id, conv) DO UPDATE SET known = 1, state = excluded.state,"
        " inbox = excluded.inbox, assignees = excluded.assignees, labels = excluded.labels,"
        " last = excluded.last, since = excluded.since, name = excluded.name,"
        " pending = excluded.pending, by_ = excluded.by_",
        [
            (
                account, row.conv, row.header.state, int(row.header.inbox),
                _listed(row.header.assignees), _listed(row.header.labels),
                row.header.last, row.header.since, row.name, int(row.pending), row.by,
            )
            for row in rows
        ],
    )  # fmt: skip
    convs = json.dumps([row.conv for row in rows])
    conn.execute(f"DELETE FROM team_marks WHERE account_id = ? AND conv {_GIVEN}", (account, convs))
    conn.executemany(
        "INSERT OR IGNORE INTO team_marks (account_id, kind, value, conv) VALUES (?, ?, ?, ?)",
        [
            (account, kind, value, row.conv)
            for row in rows
            for kind, values in (("label", row.header.labels), ("assignee", row.header.assignees))
            for value in values
        ],
    )
    return renamed


def _renamed(conn: Connection, account: int, rows: Sequence[HeaderRow]) -> dict[str, int]:
    names = {row.conv: row.name for row in rows}
    known = conn.execute(
        "SELECT conv, name, conversation_id FROM team_conversations"
        f" WHERE account_id = ? AND conv {_GIVEN}",
        (account, json.dumps(list(names))),
    ).fetchall()
    before = {conv: (name, here) for conv, name, here in known}
    return {
        conv: before.get(conv, ("", 0))[1]
        for conv, name in names.items()
        if before.get(conv, ("", 0))[0] != name
    }


def forget(conn: Connection, account: int, convs: Collection[str]) -> None:
    """Forget the headers of conversations: deleted, or moved to another space."""
    given = (account, json.dumps(sorted(convs)))
    conn.execute(f"DELETE FROM team_marks WHERE account_id = ? AND conv {_GIVEN}", given)
    conn.execute(
        "UPDATE team_conversations SET known = 0, state = 'open', inbox = 0, assignees = '[]',"
        f" labels = '[]', last = 0, since = 0, name = '', pending = 0"
        f" WHERE account_id = ? AND conv {_GIVEN}",
        given,
    )
    conn.execute(
        "DELETE FROM team_conversations WHERE known = 0 AND conversation_id = 0"
        f" AND account_id = ? AND conv {_GIVEN}",
        given,
    )


def find_by_id(conn: Connection, conversation: int) -> tuple[int, str] | None:
    """Return account and conversation id in the space, of a conversation here."""
    row = conn.execute(
        "SELECT account_id, conv FROM team_conversations"
        " WHERE conversation_id = ? AND conversation_id > 0",
        (conversation,),
    ).fetchone()
    return (row[0], row[1]) if row else None


def here(conn: Connection, account: int, conv: str) -> int:
    """Return the id of a conversation here; 0 where none of its messages is here."""
    row = conn.execute(
        "SELECT conversation_id FROM team_conversations WHERE account_id = ? AND conv = ?",
        (account, conv),
    ).fetchone()
    return int(row[0]) if row else 0


def headers(conn: Connection, account: int, convs: Collection[str]) -> dict[str, Conversation]:
    """Return the headers of those conversations whose own rows are here."""
    rows = conn.execute(
        "SELECT conv, state, inbox, assignees, labels, last, since FROM team_conversations"
        f" WHERE account_id = ? AND conv {_GIVEN} AND known = 1",
        (account, json.dumps(sorted(convs))),
    ).fetchall()
    return {row[0]: _header(row[1:]) for row in rows}


def local_ids(conn: Connection, account: int, convs: Collection[str]) -> set[int]:
    """Return the conversations here, of those of the space that have mail."""
    rows = conn.execute(
        "SELECT conversation_id FROM team_conversations"
        f" WHERE account_id = ? AND conv {_GIVEN} AND conversation_id > 0",
        (account, json.dumps(sorted(convs))),
    )
    return {row[0] for row in rows.fetchall()}


def reconnect(conn: Connection) -> None:
    """Find anew which conversation here stands for each of a space, after a rebuild."""
    conn.execute(
        "UPDATE team_conversations SET conversation_id = coalesce((SELECT max(m.conversation_id)"
        " FROM team_messages AS t JOIN messages AS m ON m.id = t.message_id"
        " WHERE t.account_id = team_conversations.account_id"
        " AND t.conv = team_conversations.conv), 0)"
    )


_COUNTED = (
    "SELECT account_id, 'all', '', count(*) FROM team_conversations"
    " WHERE state = 'open' AND conversation_id > 0 GROUP BY account_id"
    " UNION ALL SELECT m.account_id, m.kind, m.value, count(*) FROM team_marks AS m"
    " JOIN team_conversations AS c ON c.account_id = m.account_id AND c.conv = m.conv"
    " WHERE c.state = 'open' AND c.conversation_id > 0 GROUP BY m.account_id, m.kind, m.value"
)


def miscounted(conn: Connection) -> list[tuple[int, str, str]]:
    """Return where the counts of open conversations are not what there is: account, kind, value."""
    kept = "SELECT account_id, kind, value, open FROM team_counts WHERE open <> 0"
    rows = conn.execute(
        f"SELECT * FROM (SELECT * FROM ({kept}) EXCEPT SELECT * FROM ({_COUNTED}))"
        f" UNION SELECT * FROM (SELECT * FROM ({_COUNTED}) EXCEPT SELECT * FROM ({kept}))"
    ).fetchall()
    return sorted({(account, kind, value) for account, kind, value, _ in rows})


def recount(conn: Connection) -> None:
    """Count open conversations anew."""
    conn.execute("DELETE FROM team_counts")
    conn.execute(f"INSERT INTO team_counts (account_id, kind, value, open) {_COUNTED}")


# -- one's own state


def put_own(conn: Connection, scope: str, rows: Sequence[Own]) -> None:
    conn.executemany(
        "INSERT INTO team_personal (scope, id, space, conv, read, archived, snoozed, snoozed_at,"
        " starred, watching) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, id) DO UPDATE SET space = excluded.space, conv = excluded.conv,"
        " read = excluded.read, archived = excluded.archived, snoozed = excluded.snoozed,"
        " snoozed_at = excluded.snoozed_at, starred = excluded.starred,"
        " watching = excluded.watching",
        [
            (
                scope, row.id, row.space, row.conv, *row.personal[:4],
                int(row.personal.starred), _AUTO[row.personal.watching],
            )
            for row in rows
        ],
    )  # fmt: skip


def forget_own(conn: Connection, scope: str, ids: Collection[str]) -> list[tuple[str, str]]:
    """Forget states; return the space and conversation of each."""
    rows = conn.execute(
        f"DELETE FROM team_personal WHERE scope = ? AND id {_GIVEN} RETURNING space, conv",
        (scope, json.dumps(sorted(ids))),
    )
    return [(space, conv) for space, conv in rows.fetchall()]


# -- places


def facts(conn: Connection, account: int, convs: Collection[str], me: str) -> list[Facts]:
    """Gather what the places of these conversations follow from."""
    given = json.dumps(sorted(convs))
    mails: dict[str, list[Mail]] = defaultdict(list)
    for conv, *mail in conn.execute(
        "SELECT conv, message_id, out, at FROM team_messages"
        f" WHERE account_id = ? AND conv {_GIVEN} ORDER BY message_id",
        (account, given),
    ).fetchall():
        mails[conv].append(Mail(mail[0], bool(mail[1]), mail[2]))
    said = {
        conv: (commented, mentioned)
        for conv, commented, mentioned in conn.execute(
            "SELECT conv, max(at), max(iif(instr(mentions, ?) > 0, at, 0)) FROM team_comments"
            f" WHERE account_id = ? AND conv {_GIVEN} AND author <> ? GROUP BY conv",
            (json.dumps(me), account, given, me),
        ).fetchall()
    }
    found = conn.execute(
        "SELECT c.conv, c.conversation_id, c.state, c.inbox, c.assignees, c.labels, c.last,"
        " c.since, p.read, p.archived, p.snoozed, p.snoozed_at, p.starred, p.watching,"
        " c.by_, c.told FROM team_conversations AS c"
        " LEFT JOIN team_spaces AS s ON s.account_id = c.account_id"
        " AND s.account_id > 0 LEFT JOIN team_personal AS p"
        " ON p.space = substr(s.scope, 3) AND p.conv = c.conv"
        f" WHERE c.account_id = ? AND c.conv {_GIVEN}",
        (account, given),
    ).fetchall()
    result = []
    for row in found:
        of_it = tuple(mails.get(row[0], ()))
        received = max((mail.at for mail in of_it if not mail.out), default=0)
        header, personal = _header(row[2:8]), _personal(row[8:14])
        activity = (received, *said.get(row[0], (0, 0)))
        result.append(Facts(row[0], row[1], header, personal, *activity, of_it, *row[14:]))
    return result


def _header(row: Sequence[Any]) -> Conversation:
    return Conversation(row[0], bool(row[1]), _ids(row[2]), _ids(row[3]), row[4], row[5])


def _listed(ids: Sequence[str]) -> str:
    return json.dumps(ids) if ids else "[]"  # most are: a history of years has few others


def _ids(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def _personal(row: Sequence[Any]) -> Personal:
    if row[0] is None:
        return Personal()
    return Personal(*(*row[:4], bool(row[4]), _WATCHING[row[5]]))


def place(
    conn: Connection,
    account: int,
    wanted: Mapping[int, tuple[Collection[int], Flags]],
    changes: Changes,
) -> None:
    """Put messages into the folders given, and nowhere else; under their own id as UID."""
    given = json.dumps(sorted(wanted))
    there = {
        (folder, message): flags
        for folder, message, flags in conn.execute(
            f"SELECT folder_id, message_id, flags FROM placements WHERE message_id {_GIVEN}",
            (given,),
        ).fetchall()
    }
    asked = {
        (folder, message): int(flags)
        for message, (folders, flags) in wanted.items()
        for folder in folders
    }
    gone = [place for place in there if place not in asked]
    new = {place: flags for place, flags in asked.items() if there.get(place) != flags}
    if not gone and not new:
        return
    conn.executemany("DELETE FROM placements WHERE folder_id = ? AND uid = ?", sorted(gone))
    conn.executemany(
        "INSERT INTO placements (folder_id, uid, message_id, flags, keywords)"
        " VALUES (?1, ?2, ?2, ?3, '') ON CONFLICT (folder_id, uid) DO UPDATE"
        " SET flags = excluded.flags",
        [(*place, flags) for place, flags in sorted(new.items())],
    )
    stored: dict[int, int] = defaultdict(int)
    for folder, _ in gone:
        stored[folder] -= 1
    for folder, message in new:
        stored[folder] += (folder, message) not in there
    conn.executemany(
        "UPDATE folders SET stored = stored + ?1, on_server = on_server + ?1 WHERE id = ?2",
        [(number, folder) for folder, number in stored.items() if number],
    )
    touched = {message for _, message in (*gone, *new)}
    conn.executemany(  # the same wherever it lies
        "UPDATE messages SET flags = ?1 WHERE id = ?2 AND flags <> ?1",
        [(int(wanted[message][1]), message) for message in sorted(touched)],
    )
    rows = conn.execute(
        f"SELECT DISTINCT conversation_id FROM messages WHERE id {_GIVEN}",
        (json.dumps(sorted(touched)),),
    )
    conversations.refresh(conn, {row[0] for row in rows.fetchall()}, changes)
    changes.messages.update(touched)


def set_waking(conn: Connection, account: int, wakes: Mapping[str, int]) -> None:
    """Note when conversations are to be placed anew."""
    conn.executemany(
        "UPDATE team_conversations SET wakes = ?1"
        " WHERE account_id = ?2 AND conv = ?3 AND wakes <> ?1",
        [(at, account, conv) for conv, at in wakes.items()],
    )


def set_told(conn: Connection, account: int, told: Mapping[str, int]) -> None:
    """Note up to when the person was told of what called them."""
    conn.executemany(
        "UPDATE team_conversations SET told = ? WHERE account_id = ? AND conv = ?",
        [(at, account, conv) for conv, at in told.items()],
    )


def due(conn: Connection, now: int) -> dict[int, list[str]]:
    """Return the conversations, by account, whose time has come."""
    result: dict[int, list[str]] = defaultdict(list)
    for account, conv in conn.execute(
        "SELECT account_id, conv FROM team_conversations WHERE wakes > 0 AND wakes <= ?", (now,)
    ).fetchall():
        result[account].append(conv)
    return result


def next_due(conn: Connection) -> int:
    """Return when the next one is due; 0: none."""
    row = conn.execute("SELECT min(wakes) FROM team_conversations WHERE wakes > 0").fetchone()
    return int(row[0] or 0)


def contents(conn: Connection, account: int, conv: str) -> list[tuple[str, str]]:
    """Return type and id of all that belongs to a conversation, sends apart."""
    given = (account, conv)
    return [
        (t, id_)
        for t, table in (("msg", "team_messages"), ("comment", "team_comments"),
                         ("task", "team_tasks"))
        for (id_,) in conn.execute(
            f"SELECT id FROM {table} WHERE account_id = ? AND conv = ? ORDER BY id", given
        ).fetchall()
    ]  # fmt: skip
