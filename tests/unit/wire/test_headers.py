"""Known fields are held to what they mean; unknown ones pass."""

import pytest

from missive_wire import limits
from missive_wire.entities import Type
from missive_wire.headers import belongs, seat_id, wrong, wrong_patch
from missive_wire.ids import new_id, org_scope, space_scope, user_scope

ID = new_id()


@pytest.mark.parametrize(
    ("t", "h"),
    [
        ("conv", {}),
        ("conv", {"st": "closed", "inbox": True, "assignees": [ID], "labels": [], "last": 1}),
        ("conv", {"newer": {"a": [1]}}),
        ("msg", {"conv": ID, "blob": "a" * 64, "out": True}),
        ("msg", {"conv": ID, "blob": ""}),
        ("task", {"conv": "", "st": "doing"}),
        ("seat", {"user": ID, "role": "viewer", "kind": "observer"}),
        ("label", {}),
        ("pstate", {}),
        ("invite", {"role": "member", "until": 5, "auth": "0" * 64, "seats": [[ID, "active"]]}),
        ("a newer type", {"x": 1}),
    ],
)
def test_right(t, h):
    assert wrong(t, h) == ""


@pytest.mark.parametrize(
    ("t", "h", "place"),
    [
        ("conv", {"st": "lost"}, "st"),
        ("conv", {"inbox": 1}, "inbox"),
        ("conv", {"assignees": ["ben"]}, "assignees"),
        ("conv", {"assignees": ID}, "assignees"),
        ("conv", {"assignees": [ID] * 201}, "assignees"),
        ("conv", {"last": -1}, "last"),
        ("conv", {"labels+": [ID]}, "no such field"),
        ("conv", {"": 1}, "no such field"),
        ("conv", {"x" * 65: 1}, "no such field"),
        ("conv", {"x": "y" * limits.HEADER}, "too large"),
        ("msg", {}, "header"),
        ("msg", {"conv": f"{ID}\n"}, "conv"),
        ("msg", {"conv": ID, "blob": "A" * 64}, "blob"),
        ("msg", {"conv": {"id": ID}}, "conv"),
        ("comment", {"conv": "' OR 1=1"}, "conv"),
        ("member", {"user": ID, "role": "king"}, "role"),
        ("grant", {"epoch": 0, "keys": {}, "confirm": "", "sig": "", "by": ID}, "epoch"),
        ("grant", {"epoch": 1, "keys": {"x": "y"}, "confirm": "", "sig": "", "by": ID}, "keys"),
    ],
)
def test_wrong(t, h, place):
    assert place in wrong(t, h)


def test_keys_for_five_hundred_devices_fit_and_no_more():
    h = {"epoch": 1, "confirm": "c" * 44, "sig": "s" * 88, "by": ID, "back": "b" * 100}
    assert wrong("grant", h | {"keys": {new_id(): "k" * 108 for _ in range(500)}}) == ""
    assert wrong("grant", h | {"keys": {new_id(): "k" * 108 for _ in range(501)}})
    assert wrong("grant", h | {"keys": {new_id(): "k" * 201}})
    assert wrong("grant", h | {"keys": {new_id(): "k"}, "junk": "j" * 17_000})


def test_only_lists_of_ids_are_added_to():
    assert wrong_patch({"labels+": [ID], "assignees-": [], "st": "open"}) == ""
    assert wrong_patch({"st+": [ID]})
    assert wrong_patch({"labels+": ID})
    assert wrong_patch({"labels-": [1]})


def test_types_have_their_places():
    space, org, user = space_scope(ID), org_scope(ID), user_scope(ID)
    assert belongs("conv", space)
    assert not belongs("conv", org)
    assert belongs("label", org)
    assert belongs("pstate", user)
    assert not belongs("pstate", space)
    assert {t for t in Type if not any(belongs(t, s) for s in (space, org, user))} == set()
    assert not belongs("newer", space)


def test_a_seat_has_one_id():
    assert seat_id(ID, ID) == seat_id(ID, ID) != seat_id(ID, new_id())
