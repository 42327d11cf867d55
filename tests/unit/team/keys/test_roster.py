"""Who is who: what chains to the root counts, also after those who signed it went."""

import msgspec
import pytest
from tests.people import Person, Team, founded, scopes_of, somebody

from missive_desktop.domain.team import Intent
from missive_desktop.team import entering, organizing
from missive_desktop.team.keys import approval, certificates, directory, signing
from missive_desktop.team.keys.certificates import Signer
from missive_desktop.team.keys.statements import MemberStatement
from missive_wire.ids import org_scope


def roles(team: Team, person: Person | None = None) -> dict[str, str]:
    return {user: member.role for user, member in team.roster(person).members.items()}


def place(team: Team, t: str, name: str) -> tuple[str, str, str]:
    return (org_scope(team.org), t, name)


def test_the_founder_is_the_owner() -> None:
    team, ana = founded()
    roster = team.roster()
    assert roster.root == team.root.public
    assert roles(team) == {ana.user: "owner"}
    assert [each.public for each in roster.devices_of(ana.user)] == [ana.me.device.public]
    assert roster.problems == ()


def test_another_root_says_nothing() -> None:
    team, _ = founded()
    other, _ = founded()
    roster = directory.fold(team.org, other.root.public.fingerprint, team.shown())
    assert (roster.root, roster.members, roster.devices) == (None, {}, {})
    assert {each.kind for each in roster.problems} == {"unsigned"}


def test_who_comes_by_invitation_gets_what_was_promised() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "drafter", [space])
    roster = team.roster()
    assert (roster.role(ben.user), roster.role(ben.user, space)) == ("drafter", "drafter")
    assert roster.invites == {}
    assert roster.problems == ()
    assert set(roster.users(f"s:{space}")) == {ana.user, ben.user}


def test_the_order_of_rows_does_not_matter() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "admin", [space])
    team.member(ben, "viewer", [space])
    team.send(organizing.change_role(team.roster(ana), ana.me, ben.user, "member"))
    rows = team.shown()
    seen = directory.fold(team.org, team.root.public.fingerprint, rows)
    for order in (rows[::-1], rows[3:] + rows[:3], sorted(rows, key=lambda each: each.id)):
        again = directory.fold(team.org, team.root.public.fingerprint, order)
        assert (again.members, again.devices, again.seats) == (
            seen.members, seen.devices, seen.seats,
        )  # fmt: skip


def test_what_an_admin_signed_before_the_demotion_counts_and_after_not() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "admin", [space])
    cat = team.member(ben, "member", [space])
    before = team.roster(ben)
    team.send(organizing.change_role(team.roster(ana), ana.me, ben.user, "member"))
    assert roles(team) == {ana.user: "owner", ben.user: "member", cat.user: "member"}
    assert (space, cat.user) in team.roster().seats
    # Ben goes on as if nothing had happened, and the server helps him.
    late = organizing.change_role(before, ben.me, cat.user, "admin")
    team.send(late)
    for reader in (None, ana):
        assert roles(team, reader).get(cat.user) != "admin"
        assert any(each.kind == "unsigned" for each in team.roster(reader).problems)


def test_an_unused_invitation_falls_with_its_maker() -> None:
    team, ana = founded()
    ben = team.member(ana, "admin")
    link = team.invite(ben)
    assert link.invite in team.roster().invites
    team.send(organizing.change_role(team.roster(ana), ana.me, ben.user, "member"))
    assert link.invite not in team.roster().invites


def test_the_founder_can_go_and_newcomers_still_find_the_way_to_the_root() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "owner", [space])
    cat = team.member(ana, "member", [space])
    plan = organizing.remove_member(team.roster(ben), ben.me, team.keys(ben), ana.user)
    team.send(plan)
    assert roles(team) == {ben.user: "owner", cat.user: "member"}
    assert set(team.roster().users(f"s:{space}")) == {ben.user, cat.user}
    dan = team.member(ben, "member", [space])
    assert set(roles(team, dan)) == {ben.user, cat.user, dan.user}
    author = team.roster(dan).author(ana.me.device.id)
    assert author is not None
    assert author.user == ana.user
    assert team.ring(dan, f"s:{space}").keys.keys() == {1, 2}


def test_two_who_remove_each_other_do_not_go_round_in_circles() -> None:
    team, ana = founded()
    ben = team.member(ana, "owner")
    cat = team.member(ana, "owner")
    now = team.roster(ben)
    team.send(organizing.remove_member(now, ben.me, {}, cat.user).intents[:1])
    team.send(organizing.remove_member(now, cat.me, {}, ben.user).intents[:1])
    assert ana.user in roles(team)
    assert roles(team, ana).keys() >= {ana.user}


def test_a_demoted_admin_gets_nothing_back_by_a_friend_they_made_up() -> None:
    team, ana = founded()
    ben = team.member(ana, "admin")
    before = team.roster(ben)
    team.send(organizing.change_role(team.roster(ana), ana.me, ben.user, "member"))
    assert roles(team, ana)[ben.user] == "member"
    demoted = team.shown()
    friend = somebody(team.org)
    statement = signing.member(team.org, friend.user, friend.me.identity.public, "admin")
    cert = signing.by_device(before, ben.me, statement)
    device = signing.by_identity(
        before, friend.me, signing.device(team.org, friend.user, friend.me.device.public)
    )
    plant(team, "member", friend.user, cert, role="admin", user=friend.user)
    plant(team, "device", friend.me.device.id, device, user=friend.user)
    assert friend.user not in roles(team)
    old = before.standing[f"member {ben.user}"].statement
    again = msgspec.structs.replace(old, v=7, n=99)
    signer = Signer("device", friend.me.device.id, friend.user)
    back = certificates.certified(again, signer, friend.me.device.sign, cert + "~" + device)
    plant(team, "member", ben.user, back, role="admin", user=ben.user)
    assert roles(team, ana)[ben.user] == "member"
    both = directory.fold(team.org, team.root.public.fingerprint, demoted + team.shown())
    assert both.role(ben.user) == "member"


def plant(team: Team, t: str, name: str, cert: str, **header: str) -> None:
    """Put a row where the server may put one."""
    intent = Intent("put", org_scope(team.org), t, name, "", {**header, "cert": cert})
    team.send([intent])


def test_an_admin_makes_no_owner_and_removes_none() -> None:
    team, ana = founded()
    ben = team.member(ana, "admin")
    cat = team.member(ana, "member")
    roster = team.roster(ben)
    assert roles(team, cat) == roles(team, ana)
    team.send(organizing.change_role(roster, ben.me, cat.user, "owner"))
    team.send(organizing.remove_member(roster, ben.me, {}, ana.user).intents[:1])
    assert roles(team, cat)[ana.user] == "owner"
    assert roles(team, ana)[cat.user] == "member"


@pytest.mark.parametrize("role", ["member", "drafter", "viewer", "guest"])
def test_others_sign_nothing_but_their_own_devices(role: str) -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, role, [space])  # type: ignore[arg-type]
    cat = team.member(ana, "member", [space])
    assert team.roster(ana).problems == ()
    roster = team.roster(ben)
    team.send(organizing.change_role(roster, ben.me, cat.user, "guest"))
    team.send(organizing.take_seat(roster, ben.me, None, space, cat.user))
    kinds = [each.kind for each in team.roster(ana).problems]
    assert kinds == ["unsigned", "unsigned"]
    assert roles(team, ana)[cat.user] == "member"


def test_who_leaves_signs_for_it() -> None:
    team, ana = founded()
    ben = team.member(ana, "member")
    seen = team.roster(ana)
    assert ben.user in seen.members
    team.send(organizing.leave(team.roster(ben), ben.me))
    assert (roles(team, ana), team.roster(ana).problems) == ({ana.user: "owner"}, ())


def test_a_device_that_was_revoked_is_gone_and_what_it_signed_stays() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "admin", [space])
    second = team.further(ana)
    approve(team, ana, second)
    assert len(team.roster().devices_of(ana.user)) == 2
    old = team.roster(ana)
    plan = organizing.revoke_device(
        team.roster(second), second.me, team.keys(second), ana.me.device.id
    )
    team.send(plan)
    roster = team.roster()
    assert [each.id for each in roster.devices_of(ana.user)] == [second.me.device.id]
    assert roles(team) == {ana.user: "owner", ben.user: "admin"}
    assert set(roster.users(f"s:{space}")) == {ana.user, ben.user}
    team.send(organizing.change_role(old, ana.me, ben.user, "guest"))
    assert roles(team, ben)[ben.user] == "admin"


def approve(team: Team, older: Person, newer: Person) -> None:
    code = approval.new_code(older.user, newer.me.device.public)
    plan = organizing.approve_device(
        team.roster(older), older.me, team.keys(older), newer.me.device.public, code, {}
    )
    team.send(plan)
    welcome = plan.intents[0].h["welcome"]
    identity, handover = approval.received(code, older.user, newer.me.device, welcome)
    assert identity == older.me.identity
    assert handover.root == team.root.public


def test_who_lost_everything_comes_back_by_the_recovery_key() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "admin", [space])
    again = somebody(team.org, ana.user)
    source = entering.root_device(team.root)
    roster = team.roster(again)
    keys = []
    for scope in scopes_of(roster, ana.user):
        found, _ = entering.hand_on(roster, again.me, scope, team.records(scope), source)
        assert found.current
        keys.append(found.current)
    team.send(entering.recover(team.root, roster, again.me, keys, {"name": "new laptop"}))
    roster = team.roster()
    assert roster.problems == ()
    assert [each.id for each in roster.devices_of(ana.user)] == [again.me.device.id]
    assert roles(team) == {ana.user: "owner", ben.user: "admin"}
    author = roster.author(ana.me.device.id)
    assert author is not None
    assert author.user == ana.user
    assert team.ring(again, f"s:{space}").keys.keys() == {1, 2}
    assert team.ring(ana, f"s:{space}").keys.keys() == {1}
    team.send(organizing.change_role(team.roster(again), again.me, ben.user, "member"))
    assert roles(team)[ben.user] == "member"


def test_what_does_not_fit_into_one_statement_is_signed_anew() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "admin", [space])
    many = 130
    roster = team.roster(ben)
    users = []
    for _ in range(many):
        person = somebody(team.org)
        users.append(person.user)
        statement = signing.member(team.org, person.user, person.me.identity.public, "guest")
        cert = signing.by_device(roster, ben.me, statement)
        plant(team, "member", person.user, cert, user=person.user, role="guest")
    assert len(roles(team)) == many + 2
    plan = organizing.remove_member(team.roster(ana), ana.me, {}, ben.user)
    assert all(len(each.h["cert"]) <= 8192 for each in plan.intents if "cert" in each.h)
    team.send(plan)
    assert set(roles(team)) == {ana.user, *users}


def test_certificates_are_read_or_refused_but_never_raise() -> None:
    team, ana = founded()
    cert = next(r.h["cert"] for r in team.rows.values() if r.t == "member")
    found = certificates.read(cert)
    assert found is not None
    assert isinstance(found.statement, MemberStatement)
    assert found.statement.user == ana.user
    for wrong in ("", "a", "a.b.c", cert + "x", cert[1:], "é", "~", "..", "a" * 9000):
        assert certificates.read(wrong) is None


def test_a_header_that_says_more_than_was_signed_is_reported() -> None:
    team, ana = founded()
    ben = team.member(ana, "viewer")
    name = place(team, "member", ben.user)
    team.rows[name] = msgspec.structs.replace(
        team.rows[name], h={**team.rows[name].h, "role": "owner"}
    )
    assert roles(team)[ben.user] == "viewer"
    assert [each.kind for each in team.roster().problems] == ["other"]


def test_a_user_of_another_organization_is_none() -> None:
    team, _ = founded()
    other, owner = founded()
    stranger = other.member(owner, "admin")
    row = other.rows[place(other, "member", stranger.user)]
    plant(team, "member", stranger.user, row.h["cert"], user=stranger.user, role="admin")
    assert stranger.user not in roles(team)
