"""Lists of the window that go through spaces: by whom they are assigned to, by label, by state.

Entries are (newest message, conversation), as `listing` has them. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from missive_desktop.store import team_conversations, team_spaces
from missive_desktop.store.database import Connection
from missive_desktop.store.listing import Entry
from missive_desktop.store.team_spaces import SpaceRow

_GIVEN = "IN (SELECT value FROM json_each(?))"
# {0}: CROSS JOIN, to go space by space to what has the mark (left to itself, the database begins at
# all conversations), or JOIN, where some conversations are asked for.
_OPEN = (
    " {0} team_conversations AS c ON c.account_id = m.account_id AND c.conv = m.conv"
    " AND c.state = 'open' AND c.conversation_id > 0"
    " {0} conversations AS v ON v.id = c.conversation_id"
)
_MINE = (
    "SELECT v.latest, v.id FROM team_spaces AS s {0} teams AS t ON t.id = s.team_id"
    " {0} team_marks AS m ON m.account_id = s.account_id AND m.kind = 'assignee'"
    f" AND m.value = t.user{_OPEN} WHERE s.account_id > 0"
)
_LABELLED = (
    "SELECT v.latest, v.id FROM team_spaces AS s {0} team_marks AS m"
    " ON m.account_id = s.account_id AND m.kind = 'label'"
    f"{_OPEN} WHERE s.account_id > 0 AND m.value = ?"
)
_ALL, _SOME = "CROSS JOIN", "JOIN"
_NEWEST = " ORDER BY v.latest DESC, v.id DESC"


def assigned(conn: Connection) -> list[Entry]:
    """Return the open conversations that are assigned to oneself, newest first."""
    rows = conn.execute(_MINE.format(_ALL) + _NEWEST).fetchall()
    return [(latest, conversation) for latest, conversation in rows]


def assigned_count(conn: Connection) -> int:
    row = conn.execute(
        "SELECT coalesce(sum(n.open), 0) FROM team_spaces AS s JOIN teams AS t ON t.id = s.team_id"
        " JOIN team_counts AS n ON n.account_id = s.account_id AND n.kind = 'assignee'"
        " AND n.value = t.user WHERE s.account_id > 0"
    ).fetchone()
    return int(row[0])


def assigned_now(conn: Connection, wanted: Collection[int]) -> dict[int, int]:
    """Return which of the wanted conversations are assigned to oneself."""
    sql = f"{_MINE.format(_SOME)} AND c.conversation_id {_GIVEN}"
    return {row[1]: row[0] for row in conn.execute(sql, (json.dumps(list(wanted)),)).fetchall()}


def labelled(conn: Connection, label: str) -> list[Entry]:
    """Return the open conversations with a label, newest first."""
    rows = conn.execute(_LABELLED.format(_ALL) + _NEWEST, (label,)).fetchall()
    return [(latest, conversation) for latest, conversation in rows]


def labelled_now(conn: Connection, label: str, wanted: Collection[int]) -> dict[int, int]:
    sql = f"{_LABELLED.format(_SOME)} AND c.conversation_id {_GIVEN}"
    found = conn.execute(sql, (label, json.dumps(list(wanted)))).fetchall()
    return {row[1]: row[0] for row in found}


def open_among(conn: Connection, wanted: Collection[int]) -> set[int]:
    """Return which of the wanted conversations of spaces are open."""
    found = conn.execute(
        "SELECT conversation_id FROM team_conversations WHERE state = 'open'"
        f" AND conversation_id > 0 AND conversation_id {_GIVEN}",
        (json.dumps(list(wanted)),),
    )
    return {row[0] for row in found.fetchall()}


def open_counts(conn: Connection) -> dict[int, int]:
    """Return how many conversations are open, by account of a space."""
    found = conn.execute("SELECT account_id, open FROM team_counts WHERE kind = 'all' AND open > 0")
    return dict(found.fetchall())


def label_counts(conn: Connection) -> dict[str, int]:
    """Return how many open conversations have each label."""
    found = conn.execute(
        "SELECT n.value, sum(n.open) FROM team_counts AS n JOIN team_spaces AS s"
        " ON s.account_id = n.account_id AND s.account_id > 0"
        " WHERE n.kind = 'label' AND n.open > 0 GROUP BY n.value"
    )
    return dict(found.fetchall())


def space_of(conn: Connection, conversation: int) -> SpaceRow | None:
    """Return the space that a conversation is of."""
    found = team_conversations.find_by_id(conn, conversation)
    return team_spaces.of_account(conn, found[0]) if found is not None else None


def served(conn: Connection) -> frozenset[int]:
    """Return the accounts that are mailboxes behind spaces."""
    found = conn.execute("SELECT id FROM accounts WHERE settings ->> '$.kind' = 'served'")
    return frozenset(row[0] for row in found.fetchall())
