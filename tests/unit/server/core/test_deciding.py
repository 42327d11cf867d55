"""One mutation at a time: what fits what is there, and what comes of it."""

import pytest
from tests.ledger import Ledger, another_device, body, does, joins, lease, organization, space

from missive_wire import limits
from missive_wire.entities import Row
from missive_wire.ids import derived_id, new_id, org_scope


@pytest.fixture
def team():
    ledger = Ledger()
    ana = organization(ledger)
    scope = space(ana)
    ben = joins(ledger, ana.org, seats=(scope[2:],))
    return ledger, ana, ben, scope


@pytest.fixture
def conv(team):
    ledger, ana, _, scope = team
    name = new_id()
    made = ana.does("conversation.created", "put", scope, "conv", name,
                    h={"st": "open", "inbox": True, "newer": 1}, **body(ledger, scope))  # fmt: skip
    assert (made.st, made.v) == ("ok", 1)
    return name


def patch(scope, conv, act, **more):
    return {"op": "patch", "scope": scope, "t": "conv", "id": conv, "act": act} | more


def test_a_patch_changes_what_it_names_and_keeps_the_rest(team, conv):
    ledger, ana, ben, scope = team
    result = does(ben, patch(scope, conv, "conversation.closed", h={"st": "closed"}))
    row = ledger.rows[scope, "conv", conv]
    assert (result.st, result.v, result.seqs) == ("ok", 2, {scope: row.seq})
    assert row.h == {"st": "closed", "inbox": True, "newer": 1}
    assert (row.b, row.bv, row.k) == (b"sealed", 1, 1)
    assert (row.own, row.by) == (ana.user, ben.user)


@pytest.mark.parametrize(
    ("pre", "holds"),
    [
        ({"assignees": []}, True),
        ({"assignees": None}, True),
        ({"st": "open", "inbox": True}, True),
        ({"v": 1}, True),
        ({"v": 2}, False),
        ({"v": 0}, False),
        ({"st": "closed"}, False),
        ({"assignees": [new_id()]}, False),
        ({"nothing": 1}, False),
    ],
)
def test_what_is_asked_for_must_hold(team, conv, pre, holds):
    ledger, _, ben, scope = team
    result = does(ben, patch(scope, conv, "conversation.assigned",
                             h={"assignees": [ben.user]}, pre=pre))  # fmt: skip
    assert result.st == ("ok" if holds else "conflict")
    assert result.cur == (None if holds else ledger.rows[scope, "conv", conv])


def test_of_two_who_take_it_one_is_told_of_the_other(team, conv):
    ledger, ana, ben, scope = team
    take = [patch(scope, conv, "conversation.assigned", h={"assignees": [who.user]},
                  pre={"assignees": []}) for who in (ana, ben)]  # fmt: skip
    calls = (ana.call(take[0]), ben.call(take[1]))
    outcome = ledger.run(*calls)
    first, second = (answer.results[0] for answer in outcome.answers)
    assert (first.st, second.st) == ("ok", "conflict")
    assert second.cur.h["assignees"] == [ana.user]
    again = ledger.run(calls[1]).answers[0].results[0]
    assert again == second


def test_a_body_follows_the_one_it_replaces(team, conv):
    _, ana, ben, scope = team
    renamed = patch(scope, conv, "conversation.renamed", k=1, b=b"new")
    assert does(ben, renamed | {"bv": 1}).st == "conflict"
    assert does(ben, renamed | {"bv": 3}).st == "conflict"
    assert does(ben, renamed | {"bv": 2}).st == "ok"
    late = does(ana, renamed | {"bv": 2, "b": b"other"})
    assert (late.st, late.cur.b, late.cur.bv) == ("conflict", b"new", 2)


@pytest.mark.parametrize("key", [0, 2, 77])
def test_a_body_is_sealed_under_the_newest_key(team, conv, key):
    _, _, ben, scope = team
    wanted = patch(scope, conv, "conversation.renamed", k=key, b=b"new", bv=2)
    assert does(ben, wanted).st == ("invalid" if key == 0 else "rekey")


def test_what_is_made_is_made_once(team, conv):
    ledger, _, ben, scope = team
    again = ben.does("conversation.created", "put", scope, "conv", conv, **body(ledger, scope))
    assert (again.st, again.cur.id) == ("conflict", conv)


def test_what_was_deleted_can_be_made_again_but_not_unnoticed(team, conv):
    ledger, ana, ben, scope = team
    assert ana.does("conversation.deleted", "del", scope, "conv", conv).st == "ok"
    row = ledger.rows[scope, "conv", conv]
    assert (row.op, row.v, row.h, row.b, row.bv) == ("del", 2, {}, b"", 1)
    put = {"op": "put", "scope": scope, "t": "conv", "id": conv, "act": "conversation.created"}
    sealed = {"k": 1, "b": b"x"}
    assert does(ben, put | sealed | {"bv": 2, "pre": {"v": 0}}).st == "conflict"
    assert does(ben, put | sealed | {"bv": 1}).st == "conflict"
    assert does(ben, put | sealed | {"bv": 2}).v == 3
    assert ledger.rows[scope, "conv", conv].own == ben.user


@pytest.mark.parametrize("op", ["patch", "del", "note"])
def test_what_is_not_there_is_gone(team, op):
    _, ana, _, scope = team
    t, act = {"patch": ("conv", "conversation.archived"), "del": ("conv", "conversation.deleted"),
              "note": ("msg", "attachment.opened")}[op]  # fmt: skip
    h = {"inbox": False} if op == "patch" else {}
    assert ana.does(act, op, scope, t, new_id(), h=h).st == "gone"


def test_a_deleted_comment_keeps_its_conversation(team, conv):
    ledger, ana, _, scope = team
    name = new_id()
    ana.does("comment.added", "put", scope, "comment", name, h={"conv": conv, "mentions": []},
             **body(ledger, scope))  # fmt: skip
    ana.does("comment.deleted", "del", scope, "comment", name)
    assert ledger.rows[scope, "comment", name].h == {"conv": conv}


def test_somebody_elses_comment_is_not_overwritten(team, conv):
    ledger, ana, ben, scope = team
    name = new_id()
    put = {"op": "put", "scope": scope, "t": "comment", "id": name, "act": "comment.added",
           "h": {"conv": conv}} | body(ledger, scope)  # fmt: skip
    assert does(ana, put).st == "ok"
    assert does(ben, put).st == "conflict"
    edit = put | {"op": "patch", "act": "comment.edited", "h": {}, "bv": 2}
    assert does(ben, edit).why == "only your own"
    assert does(ana, edit).st == "ok"


def test_a_note_leaves_a_record_and_nothing_else(team, conv):
    ledger, ana, ben, scope = team
    name = new_id()
    ana.does("message.added", "put", scope, "msg", name, h={"conv": conv}, **body(ledger, scope))
    seq = ledger.scopes[scope].seq
    call = ben.call({"op": "note", "scope": scope, "t": "msg", "id": name,
                     "act": "attachment.opened", "h": {"part": 2}})  # fmt: skip
    outcome = ledger.run(call)
    assert outcome.answers[0].results[0].st == "ok"
    assert (outcome.published, outcome.rows, ledger.scopes[scope].seq) == ([], {}, seq)
    [(where, record)] = outcome.audit
    assert (where, record.by, record.id, record.seq) == (scope, ben.user, name, 0)
    assert record.details == {"part": 2}


def test_the_trail_holds_no_keys_and_no_signatures(team):
    ledger, ana, *_ = team
    phone = another_device(ana)
    handed = {"user": ana.user, "welcome": "the identity, sealed"}
    ana.does("device.added", "put", org_scope(ana.org), "device", phone.device, h=handed)
    told = [record.details or {} for records in ledger.audit.values() for record in records]
    assert {"user": ana.user} in told
    for details in told:
        assert not {"keys", "sig", "cert", "confirm", "auth", "welcome"} & details.keys()


def test_only_who_holds_the_lease_writes_as_the_worker(team, conv):
    ledger, ana, ben, scope = team
    name = new_id()
    ana.does("send.requested", "put", scope, "send", name, h={"conv": conv, "st": "requested"},
             **body(ledger, scope))  # fmt: skip
    start = {"op": "patch", "scope": scope, "t": "send", "id": name, "act": "send.started",
             "h": {"st": "sending"}}  # fmt: skip
    assert does(ana, start | {"fence": 1}).st == "stale"
    lease(ledger, scope, ana, 2)
    assert does(ana, start | {"fence": 1}).st == "stale"
    assert does(ben, start | {"fence": 2}).st == "stale"
    assert does(ana, start).st == "denied"
    assert does(ana, start | {"fence": 2}).st == "ok"
    assert does(ana, start | {"fence": 2}).st == "conflict"


def test_a_blob_is_named_once_it_is_there(team, conv):
    ledger, ana, _, scope = team
    name, blob = new_id(), "a" * 64
    put = {"op": "put", "scope": scope, "t": "msg", "id": name, "act": "message.added",
           "h": {"conv": conv, "blob": blob}} | body(ledger, scope)  # fmt: skip
    assert does(ana, put).why == "no such blob"
    ledger.blobs.add((org_scope(ana.org), blob))
    assert does(ana, put).why == "no such blob"
    ledger.blobs.add((scope, blob))
    assert does(ana, put).st == "ok"
    assert ledger.named == {(scope, "msg", name): blob}
    ana.does("message.deleted", "del", scope, "msg", name)
    assert ledger.named == {(scope, "msg", name): ""}


def test_ones_own_state_is_put_again_and_again(team, conv):
    ledger, ana, ben, _ = team
    name = derived_id(conv, ana.user)
    put = {"op": "put", "scope": ana.own, "t": "pstate", "id": name, "act": "personal.changed"}
    assert does(ana, put | {"k": 1, "b": b"read", "bv": 1}).v == 1
    assert does(ana, put | {"k": 1, "b": b"starred", "bv": 2}).v == 2
    assert does(ana, put).v == 3
    assert ledger.rows[ana.own, "pstate", name].b == b"starred"
    assert does(ben, put | {"k": 1, "b": b"x", "bv": 3}).st == "denied"


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "s:nowhere"}, {"scope": ""}, {"id": "x"}, {"id": "\0"}, {"t": "ckpt"},
        {"t": "newer"}, {"act": "newer.act"}, {"h": {"st": "x"}}, {"h": {"conv": "\0"}},
        {"h": {"assignees+": [1]}}, {"h": {"st+": ["x"]}}, {"b": b"x"}, {"bv": 1}, {"k": 1},
        {"b": b"x" * (limits.BODY + 1), "bv": 2, "k": 1}, {"h": {"x": "y" * limits.HEADER}},
    ],
    ids=lambda change: str(change)[:30],
)  # fmt: skip
def test_what_makes_no_sense_is_invalid(team, conv, change):
    ledger, ana, _, scope = team
    wanted = patch(scope, conv, "conversation.received", h={}) | change
    assert does(ana, wanted).st == "invalid"
    assert isinstance(ledger.rows[scope, "conv", conv], Row)
    assert ledger.rows[scope, "conv", conv].v == 1


@pytest.mark.parametrize("role", ["drafter", "viewer", "guest"])
def test_who_may_only_read_only_reads(team, conv, role):
    ledger, ana, _, scope = team
    low = joins(ledger, ana.org, role, seats=(scope[2:],))
    closed = patch(scope, conv, "conversation.closed", h={"st": "closed"})
    assert does(low, closed).why == "not in this role"
    commented = low.does("comment.added", "put", scope, "comment", new_id(), h={"conv": conv},
                         **body(ledger, scope))  # fmt: skip
    assert commented.st == ("denied" if role == "viewer" else "ok")
    own = low.does("personal.changed", "put", low.own, "pstate", new_id())
    assert own.st == "ok"
