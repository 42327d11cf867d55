"""Putting the mail of conversations where `semantics` says that it stands for this person."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.domain.spaces import Place
from missive_desktop.store import team_conversations, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import SpaceRow
from missive_desktop.team.spaces import semantics
from missive_desktop.team.spaces.semantics import Activity


def place(
    conn: Connection, account: int, convs: Collection[str], me: str, now: int, changes: Changes
) -> None:
    """Place the mail of these conversations anew; `now` in milliseconds."""
    if not convs:
        return
    folders = team_spaces.places(conn, account)
    wanted: dict[int, tuple[Collection[int], Flags]] = {}
    wakes: dict[str, int] = {}
    told: dict[str, int] = {}
    space = team_spaces.of_account(conn, account)
    active = _active(conn, space, me)
    theirs = now + _ahead(conn, space)  # by what clock things are new
    for facts in team_conversations.facts(conn, account, convs, me):
        activity = Activity(facts.received, facts.commented, facts.mentioned)
        found = semantics.standing(facts.header, facts.personal, activity, me, now)
        wakes[facts.conv] = found.wakes
        called = semantics.news(facts.header, activity, found, me, facts.by, theirs)
        if called > facts.told and facts.local:
            told[facts.conv] = called
            changes.called.add(facts.local)
        elif (taken := semantics.own_call(facts.header, me, facts.by)) > facts.told:
            told[facts.conv] = taken
        for mail in facts.mails:
            lies = semantics.placed(mail.out, found.places)
            flags = semantics.flags(mail.at, mail.out, facts.personal, found.places)
            wanted[mail.message] = ([folders[each] for each in lies], flags)
            fresh = mail.at > theirs - semantics.FRESH and mail.message in changes.messages
            if active and fresh and Place.TEAM in lies and not flags & Flags.SEEN:
                changes.arrived.add(mail.message)
    team_conversations.place(conn, account, wanted, changes)
    team_conversations.set_waking(conn, account, wakes)
    team_conversations.set_told(conn, account, told)


def _ahead(conn: Connection, space: SpaceRow | None) -> int:
    team = teams.get(conn, space.team) if space else None
    return team.ahead if team else 0


def _active(conn: Connection, space: SpaceRow | None, me: str) -> bool:
    """Say whether new mail of the team concerns the person: observers are not told."""
    seat = team_spaces.seats(conn, space.scope).get(me) if space else None
    return seat is not None and seat.kind == "active"


def wake(conn: Connection, users: Mapping[int, str], now: int, changes: Changes) -> None:
    """Place anew what was put off until now; `users` are who one is, by team."""
    for account, convs in team_conversations.due(conn, now).items():
        space = team_spaces.of_account(conn, account)
        if space is not None and space.team in users:
            place(conn, account, convs, users[space.team], now, changes)
