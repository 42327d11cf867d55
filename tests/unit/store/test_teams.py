"""How long an offline copy lasts: time is counted as it passes, whatever becomes of the clock."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.factories import KEY

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamSettings, TeamState
from missive_desktop.profile import Profile
from missive_desktop.store import database, teams
from missive_desktop.store.database import Connection

HOUR, DAY = 3_600_000, 86_400_000
START = 1_795_390_000_000


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    store = database.create_or_open(Profile(tmp_path), KEY)
    with closing(database.open_writer(store)) as made:
        yield made


@pytest.fixture
def team(conn: Connection) -> int:
    made = teams.insert(
        conn, "https://x", "o", "u", "d", "a@example.com", "", TeamSettings(), Changes()
    )
    teams.set_heard(conn, made, START, START)
    return made


def over(conn: Connection, now: int) -> bool:
    return bool(teams.over(conn, now))


def test_a_program_that_was_not_started_for_long_shows_nothing(conn: Connection, team: int) -> None:
    assert not over(conn, START + 7 * DAY)
    assert over(conn, START + 7 * DAY + 1)
    assert over(conn, START + 400 * DAY)


def test_nothing_runs_out_that_never_came(conn: Connection) -> None:
    teams.insert(conn, "https://x", "o", "u", "d", "a@example.com", "", TeamSettings(), Changes())
    assert not over(conn, START + 400 * DAY)


def test_a_word_of_the_server_begins_it_anew(conn: Connection, team: int) -> None:
    teams.count(conn, team, START + 6 * DAY, None)
    teams.set_heard(conn, team, START + 6 * DAY, START + 6 * DAY)
    assert not over(conn, START + 13 * DAY)
    assert over(conn, START + 13 * DAY + 1)


def test_time_counts_while_the_program_runs_though_the_clock_stands_still(
    conn: Connection, team: int
) -> None:
    for _ in range(7 * 24):
        teams.count(conn, team, START, HOUR)
    assert not over(conn, START)
    teams.count(conn, team, START, 60_000)
    assert over(conn, START)


def test_a_clock_that_was_ahead_when_the_server_was_heard_gives_no_more_time(
    conn: Connection, team: int
) -> None:
    """Set to the year 2099, heard, then set right again: it is not good until 2099."""
    teams.set_heard(conn, team, START, START + 26_000 * DAY)
    teams.count(conn, team, START, 0)
    for day in range(1, 9):
        teams.count(conn, team, START + day * DAY, None)
    assert over(conn, START + 8 * DAY)


def test_a_clock_set_back_and_forth_gives_no_time_back(conn: Connection, team: int) -> None:
    teams.count(conn, team, START + 6 * DAY, None)
    teams.count(conn, team, START + 5 * DAY, 0)  # while it runs
    assert not over(conn, START + 6 * DAY)
    assert over(conn, START + 6 * DAY + 1)


def test_each_start_with_a_clock_set_back_costs_a_day(conn: Connection, team: int) -> None:
    teams.count(conn, team, START + 2 * HOUR, None)
    for start in range(7):
        now = START - start * DAY
        assert over(conn, now)  # nobody can tell, so the engine counts before anything is shown
        teams.count(conn, team, now, None)
        assert over(conn, now) == (start == 6)


def test_a_clock_that_is_put_right_by_minutes_costs_nothing(conn: Connection, team: int) -> None:
    for _ in range(100):
        teams.count(conn, team, START - HOUR + 1, None)
        teams.count(conn, team, START, 0)
    row = teams.get(conn, team)
    assert row is not None
    assert row.away <= 100 * HOUR
    assert not row.set_back(START - HOUR)


@pytest.mark.parametrize("state", [TeamState.LOCKED, TeamState.REMOVED, TeamState.APPROVAL])
def test_where_nothing_is_here_nothing_runs_out(
    conn: Connection, team: int, state: TeamState
) -> None:
    teams.set_state(conn, team, state, "", Changes())
    assert not over(conn, START + 400 * DAY)
