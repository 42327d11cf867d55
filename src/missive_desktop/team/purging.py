"""Scopes that were taken away: one transaction takes keys, lists and search, and is short however
much there was; what is left of rows and mail goes in pieces after it. And what ran out.

An offline copy is good for `limits.OFFLINE_LEASE` after the server was last heard. Time is counted
by this program as it passes, so to set the clock back gives none.
"""

from __future__ import annotations

from functools import partial

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind, TeamState
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import (
    indexing,
    leaving,
    team_blobs,
    team_notices,
    team_pending,
    team_rows,
    team_scopes,
    team_spaces,
    team_trail,
    teams,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.store.teams import TeamRow
from missive_desktop.team import aside
from missive_desktop.team.applying import TeamBooks
from missive_wire.entities import Type
from missive_wire.ids import org_scope, split_scope

_NO_ACCESS = "You no longer have access."
_TAKEN = "You no longer have access to {}. What was here of it has been removed."
_SPACE = "a shared inbox"
_LOST = "Of yours, this had not been sent: {}. It comes back if you get access again within a week."
_LEFT = "You are no longer a member of this team. What was here of it has been removed."
_OUT = "This device was taken out of the team. What was here of it has been removed."
_RAN_OUT = (
    "The team's server was not reached for a week, so what was here of the team has been removed."
    " It comes back once you are online. What you did here and was not sent is kept."
)


def revoke(books: TeamBooks, name: str) -> list[str]:
    """Remove a scope that may not be read any more; return what is gone, to be reported.

    Who may not read the organization is no member: all of it goes. As only the server says so, the
    keys of this device stay for a week, with which one may sign in again.
    """
    with books.applying:
        gone = books.writer.run(partial(_revoke, books, name, _LEFT), durable=True)
        if gone:
            scrub(books)
    return gone


def taken_out(books: TeamBooks, *, device: bool) -> list[str]:
    """Remove all of a team whose server says that this person, or this device, is out of it."""
    with books.reading() as conn:
        team = teams.get(conn, books.team)
    if team is None:
        return []
    words, name = _OUT if device else _LEFT, org_scope(team.org)
    with books.applying:
        gone = books.writer.run(partial(_revoke, books, name, words), durable=True)
        scrub(books)
    return gone


def expire(books: TeamBooks, ran: int | None) -> bool:
    """Count the time that has passed (`store.teams.count`). If the lease ran out, take away what is
    here of the team, and say so; what waits to be sent stays, and what is much is for `scrub`."""

    try:
        team = books.writer.run(lambda conn, _: teams.count(conn, books.team, now_ms(), ran))
    except DiskTrouble:  # counted at the next look; what ran out by then ran out now
        with books.reading() as conn:
            team = teams.get(conn, books.team)
    if team is None or team.state in teams.EMPTY or not team.run_out(now_ms()):
        return False
    with books.applying:
        books.writer.run(partial(_expire, books), durable=True)
    return True


def scrub(books: TeamBooks) -> None:
    """Remove what has left, and its words from the index's old segments and from the journal."""
    while books.writer.run(leaving.step):
        pass
    books.writer.run(lambda conn, _: indexing.scrub(conn, begin=True))
    while books.writer.run(lambda conn, _: indexing.scrub(conn)):
        pass
    books.writer.fold()


def _expire(books: TeamBooks, conn: Connection, changes: Changes) -> None:
    for scope in team_scopes.all_(conn, books.team):
        aside.put(conn, scope, now_ms(), pending=False)
        _forget(books, conn, scope, changes)
    team_pending.forget_done(conn, books.team, now_ms() + 1)
    teams.set_state(conn, books.team, TeamState.LOCKED, _RAN_OUT, changes)
    kind = NoticeKind.LOCKED
    team_notices.add(conn, books.team, kind, "", _RAN_OUT, now_ms(), changes)


def _revoke(
    books: TeamBooks, name: str, left: str, conn: Connection, changes: Changes
) -> list[str]:
    team = teams.get(conn, books.team)
    scope = team_scopes.get(conn, books.team, name)
    whole = team is not None and name == org_scope(team.org)
    if team is None or team.state is TeamState.REMOVED or (scope is None and not whole):
        return []
    scopes = [each for each in team_scopes.all_(conn, books.team) if whole or each == scope]
    known = team_spaces.get(conn, name)
    called = (known.name if known is not None else "") or _SPACE
    deleted = _deleted(conn, team, name)
    lost = 0
    for each in scopes:
        now = now_ms()
        lost += aside.put(conn, each, now)
        team_pending.deny(conn, team.id, each.scope, _NO_ACCESS, now, changes)
        _forget(books, conn, each, changes)
    words = left if whole else "" if deleted else _TAKEN.format(called)
    if lost:
        words = f"{words} {_LOST.format(lost)}".lstrip()
    if words and name[:1] != "u":
        kind = NoticeKind.TAKEN_AWAY
        team_notices.add(conn, team.id, kind, name, words, now_ms(), changes)
    if whole:
        teams.set_token(conn, team.id, "", changes)
        teams.set_ended(conn, team.id, now_ms())
        teams.set_state(conn, team.id, TeamState.REMOVED, left, changes)
    return [each.scope for each in scopes]


def _deleted(conn: Connection, team: TeamRow, name: str) -> bool:
    """Tell whether a space is known to be no more, so that this was said already."""
    org = team_scopes.get(conn, team.id, org_scope(team.org))
    kind, space = split_scope(name)
    row = team_rows.get(conn, org.id, Type.SPACE, space) if org and kind == "s" else None
    return row is not None and not row.there


def _forget(books: TeamBooks, conn: Connection, scope: ScopeRow, changes: Changes) -> None:
    team_blobs.remove_scope(conn, books.team, scope.scope)
    books.projection.forget(conn, scope, changes)
    team_trail.forget_chain(conn, books.team, scope.scope)
    team_scopes.forget_keys(conn, books.team, scope.scope)
    team_scopes.leave(conn, scope.id)
    changes.teams.add(scope.scope)
