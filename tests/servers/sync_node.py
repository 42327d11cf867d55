"""One node without its door: a store, a writer, what it published, a clock of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.row_sums import of_rows
from tests.servers.organizations import NOON, Organization, found

from missive_server.core.values import Answer, Call, Caller, Published
from missive_server.database.opening import open_store
from missive_server.database.store import Store
from missive_server.service import reading
from missive_server.service.writing import Writer
from missive_wire import sums
from missive_wire.entities import Row
from missive_wire.feed import BackfillRequest, PullAnswer, PullRequest
from missive_wire.mutation import Result

T = TypeVar("T")


@dataclass
class Clock:
    now: int = NOON

    def __call__(self) -> int:
        return self.now


@dataclass
class Node:
    store: Store
    writer: Writer
    clock: Clock
    published: list[Published] = field(default_factory=list)

    async def do(self, org: Organization, who: Caller, *changes: dict[str, Any]) -> list[Result]:
        """Have somebody change things; the answers."""
        answer: Answer = await self.writer.mutate(org.call(who, *changes))
        assert not answer.refusal, answer
        return list(answer.results)

    async def pull(self, who: Caller, **cur: tuple[str, int]) -> PullAnswer:
        """What is new for somebody; scopes with `_` for `:` and `-`, or all from the start."""
        return await self.store.read(
            reading.pull, who.user, PullRequest(who.device, 1, dict(cur)), self.clock()
        )

    async def all_rows(self, who: Caller, scope: str) -> list[Row]:
        """Read a scope to its end from the newest downwards, as a new device does."""
        rows: list[Row] = []
        below, done = 0, False
        while not done:
            request = BackfillRequest(who.device, 1, scope, below=below)
            page = await self.store.read(reading.backfill, who.user, request)
            if not below:
                total, count = page.sum, page.count
            rows += page.rows
            below, done = page.lo, page.done
        assert sums.as_text(of_rows(rows)) == total
        assert len(rows) == count
        assert [row.seq for row in rows] == sorted((row.seq for row in rows), reverse=True)
        return rows


@contextlib.asynccontextmanager
async def running(address: str, folder: Path, clock: Clock | None = None) -> AsyncIterator[Node]:
    store = await open_store(address, folder)
    clock = clock or Clock()
    published: list[Published] = []
    writer = Writer(store, lambda outcome: published.extend(outcome.published), clock=clock)
    try:
        yield Node(store, writer, clock, published)
    finally:
        await writer.close()
        await store.close()


def with_node(
    address: str, folder: Path, what: Callable[[Node, Organization], Awaitable[T]], **given: int
) -> T:
    """Do something with a node that has one organization."""

    async def whole() -> T:
        async with running(address, folder) as node:
            return await what(node, await found(node.store, **given))

    return asyncio.run(whole())


def statuses(answer: Answer) -> list[str]:
    return [result.st for result in answer.results]


def repeat(call: Call) -> Call:
    """The same request again, as after a lost answer."""
    return Call(call.caller, call.muts, call.ack)
