"""One WebSocket: hello within seconds, welcome, what was missed, and then news as they come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from missive_server.core.values import Caller
from missive_server.stream.encoded import Frame, control, encoded, poke
from missive_server.stream.freshness import Freshness
from missive_server.stream.outgoing import Outgoing
from missive_server.stream.presence import Key
from missive_server.stream.websocket import Socket
from missive_wire.frames import Bye, Granted, Revoked

LINGER = 5.0  # seconds to say `purged` after the session has ended
WAITING = 64  # changes that wait while what came before them is read


@dataclass(eq=False, slots=True)
class Connection:
    """Somebody who is signed in, at the other end of a socket."""

    caller: Caller
    socket: Socket
    freshness: Freshness
    presence: bool = True
    showing: Key | None = None
    scopes: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)  # scopes that were taken away, not yet purged
    ended: bool = False
    out: Outgoing = field(init=False)
    _before: dict[str, list[Frame] | None] | None = None  # what waits for what was missed

    def __post_init__(self) -> None:
        self.out = Outgoing(self.socket)
        self.socket.resumed = self._resumed

    @property
    def user(self) -> str:
        return self.caller.user

    # --- what the hub says ---------------------------------------------------------------

    def push(self, frame: Frame) -> None:
        if self._before and frame.to and frame.scope in self._before:
            waiting = self._before[frame.scope]
            if waiting is not None and len(waiting) < WAITING:
                waiting.append(frame)
            else:
                self._before[frame.scope] = None
        else:
            self.out.push(frame)

    def gain(self, scope: str) -> None:
        self.taken.discard(scope)
        self.out.push(control(Granted(scope=scope), scope))

    def lose(self, scope: str) -> None:
        self.scopes.discard(scope)
        self.out.purge(scope)
        self._waits_no_more(scope)
        self.taken.add(scope)
        self.out.push(control(Revoked(scope=scope)))

    def end(self) -> None:
        self.ended = True
        self.bye("session", never=True)
        asyncio.get_running_loop().call_later(LINGER, self.socket.part)

    def bye(self, why: str, *, never: bool = False) -> None:
        self.out.push(control(Bye(why=why, retry=()) if never else Bye(why=why)))

    # --- catching up ---------------------------------------------------------------------

    def start(self, welcome: Frame, behind: list[str]) -> None:
        """Send the welcome; changes of scopes that are behind wait until `caught_up`."""
        if behind:
            self._before = {scope: [] for scope in behind}
        self.out.push(welcome)

    def behind(self) -> list[str]:
        return list(self._before or ())

    def _waits_no_more(self, scope: str) -> None:
        if self._before:
            self._before.pop(scope, None)
            self._before = self._before or None

    def caught_up(self, scope: str, missed: Frame | None, e: str, head: int) -> None:
        """Send what was missed and what came meanwhile; None: too much, so a poke."""
        if self._before is None or scope not in self._before:
            return  # taken away meanwhile
        waiting = self._before[scope]
        self._waits_no_more(scope)
        if missed is None or waiting is None:
            self.out.push(poke(scope, e, head))
            return
        self.out.push(missed)
        for frame in waiting:
            if frame.to > missed.to:
                self.out.push(frame)

    def _resumed(self) -> None:
        if self.freshness.fresh():
            self.out.flush()
        else:
            asyncio.get_running_loop().create_task(self._resumed_later())

    async def _resumed_later(self) -> None:
        await self.freshness.refreshed()
        self.out.flush()


FAREWELL = encoded(Bye(why="stopping"))
