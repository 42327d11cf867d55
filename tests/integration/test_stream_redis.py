"""The bus on a real Redis: what one node tells the others hear, also after Redis was away."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.redis import RedisServer
from tests.servers.streams import Ledger, named, running, until

from missive_server.errors import UsageError
from missive_server.stream.redis_bus import RedisBus

INBOX = f"s:{named('inbox')}"


def test_what_one_node_commits_reaches_the_other_by_redis(redis_server: RedisServer) -> None:
    async def within() -> None:
        ledger = Ledger()
        for name in ("ana", "ben"):
            ledger.user(name)
        ledger.space("inbox", "ana", "ben")
        buses = [RedisBus(redis_server.url) for _ in range(2)]
        async with (
            running(ledger, buses[0], several=True) as one,
            running(ledger, buses[1], several=True) as two,
        ):
            ana, ben = await two.hello("ana"), await two.hello("ben")
            await until(lambda: all(bus.up for bus in buses))
            one.tell(ledger.commit(INBOX, named("c1")))
            assert (await ana.next("chg"))["to"] == 1
            assert "change" not in ledger.asked
            one.tell(*ledger.remove(INBOX, "ben"))
            assert (await ben.next("revoked"))["scope"] == INBOX
            redis_server.stop()
            one.tell(ledger.commit(INBOX, named("c2")))
            while (await ana.next("chg"))["to"] != 3:
                pass
            redis_server.start()
            await until(lambda: all(bus.up for bus in buses), 120)
            asked = len(ledger.asked)
            one.tell(ledger.commit(INBOX, named("c3")))
            assert (await ana.next("chg"))["to"] == 4
            assert "change" not in ledger.asked[asked:]

    asyncio.run(within())


def test_what_is_no_message_of_ours_is_passed_over(redis_server: RedisServer) -> None:
    async def within() -> None:
        ledger = Ledger()
        ledger.user("ana")
        ledger.space("inbox", "ana")
        bus, stranger = RedisBus(redis_server.url), RedisBus(redis_server.url)
        sending = asyncio.create_task(stranger.run(lambda _: None))
        async with running(ledger, bus, several=True) as node:
            ana = await node.hello("ana")
            await until(lambda: bus.up and stranger.up)
            for junk in (b"", b"{}", b"\xc1", bytes(100), b"\x92\xa1x\x91\x91\xa1n"):
                stranger.send(junk)
            node.tell(ledger.commit(INBOX))
            assert (await ana.next("chg"))["to"] == 1
            assert len(await ana.rest()) == 0
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    asyncio.run(within())


def test_an_address_that_makes_no_sense_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        RedisBus("nonsense://somewhere")


def test_health_tells_of_the_bus_and_does_not_fail_with_it(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    node = TeamServer(tmp_path / "node", "--bus", redis_server.url).start()
    try:
        for up in (True, False):
            end = time.monotonic() + 60
            while (told := httpx.get(f"{node.url}/healthz", timeout=60).json())["parts"].get(
                "bus"
            ) is not up:
                assert time.monotonic() < end, told
                time.sleep(0.1)
            assert told["ok"]
            redis_server.stop()
    finally:
        node.kill()
