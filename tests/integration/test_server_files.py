"""Files over HTTP: in parts, resumed, read in parts, and only by those who may."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Person, Team, hash_of, team

from missive_wire import limits


@pytest.fixture
def people(shared_team_server: TeamServer) -> Iterator[Team]:
    made = team(shared_team_server, spaces=2)
    yield made
    made.close()


def shared(person: Person, scope: str, data: bytes) -> tuple[str, str]:
    """Send a file and name it in a message; return its hash and the message's id."""
    hash_ = person.send_file(scope, data)
    conv = person.conversation(scope)
    message = person.message(scope, conv["id"], hash_)
    assert [result["st"] for result in person.mutate(conv, message)] == ["ok", "ok"]
    return hash_, message["id"]


def test_a_file_in_parts_is_read_by_the_others(people: Team) -> None:
    ana, ben, _ = people.people
    data = os.urandom(limits.BLOB_PART + 1000)
    hash_, _ = shared(ana, people.space, data)
    answer = ben.read_file(people.space, hash_)
    assert answer.status_code == 200
    assert answer.content == data
    assert answer.headers["etag"] == f'"{hash_}"'
    assert answer.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=99990-", 99_990, 100_000),
     ("bytes=-5", 99_995, 100_000), ("bytes=5-999999999", 5, 100_000)],
)  # fmt: skip
def test_a_range_of_a_file(people: Team, asked: str, begin: int, end: int) -> None:
    ana = people.people[0]
    data = os.urandom(100_000)
    hash_, _ = shared(ana, people.space, data)
    answer = ana.read_file(people.space, hash_, range=asked)
    assert (answer.status_code, answer.content) == (206, data[begin:end])
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/100000"


@pytest.mark.parametrize("asked", ["bytes=100000-", "bytes=7-3", "bytes=-0"])
def test_a_range_that_is_not_there(people: Team, asked: str) -> None:
    ana = people.people[0]
    hash_, _ = shared(ana, people.space, os.urandom(100_000))
    assert ana.read_file(people.space, hash_, range=asked).status_code == 416


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b", "x" * 999])
def test_a_range_that_is_not_understood_is_all(people: Team, asked: str) -> None:
    ana = people.people[0]
    data = os.urandom(1000)
    hash_, _ = shared(ana, people.space, data)
    answer = ana.read_file(people.space, hash_, range=asked)
    assert (answer.status_code, answer.content) == (200, data)


def test_an_upload_goes_on_where_it_stopped(people: Team) -> None:
    ana = people.people[0]
    data, half = os.urandom(300_000), 150_000
    hash_ = hash_of(data)
    assert ana.announce(people.space, data)["have"] == 0
    assert ana.part(people.space, hash_, 0, data[:half]).json()["have"] == half
    assert ana.announce(people.space, data)["have"] == half
    assert ana.part(people.space, hash_, 0, data[:half]).status_code == 416
    assert ana.part(people.space, hash_, half + 1, data[half + 1 :]).status_code == 416
    assert ana.part(people.space, hash_, half, data[half:]).json()["done"]


def test_other_bytes_than_announced(people: Team) -> None:
    ana = people.people[0]
    data = os.urandom(1000)
    hash_ = hash_of(data)
    ana.announce(people.space, data)
    assert ana.part(people.space, hash_, 0, data[:-1] + bytes([data[-1] ^ 1])).status_code == 422
    assert ana.part(people.space, hash_, 0, data).status_code == 404  # announce it again
    assert ana.announce(people.space, data)["have"] == 0
    assert ana.part(people.space, hash_, 0, data + b"more").status_code == 413
    assert ana.part(people.space, hash_, 0, data[:10]).status_code == 400  # a crumb
    assert ana.part(people.space, hash_, 0, data).json()["done"]


def test_a_file_that_nothing_names_is_read_by_nobody(people: Team) -> None:
    ana = people.people[0]
    hash_ = ana.send_file(people.space, os.urandom(1000))
    assert ana.read_file(people.space, hash_).status_code == 404


def test_already_there_only_for_who_may_read_it(
    people: Team, shared_team_server: TeamServer
) -> None:
    ana, ben, _ = people.people
    second = people.organization.spaces[1]
    data = os.urandom(1000)
    hash_, _ = shared(ana, people.space, data)
    assert ben.announce(second, data)["done"]  # he may read it in the first space
    others = team(shared_team_server, people=1)
    eve = others.people[0]
    told = eve.announce(others.space, data)
    assert (told["have"], told["done"]) == (0, False)  # nothing tells her that it is here
    assert eve.read_file(people.space, hash_).status_code == 404
    assert eve.read_file(others.space, hash_).status_code == 404
    others.close()


def test_naming_a_file_that_one_does_not_have_gives_nothing(people: Team) -> None:
    ana, ben, _ = people.people
    second = people.organization.spaces[1]
    hash_, _ = shared(ana, people.space, os.urandom(1000))
    conv = ben.conversation(second)
    ben.mutate(conv, ben.message(second, conv["id"], hash_))
    assert ben.read_file(second, hash_).status_code == 404


def test_who_opened_what_stands_in_the_trail_once(people: Team) -> None:
    ana, ben, _ = people.people
    data = os.urandom(200_000)
    hash_, message = shared(ana, people.space, data)
    for begin in (0, 50_000, 100_000):
        ben.read_file(people.space, hash_, range=f"bytes={begin}-{begin + 49_999}")
    asked = {"device": ana.device, "scope": people.space, "id": message}
    records = ana.post("/v1/audit", asked)["records"]
    assert [(each["by"], each["act"]) for each in records] == [
        (ana.caller.user, "message.added"),
        (ben.caller.user, "blob.read"),
    ]


def test_a_removed_member_reads_no_file(people: Team) -> None:
    ana, ben, _ = people.people
    hash_, _ = shared(ana, people.space, os.urandom(1000))
    seat = people.organization.seat(ben.caller.user)
    gone = seat | {"op": "del", "act": "seat.taken", "mid": next(ana.mids)}
    (result,) = ana.mutate(gone)
    assert result["st"] == "ok", result
    assert ben.read_file(people.space, hash_).status_code == 404
    assert ben.announce(people.space, b"another", 404)["error"] == "missing"


def test_what_is_no_file(people: Team) -> None:
    ana = people.people[0]
    body = {"device": ana.device, "scope": people.space, "hash": hash_of(b""), "size": 0}
    ana.post("/v1/blobs", body, 400)
    ana.post("/v1/blobs", body | {"size": limits.BLOB + 1}, 413)
    for hash_ in ("a" * 63, "A" * 64, "%2e%2e%2f", "a" * 64 + "/x"):
        assert ana.read_file(people.space, hash_).status_code == 404
        assert ana.part(people.space, hash_, 0, b"x").status_code == 404
    for at in (-1, "x", "1" * 20, ""):
        answer = ana.http.put(f"/v1/blobs/{people.space}/{'a' * 64}", params={"at": at})
        assert answer.status_code == 400
    big = ana.part(people.space, "a" * 64, 0, b"x" * (limits.BLOB_PART + 1))
    assert big.status_code == 413


def test_an_organization_keeps_no_more_than_it_may(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = TeamServer(tmp_path_factory.mktemp("quota"), "--quota", "1m").start()
    made = team(server, people=1)
    ana = made.people[0]
    try:
        ana.send_file(made.space, os.urandom(600_000))
        refused = httpx.post(
            f"{server.url}/v1/blobs",
            json={"device": ana.device, "scope": made.space, "hash": "b" * 64, "size": 600_000},
            headers=ana.http.headers,
        )
        assert (refused.status_code, refused.json()["error"]) == (507, "full")
        ana.send_file(made.space, os.urandom(400_000))
    finally:
        made.close()
        server.kill()
