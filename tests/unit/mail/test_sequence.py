"""Sequence sets survive the round trip, however they are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.mail import sequence

UIDS = st.sets(st.integers(1, (1 << 32) - 1), max_size=50) | st.sets(st.integers(1, 300))


@given(UIDS)
def test_what_is_written_is_read_again(uids: set[int]) -> None:
    assert sequence.expand(sequence.write(uids).encode(), len(uids)) == sorted(uids)


@given(UIDS, st.integers(1, 40))
def test_batches_lose_nothing_and_stay_short(uids: set[int], limit: int) -> None:
    written = list(sequence.batches(uids, limit))
    assert all(len(one) <= max(limit, 21) for one in written)
    found = [n for one in written for n in sequence.expand(one.encode(), len(uids)) or []]
    assert found == sorted(uids)


@given(UIDS, UIDS)
def test_within_is_the_intersection(named: set[int], known: set[int]) -> None:
    assert sequence.within(sequence.write(named).encode(), sorted(known)) == named & known


def test_huge_sets_are_not_expanded() -> None:
    assert sequence.expand(b"1:4294967295", 1000) is None
    assert sequence.within(b"1:4294967295", [3, 9]) == {3, 9}


def test_odd_sets() -> None:
    assert sequence.ranges(b"7:3,x,,5") == [(3, 7), (5, 5)]
    assert sequence.write([]) == ""
    assert list(sequence.batches([])) == []
    assert sequence.write([3, 1, 2, 2, 9]) == "1:3,9"


@given(st.binary(max_size=60))
def test_any_bytes_are_read(raw: bytes) -> None:
    sequence.ranges(raw)
    sequence.expand(raw, 1000)
