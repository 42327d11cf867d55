"""What a page or frame is worth, by where one stands."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.row_sums import of_rows

from missive_desktop.store.team_rows import Known
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import feed
from missive_desktop.team.feed import Verdict
from missive_wire import limits, sums
from missive_wire.entities import Row
from missive_wire.feed import Backfill, Page
from missive_wire.frames import Change
from missive_wire.ids import new_id, org_scope, space_scope, user_scope

SCOPE = ScopeRow(1, 1, "s", "e1", 10, 0, True, 0, 10, 0, "", 0, 1, 1, False, 0, 0)


def at(**given: Any) -> ScopeRow:
    return msgspec.structs.replace(SCOPE, **given)


def change(prev: int, to: int, e: str = "e1", **more: Any) -> Change:
    return Change("s", e, prev, to, 1, (), **more)


def page(prev: int, to: int, head: int, e: str = "e1", **more: Any) -> Page:
    return Page(e, prev, to, head, 1, **more)


def test_a_frame_counts_only_if_it_follows():
    assert feed.judge_change(SCOPE, change(10, 11)) is Verdict.APPLY
    assert feed.judge_change(SCOPE, change(8, 11)) is Verdict.APPLY  # overlaps what is here
    assert feed.judge_change(SCOPE, change(11, 12)) is Verdict.PULL
    assert feed.judge_change(SCOPE, change(9, 10)) is Verdict.KNOWN
    assert feed.judge_change(SCOPE, change(10, 11, "e2")) is Verdict.PULL  # may be an old one
    assert feed.judge_change(at(e=""), change(10, 11)) is Verdict.BEGIN


def test_a_page_of_another_epoch_resets_and_a_late_one_does_nothing():
    assert feed.judge_page(SCOPE, page(10, 12, 12), ("e1", 10)) is Verdict.APPLY
    assert feed.judge_page(SCOPE, page(10, 12, 12, "e2"), ("e1", 10)) is Verdict.RESET
    assert feed.judge_page(SCOPE, page(12, 12, 12, reset=True), ("e1", 10)) is Verdict.RESET
    assert feed.judge_page(at(e="e2"), page(10, 12, 12, "e2"), ("e1", 10)) is Verdict.KNOWN
    assert feed.judge_page(SCOPE, page(8, 10, 10), ("e1", 8)) is Verdict.KNOWN
    assert feed.judge_page(SCOPE, page(10, 10, 10, floor=4), ("e1", 10)) is Verdict.APPLY


def test_rows_are_news_once_and_a_doubtful_one_gives_way_to_any():
    older, newer = Row("put", 5, "conv", "a", 2), Row("put", 7, "conv", "a", 3)
    rows = [older, newer, Row("put", 6, "msg", "b", 1)]
    known = {("msg", "b"): Known("put", 6, 1, 0, "")}
    assert [(r.id, r.seq) for r in feed.news(rows, known)] == [("a", 7)]
    doubtful = {("msg", "b"): Known("put", 0, 9, 0, "")}
    assert {r.id for r in feed.news(rows, doubtful)} == {"a", "b"}


def test_the_sum_follows_what_is_written_and_forgotten():
    first = [Row("put", 1, "conv", "a", 1), Row("put", 2, "conv", "b", 1)]
    held = feed.counted(at(sum="", count=0), first, {})
    assert held == feed.Held(of_rows(first), 2)
    kept = at(sum=sums.as_text(held.total), count=2)
    second = [Row("del", 3, "conv", "a", 2)]
    held = feed.counted(kept, second, {("conv", "a"): Known("put", 1, 1, 0, "")})
    assert held == feed.Held(of_rows([*second, first[1]]), 2)
    assert feed.without(held, [("del", "conv", "a", 2)]) == feed.Held(of_rows(first[1:]), 1)


def test_sums_are_compared_only_where_both_mean_the_same():
    other = page(10, 10, 10, sum="00000000000000ff", count=3)
    assert feed.differs(SCOPE, other)
    assert not feed.differs(at(done=False), other)
    assert not feed.differs(at(hi=9), other)
    assert not feed.differs(at(sum="00000000000000ff", count=3), other)
    assert feed.differs(at(sum="00000000000000ff", count=2), other)
    assert not feed.differs(SCOPE, page(10, 10, 10))


def test_agreement_forgives_and_differences_in_a_row_come_to_an_end():
    agreed = feed.after_page(
        at(resyncs=2), page(10, 11, 11, sum="0000000000000001", count=1), feed.Held(1, 1)
    )
    assert (agreed.hi, agreed.resyncs) == (11, 0)
    assert [feed.resync_wait(n) for n in (0, 2, 3, 4, 9, 5000)] == [0, 0, 600, 1200, 21600, 21600]


def test_history_leads_down_and_only_its_first_page_sets_the_head():
    begun = feed.anew(SCOPE)
    assert (begun.e, begun.hi, begun.sum) == ("", 0, "")
    first = feed.after_history(begun, Backfill("e2", 40, 99, 1), feed.Held(0, 0), first=True)
    assert (first.e, first.hi, first.lo, first.head) == ("e2", 99, 39, 99)
    grown = msgspec.structs.replace(first, hi=120)
    below = feed.after_history(
        grown, Backfill("e2", 0, 130, 1, done=True), feed.Held(0, 0), first=False
    )
    assert (below.hi, below.lo, below.done) == (120, 0, True)


def test_scopes_that_cannot_be_or_are_too_many_are_not_taken_up(monkeypatch):
    org, me, other = new_id(), new_id(), new_id()
    spaces = [space_scope(new_id()) for _ in range(3)]
    own = [user_scope(me), org_scope(org)]
    foreign = [user_scope(other), org_scope(other), "left 1", "s:", "", "c:" + org]
    assert feed.readable([*foreign, *own, *spaces, *own], set(), org, me) == [*own, *spaces]
    monkeypatch.setattr(limits, "SCOPES", 4)
    held = {*own, spaces[0]}
    assert feed.readable([*spaces, own[0]], held, org, me) == [spaces[0], own[0], spaces[1]]
    assert feed.readable(spaces[1:], held | {spaces[1]}, org, me) == [spaces[1]]
