"""The engine as a process of its own: start, two clients, death, hang, orderly stop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from missive_desktop.engine import client as engine_client
from missive_desktop.engine import frames, start
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.client import EngineClient, Health
from missive_desktop.engine.protocol import PROTOCOL, Hello, Ping, Shutdown
from missive_desktop.errors import EngineGone, StoreLocked
from missive_desktop.profile import Profile

KEY = bytes(range(32))


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "profile")


def run(coroutine):
    asyncio.run(asyncio.wait_for(coroutine, 60))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def becomes(client, health):
    changed = asyncio.Event()
    end = client.on_health(lambda _: changed.set())
    while client.health is not health:
        await changed.wait()
        changed.clear()
    end()


def ping_until_gone(client):
    while True:
        client.call(Ping())


def ends_within(pid, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def test_it_starts_answers_and_ends_with_its_client(profile):
    with BlockingClient(profile, KEY) as client:
        answer = client.call(Ping())
        pid = answer["pid"]
        assert pid != os.getpid()
        assert profile.address.exists()
    assert ends_within(pid, 30)
    assert not profile.address.exists()


def test_nothing_about_it_is_in_its_arguments(profile):
    with BlockingClient(profile, KEY) as client:
        pid = client.call(Ping())["pid"]
        seen = subprocess.run(["ps", "-ww", "eo", "args", "-p", str(pid)], capture_output=True)
        assert KEY.hex().encode() not in seen.stdout
        assert str(profile.directory).encode() not in seen.stdout
        if sys.platform == "linux":
            nice = subprocess.run(["ps", "-o", "ni=", "-p", str(pid)], capture_output=True)
            assert int(nice.stdout) >= 10


def test_a_second_client_shares_the_first_ones_engine(profile):
    with BlockingClient(profile, KEY) as first, BlockingClient(profile, KEY) as second:
        pid = first.call(Ping())["pid"]
        assert second.call(Ping())["pid"] == pid
        first.close()
        assert second.call(Ping())["pid"] == pid  # its parent has gone, it serves on
        second.close()
        assert ends_within(pid, 30)


def test_many_that_start_at_once_get_one_engine(profile):
    def begin(_):
        return BlockingClient(profile, KEY)

    with ThreadPoolExecutor(6) as pool:
        clients = list(pool.map(begin, range(6)))
    pids = {client.call(Ping())["pid"] for client in clients}
    assert len(pids) == 1
    for client in clients:
        client.close()
    assert ends_within(pids.pop(), 30)


def test_one_after_the_other_never_meets_a_closed_door(profile):
    for _ in range(6):
        with BlockingClient(profile, KEY) as client:
            client.call(Ping())


def test_a_wrong_key_is_said(profile):
    BlockingClient(profile, KEY).close()
    with pytest.raises(StoreLocked):
        BlockingClient(profile, bytes(32))


def test_death_fails_calls_and_the_next_start_works(profile):
    async def main():
        client = await engine_client.connect(profile, KEY)
        health = []
        client.on_health(health.append)
        os.kill(client.pid, signal.SIGKILL)
        await becomes(client, Health.GONE)
        with pytest.raises(EngineGone):
            await client.call(Ping())
        assert health == [Health.GONE]
        await client.close()
        again = await engine_client.connect(profile, KEY)
        assert (await again.call(Ping()))["pid"] == again.pid != client.pid
        await again.close()

    run(main())


def test_nobody_is_left_behind_by_who_no_longer_waits_for_a_start(profile):
    begun = start.begin(profile, KEY)
    assert begun.cancel()
    with BlockingClient(profile, KEY) as client:
        pid = client.call(Ping())["pid"]
    assert ends_within(pid, 30)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGSTOP")
def test_a_hang_is_noticed_and_ended(profile):
    async def main():
        reached = await asyncio.to_thread(start.reach, profile, KEY)
        client = EngineClient(reached, ping_interval=0.1, hang=1.5)
        heard = []
        client.on_health(heard.append)
        os.kill(client.pid, signal.SIGSTOP)
        await becomes(client, Health.HUNG)
        os.kill(client.pid, signal.SIGCONT)
        await becomes(client, Health.ALIVE)
        os.kill(client.pid, signal.SIGSTOP)
        await becomes(client, Health.HUNG)
        client.kill()
        await becomes(client, Health.GONE)
        assert heard == [Health.HUNG, Health.ALIVE, Health.HUNG, Health.GONE]
        await client.close()

    run(main())


@pytest.mark.skipif(os.name != "posix", reason="needs SIGSTOP")
def test_a_hung_engine_does_not_hang_those_who_come(profile):
    with BlockingClient(profile, KEY) as client:
        pid = client.call(Ping())["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            with pytest.raises(EngineGone):
                BlockingClient(profile, KEY)
            assert time.monotonic() - began < 30
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_in_order(profile, number):
    client = BlockingClient(profile, KEY)
    pid = client.call(Ping())["pid"]
    os.kill(pid, number)
    with pytest.raises(EngineGone):
        ping_until_gone(client)
    client.close()
    assert not alive(pid)
    assert not profile.address.exists()
    assert not profile.crash_log.exists() or profile.crash_log.read_bytes() == b""


def test_shutdown_stops_it_for_all(profile):
    with BlockingClient(profile, KEY) as client, BlockingClient(profile, KEY) as other:
        pid = client.call(Ping())["pid"]
        other.call(Shutdown())
        with pytest.raises(EngineGone):
            ping_until_gone(client)
    assert ends_within(pid, 30)


def test_opened_attachments_are_gone_at_start_and_stop(profile):
    profile.create()
    left = profile.opened / "left" / "report.pdf"
    left.parent.mkdir()
    left.write_text("clear text")
    with BlockingClient(profile, KEY):
        assert list(profile.opened.iterdir()) == []
        (profile.opened / "now.pdf").write_text("clear text")
    assert list(profile.opened.iterdir()) == []


@pytest.mark.parametrize(
    "first", [b"", b"\x00", b"GET / HTTP/1.1\r\n\r\n", frames.header(3) + b"{}}", b"\xff" * 64]
)
def test_an_engine_without_orders_ends(first):
    process = subprocess.run(
        start.command(), input=first, capture_output=True, timeout=60, check=False
    )
    assert process.returncode == 2
    assert process.stdout == b""


def test_an_engine_of_another_version_says_so(profile):
    payload = frames.encode(Hello(str(profile.directory), KEY, PROTOCOL + 1))
    process = subprocess.run(
        start.command(), input=frames.header(len(payload)) + payload, capture_output=True
    )
    assert process.returncode == 2
    assert frames.decode_reply(process.stdout[frames.HEADER_SIZE :]).error == "KnownError"
    assert not profile.directory.exists()
