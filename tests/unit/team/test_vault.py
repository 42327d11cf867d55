"""What a device knows of who is who, as rows come: what a reading of all of them at once gives."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories import Mailbox, mailbox
from tests.people import founded

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Intent, TeamSettings
from missive_desktop.store import team_rows, team_scopes, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import granting, organizing
from missive_desktop.team.keys import certificates, directory, identity, ring, scope_keys, signing
from missive_desktop.team.keys.roster import Roster
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.vault import Vault
from missive_wire.entities import Row
from missive_wire.headers import seat_id
from missive_wire.ids import org_scope, space_scope

State = tuple[str, Row]  # of a row, with its scope


class Past:
    """A team to which things happened, and every state of a row that there ever was."""

    def __init__(self) -> None:
        self.team, self.ana = founded()
        self._states: dict[tuple[str, str, str, int], State] = {}
        team, ana = self.team, self.ana
        self.space = team.space(ana)
        ben = team.member(ana, "admin", [self.space])
        self._note()
        before = team.roster(ben)
        cat = team.member(ben, "member", [self.space])
        team.invite(ben, "viewer", [self.space])
        self._note()
        team.send(organizing.change_role(team.roster(ana), ana.me, ben.user, "member"))
        self._note()
        team.send(organizing.remove_member(team.roster(ana), ana.me, team.keys(ana), cat.user))
        self._note()
        late = signing.seat(team.org, self.space, cat.user, "active", "")
        cert = signing.by_device(before, ben.me, late)
        header = {"user": cat.user, "kind": "active", "role": "", "cert": cert}
        place = (space_scope(self.space), "seat", seat_id(self.space, cat.user))
        team.send([Intent("put", *place, "", header)])
        self._note()

    def _note(self) -> None:
        for (scope, t, id_), row in self.team.rows.items():
            self._states[scope, t, id_, row.v] = scope, row

    def states(self, seed: int) -> list[State]:
        found = list(self._states.values())
        random.Random(seed).shuffle(found)
        return found


class Desk:
    """The owner's device: its vault, and beside it what it ought to know, read with nothing kept
    in memory."""

    def __init__(self, box: Mailbox, past: Past) -> None:
        self.box, self.past = box, past
        self.team = box.writer.run(self._begin)
        self.vault = Vault(box.store, box.writer, self.team)
        self.certs: dict[str, str] = {}
        self.keys: dict[str, dict[int, ScopeKey]] = {scope: {} for scope in self._scopes()}

    def _scopes(self) -> list[str]:
        return [org_scope(self.past.team.org), space_scope(self.past.space)]

    def _begin(self, conn: Connection, changes: Changes) -> int:
        org, me = self.past.team.org, self.past.ana.me
        root = self.past.team.root.public.fingerprint.hex()
        keys = teams.PrivateKeys(me.identity.sign.seed, me.device.sign.seed, me.device.box.seed)
        team = teams.insert(
            conn, "https://localhost", org, me.user, me.device.id, "ana@example.org", root,
            TeamSettings(), changes, keys=keys,
        )  # fmt: skip
        for scope in self._scopes():
            team_scopes.ensure(conn, team, scope, changes)
        return team

    def take(self, states: list[State]) -> None:
        def work(conn: Connection, changes: Changes) -> None:
            for scope, row in states:
                known = team_scopes.get(conn, self.team, scope)
                if known is not None:
                    kept = EntityRow(row.t, row.id, row.op, row.seq + 1, row.v, dict(row.h))
                    team_rows.write(conn, known.id, [kept])

        self.box.writer.run(work)

    def expected(self) -> tuple[Roster, dict[str, dict[int, ScopeKey]]]:
        certificates.read.cache_clear()
        certificates._proven.cache_clear()
        identity.owns.cache_clear()
        scope_keys._read.cache_clear()
        team, me = self.past.team, self.past.ana.me
        rows = self.vault.shown(self.box.reader)
        root = team.root.public.fingerprint
        told = {
            text
            for scope in self.keys
            for text in granting.told(self.vault.records(self.box.reader, scope))
        }
        roster = directory.fold(team.org, root, rows, self.certs.values(), told)
        self.certs = dict(roster.kept)
        for scope, known in self.keys.items():
            records = self.vault.records(self.box.reader, scope)
            self.keys[scope] = ring.collected(roster, scope, records, me.device, known).keys
        return roster, self.keys

    def check(self) -> None:
        """Whatever is learned, also of nothing new, is what a reading of all gives."""
        for _ in range(2):
            self.vault.learn()
            learned = self.vault.roster, self.vault.newest_of_all()
            roster, keys = self.expected()
            newest = {scope: some[max(some)] for scope, some in keys.items() if some}
            assert learned == (roster, newest)

    def forget(self) -> None:
        self.box.writer.run(lambda conn, changes: teams.remove(conn, self.team, changes))


def test_row_by_row_in_any_order_is_what_all_at_once_is(tmp_path: Path) -> None:
    past = Past()

    @settings(max_examples=6, deadline=None)
    @given(st.integers(0, 1 << 16), st.integers(2, 8))
    def comes(seed: int, step: int) -> None:
        desk = Desk(box, past)
        states = past.states(seed)
        for at in range(0, len(states), step):
            desk.take(states[at : at + step])
            desk.check()
        desk.take([(place[0], row) for place, row in past.team.rows.items()])
        desk.check()
        desk.forget()

    with mailbox(tmp_path) as box:
        comes()
