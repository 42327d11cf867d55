"""When something was said: by the server's clock, whatever the writer's own showed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.team_factories import NOON

from missive_desktop.domain.team import Entity
from missive_desktop.team.spaces.talk import made
from missive_wire.ids import derived_id, new_id

DAY = 86_400_000


def comment(clock: int, v: int = 1, **h: Any) -> Entity:
    return Entity("comment", new_id(clock), h, v=v, at=NOON)


@pytest.mark.parametrize("wrong", [-400 * DAY, -DAY, 0, DAY])
def test_what_was_not_changed_since_was_made_when_the_server_took_it(wrong: int) -> None:
    assert made(comment(NOON + wrong)) == NOON


def test_what_was_changed_says_when_it_was_made_but_never_later_than_that() -> None:
    assert made(comment(NOON, 2, made=NOON - DAY)) == NOON - DAY
    assert made(comment(NOON, 2, made=NOON + DAY)) == NOON
    assert made(comment(NOON, 2, made="then")) == NOON
    assert made(comment(NOON - DAY, 2)) == NOON - DAY
    assert made(comment(NOON + DAY, 2)) == NOON
    assert made(comment(NOON, 2, made=-5)) == 0


def test_what_was_moved_here_was_made_where_it_was_before() -> None:
    assert made(comment(NOON, 1, made=NOON - DAY)) == NOON - DAY


def test_an_id_that_holds_no_time_says_nothing() -> None:
    id_ = derived_id(new_id(), "x")
    assert made(Entity("task", id_, v=3, at=NOON)) == NOON
