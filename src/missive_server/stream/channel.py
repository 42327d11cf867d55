"""One scope on this node: who listens, how far they are, and what waits until that is known.

A frame goes out only if the readers are known as of its `acl` and nothing before it is missing;
otherwise it waits while `mend` asks the database. So nothing that was committed after a removal
reaches who was removed, without locks between nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from missive_server.stream.encoded import Frame, poke
from missive_server.stream.freshness import Freshness
from missive_server.stream.messages import Notice, notice
from missive_server.stream.truth import Head, Readers, Truth

HELD = 256  # notices that wait for a question to the database; what is above is read from it
GAP = 200  # rows that are read again to fill a gap; above that a poke


class Listener(Protocol):
    """A connection, or a request that waits for news."""

    @property
    def user(self) -> str: ...

    def push(self, frame: Frame) -> None: ...

    def lose(self, scope: str) -> None:
        """This person may not read the scope any more."""
        ...


class Channel:
    """Use only in the event loop of the hub."""

    __slots__ = (
        "access_changed", "acl", "e", "head", "held", "known", "listeners", "mending", "scope",
        "seen", "shown",
    )  # fmt: skip

    def __init__(self, scope: str, head: Head, access_changed: Callable[[str], None]) -> None:
        self.scope = scope
        self.access_changed = access_changed
        self.e, self.head, self.acl = head
        self.shown = head.e  # the epoch that the database was seen to have
        self.known = head.acl  # the newest `acl` heard of; `acl` is that of the listeners
        self.seen = head.seq  # the newest `seq` that the database was seen to have
        self.listeners: set[Listener] = set()
        self.held: list[Notice] = []
        self.mending = False

    def offer(self, news: Notice, *, hold: bool) -> bool:
        """Send on what can be; True says that it waits for `mend`."""
        self.known = max(self.known, news.acl)
        in_order = news.e == self.e and news.prev <= self.head and news.acl <= self.acl
        if hold or self.mending or not in_order or self.known > self.acl:
            if len(self.held) < HELD:
                self.held.append(news)
            self.seen = max(self.seen, news.to)
            return True
        self._send(news)
        return False

    def noticed(self, head: Head, *, patient: bool) -> bool:
        """Compare with a head from the database; True says that something is missing here.

        A patient one waits until it is missing at two looks: its notice may be on the way.
        """
        self.known, self.shown = max(self.known, head.acl), head.e
        behind = self.head < (min(self.seen, head.seq) if patient else head.seq)
        self.seen = max(self.seen, head.seq)
        return behind or self.doubtful()

    def gone(self) -> None:
        """The database knows no such scope: who listens is asked again."""
        self.known += 1

    def admit(self, readers: Readers) -> None:
        """Let go of those who may not listen any more."""
        for listener in [each for each in self.listeners if each.user not in readers.users]:
            self.listeners.discard(listener)
            listener.lose(self.scope)
        # Lower than what was heard only after a backup was restored: the database is right.
        self.acl = self.known = readers.head.acl
        if readers.head.e != self.e:  # restored from a backup: everybody begins anew
            self.e, self.head = readers.head.e, readers.head.seq
            self.shown, self.seen = self.e, self.head
            self.spread(poke(self.scope, self.e, self.head))
        self.held = [news for news in self.held if news.e == self.e and news.acl <= self.acl]

    def spread(self, frame: Frame) -> None:
        for listener in self.listeners:
            listener.push(frame)

    def _send(self, news: Notice) -> None:
        if news.to > self.head:
            self.head = news.to
            self.seen = max(self.seen, self.head)
            self.spread(news.frame)

    async def mend(self, truth: Truth, freshness: Freshness) -> None:
        """Ask the database for what is not known, until all that waited has gone out."""
        while self.listeners:
            if self.doubtful():
                await self.verify(truth)
            elif not freshness.fresh():
                await freshness.refreshed()
            elif self.held and self.held[0].prev <= self.head:
                self._send(self.held.pop(0))
            elif self.seen > self.head:
                await self._fill(truth)
            else:
                return

    def doubtful(self) -> bool:
        """Whether somebody may listen who may not any more."""
        if self.known > self.acl or self.shown != self.e:
            return True
        return any(news.e != self.e for news in self.held)

    async def verify(self, truth: Truth) -> None:
        """Ask who may listen."""
        before = self.known
        readers = await truth.readers(self.scope)
        if readers is None:
            readers = Readers(Head(self.e, self.head, self.known), frozenset())
        if self.known == before or readers.head.acl >= self.known:
            self.admit(readers)

    async def _fill(self, truth: Truth) -> None:
        """Send what is missing between the head and the database."""
        change = await truth.change(self.scope, self.head, GAP)
        if change is None:
            for user in {each.user for each in self.listeners} if self.scope[0] == "u" else ():
                self.access_changed(user)  # what was skipped may have said so
            self.spread(poke(self.scope, self.e, self.seen))
            self.head = self.seen
        elif change.to <= self.head:
            self.seen = self.head
            self.held.clear()
        else:
            self.known = max(self.known, change.acl)
            missed = notice(change)
            self.held.insert(0, missed)
            for user in missed.users:
                self.access_changed(user)
