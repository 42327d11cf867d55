"""Sees that everybody who reads a scope has its key, and that a new one is made when it must be.

Each member's device could do it, so each waits a while of its own for the others to be faster.
"""

from __future__ import annotations

import random

from missive_desktop.domain.team import Intent
from missive_desktop.store import team_pending, team_scopes
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import granting
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.vault import Vault
from missive_wire.entities import Type
from missive_wire.rules import may

_SOON = (0.2, 3.0)  # seconds for a key without which nothing can be written
_LATER = (2.0, 20.0)
_NEVER = 3600.0


class Keeping:
    """Plans grants for one team; for one thread."""

    def __init__(self, books: TeamBooks, vault: Vault) -> None:
        self._books, self._vault = books, vault
        self._waiting: dict[str, float] = {}  # scope → when it is our turn

    def due(self, now: float) -> tuple[list[Intent], float]:
        """Return what is to be done now, and seconds until there is more to be done."""
        intents: list[Intent] = []
        wanted: set[str] = set()
        with self._books.reading() as conn:
            scopes = team_scopes.all_(conn, self._books.team)
            under_way = {
                each.scope
                for each in team_pending.open_(conn, self._books.team)
                if each.t == Type.GRANT
            }
            for scope in scopes:
                if scope.scope in under_way or not scope.e:
                    continue
                plan = self._plan(scope, self._vault.records(conn, scope.scope))
                if not plan:
                    continue
                wanted.add(scope.scope)
                span = _SOON if scope.rekey else _LATER
                at = self._waiting.setdefault(scope.scope, now + random.uniform(*span))  # noqa: S311
                if at <= now:
                    intents += plan
        self._waiting = {
            name: at for name, at in self._waiting.items() if name in wanted and at > now
        }
        wait = min((at - now for at in self._waiting.values()), default=_NEVER)
        return intents, max(wait, 0.05)

    def _plan(self, scope: ScopeRow, records: list[tuple[str, dict[str, object]]]) -> list[Intent]:
        key = self._vault.newest(scope.scope)
        if key is None or not self._vault.approved:
            return []
        me = self._vault.me
        roster = self._vault.roster
        role = "owner" if scope.scope[:1] == "u" else roster.role(me.user, _space(scope.scope))
        if scope.rekey:
            if not may(role, "grant.rotated"):
                return []
            if key.epoch >= scope.key:
                return granting.begin(roster, me, scope.scope, key)[1]
            if roster.is_admin(me.user) and granting.shut_out(
                roster, me, scope.scope, scope.key, records
            ):  # somebody keeps the newest key to themselves: an admin ends that, without it
                return granting.begin(roster, me, scope.scope, None, epoch=scope.key + 1)[1]
            return []
        if key.epoch < scope.key or not may(role, "grant.made"):
            return []
        return granting.missing(roster, me, key, records)


def _space(scope: str) -> str:
    return scope[2:] if scope[:1] == "s" else ""
