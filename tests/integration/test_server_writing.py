"""Changes on both databases: exactly once, in one order, isolated, recorded, and refused."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest
from tests.servers.organizations import Organization, found
from tests.servers.sync_node import Clock, Node, repeat, running, statuses, with_node

from missive_server.core.values import Call
from missive_server.database.work import Query, Work
from missive_server.errors import Busy
from missive_server.service import writing
from missive_wire.ids import org_scope, user_scope


def test_a_change_is_answered_published_and_read(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        conv = org.conversation()
        (made,) = await node.do(org, org.people[1], conv)
        assert (made.st, made.v) == ("ok", 1)
        (frame,) = node.published
        assert [row.id for row in frame.change.rows] == [conv["id"]]
        assert frame.change.to == made.seqs[org.spaces[0]] == frame.change.prev + 1
        (row, *_) = await node.all_rows(org.people[2], org.spaces[0])
        assert (row.id, row.own, row.h["st"]) == (conv["id"], org.people[1].user, "open")

    with_node(server_address, tmp_path, body)


def test_fifty_clients_at_once_have_one_order_and_one_effect_each(
    server_address: str, tmp_path: Path
) -> None:
    async def client(node: Node, org: Organization, number: int) -> list[int]:
        who, space = org.people[number], number % len(org.spaces)
        conv = org.conversation(space)
        seqs = []
        for change in [conv, *(org.comment(conv["id"], space) for _ in range(9))]:
            call = org.call(who, change)
            first = await node.writer.mutate(call)
            if number % 5 == 0:
                again = await node.writer.mutate(repeat(call))
                assert again.results == first.results
            assert statuses(first) == ["ok"]
            seqs.append(first.results[0].seqs[org.spaces[space]])
        return seqs

    async def body(node: Node, org: Organization) -> None:
        seqs = await asyncio.gather(*(client(node, org, n) for n in range(50)))
        assert all(each == sorted(each) for each in seqs)
        for space, scope in enumerate(org.spaces):
            rows = await node.all_rows(org.owner, scope)
            made = sorted(seq for n in range(50) if n % len(org.spaces) == space for seq in seqs[n])
            assert sorted(row.seq for row in rows if row.t in ("conv", "comment")) == made
        frames: dict[str, int] = {}
        for each in node.published:  # no gap, in order
            assert each.change.prev == frames.get(each.change.scope, each.change.prev)
            frames[each.change.scope] = each.change.to

    with_node(server_address, tmp_path, body, people=50, spaces=3)


def test_two_who_assign_at_once_cannot_both_win(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        conv = org.conversation()
        await node.do(org, org.owner, conv)
        calls = [
            org.call(who, org.assign(conv["id"], [who.user], pre={"assignees": []}))
            for who in org.people
        ]
        answers = await asyncio.gather(*map(node.writer.mutate, calls))
        assert sorted(statuses(each)[0] for each in answers) == ["conflict", "conflict", "ok"]
        winner = next(c.caller for c, a in zip(calls, answers, strict=True) if "ok" in statuses(a))
        for answer in answers:
            if statuses(answer) == ["conflict"]:
                assert answer.results[0].cur is not None
                assert answer.results[0].cur.h["assignees"] == [winner.user]

    with_node(server_address, tmp_path, body)


def test_a_gap_is_refused_and_a_number_used_twice_is_told(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        who = org.people[1]
        first = org.call(who, org.conversation())
        skipped, later = org.call(who, org.conversation()), org.call(who, org.conversation())
        await node.writer.mutate(first)
        gap = await node.writer.mutate(later)
        assert (gap.refusal, gap.last_mid) == ("gap", first.muts[0].mid)
        assert statuses(await node.writer.mutate(skipped)) == ["ok"]
        other = Call(who, (org.call(who, org.conversation(mid=first.muts[0].mid))).muts)
        assert statuses(await node.writer.mutate(other)) == ["invalid"]

    with_node(server_address, tmp_path, body)


def test_a_removed_member_writes_and_reads_nothing_from_the_commit_on(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        leaver = org.people[2]
        race = [
            node.writer.mutate(org.call(org.owner, org.removal(leaver.user))),
            node.writer.mutate(org.call(leaver, org.conversation())),
        ]
        removal, late = await asyncio.gather(*race)
        assert statuses(removal) == ["ok"]
        assert late.refusal == "unauthorized"
        assert set(removal.results[0].seqs) >= {org_scope(org.id), *org.spaces}
        lost = {p.change.scope for p in node.published if leaver.user in p.lost}
        assert lost >= {org.spaces[0], org_scope(org.id)}
        answer = await node.pull(leaver, **{org.spaces[0]: ("", 0)})
        assert (answer.scopes, answer.revoked) == ({}, (org.spaces[0],))
        assert org.spaces[0] not in answer.all
        assert (await node.writer.mutate(org.call(leaver))).refusal == "unauthorized"

    with_node(server_address, tmp_path, body)


def test_a_bug_that_one_call_meets_leaves_its_neighbours_alone(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        def spoil() -> Work[None]:  # a row that nobody can read
            yield Query(
                "INSERT INTO entities (scope, t, id, op, v, seq, h, k, b, bv, own, by_, at, conv)"
                " VALUES ($1, 'conv', $2, 'put', 1, 999, 'no JSON', 0, $3, 0, '', '', 0, '')",
                (org.spaces[0], spoiled["id"], b""),
            )

        spoiled, good = org.conversation(), org.conversation()
        await node.store.run(spoil)
        calls = [org.call(org.people[1], spoiled), org.call(org.people[2], good)]
        bad, fine = await asyncio.gather(*map(node.writer.mutate, calls), return_exceptions=True)
        assert isinstance(bad, Exception)
        assert not isinstance(fine, BaseException)
        assert statuses(fine) == ["ok"]

    with_node(server_address, tmp_path, body)


def test_too_many_who_wait_are_told_so_before_anything_is_done(
    sqlite_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "WAITING", 5)

    async def body(node: Node, org: Organization) -> None:
        calls = [org.call(who, org.conversation()) for who in org.people]
        answers = await asyncio.gather(*map(node.writer.mutate, calls), return_exceptions=True)
        busy = sum(isinstance(each, Busy) for each in answers)
        assert 0 < busy < len(answers)
        rows = await node.all_rows(org.owner, org.spaces[0])
        assert sum(row.t == "conv" for row in rows) == len(answers) - busy

    with_node(sqlite_address, tmp_path, body, people=20)


def test_a_clock_that_jumps_back_never_makes_time_go_back_in_a_scope(
    server_address: str, tmp_path: Path
) -> None:
    async def body(node: Node, org: Organization) -> None:
        for jump in (0, 3_600_000, -7_200_000, 1):
            node.clock.now += jump
            await node.do(org, org.owner, org.conversation())
        rows = await node.all_rows(org.owner, org.spaces[0])
        times = [row.at for row in reversed(rows)]
        assert times == sorted(times)

    with_node(server_address, tmp_path, body)


def test_two_nodes_on_one_database_keep_one_order(postgres_address: str, tmp_path: Path) -> None:
    async def body() -> None:
        clock = Clock()
        async with running(postgres_address, tmp_path, clock) as one:
            org = await found(one.store, people=12, spaces=2)
            async with running(postgres_address, tmp_path, clock) as two:
                await asyncio.gather(*(_busy(n, [one, two][n % 2], org) for n in range(12)))
                for scope in org.spaces:
                    rows = await one.all_rows(org.owner, scope)
                    assert rows == await two.all_rows(org.people[3], scope)
                    frames = [p.change for node in (one, two) for p in node.published]
                    frames = sorted((f for f in frames if f.scope == scope), key=lambda f: f.prev)
                    assert all(a.to == b.prev for a, b in itertools.pairwise(frames))
                    assert len([row for row in rows if row.t == "conv"]) == 12 * 8

    async def _busy(number: int, node: Node, org: Organization) -> None:
        who, space = org.people[number], number % 2
        for _ in range(8):
            await node.do(org, who, org.conversation(space), org.conversation(1 - space))

    asyncio.run(body())


def test_who_is_seated_while_being_removed_has_nothing_left(
    postgres_address: str, tmp_path: Path
) -> None:
    """Two nodes: one gives a seat in a new space, the other removes the member meanwhile."""

    async def body() -> None:
        async with running(postgres_address, tmp_path) as one:
            org = await found(one.store, people=4, spaces=3)
            async with running(postgres_address, tmp_path) as two:
                for leaver in org.people[2:]:
                    seats = [org.seat(leaver.user, n) for n in range(3)]
                    takings = [s | {"op": "del", "act": "seat.taken"} for s in seats]
                    await one.do(org, org.people[0], *takings, _promote(org))
                    giving = org.call(org.people[0], *seats)
                    removing = org.call(org.people[1], org.removal(leaver.user))
                    await asyncio.gather(one.writer.mutate(giving), two.writer.mutate(removing))
                    left = await one.store.read(_access_of, leaver.user)
                    assert [scope for scope in left if scope != user_scope(leaver.user)] == []

    asyncio.run(body())


def _promote(org: Organization) -> dict[str, object]:
    return {"op": "patch", "scope": org_scope(org.id), "t": "member", "id": org.people[1].user,
            "act": "member.changed", "h": {"role": "admin"}}  # fmt: skip


def _access_of(user: str) -> Work[list[str]]:
    rows = yield Query("SELECT scope FROM access WHERE user_ = $1", (user,))
    return [row[0] for row in rows]
