"""Who looks at what, as the others said it within the last seconds. In memory only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from missive_wire.frames import Present, Showing

_AGAIN = 20.0  # seconds after which it is said again, before the others take it for over
_PACE = 1.0
_LONGEST = 60.0  # that anybody is believed to look, whatever the server says
State = Literal["viewing", "typing", ""]


class Seen(NamedTuple):
    user: str
    state: str  # viewing, typing, online


class _Entry(NamedTuple):
    state: str
    until: float


class Presence:
    """What this person shows of what they do, and what the others show; for any thread."""

    def __init__(
        self,
        me: str,
        changed: Callable[[], None],
        say: Callable[[Showing], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._me, self._changed, self._say, self._clock = me, changed, say, clock
        self._others: dict[tuple[str, str], dict[str, _Entry]] = {}
        self._said = Showing("", "", "")
        self._said_at = 0.0
        self._lock = threading.Lock()

    def show(self, scope: str, conv: str, state: State) -> None:
        """Say what this person looks at; to be called again while they do."""
        now = self._clock()
        with self._lock:
            new = Showing(scope, conv, state)
            since = now - self._said_at
            if (new == self._said and since < _AGAIN) or (
                (new.scope, new.conv) == (self._said.scope, self._said.conv)
                and state
                and since < _PACE
            ):
                return
            self._said, self._said_at = new, now
        self._say(new)

    def take(self, frame: Present) -> None:
        if frame.who == self._me:
            return
        with self._lock:
            there = self._others.setdefault((frame.scope, frame.conv), {})
            before = there.get(frame.who)
            if frame.st:
                there[frame.who] = _Entry(frame.st, self._clock() + min(frame.ttl, _LONGEST))
            else:
                there.pop(frame.who, None)
            self._expire()
            news = (before.state if before else "") != frame.st
        if news:
            self._changed()

    def seen(self, scope: str, conv: str = "") -> list[Seen]:
        """Return who else looks at a conversation; with none: who is there at all."""
        with self._lock:
            self._expire()
            there = self._others.get((scope, conv), {})
            return [Seen(user, entry.state) for user, entry in sorted(there.items())]

    def everywhere(self) -> dict[tuple[str, str], list[Seen]]:
        with self._lock:
            self._expire()
            return {
                place: [Seen(user, entry.state) for user, entry in sorted(there.items())]
                for place, there in self._others.items()
                if there
            }

    def _expire(self) -> None:
        now = self._clock()
        for place, there in list(self._others.items()):
            for user in [user for user, entry in there.items() if entry.until < now]:
                del there[user]
            if not there:
                del self._others[place]
