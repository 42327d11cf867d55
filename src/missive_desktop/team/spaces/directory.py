"""What is not in a space: who there is, which spaces and labels, and one's own state of mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import (
    LabelBody,
    MemberBody,
    OrganizationBody,
    PersonalBody,
    SpaceBody,
    body,
    personal,
)
from missive_desktop.domain.team import Entity
from missive_desktop.store import team_conversations, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_conversations import Own
from missive_desktop.store.team_spaces import LabelRow, Person, SpaceRow
from missive_wire.ids import space_scope

Dirty = dict[int, set[str]]  # conversations to be placed anew, by account


def apply(
    conn: Connection,
    team: int,
    scope: str,
    entities: Sequence[Entity],
    gone: Sequence[Entity],
    changes: Changes,
) -> Dirty:
    """Take in rows of an organization or of the person; return what is to be placed anew."""
    own: list[Own] = []
    for entity in entities:
        if entity.t == "space":
            _space(conn, team, entity, changes)
        elif entity.t == "org":
            _organization(conn, team, entity, changes)
        elif entity.t == "member":
            _member(conn, team, entity, changes)
        elif entity.t == "label":
            team_spaces.put_label(conn, label(scope, entity), changes)
        elif entity.t == "pstate":
            read = body(entity, PersonalBody)
            if read.conv:
                own.append(Own(entity.id, read.space, read.conv, personal(read)))
    team_conversations.put_own(conn, scope, own)
    touched = [(row.space, row.conv) for row in own]
    for entity in gone:
        if entity.t == "member":
            team_spaces.remove_person(conn, team, entity.id, changes)
        elif entity.t == "label":
            team_spaces.remove_label(conn, scope, entity.id, changes)
    lost = [entity.id for entity in gone if entity.t == "pstate"]
    if lost:
        touched += team_conversations.forget_own(conn, scope, lost)
    return _by_account(conn, touched)


def _by_account(conn: Connection, touched: Sequence[tuple[str, str]]) -> Dirty:
    spaces: dict[str, set[str]] = defaultdict(set)
    for space, conv in touched:
        spaces[space].add(conv)
    result: Dirty = {}
    for space, convs in spaces.items():
        row = team_spaces.get(conn, space_scope(space))
        if row is not None and row.account:
            result[row.account] = convs
    return result


def _organization(conn: Connection, team: int, entity: Entity, changes: Changes) -> None:
    name = body(entity, OrganizationBody).name.strip()
    row = teams.get(conn, team)
    if row is not None and entity.id == row.org and name not in ("", row.settings.name):
        settings = msgspec.structs.replace(row.settings, name=name)
        teams.update_settings(conn, team, settings, changes)


def _space(conn: Connection, team: int, entity: Entity, changes: Changes) -> None:
    scope = space_scope(entity.id)
    read = body(entity, SpaceBody)
    known = team_spaces.get(conn, scope) or SpaceRow(scope, team)
    row = msgspec.structs.replace(
        known,
        team=team,
        kind=str(entity.h.get("kind", "inbox")),
        name=read.name,
        address=read.address,
        colour=read.colour,
        user_reply=read.user_reply,
        received_reply=read.received_reply,
    )
    if row != known or not known.name:
        team_spaces.put(conn, row, changes)


def _member(conn: Connection, team: int, entity: Entity, changes: Changes) -> None:
    read = body(entity, MemberBody)
    user = str(entity.h.get("user", entity.id))
    person = Person(user, read.name, read.email, str(entity.h.get("role", "")))
    team_spaces.put_person(conn, team, person, changes)


def label(scope: str, entity: Entity) -> LabelRow:
    """Return a label as the store keeps it."""
    read = body(entity, LabelBody)
    return LabelRow(scope, entity.id, read.name, read.colour)
