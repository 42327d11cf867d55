"""Long polls: a request that waits for news on the hub, for those whose proxy breaks WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from missive_server.core.values import Caller
from missive_server.errors import TooMany
from missive_server.stream.encoded import Frame
from missive_server.stream.hub import Hub
from missive_wire.feed import Position
from missive_wire.limits import WAIT

USER = 32  # listeners of one person, connections among them


class Waiter:
    """Listens to all that its person may read, and is woken by the first news."""

    presence = False

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.scopes: set[str] = set()
        self.woken = asyncio.Event()

    @property
    def user(self) -> str:
        return self.caller.user

    def push(self, frame: Frame) -> None:
        if not frame.brief:
            self.woken.set()

    def gain(self, scope: str) -> None:
        self.woken.set()

    def lose(self, scope: str) -> None:
        self.scopes.discard(scope)
        self.woken.set()

    def end(self) -> None:
        self.woken.set()


async def news(hub: Hub, caller: Caller, cur: Mapping[str, Position], seconds: float) -> None:
    """Return once there is news above the cursors, access changed, or after so many seconds.

    It says nothing of what is new: the caller reads again, with access looked up again.
    """
    if len(hub.people.get(caller.user, ())) >= USER:
        raise TooMany
    waiter = Waiter(caller)
    await hub.join(waiter)
    try:
        heads = hub.heads(waiter.scopes)
        if all(heads.get(scope) == tuple(position) for scope, position in cur.items()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, WAIT)):
                    await waiter.woken.wait()
    finally:
        hub.leave(waiter)
