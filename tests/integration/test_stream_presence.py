"""Who looks at what: told to those who may know and are there, no oftener than needed."""

import asyncio
from typing import Any

from tests.servers.streams import Client, Ledger, LossyBus, Node, named, running

from missive_server.stream import presence
from missive_wire.ids import org_scope

INBOX = f"s:{named('inbox')}"
ORG = org_scope(named("org"))
ANA, BEN = named("ana"), named("ben")
HELLO, TAXES = named("hello"), named("taxes")


def told(frames: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(f["who"], f["conv"], f["st"]) for f in frames if f["f"] == "pres"]


async def shown(client: Client) -> dict[str, Any]:
    frame = await client.next("pres")
    return {name: frame[name] for name in ("who", "conv", "st")}


def laid(*names: str) -> Ledger:
    ledger = Ledger()
    for name in names:
        ledger.user(name)
    ledger.space("inbox", *names)
    return ledger


async def show(client: Client, conv: str, st: str = "viewing", scope: str = INBOX) -> None:
    await client.say(f="pres", scope=scope, conv=conv, st=st)


def test_others_in_the_space_learn_what_somebody_looks_at() -> None:
    async def within() -> None:
        ledger = laid("ana", "ben")
        ledger.user("cleo")
        async with running(ledger) as node:
            ana, ben, cleo = [await node.hello(name) for name in ("ana", "ben", "cleo")]
            await show(cleo, HELLO)  # not hers to say
            await show(ana, HELLO)
            assert await shown(ben) == {"who": ANA, "conv": HELLO, "st": "viewing"}
            late = await node.hello("ben")
            assert await shown(late) == {"who": ANA, "conv": HELLO, "st": "viewing"}
            await show(ana, TAXES)
            assert await shown(ben) == {"who": ANA, "conv": HELLO, "st": ""}
            assert await shown(ben) == {"who": ANA, "conv": TAXES, "st": "viewing"}
            await ana.leave()
            assert await shown(ben) == {"who": ANA, "conv": TAXES, "st": ""}
            assert told(cleo.heard + await cleo.rest()) == []
            assert told(ana.heard) == []

    asyncio.run(within())


def test_what_is_repeated_is_told_once_and_what_changes_fast_in_its_last_state() -> None:
    async def within() -> None:
        async with running(laid("ana", "ben")) as node:
            ana, ben = await node.hello("ana"), await node.hello("ben")
            for st in ("viewing", "viewing", "typing", "viewing", "typing"):
                await show(ana, HELLO, st)
            assert (await shown(ben))["st"] == "viewing"
            assert (await shown(ben))["st"] == "typing"
            assert told(await ben.rest()) == []

    asyncio.run(within())


def test_it_ends_when_the_space_is_taken_away() -> None:
    async def within() -> None:
        ledger = laid("ana", "ben")
        async with running(ledger) as node:
            ana, ben = await node.hello("ana"), await node.hello("ben")
            node.tell(*ledger.remove(INBOX, "ben"))
            await ben.next("revoked")
            await show(ana, HELLO)
            await show(ben, HELLO)
            assert told(await ben.rest()) == []
            assert told(await ana.rest()) == []

    asyncio.run(within())


def test_an_organization_can_turn_it_off() -> None:
    async def within() -> None:
        ledger = laid("ana", "ben")
        ledger.presence = False
        async with running(ledger) as node:
            ana, ben = await node.hello("ana"), await node.hello("ben")
            await show(ana, HELLO)
            await ana.rest()
            assert told(ben.heard + await ben.rest()) == []
            ledger.presence = True  # heard of within a second
            while not told(ben.heard):
                await show(ana, HELLO)
                await asyncio.sleep(0.2)
                await ben.rest()

    asyncio.run(within())


def test_being_online_is_told_across_nodes() -> None:
    async def within() -> None:
        ledger, bus = laid("ana", "ben"), LossyBus()
        ledger.space("unused")
        ledger.scopes[ORG] = ledger.scopes[INBOX]
        ledger.may |= {(ORG, ANA), (ORG, BEN)}
        async with (
            running(ledger, bus.end(), several=True) as one,
            running(ledger, bus.end(), several=True) as two,
        ):
            ana, ben = await one.hello("ana"), await two.hello("ben")
            assert await shown(ana) == {"who": BEN, "conv": "", "st": "online"}
            assert await shown(ben) == {"who": ANA, "conv": "", "st": "online"}
            await show(ben, HELLO)
            assert await shown(ana) == {"who": BEN, "conv": HELLO, "st": "viewing"}
            await ben.leave()
            gone = [await shown(ana), await shown(ana)]
            assert {(each["conv"], each["st"]) for each in gone} == {(HELLO, ""), ("", "")}

    asyncio.run(within())


def test_in_a_crowd_only_those_who_look_at_the_same_hear_of_it() -> None:
    before, presence.CROWD = presence.CROWD, 2

    async def within() -> None:
        async with running(laid("ana", "ben", "cleo")) as node:
            ana, ben, cleo = [await node.hello(name) for name in ("ana", "ben", "cleo")]
            await show(ben, HELLO)
            await ben.rest()
            await show(ana, HELLO)
            assert await shown(ben) == {"who": ANA, "conv": HELLO, "st": "viewing"}
            assert told(cleo.heard + await cleo.rest()) == []

    try:
        asyncio.run(within())
    finally:
        presence.CROWD = before


def test_what_is_over_is_forgotten_and_memory_has_an_end() -> None:
    before, presence.KNOWN = presence.KNOWN, 2

    async def within() -> None:
        async with running(laid("ana", "ben")) as node:
            await forgets(node)

    async def forgets(node: Node) -> None:
        ben = await node.hello("ben")
        for name in ("a", "b", "c"):
            node.stream.presence.take((INBOX, named(name), ANA), "viewing")
        late = await node.hello("ben")
        assert len(told(await late.rest())) == 2
        assert len(told(await ben.rest())) == 3
        for name in ("a", "b"):
            node.stream.presence.take((INBOX, named(name), ANA), "")
        later = await node.hello("ben")
        assert told(await later.rest()) == []

    try:
        asyncio.run(within())
    finally:
        presence.KNOWN = before
