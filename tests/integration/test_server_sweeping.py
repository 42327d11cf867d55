"""Files that nothing names any more go after a time of grace; nothing else does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Team, hash_of, team

from missive_server.blobs.opening import open_place
from missive_server.database.opening import open_store
from missive_server.database.work import Query, Work
from missive_server.housekeeping import sweep_files
from missive_server.service.writing import milliseconds

DAY = 86_400_000
GRACE = 7 * DAY


@pytest.fixture
def people(team_server: TeamServer) -> Iterator[Team]:
    made = team(team_server, people=2)
    yield made
    made.close()


def swept(server: TeamServer, days: float = 0) -> tuple[int, int]:
    """Sweep as if it was so many days later; return how many files went and what is stored."""

    async def once() -> tuple[int, int]:
        store = await open_store("", server.data)
        try:
            place = open_place(str(server.data / "blobs"))
            gone = await sweep_files(store, place, GRACE, lambda: milliseconds() + int(days * DAY))
            return gone, await store.read(_stored)
        finally:
            await store.close()

    return asyncio.run(once())


def _stored() -> Work[int]:
    rows = yield Query("SELECT stored FROM orgs")
    return int(rows[0][0])


def files(server: TeamServer) -> list[Path]:
    return [each for each in (server.data / "blobs").rglob("*") if each.is_file()]


def test_a_named_file_stays_and_a_forgotten_one_goes(team_server: TeamServer, people: Team) -> None:
    ana = people.people[0]
    named, forgotten = os.urandom(5000), os.urandom(3000)
    hash_ = ana.send_file(people.space, named)
    conv = ana.conversation(people.space)
    message = ana.message(people.space, conv["id"], hash_)
    ana.mutate(conv, message)
    ana.send_file(people.space, forgotten)
    assert swept(team_server) == (0, 8000)
    assert swept(team_server, 6) == (0, 8000)
    assert swept(team_server, 8) == (1, 5000)
    assert [each.stat().st_size for each in files(team_server)] == [5000]
    assert ana.read_file(people.space, hash_).content == named
    # It can be brought anew.
    assert ana.announce(people.space, forgotten)["have"] == 0
    ana.send_file(people.space, forgotten)
    assert swept(team_server) == (0, 8000)


def test_a_file_that_is_named_again_in_time_stays(team_server: TeamServer, people: Team) -> None:
    ana = people.people[0]
    data = os.urandom(2000)
    hash_ = ana.send_file(people.space, data)
    assert swept(team_server, 0) == (0, 2000)
    conv = ana.conversation(people.space)
    ana.mutate(conv, ana.message(people.space, conv["id"], hash_))
    assert swept(team_server, 20) == (0, 2000)
    assert swept(team_server, 40) == (0, 2000)
    assert ana.read_file(people.space, hash_).content == data


def test_an_upload_that_was_given_up_goes(team_server: TeamServer, people: Team) -> None:
    ana = people.people[0]
    data = os.urandom(200_000)
    ana.announce(people.space, data)
    ana.part(people.space, hash_of(data), 0, data[:100_000])
    assert swept(team_server) == (0, 200_000)
    assert len(files(team_server)) == 1
    assert swept(team_server, 2) == (0, 0)
    assert files(team_server) == []
    ana.send_file(people.space, data)
