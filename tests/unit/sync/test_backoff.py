"""Waiting longer each time, not all at once, and noticing that the machine slept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.sync import backoff


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_bounded(tries: int, roll: float) -> None:
    assert backoff.FIRST / 2 <= backoff.delay(tries, roll) <= backoff.LONGEST


def test_waits_grow_up_to_five_minutes() -> None:
    waits = [backoff.delay(tries, 0.999999) for tries in range(1, 12)]
    assert waits == sorted(waits)
    assert round(waits[0]) == 1
    assert round(waits[-1]) == 300


def test_the_crowd_is_spread() -> None:
    assert backoff.delay(5, 0.0) < backoff.delay(5, 0.9)


def test_sleep_is_seen_by_either_clock() -> None:
    assert not backoff.has_slept(20, 20.1, 20.1)
    assert backoff.has_slept(20, 3600, 20.1)  # the monotonic clock stood still
    assert backoff.has_slept(20, 3600, 3600)  # it did not
    assert not backoff.has_slept(20, 2, 2)  # woken early
    assert not backoff.has_slept(20, -3600, 20)  # the clock was set
