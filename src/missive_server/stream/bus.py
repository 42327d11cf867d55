"""How nodes hear of each other at once. A bus may lose, repeat and reorder what it carries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from missive_server import logs
from missive_server.stream.hub import Hub
from missive_server.stream.messages import Ended, Notice, Post, Seen
from missive_server.stream.presence import Presence
from missive_wire import shapes
from missive_wire.ids import new_id

Heard = Callable[[bytes], None]
BATCH = 64  # messages that travel together


class Bus(Protocol):
    def send(self, message: bytes) -> None:
        """Send to the other nodes, without waiting."""
        ...

    async def run(self, heard: Heard) -> None:
        """Carry messages until cancelled; connect again for ever."""
        ...

    @property
    def up(self) -> bool: ...


class Link:
    """Joins the hub of this node to a bus."""

    def __init__(self, hub: Hub, presence: Presence, bus: Bus) -> None:
        self._hub, self._presence, self._bus = hub, presence, bus
        self._node = new_id()
        self._loop = asyncio.get_running_loop()
        self._outgoing: list[Notice | Ended | Seen] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = shapes.unpacker(Post)
        hub.tell = self.tell

    def tell(self, message: Notice | Ended | Seen) -> None:
        if not self._outgoing:
            self._loop.call_soon(self._send)
        self._outgoing.append(message)

    def _send(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        for at in range(0, len(outgoing), BATCH):
            post = Post(self._node, tuple(outgoing[at : at + BATCH]))
            self._bus.send(self._encoder.encode(post))

    def heard(self, message: bytes) -> None:
        try:
            post = self._decoder.decode(message)
        except msgspec.MsgspecError:
            logs.event("bus_malformed")
            return
        if post.node == self._node:
            return
        for each in post.messages:
            match each:
                case Notice():
                    self._hub.take(each)
                case Ended():
                    self._hub.take_ended(each)
                case Seen(scope=scope, conv=conv, who=who, st=st):
                    self._presence.take((scope, conv, who), st)
