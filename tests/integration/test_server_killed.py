"""Nothing that was acknowledged is lost, whatever dies when; nothing happens twice."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.servers import postgres as servers
from tests.servers.disk import SmallDisk
from tests.servers.organizations import Organization, found
from tests.servers.postgres import PostgresServer
from tests.servers.soak import dice, rounds
from tests.servers.sync_node import Node, repeat, running, statuses

from missive_server.core.values import Answer, Call
from missive_server.database.opening import FILE
from missive_server.database.work import Query, Work
from missive_server.errors import Busy, Full, Trouble
from missive_server.service import trail
from missive_wire.chain import Head, verified
from missive_wire.mutation import Mutation
from missive_wire.routes import AuditRequest

FIRST_MID = 1000
POINTS = ["", "query 2", "query 9", "commit", "answer"]


@pytest.mark.parametrize("point", POINTS)
def test_a_node_that_is_killed_loses_nothing_it_acknowledged(
    server_address: str, tmp_path: Path, point: str
) -> None:
    chance = dice(f"node {server_address[:4]} {point}")
    for number in range(rounds(1)):
        asyncio.run(_killed(server_address, tmp_path, point, chance, number))


async def _killed(
    address: str, folder: Path, point: str, chance: random.Random, number: int
) -> None:
    async with running(address, folder) as node:
        org = await found(node.store, people=8)
        await node.store.run(_begin_at, [who.device for who in org.people])
    acknowledged = await asyncio.to_thread(_write_until_killed, address, folder, org, point, chance)
    async with running(address, folder) as node:
        made = {row.id for row in await node.all_rows(org.owner, org.spaces[0]) if row.t == "conv"}
        assert {conv for _, _, conv in acknowledged} <= made
        await _is_whole(node, org)
        for who in org.people:  # each goes on where it was, the unanswered one exactly once
            mid = max(mid for device, mid, _ in acknowledged if device == who.device) + 1
            last = (await node.writer.mutate(Call(who, ()))).last_mid
            assert last in (mid - 1, mid)
            change = Mutation(last + 1, "put", org.spaces[0], "conv", who.user,
                              "conversation.created", {})  # fmt: skip
            assert statuses(await node.writer.mutate(Call(who, (change,)))) == ["ok"]
        await _is_whole(node, org)


def _begin_at(devices: list[str]) -> Work[None]:
    yield Query(
        "UPDATE devices SET last_mid = $2 WHERE id = ANY($1)", (sorted(devices), FIRST_MID - 1)
    )


def _write_until_killed(
    address: str, folder: Path, org: Organization, point: str, chance: random.Random
) -> list[tuple[str, int, str]]:
    people = [{"user": p.user, "device": p.device, "org": p.org, "session": p.session}
              for p in org.people]  # fmt: skip
    order = {"at": point, "people": people, "scope": org.spaces[0], "mid": FIRST_MID}
    command = [sys.executable, "-m", "tests.servers.dying_writer", address, str(folder)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order))
        process.stdin.close()
        lines = [process.stdout.readline() for _ in range(5 * len(people))]
        if not point:
            time.sleep(chance.uniform(0, 0.2))
            process.kill()
        lines += process.stdout.readlines()
    assert process.returncode == -9
    return [tuple(json.loads(line)) for line in lines if line.endswith("\n")]


async def _is_whole(node: Node, org: Organization) -> None:
    """Rows, sum, order and chain of the space agree with each other."""
    rows = await node.all_rows(org.owner, org.spaces[0])
    assert len({row.id for row in rows}) == len(rows)
    head, after, records = Head(), 0, []
    while True:
        request = AuditRequest(org.owner.device, org.spaces[0], after=after)
        page = await node.store.read(trail.page, org.owner, request)
        head, wrong = verified(head, org.spaces[0], page.records)
        assert wrong == 0
        records += page.records
        if not page.more:
            break
        after = page.records[-1].n
    assert head == Head(page.n, page.h)
    recorded = [record.seq for record in records if record.t == "conv"]
    assert sorted(recorded) == sorted(row.seq for row in rows if row.t == "conv")


def test_a_database_server_that_is_killed_loses_nothing_acknowledged(tmp_path: Path) -> None:
    chance = dice("database")
    with servers.running(durable=True) as server:
        for _ in range(rounds(1)):
            asyncio.run(_without_database(server, tmp_path, chance))


async def _without_database(server: PostgresServer, folder: Path, chance: random.Random) -> None:
    address = await asyncio.to_thread(server.database)
    ends = asyncio.Event()
    async with running(address, folder) as node:
        org = await found(node.store, people=10)
        clients = [asyncio.ensure_future(_persistent(node, org, n, ends)) for n in range(10)]
        for _ in range(2):
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        await asyncio.sleep(0.2)
        ends.set()
        made = [conv for convs in await asyncio.gather(*clients) for conv in convs]
        rows = await node.all_rows(org.owner, org.spaces[0])
        assert sorted(row.id for row in rows if row.t == "conv") == sorted(made)
        await _is_whole(node, org)


async def _persistent(node: Node, org: Organization, number: int, ends: asyncio.Event) -> list[str]:
    """Write until told to stop; ask again, with the same number, whatever was not answered."""
    made = []
    while not ends.is_set():
        call = org.call(org.people[number], org.conversation())
        while statuses(await _answered(node, call)) != ["ok"]:
            pass
        made.append(call.muts[0].id)
    return made


async def _answered(node: Node, call: Call) -> Answer:
    while True:
        try:
            return await node.writer.mutate(repeat(call))
        except (Trouble, Busy):
            await asyncio.sleep(0.02)


def test_a_full_disk_refuses_and_forgets_nothing(small_disk: SmallDisk) -> None:
    async def body() -> None:
        async with running("", small_disk.path) as node:
            org = await found(node.store, people=4)
            small_disk.fill(left=300_000)
            done, call = await _until_full(node, org)
            assert done
            rows = await node.all_rows(org.owner, org.spaces[0])
            assert sorted(row.id for row in rows if row.t == "conv") == sorted(done)
            small_disk.make_room()
            assert statuses(await node.writer.mutate(repeat(call))) == ["ok"]
            await _is_whole(node, org)

    asyncio.run(body())


async def _until_full(node: Node, org: Organization) -> tuple[list[str], Call]:
    """Write until the disk is full; what was acknowledged, and the call that was refused."""
    done: list[str] = []
    while len(done) < 5000:
        call = org.call(org.people[1], org.conversation())
        try:
            await node.writer.mutate(call)
        except (Full, Trouble):
            return done, call
        done.append(call.muts[0].id)
    raise AssertionError("the disk did not fill")


def test_a_torn_end_of_the_log_costs_whole_transactions_only(
    sqlite_address: str, tmp_path: Path
) -> None:
    chance = dice("torn")

    async def body() -> None:
        async with running("", tmp_path) as node:
            org = await found(node.store, people=4)
            for _ in range(10):
                await node.do(org, org.people[1], org.conversation(), org.conversation())
            for number in range(rounds(6)):
                torn = tmp_path / f"torn {number}"
                torn.mkdir()
                for name in (FILE, f"{FILE}-wal"):  # as a power cut leaves them
                    shutil.copy(tmp_path / name, torn / name)
                _tear(torn / f"{FILE}-wal", chance)
                async with running("", torn) as after:
                    if await _has_space(after, org):
                        rows = await after.all_rows(org.owner, org.spaces[0])
                        assert sum(row.t == "conv" for row in rows) % 2 == 0
                        await _is_whole(after, org)

    asyncio.run(body())


def _tear(log: Path, chance: random.Random) -> None:
    """Cut the log somewhere in its last third, or leave noise there."""
    data = bytearray(log.read_bytes())
    place = chance.randrange(len(data) * 2 // 3, len(data))
    if chance.random() < 0.5:
        del data[place:]
    else:
        noise = chance.randbytes(min(4096, len(data) - place))
        data[place : place + len(noise)] = noise
    log.write_bytes(data)


async def _has_space(node: Node, org: Organization) -> bool:
    answer = await node.pull(org.owner)
    return org.spaces[0] in answer.all
