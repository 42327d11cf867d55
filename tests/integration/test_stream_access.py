"""After somebody is removed nothing reaches them any more, on any node, whatever was waiting."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.servers.soak import rounds
from tests.servers.streams import Ledger, LossyBus, Node, named, running, until

from missive_server.errors import TooMany
from missive_server.stream import freshness, waiting
from missive_wire.ids import org_scope, user_scope

INBOX, OTHER = f"s:{named('inbox')}", f"s:{named('other')}"
ANA, BEN = named("ana"), named("ben")
Test = Callable[[Node, Node, Ledger, LossyBus], Awaitable[None]]


def on_two_nodes(bus: bool = True, share: float = 0.0) -> Callable[[Test], Callable[[], None]]:
    """Run a test with two nodes on one database."""

    def around(test: Test) -> Callable[[], None]:
        def run() -> None:
            asyncio.run(within(test, bus=bus, share=share))

        run.__name__ = test.__name__
        return run

    return around


async def within(test: Test, *, bus: bool, share: float, seed: int = 1) -> None:
    ledger, joined = Ledger(), LossyBus(share, seed)
    for name in ("ana", "ben"):
        ledger.user(name)
    ledger.space("inbox", "ana", "ben")
    ledger.space("other", "ana", "ben")
    ends = [joined.end() if bus else None for _ in range(2)]
    async with (
        running(ledger, ends[0], several=True) as one,
        running(ledger, ends[1], several=True) as two,
    ):
        await test(one, two, ledger, joined)


@on_two_nodes()
async def test_the_removed_is_told_and_hears_nothing_more(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    here, there = await one.hello("ben"), await two.hello("ben")
    ana = await two.hello("ana")
    one.tell(*ledger.remove(INBOX, "ben"))
    one.tell(ledger.commit(INBOX, named("secret")))
    two.tell(ledger.commit(INBOX, named("secret too")))
    two.tell(ledger.commit(OTHER, named("open")))
    for each in (here, there):
        assert (await each.next("revoked"))["scope"] == INBOX
        while not any(f["f"] == "chg" and f["scope"] == OTHER for f in each.heard):
            await each.hear()
        assert [f for f in each.heard if f["f"] == "chg" and f["scope"] == INBOX] == []
        await each.say(f="purged", scope=INBOX)
        await each.say(f="purged", scope=OTHER)  # was not taken away: not believed
    while (await ana.next("chg"))["to"] != 3:
        pass
    await until(lambda: len(ledger.purges) == 2)
    assert ledger.purges == [(BEN, INBOX)] * 2


@on_two_nodes(bus=False)
async def test_without_a_bus_the_other_node_finds_out_by_looking(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    ben, ana = await two.hello("ben"), await two.hello("ana")
    one.tell(ledger.commit(INBOX, named("c1")))
    for each in (ben, ana):
        assert (await each.next("chg"))["to"] == 1
    one.tell(*ledger.remove(INBOX, "ben"))
    one.tell(ledger.commit(INBOX, named("c2")))
    assert (await ben.next("revoked"))["scope"] == INBOX
    while (await ana.next("chg"))["to"] != 3:
        pass
    assert {f["to"] for f in await ben.rest() if f["f"] == "chg" and f["scope"] == INBOX} == set()


def test_a_bus_that_loses_a_third_loses_nobody_a_row_and_shows_the_removed_none() -> None:
    for seed in range(rounds(1)):
        asyncio.run(within(lossy, bus=True, share=0.3, seed=seed))


async def lossy(one: Node, two: Node, ledger: Ledger, bus: LossyBus) -> None:
    ana, ben = await two.hello("ana"), await two.hello("ben")
    for number in range(120):
        one.tell(ledger.commit(INBOX, named(f"c{number}")))
        if number == 60:
            one.tell(*ledger.remove(INBOX, "ben"))
        await asyncio.sleep(0.002)
    removed_at = 62
    last = 0
    while last < 121:
        frame = await ana.next("chg")
        if frame["scope"] == INBOX:
            assert frame["prev"] <= last
            last = frame["to"]
    while not any(f["f"] == "revoked" for f in ben.heard):
        await ben.hear()
    changes = [f for f in [*ben.heard, *await ben.rest()] if f["f"] == "chg"]
    assert all(f["to"] < removed_at for f in changes if f["scope"] == INBOX)


@on_two_nodes()
async def test_what_is_granted_is_told_and_then_heard(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    ledger.may.discard((INBOX, BEN))
    ben = await two.hello("ben", {INBOX: ("e1", 0)})
    assert ben.welcome["revoked"] == [INBOX]
    one.tell(*ledger.give(INBOX, "ben"))
    assert (await ben.next("granted"))["scope"] == INBOX
    one.tell(ledger.commit(INBOX, named("c1")))
    while (await ben.next("chg"))["scope"] != INBOX:
        pass


@on_two_nodes()
async def test_frames_wait_until_it_is_known_who_may_read_them(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    ana, ben = await two.hello("ana"), await two.hello("ben")
    bus.share = 1.0
    one.tell(*ledger.remove(INBOX, "ben"))
    bus.share = 0.0
    ledger.gate.clear()
    one.tell(ledger.commit(INBOX, named("secret")))
    await until(lambda: "readers" in ledger.asked)
    assert two.stream.hub.channels[INBOX].held
    ledger.gate.set()
    assert (await ben.next("revoked"))["scope"] == INBOX
    while (await ana.next("chg"))["to"] != 2:
        pass
    assert all(f["f"] != "chg" or f["scope"] != INBOX for f in [*ben.heard, *await ben.rest()])


def ben_listens(node: Node) -> bool:
    channel = node.stream.hub.channels.get(INBOX)
    return channel is not None and any(each.user == BEN for each in channel.listeners)


@on_two_nodes()
async def test_what_was_missed_is_not_sent_to_who_is_removed_while_it_is_read(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    one.tell(ledger.commit(INBOX, named("secret")))
    begun = len(ledger.asked)
    ben = await two.open()
    ledger.gate.clear()
    await ben.say(f="hello", token="ben", device=named("device of ben"), schema=1,
                  cur={INBOX: ["e1", 0]})  # fmt: skip
    for question in ("caller", "access", "change"):
        await until(lambda question=question: question in ledger.asked[begun:])
        if question == "change":
            one.tell(*ledger.remove(INBOX, "ben"))
            await until(lambda: BEN in two.stream.hub.people and not ben_listens(two))
        ledger.gate.set()
        if question != "change":
            await asyncio.sleep(0)
            ledger.gate.clear()
    assert (await ben.next("revoked"))["scope"] == INBOX
    assert all(f["f"] != "chg" or f["scope"] != INBOX for f in [*ben.heard, *await ben.rest()])


@on_two_nodes()
async def test_who_is_removed_from_the_organization_purges_all_and_is_signed_out(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    org = org_scope(named("org"))
    ledger.space("unused")
    ledger.scopes[org] = ledger.scopes[INBOX]
    ledger.may |= {(org, ANA), (org, BEN)}
    ben = await two.hello("ben")
    for scope in (INBOX, OTHER, user_scope(BEN)):
        ledger.may.discard((scope, BEN))
    del ledger.tokens["ben"]
    one.tell(ledger.remove(org, "ben")[0])
    one.tell(ledger.commit(OTHER, named("secret")))
    taken = set()
    while (frame := await ben.hear())["f"] != "bye":
        assert frame["f"] == "revoked"
        taken.add(frame["scope"])
    assert frame == {"f": "bye", "why": "session", "retry": []}
    assert taken == {org, INBOX, OTHER, user_scope(BEN)}
    for scope in taken:
        await ben.say(f="purged", scope=scope)
    assert await ben.closed() == []
    assert set(ledger.purges) == {(BEN, scope) for scope in taken}


@on_two_nodes()
async def test_a_session_that_ends_elsewhere_ends_here(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    told, found, found_too = await two.hello("ana"), await one.hello("ben"), await two.hello("ben")
    one.stream.hub.ended(sessions=["s-ana"])
    assert (await told.next("bye"))["why"] == "session"
    del ledger.tokens["ben"]
    assert (await found.next("bye"))["why"] == "session"
    assert (await found_too.next("bye"))["why"] == "session"


@on_two_nodes()
async def test_a_node_that_stood_still_asks_before_it_sends(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    ana, ben = await two.hello("ana"), await two.hello("ben")
    ledger.gate.clear()
    await until(lambda: ledger.asked[-1] in {"heads", "living"})
    two.stream.hub.freshness.asked(asyncio.get_running_loop().time() - freshness.STALE)
    one.tell(ledger.commit(INBOX, named("before")))  # on its way when the node stopped
    await until(lambda: two.stream.hub.channels[INBOX].held)
    bus.share = 1.0
    one.tell(*ledger.remove(INBOX, "ben"))
    ledger.gate.set()
    assert (await ben.next("revoked"))["scope"] == INBOX
    while (await ana.next("chg"))["to"] != 2:
        pass
    assert all(f["f"] != "chg" or f["scope"] != INBOX for f in [*ben.heard, *await ben.rest()])


@on_two_nodes()
async def test_a_restored_backup_begins_anew(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    one.tell(ledger.commit(INBOX), ledger.commit(INBOX))
    ana = await one.hello("ana")
    ledger.scopes[INBOX] = ledger.scopes[INBOX]._replace(e="e2", seq=1, acl=1)
    poke = await ana.next("poke")
    assert (poke["scope"], poke["e"], poke["head"]) == (INBOX, "e2", 1)


@on_two_nodes()
async def test_a_long_poll_wakes_for_news_for_a_removal_and_in_time(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    ben = ledger.tokens["ben"]
    cur = {INBOX: ("e1", 0), user_scope(BEN): ("e1", 0)}
    await waiting.news(two.stream.hub, ben, cur, 0.01)
    poll = asyncio.create_task(waiting.news(two.stream.hub, ben, cur, 30.0))
    await until(lambda: INBOX in two.stream.hub.channels)
    one.tell(ledger.commit(INBOX))
    await asyncio.wait_for(poll, 20.0)
    await asyncio.wait_for(waiting.news(two.stream.hub, ben, cur, 30.0), 20.0)  # is behind already
    cur[INBOX] = ("e1", 1)
    poll = asyncio.create_task(waiting.news(two.stream.hub, ben, cur, 30.0))
    await until(lambda: INBOX in two.stream.hub.channels)
    mark = two.stream.hub.log.mark()
    one.tell(*ledger.remove(INBOX, "ben"))
    await asyncio.wait_for(poll, 20.0)
    assert two.stream.hub.log.since(BEN, mark)
    assert not two.stream.hub.log.since(ANA, mark)
    assert two.stream.hub.channels == {}


@on_two_nodes()
async def test_one_person_waits_so_many_times(
    one: Node, two: Node, ledger: Ledger, bus: LossyBus
) -> None:
    ben, cur = ledger.tokens["ben"], {INBOX: ("e1", 0)}
    hub = one.stream.hub
    polls = [asyncio.create_task(waiting.news(hub, ben, cur, 30.0)) for _ in range(waiting.USER)]
    await until(lambda: len(hub.people.get(BEN, ())) == waiting.USER)
    with pytest.raises(TooMany):
        await waiting.news(hub, ben, cur, 30.0)
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    assert one.stream.hub.people == {}
