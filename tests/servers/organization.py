"""Organizations on a real server, made and joined by the client's own functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.servers.missive_server import TeamServer

from missive_desktop.domain.team import TeamSettings
from missive_desktop.team import entering, joining, login, organizing
from missive_desktop.team.calls import Calls
from missive_desktop.team.joining import Prepared, Wish
from missive_desktop.team.keys import directory, invitation
from missive_desktop.team.keys import root as roots
from missive_desktop.team.keys.device import DeviceKeys
from missive_desktop.team.keys.root import Root
from missive_desktop.team.keys.roster import Roster, shown
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.organizing import Plan
from missive_server.auth import founding
from missive_server.database.opening import open_store
from missive_server.service.writing import milliseconds
from missive_wire import limits, routes
from missive_wire.accounts import LoginAnswer
from missive_wire.entities import Type
from missive_wire.headers import Role
from missive_wire.ids import new_id, org_scope, space_scope
from missive_wire.mutation import MutateAnswer, MutateRequest

PASSWORD = "a long passphrase"


def setup_token(server: TeamServer, database: str = "") -> str:
    """Return what lets somebody make an organization."""
    made = _setup_token(server.data, database or server.database)
    with ThreadPoolExecutor(1) as thread:  # no other loop can run beside that of windows
        return thread.submit(asyncio.run, made).result()


async def _setup_token(data: Path, database: str) -> str:
    store = await open_store(database, data)
    try:
        return await store.run(founding.make_setup, milliseconds())
    finally:
        await store.close()


class Office:
    """Where people come to a server's organizations; lets go of all connections in the end."""

    def __init__(self, server: TeamServer) -> None:
        self.server = server
        self._opened: list[Calls] = []

    def calls(self, token: Callable[[], str]) -> Calls:
        made = Calls(self.server.url, TeamSettings(), token)
        self._opened.append(made)
        return made

    def close(self) -> None:
        for each in self._opened:
            each.close()

    def founded(self, email: str) -> tuple[Member, Root]:
        """Make an organization; return its owner and the recovery key."""
        org = new_id()
        root = roots.new_root(org)
        owner = Member(self, email, joining.newcomer(org))
        wish = Wish(email, "Ana", PASSWORD)
        setup = setup_token(self.server)
        prepared = joining.founding(owner.calls, setup, wish, owner.me, root)
        return owner.entered(prepared, wish), root

    def joined(self, link: str, email: str) -> Member:
        parsed = invitation.parsed(link)
        newcomer = Member(self, email, joining.newcomer(parsed.org))
        opened = joining.look(newcomer.calls, parsed)
        wish = Wish(email, "Ben", PASSWORD)
        newcomer.entered(joining.joining(newcomer.calls, opened, wish, newcomer.me), wish)
        spaces = [space for space, _ in opened.seats]
        last = newcomer.last_mid
        taken = joining.take_keys(newcomer.calls, opened, newcomer.me, spaces, last)
        return newcomer.took(taken.keys, taken.last_mid)


class Member:
    """Somebody on one device, with what it keeps."""

    def __init__(self, office: Office, email: str, me: Me, token: str = "") -> None:
        self.email, self.me, self.token = email, me, token
        self.password = PASSWORD
        self.keys: dict[tuple[str, int], ScopeKey] = {}
        self.last_mid = 0
        self.calls = office.calls(lambda: self.token)

    def entered(self, prepared: Prepared, wish: Wish) -> Member:
        self.token = joining.enter(self.calls, prepared, wish, self.me).token
        return self.took(prepared.keys, prepared.last_mid)

    def took(self, keys: Iterable[ScopeKey], last_mid: int) -> Member:
        self.keys |= {(each.scope, each.epoch): each for each in keys}
        self.last_mid = last_mid
        return self

    def key(self, scope: str) -> ScopeKey:
        return self.keys[scope, max(epoch for name, epoch in self.keys if name == scope)]

    def sign_in(self, code: str = "", device: DeviceKeys | None = None) -> LoginAnswer:
        return login.sign_in(self.calls, self.email, self.password, device or self.me.device, code)

    def roster(self, fingerprint: bytes, *spaces: str) -> Roster:
        """Return who is who, as this device finds it on the server."""
        signed = []
        types = (Type.MEMBER, Type.DEVICE, Type.INVITE, Type.SEAT)
        for scope in (org_scope(self.me.org), *map(space_scope, spaces)):
            rows = joining.rows_of(self.calls, self.me, scope, types)
            signed += [shown(scope, row) for row in rows]
        return directory.fold(self.me.org, fingerprint, signed)

    def do(self, plan: Plan) -> None:
        """Send a plan as an outbox would."""
        keys = list(self.keys.values())
        muts = entering.mutations(plan, self.me.org, keys, self.me.device, self.last_mid + 1)
        request = MutateRequest(self.me.device.id, limits.SCHEMA, muts)
        results = self.calls.post(routes.MUTATE, request, MutateAnswer).results
        assert [each.st for each in results] == ["ok"] * len(muts), results
        self.last_mid += len(muts)
        self.keys |= {(each.scope, each.epoch): each for each in plan.keys}

    def space(self, fingerprint: bytes) -> str:
        space, scope = new_id(), org_scope(self.me.org)
        roster, keys = self.roster(fingerprint), {scope: self.key(scope)}
        body = {"name": "Help"}
        self.do(organizing.make_space(roster, self.me, keys, space, "inbox", body))
        return space

    def invited(
        self, fingerprint: bytes, spaces: tuple[str, ...] = (), role: Role = "member"
    ) -> str:
        """Return the link."""
        scopes = [org_scope(self.me.org), *map(space_scope, spaces)]
        roster = self.roster(fingerprint, *spaces)
        made = organizing.invite(
            roster, self.me, {scope: self.key(scope) for scope in scopes}, self.calls.url, role,
            [(space, "active") for space in spaces], ("ben@example.com", "Ben"), milliseconds(),
        )  # fmt: skip
        self.do(made.plan)
        return invitation.link(made.invitation)


@pytest.fixture
def office(shared_team_server: TeamServer) -> Iterator[Office]:
    made = Office(shared_team_server)
    yield made
    made.close()
