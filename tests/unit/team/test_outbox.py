"""What goes to the server next, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from tests.unit.team.test_overlay import pending

from missive_desktop.domain.team import PendingState
from missive_desktop.team import outbox
from missive_wire.entities import Row
from missive_wire.ids import derived_id, new_id
from missive_wire.mutation import Result

ORG = derived_id("00000000-0000-0000-0000-000000000000", "o")


def row(**given: Any) -> Row:
    return Row(**({"op": "put", "seq": 4, "t": "conv", "id": "c", "v": 2} | given))


def became(sent: Any, *results: Result, body: str | None = None) -> outbox.Answered:
    answers = {result.mid: result for result in results}
    return outbox.answered(sent, answers, 9, lambda scope, row: body)


def free(each: Any) -> bool:
    return False


def test_what_may_be_there_already_goes_again_alone_and_as_it_was():
    sent = [pending(id=2, mid=8, state=PendingState.SENT), pending(id=1, mid=7, state="sent")]
    sent[1] = pending(id=1, mid=7, state=PendingState.SENT)
    chosen = outbox.batch([pending(id=3), *sent], free)
    assert [each.mid for each in chosen] == [7, 8]
    assert outbox.numbered(chosen, 8, lambda each: None) == chosen


def test_numbers_follow_each_other_and_come_with_the_bytes():
    chosen = outbox.batch([pending(id=1), pending(id=2, body="{}")], free)
    made = outbox.numbered(chosen, 5, lambda each: (3, b"sealed"))
    assert [(each.mid, each.k, each.sealed) for each in made] == [
        (6, 3, b"sealed"),
        (7, 3, b"sealed"),
    ]
    assert {each.state for each in made} == {PendingState.SENT}
    assert outbox.numbered(chosen, 5, lambda each: None) == []


def test_nothing_of_a_scope_overtakes_what_is_held_there():
    waiting = [pending(id=1, scope="a"), pending(id=2, scope="b"), pending(id=3, scope="a")]
    chosen = outbox.batch(waiting, lambda each: each.id == 1)
    assert [each.id for each in chosen] == [2]


def test_a_new_key_and_who_is_taken_out_do_not_wait_behind_what_waits_for_the_key():
    waiting = [
        pending(id=1, scope="a", body="{}"),
        pending(id=2, scope="a", t="seat", op="del", act="seat.taken"),
        pending(id=3, scope="a", t="grant", act="grant.rotated"),
        pending(id=4, scope="a", t="grant", act="grant.made"),
        pending(id=5, scope="a", t="seat", op="del", act="seat.left"),
        pending(id=6, scope="a"),
    ]
    chosen = outbox.batch(waiting, lambda each: bool(each.body))
    assert [each.id for each in chosen] == [2, 3]


def test_a_batch_stays_below_what_a_request_may_hold():
    large = [pending(id=n, body="x" * 60_000) for n in range(100)]
    chosen = outbox.batch(large, free)
    assert 0 < len(chosen) < 100
    assert sum(len(each.body) for each in chosen) <= 2 << 20
    assert len(outbox.batch([pending(id=n) for n in range(300)], free)) == 100


def test_what_is_accepted_waits_for_its_rows_and_what_is_refused_is_kept_with_words():
    ok = became([pending(mid=1)], Result(1, "ok", seqs={"s": 4})).rows[0]
    assert (ok.state, ok.seqs) == (PendingState.OK, {"s": 4})
    no = became([pending(mid=1, h={"n": 1})], Result(1, "denied", why="not in this role")).rows[0]
    assert (no.state, no.why, no.h) == (PendingState.DENIED, "not in this role", {"n": 1})
    assert became([pending(mid=1)]).rows == []


def test_what_waits_for_a_key_goes_again_and_so_does_what_failed_for_want_of_it():
    sent = [pending("put", id=1, mid=1, body="{}"), pending(id=2, mid=2), pending(id=3, mid=3)]
    found = became(sent, Result(1, "rekey"), Result(2, "gone"), Result(3, "ok"))
    assert found.rekey == {"s"}
    assert [each.state.value for each in found.rows] == ["waiting", "waiting", "ok"]
    assert [each.mid for each in found.rows] == [0, 0, 3]


def test_a_body_is_written_into_the_one_that_was_faster():
    mine = pending(mid=1, body='{"a":1}', based="{}", bv=2)
    cur = row(bv=2, b=b"x")
    merged = became([mine], Result(1, "conflict", cur=cur), body='{"b":2}').rows[0]
    assert (merged.state, merged.mid, merged.bv) == (PendingState.WAITING, 0, 3)
    assert json.loads(merged.body) == {"a": 1, "b": 2}
    clash = became([mine], Result(1, "conflict", cur=cur), body='{"a":2}').rows[0]
    assert clash.state is PendingState.CONFLICT
    assert clash.body == '{"a":1}'
    closed = became([mine], Result(1, "conflict", cur=cur), body=None).rows[0]
    assert closed.state is PendingState.CONFLICT


def test_what_was_taken_for_granted_and_is_not_so_is_for_the_person():
    mine = pending(mid=1, h={"assignees": ["me"]}, pre={"assignees": []})
    cur = row(h={"assignees": ["you"]})
    found = became([mine], Result(1, "conflict", cur=cur)).rows[0]
    assert found.state is PendingState.CONFLICT
    assert found.cur["h"] == {"assignees": ["you"]}
    assert "b" not in found.cur
    assert outbox.holds({"assignees": []}, row(h={}))
    assert outbox.holds({"v": 2}, row())
    assert not outbox.holds({"v": 3}, row())


def test_the_very_same_made_by_another_is_no_conflict():
    derived = pending("put", mid=1, entity=derived_id(ORG, "hash"), body="{}")
    found = became([derived], Result(1, "conflict", cur=row(bv=1, b=b"x"))).rows[0]
    assert found.state is PendingState.DONE
    own = pending("put", mid=1, entity=new_id())
    found = became([own], Result(1, "conflict", cur=row())).rows[0]
    assert found.state is PendingState.CONFLICT
    assert became([pending("del", mid=1)], Result(1, "gone")).rows[0].state is PendingState.DONE


def test_only_what_a_backup_does_not_know_is_offered_again():
    rows = [
        pending(id=n, mid=n, state=state, seqs={"s": n}, settled=5)
        for n, state in enumerate(("done", "done", "ok", "sent", "denied"), 1)
        for state in (PendingState(state),)
    ]
    again = outbox.rewound(rows, 1)
    assert [each.id for each in again] == [2, 3, 4]
    assert all((p.mid, p.seqs, p.state.value) == (0, {}, "waiting") for p in again)


def test_what_was_done_where_access_ended_is_refused_once_a_server_lost_it():
    emptied = outbox.emptied(pending("put", mid=2, settled=5), "No access.")
    assert (emptied.state, emptied.h, emptied.body, emptied.mid) == (PendingState.DONE, {}, "", 2)
    assert outbox.rewound([emptied], 2) == []
    (denied,) = outbox.rewound([emptied], 1)
    assert (denied.state, denied.why, denied.mid) == (PendingState.DENIED, outbox.SET_BACK, 0)


def test_what_was_refused_for_want_of_what_it_was_done_to_goes_again_once_that_is_there():
    gone = pending("patch", mid=3, h={"st": "closed"}, state=PendingState.GONE, why="w", settled=5)
    others = [msgspec.structs.replace(gone, **each) for each in (
        {"op": "put"}, {"h": {}}, {"state": PendingState.DENIED})]  # fmt: skip
    (again,) = outbox.awaited([gone, *others])
    assert (again.state, again.mid, again.why, again.h) == ("waiting", 0, "", gone.h)
