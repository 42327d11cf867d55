"""What this device can open and who is who, as of the rows in the store: roster, keys, seals.

`learn` reads them anew; between, nothing changes. For any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind, Trouble
from missive_desktop.errors import UsageError
from missive_desktop.store import team_certs, team_notices, team_rows, team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection, Store, open_reader
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.store.writer import Writer
from missive_desktop.team import granting
from missive_desktop.team.keys import directory, primitives, ring, sealing
from missive_desktop.team.keys.device import kept_device
from missive_desktop.team.keys.identity import kept_identity
from missive_desktop.team.keys.roster import Problem, Roster, Shown
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.keys.trouble import NotYet, Tampered
from missive_desktop.team.opening import Opened, may_be_by, read_body
from missive_desktop.team.witness import Witness
from missive_wire import codec
from missive_wire.entities import Header, Row, Type
from missive_wire.ids import org_scope


class _Known(NamedTuple):
    """One state of knowledge, replaced whole."""

    org: str
    me: Me | None
    roster: Roster
    keys: dict[str, dict[int, ScopeKey]]
    there: frozenset[str] = frozenset()
    source: bytes = b""  # names all that the roster was read from
    remembered: frozenset[str] = frozenset()


class Vault:
    """Opens and seals for one team (`team.opening.Opener`)."""

    def __init__(self, store: Store, writer: Writer, team: int) -> None:
        self._store, self._writer, self._team = store, writer, team
        self.witness = Witness()
        self._learning = threading.Lock()
        self._openable: set[str] = set()
        self._known = _Known("", None, Roster(""), {})
        with closing(open_reader(store)) as conn:
            self._known = self._read(conn)[0]

    @property
    def roster(self) -> Roster:
        return self._known.roster

    @property
    def there(self) -> frozenset[str]:
        """Devices and invitations that the server knows: it takes keys for no others."""
        return self._known.there

    @property
    def approved(self) -> bool:
        return self._known.me is not None

    @property
    def me(self) -> Me:
        """Who acts on this device; UsageError before it was approved."""
        if self._known.me is None:
            raise UsageError("This device was not approved yet.")
        return self._known.me

    def newest(self, scope: str) -> ScopeKey | None:
        """Return the key that is written with."""
        keys = self._known.keys.get(scope, {})
        return keys[max(keys)] if keys else None

    def newest_of_all(self) -> dict[str, ScopeKey]:
        return {name: keys[max(keys)] for name, keys in self._known.keys.items() if keys}

    def records(self, conn: Connection, scope: str) -> list[tuple[str, Header]]:
        """Return id and header of each grant of a scope."""
        row = team_scopes.get(conn, self._team, scope)
        return [(e.id, e.h) for e in team_rows.of_type(conn, row.id, Type.GRANT)] if row else []

    def shown(self, conn: Connection) -> list[Shown]:
        """Return what the server shows now of who is who; nothing that is in doubt."""
        scopes = team_scopes.all_(conn, self._team)
        return _signed(conn, self._known.org, scopes, certain=True)

    def learn(self) -> None:
        """Read anew who is who and what keys there are."""
        with self._learning, closing(open_reader(self._store)) as conn:
            before = self._known
            known, problems = self._read(conn)
            self._known = known
            kept = {name: team_scopes.keys(conn, self._team, name) for name in known.keys}
            fresh = {name for name, keys in known.keys.items() if keys.keys() - kept[name].keys()}
            same = _authors(known.roster) == _authors(before.roster)
            self._openable |= fresh if same else known.keys.keys()
        certs = {of: text for of, text in known.roster.kept.items() if text not in known.remembered}
        if certs or fresh or problems:
            self._writer.run(
                lambda conn, changes: self._keep(conn, certs, known, fresh, problems, changes)
            )

    def openable(self) -> set[str]:
        """Return, once, the scopes where more may open than before: by keys, or by who is who."""
        with self._learning:
            result, self._openable = self._openable, set()
        return result

    def open(self, scope: str, row: Row) -> Opened | Trouble:
        known = self._known
        key = known.keys.get(scope, {}).get(row.k)
        place = sealing.place_of(known.org, scope, row)
        try:
            found = sealing.open_(key, known.roster.author, place, row.b)
            body = read_body(found.content)
        except NotYet:
            return Trouble.KEY
        except (Tampered, codec.Malformed):
            return Trouble.TAMPERED
        if not may_be_by(row, found.author.user):  # the server names another author
            return Trouble.TAMPERED
        self.witness.heard(known.org, scope, found.author.device, found.seen)
        return Opened(body, found.author.device)

    def author(self, device: str) -> str:
        found = self._known.roster.author(device)
        return found.user if found is not None else ""

    def seal(self, scope: str, t: str, id_: str, bv: int, body: str) -> tuple[int, bytes] | None:
        known, key = self._known, self.newest(scope)
        if key is None or known.me is None:
            return None
        place = sealing.Place(known.org, scope, t, id_, key.epoch, bv)
        seen = self.witness.said(known.org, scope)
        return key.epoch, sealing.seal(key, known.me.device, place, body.encode(), seen)

    def _read(self, conn: Connection) -> tuple[_Known, list[Problem]]:
        team = teams.get(conn, self._team)
        if team is None:
            return self._known, []
        private = teams.private_keys(conn, self._team)
        me = None
        if private.identity and private.sign and private.box:
            device = kept_device(team.device, private.sign, private.box)
            me = Me(team.org, kept_identity(team.user, private.identity), device)
        scopes = team_scopes.all_(conn, self._team)
        remembered = sorted(team_certs.texts(conn, self._team))
        rows = _signed(conn, team.org, scopes)
        records = {scope.scope: self.records(conn, scope.scope) for scope in scopes}
        told = sorted({text for each in records.values() for text in granting.told(each)})
        whole = msgspec.json.encode((team.org, team.root, rows, remembered, told))
        source, roster = primitives.digest("directory", whole), self._known.roster
        if source != self._known.source:  # keys come more often than members
            root = bytes.fromhex(team.root)
            roster = directory.fold(team.org, root, rows, remembered, told)
        problems = list(roster.problems)
        keys: dict[str, dict[int, ScopeKey]] = {}
        for scope in scopes:
            kept = team_scopes.keys(conn, self._team, scope.scope).items()
            mine = {epoch: ScopeKey(scope.scope, epoch, key) for epoch, key in kept}
            if me is not None:
                found = ring.collected(roster, scope.scope, records[scope.scope], me.device, mine)
                problems += found.problems
                mine = found.keys
            keys[scope.scope] = mine
        there = frozenset(row.id for row in rows if row.op == "put") | {team.org}
        return _Known(team.org, me, roster, keys, there, source, frozenset(remembered)), problems

    def _keep(
        self,
        conn: Connection,
        certs: Mapping[str, str],
        known: _Known,
        fresh: Iterable[str],
        problems: Iterable[Problem],
        changes: Changes,
    ) -> None:
        """Keep certificates and keys, whatever becomes of the rows; say what is not so."""
        team_certs.save(conn, self._team, certs)
        for name in fresh:
            if team_scopes.get(conn, self._team, name) is not None:
                found = {epoch: each.key for epoch, each in known.keys[name].items()}
                team_scopes.add_keys(conn, self._team, name, found, changes)
        for problem in problems:
            kind = NoticeKind.TAMPERED
            team_notices.add(conn, self._team, kind, "", problem.words, now_ms(), changes)


def _authors(roster: Roster) -> tuple[Collection[str], Collection[str]]:
    return roster.devices.keys(), roster.former.keys()


def _signed(
    conn: Connection, org: str, scopes: Iterable[ScopeRow], *, certain: bool = False
) -> list[Shown]:
    """Return the rows that carry certificates: the directory, and seats of each space."""
    found = []
    for scope in scopes:
        if scope.scope == org_scope(org):
            types: tuple[str, ...] = (Type.MEMBER, Type.DEVICE, Type.INVITE)
        elif scope.scope[:1] == "s":
            types = (Type.SEAT,)
        else:
            continue
        rows = team_rows.with_deleted(conn, scope.id, types)
        found += [
            Shown(scope.scope, row.t, row.id, row.op, row.h)
            for row in rows
            if row.seq or not certain
        ]
    return found
