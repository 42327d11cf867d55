"""What the window shows of spaces, read at once for all that is on the screen. Reads only.

Sidebar: `sidebar`, `team_inboxes`. Rows of a list: `extras`. An open conversation: `timeline`.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Literal, NamedTuple

import msgspec

from missive_desktop.domain import refusals
from missive_desktop.domain.spaces import Conversation, Personal, Place
from missive_desktop.store import (
    folders,
    team_conversations,
    team_pending,
    team_spaces,
    team_talk,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.team_spaces import LabelRow, Person, SpaceRow
from missive_desktop.store.team_talk import CommentRow, SendRow, TaskRow

_GIVEN = "IN (SELECT value FROM json_each(?))"


class SpaceView(msgspec.Struct, frozen=True):
    """A space as the sidebar shows it. `kind` "": one has no seat that is known yet."""

    space: SpaceRow
    kind: Literal["active", "observer", ""]
    folders: dict[Place, FolderRow]

    @property
    def waiting(self) -> int:
        """How many conversations wait in the team inbox."""
        return self.folders[Place.TEAM].conversations


class Chip(msgspec.Struct, frozen=True):
    """Somebody or a label, as a row shows it."""

    id: str
    name: str
    colour: str = ""


class RowExtras(msgspec.Struct, frozen=True):
    """What a row of the list shows beside the mail."""

    space: str  # its scope
    assignees: tuple[Chip, ...] = ()
    labels: tuple[Chip, ...] = ()
    comments: int = 0
    unread_comments: int = 0
    tasks: int = 0  # still to be done
    snoozed: int = 0  # until, milliseconds; 0: not
    state: str = "open"
    mine: bool = False  # assigned to me
    watching: bool = False
    pending: bool = False
    trouble: str = ""  # what was not sent, or not taken by the server, and why
    said: str = ""  # the newest comment, where it is newer than the newest mail
    said_by: str = ""
    said_at: int = 0


class Timeline(msgspec.Struct, frozen=True):
    """What stands between the mails of an open conversation."""

    account: int
    scope: str
    conv: str
    me: str
    header: Conversation
    personal: Personal
    comments: tuple[CommentRow, ...]
    tasks: tuple[TaskRow, ...]
    sends: tuple[SendRow, ...]  # not sent yet
    people: dict[str, Person]  # of the organization
    labels: dict[str, LabelRow]  # that can be put on it


def sidebar(conn: Connection) -> list[SpaceView]:
    """Return the spaces that are shown here, by team and name."""
    result = []
    for space in team_spaces.mine(conn):
        found = {row.name: row for row in folders.for_account(conn, space.account)}
        places = {place: found[place.value] for place in Place if place.value in found}
        if len(places) == len(Place):
            result.append(SpaceView(space, seat_kind(conn, space), places))
    return result


def seat_kind(conn: Connection, space: SpaceRow) -> Literal["active", "observer", ""]:
    """Return whether one is an active member of a space or observes it."""
    team = teams.get(conn, space.team)
    seat = team_spaces.seats(conn, space.scope).get(team.user) if team else None
    if seat is None:
        return ""
    return "observer" if seat.kind == "observer" else "active"


def team_inboxes(conn: Connection) -> list[int]:
    """Return the folders of "Team inboxes": of all spaces where one is active."""
    return [view.folders[Place.TEAM].id for view in sidebar(conn) if view.kind != "observer"]


def people(conn: Connection, account: int) -> dict[str, Person]:
    """Return who can be assigned and mentioned in a space, by user."""
    space = team_spaces.of_account(conn, account)
    if space is None:
        return {}
    seats = team_spaces.seats(conn, space.scope)
    known = team_spaces.people(conn, space.team)
    return {user: person for user, person in known.items() if user in seats}


def labels(conn: Connection, account: int) -> dict[str, LabelRow]:
    """Return the labels that can be put on conversations of a space: its own, the shared ones."""
    found = team_spaces.with_team(conn, account)
    return team_spaces.usable_labels(conn, *found) if found is not None else {}


def extras(conn: Connection, wanted: Collection[int]) -> dict[int, RowExtras]:
    """Return what rows show of conversations of spaces; those of mail are missing."""
    found = conn.execute(
        "SELECT c.conversation_id, c.account_id, c.conv, c.state, c.assignees, c.labels, c.last,"
        " c.wakes, c.pending, coalesce(p.watching, -1)"
        " FROM team_conversations AS c JOIN team_spaces AS s ON s.account_id = c.account_id"
        " LEFT JOIN team_personal AS p ON p.space = substr(s.scope, 3) AND p.conv = c.conv"
        f" WHERE c.conversation_id {_GIVEN} AND c.conversation_id > 0",
        (json.dumps(sorted(wanted)),),
    ).fetchall()
    contexts = {
        account: _Context.of(conn, account, [row[2] for row in found if row[1] == account])
        for account in {row[1] for row in found}
    }
    result = {}
    for here, account, conv, state, assignees, marks, last, wakes, pending, watching in found:
        context = contexts[account]
        users = json.loads(assignees)
        said = context.said.get(conv, _Said())
        newer = said.at > last
        auto = context.me in users or said.mentioned
        result[here] = RowExtras(
            space=context.scope,
            assignees=tuple(Chip(user, context.name(user)) for user in users),
            labels=tuple(
                Chip(each, context.labels[each].name, context.labels[each].colour)
                for each in json.loads(marks)
                if each in context.labels
            ),
            comments=said.comments,
            unread_comments=said.unread,
            tasks=context.tasks.get(conv, 0),
            snoozed=wakes,
            state=state,
            mine=context.me in users,
            watching=auto if watching < 0 else bool(watching),
            pending=bool(pending) or said.pending,
            trouble=context.trouble.get(conv, ""),
            said=said.text if newer else "",
            said_by=context.name(said.author) if newer else "",
            said_at=said.at if newer else 0,
        )
    return result


def writers(conn: Connection, wanted: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return which members wrote what went out of conversations, who did so last at the end.

    "": somebody did, elsewhere. What was sent is the very file that a member asked to be sent.
    """
    found = conn.execute(
        "SELECT c.conversation_id, coalesce(s.author, ''), max(t.at) FROM team_conversations AS c"
        " CROSS JOIN team_messages AS t ON t.account_id = c.account_id AND t.conv = c.conv"
        " LEFT JOIN team_sends AS s ON s.account_id = t.account_id AND s.conv = t.conv"
        " AND s.blob = t.blob AND s.blob <> ''"
        f" WHERE c.conversation_id {_GIVEN} AND c.conversation_id > 0 AND t.out = 1"
        " GROUP BY 1, 2 ORDER BY 3",
        (json.dumps(sorted(wanted)),),
    ).fetchall()
    result: dict[int, tuple[str, ...]] = {}
    for conversation, user, _ in found:
        result[conversation] = (*result.get(conversation, ()), user)
    return result


class _Said(NamedTuple):
    """What was said in a conversation: the newest of it, and whether it names the person."""

    comments: int = 0
    unread: int = 0
    mentioned: bool = False
    at: int = 0
    text: str = ""
    author: str = ""
    pending: bool = False


class _Context(msgspec.Struct, frozen=True):
    """What the rows of one space have in common."""

    scope: str
    me: str
    people: dict[str, Person]
    labels: dict[str, LabelRow]
    said: dict[str, _Said] = {}
    tasks: dict[str, int] = {}
    trouble: dict[str, str] = {}

    @staticmethod
    def of(conn: Connection, account: int, convs: Collection[str]) -> _Context:
        given = json.dumps(list(convs))
        found = team_spaces.with_team(conn, account)
        if found is None:
            return _Context("", "", {}, {})
        space, team = found
        return _Context(
            space.scope,
            team.user,
            team_spaces.people(conn, team.id),
            team_spaces.usable_labels(conn, space, team),
            _said(conn, account, team.user, given),
            _tasks(conn, account, given),
            _trouble(conn, account),
        )

    def name(self, user: str) -> str:
        return self.people[user].called if user in self.people else ""


def _said(conn: Connection, account: int, me: str, convs: str) -> dict[str, _Said]:
    # Columns that are not grouped are those of the row with the greatest time.
    found = conn.execute(
        "SELECT k.conv, count(*), sum(k.author <> ?1 AND k.at > coalesce(p.read, 0)),"
        " sum(instr(k.mentions, ?2) > 0) > 0, max(k.at), k.text, k.author,"
        " sum(k.pending)"
        " FROM team_comments AS k JOIN team_spaces AS s ON s.account_id = k.account_id"
        " LEFT JOIN team_personal AS p ON p.space = substr(s.scope, 3) AND p.conv = k.conv"
        " WHERE k.account_id = ?3 AND k.conv IN (SELECT value FROM json_each(?4)) GROUP BY k.conv",
        (me, json.dumps(me), account, convs),
    )
    return {
        conv: _Said(count, unread, bool(mentioned), at, text, author, bool(pending))
        for conv, count, unread, mentioned, at, text, author, pending in found.fetchall()
    }


_FAILED = {
    "failed": "A mail was not sent.",
    "uncertain": "It is not known whether a mail was sent.",
}


def _trouble(conn: Connection, account: int) -> dict[str, str]:
    """Return what is wrong in conversations, in words: there is little of it, as a rule."""
    result = {}
    for conv, refused in team_pending.refused(conn, account):
        why = refusals.words(refused.state, refused.why)
        result[conv] = f"{refusals.what(refused.act)} was not taken. {why}"
    for conv, row in team_talk.failed(conn, account).items():
        result[conv] = f"{_FAILED[row.state]} {row.error}".rstrip()
    return result


def _tasks(conn: Connection, account: int, convs: str) -> dict[str, int]:
    found = conn.execute(
        "SELECT conv, count(*) FROM team_tasks WHERE account_id = ? AND state <> 'closed'"
        f" AND conv {_GIVEN} GROUP BY conv",
        (account, convs),
    )
    return dict(found.fetchall())


def timeline(conn: Connection, conversation: int) -> Timeline | None:
    """Return what stands between the mails of a conversation; None where it is nobody else's."""
    found = team_conversations.find_by_id(conn, conversation)
    if found is None:
        return None
    account, conv = found
    shown = team_spaces.with_team(conn, account)
    if shown is None:
        return None
    space, team = shown
    facts = team_conversations.facts(conn, account, [conv], team.user)
    if not facts:
        return None
    return Timeline(
        account=account,
        scope=space.scope,
        conv=conv,
        me=team.user,
        header=facts[0].header,
        personal=facts[0].personal,
        comments=tuple(team_talk.comments(conn, account, conv)),
        tasks=tuple(team_talk.tasks(conn, account, conv)),
        sends=tuple(
            row
            for row in team_talk.sends(conn, account, conv)
            if row.state not in ("sent", "cancelled")
        ),
        people=team_spaces.people(conn, team.id),
        labels=team_spaces.usable_labels(conn, space, team),
    )
