"""Who listens on this node, and what reaches them. Everything here runs in one event loop.

What was committed comes in by `publish` from this node, by the bus from others, and by asking the
database for heads (`polling`); a `Channel` for each scope decides what goes out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Protocol

from missive_server import logs
from missive_server.core.values import Caller, Published
from missive_server.errors import Problem, Trouble
from missive_server.stream.channel import Channel, Listener
from missive_server.stream.freshness import AccessLog, Freshness
from missive_server.stream.messages import Ended, Notice, Seen, notice
from missive_server.stream.truth import Access, Truth

RETRY = 1.0  # seconds until the database is asked again


class Member(Listener, Protocol):
    """A listener whose access is followed: it is told what it gains, loses, and when it ends."""

    caller: Caller
    scopes: set[str]
    presence: bool

    def gain(self, scope: str) -> None: ...

    def end(self) -> None:
        """The session has ended."""
        ...


class Hub:
    """Made in the event loop that uses it."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.freshness = Freshness()
        self.channels: dict[str, Channel] = {}
        self.tell: Callable[[Notice | Ended | Seen], None] = _nobody  # the other nodes
        self.people: dict[str, set[Member]] = {}
        self._sessions: dict[str, set[Member]] = {}
        self.log = AccessLog()
        self._refreshing: dict[str, bool] = {}  # True: once more
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    # --- what was committed --------------------------------------------------------------

    def publish(self, committed: Iterable[Published]) -> None:
        """Take what this node has just committed, in the order of the commits."""
        for each in committed:
            news = notice(each.change, each.gained, each.lost)
            self.take(news)
            self.tell(news)

    def take(self, news: Notice) -> None:
        """Take what was committed here or on another node."""
        channel = self.channels.get(news.scope)
        if channel is not None:
            if news.lost:
                self._lose(channel, news.lost)
                self._tidy(channel)
            if channel.offer(news, hold=not self.freshness.fresh()):
                self.mend(channel)
        for user in news.users:
            self.access_changed(user)
        if news.devices or (news.lost and news.scope.startswith("o:")):
            users = news.lost if news.scope.startswith("o:") else ()
            self.take_ended(Ended(users=users, devices=news.devices))

    def ended(
        self,
        *,
        sessions: Iterable[str] = (),
        users: Iterable[str] = (),
        devices: Iterable[str] = (),
    ) -> None:
        """Sessions ended on this node: these, and all those of users and devices."""
        ended = Ended(tuple(sessions), tuple(users), tuple(devices))
        self.take_ended(ended)
        self.tell(ended)

    def take_ended(self, ended: Ended) -> None:
        members: set[Member] = set()
        for session in ended.sessions:
            members |= self._sessions.get(session, set())
        for user in ended.users:
            members |= self.people.get(user, set())
        if ended.devices:
            devices = frozenset(ended.devices)
            every = (each for group in self.people.values() for each in group)
            members |= {each for each in every if each.caller.device in devices}
        for member in members:
            scopes = set(member.scopes)
            self.leave(member)  # from now on nothing goes there but what `_end` says
            self._run(self._end(member, scopes))

    async def _end(self, member: Member, scopes: set[str]) -> None:
        """Say first what was taken away, so that it is removed there."""
        with contextlib.suppress(Trouble, Problem):
            access = await self.truth.access(member.user)
            for scope in scopes - access.scopes.keys():
                member.lose(scope)
        member.end()

    # --- who listens ---------------------------------------------------------------------

    async def join(self, member: Member) -> Access:
        """Let somebody listen to all that they may read."""
        while True:
            mark = self.log.mark()
            access = await self.truth.access(member.user)
            if not self.log.since(member.user, mark) and not self._outdated(access):
                break
        if member.user in self._refreshing:
            self._refreshing[member.user] = True  # what it reads may be older than this
        self.people.setdefault(member.user, set()).add(member)
        self._sessions.setdefault(member.caller.session, set()).add(member)
        for scope in access.scopes:
            self._enter(scope, access, member)
        return access

    def leave(self, member: Member) -> None:
        for scope in tuple(member.scopes):
            self._exit(scope, member)
        for index, key in ((self.people, member.user), (self._sessions, member.caller.session)):
            index.get(key, set()).discard(member)
            if not index.get(key):
                index.pop(key, None)

    def _enter(self, scope: str, access: Access, member: Member) -> Channel:
        head = access.scopes[scope]
        channel = self.channels.get(scope)
        if channel is None:
            channel = self.channels[scope] = Channel(scope, head, self.access_changed)
        channel.listeners.add(member)
        member.scopes.add(scope)
        if channel.noticed(head, patient=True):
            self.mend(channel)
        return channel

    def _exit(self, scope: str, member: Member) -> None:
        member.scopes.discard(scope)
        channel = self.channels.get(scope)
        if channel is not None:
            channel.listeners.discard(member)
            self._tidy(channel)

    def _tidy(self, channel: Channel) -> None:
        if not channel.listeners and self.channels.get(channel.scope) is channel:
            del self.channels[channel.scope]

    def _outdated(self, access: Access) -> bool:
        """Whether who may read one of the scopes is known here to have changed since."""
        channels = ((self.channels.get(scope), head) for scope, head in access.scopes.items())
        return any(c is not None and c.e == h.e and c.known > h.acl for c, h in channels)

    def presence_is(self, on: Mapping[str, bool]) -> None:
        """Take of each session whether its organization has presence on."""
        for session, value in on.items():
            for member in self._sessions.get(session, ()):
                member.presence = value

    def sessions(self) -> Collection[str]:
        return self._sessions.keys()

    # --- whose access changed ------------------------------------------------------------

    def _lose(self, channel: Channel, lost: Collection[str]) -> None:
        for listener in [each for each in channel.listeners if each.user in lost]:
            channel.listeners.discard(listener)
            listener.lose(channel.scope)

    def access_changed(self, user: str) -> None:
        self.log.changed(user)
        if user in self.people:
            self._run(self._refreshed(user))

    async def _refreshed(self, user: str) -> None:
        while user in self.people:
            try:
                await self._refresh(user)
            except (Trouble, Problem):
                await asyncio.sleep(RETRY)
            else:
                return

    async def _refresh(self, user: str) -> None:
        """Read anew what somebody may read, one reading at a time: each is newer than the last."""
        if user in self._refreshing:
            self._refreshing[user] = True
            return
        self._refreshing[user] = True
        try:
            while self._refreshing[user]:
                self._refreshing[user] = False
                access = await self.truth.access(user)
                if self._refreshing[user] or self._outdated(access):
                    self._refreshing[user] = True
                else:
                    self._apply(user, access)
        finally:
            del self._refreshing[user]

    def _apply(self, user: str, access: Access) -> None:
        for member in tuple(self.people.get(user, ())):
            for scope in member.scopes - access.scopes.keys():
                self._exit(scope, member)
                member.lose(scope)
            for scope in access.scopes.keys() - member.scopes:
                self._enter(scope, access, member)
                member.gain(scope)

    # --- work beside ---------------------------------------------------------------------

    def mend(self, channel: Channel) -> None:
        if not channel.mending:
            channel.mending = True
            self._run(self._mend(channel))

    async def _mend(self, channel: Channel) -> None:
        try:
            await channel.mend(self.truth, self.freshness)
        except (Trouble, Problem):
            channel.held.clear()  # it is missing now, which the next look at the heads shows
        finally:
            channel.mending = False
            self._tidy(channel)

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Trouble | Problem):
            logs.bug("stream", error)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heads(self, scopes: Iterable[str]) -> dict[str, tuple[str, int]]:
        return {s: (c.e, c.head) for s in scopes if (c := self.channels.get(s))}


def _nobody(_: Notice | Ended | Seen) -> None:
    return None
