"""Too many, too fast, too slow: refused in words, and everybody else is served."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from tests.servers.mates import until
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Team, team

from missive_server.http.guard import FILES, WINDOW


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamServer]:
    server = TeamServer(
        tmp_path_factory.mktemp("strict"),
        *("--rate", "10", "--rate-unknown", "10", "--request-timeout", "1s"),
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


def refused_after(
    ask: Callable[[int], httpx.Response], burst: int
) -> tuple[set[int], httpx.Response]:
    """Ask until it is too often; return what was answered before, and the refusal.

    Answered are the burst, what a slow machine earns meanwhile, and the first of a token that the
    server does not know yet: an address pays for it.
    """
    start, found = time.monotonic(), [ask(0)]
    while found[-1].status_code != 429:
        found.append(ask(len(found)))
    earned = (time.monotonic() - start) * burst / WINDOW
    assert burst <= len(found) - 1 <= burst + 1 + earned
    return {each.status_code for each in found[:-1]}, found[-1]


def test_a_stranger_is_slowed_down_and_nobody_else(strict: TeamServer, people: Team) -> None:
    with httpx.Client(base_url=strict.url) as http:

        def ask(address: str) -> httpx.Response:
            return http.get("/v1/info", headers=from_(address))

        before, refusal = refused_after(lambda _: ask("203.0.113.1"), 10)
        assert before == {200}
        assert refusal.json()["error"] == "slow_down"
        assert int(refusal.headers["retry-after"]) >= 1
        assert ask("203.0.113.2").status_code == 200
        people.people[0].pull()
        # Whoever adds an address of their own in front is still known by the one the proxy saw.
        forged, _ = refused_after(lambda n: ask(f"198.51.100.{n}, 203.0.113.3"), 10)
        assert forged == {200}


def test_a_token_that_is_none_is_a_strangers(strict: TeamServer) -> None:
    with httpx.Client(base_url=strict.url) as http:

        def guess(n: int) -> httpx.Response:
            token = {"authorization": f"Bearer guess{n}"}
            body = {"device": "d", "schema": 1}
            return http.post("/v1/pull", json=body, headers=token | from_("203.0.113.9"))

        assert refused_after(guess, 10)[0] == {401}


def test_each_person_has_a_rate(people: Team) -> None:
    ana, ben, _ = people.people

    def pull(n: int) -> httpx.Response:
        return ana.http.post("/v1/pull", json=ana.asked(), headers=from_(f"192.0.2.{n}"))

    assert refused_after(pull, 10)[0] == {200}
    ben.pull()


def test_files_do_not_use_up_what_else_a_person_may_ask(people: Team) -> None:
    ben = people.people[1]
    ben.pull()  # the server knows who asks
    name = f"/v1/blobs/{people.space}/{'a' * 64}"
    before, _ = refused_after(lambda _: ben.http.put(name, params={"at": 0}), 10 * FILES)
    assert before == {404}
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
    with httpx.Client(base_url=strict.url, headers=from_("203.0.113.8")) as http:
        refused_after(lambda _: http.get("/v1/info"), 10)
    right = {"authorization": "Bearer figures please"}
    assert httpx.get(address, timeout=60).status_code == 404
    assert httpx.get(address, headers={"authorization": "Bearer x"}, timeout=60).status_code == 404
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
