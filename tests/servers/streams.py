"""Nodes of the stream with everything real but the database: uvicorn, sockets, hub, bus.

`Ledger` is a database in memory whose answers can be held back, so that a test decides what happens
while one is on its way. `LossyBus` joins nodes and loses what it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from missive_server.core.values import Caller, Published
from missive_server.stream import websocket
from missive_server.stream.bus import Bus, Heard
from missive_server.stream.endpoint import Room
from missive_server.stream.opening import Stream, open_stream
from missive_server.stream.truth import Access, Head, Readers
from missive_wire.entities import Row
from missive_wire.frames import Change
from missive_wire.ids import derived_id, user_scope

NAMESPACE = "0193b3a0-0000-7000-8000-000000000000"


def named(name: str) -> str:
    """Return an id that a reader of the test can tell."""
    return derived_id(NAMESPACE, name)


class Ledger:
    """What the database would say."""

    def __init__(self) -> None:
        self.scopes: dict[str, Head] = {}
        self.rows: dict[str, dict[str, Row]] = {}
        self.may: set[tuple[str, str]] = set()
        self.tokens: dict[str, Caller] = {}
        self.purges: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.presence = True
        self.gate = asyncio.Event()
        self.gate.set()

    # --- what a test does ----------------------------------------------------------------

    def user(self, name: str) -> str:
        """Add somebody with a session; its token is the name."""
        user = named(name)
        self.tokens[name] = Caller(user, named(f"device of {name}"), named("org"), f"s-{name}")
        self.scopes[user_scope(user)] = Head("e1", 0, 1)
        self.may.add((user_scope(user), user))
        return user

    def space(self, name: str, *users: str) -> str:
        scope = f"s:{named(name)}"
        self.scopes[scope] = Head("e1", 0, 1)
        self.may |= {(scope, named(user)) for user in users}
        return scope

    def commit(
        self, scope: str, id_: str = "", *, t: str = "conv", b: bytes = b"", h: Any = None
    ) -> Published:
        e, seq, acl = self.scopes[scope]
        self.scopes[scope] = Head(e, seq + 1, acl)
        row = Row("put", seq + 1, t, id_ or named(f"{scope} {seq}"), 1, h or {}, b=b)
        kept = self.rows.setdefault(scope, {})
        kept.pop(row.id, None)
        kept[row.id] = row
        return Published(Change(scope, e, seq, seq + 1, acl, (row,)))

    def remove(self, scope: str, name: str) -> list[Published]:
        """Take somebody's access away, as the transaction of a removal does."""
        return self._move(scope, name, "revoked")

    def give(self, scope: str, name: str) -> list[Published]:
        return self._move(scope, name, "granted")

    def _move(self, scope: str, name: str, st: str) -> list[Published]:
        user = named(name)
        e, seq, acl = self.scopes[scope]
        self.scopes[scope] = Head(e, seq, acl + 1)
        here, own = self.commit(scope, t="seat"), user_scope(user)
        told = self.commit(own, named(scope), t="scope", h={"scope": scope, "st": st})
        if st == "revoked":
            self.may.discard((scope, user))
            return [Published(here.change, lost=frozenset({user})), told]
        self.may.add((scope, user))
        return [Published(here.change, gained=frozenset({user})), told]

    # --- what the hub asks ---------------------------------------------------------------

    async def _answered(self, question: str) -> None:
        self.asked.append(question)
        await asyncio.sleep(0)
        await self.gate.wait()

    async def caller(self, token: str, device: str) -> Caller | None:
        found = self.tokens.get(token)
        await self._answered("caller")
        return found if found and found.device == device else None

    async def access(self, user: str) -> Access:
        found = {scope: self.scopes[scope] for scope, who in self.may if who == user}
        await self._answered("access")
        return Access(found, self.presence)

    async def readers(self, scope: str) -> Readers | None:
        head = self.scopes.get(scope)
        users = frozenset(user for each, user in self.may if each == scope)
        await self._answered("readers")
        return Readers(head, users) if head else None

    async def heads(self, scopes: Collection[str]) -> Mapping[str, Head]:
        await self._answered("heads")
        return {scope: self.scopes[scope] for scope in scopes if scope in self.scopes}

    async def change(
        self, scope: str, after: int, rows: int, user: str | None = None
    ) -> Change | None:
        if user is not None and (scope, user) not in self.may:
            return None
        e, seq, acl = self.scopes[scope]
        found = tuple(r for r in self.rows.get(scope, {}).values() if r.seq > after)
        await self._answered("change")
        return Change(scope, e, after, seq, acl, found) if len(found) <= rows else None

    async def living(self, sessions: Collection[str]) -> dict[str, bool]:
        living = {caller.session for caller in self.tokens.values()}
        await self._answered("living")
        return dict.fromkeys(living & set(sessions), self.presence)

    async def purged(self, caller: Caller, scope: str) -> None:
        await self._answered("purged")
        self.purges.append((caller.user, scope))


class LossyBus:
    """Joins nodes of one loop; `lose` says of each message and receiver whether it is lost."""

    def __init__(self, share: float = 0.0, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.share = share
        self._heard: dict[int, Heard] = {}

    def end(self) -> Bus:
        return _BusEnd(self)

    def carry(self, sender: Bus, message: bytes) -> None:
        for number, heard in self._heard.items():
            if number != id(sender) and self._random.random() >= self.share:
                asyncio.get_running_loop().call_soon(heard, message)

    def join(self, end: Bus, heard: Heard) -> None:
        self._heard[id(end)] = heard


class _BusEnd:
    up = True

    def __init__(self, bus: LossyBus) -> None:
        self._bus = bus

    def send(self, message: bytes) -> None:
        self._bus.carry(self, message)

    async def run(self, heard: Heard) -> None:
        self._bus.join(self, heard)
        await asyncio.Event().wait()


class Node:
    """One running node."""

    def __init__(self, stream: Stream, ledger: Ledger, port: int, server: uvicorn.Server) -> None:
        self.stream, self.ledger, self.port, self.server = stream, ledger, port, server
        self.clients: list[Client] = []

    def tell(self, *published: Published) -> None:
        self.stream.hub.publish(published)

    async def open(self, **named_: Any) -> Client:
        socket_ = await connect(f"ws://127.0.0.1:{self.port}/v1/stream", **named_)
        self.clients.append(Client(socket_))
        return self.clients[-1]

    async def hello(
        self, name: str, cur: dict[str, tuple[str, int]] | None = None, **named_: Any
    ) -> Client:
        """Say hello as somebody, and take the welcome."""
        client = await self.open(**named_)
        await client.say(f="hello", token=name, device=named(f"device of {name}"), schema=1,
                         cur=cur or {})  # fmt: skip
        client.welcome = await client.next("welcome")
        return client


class Client:
    """The other end, which keeps what it hears."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: dict[str, Any] = {}
        self.heard: list[dict[str, Any]] = []

    async def say(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def hear(self, seconds: float = 60.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            frame: dict[str, Any] = json.loads(await self.connection.recv())
        self.heard.append(frame)
        return frame

    async def next(self, kind: str, seconds: float = 60.0) -> dict[str, Any]:
        """Return the next frame of a kind; all others are heard, too."""
        while True:
            frame = await self.hear(seconds)
            if frame["f"] == kind:
                return frame

    async def rest(self) -> list[dict[str, Any]]:
        """Say beat and return all that came before its answer."""
        begin = len(self.heard)
        await self.say(f="beat")
        await self.next("beat")
        return self.heard[begin:-1]

    async def closed(self, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Return what came until the server closed."""
        begin = len(self.heard)
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.hear(seconds)
        return self.heard[begin:]

    async def leave(self) -> None:
        await self.connection.close()


@contextlib.asynccontextmanager
async def running(
    ledger: Ledger, bus: Bus | None = None, *, several: bool = False, room: Room | None = None
) -> AsyncIterator[Node]:
    """Run a node in this loop."""
    listening = socket.create_server(("127.0.0.1", 0))
    async with open_stream(
        ledger, now=lambda: 1_000, bus=bus, several=several, room=room or Room()
    ) as stream:
        config = uvicorn.Config(
            stream.endpoint,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=2,
            **websocket.settings(),
        )
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        node = Node(stream, ledger, listening.getsockname()[1], server)
        try:
            yield node
        finally:
            server.should_exit = True
            await serving
            for client in node.clients:
                client.connection.transport.abort()
                await client.connection.wait_closed()


async def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - of what is waited for, nothing tells
            await asyncio.sleep(0.005)
