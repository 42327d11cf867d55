"""The WebSocket against real sockets: who may come in, what reaches whom, and when it ends."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable

import pytest
from tests.servers.streams import Client, Ledger, Node, named, running, until

from missive_server.stream import endpoint
from missive_server.stream.connection import Connection
from missive_server.stream.endpoint import Room
from missive_server.stream.websocket import Socket


def on_a_node(test: Callable[[Node, Ledger], Awaitable[None]]) -> Callable[[], None]:
    """Run a test inside the loop of a node with three people in one space."""

    def run() -> None:
        async def within() -> None:
            ledger = Ledger()
            for name in ("ana", "ben", "cleo"):
                ledger.user(name)
            ledger.space("inbox", "ana", "ben")
            async with running(ledger) as node:
                await test(node, ledger)

        asyncio.run(within())

    run.__name__ = test.__name__
    return run


INBOX = f"s:{named('inbox')}"


@on_a_node
async def test_what_is_committed_reaches_those_who_may_read_it(node: Node, ledger: Ledger) -> None:
    ana, ben, cleo = [await node.hello(name) for name in ("ana", "ben", "cleo")]
    assert ana.welcome["heads"][INBOX] == ["e1", 0]
    assert INBOX not in cleo.welcome["heads"]
    node.tell(ledger.commit(INBOX, named("c1")))
    for each in (ana, ben):
        frame = await each.next("chg")
        assert (frame["scope"], frame["prev"], frame["to"]) == (INBOX, 0, 1)
        assert [row["id"] for row in frame["rows"]] == [named("c1")]
    assert await cleo.rest() == []


@on_a_node
async def test_a_short_gap_is_sent_and_a_long_one_pointed_at(node: Node, ledger: Ledger) -> None:
    for number in range(3):
        ledger.commit(INBOX, named(f"c{number}"))
    ana = await node.hello("ana", {INBOX: ("e1", 1)})
    frame = await ana.next("chg")
    assert (frame["prev"], frame["to"], len(frame["rows"])) == (1, 3, 2)
    for number in range(endpoint.CATCH_UP + 1):
        node.tell(ledger.commit(INBOX, named(f"d{number}")))
    ben = await node.hello("ben", {INBOX: ("e1", 3)})
    poke = await ben.next("poke")
    assert (poke["scope"], poke["head"]) == (INBOX, ledger.scopes[INBOX].seq)


@on_a_node
async def test_what_comes_while_the_gap_is_read_comes_behind_it(node: Node, ledger: Ledger) -> None:
    ledger.commit(INBOX, named("c0"))
    ledger.gate.clear()
    joining = asyncio.create_task(node.hello("ana", {INBOX: ("e1", 0)}))
    for question in ("caller", "access", "change"):
        await until(lambda question=question: question in ledger.asked)
        if question == "change":
            node.tell(ledger.commit(INBOX, named("c1")))
        ledger.gate.set()
        await asyncio.sleep(0)
        ledger.gate.clear() if question != "change" else None
    ana = await joining
    first, second = await ana.next("chg"), await ana.next("chg")
    assert (first["prev"], first["to"]) == (0, 1)
    assert (second["prev"], second["to"]) == (1, 2)


@on_a_node
async def test_another_epoch_or_a_cursor_above_the_head_is_left_to_a_pull(
    node: Node, ledger: Ledger
) -> None:
    ledger.commit(INBOX)
    ana = await node.hello("ana", {INBOX: ("e0", 0)})
    ben = await node.hello("ben", {INBOX: ("e1", 9)})
    assert await ana.rest() == []
    assert await ben.rest() == []


@pytest.mark.parametrize(
    "first",
    [
        "", "{", "[]", "null", '"hello"', "{}", '{"f":"beat"}', '{"f":"hello"}', '{"f":"nothing"}',
        '{"f":"hello","token":1,"device":"d","schema":1}', "[" * 5000,
        '{"f":"pres","scope":"s","conv":"c"}', '{"f":"purged","scope":"s"}', "\x00", b"\x00\xff",
        b'{"f":"hello","token":"ana","device":"d","schema":1}',
    ],
)  # fmt: skip
def test_what_is_no_hello_is_refused_at_once(first: str | bytes) -> None:
    async def within(node: Node, ledger: Ledger) -> None:
        client = await node.open()
        await client.connection.send(first)
        assert await client.closed() == [{"f": "bye", "why": "protocol"}]

    on_a_node(within)()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"token": "nobody"}, "session"),
        ({"device": "another"}, "session"),
        ({"schema": 0}, "schema"),
    ],
)
def test_who_may_not_come_in_is_told_not_to_come_again(said: dict[str, object], why: str) -> None:
    async def within(node: Node, ledger: Ledger) -> None:
        client = await node.open()
        hello = {"token": "ana", "device": named("device of ana"), "schema": 1} | said
        await client.say(f="hello", **hello)
        assert await client.closed() == [{"f": "bye", "why": why, "retry": []}]

    on_a_node(within)()


@pytest.mark.parametrize("later", ["{", '{"f":"hello","token":"a","device":"d","schema":1}', b"x"])
def test_what_makes_no_sense_later_ends_the_connection(later: str | bytes) -> None:
    async def within(node: Node, ledger: Ledger) -> None:
        client = await node.hello("ana")
        await client.connection.send(later)
        assert [frame["why"] for frame in await client.closed()] == ["protocol"]
        await until(lambda: not node.stream.hub.channels)

    on_a_node(within)()


@on_a_node
async def test_too_large_and_too_many_frames_end_the_connection(node: Node, ledger: Ledger) -> None:
    large = await node.hello("ana")
    await large.connection.send("x" * (65 << 10))
    await large.closed()
    assert large.connection.close_code == 1009
    many = await node.hello("ana")
    for _number in range(int(endpoint.BURST) + 2):
        await many.say(f="beat")
    assert (await many.closed())[-1] == {"f": "bye", "why": "protocol"}
    await until(lambda: node.stream.endpoint.count == 0)


@on_a_node
async def test_who_says_nothing_is_not_waited_for(node: Node, ledger: Ledger) -> None:
    before = endpoint.HELLO
    endpoint.HELLO = 0.05
    try:
        client = await node.open()
        assert await client.closed() == [{"f": "bye", "why": "protocol"}]
    finally:
        endpoint.HELLO = before


def test_there_is_room_for_so_many() -> None:
    async def within() -> None:
        ledger = Ledger()
        ledger.user("ana")
        ledger.user("ben")
        async with running(ledger, room=Room(all=3, user=2)) as node:
            first = await node.hello("ana")
            await node.hello("ana")
            third = await node.open()
            await third.say(f="hello", token="ana", device=named("device of ana"), schema=1)
            assert [frame["why"] for frame in await third.closed()] == ["busy"]
            await node.hello("ben")
            with pytest.raises(Exception, match="403"):
                await node.open()
            await first.leave()
            await until(lambda: node.stream.endpoint.count == 2)
            await node.hello("ana")

    asyncio.run(within())


@on_a_node
async def test_a_slow_reader_gets_a_poke_and_others_lose_nothing(
    node: Node, ledger: Ledger
) -> None:
    slow = await node.open(max_queue=1)
    sock = slow.connection.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    await slow.say(f="hello", token="ana", device=named("device of ana"), schema=1)
    ben = await node.hello("ben")
    await slow.next("welcome")
    count = 60
    for number in range(count):
        node.tell(ledger.commit(INBOX, named(f"c{number}"), b=bytes(32 << 10)))
        assert (await ben.next("chg"))["to"] == number + 1
    last = 0
    frame = await slow.hear()
    while frame["f"] != "poke":
        assert frame["prev"] <= last
        last = frame["to"]
        frame = await slow.hear()
    assert frame["head"] == count
    node.tell(ledger.commit(INBOX, named("more")))
    assert (await slow.next("chg"))["to"] == count + 1


@on_a_node
async def test_connections_that_go_leave_nothing_behind(node: Node, ledger: Ledger) -> None:
    async def visit(number: int) -> None:
        client = await node.hello(("ana", "ben")[number % 2])
        if number % 3 == 0:
            client.connection.transport.abort()
        elif number % 3 == 1:
            await client.leave()
        else:
            await client.connection.send("{")
            await client.closed()

    for _ in range(10):
        await asyncio.gather(*(visit(number) for number in range(20)))
    hub = node.stream.hub
    await until(lambda: node.stream.endpoint.count == 0)
    assert [hub.people, hub.channels, list(hub.sessions())] == [{}, {}, []]
    await until(lambda: not node.server.server_state.tasks)
    assert not node.server.server_state.connections
    gc.collect()
    left = [each for each in gc.get_objects() if isinstance(each, Connection | Socket)]
    assert left == []


@on_a_node
async def test_stopping_says_when_to_come_again(node: Node, ledger: Ledger) -> None:
    ana: Client = await node.hello("ana")
    node.server.should_exit = True
    assert await ana.closed() == [{"f": "bye", "why": "stopping"}]
    assert ana.connection.close_code == 1012
