"""Mailboxes that were handed to this device: taken in, and let go of when they are taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.serving import Handed
from missive_desktop.domain.team import NoticeKind, TeamState
from missive_desktop.store import (
    accounts,
    served,
    team_notices,
    team_rows,
    team_scopes,
    team_spaces,
    teams,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection, Store, open_reader
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.store.teams import TeamRow
from missive_desktop.store.writer import Writer
from missive_wire.entities import Type
from missive_wire.ids import org_scope, split_scope

if TYPE_CHECKING:
    from missive_desktop.team.team import Team


_OWN = (
    "The mailbox {} was handed to this computer to be served for a team. It is here as your own"
    " account, so it is not: remove that account first, or have another computer serve it."
)
_STRANGE = (
    "A mailbox was handed to this computer by somebody who is no owner or admin. It was not taken."
)


class Came(NamedTuple):
    scope: str
    row: EntityRow
    what: Handed | None  # None: whoever handed it over may not


def new(store: Store, team: Team) -> list[Came]:
    """Return what was handed to this device and is not served from here yet."""
    with closing(open_reader(store)) as conn:
        return list(_new(conn, team))


def _new(conn: Connection, team: Team) -> Iterator[Came]:
    from missive_desktop.team.worker import handing

    if not team.vault.approved:
        return
    for space in team_spaces.mine(conn, team.id):
        scope = team_scopes.get(conn, team.id, space.scope)
        if scope is None or served.get(conn, space.scope) is not None:
            continue
        rows, box = handing.to_device(conn, scope, team.device), team.vault.me.device.box
        roster = team.vault.roster
        found = [handing.opened(row, roster, box, space.scope, team.device) for row in rows]
        for row, what in zip(reversed(rows), reversed(found), strict=True):
            if what is not None or (row.signed and not handing.by_admin(row, roster)):
                yield Came(space.scope, row, what)
                break


def withdrawn(store: Store) -> list[str]:
    """Return the spaces whose mailbox was handed to this device and taken back since."""
    from missive_desktop.team.worker import handing

    found = []
    with closing(open_reader(store)) as conn:
        for row in served.all_(conn):
            scope = team_scopes.get(conn, row.team, row.scope)
            team = teams.get(conn, row.team)
            if not row.handed or scope is None or team is None or not scope.done:
                continue
            if row.handed not in {e.id for e in handing.to_device(conn, scope, team.device)}:
                found.append(row.scope)
    return found


def ended(store: Store) -> list[str]:
    """Return what is served here of spaces that are no more, or of teams one was removed from.

    That rows of a space are not here says nothing by itself: of a team that was not heard of for
    long all goes, and comes again.
    """
    found = []
    with closing(open_reader(store)) as conn:
        for row in served.all_(conn):
            team = teams.get(conn, row.team)
            if team is None or team.state is TeamState.REMOVED or _deleted(conn, team, row.scope):
                found.append(row.scope)
    return found


def _deleted(conn: Connection, team: TeamRow, scope: str) -> bool:
    org = team_scopes.get(conn, team.id, org_scope(team.org))
    if org is None or not org.e or not org.done or team_scopes.get(conn, team.id, scope):
        return False
    row = team_rows.get(conn, org.id, Type.SPACE, split_scope(scope)[1])
    return row is None or not row.there


def take_in(writer: Writer, team: int, came: Came) -> None:
    """Keep the mailbox as an account that is served.

    An account of that address that is here already is this person's: whoever handed this over gets
    at nothing of it.
    """

    def work(conn: Connection, changes: Changes) -> None:
        if served.get(conn, came.scope) is not None:
            return
        if came.what is None:
            kind, now = NoticeKind.NOT_TAKEN, now_ms()
            team_notices.add_once(conn, team, kind, came.scope, _STRANGE, now, changes)
            return
        settings = msgspec.structs.replace(came.what.settings, kind="mail")
        known = accounts.by_address(conn, settings.address)
        if known is not None and known.settings.kind != "space":
            words, now = _OWN.format(settings.address), now_ms()
            team_notices.add(conn, team, NoticeKind.NOT_TAKEN, came.scope, words, now, changes)
            return
        account = accounts.insert(conn, settings, came.what.secret, changes)
        options = came.what.options
        served.add(conn, came.scope, team, account, options, changes, handed=came.row.id)

    writer.run(work, durable=True)


def let_go(writer: Writer, scope: str) -> int:
    """Serve a mailbox no more. One that was handed here goes, with its password: return the account
    that it was. Another is this person's own again: 0."""

    def work(conn: Connection, changes: Changes) -> int:
        row = served.remove(conn, scope, changes)
        if row is None or not row.handed:
            return 0
        accounts.remove(conn, row.account, changes)
        return row.account

    return writer.run(work, durable=True)
