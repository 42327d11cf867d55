"""Sees that everybody who reads a scope has its key, and that a new one is made when it must be.

Each member's device could do it, so each waits a while of its own for the others to be faster.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from functools import partial

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import REFUSED, SHOWN, Intent, NoticeKind
from missive_desktop.store import team_notices, team_pending, team_scopes, team_spaces
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import granting, submitting
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.keys import scope_keys
from missive_desktop.team.vault import Vault
from missive_wire.entities import Header, Type
from missive_wire.rules import may

_SOON = (0.2, 3.0)  # seconds for a key without which nothing can be written
_LATER = (2.0, 20.0)
_AGAIN = (10.0, 60.0)  # after the server refused it
_NEVER = 3600.0
_LEFT_OUT = (
    "The keys of {} were changed, and this device was given none, so what is new there cannot be"
    " read here. It has asked: it opens as soon as the computer of somebody who has the key is"
    " online."
)


class Keeping:
    """Plans grants for one team; for one thread."""

    def __init__(self, books: TeamBooks, vault: Vault) -> None:
        self._books, self._vault = books, vault
        self._waiting: dict[tuple[str, bool], float] = {}  # scope, rekey → when it is our turn
        self._lacking: set[str] | None = None  # scopes whose newest key was asked for in vain yet

    def due(self, now: float) -> tuple[list[Intent], float]:
        """Return what is to be done now, and seconds until there is more to be done."""
        intents: list[Intent] = []
        wanted: set[tuple[str, bool]] = set()
        lacking: set[str] = set()
        with self._books.reading() as conn:
            scopes = team_scopes.all_(conn, self._books.team)
            grants = [e for e in team_pending.open_(conn, self._books.team) if e.t == Type.GRANT]
            under_way = {each.scope for each in grants if each.state in SHOWN}
            refused = [each for each in grants if each.state in REFUSED]
            for scope in scopes:
                records = self._vault.records(conn, scope.scope)
                if self._asked(scope, records):
                    lacking.add(scope.scope)
                if scope.scope in under_way or not scope.e:
                    continue
                plan = self._plan(scope, records)
                if not plan:
                    continue
                turn = (scope.scope, scope.rekey)
                wanted.add(turn)
                span = _SOON if scope.rekey else _LATER
                span = _AGAIN if any(each.scope == scope.scope for each in refused) else span
                at = self._waiting.setdefault(turn, now + random.uniform(*span))  # noqa: S311
                if at <= now:
                    intents += plan
        self._waiting = {
            turn: at for turn, at in self._waiting.items() if turn in wanted and at > now
        }
        if refused:  # what they were for is planned anew, by what is known then
            self._books.writer.run(partial(self._drop, refused))
        if lacking != self._lacking:
            self._books.writer.run(partial(self._say, lacking))
            self._lacking = lacking
        wait = min((at - now for at in self._waiting.values()), default=_NEVER)
        return intents, max(wait, 0.05)

    def _asked(self, scope: ScopeRow, records: list[tuple[str, Header]]) -> bool:
        """Say whether this device has asked for the newest key, and has not got it."""
        key = self._vault.newest(scope.scope)
        has_newest = key is not None and key.epoch >= scope.key
        if has_newest or not scope.key or not self._vault.approved:
            return False
        name = scope_keys.ask_id(scope.scope, scope.key, self._vault.me.device.id)
        return any(id_ == name for id_, _ in records)

    def _plan(self, scope: ScopeRow, records: list[tuple[str, Header]]) -> list[Intent]:
        key = self._vault.newest(scope.scope)
        if not self._vault.approved:
            return []
        me, there = self._vault.me, self._vault.there
        roster = self._vault.roster
        role = "owner" if scope.scope[:1] == "u" else roster.role(me.user, _space(scope.scope))
        has_newest = key is not None and key.epoch >= scope.key
        if scope.rekey and key is not None:
            if not may(role, "grant.rotated"):
                return []
            if has_newest:
                return granting.begin(roster, me, scope.scope, key, there=there)[1]
            if roster.is_admin(me.user) and granting.shut_out(
                roster, me, scope.scope, scope.key, records
            ):  # somebody keeps the newest key to themselves: an admin ends that, without it
                epoch = scope.key + 1
                return granting.begin(roster, me, scope.scope, None, epoch=epoch, there=there)[1]
        if key is None or not has_newest:
            asks = scope.key and scope.done and may(role, "grant.asked")
            return granting.ask(roster, me, scope.scope, scope.key, records) if asks else []
        if scope.rekey or not may(role, "grant.made"):
            return []
        return granting.missing(roster, me, key, records, there)

    def _drop(self, refused: Collection[Pending], conn: Connection, changes: Changes) -> None:
        for each in refused:
            submitting.drop(conn, each.id, self._books.projection, changes)

    def _say(self, scopes: Collection[str], conn: Connection, changes: Changes) -> None:
        """Say what is missing where others have the newest key and this device has not."""
        team, kind = self._books.team, NoticeKind.LEFT_OUT
        team_notices.keep_only(conn, team, kind, scopes, changes)
        for name in scopes:
            space = team_spaces.get(conn, name)
            words = _LEFT_OUT.format(f"“{space.name}”" if space and space.name else "your team")
            team_notices.add_once(conn, team, kind, name, words, now_ms(), changes)


def _space(scope: str) -> str:
    return scope[2:] if scope[:1] == "s" else ""
