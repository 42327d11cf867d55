"""Feeds, trail, leases, checkpoints and what is forgotten or erased, on both databases."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import pytest
from tests.servers.organizations import NOON, Organization
from tests.servers.sync_node import Node, repeat, with_node

from missive_server.core.values import Caller
from missive_server.database.work import Query, Work
from missive_server.errors import Forbidden, NotFound, Reset
from missive_server.housekeeping import bury_spaces
from missive_server.service import burying, erasing, leases, purging, reading, trail
from missive_server.service.identity import signing_key
from missive_server.service.upkeep import KEPT, KEPT_UNCONFIRMED, Upkeep, forget_answers
from missive_wire import limits
from missive_wire.chain import Checkpoint, Head, checkpoint_bytes, verified
from missive_wire.entities import Row
from missive_wire.feed import BackfillRequest, PullRequest
from missive_wire.ids import new_id, org_scope
from missive_wire.routes import AuditPage, AuditRequest, LeaseAnswer, LeaseRequest


async def _many(node: Node, org: Organization, count: int) -> None:
    changes = [org.conversation() for _ in range(count)]
    for start in range(0, count, 100):
        await node.do(org, org.owner, *changes[start : start + 100])


def test_pulled_upwards_and_filled_downwards_is_the_same_whole(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        await _many(node, org, 700)
        scope, who = org.spaces[0], org.people[1]
        epoch = (await node.store.read(reading.readable, who.user))[scope].e
        cursor, rows = 0, []
        while True:
            answer = await node.pull(who, **{scope: (epoch, cursor)})
            if not answer.scopes:
                break
            page = answer.scopes[scope]
            assert page.prev == cursor
            assert len(page.rows) <= limits.PAGE_ROWS
            assert page.more == (page.to < page.head)
            rows += page.rows
            cursor = page.to
        assert sorted(rows, key=lambda row: -row.seq) == await node.all_rows(who, scope)
        assert org_scope(org.id) in answer.all

    with_node(server_address, tmp_path, body)


def test_a_page_is_bounded_in_bytes_and_a_cursor_of_another_past_is_reset(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        scope, who = org.spaces[0], org.people[1]
        await node.store.run(_large_rows, scope, 30)
        state = (await node.store.read(reading.readable, who.user))[scope]
        page = (await node.pull(who, **{scope: (state.e, 0)})).scopes[scope]
        assert page.more
        assert 0 < len(msgspec.json.encode(page)) < limits.PAGE_BYTES + (90 << 10)
        for cursor in (("other", 3), (state.e, state.head + 1)):
            page = (await node.pull(who, **{scope: cursor})).scopes[scope]
            assert (page.reset, page.rows, page.to) == (True, (), state.head)
        request = BackfillRequest(who.device, 1, scope, e="other")
        with pytest.raises(Reset):
            await node.store.read(reading.backfill, who.user, request)
        request = BackfillRequest(who.device, 1, f"s:{new_id()}")
        with pytest.raises(NotFound):
            await node.store.read(reading.backfill, who.user, request)

    with_node(server_address, tmp_path, body)


def _large_rows(scope: str, count: int) -> Work[None]:
    for n in range(count):
        yield Query(
            "INSERT INTO entities (scope, t, id, op, v, seq, h, k, b, bv, own, by_, at, conv)"
            " VALUES ($1, 'label', $2, 'put', 1, $3, '{}', 1, $4, 1, '', '', 0, '')",
            (scope, new_id(), 1000 + n, bytes(60_000)),
        )
    yield Query("UPDATE scopes SET seq = 2000 WHERE id = $1", (scope,))


def test_older_rows_by_conversation_and_by_type(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        one, two = org.conversation(), org.conversation()
        comments = [org.comment(each["id"]) for each in (one, two) for _ in range(6)]
        await node.do(org, org.owner, one, two, *comments)
        scope, who = org.spaces[0], org.people[2]

        async def rows(**given: object) -> list[Row]:
            found: list[Row] = []
            below, done = 0, False
            while not done:
                request = BackfillRequest(who.device, 1, scope, below=below, max=4, **given)
                page = await node.store.read(reading.backfill, who.user, request)
                found += page.rows
                below, done = page.lo, page.done
            return found

        ours = await rows(conv=one["id"])
        assert [row.t for row in ours] == ["comment"] * 6 + ["conv"]
        assert {row.t for row in await rows(types=("seat", "conv"))} == {"seat", "conv"}
        assert len(await rows(types=("seat", "conv"))) == 5
        assert len(await rows(conv=two["id"], types=("comment",))) == 6

    with_node(server_address, tmp_path, body)


def test_the_trail_is_a_chain_and_tells_each_what_is_theirs(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        scope, (_, ben, cho) = org.spaces[0], org.people
        conv = org.conversation()
        await node.do(org, ben, conv, org.assign(conv["id"], [cho.user]))
        await node.store.run(
            trail.note, scope, cho, "blob.read", NOON, "msg", conv["id"], {"part": 2}
        )
        request = AuditRequest(ben.device, scope)
        page: AuditPage = await node.store.read(trail.page, ben, request)
        assert verified(Head(), scope, page.records) == (Head(page.n, page.h), 0)
        assert [r.act for r in page.records[-3:]] == [
            "conversation.created", "conversation.assigned", "blob.read",
        ]  # fmt: skip
        assert page.records[-2].details == {"assignees": [cho.user]}
        assert page.records[-1].details is None
        for who in (cho, org.owner):
            page = await node.store.read(trail.page, who, request)
            assert page.records[-1].details == {"part": 2}
        about = AuditRequest(ben.device, scope, before=page.n + 1, id=conv["id"], max=2)
        few = await node.store.read(trail.page, ben, about)
        assert ([r.act for r in few.records], few.more) == (
            ["blob.read", "conversation.assigned"], True,
        )  # fmt: skip
        stranger = Caller(new_id(), new_id(), org.id)
        with pytest.raises(NotFound):
            await node.store.read(trail.page, stranger, request)

    with_node(server_address, tmp_path, body)


def test_that_a_scope_was_cleared_is_noted_of_what_was_taken_away_alone(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        (scope,), ben = org.spaces, org.people[1]
        taken = org.seat(ben.user) | {"op": "del", "act": "seat.taken"}
        await node.do(org, org.owner, taken)
        told: list[tuple[str, int]] = []
        for named in (org_scope(org.id), f"u:{scope[2:]}", f"o:{scope[2:]}", "x", scope, scope):
            await node.store.run(purging.purged, ben, named, node.clock())
            told.append((named, await node.store.read(_purges)))
        assert [count for _, count in told] == [0, 0, 0, 0, 1, 1], told

    with_node(server_address, tmp_path, body)


def _purges() -> Work[int]:
    rows = yield Query("SELECT scope FROM audit WHERE act = 'scope.purged'")
    return len(rows)


def test_one_device_serves_an_inbox_and_an_old_fence_is_refused(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        scope, (_, ben, cho) = org.spaces[0], org.people

        async def ask(who: Caller, **given: object) -> LeaseAnswer:
            request = LeaseRequest(who.device, scope, **given)
            return await node.store.run(leases.hold, who, request, node.clock())

        with pytest.raises(Forbidden):  # a member, whom nobody handed the mailbox
            await ask(ben)
        boxes = [org.handed(who.device) for who in (ben, cho)]
        assert {each.st for each in await node.do(org, org.owner, *boxes)} == {"ok"}
        first = await ask(ben)
        assert (first.held, first.fence) == (True, 1)
        assert await ask(cho) == LeaseAnswer(False, 0, first.until, ben.device)
        node.clock.now += 10_000
        assert await ask(ben, fence=1) == LeaseAnswer(True, 1, first.until + 10_000, ben.device)
        conv = org.conversation(fence=1)
        assert (await node.do(org, ben, conv))[0].st == "ok"
        node.clock.now += 30_000  # the worker slept
        assert (await node.do(org, ben, org.conversation(fence=1)))[0].st == "stale"
        assert (await ask(cho)).fence == 2
        assert (await node.do(org, ben, org.conversation(fence=1)))[0].st == "stale"
        assert (await ask(cho, fence=2, release=True)).held is False
        assert (await ask(ben)).fence == 3
        node.clock.now -= 3_600_000  # a clock that goes back does not lock anybody out
        assert (await ask(cho)).until == node.clock.now + 30_000
        node.clock.now += 30_001
        assert (await ask(cho)).fence == 4
        withdrawn = {"op": "del", "act": "mailbox.withdrawn", "id": boxes[1]["id"], "h": {}}
        await node.do(org, org.owner, org.handed(cho.device, **withdrawn))
        with pytest.raises(Forbidden):
            await ask(cho, fence=4)

    with_node(server_address, tmp_path, body)


def test_checkpoints_are_signed_and_only_made_of_news(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        key = await node.store.run(signing_key)
        upkeep = Upkeep(node.store, node.writer.publish, key, node.clock)
        await upkeep.begin()
        (row,) = [
            row for p in node.published for row in p.change.rows if row.t == "ckpt"
        ]  # fmt: skip
        heads = {scope: (n, h) for scope, (n, h) in row.h["heads"].items()}
        checkpoint = Checkpoint(org.id, row.h["at"], heads)
        key.verify_key.verify(checkpoint_bytes(checkpoint), base64.b64decode(row.h["sig"]))
        request = AuditRequest(org.owner.device, org.spaces[0])
        page = await node.store.read(trail.page, org.owner, request)
        assert heads[org.spaces[0]] == (page.n, page.h.hex())
        told = len(node.published)
        await upkeep.check()
        assert len(node.published) == told
        await node.do(org, org.owner, org.conversation())
        told = len(node.published)
        await upkeep.begin()  # that it is signed at once is only for the first time
        assert len(node.published) == told
        await upkeep.check()
        assert node.published[-1].change.rows[0].v == 2

    with_node(server_address, tmp_path, body)


def test_old_answers_are_forgotten_and_the_numbers_are_not(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        who = org.people[1]
        calls = [org.call(who, org.conversation()) for _ in range(5)]
        for call in calls:
            await node.writer.mutate(call)
        await node.writer.mutate(org.call(who, ack=calls[2].muts[0].mid))
        await node.store.run(forget_answers, who.device, NOON + KEPT - 1)
        assert await node.store.read(_answers, who.device) == [1, 2, 3, 4, 5, 6, 7]
        await node.store.run(forget_answers, who.device, NOON + KEPT + 1)
        assert await node.store.read(_answers, who.device) == [6, 7]
        again = await node.writer.mutate(repeat(calls[0]))
        assert again.results[0].st == "ok"
        assert len([r for r in await node.all_rows(who, org.spaces[0]) if r.t == "conv"]) == 5
        await node.store.run(forget_answers, who.device, NOON + KEPT_UNCONFIRMED + 1)
        assert await node.store.read(_answers, who.device) == []

    with_node(server_address, tmp_path, body)


def _answers(device: str) -> Work[list[int]]:
    rows = yield Query("SELECT mid FROM results WHERE device = $1 ORDER BY mid", (device,))
    return [row[0] for row in rows]


def test_what_is_erased_is_gone_and_the_trail_still_holds(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        scope = org.spaces[0]
        kept, conv = org.conversation(), org.conversation()
        await node.do(org, org.owner, kept, conv, org.comment(conv["id"]))
        erased = await node.store.run(
            erasing.conversation, scope, conv["id"], org.owner, node.clock()
        )
        assert {row.op for row in erased.published[0].change.rows} == {"era"}
        rows = {row.id: row for row in await node.all_rows(org.people[1], scope)}
        assert (rows[conv["id"]].op, rows[conv["id"]].h, rows[conv["id"]].b) == ("era", {}, b"")
        assert rows[kept["id"]].op == "put"
        request = AuditRequest(org.owner.device, scope)
        page = await node.store.read(trail.page, org.owner, request)
        assert verified(Head(), scope, page.records) == (Head(page.n, page.h), 0)
        about = [r for r in page.records if r.id == conv["id"]]
        assert [(r.act, r.details, r.salt) for r in about] == [
            ("conversation.created", None, b""), ("entity.erased", None, b""),
        ]  # fmt: skip
        other = Caller(new_id(), new_id(), new_id())
        nothing = await node.store.run(
            erasing.entities, [(scope, "conv", kept["id"])], other, node.clock()
        )
        assert not nothing.rows

    with_node(server_address, tmp_path, body)


def test_a_person_who_left_can_be_erased(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        leaver = org.people[2]
        await node.do(org, org.owner, org.removal(leaver.user))
        await node.store.run(erasing.person, org.id, leaver.user, org.owner, node.clock())
        rows = await node.all_rows(org.owner, org_scope(org.id))
        mine = [row for row in rows if row.id in (leaver.user, leaver.device)]
        # What is signed of them stays, for others' standing hangs on it; it says nothing but ids.
        assert {(row.op, row.b) for row in mine} == {("del", b"")}
        assert await node.store.read(_address, leaver.user) == leaver.user
        request = PullRequest(leaver.device, 1)
        assert (await node.store.read(reading.pull, leaver.user, request, 0)).all == ()

    with_node(server_address, tmp_path, body)


def _address(user: str) -> Work[str]:
    rows = yield Query("SELECT email FROM users WHERE id = $1", (user,))
    return str(rows[0][0])


def test_what_a_deleted_space_held_is_removed(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        scope = org.spaces[0]
        await node.do(org, org.owner, *(org.conversation() for _ in range(3)))
        where = {"scope": org_scope(org.id), "t": "space", "id": scope[2:]}
        gone = {"op": "del", "act": "space.deleted"} | where
        assert not await node.store.read(burying.due)
        await node.do(org, org.owner, gone)
        assert await node.store.read(burying.due) == [scope]
        await bury_spaces(node.store)
        assert not await node.store.read(burying.due)
        assert await node.store.read(_rows_of, scope) == 0
        assert await node.store.read(_rows_of, org_scope(org.id)) > 0

    with_node(server_address, tmp_path, body)


def _rows_of(scope: str) -> Work[int]:
    rows = yield Query("SELECT count(*) FROM entities WHERE scope = $1", (scope,))
    return int(rows[0][0])
