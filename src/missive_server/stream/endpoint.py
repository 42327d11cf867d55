"""The WebSocket `/v1/stream`: who may come in, hello, welcome, and what clients say after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from missive_server.errors import Problem, Trouble
from missive_server.stream.connection import FAREWELL, Connection
from missive_server.stream.encoded import Frame, control, encoded
from missive_server.stream.hub import Hub
from missive_server.stream.presence import Presence
from missive_server.stream.websocket import EXTENSION, Socket
from missive_wire import frames
from missive_wire.codec import Malformed
from missive_wire.feed import Position
from missive_wire.frames import Beat, Bye, FromClient, Hello, Purged, Showing, Welcome
from missive_wire.ids import is_id
from missive_wire.limits import HELLO_CURSORS, SCHEMA

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HELLO = 10.0  # seconds
CATCH_UP = 200  # rows of a scope that are sent after a hello; above that a poke
READING = 4  # connections that catch up at a time
BURST, PACE = 30.0, 5.0  # frames that a client may send at once, and per second
STUCK = 30.0  # seconds that a reader may take nothing


@dataclass(frozen=True)
class Room:
    """How many connections there may be."""

    all: int = 10_000
    user: int = 32


class Ended(Exception):
    """The conversation is over: `bye` says why, or the other side has gone."""

    def __init__(self, why: str = "", *, never: bool = False) -> None:
        super().__init__(why)
        self.bye = Bye(why=why, retry=()) if never else Bye(why=why)


class Endpoint:
    """An ASGI application; needs `websocket.Socket` as uvicorn's protocol."""

    def __init__(self, hub: Hub, presence: Presence, now: Callable[[], int], room: Room) -> None:
        self._hub, self._presence, self._now, self._room = hub, presence, now, room
        self._open: set[Socket] = set()
        self._catching_up = asyncio.Semaphore(READING)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        socket = cast("Socket", scope["extensions"][EXTENSION])
        await receive()
        if len(self._open) >= self._room.all:
            await send({"type": "websocket.close", "code": 1013})
            return
        self._open.add(socket)
        try:
            await send({"type": "websocket.accept"})
            socket.forget_request()
            socket.farewell = FAREWELL
            await self._converse(socket, receive)
        finally:
            self._open.discard(socket)

    async def _converse(self, socket: Socket, receive: Receive) -> None:
        try:
            hello = await _hello(receive)
            caller = await self._hub.truth.caller(hello.token, hello.device)
            if caller is None:
                raise Ended("session", never=True)
            await self._serve(Connection(caller, socket, self._hub.freshness), hello, receive)
        except Ended as ended:
            if ended.bye.why:
                socket.write(encoded(ended.bye))
        except (Trouble, Problem):
            socket.write(encoded(Bye(why="busy")))
        socket.part()

    async def _serve(self, connection: Connection, hello: Hello, receive: Receive) -> None:
        hub = self._hub
        if len(hub.people.get(connection.user, ())) >= self._room.user:
            raise Ended("busy")
        access = await hub.join(connection)
        connection.presence = access.presence
        try:
            connection.taken |= hello.cur.keys() - connection.scopes
            welcome = Welcome(
                now=self._now(),
                heads=hub.heads(connection.scopes),
                revoked=tuple(hello.cur.keys() - connection.scopes),
            )
            connection.start(control(welcome), behind(hello.cur, welcome.heads))
            self._presence.arrive(connection)
            await self._catch_up(connection, hello.cur)
            await self._listen(connection, receive)
        finally:
            hub.leave(connection)
            self._presence.depart(connection)

    async def _catch_up(self, connection: Connection, cur: dict[str, Position]) -> None:
        for scope in connection.behind():
            channel = self._hub.channels.get(scope)
            if channel is None:
                continue
            missed = None
            if channel.head - cur[scope][1] <= CATCH_UP:
                async with self._catching_up:
                    change = await self._hub.truth.change(
                        scope, cur[scope][1], CATCH_UP, connection.user
                    )
                if change is not None and change.e == channel.e and change.acl <= channel.acl:
                    missed = Frame(encoded(change), scope, change.e, change.to)
            connection.caught_up(scope, missed, channel.e, channel.head)

    async def _listen(self, connection: Connection, receive: Receive) -> None:
        allowance, then = BURST, connection.socket.loop.time()
        while True:
            frame = _read(await receive())
            now = connection.socket.loop.time()
            allowance, then = min(BURST, allowance + (now - then) * PACE) - 1, now
            if allowance < 0 or isinstance(frame, Hello):
                raise Ended("protocol")
            await self._heed(connection, frame)
            if connection.ended and not connection.taken:
                raise Ended

    async def _heed(self, connection: Connection, frame: FromClient) -> None:
        match frame:
            case Purged(scope=scope) if scope in connection.taken:
                connection.taken.discard(scope)
                with contextlib.suppress(Trouble, Problem):
                    await self._hub.truth.purged(connection.caller, scope)
            case Showing(scope=scope, conv=conv, st=st) if is_id(conv) and not connection.ended:
                self._presence.show(connection, scope, conv, st)
            case Beat():
                connection.out.push(control(Beat(), brief=True))

    def sweep(self) -> None:
        """Cut those who take nothing."""
        for socket in tuple(self._open):
            if socket.paused_at is not None and socket.loop.time() > socket.paused_at + STUCK:
                socket.cut()

    @property
    def count(self) -> int:
        return len(self._open)


def behind(cur: dict[str, Position], heads: dict[str, Position]) -> list[str]:
    """Return the scopes in which a reader has missed something."""
    same = (scope for scope in cur if scope in heads and heads[scope][0] == cur[scope][0])
    return [scope for scope in same if cur[scope][1] < heads[scope][1]]


async def _hello(receive: Receive) -> Hello:
    try:
        async with asyncio.timeout(HELLO):
            hello = _read(await receive())
    except TimeoutError:
        raise Ended("protocol") from None
    if not isinstance(hello, Hello) or len(hello.cur) > HELLO_CURSORS:
        raise Ended("protocol")
    if hello.schema != SCHEMA:
        raise Ended("schema", never=True)
    return hello


def _read(message: Message) -> FromClient:
    if message["type"] != "websocket.receive":
        raise Ended
    text = message.get("text")
    if text is None:
        raise Ended("protocol")
    try:
        return frames.from_client(text)
    except Malformed:
        raise Ended("protocol") from None
