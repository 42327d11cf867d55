"""Spaces, seats, members, devices, keys: what follows in the same transaction, and what may not."""

import msgspec
import pytest
from tests.ledger import (
    Ledger,
    another_device,
    body,
    does,
    joins,
    key,
    organization,
    seat,
    space,
)

from missive_server.core.values import Call, Caller, Device
from missive_wire import limits
from missive_wire.headers import seat_id
from missive_wire.ids import new_id, org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation


@pytest.fixture
def team():
    ledger = Ledger()
    ana = organization(ledger)
    scope = space(ana)
    ben = joins(ledger, ana.org, seats=(scope[2:],))
    return ledger, ana, ben, scope


def told(ledger, person, scope):
    """Return what somebody's own scope says of another."""
    row = ledger.rows.get((person.own, "scope", scope[2:]))
    return row.h["st"] if row else None


def comment(ledger, scope):
    return {"op": "put", "scope": scope, "t": "comment", "id": new_id(), "act": "comment.added",
            "h": {"conv": new_id()}} | body(ledger, scope)  # fmt: skip


def removal(person, act="member.removed"):
    return {"op": "del", "scope": org_scope(person.org), "t": "member", "id": person.user,
            "act": act, "h": {"cert": "signed"}}  # fmt: skip


def test_the_first_owner_begins_the_organization():
    ledger = Ledger()
    ana = organization(ledger)
    o = org_scope(ana.org)
    assert ledger.members == {(ana.org, ana.user): "owner"}
    assert ledger.access.keys() == {(o, ana.user), (ana.own, ana.user)}
    assert told(ledger, ana, o) == "granted"
    assert ledger.scopes[o].epoch == ledger.scopes[ana.own].epoch != ""
    assert ledger.scopes[o].key_epoch == 1


def test_a_space_is_a_scope_with_its_maker_in_it(team):
    ledger, ana, _, _ = team
    name = new_id()
    result = ana.does("space.created", "put", org_scope(ana.org), "space", name, h={"kind": "team"})
    assert result.st == "ok"
    assert result.seqs.keys() == {org_scope(ana.org), ana.own}
    assert ledger.access[space_scope(name), ana.user].kind == "active"
    assert told(ledger, ana, space_scope(name)) == "granted"


def test_a_space_that_was_there_is_not_made_again(team):
    _, ana, _, scope = team
    o = org_scope(ana.org)
    assert ana.does("space.deleted", "del", o, "space", scope[2:]).st == "ok"
    result = ana.does("space.created", "put", o, "space", scope[2:], h={"kind": "team"})
    assert result.st == "conflict"


def test_a_space_that_ends_is_nobodys(team):
    ledger, ana, ben, scope = team
    call = ana.call({"op": "del", "scope": org_scope(ana.org), "t": "space", "id": scope[2:],
                     "act": "space.deleted"})  # fmt: skip
    outcome = ledger.run(call)
    assert [k for k in ledger.access if k[0] == scope] == []
    assert told(ledger, ben, scope) == told(ledger, ana, scope) == "revoked"
    [published] = [p for p in outcome.published if p.change.scope == scope]
    assert published.lost == {ana.user, ben.user}
    assert does(ana, comment(ledger, scope)).st == "denied"
    cleo = joins(ledger, ana.org)  # whose invitation may have promised a seat in it
    back = does(ana, seat(scope[2:], cleo.user))
    assert (back.st, [k for k in ledger.access if k[0] == scope]) == ("gone", [])


def test_a_seat_gives_access_and_says_so_to_its_user(team):
    ledger, ana, _, scope = team
    cleo = joins(ledger, ana.org)
    assert does(cleo, comment(ledger, scope)).st == "denied"
    acl = ledger.scopes[scope].acl
    outcome = ledger.run(ana.call(seat(scope[2:], cleo.user, kind="observer")))
    assert ledger.scopes[scope].acl == acl + 1
    assert ledger.access[scope, cleo.user] == ("observer", "")
    [published] = [p for p in outcome.published if p.change.scope == scope]
    assert published.gained == {cleo.user}
    assert published.change.acl == acl + 1
    assert does(cleo, comment(ledger, scope)).st == "ok"


def test_a_seat_of_its_own_role(team):
    ledger, ana, ben, scope = team
    changed = ana.does("seat.changed", "patch", scope, "seat", seat_id(scope[2:], ben.user),
                       h={"user": ben.user, "role": "viewer"})  # fmt: skip
    assert changed.st == "ok"
    assert ledger.access[scope, ben.user].role == "viewer"
    assert does(ben, comment(ledger, scope)).st == "denied"


@pytest.mark.parametrize("act", ["seat.taken", "seat.left"])
def test_a_seat_taken_takes_access_and_demands_a_key(team, act):
    ledger, ana, ben, scope = team
    who = ana if act == "seat.taken" else ben
    acl = ledger.scopes[scope].acl
    call = who.call({"op": "del", "scope": scope, "t": "seat", "id": seat_id(scope[2:], ben.user),
                     "act": act, "h": {"user": ben.user, "cert": "signed"}})  # fmt: skip
    outcome = ledger.run(call)
    assert outcome.answers[0].results[0].st == "ok"
    assert (scope, ben.user) not in ledger.access
    assert ledger.scopes[scope].acl == acl + 1
    assert ledger.scopes[scope].rekey
    assert told(ledger, ben, scope) == "revoked"
    assert ledger.sessions.keys() >= {ben.session}
    tombstone = ledger.rows[scope, "seat", seat_id(scope[2:], ben.user)]
    assert (tombstone.op, tombstone.h) == ("del", {"user": ben.user, "cert": "signed"})


def test_writes_wait_for_the_new_key_and_headers_do_not(team):
    ledger, ana, ben, scope = team
    conv = {"op": "put", "scope": scope, "t": "conv", "id": new_id(), "act": "conversation.created"}
    assert does(ana, conv | body(ledger, scope)).st == "ok"
    does(ana, removal(ben))
    assert does(ana, comment(ledger, scope)).st == "rekey"
    patch = {"op": "patch", "scope": scope, "t": "conv", "id": conv["id"]}
    assert does(ana, patch | {"act": "conversation.closed", "h": {"st": "closed"}}).st == "ok"
    old = comment(ledger, scope)
    assert does(ana, key(ana, scope)).st == "ok"
    assert does(ana, old).st == "rekey"
    assert does(ana, comment(ledger, scope)).st == "ok"


def test_of_two_who_make_a_key_one_is_first(team):
    ledger, ana, ben, scope = team
    does(ana, removal(joins(ledger, ana.org, seats=(scope[2:],))))
    outcome = ledger.run(ana.call(key(ana, scope, 2)), ben.call(key(ben, scope, 2)))
    assert [a.results[0].st for a in outcome.answers] == ["ok", "conflict"]
    assert does(ben, key(ben, scope, 9)).st == "conflict"
    assert does(ben, key(ben, scope, 2) | {"act": "grant.made"}).st == "ok"
    assert does(ben, key(ben, scope, 3) | {"act": "grant.made"}).st == "conflict"
    forged = key(ben, scope, 3)
    forged["h"]["by"] = ana.device
    assert does(ben, forged).st == "invalid"


def test_a_key_is_for_who_reads_the_scope(team):
    """Whatever the roster of a member's program says: what is addressed elsewhere is not kept."""
    ledger, ana, ben, scope = team
    cleo = joins(ledger, ana.org)  # of the organization, without a seat
    phone, lost, waits = another_device(ben), another_device(ben), another_device(ben)
    ledger.devices[phone.device] = Device(ben.user, ana.org, "approved")
    ledger.devices[lost.device] = Device(ben.user, ana.org, "revoked")
    does(ana, key(ana, scope))
    epoch = ledger.scopes[scope].key_epoch
    invited = {"here": ((scope[2:], "active"),), "elsewhere": ((new_id(), "active"),), "org": ()}
    invites = {}
    for name, seats in invited.items():
        invites[name] = new_id()
        header = {"role": "member", "until": 1 << 40, "auth": "a" * 64, "seats": seats}
        does(ana, {"op": "put", "scope": org_scope(ana.org), "t": "invite", "id": invites[name],
                   "act": "invite.made", "h": header})  # fmt: skip

    def gives(*to, where=scope, act="grant.made"):
        made = key(ben, where, epoch) | {"act": act}
        made["h"]["epoch"] = ledger.scopes[where].key_epoch + (act == "grant.rotated")
        made["h"]["keys"] = dict.fromkeys(to, "c2VhbGVk")
        return does(ben, made).st

    o = org_scope(ana.org)
    assert gives(ana.device, ben.device, phone.device, ana.org, invites["here"]) == "ok"
    for stranger in (cleo.device, lost.device, waits.device, new_id(), invites["elsewhere"]):
        assert gives(stranger) == "conflict"
        assert gives(ben.device, stranger) == "conflict"
    assert gives(invites["org"]) == "conflict"
    assert gives(cleo.device, *invites.values(), where=o) == "ok"
    assert gives(lost.device, where=o) == "conflict"
    assert gives(ben.device, where=ben.own) == "ok"
    assert gives(ana.device, where=ben.own) == "conflict"
    assert gives(invites["here"], where=ben.own) == "conflict"
    does(ana, removal(cleo))
    assert gives(ben.device, cleo.device, where=o, act="grant.rotated") == "conflict"
    assert gives(ben.device, where=o, act="grant.rotated") == "ok"


def test_nobody_fills_a_scope_with_keys(team, monkeypatch):
    ledger, ana, ben, scope = team
    monkeypatch.setattr(limits, "GRANTS", 10)

    def gives(person):
        return does(person, key(person, scope, ledger.scopes[scope].key_epoch)
                    | {"act": "grant.made"}).st  # fmt: skip

    assert [gives(ben) for _ in range(12)] == ["ok"] * 10 + ["denied"] * 2
    assert gives(ana) == "ok"
    at_once = [key(ana, scope, ledger.scopes[scope].key_epoch) | {"act": "grant.made"}
               for _ in range(12)]  # fmt: skip
    ended = ledger.run(ana.call(*at_once)).answers[0].results
    assert [each.st for each in ended].count("ok") == 9 - _began(ledger, ana, scope)
    assert does(ana, key(ana, scope)).st == "ok"  # with a new key it begins anew
    assert [gives(ben) for _ in range(12)] == ["ok"] * 10 + ["denied"] * 2
    size = len(msgspec.json.encode(key(ben, scope)["h"]))
    does(ana, key(ana, scope))
    monkeypatch.setattr(limits, "GRANT_BYTES", 3 * size + 1)
    assert [gives(ben) for _ in range(4)] == ["ok"] * 3 + ["denied"]


def test_five_hundred_devices_are_given_a_key_by_one_record(team):
    ledger, ana, ben, scope = team
    phones = [another_device(ben).device for _ in range(limits.GRANT_DEVICES)]
    ledger.devices |= {each: Device(ben.user, ana.org, "approved") for each in phones}

    def gives(devices, act):
        made = key(ana, scope, ledger.scopes[scope].key_epoch + (act == "grant.rotated"))
        made["h"] |= {"keys": dict.fromkeys(devices, "k" * 128), "back": "b" * 96, "sig": "s" * 88}
        return does(ana, made | {"act": act}).st

    assert gives(phones, "grant.rotated") == "ok"
    assert gives(phones, "grant.made") == "ok"
    assert gives([*phones, ana.device], "grant.made") == "invalid"
    assert gives([*phones[1:], new_id()], "grant.made") == "conflict"


def _began(ledger, person, scope):
    """Say whether the newest key of a scope is this person's: that record counts, too."""
    since = ledger.scopes[scope].key_seq
    return any(row.own == person.user and row.seq == since for row in ledger.rows.values())


def test_removal_takes_everything_in_one_outcome(team):
    ledger, ana, ben, scope = team
    second = space(ana)
    does(ana, seat(second[2:], ben.user))
    phone = another_device(ben)
    o = org_scope(ana.org)
    acls = {name: ledger.scopes[name].acl for name in (scope, second, o, ben.own)}
    outcome = ledger.run(ana.call(removal(ben)))
    assert outcome.answers[0].results[0].st == "ok"
    assert [k for k in ledger.access if k[1] == ben.user] == []
    assert {name: ledger.scopes[name].acl - acl for name, acl in acls.items()} == dict.fromkeys(
        acls, 1
    )
    assert all(ledger.scopes[name].rekey for name in (scope, second, o))
    assert {told(ledger, ben, name) for name in (scope, second, o)} == {"revoked"}
    assert {ledger.devices[d].state for d in (ben.device, phone.device)} == {"revoked"}
    assert ledger.rows[o, "device", ben.device].op == "del"
    assert ledger.rows[scope, "seat", seat_id(scope[2:], ben.user)].op == "del"
    assert ledger.sessions.keys() == {ana.session}
    assert (ana.org, ben.user) not in ledger.members
    assert {p.change.scope: p.lost for p in outcome.published}.items() >= {
        (scope, frozenset({ben.user})), (second, frozenset({ben.user})), (o, frozenset({ben.user})),
    }  # fmt: skip
    assert [record.act for record in ledger.audit[o]][-1] == "member.removed"
    assert len(outcome.audit) == 1


def test_what_the_removed_ask_in_the_same_batch_is_refused(team):
    ledger, ana, ben, scope = team
    late = ben.call(comment(ledger, scope))
    outcome = ledger.run(ana.call(removal(ben)), late)
    assert outcome.answers[1].refusal == "unauthorized"


def test_removal_and_the_new_keys_go_in_one_request(team):
    ledger, ana, ben, scope = team
    o = org_scope(ana.org)
    call = ana.call(removal(ben), key(ana, o, 2), key(ana, scope, 2), comment(ledger, scope))
    results = ledger.run(call).answers[0].results
    assert [r.st for r in results] == ["ok", "ok", "ok", "rekey"]
    assert does(ana, comment(ledger, scope)).st == "ok"


def test_the_last_owner_stays(team):
    ledger, ana, ben, _ = team
    o = org_scope(ana.org)
    demoted = {"op": "patch", "scope": o, "t": "member", "id": ana.user, "act": "member.changed",
               "h": {"role": "admin"}}  # fmt: skip
    for wanted in (removal(ana), removal(ana, "member.left"), demoted):
        assert does(ana, wanted).why == "the last owner stays"
    promoted = demoted | {"id": ben.user, "h": {"role": "owner"}}
    outcome = ledger.run(ana.call(promoted, demoted, removal(ben)))
    assert [r.st for r in outcome.answers[0].results] == ["ok", "ok", "denied"]
    assert ledger.members == {(ana.org, ana.user): "admin", (ana.org, ben.user): "owner"}


def test_no_admin_touches_owners(team):
    ledger, ana, _, _ = team
    adam = joins(ledger, ana.org, "admin")
    patch = {"op": "patch", "scope": org_scope(ana.org), "t": "member", "act": "member.changed"}
    assert does(adam, removal(ana)).why == "only an owner"
    assert does(adam, patch | {"id": adam.user, "h": {"role": "owner"}}).why == "only an owner"
    assert does(adam, patch | {"id": ana.user, "h": {"role": "guest"}}).why == "only an owner"


def test_a_device_revoked_ends_its_sessions_and_demands_keys(team):
    ledger, ana, _, scope = team
    phone = another_device(ana)
    o = org_scope(ana.org)
    ana.does("device.added", "put", o, "device", phone.device, h={"user": ana.user})
    assert does(phone, comment(ledger, scope)).st == "ok"
    gone = ana.does("device.revoked", "del", o, "device", phone.device,
                    h={"user": ana.user, "cert": "signed"})  # fmt: skip
    assert gone.st == "ok"
    assert ledger.devices[phone.device].state == "revoked"
    assert phone.session not in ledger.sessions
    assert ana.session in ledger.sessions
    assert all(ledger.scopes[name].rekey for name in (o, scope, ana.own))
    again = ana.does("device.added", "put", o, "device", phone.device, h={"user": ana.user})
    assert again.st == "invalid"


def test_a_device_is_not_approved_for_somebody_else(team):
    ledger, ana, ben, _ = team
    phone = another_device(ana)
    o = org_scope(ana.org)
    for user in (ana.user, ben.user):
        added = ben.does("device.added", "put", o, "device", phone.device, h={"user": user})
        assert added.st in ("denied", "invalid")
    assert ledger.devices[phone.device].state == "pending"


def test_nobody_comes_in_as_more_than_they_were_invited_as(team):
    ledger, ana, _, scope = team
    user, device = new_id(), new_id()
    caller = Caller(user, device, ana.org, joining="member", seats=((scope[2:], "observer"),))
    ledger.devices[device] = Device(user, ana.org, "approved")
    o = org_scope(ana.org)
    wanted = [
        Mutation(1, "put", o, "member", user, "member.joined", h={"user": user, "role": "admin"}),
        Mutation(2, "put", o, "member", ana.user, "member.joined",
                 h={"user": ana.user, "role": "member"}),
        Mutation(3, "put", scope, "seat", seat_id(scope[2:], user), "seat.given",
                 h={"user": user, "kind": "active"}),
        Mutation(4, "put", scope, "seat", seat_id(scope[2:], user), "seat.given",
                 h={"user": user, "kind": "observer", "role": "admin"}),
        Mutation(5, "put", o, "label", new_id(), "label.added"),
    ]  # fmt: skip
    results = ledger.run(Call(caller, tuple(wanted))).answers[0].results
    assert [r.st for r in results] == ["denied"] * 5


def test_an_invitation_is_told_to_the_store_and_withdrawn(team):
    ledger, ana, ben, scope = team
    o, name = org_scope(ana.org), new_id()
    h = {"role": "member", "until": 99, "auth": "a" * 64, "seats": [[scope[2:], "active"]]}
    assert ana.does("invite.made", "put", o, "invite", name, h=h).st == "ok"
    assert ledger.invites[ana.org, name].seats == ((scope[2:], "active"),)
    assert ben.does("invite.withdrawn", "del", o, "invite", name).st == "denied"
    assert ana.does("invite.withdrawn", "del", o, "invite", name).st == "ok"
    assert ledger.invites == {}
    assert ana.does("invite.made", "put", o, "invite", new_id(), h=h | {"auth": ""}).st == "invalid"


def test_an_admin_seats_people_where_they_do_not_sit_themselves(team):
    ledger, ana, ben, _ = team
    adam = joins(ledger, ana.org, "admin")
    scope = space(ana)
    assert does(adam, seat(scope[2:], ben.user)).st == "ok"
    assert does(adam, comment(ledger, scope)).st == "denied"


def test_another_organization_is_out_of_reach(team):
    ledger, ana, ben, scope = team
    eve = organization(ledger)
    for wanted in (comment(ledger, scope), seat(scope[2:], eve.user), removal(ben),
                   key(eve, scope, 2), key(eve, ben.own, 2)):  # fmt: skip
        assert does(eve, wanted).st == "denied"
    assert does(ana, seat(scope[2:], eve.user)).st == "invalid"
    assert does(ben, key(ben, user_scope(ana.user), 2)).st == "denied"


def test_an_invitation_promises_nothing_of_another_organization(team):
    ledger, ana, _, scope = team
    eve = organization(ledger)
    user, device, theirs, ours = new_id(), new_id(), org_scope(eve.org), org_scope(ana.org)
    caller = Caller(user, device, eve.org, joining="member", seats=((scope[2:], "active"),))
    ledger.devices[device] = Device(user, eve.org, "approved")
    member, phone = {"user": user, "role": "member"}, {"user": user}
    wanted = [
        Mutation(1, "put", theirs, "member", user, "member.joined", h=member),
        Mutation(2, "put", ours, "member", user, "member.joined", h=member),
        Mutation(3, "put", ours, "device", device, "device.added", h=phone),
        Mutation(4, "put", scope, "seat", seat_id(scope[2:], user), "seat.given", h=phone),
    ]
    results = ledger.run(Call(caller, tuple(wanted))).answers[0].results
    assert [r.st for r in results] == ["ok", "denied", "denied", "denied"]
    assert (scope, user) not in ledger.access


def test_no_admin_shuts_an_owner_out_of_their_devices_or_lets_one_in(team):
    ledger, ana, ben, _ = team
    adam = joins(ledger, ana.org, "admin")
    o = org_scope(ana.org)
    gone = {"op": "del", "scope": o, "t": "device", "act": "device.revoked"}
    assert does(adam, gone | {"id": ana.device, "h": {"user": ana.user}}).why == "only an owner"
    assert ledger.devices[ana.device].state == "approved"
    assert does(adam, gone | {"id": ben.device, "h": {"user": ben.user}}).st == "ok"
    theirs, cleos = another_device(ana), another_device(cleo := joins(ledger, ana.org))
    added = {"op": "put", "scope": o, "t": "device", "act": "device.added"}
    made = added | {"id": theirs.device, "h": {"user": ana.user}}
    assert does(adam, made).why == "only an owner"
    assert ledger.devices[theirs.device].state == "pending"
    assert does(ana, made).st == "ok"
    assert does(adam, added | {"id": cleos.device, "h": {"user": cleo.user}}).st == "ok"


def test_members_make_new_keys_only_where_they_are_asked_for(team):
    ledger, ana, ben, scope = team
    assert does(ben, key(ben, scope)).why == "no new key is asked for"
    assert does(ben, key(ben, org_scope(ana.org))).st == "denied"
    assert does(ben, key(ben, ben.own)).st == "ok"
    assert does(ana, key(ana, scope)).st == "ok"
    cleo = joins(ledger, ana.org, seats=(scope[2:],))
    does(ana, removal(cleo))
    assert does(ben, key(ben, scope)).st == "ok"


def test_there_are_only_so_many_of_what_each_device_carries(team, monkeypatch):
    """In one batch, too; and who removes one may add one."""
    ledger, ana, ben, scope = team
    monkeypatch.setitem(limits.MOST, "label", 2)
    names = [new_id() for _ in range(4)]

    def label(who, name, op="put", act="label.added"):
        more = {} if op == "del" else body(ledger, scope)
        return {"op": op, "scope": scope, "t": "label", "id": name, "act": act} | more

    call = ben.call(*(label(ben, name) for name in names[:3]))
    told = ledger.run(call).answers[0].results
    assert [each.st for each in told] == ["ok", "ok", "denied"]
    assert told[2].why == "too many of them"
    assert ledger.run(ana.call(label(ana, names[3]))).answers[0].results[0].st == "denied"
    call = ana.call(label(ana, names[0], "del", "label.deleted"), label(ana, names[3]))
    assert [each.st for each in ledger.run(call).answers[0].results] == ["ok", "ok"]
