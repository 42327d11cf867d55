"""Too many, too fast, too slow: refused in words, and everybody else is served."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from tests.servers.mates import until
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Team, team


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamServer]:
    server = TeamServer(
        tmp_path_factory.mktemp("strict"),
        *("--rate", "30", "--rate-unknown", "10", "--request-timeout", "1s"),
        *("--connections", "40", "--connections-per-address", "20"),
        *("--trusted-proxy", "127.0.0.1", "--metrics-token", "figures please"),
    ).start()
    yield server
    server.kill()


@pytest.fixture
def people(strict: TeamServer) -> Iterator[Team]:
    made = team(strict)
    yield made
    made.close()


def from_(address: str) -> dict[str, str]:
    """What a proxy in front of the server says of where a request came from."""
    return {"x-forwarded-for": address}


def test_a_stranger_is_slowed_down_and_nobody_else(strict: TeamServer, people: Team) -> None:
    info = f"{strict.url}/v1/info"
    answers = [httpx.get(info, headers=from_("203.0.113.1")) for _ in range(12)]
    assert [a.status_code for a in answers].count(429) == 2
    assert answers[-1].json()["error"] == "slow_down"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert httpx.get(info, headers=from_("203.0.113.2")).status_code == 200
    people.people[0].pull()
    # Whoever adds an address of their own in front is still known by the one that the proxy saw.
    forged = httpx.get(info, headers=from_("198.51.100.7, 203.0.113.1"))
    assert forged.status_code == 429


def test_a_token_that_is_none_is_a_strangers(strict: TeamServer) -> None:
    found = [
        httpx.post(
            f"{strict.url}/v1/pull",
            json={"device": "d", "schema": 1},
            headers={"authorization": f"Bearer guess{n}"} | from_("203.0.113.9"),
        ).status_code
        for n in range(14)
    ]
    assert found == [401] * 10 + [429] * 4


def test_each_person_has_a_rate(people: Team) -> None:
    ana, ben, _ = people.people
    found = [
        ana.http.post("/v1/pull", json=ana.asked(), headers=from_(f"192.0.2.{n}")).status_code
        for n in range(40)
    ]
    assert found.count(429) >= 8
    assert set(found) == {200, 429}
    ben.pull()


def test_files_do_not_use_up_what_else_a_person_may_ask(people: Team) -> None:
    ben = people.people[1]
    ben.pull()  # the server knows who asks
    name = f"/v1/blobs/{people.space}/{'a' * 64}"
    found = [ben.http.put(name, params={"at": 0}).status_code for _ in range(200)]
    assert found[:100] == [404] * 100
    assert 429 in found  # they have an end as well
    ben.pull()


def test_only_so_many_connections(strict: TeamServer) -> None:
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(socket.create_connection(("127.0.0.1", strict.port), 5))
        until(lambda: not served(strict))
    until(lambda: served(strict))


def served(server: TeamServer) -> bool:
    """Tell whether a further connection is served."""
    try:
        return httpx.get(f"{server.url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


_HEADERS = (
    b"POST /v1/pull HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer x\r\nContent-Length: 100\r\n"
)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /v1/info HTTP/1.1\r\nHost:",
        _HEADERS + b"\r\n{",
    ],
    ids=["nothing", "half the headers", "half the body"],
)
def test_who_never_ends_is_not_waited_for(strict: TeamServer, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", strict.port), 10) as peer:
        peer.sendall(begun)
        found = b""
        while chunk := peer.recv(4096):
            found += chunk
    assert b" 408 " in found or b" 401 " in found


def test_figures_with_a_token(strict: TeamServer) -> None:
    address = f"{strict.url}/metrics"
    right = {"authorization": "Bearer figures please"}
    assert httpx.get(address).status_code == 404
    assert httpx.get(address, headers={"authorization": "Bearer x"}).status_code == 404
    told = httpx.get(address, headers=right | from_("203.0.113.5"))
    assert 'missive_refused_total{why="slow_down"}' in told.text


def test_the_log_knows_ids_only(strict: TeamServer, people: Team) -> None:
    ana = people.people[0]
    ana.http.get("/v1/info?token=secret-in-the-address", headers=from_("203.0.113.77"))
    log = strict.log.read_text()
    assert "secret-in-the-address" not in log
    assert "203.0.113" not in log
    assert "token of" not in log
    assert "example.org" not in log
