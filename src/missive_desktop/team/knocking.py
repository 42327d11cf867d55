"""Who wants in and who came in, as the trail tells: told once, to whom it concerns.

A device of one's own that waits stands in no row, for nobody has signed for it; but that somebody
signed in does stand in the trail, and then the server is asked who waits.
"""

from __future__ import annotations

from collections.abc import Callable

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import DeviceBody, body
from missive_desktop.domain.team import Intent, NoticeKind
from missive_desktop.store import (
    team_notices,
    team_pending,
    team_rows,
    team_scopes,
    team_trail,
    teams,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_trail import Wanted
from missive_desktop.store.teams import TeamRow
from missive_desktop.team import login, overlay
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Calls
from missive_desktop.team.joining import this_device
from missive_desktop.team.organizing import UNNAMED, text
from missive_desktop.team.vault import Vault
from missive_wire.entities import Type
from missive_wire.ids import org_scope

_CAME_IN = "account.login"
_JOINED = "member.joined"
_FRESH = 86_400_000  # ms in which somebody who joined is news


class Knocking:
    """For one thread."""

    def __init__(
        self, books: TeamBooks, calls: Calls, vault: Vault, submit: Callable[[list[Intent]], object]
    ) -> None:
        self._books, self._calls, self._vault, self._submit = books, calls, vault, submit
        self._seen: tuple[int, frozenset[str]] | None = None

    def look(self) -> None:
        """Tell of what is new since the last time."""
        with self._books.reading() as conn:
            row = teams.get(conn, self._books.team)
            if row is None:
                return
            wanted = Wanted(acts=(_CAME_IN,), actor=row.user, limit=1)
            logins = team_trail.listed(conn, row.id, wanted)
        roster = self._vault.roster
        own = frozenset(each.id for each in roster.devices_of(row.user))
        seen = (logins[0].n if logins else 0, own)
        if seen != self._seen:
            self._waiting(row)
            self._name_own(row)
            self._seen = seen
        if roster.is_admin(row.user):
            self._joined(row)

    def _waiting(self, row: TeamRow) -> None:
        found = {each.id: each for each in login.devices(self._calls) if each.state == "pending"}

        def work(conn: Connection, changes: Changes) -> None:
            kind = NoticeKind.WAITS
            team_notices.keep_only(conn, row.id, kind, found, changes)
            for device, each in found.items():
                team_notices.add_once(conn, row.id, kind, device, "", each.since, changes)

        self._books.writer.run(work)

    def _name_own(self, row: TeamRow) -> None:
        """Say what this device is called, where who let it in could not know."""
        with self._books.reading() as conn:
            scope = team_scopes.get(conn, row.id, org_scope(row.org))
            own = team_rows.get(conn, scope.id, Type.DEVICE, row.device) if scope else None
            pending = {each.key[1:] for each in team_pending.open_(conn, row.id)}
        if own is None or not own.body or (Type.DEVICE.value, row.device) in pending:
            return
        said = body(overlay.of_row(own), DeviceBody)
        if said.name == UNNAMED and not said.platform:
            named, act = text(this_device()), "device.renamed"
            scope_name = org_scope(row.org)
            self._submit([Intent("patch", scope_name, Type.DEVICE, row.device, act, {}, named)])

    def _joined(self, row: TeamRow) -> None:
        since = now_ms() - _FRESH
        with self._books.reading() as conn:
            events = team_trail.listed(conn, row.id, Wanted(acts=(_JOINED,), since=since))
            told = team_notices.told(conn, row.id, NoticeKind.JOINED)
        fresh = [each for each in events if each.actor not in (row.user, *told)]
        if not fresh:
            return

        def work(conn: Connection, changes: Changes) -> None:
            for each in reversed(fresh):
                kind = NoticeKind.JOINED
                team_notices.add_once(conn, row.id, kind, each.actor, "", each.at, changes)

        self._books.writer.run(work)
