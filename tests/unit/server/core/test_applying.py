"""Exactly once, in order, one frame for a batch; neighbours do not suffer."""

import msgspec
import pytest
from tests.ledger import Ledger, another_device, body, does, joins, organization, seat, space
from tests.row_sums import of_rows

from missive_server.core.applying import apply
from missive_server.core.values import Call, Caller
from missive_wire import chain
from missive_wire.ids import new_id, org_scope
from missive_wire.mutation import Mutation
from missive_wire.sums import as_text


@pytest.fixture
def team():
    ledger = Ledger()
    ana = organization(ledger)
    scope = space(ana)
    ben = joins(ledger, ana.org, seats=(scope[2:],))
    return ledger, ana, ben, scope


def conversation(ledger, scope, **more):
    return {"op": "put", "scope": scope, "t": "conv", "id": new_id(), "act": "conversation.created",
            "h": {"inbox": True}} | body(ledger, scope) | more  # fmt: skip


def test_a_repeated_mutation_gets_the_same_answer_and_does_nothing(team):
    ledger, ana, _, scope = team
    call = ana.call(conversation(ledger, scope))
    first = ledger.run(call).answers[0]
    before = msgspec.json.encode(ledger.scopes[scope])
    again = ledger.run(call)
    assert again.answers == [first]
    assert again.published == []
    assert again.audit == []
    assert msgspec.json.encode(ledger.scopes[scope]) == before


def test_the_same_request_twice_in_one_batch_is_done_once(team):
    ledger, ana, _, scope = team
    call = ana.call(conversation(ledger, scope))
    outcome = ledger.run(call, call)
    assert outcome.answers[0] == outcome.answers[1]
    assert len(outcome.rows) == 1


def test_a_number_that_was_used_for_something_else_is_refused(team):
    ledger, ana, _, scope = team
    ledger.run(ana.call(conversation(ledger, scope)))
    last = ledger.devices[ana.device].last_mid
    [result] = ledger.run(ana.call(conversation(ledger, scope), mid=last)).answers[0].results
    assert (result.st, result.why) == ("invalid", "another mutation had this number")


def test_answers_that_arrived_are_forgotten(team):
    ledger, ana, _, scope = team
    call = ana.call(conversation(ledger, scope))
    ledger.run(call)
    last = ledger.devices[ana.device].last_mid
    ledger.run(Call(ana.caller, (), ack=last + 7))
    assert not [k for k in ledger.known if k[0] == ana.device]
    assert ledger.run(call).answers[0].results[0].why == "answered before"


@pytest.mark.parametrize("mids", [(2,), (0,), (1, 3), (1, 1), (2, 1)])
def test_a_gap_refuses_the_call_as_a_whole(team, mids):
    ledger, ana, _, scope = team
    last = ledger.devices[ana.device].last_mid
    muts = tuple(Mutation(last + mid, **conversation(ledger, scope)) for mid in mids)
    if mids == (0,):
        muts = (msgspec.structs.replace(muts[0], mid=0),)
    outcome = ledger.run(Call(ana.caller, muts))
    assert outcome.answers[0].refusal == "gap"
    assert outcome.answers[0].last_mid == last
    assert outcome.rows == {}


def test_a_refused_mutation_counts_as_answered(team):
    ledger, ana, _, scope = team
    bad = conversation(ledger, scope, h={"st": "nonsense"})
    good = conversation(ledger, scope)
    answer = ledger.run(ana.call(bad, good)).answers[0]
    assert [r.st for r in answer.results] == ["invalid", "ok"]
    assert answer.last_mid == ledger.devices[ana.device].last_mid


def test_a_call_that_may_not_be_leaves_its_neighbours_alone(team):
    ledger, ana, ben, scope = team
    stranger = Caller(new_id(), new_id(), ana.org, "no session")
    outcome = ledger.run(
        ana.call(conversation(ledger, scope)),
        Call(stranger, (Mutation(1, **conversation(ledger, scope)),)),
        ben.call(conversation(ledger, scope)),
    )
    assert [a.refusal for a in outcome.answers] == ["", "unauthorized", ""]
    assert len(outcome.rows) == 2


def test_a_device_that_waits_for_approval_writes_nothing(team):
    ledger, ana, _, scope = team
    other = another_device(ana)
    [answer] = ledger.run(other.call(conversation(ledger, scope))).answers
    assert answer.refusal == "forbidden"
    added = ana.does("device.added", "put", org_scope(ana.org), "device", other.device,
                     h={"user": ana.user})  # fmt: skip
    assert added.st == "ok"
    assert ledger.run(other.call(conversation(ledger, scope))).answers[0].refusal == ""


def test_a_device_of_somebody_else_is_no_device(team):
    ledger, ana, ben, scope = team
    caller = msgspec.structs.replace(ben.caller, device=ana.device)
    call = Call(caller, (Mutation(ana.next_mid(), **conversation(ledger, scope)),))
    assert ledger.run(call).answers[0].refusal == "unauthorized"


def test_a_batch_is_one_frame_for_each_scope_with_each_row_once(team):
    ledger, ana, ben, scope = team
    wanted = conversation(ledger, scope)
    ledger.run(ana.call(wanted))
    seq = ledger.scopes[scope].seq
    patch = {"op": "patch", "scope": scope, "t": "conv", "id": wanted["id"]}
    outcome = ledger.run(
        ana.call(patch | {"act": "conversation.assigned", "h": {"assignees+": [ben.user]}}),
        ben.call(patch | {"act": "conversation.labelled", "h": {"labels+": [new_id()]}}),
    )
    [published] = outcome.published
    assert (published.change.prev, published.change.to) == (seq, seq + 2)
    [row] = published.change.rows
    assert row.seq == seq + 2
    assert row.v == 3
    assert row.h["assignees"] == [ben.user]
    assert [a.results[0].seqs for a in outcome.answers] == [{scope: seq + 1}, {scope: seq + 2}]


def test_sum_and_count_are_those_of_all_rows(team):
    ledger, ana, _, scope = team
    first, second = conversation(ledger, scope), conversation(ledger, scope)
    outcome = ledger.run(ana.call(first, second))
    ana.does("conversation.deleted", "del", scope, "conv", first["id"])
    rows = [row for (where, _, _), row in ledger.rows.items() if where == scope]
    state = ledger.scopes[scope]
    assert (state.sum, state.count) == (of_rows(rows), len(rows))
    assert outcome.published[0].change.sum == as_text(outcome.scopes[scope].sum)
    assert sorted({row.seq for row in rows}) == sorted(row.seq for row in rows)


def test_each_accepted_mutation_has_one_record_and_the_chain_holds(team):
    ledger, ana, ben, scope = team
    does(ana, conversation(ledger, scope))
    ben.does("conversation.deleted", "del", scope, "conv", new_id())  # gone: no record
    joins(ledger, ana.org, "admin")
    for name, records in ledger.audit.items():
        head, wrong = chain.verified(chain.Head(), name, records)
        assert wrong == 0
        assert head == ledger.scopes[name].head
    acts = [record.act for record in ledger.audit[scope]]
    assert acts == ["seat.given", "grant.rotated", "seat.given", "conversation.created"]


def test_time_does_not_go_back(team):
    ledger, ana, _, scope = team
    ledger.run(ana.call(conversation(ledger, scope)), now=5000)
    outcome = ledger.run(ana.call(conversation(ledger, scope)), now=10)
    assert [row.at for row in outcome.rows.values()] == [5000]
    assert outcome.audit[0][1].at == 5000


def test_the_same_batch_decided_twice_is_the_same(team):
    ledger, ana, ben, scope = team
    calls = [ana.call(conversation(ledger, scope)), ben.call(seat(scope[2:], ana.user))]
    snapshot = ledger.load(calls)
    kept = msgspec.json.encode(sorted(snapshot.scopes.items()))
    assert apply(snapshot, calls, 1, b"s") == apply(snapshot, calls, 1, b"s")
    assert msgspec.json.encode(sorted(snapshot.scopes.items())) == kept


def test_the_server_itself_writes_without_a_number_and_without_a_record(team):
    ledger, ana, _, _ = team
    o = org_scope(ana.org)
    call = Call(
        Caller("", "", ana.org, server=True),
        (Mutation(0, "put", o, "ckpt", new_id(), "checkpoint.made", h={"heads": {}}),),
    )
    outcome = ledger.run(call)
    assert outcome.answers[0].results[0].st == "ok"
    assert outcome.audit == []
    assert outcome.mids == {}
