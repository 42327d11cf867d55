"""Conversations of spaces as header and menus show them: who shares, who has, what can be chosen.

Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from missive_desktop.app.presenters.colours import label_colour
from missive_desktop.app.presenters.place import space_color, space_place
from missive_desktop.app.presenters.shown import (
    Colleague,
    Mark,
    SpaceHeader,
    TaskItem,
    TaskList,
)
from missive_desktop.store import (
    team_conversations,
    team_lists,
    team_spaces,
    team_talk,
    team_views,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import LabelRow, SpaceRow
from missive_desktop.store.team_views import RowExtras


@dataclass(frozen=True, slots=True)
class Chosen:
    """Conversations of spaces that an act is about, with what can be chosen for all of them."""

    ids: tuple[int, ...]
    account: int  # of the first
    space: str  # its name; "" where they are of several
    size: int  # how many people share them; 0 where they are of several spaces
    people: tuple[Colleague, ...]
    labels: tuple[Mark, ...]
    assigned: frozenset[str]  # users who have all of them
    some_assigned: frozenset[str]  # users who have any
    labelled: frozenset[str]
    closed: bool  # all of them are
    snoozed: bool  # any of them is
    watching: bool
    others: tuple[tuple[int, str, str], ...]  # other spaces: account, name, colour


def space_header(conn: Connection, conversation: int) -> SpaceHeader | None:
    """Return what a space adds to a conversation's header; None where it is nobody else's."""
    space = team_lists.space_of(conn, conversation)
    found = team_views.extras(conn, [conversation]).get(conversation)
    where = team_conversations.find_by_id(conn, conversation)
    if space is None or found is None or where is None:
        return None
    everybody = _everybody(conn, space)
    return SpaceHeader(
        account=space.account,
        scope=space.scope,
        conv=where[1],
        name=space_place(space).title,
        color=space_color(space),
        people=colleagues(conn, space),
        assignees=tuple(
            everybody.get(each.id, Colleague(each.id, each.name or "?", each.id))
            for each in found.assignees
        ),
        labels=tuple(
            Mark(each.id, each.name, label_colour(each.colour, each.name)) for each in found.labels
        ),
        closed=found.state == "closed",
        waiting=_waiting(conn, *where),
        watching=found.watching,
        snoozed=found.snoozed // 1000,
        pending=found.pending,
    )


def chosen(conn: Connection, wanted: Collection[int]) -> Chosen | None:
    """Return what can be chosen for conversations; None where none of them is of a space."""
    extras = team_views.extras(conn, wanted)
    ids = tuple(item for item in wanted if item in extras)
    spaces = {row.scope: row for row in team_spaces.mine(conn)}
    of = [spaces[extras[item].space] for item in ids if extras[item].space in spaces]
    if not of or len(of) < len(ids):
        return None
    first, one = of[0], len({space.scope for space in of}) == 1
    found = [extras[item] for item in ids]
    people = colleagues(conn, first)
    for space in {each.scope: each for each in of[1:]}.values():
        there = {each.user for each in colleagues(conn, space)}
        people = tuple(each for each in people if each.user in there)
    return Chosen(
        ids=ids,
        account=first.account,
        space=space_place(first).title if one else "",
        size=len(people) if one else 0,
        people=people,
        labels=_labels(conn, of),
        assigned=_on_all(found, lambda row: row.assignees),
        some_assigned=frozenset(each.id for row in found for each in row.assignees),
        labelled=_on_all(found, lambda row: row.labels),
        closed=all(row.state == "closed" for row in found),
        snoozed=any(row.snoozed for row in found),
        watching=all(row.watching for row in found),
        others=tuple(
            (space.account, space_place(space).title, space_color(space))
            for space in spaces.values()
            if space.team == first.team and (not one or space.scope != first.scope)
        ),
    )


def tasks(conn: Connection, conversation: int) -> TaskList | None:
    """Return the tasks of a conversation; None where it is nobody else's."""
    where = team_conversations.find_by_id(conn, conversation)
    space = team_spaces.of_account(conn, where[0]) if where is not None else None
    if where is None or space is None:
        return None
    everybody = _everybody(conn, space)
    items = [
        TaskItem(
            id=row.id,
            title=row.title,
            done=row.state == "closed",
            due=row.due // 1000,
            assignees=tuple(everybody[user] for user in row.assignees if user in everybody),
            pending=row.pending,
        )
        for row in team_talk.tasks(conn, *where)
    ]
    items.sort(key=lambda item: item.done)
    return TaskList(conversation, where[0], tuple(items))


def colleagues(conn: Connection, space: SpaceRow) -> tuple[Colleague, ...]:
    """Return who shares a space: oneself first, then by name, observers last."""
    seats = team_spaces.seats(conn, space.scope)
    everybody = _everybody(conn, space)
    found = [
        Colleague(each.user, each.name, each.email, seats[user].kind == "observer", each.me)
        for user, each in everybody.items()
        if user in seats
    ]
    found.sort(key=lambda each: (not each.me, each.observer, each.name.casefold()))
    return tuple(found)


def _everybody(conn: Connection, space: SpaceRow) -> dict[str, Colleague]:
    team = teams.get(conn, space.team)
    me = team.user if team is not None else ""
    people = team_spaces.people(conn, space.team)
    return {
        user: Colleague(user, each.called, each.email, me=user == me)
        for user, each in people.items()
    }


def _waiting(conn: Connection, account: int, conv: str) -> bool:
    facts = team_conversations.facts(conn, account, [conv], "")
    return bool(facts) and facts[0].header.inbox


def _labels(conn: Connection, spaces: Collection[SpaceRow]) -> tuple[Mark, ...]:
    """Return the labels that can be put on conversations of each of these spaces."""
    rows: dict[str, LabelRow] = {}
    for index, account in enumerate(dict.fromkeys(space.account for space in spaces)):
        there = team_views.labels(conn, account)
        rows = there if not index else {id_: row for id_, row in rows.items() if id_ in there}
    marks = [Mark(row.id, row.name, label_colour(row.colour, row.name)) for row in rows.values()]
    return tuple(sorted(marks, key=lambda mark: mark.name.casefold()))


def _on_all(
    rows: list[RowExtras], of: Callable[[RowExtras], tuple[team_views.Chip, ...]]
) -> frozenset[str]:
    sets = [frozenset(each.id for each in of(row)) for row in rows]
    return frozenset.intersection(*sets) if sets else frozenset()
