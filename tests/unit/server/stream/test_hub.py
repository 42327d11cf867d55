"""The hub against any order of commits, removals, losses and delays, and mutants of it that fail.

What a listener applied must be what the database has; what was committed after a removal must not
have reached who was removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.servers.soak import rounds
from tests.servers.streams import Ledger, named

from missive_server.core.values import Caller
from missive_server.stream import channel
from missive_server.stream.channel import Channel
from missive_server.stream.encoded import Frame
from missive_server.stream.hub import Hub
from missive_server.stream.messages import Notice, notice
from missive_server.stream.polling import Polling

NAMES = ("ana", "ben", "cleo")
INBOX = f"s:{named('inbox')}"


class Reader:
    """A client that applies what follows; `behind` once it was told to pull."""

    presence = False

    def __init__(self, name: str, caller: Caller) -> None:
        self.name, self.caller = name, caller
        self.scopes: set[str] = set()
        self.cursor = 0
        self.behind = False
        self.highest = 0  # of all that reached it
        self.missing = False  # something, and nobody told

    @property
    def user(self) -> str:
        return self.caller.user

    def push(self, frame: Frame) -> None:
        if frame.scope != INBOX or not frame.to:
            self.behind = self.behind or frame.scope == INBOX
            return
        self.highest = max(self.highest, frame.to)
        prev = int(frame.data.split(b'"prev":')[1].split(b",")[0])
        self.missing = self.missing or (prev > self.cursor and not self.behind)
        if prev <= self.cursor:
            self.cursor = max(self.cursor, frame.to)

    def lose(self, scope: str) -> None:
        self.scopes.discard(scope)

    def gain(self, scope: str) -> None:
        pass

    def end(self) -> None:
        pass


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.booleans()),
        st.tuples(st.just("remove"), st.sampled_from(NAMES[1:])),
        st.tuples(st.just("give"), st.sampled_from(NAMES[1:])),
        st.tuples(st.just("hear"), st.integers(0, 5)),
        st.tuples(st.just("lose"), st.integers(0, 5)),
        st.tuples(st.just("tick"), st.integers(1, 4)),
        st.tuples(st.just("look"), st.none()),
        st.tuples(st.just("gate"), st.booleans()),
    ),
    max_size=40,
)


class World:
    """One node that hears of what another one commits, late or never."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        for name in NAMES:
            self.ledger.user(name)
        self.ledger.space("inbox", *NAMES)
        self.hub = Hub(self.ledger)
        self.polling = Polling(self.hub, 1.0, patient=False)
        self.readers = [Reader(name, self.ledger.tokens[name]) for name in NAMES]
        self.on_the_way: list[Notice] = []
        self.removed: dict[str, int] = {}
        self.looks: set[asyncio.Task[None]] = set()

    async def run(self, steps: list[tuple[str, object]]) -> None:
        for reader in self.readers:
            await self.hub.join(reader)
        for step, what in steps:
            await self._step(step, what)
            self.check()
        self.ledger.gate.set()
        for _ in range(3):
            await self.polling.look()
            for _ in range(50):
                await asyncio.sleep(0)
        await asyncio.gather(*self.looks)
        self.check()
        self.check_healed()
        await self.hub.close()

    async def _step(self, step: str, what: object) -> None:
        published = []
        match step, what:
            case "commit", _:
                published = [self.ledger.commit(INBOX)]
            case "remove", str(name) if (INBOX, named(name)) in self.ledger.may:
                published = self.ledger.remove(INBOX, name)
                self.removed[name] = published[0].change.to
            case "give", str(name) if (INBOX, named(name)) not in self.ledger.may:
                published = self.ledger.give(INBOX, name)
                self.removed.pop(name, None)
                next(r for r in self.readers if r.name == name).behind = True  # it would pull
            case (("hear" | "lose"), int(at)) if at < len(self.on_the_way):
                news = self.on_the_way.pop(at)
                if step == "hear":
                    self.hub.take(news)
            case "tick", int(times):
                for _ in range(times):
                    await asyncio.sleep(0)
            case "look", _:
                self.looks.add(asyncio.create_task(self.polling.look()))
            case "gate", bool(open_):
                (self.ledger.gate.set if open_ else self.ledger.gate.clear)()
        self.on_the_way += [notice(p.change, p.gained, p.lost) for p in published]

    def check(self) -> None:
        for reader in self.readers:
            assert not reader.missing
            assert reader.highest < self.removed.get(reader.name, 1 << 60)

    def check_healed(self) -> None:
        head = self.ledger.scopes[INBOX].seq
        for reader in self.readers:
            may = (INBOX, reader.user) in self.ledger.may
            assert (INBOX in reader.scopes) == may
            if may and not reader.behind:
                assert reader.cursor == head


def explored(count: int) -> Callable[[], None]:
    @settings(
        max_examples=count,
        deadline=None,
        derandomize=rounds(1) == 1,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def explore(steps: list[tuple[str, object]]) -> None:
        async def within() -> None:
            await World().run(steps)

        asyncio.run(within())

    return explore


def test_nothing_reaches_the_removed_and_the_others_lose_nothing() -> None:
    explored(rounds(80))()


class Trusting(Channel):
    """Sends whatever it is offered in order, whoever may read it."""

    __slots__ = ()

    def doubtful(self) -> bool:
        return False

    def offer(self, news: Notice, *, hold: bool) -> bool:
        self.known = self.acl = max(self.acl, news.acl)
        return super().offer(news, hold=hold)


class Careless(Channel):
    """Does not notice that something before is missing."""

    __slots__ = ()

    def offer(self, news: Notice, *, hold: bool) -> bool:
        self.head = max(self.head, news.prev)
        return super().offer(news, hold=hold)


@pytest.mark.parametrize("mutant", [Trusting, Careless])
def test_a_hub_with_a_hole_is_found(mutant: type[Channel]) -> None:
    from missive_server.stream import hub

    whole, hub.Channel = hub.Channel, mutant  # type: ignore[misc]
    try:
        with pytest.raises(AssertionError):
            explored(400)()
    finally:
        hub.Channel = whole  # type: ignore[misc]
    assert channel.Channel is whole
