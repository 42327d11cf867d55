"""What of a search is about spaces: states, assignees, labels, and the words of what was said.

Conditions are on `m`, the row of `messages`, as in `search_plan`.
"""

from __future__ import annotations

from collections.abc import Sequence

from missive_desktop.store.database import Connection

_CONVERSATION = (
    "EXISTS (SELECT 1 FROM team_conversations AS c"
    " WHERE c.conversation_id = m.conversation_id AND c.conversation_id > 0 AND {})"
)
_MARKED = (
    "EXISTS (SELECT 1 FROM team_marks AS k WHERE k.account_id = c.account_id AND k.conv = c.conv"
    " AND k.kind = '{}' AND k.value IN ({}))"
)
_STATES = {
    "open": "c.state = 'open'",
    "closed": "c.state = 'closed'",
    "mine": _MARKED.format("assignee", "SELECT user FROM teams"),
    "unassigned": "c.assignees = '[]' AND c.state = 'open'",
    "snoozed": "c.wakes > 0",
}
_TABLES = {"comment": "team_comments", "task": "team_tasks"}
_MAIL = "SELECT t.message_id FROM team_messages AS t"
# CROSS: space by space to what has the mark; left to itself, the database begins at the mail.
_MARKED_MAIL = (
    "SELECT t.message_id FROM team_spaces AS s CROSS JOIN team_marks AS k"
    " ON k.account_id = s.account_id AND s.account_id > 0 CROSS JOIN team_messages AS t"
    " ON t.account_id = k.account_id AND t.conv = k.conv"
)


def state(name: str) -> str:
    """Return the condition that a conversation is open, closed, mine, unassigned or snoozed."""
    return _CONVERSATION.format(_STATES[name])


def said(kind: str) -> str:
    """Return the condition that it has a comment, or a task."""
    return _CONVERSATION.format(
        f"EXISTS (SELECT 1 FROM {_TABLES[kind]} AS k WHERE k.account_id = c.account_id"
        " AND k.conv = c.conv)"
    )


def assigned(users: Sequence[str]) -> str:
    """Return the condition that it is assigned to one of these."""
    return _CONVERSATION.format(_MARKED.format("assignee", _listed(users)))


def labelled(labels: Sequence[str]) -> str:
    """Return the condition that it has one of these labels."""
    return _CONVERSATION.format(_MARKED.format("label", _listed(labels)))


def assigned_mail(users: Sequence[str]) -> str:
    """Select the messages of conversations that are assigned to one of these, or to oneself."""
    listed = _listed(users) if users else "SELECT user FROM teams"
    return f"{_MARKED_MAIL} WHERE k.kind = 'assignee' AND k.value IN ({listed})"


def said_mail(kind: str) -> str:
    """Select the messages of conversations that have a comment, or a task."""
    return f"{_MAIL} JOIN {_TABLES[kind]} AS k ON k.account_id = t.account_id AND k.conv = t.conv"


def _listed(values: Sequence[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def labels(conn: Connection, name: str) -> list[str]:
    """Return the shared labels of a name."""
    rows = conn.execute("SELECT id, name FROM team_labels").fetchall()
    return [id_ for id_, known in rows if known.casefold() == name.casefold()]


def label_names(conn: Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT DISTINCT name FROM team_labels").fetchall()]


def people(conn: Connection, name: str) -> tuple[list[str], dict[str, str]]:
    """Return who is called so, by a word of the name or the address; and all names there are."""
    wanted = name.casefold()
    found: list[str] = []
    known: dict[str, str] = {}
    for user, called, email in conn.execute("SELECT user, name, email FROM team_people").fetchall():
        words = (called.casefold(), email.casefold(), *called.casefold().split())
        known |= {called.casefold(): called, email.casefold(): email}
        if wanted in words or email.casefold().partition("@")[0] == wanted:
            found.append(user)
    return found, known


def hits(conditions: Sequence[str]) -> str:
    """Select newest message and conversation of those in which something was said that fits.

    Those whose newest message fits itself are left out: they are found by it.
    """
    where = " AND ".join(
        (
            "team_search MATCH :match",
            "m.id >= :low AND m.id < :high",
            "NOT EXISTS (SELECT 1 FROM search WHERE search MATCH :match AND rowid = m.id)",
            *conditions,
        )
    )
    return (
        "SELECT DISTINCT m.id, m.conversation_id FROM team_search AS w"
        " CROSS JOIN team_texts AS x ON x.id = w.rowid"
        " CROSS JOIN team_conversations AS v ON v.account_id = x.account_id AND v.conv = x.conv"
        " CROSS JOIN conversations AS n ON n.id = v.conversation_id"
        f" CROSS JOIN messages AS m ON m.id = n.latest WHERE {where} ORDER BY m.id DESC"
    )
