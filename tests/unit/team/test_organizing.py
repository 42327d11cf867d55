"""What admins do: the changes that are sent, in their order, and who holds which keys after."""

from typing import Any

import pytest
from tests.people import Person, Team, founded, somebody

from missive_desktop.domain.team import Intent
from missive_desktop.errors import UsageError
from missive_desktop.team import entering, granting, organizing
from missive_desktop.team.keys import approval, scope_keys, signing
from missive_desktop.team.keys.device import DevicePublic
from missive_desktop.team.keys.root import Root
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.trouble import Tampered
from missive_wire import limits
from missive_wire.ids import new_id, org_scope, space_scope, user_scope


def acts(plan: organizing.Plan) -> list[str]:
    return [each.act for each in plan.intents]


def epochs(team: Team, person: Person, scope: str) -> set[int]:
    return set(team.ring(person, scope).keys)


def test_founding_brings_owner_device_and_keys_sealed() -> None:
    root = Root(new_id(), b"r" * 32)
    ana = somebody(root.org)
    plan = entering.found(root, ana.me, ("ana@team.example", "Ana"), {"name": "laptop"})
    assert acts(plan) == [
        "member.joined", "device.added", "grant.rotated", "grant.rotated",
        "member.renamed", "device.renamed",
    ]  # fmt: skip
    muts = entering.mutations(plan, root.org, (), ana.me.device)
    assert [each.mid for each in muts] == [1, 2, 3, 4, 5, 6]
    assert [(each.k, each.bv) for each in muts] == [(0, 0)] * 4 + [(1, 1)] * 2
    assert not any(b"ana@team" in each.b for each in muts)
    assert set(muts[2].h["keys"]) == {ana.me.device.id, root.org}


def test_a_space_begins_with_its_maker_inside() -> None:
    team, ana = founded()
    space = new_id()
    plan = organizing.make_space(
        team.roster(ana), ana.me, team.keys(ana), space, "inbox", {"name": "Support"}
    )
    assert acts(plan) == ["space.created", "seat.given", "grant.rotated"]
    team.send(plan)
    assert epochs(team, ana, space_scope(space)) == {1}
    with pytest.raises(UsageError, match="organization's key"):
        organizing.make_space(team.roster(ana), ana.me, {}, new_id(), "inbox", {})


def test_who_is_let_in_reads_what_was_before_and_who_is_taken_out_nothing_after() -> None:
    team, ana = founded()
    space = team.space(ana)
    scope = space_scope(space)
    ben, cat = team.member(ana), team.member(ana)
    for person in (ben, cat):
        key = team.keys(ana)[scope]
        team.send(organizing.give_seat(team.roster(ana), ana.me, key, person.user))
        assert epochs(team, person, scope) == {1}
    plan = organizing.take_seat(team.roster(ana), ana.me, team.keys(ana)[scope], space, ben.user)
    assert acts(plan) == ["seat.taken", "grant.rotated"]
    team.send(plan)
    assert epochs(team, ben, scope) == {1}
    assert epochs(team, cat, scope) == {1, 2}
    key = team.keys(ana)[scope]
    team.send(organizing.give_seat(team.roster(ana), ana.me, key, ben.user, "observer", "viewer"))
    assert epochs(team, ben, scope) == {1, 2}
    assert team.roster(cat).seats[space, ben.user].kind == "observer"
    team.send(organizing.change_seat(team.roster(ana), ana.me, space, ben.user, "active", ""))
    assert team.roster(cat).role(ben.user, space) == "member"
    left = organizing.take_seat(team.roster(cat), cat.me, None, space, cat.user)
    assert acts(left) == ["seat.left"]
    team.send(left)
    assert (space, cat.user) not in team.roster(ana).seats
    assert team.roster(ana).problems == ()


def test_removal_is_one_request_and_changes_all_keys() -> None:
    team, ana = founded()
    spaces = [team.space(ana) for _ in range(3)]
    ben = team.member(ana, "member", spaces[:2])
    cat = team.member(ana, "member", spaces)
    assert epochs(team, ben, space_scope(spaces[0])) == {1}
    plan = organizing.remove_member(team.roster(ana), ana.me, team.keys(ana), ben.user)
    assert acts(plan) == ["member.removed", *["grant.rotated"] * 3]
    assert {each.scope for each in plan.keys} == {
        org_scope(team.org), *(space_scope(space) for space in spaces[:2]),
    }  # fmt: skip
    assert all(ben.me.device.id not in each.h.get("keys", {}) for each in plan.intents)
    team.send(plan)
    assert epochs(team, cat, space_scope(spaces[0])) == {1, 2}
    assert epochs(team, cat, space_scope(spaces[2])) == {1}
    assert epochs(team, ben, space_scope(spaces[0])) == {1}


def test_of_two_who_change_the_keys_at_once_all_take_the_first() -> None:
    team, ana = founded()
    space = team.space(ana)
    scope = space_scope(space)
    ben = team.member(ana, "member", [space])
    before = team.keys(ana)[scope]
    first, one = granting.begin(team.roster(ana), ana.me, scope, before)
    second, other = granting.begin(team.roster(ben), ben.me, scope, before)
    assert one[0].id == other[0].id
    team.send(one)  # the server answers the other with `conflict`
    late = granting.more(team.roster(ben), ben.me, second, [ana.me.device.public])
    team.send(late)  # what follows a lost race is left lying
    for person in (ana, ben):
        found = team.ring(person, scope)
        assert found.current == first
        assert found.problems == ()


def test_devices_that_miss_a_key_get_it() -> None:
    team, ana = founded()
    space = team.space(ana)
    scope = space_scope(space)
    link = team.invite(ana, "member", [space])
    before = team.keys(ana)[scope]
    hidden = team.roster(ana).without_invite(link.invite)
    key, grants = granting.begin(hidden, ana.me, scope, before)
    team.send(grants)  # somebody changed the keys who did not know of the invitation
    ben = team.join(link)
    assert epochs(team, ben, scope) == set()
    plan = granting.missing(team.roster(ana), ana.me, key, team.records(scope))
    team.send(plan)
    assert epochs(team, ben, scope) == {1, 2}
    assert granting.missing(team.roster(ana), ana.me, key, team.records(scope)) == []


def test_history_can_stay_closed() -> None:
    team, ana = founded()
    scope = space_scope(team.space(ana))
    before = team.keys(ana)[scope]
    _, grants = granting.begin(team.roster(ana), ana.me, scope, before, history=False)
    team.send(grants)
    fresh = Person(ana.me, dict(ana.certs))
    assert epochs(team, ana, scope) == {1, 2}
    team.rows.pop((scope, "grant", scope_keys.grant_id(scope, 1)))
    assert epochs(team, fresh, scope) == {2}


def test_a_further_device_reads_all_and_one_that_is_revoked_nothing_new() -> None:
    team, ana = founded()
    space = team.space(ana)
    second = team.further(ana)
    public = second.me.device.public
    code = approval.new_code(ana.user, public)
    roster, keys = team.roster(ana), team.keys(ana)
    stranger = somebody(team.org).me.device.public
    with pytest.raises(Tampered):
        organizing.approve_device(roster, ana.me, keys, stranger, code, {})
    team.send(organizing.approve_device(roster, ana.me, keys, public, code, {"name": "phone"}))
    for scope in (org_scope(team.org), user_scope(ana.user), space_scope(space)):
        assert epochs(team, second, scope) == {1}
    plan = organizing.revoke_device(team.roster(ana), ana.me, team.keys(ana), public.id)
    assert acts(plan) == ["device.revoked", *["grant.rotated"] * 3]
    team.send(plan)
    for scope in (org_scope(team.org), user_scope(ana.user), space_scope(space)):
        assert epochs(team, second, scope) == {1}
        assert epochs(team, ana, scope) == {1, 2}


def test_an_admin_revokes_a_members_device_and_the_member_changes_their_own_key() -> None:
    team, ana = founded()
    space = team.space(ana)
    ben = team.member(ana, "member", [space])
    team.keys(ben)
    plan = organizing.revoke_device(team.roster(ana), ana.me, team.keys(ana), ben.me.device.id)
    team.send(plan)
    assert team.roster(ana).devices_of(ben.user) == []
    assert {each.scope for each in plan.keys} == {org_scope(team.org), space_scope(space)}


def test_a_withdrawn_link_opens_nothing_that_comes_after() -> None:
    team, ana = founded()
    space = team.space(ana)
    link = team.invite(ana, "member", [space])
    holder = Person(organizing.Me(team.org, ana.me.identity, link.device()))
    assert epochs(team, holder, space_scope(space)) == {1}
    team.send(organizing.withdraw(team.roster(ana), ana.me, team.keys(ana), link.invite))
    assert team.roster(ana).invites == {}
    assert 2 not in epochs(team, holder, space_scope(space))


def test_the_limits_of_a_record_are_kept() -> None:
    team, ana = founded()
    scope = space_scope(team.space(ana))
    many = [team.further(ana).me.device.public for _ in range(limits.GRANT_DEVICES + 3)]
    key = team.keys(ana)[scope]
    intents = granting.more(team.roster(ana), ana.me, key, many)
    assert [len(each.h["keys"]) for each in intents] == [limits.GRANT_DEVICES, 3]
    assert len({each.id for each in intents}) == 2
    assert granting.more(team.roster(ana), ana.me, key, []) == []
    team.send(intents)


def test_what_makes_no_sense_is_said() -> None:
    team, ana = founded()
    roster, keys = team.roster(ana), team.keys(ana)
    with pytest.raises(UsageError, match="read yourself"):
        organizing.invite(roster, ana.me, {}, "https://t.example", "guest", [], ("", ""), 0)
    places = [(team.space(ana), "active")] * 41
    roster, keys = team.roster(ana), team.keys(ana)
    with pytest.raises(UsageError, match="at most"):
        organizing.invite(roster, ana.me, keys, "https://t.example", "guest", places, ("", ""), 0)
    with pytest.raises(UsageError, match="another owner or admin"):
        organizing.change_role(roster, ana.me, ana.user, "member")
    with pytest.raises(UsageError, match="something else"):
        organizing.remove_member(roster, ana.me, keys, ana.user)
    with pytest.raises(UsageError, match="what you signed"):
        organizing.leave(roster, ana.me)
    key = scope_keys.new_key(space_scope(new_id()))
    with pytest.raises(UsageError, match="Only members"):
        organizing.give_seat(roster, ana.me, key, new_id())


def test_who_was_shut_out_of_a_new_key_begins_the_next_one() -> None:
    team, ana = founded()
    ben, cat = team.member(ana), team.member(ana)
    space = team.space(ana)
    scope = space_scope(space)
    for person in (ben, cat):
        key = team.keys(ana)[scope]
        team.send(organizing.give_seat(team.roster(ana), ana.me, key, person.user))
    mine = team.keys(ana)[scope]
    selfish, _ = granting.begin(team.roster(ben), ben.me, scope, team.keys(ben)[scope])
    header = scope_keys.granted(selfish, [ben.me.device.public], ben.me.device, 99)
    record = [Intent("put", scope, "grant", scope_keys.grant_id(scope, 2), "grant.rotated", header)]
    team.send(record)
    assert epochs(team, ana, scope) == {1}
    roster, records = team.roster(ana), team.records(scope)
    assert granting.shut_out(roster, ana.me, scope, 2, records)
    assert not granting.shut_out(roster, ben.me, scope, 1, records)
    team.send(granting.begin(roster, ana.me, scope, None, epoch=3)[1])
    assert epochs(team, ana, scope) == {1, 3}
    assert epochs(team, cat, scope) == {1, 3}
    assert mine.epoch == 1


def test_a_key_that_is_none_shuts_out_as_well() -> None:
    team, ana = founded()
    ben = team.member(ana)
    scope = space_scope(team.space(ana))
    team.send(organizing.give_seat(team.roster(ana), ana.me, team.keys(ana)[scope], ben.user))
    key, _ = granting.begin(team.roster(ben), ben.me, scope, team.keys(ben)[scope])
    wrong = DevicePublic(ana.me.device.id, ana.me.device.sign.public, ben.me.device.box.public)
    header = scope_keys.granted(key, [wrong, ben.me.device.public], ben.me.device, 99)
    name = scope_keys.grant_id(scope, 2)
    team.send([Intent("put", scope, "grant", name, "grant.rotated", header)])
    assert epochs(team, ana, scope) == {1}
    assert granting.shut_out(team.roster(ana), ana.me, scope, 2, team.records(scope))


def left_out(*gets: str, garbage: str = "") -> tuple[Any, ...]:
    """Ana, Ben and Cat share a space; Ben begins its second key, and gives it to these alone."""
    team, ana = founded()
    space = team.space(ana)
    ben, cat = team.member(ana, "member", [space]), team.member(ana, "member", [space])
    scope = space_scope(space)
    devices = {"ana": ana.me.device.public, "ben": ben.me.device.public}
    root = team.root.public
    given = [DevicePublic(team.org, root.sign, root.box), *(devices[name] for name in gets)]
    if garbage:
        box = ben.me.device.box.public
        given.append(DevicePublic(cat.me.device.id, cat.me.device.sign.public, box))
    before = team.keys(ben)[scope]
    key = scope_keys.new_key(scope, before.epoch + 1)
    header = scope_keys.granted(key, given, ben.me.device, 1 << 40, before)
    name = scope_keys.grant_id(scope, key.epoch)
    team.send([Intent("put", scope, "grant", name, "grant.rotated", header)])
    return team, ana, ben, cat, scope, key


def gives(team: Team, who: Person, key: ScopeKey) -> list[Intent]:
    records = team.records(key.scope)
    roster = team.roster(who, told=granting.told(records))
    return granting.missing(roster, who.me, key, records)


def test_whom_a_member_leaves_out_of_a_new_key_the_others_give_it() -> None:
    team, ana, _ben, cat, scope, key = left_out("ana", "ben")
    assert key.epoch not in epochs(team, cat, scope)
    assert key.epoch in epochs(team, ana, scope)
    given = gives(team, ana, key)
    assert [each.act for each in given] == ["grant.made"]
    team.send(given)
    assert key.epoch in epochs(team, cat, scope)
    assert gives(team, ana, key) == []


def test_who_is_given_no_key_asks_for_it_and_is_answered() -> None:
    team, ana, _ben, cat, scope, key = left_out("ana", "ben", garbage="cat")
    assert key.epoch not in epochs(team, cat, scope)
    assert gives(team, ana, key) == []  # by what it sees, all have it
    asked = granting.ask(team.roster(cat), cat.me, scope, key.epoch, team.records(scope))
    assert [each.act for each in asked] == ["grant.asked"]
    team.send(asked)
    assert granting.ask(team.roster(cat), cat.me, scope, key.epoch, team.records(scope)) == []
    assert gives(team, cat, key) == []
    team.send(gives(team, ana, key))
    assert key.epoch in epochs(team, cat, scope)
    assert gives(team, ana, key) == []


def test_who_asks_for_ever_is_answered_by_few() -> None:
    team, ana, _ben, cat, scope, key = left_out("ana", "ben", garbage="cat")
    more = [team.member(ana, "member", [scope[2:]]) for _ in range(5)]
    for person in more:
        assert key.epoch in epochs(team, person, scope)
    team.send(granting.ask(team.roster(cat), cat.me, scope, key.epoch, team.records(scope)))
    answers = 0
    for person in (ana, *more):
        found = [e for e in gives(team, person, key) if cat.me.device.id in e.h["keys"]]
        team.send(found)
        answers += len(found)
    assert answers == 3


def test_nobody_who_may_not_read_is_answered() -> None:
    team, ana, _ben, cat, scope, key = left_out("ana", "ben")
    dan = team.member(ana)
    header = scope_keys.asking(scope, key.epoch, dan.me.device, 1)
    name = scope_keys.ask_id(scope, key.epoch, dan.me.device.id)
    team.send([Intent("put", scope, "grant", name, "grant.asked", header)])
    assert granting.ask(team.roster(dan), dan.me, scope, key.epoch, []) == []
    (given,) = gives(team, ana, key)
    assert given.h["keys"].keys() == {cat.me.device.id}


def test_a_removal_that_a_member_makes_up_takes_nobody_out() -> None:
    team, ana, ben, cat, scope, key = left_out("ana", "ben")
    statement = signing.removed(team.roster(ben), cat.user)
    forged = signing.by_device(team.roster(ben), ben.me, statement)
    later = scope_keys.new_key(scope, key.epoch + 1)
    given = [ana.me.device.public, ben.me.device.public]
    header = scope_keys.granted(later, given, ben.me.device, 9, key, (forged, "nonsense"))
    name = scope_keys.grant_id(scope, later.epoch)
    team.send([Intent("put", scope, "grant", name, "grant.rotated", header)])
    records = team.records(scope)
    assert cat.user in team.roster(ana, told=granting.told(records)).members
    team.send(gives(team, ana, later))
    assert later.epoch in epochs(team, cat, scope)
