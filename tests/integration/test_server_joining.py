"""Joining at the real server's gate: once, in time, as what was promised, all or nothing."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from tests.servers.gate import House, Person, Visit

from missive_server.auth import joining
from missive_server.errors import BadRequest, Conflict, NotFound, Problem
from missive_wire.entities import Type
from missive_wire.ids import new_id, org_scope, space_scope
from missive_wire.mutation import Mutation


def test_a_newcomer_is_in_with_what_was_promised(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        inbox, team = await house.space(ana), await house.space(ana)
        seats = ((inbox, "active"), (team, "observer"))
        invite, auth = await house.invited(ana, "drafter", seats)
        ben = Person("ben@example.com")
        request = ben.joining(ana.org, invite, auth, "drafter", seats)
        answer = await joining.join(house.gate, request)
        assert (answer.st, answer.device, answer.org) == ("in", "approved", ana.org)
        session = await house.gate.full_session(ben.took(answer).token)
        assert session.user == ben.user
        rows = await house.query("SELECT role FROM members WHERE user_ = $1", ben.user)
        assert rows == [("drafter",)]
        access = await house.query("SELECT scope, kind FROM access WHERE user_ = $1", ben.user)
        assert {(space_scope(inbox), "active"), (space_scope(team), "observer")} < set(access)
        trail = await house.trail(ana.org)
        for act in ("member.joined", "device.added", "invite.used", "account.login"):
            assert act in trail
        told = {each.change.scope for each in house.listeners.published}
        assert {org_scope(ana.org), space_scope(inbox), space_scope(team)} <= told

    visit(whole)


def test_an_invitation_counts_once(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        invite, auth = await house.invited(ana)
        ben, thief = Person("ben@example.com"), Person("thief@example.com")
        await joining.join(house.gate, ben.joining(ana.org, invite, auth))
        with pytest.raises(NotFound) as refused:
            await joining.join(house.gate, thief.joining(ana.org, invite, auth))
        assert refused.value.code == "gone"
        with pytest.raises(NotFound):
            await house.look(ana.org, invite, auth)
        assert await house.query("SELECT id FROM users WHERE email = 'thief@example.com'") == []

    visit(whole)


def test_of_two_who_come_with_one_link_at_once_one_gets_in(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        for turn in range(3):
            invite, auth = await house.invited(ana)
            both = [Person(f"{name}{turn}@example.com") for name in ("ben", "carla")]
            ended = await asyncio.gather(
                *(joining.join(house.gate, who.joining(ana.org, invite, auth)) for who in both),
                return_exceptions=True,
            )
            kinds = sorted(type(each).__name__ for each in ended)
            assert kinds == ["LoginAnswer", "NotFound"]
        assert len(await house.query("SELECT user_ FROM members")) == 4
        assert len(await house.query("SELECT id FROM users")) == 4

    visit(whole)


def test_expired_withdrawn_unknown_and_wrong_are_told_the_same(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        expired, auth = await house.invited(ana, days=1)
        house.wait(86_401)
        withdrawn, auth2 = await house.invited(ana)
        scope = org_scope(ana.org)
        take_back = Mutation(0, "del", scope, Type.INVITE, withdrawn, "invite.withdrawn")
        assert await house.change(ana, take_back) == ["ok"]
        good, auth3 = await house.invited(ana)
        said = set()
        for invite, secret in (
            (expired, auth), (withdrawn, auth2), (new_id(), auth3), (good, auth), (good, b""),
        ):  # fmt: skip
            for what in ("join", "look"):
                request = Person("ben@example.com").joining(ana.org, invite, secret)
                asked = (
                    house.look(ana.org, invite, secret)
                    if what == "look"
                    else joining.join(house.gate, request)
                )
                with pytest.raises(NotFound) as refused:
                    await asked
                said.add((str(refused.value), refused.value.code))
        assert len(said) == 1

    visit(whole)


def test_the_directory_is_shown_to_who_has_the_link(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        invite, auth = await house.invited(ana)
        other, _ = await house.invited(ana)
        scope = org_scope(ana.org)

        def granted(epoch: int, to: str) -> Mutation:
            header = {"epoch": epoch, "keys": {to: "eA=="}, "confirm": "", "sig": ""}
            act = "grant.rotated" if epoch == 1 else "grant.made"
            full = {**header, "epoch": 1, "by": ana.device}
            return Mutation(0, "put", scope, Type.GRANT, new_id(), act, full)

        assert await house.change(ana, granted(1, invite)) == ["ok"]
        assert await house.change(ana, granted(2, other)) == ["ok"]
        seen = (await house.look(ana.org, invite, auth)).rows
        assert {row.t for row in seen} == {"member", "device", "invite", "grant"}
        assert [row.h["keys"] for row in seen if row.t == "grant"] == [{invite: "eA=="}]
        assert not any(row.b for row in seen)
        await house.query(_MANY_GRANTS, scope)  # any member may have made them
        later, secret = await house.invited(ana)
        assert later in {row.id for row in (await house.look(ana.org, later, secret)).rows}

    visit(whole)


_MANY_GRANTS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO entities (scope, t, id, op, v, seq, h, k, b, bv, own, by_, at, conv)
SELECT $1, 'grant', 'grant ' || i, 'put', 1, -i, '{"keys":{}}', 0, s.b, 0, '', '', 0, ''
FROM n JOIN (SELECT b FROM entities LIMIT 1) s ON 1 = 1
"""


def test_nobody_comes_in_as_more_than_was_promised(visit: Visit[None]) -> None:
    """Whatever a hostile newcomer brings, nothing of it is taken in."""

    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        secret_space = await house.space(ana)
        invite, auth = await house.invited(ana, "viewer")
        ben = Person("ben@example.com")
        honest = ben.joining(ana.org, invite, auth, "viewer")
        member, device = honest.muts
        scope = org_scope(ana.org)
        before = await house.query("SELECT id, seq, sum, audit_n FROM scopes ORDER BY id")
        mine = {"user": ben.user}
        hostile = {
            "a higher role": (replace(member, h={**member.h, "role": "owner"}), device),
            "another's id": (
                replace(member, id=ana.user, h={**member.h, "user": ana.user}), device,
            ),
            "two people": (member, device, replace(member, mid=3, id=new_id())),
            "another's device": (member, replace(device, h={"user": ana.user})),
            "a second device": (member, replace(device, id=new_id())),
            "no device": (member,),
            "no member": (replace(device, mid=1),),
            "a seat": (
                member, device,
                *ben.brings("viewer", ((secret_space, "active"),))[2:],
            ),
            "the admin's device": (
                member, device,
                Mutation(3, "del", scope, "device", ana.device, "device.revoked", mine),
            ),
            "the owner away": (
                member, device, Mutation(3, "del", scope, "member", ana.user, "member.removed"),
            ),
            "as the server": (
                member, device, Mutation(3, "del", scope, "invite", invite, "invite.used"),
            ),
            "a gap": (member, replace(device, mid=3)),
            "an act that does not exist": (member, device, replace(device, mid=3, act="x.y")),
        }  # fmt: skip
        for what, muts in hostile.items():
            with pytest.raises(Problem) as refused:
                await joining.join(house.gate, replace(honest, muts=tuple(muts)))
            assert refused.value.status == 400, what
        after = await house.query("SELECT id, seq, sum, audit_n FROM scopes ORDER BY id")
        assert after == before
        assert len(await house.query("SELECT id FROM users")) == 1
        assert (await joining.join(house.gate, honest)).st == "in"

    visit(whole)


def test_ids_addresses_and_devices_of_others_are_refused(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        invite, auth = await house.invited(ana)
        for thief in (
            Person("ANA@example.com "),
            Person("ben@example.com", user=ana.user),
            Person("ben@example.com", device=ana.device),
        ):
            with pytest.raises((Conflict, BadRequest)):
                await joining.join(house.gate, thief.joining(ana.org, invite, auth))
        for nonsense in ("", "no address", "a@b c"):
            with pytest.raises(BadRequest):
                await joining.join(house.gate, Person(nonsense).joining(ana.org, invite, auth))
        short = Person("ben@example.com", b"short").joining(ana.org, invite, auth)
        with pytest.raises(BadRequest):
            await joining.join(house.gate, short)
        assert await house.gate.full_session(ana.token)
        assert len(await house.query("SELECT id FROM users")) == 1

    visit(whole)


def test_who_was_removed_is_out_at_once_and_may_be_invited_again(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        ben = await house.joined(ana, Person("ben@example.com"))
        assert await house.gate.full_session(ben.token)
        removed = Mutation(
            0, "del", org_scope(ana.org), Type.MEMBER, ben.user, "member.removed",
        )  # fmt: skip
        assert await house.change(ana, removed) == ["ok"]
        with pytest.raises(Problem):
            await house.gate.full_session(ben.token)
        with pytest.raises(Problem):
            await ben.login(house.gate)
        again = await house.joined(ana, Person("ben@example.com"))
        assert await house.gate.full_session(again.token)
        assert again.user != ben.user

    visit(whole)
