from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.app.presenters.order import Order

entries = st.dictionaries(st.integers(1, 60), st.integers(1, 90))


def newest_first(places: dict[int, int]) -> list[tuple[int, int]]:
    return sorted(((latest, item) for item, latest in places.items()), reverse=True)


@given(entries, st.dictionaries(st.integers(1, 60), st.none() | st.integers(1, 90)))
def test_it_stays_the_order_that_reading_anew_would_give(before, changes):
    order = Order()
    order.extend(newest_first(before))
    order.complete = True
    found = {item: latest for item, latest in changes.items() if latest is not None}
    changed = order.update(changes, found)
    after = {k: v for k, v in before.items() if k not in changes} | found
    assert order.ids == [item for _, item in newest_first(after)]
    assert changed == (before != after)


def test_what_lies_beyond_the_loaded_part_comes_with_the_rest():
    order = Order()
    order.extend([(90, 1), (80, 2)])
    order.update([3, 4], {3: 85, 4: 10})
    assert order.ids == [1, 3, 2]
    order.extend([(10, 4)])
    assert order.ids == [1, 3, 2, 4]
    assert order.last == (10, 4)
