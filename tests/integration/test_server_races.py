"""Two transactions that meet on PostgreSQL, as those of two nodes may: one is always first."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.servers.organizations import Organization, token_of
from tests.servers.sync_node import Node, with_node

from missive_server.core.values import Call
from missive_server.database.postgres import drive
from missive_server.database.work import Query, Rows, Work
from missive_server.errors import SignedOut
from missive_server.http import filing
from missive_server.http.filing import Wanted
from missive_server.service import sweeping
from missive_server.service.writing import applied
from missive_wire.ids import new_id

HASH = hashlib.sha256(b"file").hexdigest()


async def _meet(address: str, first: Work[Any], second: Awaitable[Any]) -> Any:
    """Begin `second` before `first` is committed; return how it ended."""
    one = await asyncpg.connect(address)
    try:
        async with one.transaction():
            await drive(one, first)
            running = asyncio.ensure_future(second)
            while not await one.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                done, _ = await asyncio.wait({running}, timeout=0.01)
                if done:
                    break
        return (await asyncio.gather(running, return_exceptions=True))[0]
    finally:
        await one.close()


async def _pausing(address: str, work: Work[Any], meanwhile: Callable[[], Awaitable[Any]]) -> None:
    """Do a transaction, and something else after its first query."""
    one = await asyncpg.connect(address)
    try:
        async with one.transaction():
            asked = next(work)
            rows = await one.fetch(asked.sql, *asked.params)
            await meanwhile()
            await drive(one, _rest(work, rows))
    finally:
        await one.close()


def _rest(work: Work[Any], rows: Rows) -> Work[None]:
    with contextlib.suppress(StopIteration):
        while True:
            rows = yield work.send(rows)


def _filed(org: Organization, conv: dict[str, Any]) -> dict[str, Any]:
    header = {"conv": conv["id"], "blob": HASH}
    return {"op": "put", "scope": org.spaces[0], "t": "msg", "id": new_id(),
            "act": "message.added", "h": header}  # fmt: skip


def _there(org: Organization, free: int) -> Work[None]:
    yield Query("INSERT INTO blobs VALUES ($1, $2, 4, 'there', 1)", (org.id, HASH))
    yield Query("INSERT INTO blob_scopes VALUES ($1, $2, $3)", (org.spaces[0], HASH, free))


def _kept() -> Work[tuple[int, str]]:
    scopes = yield Query("SELECT scope FROM blob_scopes")
    states = yield Query("SELECT state FROM blobs")
    return len(scopes), states[0][0]


def test_who_is_removed_while_a_file_is_asked_for_does_not_get_it(
    postgres_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        await node.store.run(_there, org, 0)
        conv, ben, now = org.conversation(), org.people[1], node.clock()
        await node.do(org, org.owner, conv, _filed(org, conv))
        reading = (token_of(ben), org.spaces[0], HASH, now)
        assert (await node.store.run(filing.reading, *reading)).there
        removal: list[Call] = [org.call(org.owner, org.removal(ben.user))]
        later = (*reading[:3], now + filing.ONCE + 1)
        told = await _meet(
            postgres_address, applied(removal, now), node.store.run(filing.reading, *later)
        )
        assert isinstance(told, SignedOut)

    with_node(postgres_address, tmp_path, body)


@pytest.mark.parametrize("sweeper_first", [True, False])
def test_a_file_that_is_named_while_it_is_swept_stays_or_is_refused(
    sweeper_first: bool, postgres_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        await node.store.run(_there, org, 1)
        conv, now = org.conversation(), node.clock()
        await node.do(org, org.owner, conv)
        calls = [org.call(org.owner, _filed(org, conv))]
        old = ([], [], [(org.spaces[0], HASH)], now)
        if sweeper_first:
            sweep, naming = sweeping.note(*old), node.store.run(applied, calls, now)
            outcome = await _meet(postgres_address, sweep, naming)
            assert outcome.answers[0].results[0].why == "no such blob"
            assert (await node.store.read(_kept))[0] == 0
        else:
            sweep = node.store.run(sweeping.note, *old)
            assert await _meet(postgres_address, applied(calls, now), sweep) is None
            assert (await node.store.read(_kept))[0] == 1

    with_node(postgres_address, tmp_path, body)


def test_a_file_that_is_brought_anew_while_it_is_condemned_stays(
    postgres_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        await node.store.run(_there, org, 1)
        wanted, now = Wanted(org.spaces[0], HASH, 4, org.owner.device), node.clock()

        def forgotten() -> Work[None]:
            yield Query("DELETE FROM blob_scopes")

        async def brought() -> None:
            await node.store.run(filing.hold, org.id, HASH, 4, now)
            await node.store.run(filing.arrived, token_of(org.owner), wanted, now)

        await node.store.run(forgotten)
        await _pausing(postgres_address, sweeping.condemn(now), brought)
        assert await node.store.read(_kept) == (1, "there")

    with_node(postgres_address, tmp_path, body)
