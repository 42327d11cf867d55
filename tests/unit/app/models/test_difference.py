from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.app.models.difference import Insert, Move, Remove, Step, steps


def apply(old: list[int], wanted: list[Step]) -> list[int]:
    result = list(old)
    for step in wanted:
        match step:
            case Remove(first, last):
                assert 0 <= first <= last < len(result)
                del result[first : last + 1]
            case Insert(first, ids):
                assert ids
                assert 0 <= first <= len(result)
                result[first:first] = ids
            case Move(source, target):
                assert source != target
                result.insert(target, result.pop(source))
    return result


ids = st.lists(st.integers(0, 40), unique=True)


@given(ids, ids)
def test_steps_lead_from_one_order_to_any_other(old, new):
    assert apply(old, steps(old, new)) == new


def test_one_that_comes_to_the_top_is_one_move():
    assert steps([1, 2, 3, 4], [3, 1, 2, 4]) == [Move(2, 0)]


def test_one_that_goes_down_is_one_move():
    assert steps([1, 2, 3, 4], [2, 3, 1, 4]) == [Move(0, 2)]


def test_new_ones_at_the_top_are_one_insert():
    assert steps([1, 2], [8, 9, 1, 2]) == [Insert(0, [8, 9])]


def test_the_rest_of_a_long_list_is_one_insert():
    assert steps(list(range(200)), list(range(9000))) == [Insert(200, list(range(200, 9000)))]


def test_a_shuffled_list_is_exchanged_as_a_whole():
    old, new = list(range(2000)), list(range(1999, -1, -1))
    wanted = steps(old, new)
    assert len(wanted) < 10
    assert apply(old, wanted) == new
