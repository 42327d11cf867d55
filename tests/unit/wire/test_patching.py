"""Patches merge where two people label at once, and never change what they were given."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from missive_wire.patching import field, fields, patched

NAMES = st.sampled_from(["st", "labels", "assignees", "labels+", "labels-", "assignees+"])
ITEMS = st.lists(st.sampled_from("abcd"), max_size=4)
DELTAS = st.dictionaries(NAMES, ITEMS | st.none() | st.text(max_size=3) | st.integers())
HEADERS = st.dictionaries(st.sampled_from(["st", "labels", "other"]), ITEMS | st.booleans())


@given(HEADERS, DELTAS)
def test_only_what_is_named_changes(h, delta):
    before = copy.deepcopy((h, delta))
    after = patched(h, delta)
    assert (h, delta) == before
    named = fields(delta)
    assert {k: v for k, v in after.items() if k not in named} == {
        k: v for k, v in h.items() if k not in named
    }
    assert not [name for name in after if name[-1] in "+-"]


@given(ITEMS, ITEMS, ITEMS)
def test_two_who_label_at_once_both_have_their_way(there, mine, yours):
    h = {"labels": there}
    one = patched(patched(h, {"labels+": mine}), {"labels+": yours})
    other = patched(patched(h, {"labels+": yours}), {"labels+": mine})
    assert set(one["labels"]) == set(other["labels"]) == {*there, *mine, *yours}


@given(HEADERS, ITEMS, ITEMS)
def test_adding_and_taking_away_twice_is_once(h, more, less):
    delta = {"labels+": more, "labels-": less}
    once = patched(h, delta)
    assert patched(once, {"labels-": less, "labels+": more})["labels"] == once["labels"] or (
        set(patched(once, delta)["labels"]) == set(once["labels"])
    )


def test_null_removes():
    assert patched({"st": "open", "due": 1}, {"due": None, "none": None}) == {"st": "open"}


def test_a_field_is_named_without_its_sign():
    assert [field(n) for n in ("labels", "labels+", "labels-", "")] == ["labels"] * 3 + [""]
