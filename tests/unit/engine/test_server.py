"""The server loop and the window's client, in one process over real pipes and sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time

import pytest

from missive_desktop.domain.changes import Changes
from missive_desktop.engine import frames, rendezvous
from missive_desktop.engine.channel import PipeChannel
from missive_desktop.engine.client import EngineClient, Health
from missive_desktop.engine.protocol import (
    FRAME_LIMIT,
    PROTOCOL,
    Act,
    Changed,
    Check,
    CreateFolder,
    Progress,
    Shutdown,
)
from missive_desktop.engine.server import Server
from missive_desktop.engine.start import Reached
from missive_desktop.errors import EngineGone, KnownError, Offline, UsageError
from missive_desktop.profile import Profile

GREETING = {"pid": os.getpid(), "version": "1", "protocol": PROTOCOL}


def pipes():
    down, up = os.pipe(), os.pipe()
    return PipeChannel(down[0], up[1]), PipeChannel(up[0], down[1])


def until_the_end(channel):
    with contextlib.suppress(EOFError):
        while channel.receive():
            pass
    channel.close()
    channel.close_incoming()


def run_call(request):
    match request:
        case CreateFolder(name="offline"):
            raise Offline("No connection.", "Try later.")
        case CreateFolder(name="wrong"):
            raise UsageError("No such account.")
        case CreateFolder(name="bug"):
            raise ZeroDivisionError("secret words")
    return {"request": type(request).__name__}


@contextlib.contextmanager
def held():
    """A call that answers a check not before it is told to, and what tells it."""
    go = threading.Event()

    def call(request):
        if not isinstance(request, Check):
            return run_call(request)
        go.wait(60)
        return {"problems": []}

    try:
        yield call, go
    finally:
        go.set()


async def until(holds):
    while not holds():  # noqa: ASYNC110 - nothing tells of it; `run` ends it
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serving(call=run_call, bugs=None):
    server = Server(
        GREETING, call, lambda r: isinstance(r, Act), [].append if bugs is None else bugs.append
    )
    try:
        yield server
    finally:
        server.close(0.2)


@contextlib.asynccontextmanager
async def attached(server, **options):
    ours, theirs = pipes()
    server.admit(ours)
    client = EngineClient(Reached(theirs, os.getpid(), None), **options)
    try:
        yield client
    finally:
        await client.close(patience=0.5)


def run(coroutine):
    asyncio.run(asyncio.wait_for(coroutine, 60))


def test_calls_are_answered_beside_each_other():
    async def main():
        with held() as (call, go):
            async with serving(call) as server, attached(server) as client:
                slow = asyncio.ensure_future(client.call(Check()))
                await asyncio.sleep(0.01)
                assert await client.call(Act(kind="read")) == {"request": "Act"}
                assert not slow.done()
                go.set()
                assert await slow == {"problems": []}

    run(main())


def test_ordered_calls_keep_their_order():
    seen = []

    def call(request):
        time.sleep(0.02 if request.messages[0] % 2 else 0)
        seen.append(request.messages[0])
        return {}

    async def main():
        async with serving(call) as server, attached(server) as client:
            calls = [client.call(Act(kind="read", messages=(n,))) for n in range(12)]
            await asyncio.gather(*calls)
        assert seen == list(range(12))

    run(main())


def test_errors_keep_their_type_and_bugs_their_secrets():
    bugs = []

    async def main():
        async with serving(bugs=bugs) as server, attached(server) as client:
            with pytest.raises(Offline, match="No connection") as offline:
                await client.call(CreateFolder(account=1, name="offline"))
            assert offline.value.advice == "Try later."
            with pytest.raises(UsageError, match="No such account"):
                await client.call(CreateFolder(account=1, name="wrong"))
            with pytest.raises(KnownError) as bug:
                await client.call(CreateFolder(account=1, name="bug"))
            assert "secret" not in str(bug.value) + bug.value.advice
        assert [type(b) for b in bugs] == [ZeroDivisionError]

    run(main())


def test_notices_reach_all_clients_run_together():
    async def main():
        async with serving() as server, attached(server) as one, attached(server) as two:
            await one.call(Act(kind="read"))
            await two.call(Act(kind="read"))
            heard = {1: [], 2: []}
            one.subscribe(heard[1].append)
            two.subscribe(heard[2].append)
            for number in range(2000):
                server.publish(Changed(Changes(messages={number})))
                server.publish(Progress(1, "INBOX", number, 2000))
            last = Progress(1, "INBOX", 1999, 2000)
            await until(lambda: all(last in notices for notices in heard.values()))
            for notices in heard.values():
                assert len(notices) < 400  # of 4000: so many as there were pauses
                changes = Changes()
                for notice in notices:
                    if isinstance(notice, Changed):
                        changes.update(notice.changes)
                assert changes.messages == set(range(2000))

    run(main())


def test_a_change_is_noticed_before_its_call_is_answered():
    async def main():
        order = []

        def call(request):
            server.publish(Changed(Changes(messages=set(request.messages))))
            return {}

        async with serving(call) as server, attached(server) as client:
            client.subscribe(lambda notice: order.extend(notice.changes.messages))
            for number in range(20):
                await client.call(Act(kind="read", messages=(number,)))
                order.append("answered")
        assert order == [item for n in range(20) for item in (n, "answered")]

    run(main())


def test_a_client_that_takes_nothing_does_not_hold_up_the_others():
    async def main():
        async with serving() as server, attached(server) as client:
            ours, theirs = pipes()  # nobody reads `theirs`
            server.admit(ours)
            for number in range(3000):
                server.publish(Changed(Changes(messages=set(range(number, number + 100)))))
                if number % 100 == 0:
                    await asyncio.sleep(0.01)
            began = time.monotonic()
            await client.call(Act(kind="read"))
            assert time.monotonic() - began < 20
            theirs.close()
            theirs.close_incoming()

    run(main())


def test_a_client_that_talks_nonsense_is_dropped_alone():
    async def main():
        async with serving() as server, attached(server) as client:
            for nonsense in (b"\x00" * 9, b"{}", b'{"type":"Call","id":1}'):
                ours, theirs = pipes()
                server.admit(ours)
                theirs.send(nonsense)
                await asyncio.to_thread(until_the_end, theirs)
            ours, theirs = pipes()
            server.admit(ours)
            os.write(theirs._outgoing, frames.header(FRAME_LIMIT + 1))
            await asyncio.to_thread(until_the_end, theirs)
            assert await client.call(Act(kind="read")) == {"request": "Act"}

    run(main())


def test_the_last_client_to_go_ends_the_server():
    async def main():
        async with serving() as server:
            async with attached(server):
                async with attached(server):
                    pass
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(server.wait(), 0.2)
            await asyncio.wait_for(server.wait(), 30)

    run(main())


def test_who_comes_while_it_stops_is_not_greeted():
    async def main():
        async with serving() as server:
            async with attached(server):
                pass
            await asyncio.wait_for(server.wait(), 30)
            ours, theirs = pipes()
            server.admit(ours)
            with pytest.raises(EOFError):
                await asyncio.wait_for(asyncio.to_thread(theirs.receive), 30)
            theirs.close()
            theirs.close_incoming()

    run(main())


def test_shutdown_is_answered():
    async def main():
        async with serving() as server, attached(server) as client:
            assert await client.call(Shutdown()) == {}
            await asyncio.wait_for(server.wait(), 30)

    run(main())


def test_the_end_of_the_engine_fails_open_calls():
    async def main():
        with held() as (call, _):
            async with serving(call) as server, attached(server) as client:
                health = []
                client.on_health(health.append)
                slow = asyncio.ensure_future(client.call(Check()))
                await asyncio.sleep(0.05)
                server.close(0)
                with pytest.raises(EngineGone):
                    await slow
                assert health == [Health.GONE]
                with pytest.raises(EngineGone):
                    await client.call(Check())

    run(main())


def test_an_engine_that_ends_after_its_connection_is_waited_for():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    async def main():
        ours, theirs = pipes()
        client = EngineClient(Reached(theirs, process.pid, process))
        gone = asyncio.Event()
        client.on_health(lambda _: gone.set())
        ours.close()
        ours.close_incoming()
        await gone.wait()
        process.stdin.write(b"\n")
        process.stdin.close()

    run(main())
    end = time.monotonic() + 60
    while process.returncode is None and time.monotonic() < end:
        time.sleep(0.01)
    assert process.returncode == 0


def test_silence_is_a_hang_and_a_word_ends_it():
    async def main():
        ours, theirs = pipes()
        client = EngineClient(Reached(theirs, 0, None), ping_interval=0.05, hang=0.2)
        health = []
        client.on_health(health.append)
        await until(lambda: health)
        assert health == [Health.HUNG]
        ours.send(frames.encode(Progress(1, "INBOX", 1, 2)))
        await until(lambda: health[1:])
        assert health[:2] == [Health.HUNG, Health.ALIVE]
        ours.close()
        await client.close(patience=1)
        ours.close_incoming()

    run(main())


def test_a_call_has_an_end():
    async def main():
        with held() as (call, _):
            async with serving(call) as server, attached(server) as client:
                with pytest.raises(EngineGone):
                    await client.call(Check(), timeout=0.05)

    run(main())


@pytest.mark.parametrize("deep", [False, True], ids=["short path", "long path"])
def test_clients_meet_at_the_local_socket(tmp_path, deep):
    directory = tmp_path / ("x" * 120) if deep else tmp_path
    profile = Profile(directory).create()
    key = os.urandom(32)

    async def main():
        async with serving() as server:
            door = rendezvous.Door(profile, key, server.admit)
            try:
                assert await asyncio.to_thread(rendezvous.reach, profile, os.urandom(32)) is None
                channel = await asyncio.to_thread(rendezvous.reach, profile, key)
                client = EngineClient(Reached(channel, os.getpid(), None))
                assert await client.call(Act(kind="read")) == {"request": "Act"}
                await client.close(patience=1)
            finally:
                await asyncio.to_thread(door.close)
            assert rendezvous.reach(profile, key) is None
            assert list(profile.directory.glob("engine*")) == []

    run(main())


def test_a_dead_address_is_nobody(tmp_path):
    profile = Profile(tmp_path).create()
    profile.address.write_text('{"address": "/nowhere/at/all", "pid": 1}')
    assert rendezvous.reach(profile, bytes(32)) is None
    profile.address.write_text("garbage")
    assert rendezvous.reach(profile, bytes(32)) is None
