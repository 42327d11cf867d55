"""Entities as they are shown: base with what is pending on top; bodies written into newer ones."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.team import PendingState
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import overlay

NAMES = st.sampled_from("abc")
BODIES = st.dictionaries(NAMES, st.integers(0, 3))


def pending(op: str = "patch", **given: Any) -> Pending:
    values: dict[str, Any] = {
        "id": 1, "team": 1, "mid": 0, "op": op, "scope": "s", "t": "conv", "entity": "c",
        "act": "x", "h": {}, "pre": None, "body": "", "based": "", "bv": 0, "fence": 0,
        "state": PendingState.WAITING, "why": "", "cur": {}, "seqs": {}, "created": 5, "settled": 0,
    }  # fmt: skip
    return Pending(**(values | given))


def base(**given: Any) -> EntityRow:
    values: dict[str, Any] = {"t": "conv", "id": "c", "op": "put", "seq": 3, "v": 1}
    return EntityRow(**(values | given))


def test_what_is_done_here_shows_at_once_and_in_order():
    row = base(h={"st": "open", "labels": ["a"]}, body='{"subject":1}')
    changes = [pending(h={"labels+": ["b"]}), pending(h={"st": "closed"}, body='{"subject":2}')]
    shown = overlay.shown(row, changes, "me")
    assert shown is not None
    assert shown.h == {"st": "closed", "labels": ["a", "b"]}
    assert shown.body == '{"subject":2}'
    assert shown.pending
    assert not shown.gone


def test_what_was_refused_does_not_show_and_what_is_in_the_row_counts_once():
    row = base(h={"n": 1})
    for state in (PendingState.CONFLICT, PendingState.DENIED, PendingState.GONE):
        shown = overlay.shown(row, [pending(h={"n": 2}, state=state)], "me")
        assert shown is not None
        assert (shown.h, shown.pending) == ({"n": 1}, False)
    landed = pending(h={"n": 2}, state=PendingState.OK, seqs={"s": 3})
    shown = overlay.shown(row, [landed], "me")
    assert shown is not None
    assert shown.h == {"n": 1}  # somebody else's later change is not undone for a moment


def test_what_was_made_here_and_deleted_here_is_gone():
    made = pending("put", h={"n": 1}, body="{}")
    shown = overlay.shown(None, [made], "me")
    assert shown is not None
    assert (shown.own, shown.gone) == ("me", False)
    shown = overlay.shown(None, [made, pending("del")], "me")
    assert shown is not None
    assert shown.gone
    refused = overlay.shown(None, [pending("put", state=PendingState.DENIED)], "me")
    assert refused is not None
    assert refused.gone
    assert overlay.shown(None, [], "me") is None


def test_a_body_starts_from_the_last_one_of_ones_own():
    waiting = [pending(body='{"a":1}', bv=4), pending(h={"n": 1})]
    assert overlay.version(base(body="{}", bv=3), waiting) == ('{"a":1}', 4)
    assert overlay.version(base(body="{}", bv=3), []) == ("{}", 3)
    assert overlay.version(None, []) == ("", 0)


@given(BODIES, BODIES, BODIES)
def test_a_rebased_body_has_both_changes_or_is_refused(old, mine, theirs):
    merged = overlay.rebased(json.dumps(old), json.dumps(mine), json.dumps(theirs))
    names = {*old, *mine, *theirs}
    ours = {n for n in names if old.get(n) != mine.get(n)}
    others = {n for n in names if old.get(n) != theirs.get(n)}
    clash = {n for n in ours & others if mine.get(n) != theirs.get(n)}
    if clash:
        assert merged is None
        return
    assert merged is not None
    result = json.loads(merged)
    for name in names:
        assert result.get(name) == (mine.get(name) if name in ours else theirs.get(name))


def test_what_is_no_object_is_not_written_into():
    assert overlay.rebased("{}", "[1]", "{}") is None
    assert overlay.rebased("{}", '{"a":1}', "nonsense") is None
