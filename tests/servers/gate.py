"""The server's gate on a real database, with clocks that a test sets, and people who come to it.

They bring no certificates: the server does not read them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import nacl.signing
import pyotp
import pytest

from missive_server.auth import founding, joining, login
from missive_server.auth.gate import Gate, open_gate
from missive_server.auth.sessions import Session
from missive_server.core.values import Call, Caller, Published
from missive_server.database.opening import open_store
from missive_server.database.work import Query, Work
from missive_server.service.writing import applied
from missive_wire import headers
from missive_wire.accounts import (
    LOGIN_LABEL,
    DeviceKeys,
    FoundRequest,
    InvitationAnswer,
    InvitationRequest,
    JoinRequest,
    LoginAnswer,
    LoginRequest,
    SaltRequest,
    login_message,
    statement,
)
from missive_wire.entities import Type
from missive_wire.ids import new_id, org_scope, space_scope
from missive_wire.mutation import Mutation

T = TypeVar("T")
START = 1_795_390_000_000
Seats = tuple[tuple[str, str], ...]


class Listeners:
    """Remembers what those who are connected would be told."""

    def __init__(self) -> None:
        self.published: list[Published] = []
        self.gone: list[str] = []

    def publish(self, committed: Iterable[Published]) -> None:
        self.published += committed

    def ended(self, *, sessions: Iterable[str] = ()) -> None:
        self.gone += sessions


@dataclass
class House:
    """A gate, and the time at it in milliseconds."""

    gate: Gate
    listeners: Listeners
    clock: list[int]

    def wait(self, seconds: float) -> None:
        self.clock[0] += int(seconds * 1000)

    async def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        def work() -> Work[list[tuple[Any, ...]]]:
            return [tuple(row) for row in (yield Query(sql, params))]

        return await self.gate.store.run(work)

    async def trail(self, org: str) -> list[str]:
        sql = "SELECT act FROM audit WHERE scope = $1 ORDER BY n"
        return [row[0] for row in await self.query(sql, org_scope(org))]

    async def change(self, who: Person, *muts: Mutation) -> list[str]:
        """Do what somebody wants who is signed in; return how it ended."""
        session = await self.gate.full_session(who.token)
        rows = await self.query("SELECT last_mid FROM devices WHERE id = $1", session.device)
        last = rows[0][0]
        numbered = tuple(
            Mutation(last + 1 + at, *[getattr(m, f) for f in m.__struct_fields__[1:]])
            for at, m in enumerate(muts)
        )
        caller = Caller(session.user, session.device, session.org, session.id)
        outcome = await self.gate.store.run(applied, [Call(caller, numbered)], self.clock[0])
        assert not outcome.answers[0].refusal
        return [result.st for result in outcome.answers[0].results]

    async def organization(self, owner: Person) -> Person:
        """Make one; its owner is signed in."""
        setup = await self.gate.store.run(founding.make_setup, self.clock[0])
        answer = await founding.found(self.gate, owner.founding(setup))
        return owner.took(answer)

    async def invited(
        self, by: Person, role: str = "member", seats: Seats = (), days: float = 7
    ) -> tuple[str, bytes]:
        """Return an invitation's id and what its secret shows the server."""
        invite, auth = new_id(), new_id().encode()
        header = {
            "role": role,
            "until": self.clock[0] + int(days * 86_400_000),
            "auth": hashlib.sha256(auth).hexdigest(),
            "seats": [list(seat) for seat in seats],
        }
        made = Mutation(0, "put", org_scope(by.org), Type.INVITE, invite, "invite.made", header)
        assert await self.change(by, made) == ["ok"]
        return invite, auth

    async def space(self, by: Person) -> str:
        space = new_id()
        made = Mutation(0, "put", org_scope(by.org), Type.SPACE, space, "space.created")
        assert await self.change(by, made) == ["ok"]
        return space

    async def joined(self, by: Person, who: Person, role: str = "member") -> Person:
        invite, auth = await self.invited(by, role)
        request = who.joining(by.org, invite, auth, role)
        return who.took(await joining.join(self.gate, request))

    async def look(self, org: str, invite: str, auth: bytes) -> InvitationAnswer:
        return await joining.look(self.gate, InvitationRequest(org, invite, auth))


@dataclass
class Person:
    email: str
    secret: bytes = b"s" * 32
    user: str = field(default_factory=new_id)
    org: str = ""
    token: str = ""
    device: str = field(default_factory=new_id)
    sign: nacl.signing.SigningKey = field(default_factory=nacl.signing.SigningKey.generate)
    root: nacl.signing.SigningKey = field(default_factory=nacl.signing.SigningKey.generate)

    def took(self, answer: LoginAnswer) -> Person:
        self.token, self.org = answer.token, answer.org or self.org
        return self

    def with_new_device(self) -> Person:
        return Person(self.email, self.secret, self.user, self.org, root=self.root)

    @property
    def keys(self) -> DeviceKeys:
        return DeviceKeys(self.device, bytes(self.sign.verify_key), b"b" * 32)

    async def request(self, gate: Gate, code: str = "") -> LoginRequest:
        challenge = login.salt(gate, SaltRequest(self.email)).challenge
        message = statement(LOGIN_LABEL, login_message(challenge, self.device))
        proof = self.sign.sign(message).signature
        return LoginRequest(self.email, self.secret, self.keys, challenge, proof, code)

    async def login(self, gate: Gate, code: str = "", peer: str = "192.0.2.1") -> LoginAnswer:
        answer = await login.login(gate, await self.request(gate, code), peer)
        self.took(answer)
        return answer

    async def session(self, gate: Gate) -> Session:
        return await gate.session(self.token)

    def brings(self, role: str, seats: Seats = ()) -> tuple[Mutation, ...]:
        scope, mine = org_scope(self.org), {"user": self.user}
        member = Mutation(
            1, "put", scope, Type.MEMBER, self.user, "member.joined", {**mine, "role": role}
        )
        device = Mutation(2, "put", scope, Type.DEVICE, self.device, "device.added", mine)
        placed = (
            Mutation(
                3 + at, "put", space_scope(space), Type.SEAT, headers.seat_id(space, self.user),
                "seat.given", {**mine, "kind": kind},
            )
            for at, (space, kind) in enumerate(seats)
        )  # fmt: skip
        return (member, device, *placed)

    def founding(self, setup: str) -> FoundRequest:
        self.org = self.org or new_id()
        root = bytes(self.root.verify_key)
        return FoundRequest(
            setup, self.org, self.user, self.email, self.secret, root, self.keys,
            self.brings("owner"),
        )  # fmt: skip

    def joining(
        self, org: str, invite: str, auth: bytes, role: str = "member", seats: Seats = ()
    ) -> JoinRequest:
        self.org = org
        return JoinRequest(
            org, invite, auth, self.user, self.email, self.secret, self.keys,
            self.brings(role, seats),
        )  # fmt: skip


class Authenticator:
    """Somebody's telephone, whose clock is that of the house."""

    def __init__(self, house: House, key: str) -> None:
        self._house, self._source = house, pyotp.TOTP(key)

    def code(self, later: int = 0) -> str:
        return self._source.generate_otp(self._house.clock[0] // 30_000 + later)


Visit = Callable[[Callable[[House], Awaitable[T]]], T]


@pytest.fixture
def visit(server_address: str, tmp_path: Path) -> Visit[Any]:
    """Do something at a gate that is opened for it, on each database."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[House]:
        clock = [START]
        store = await open_store(server_address, tmp_path)
        listeners = Listeners()
        gate = await open_gate(store, listeners, lambda: clock[0], lambda: clock[0] / 1000)
        try:
            yield House(gate, listeners, clock)
        finally:
            gate.close()
            await store.close()

    def visit(what: Callable[[House], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with opened() as house:
                return await what(house)

        return asyncio.run(whole())

    return visit
