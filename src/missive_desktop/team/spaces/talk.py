"""Rows of a space that are no mail: conversations, what is said of them, seats and labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import (
    CommentBody,
    Conversation,
    ConversationBody,
    TaskBody,
    body,
    moment,
)
from missive_desktop.domain.team import Entity
from missive_desktop.store import conversations, team_conversations, team_spaces, team_talk
from missive_desktop.store.database import Connection
from missive_desktop.store.team_conversations import HeaderRow
from missive_desktop.store.team_spaces import SeatRow
from missive_desktop.store.team_talk import CommentRow, SendRow, TaskRow, Words
from missive_desktop.team.spaces import directory

_V7 = "7"  # the version of a UUID that holds the time it was made, at this place of its text
_AT = 14


def apply(
    conn: Connection,
    team: int,
    account: int,
    scope: str,
    entities: Sequence[Entity],
    changes: Changes,
) -> set[str]:
    """Take in what there is; return the conversations to be placed anew."""
    by_type: dict[str, list[Entity]] = {}
    for entity in entities:
        by_type.setdefault(entity.t, []).append(entity)
    convs = [_header(entity) for entity in by_type.get("conv", ())]
    comments = [_comment(entity) for entity in by_type.get("comment", ())]
    tasks = [_task(entity) for entity in by_type.get("task", ())]
    sends = [_send(entity) for entity in by_type.get("send", ())]
    if convs:
        _call(conn, account, convs, team_conversations.put(conn, account, convs), changes)
    team_talk.put_comments(conn, account, comments)
    team_talk.put_tasks(conn, account, tasks)
    team_talk.put_sends(conn, account, sends)
    if comments or tasks:
        _index(conn, team, account, comments, tasks)
    for entity in by_type.get("label", ()):
        team_spaces.put_label(conn, directory.label(scope, entity), changes)
    for entity in by_type.get("seat", ()):
        team_spaces.put_seat(conn, scope, _seat(entity), changes)
    changes.teams.add(scope)
    dirty = {row.conv for row in convs} | {row.conv for row in comments}
    beside = {row.conv for row in tasks} | {row.conv for row in sends}
    _name_changed(conn, account, dirty | beside, changes)
    return dirty


def take_away(
    conn: Connection, account: int, scope: str, t: str, ids: Collection[str], changes: Changes
) -> set[str]:
    """Forget what is no longer there; return the conversations to be placed anew."""
    changes.teams.add(scope)
    if t == "conv":
        here = team_conversations.local_ids(conn, account, ids)
        team_conversations.forget(conn, account, ids)
        team_talk.unindex(conn, account, "conv", ids)
        conversations.refresh(conn, here, changes)
        return set(ids)
    if t in ("comment", "task", "send"):
        convs = team_talk.remove(conn, account, t, ids)
        _name_changed(conn, account, convs, changes)
        return convs
    for id_ in ids:
        if t == "label":
            team_spaces.remove_label(conn, scope, id_, changes)
        elif t == "seat":
            team_spaces.remove_seat(conn, scope, id_, changes)
    return set()


def _name_changed(conn: Connection, account: int, convs: set[str], changes: Changes) -> None:
    """Have their rows and timelines read again."""
    if convs:
        found = team_conversations.local_ids(conn, account, convs)
        changes.conversations.update(found)


def _call(
    conn: Connection,
    account: int,
    rows: Sequence[HeaderRow],
    renamed: Mapping[str, int],
    changes: Changes,
) -> None:
    """Have lists and search call conversations as members do; `renamed`: with that here."""
    if not renamed:
        return
    team_talk.unindex(conn, account, "conv", renamed)
    named = [row for row in rows if row.conv in renamed and row.name]
    words = [Words("conv", row.conv, row.conv, row.name, "", "") for row in named]
    team_talk.index(conn, account, words)
    conversations.refresh(conn, {here for here in renamed.values() if here}, changes)


def _index(
    conn: Connection,
    team: int,
    account: int,
    comments: Sequence[CommentRow],
    tasks: Sequence[TaskRow],
) -> None:
    people = team_spaces.people(conn, team)

    def author(user: str) -> str:
        person = people.get(user)
        return f"{person.name} {person.email}" if person else ""

    words = [
        Words("comment", c.id, c.conv, "", author(c.author), c.text, c.file.name if c.file else "")
        for c in comments
    ]
    words += [Words("task", t.id, t.conv, t.title, author(t.author), t.text) for t in tasks]
    team_talk.index(conn, account, words)


def _header(entity: Entity) -> HeaderRow:
    header = Conversation(
        _text(entity.h.get("st")) or "open",
        entity.h.get("inbox") is True,
        _texts(entity.h.get("assignees")),
        _texts(entity.h.get("labels")),
        moment(entity.h.get("last")),
        moment(entity.h.get("since")),
    )
    name = body(entity, ConversationBody).name
    return HeaderRow(entity.id, header, name, entity.pending, entity.by)


def _comment(entity: Entity) -> CommentRow:
    read = body(entity, CommentBody)
    return CommentRow(
        entity.id,
        _text(entity.h.get("conv")),
        entity.own,
        made(entity),
        _texts(entity.h.get("mentions")),
        read.text,
        read.file,
        _text(entity.h.get("blob")),
        entity.v,
        entity.pending,
    )


def _task(entity: Entity) -> TaskRow:
    read = body(entity, TaskBody)
    return TaskRow(
        entity.id,
        _text(entity.h.get("conv")),
        entity.own,
        made(entity),
        _texts(entity.h.get("assignees")),
        _text(entity.h.get("st")) or "todo",
        moment(entity.h.get("due")),
        read.title,
        read.text,
        entity.pending,
    )


def _send(entity: Entity) -> SendRow:
    return SendRow(
        entity.id,
        _text(entity.h.get("conv")),
        entity.own,
        made(entity),
        _text(entity.h.get("st")) or "requested",
        moment(entity.h.get("due")),
        _text(entity.h.get("blob")),
        entity.h.get("close") is True,
        entity.body,
        entity.pending,
    )


def _seat(entity: Entity) -> SeatRow:
    kind = _text(entity.h.get("kind")) or "active"
    return SeatRow(entity.id, _text(entity.h.get("user")), kind, _text(entity.h.get("role")))


def made(entity: Entity) -> int:
    """Return when it was made, in milliseconds: when the server took it, whoever's clock is wrong.

    What was changed since, or moved here, says it in its header, else by its id: `at` is of the
    last change then, and nothing was made later.
    """
    said = entity.h.get("made")
    if not isinstance(said, int):
        if entity.v <= 1 or entity.id[_AT : _AT + 1] != _V7:
            return moment(entity.at)
        said = int(entity.id[:8] + entity.id[9:13], 16)
    return moment(min(said, entity.at))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list | tuple) else ()
    return tuple(each for each in given if isinstance(each, str))
