"""How long to wait after so many tries."""

import pytest

from missive_server.auth.throttle import Try, wait_after


@pytest.mark.parametrize(
    ("count", "wait"), [(1, 0), (4, 0), (5, 1000), (6, 2000), (8, 8000), (14, 300_000)]
)
def test_waits_grow_after_a_few_tries(count: int, wait: int) -> None:
    assert wait_after("device", count) == wait


def test_waits_never_grow_beyond_their_longest() -> None:
    assert wait_after("account", 10**9) == 300_000
    assert wait_after("code", 10**9) == 900_000


def test_an_account_waits_only_for_many_places_together() -> None:
    assert wait_after("account", 99) == 0
    assert wait_after("account", 100) == 1000


def test_what_is_counted_has_a_name_that_tells_nothing() -> None:
    name = Try("account", "ana@example.com").name
    assert "ana" not in name
    assert len(name) == 64
    assert name != Try("address", "ana@example.com").name
