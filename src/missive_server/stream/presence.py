"""Who looks at what, who writes, who is online. In memory only; nobody is told of the past.

Sent to those who may read the scope and are there; where that is a crowd, only to those who look
at the same conversation. Said again at most once a second, and unchanged only to keep it alive.
"""

from __future__ import annotations

import asyncio
from typing import Literal, NamedTuple, Protocol

from missive_server.stream.encoded import Frame, control
from missive_server.stream.hub import Hub, Member
from missive_server.stream.messages import Seen
from missive_wire.frames import Present
from missive_wire.limits import PRESENCE_TTL

State = Literal["viewing", "typing", "online", ""]
Key = tuple[str, str, str]  # scope, conversation ("" for being online), user

CROWD = 200  # listeners above which only those who look at a conversation hear of it
KNOWN = 20_000  # states in memory
EVERY = 1.0  # seconds between two frames about the same person and conversation
ALIVE = 10.0  # seconds after which an unchanged state is said again
ONLINE_TTL = 120  # being online is said again seldom: everybody hears it of everybody


class Attendant(Member, Protocol):
    """A connection that says what its person looks at."""

    showing: Key | None


class _Entry(NamedTuple):
    st: State
    until: float
    said: float


class Presence:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._known: dict[str, dict[Key, _Entry]] = {}  # by scope
        self._count = 0
        self._later: dict[Key, State] = {}  # said too soon after the last

    # --- on this node --------------------------------------------------------------------

    def arrive(self, who: Attendant) -> None:
        """Tell others that somebody is online, and them who else is."""
        if not who.presence:
            return
        now = self._loop.time()
        for scope in who.scopes:
            for key, entry in self._known.get(scope, {}).items():
                if key[2] != who.user and entry.until > now:
                    who.push(_frame(key, entry.st))
            if self._org_wide(scope):
                self._say((scope, "", who.user), "online")

    def show(self, who: Attendant, scope: str, conv: str, st: State) -> None:
        if not who.presence or scope not in who.scopes:
            return
        key = (scope, conv, who.user)
        if who.showing and (who.showing != key or not st):
            self._hide(who)
        if st:
            who.showing = key
            self._say(key, st)

    def depart(self, who: Attendant) -> None:
        self._hide(who)
        if not self._hub.people.get(who.user):
            for scope in [s for s in self._known if self._org_wide(s)]:
                if (key := (scope, "", who.user)) in self._known[scope]:
                    self._say(key, "")

    def _hide(self, who: Attendant) -> None:
        key, who.showing = who.showing, None
        others = self._hub.people.get(who.user, ())
        if key and not any(getattr(other, "showing", None) == key for other in others):
            self._say(key, "")

    def _say(self, key: Key, st: State) -> None:
        now = self._loop.time()
        entry = self._known.get(key[0], {}).get(key)
        if entry is None and not st:
            return
        if entry is not None:
            if key in self._later:
                self._later[key] = st
                return
            if entry.st == st and now < entry.said + (ALIVE if st != "online" else ONLINE_TTL / 2):
                self._keep(key, entry._replace(until=now + _ttl(st)))
                return
            if st and now < entry.said + EVERY:
                self._later[key] = st
                self._loop.call_at(entry.said + EVERY, self._say_now, key)
                return
        self._tell(key, st)

    def _say_now(self, key: Key) -> None:
        if (st := self._later.pop(key, None)) is not None:
            self._tell(key, st)

    def _tell(self, key: Key, st: State) -> None:
        self.take(key, st)
        self._hub.tell(Seen(*key, st))

    # --- from anywhere -------------------------------------------------------------------

    def take(self, key: Key, st: State) -> None:
        """Remember what was said here or on another node, and pass it on."""
        now = self._loop.time()
        self._keep(key, _Entry(st, now + _ttl(st), now))
        channel = self._hub.channels.get(key[0])
        if channel is None or channel.doubtful():
            return
        frame = _frame(key, st)
        crowd = len(channel.listeners) > CROWD
        if crowd and not key[1]:
            return
        for each in channel.listeners:
            showing = getattr(each, "showing", None)
            if each.user != key[2] and (not crowd or (showing and showing[1] == key[1])):
                each.push(frame)

    def _keep(self, key: Key, entry: _Entry) -> None:
        states = self._known.get(key[0])
        if states is not None and key in states:
            if entry.st:
                states[key] = entry
            else:
                self._forget(states, key)
        elif entry.st and self._count < KNOWN:
            self._known.setdefault(key[0], {})[key] = entry
            self._count += 1

    def _forget(self, states: dict[Key, _Entry], key: Key) -> None:
        del states[key]
        self._count -= 1
        if not states:
            del self._known[key[0]]

    def sweep(self) -> None:
        """Forget what is over, and say again who is online here."""
        now = self._loop.time()
        for states in tuple(self._known.values()):
            for key, entry in tuple(states.items()):
                if entry.until <= now and key not in self._later:
                    self._forget(states, key)
        for user, members in self._hub.people.items():
            if any(getattr(member, "presence", False) for member in members):
                for scope in next(iter(members)).scopes:
                    if self._org_wide(scope):
                        self._say((scope, "", user), "online")

    @staticmethod
    def _org_wide(scope: str) -> bool:
        return scope.startswith("o:")


def _ttl(st: State) -> int:
    return ONLINE_TTL if st == "online" else PRESENCE_TTL


def _frame(key: Key, st: State) -> Frame:
    scope, conv, who = key
    present = Present(scope=scope, conv=conv, who=who, st=st, ttl=_ttl(st))
    return control(present, scope, brief=True)
