"""After a server went back to a backup: who was removed is to be removed again, by whoever knows.

The statements that took away are remembered by every member's device, so any owner or admin can
offer them anew, whoever signed them. An owner's program then has everybody let in again.
"""

from __future__ import annotations

from collections.abc import Iterable

from missive_desktop.domain.team import REFUSED, Intent
from missive_desktop.store import team_pending, team_scopes, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Calls
from missive_desktop.team.keys.roster import ADMINS, Roster, Shown
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.keys.statements import (
    RemovedStatement,
    RevokedStatement,
    UnseatedStatement,
    WithdrawnStatement,
)
from missive_desktop.team.vault import Vault
from missive_wire import routes
from missive_wire.entities import Type
from missive_wire.ids import org_scope
from missive_wire.routes import ReopenAnswer, ReopenRequest

_STRUCTURE = frozenset({Type.MEMBER, Type.DEVICE, Type.SEAT, Type.INVITE})


def taken_away(roster: Roster, me: Me, rows: Iterable[Shown]) -> list[Intent]:
    """Return what the server shows as there though it was taken away, to be taken away again."""
    if roster.role(me.user) not in ADMINS:
        return []
    found = (_again(roster, me, each) for each in rows if each.op == "put")
    return [each for each in found if each is not None]


def _again(roster: Roster, me: Me, row: Shown) -> Intent | None:
    of = f"{row.scope[2:]} {row.h.get('user')}" if row.t == Type.SEAT else row.id
    standing = roster.standing.get(f"{row.t} {of}")
    if standing is None or row.id in (me.user, me.device.id):
        return None
    if row.h.get("role") == "owner" and roster.role(me.user) != "owner":
        return None
    header: dict[str, object] = {"cert": standing.text}
    match standing.statement:
        case RemovedStatement():
            act = "member.removed"
        case RevokedStatement() as s:
            act, header = "device.revoked", header | {"user": s.user}
        case UnseatedStatement() as s:
            act, header = "seat.taken", header | {"user": s.user}
        case WithdrawnStatement():
            act = "invite.withdrawn"
        case _:
            return None
    return Intent("del", row.scope, row.t, row.id, act, header)


class Restored:
    """Watches, for one team, for what has come back; for one thread."""

    def __init__(self, books: TeamBooks, vault: Vault, calls: Calls, device: str) -> None:
        self._books, self._vault, self._calls, self._device = books, vault, calls, device
        self._offered: set[tuple[str, str, str]] = set()  # scope's epoch, type, id

    def due(self) -> list[Intent]:
        """Return what is to be taken away again and was not offered yet.

        What is on its way about the same comes first: it may have been given back since.
        """
        if not self._vault.approved:
            return []
        with self._books.reading() as conn:
            under_way = {(each.t, each.entity) for each in self._waiting(conn)}
            owed = [each for each in self._owed(conn) if (each.t, each.id) not in under_way]
            epochs = {row.scope: row.e for row in team_scopes.all_(conn, self._books.team)}
        fresh = [each for each in owed if self._key(epochs, each) not in self._offered]
        self._offered |= {self._key(epochs, each) for each in fresh}
        return fresh

    def settled(self) -> bool:
        """Tell an owner's server to let everybody in, once nothing is owed; False: not yet."""
        if not self._vault.approved:
            return False
        self._vault.learn()
        with self._books.reading() as conn:
            team = teams.get(conn, self._books.team)
            scope = team_scopes.get(conn, self._books.team, org_scope(team.org)) if team else None
            if team is None or scope is None or not (scope.e and scope.done):
                return False
            if self._vault.roster.role(team.user) != "owner":
                return team.user in self._vault.roster.members
            if any(self._waiting(conn)) or self._owed(conn):
                return False
        request = ReopenRequest(self._device, scope.e, scope.hi)
        return self._calls.post(routes.REOPEN, request, ReopenAnswer).open

    def _waiting(self, conn: Connection) -> list[Pending]:
        open_ = team_pending.open_(conn, self._books.team)
        return [each for each in open_ if each.t in _STRUCTURE and each.state not in REFUSED]

    def _owed(self, conn: Connection) -> list[Intent]:
        rows = self._vault.shown(conn)
        return taken_away(self._vault.roster, self._vault.me, rows)

    def _key(self, epochs: dict[str, str], each: Intent) -> tuple[str, str, str]:
        return epochs.get(each.scope, ""), each.t, each.id
