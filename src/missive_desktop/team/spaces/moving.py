"""Moving a conversation to another space: written anew there, then taken away here.

Its mail keeps its ids, so that whoever writes it twice writes the same. Labels of the old space
stay behind; nobody has it yet where it comes to. Who wrote what went out is proven by what was
asked to be sent, which stays behind too: there it is the word of who moved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.spaces import CommentBody, body
from missive_desktop.domain.team import Entity, Intent
from missive_desktop.errors import UsageError
from missive_desktop.store import (
    team_blobs,
    team_conversations,
    team_scopes,
    team_spaces,
    team_talk,
)
from missive_desktop.store.team_spaces import Person, SpaceRow
from missive_desktop.team import showing
from missive_desktop.team.keys.blobs import sealed_size
from missive_desktop.team.spaces import acting
from missive_desktop.team.spaces.acting import Desk, Meant
from missive_desktop.team.spaces.events import whole
from missive_desktop.team.spaces.saying import space_of
from missive_desktop.team.spaces.talk import made
from missive_wire import shapes

_ADDED = {"msg": "message.added", "comment": "comment.added", "task": "task.added"}
_TAKEN = {"msg": "message.deleted", "comment": "comment.deleted", "task": "task.deleted"}


class Move(NamedTuple):
    """What is written there, and, once that stands, taken away here."""

    team: int
    written: tuple[Intent, ...]
    taken: tuple[Intent, ...]
    back: tuple[Intent, ...]  # takes away what was written


def plan(desk: Desk, one: Meant, account: int) -> Move:
    """Plan to move a conversation to the space that an account shows."""
    target, me = space_of(desk.conn, account)
    if target.team != one.space.team:
        raise UsageError("Conversations cannot be moved to another organization.")
    if target.scope == one.space.scope:
        return Move(target.team, (), (), ())
    scope = team_scopes.get(desk.conn, one.space.team, one.space.scope)
    assert scope is not None
    keys = team_conversations.contents(desk.conn, one.space.account, one.subject.conv)
    found = showing.shown(desk.conn, scope, [("conv", one.subject.conv), *keys])
    header = one.subject.header._replace(
        state="open", inbox=True, assignees=(), labels=(), since=desk.now + one.ahead
    )
    conv = found.get(("conv", one.subject.conv))
    people = team_spaces.people(desk.conn, target.team)
    sends = team_talk.sends(desk.conn, one.space.account, one.subject.conv)
    asked = {row.blob: row.author for row in sends if row.blob}
    written = [
        Intent(
            "put",
            target.scope,
            "conv",
            one.subject.conv,
            "conversation.created",
            whole(header),
            conv.body if conv else "",
        ),
        *(_copied(target.scope, found[key], me, people, asked) for key in keys if key in found),
    ]
    taken = [Intent("del", one.space.scope, t, id_, _TAKEN[t]) for t, id_ in keys]
    taken.append(Intent("del", one.space.scope, "conv", one.subject.conv, "conversation.moved"))
    acting.refuse(desk.conn, target, me, written)
    acting.refuse(desk.conn, one.space, me, taken)
    _bring_files(desk, target, [found[key] for key in keys if key in found])
    back = tuple(msgspec.structs.replace(each, scope=target.scope) for each in taken[:-1])
    last = Intent("del", target.scope, "conv", one.subject.conv, "conversation.deleted")
    return Move(target.team, tuple(written), tuple(taken), (*back, last))


def _bring_files(desk: Desk, target: SpaceRow, found: list[Entity]) -> None:
    """Have the server take the files along: who can read them here may name them there."""
    for entity in found:
        blob, size = entity.h.get("blob"), entity.h.get("size", 0)
        if isinstance(blob, str) and blob:
            team_blobs.add(
                desk.conn, target.team, target.account, target.scope, blob,
                sealed_size(size), "up", entity.id, desk.now,
            )  # fmt: skip


def _copied(
    scope: str,
    entity: Entity,
    me: str,
    people: Mapping[str, Person],
    asked: Mapping[str, str],
) -> Intent:
    """Write it anew. What others said is quoted: nobody can sign for somebody else. `asked`: who
    asked for which file to be sent."""
    written, header = entity.body, dict(entity.h)
    if entity.t == "msg":
        author = asked.get(str(header.get("blob", ""))) if header.get("out") is True else None
        if author and written:
            body_ = {**shapes.read(written, dict[str, Any]), "author": author}
            written = msgspec.json.encode(body_).decode()
    else:
        header["made"] = made(entity)
    if entity.t == "comment" and entity.own != me and entity.own in people:
        said = body(entity, CommentBody)
        quoted = CommentBody(f"{people[entity.own].called}: {said.text}", said.file)
        written = msgspec.json.encode(quoted).decode()
    return Intent("put", scope, entity.t, entity.id, _ADDED[entity.t], header, written)
