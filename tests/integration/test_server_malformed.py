"""Whatever is sent to whatever route: no mistake of the server, and nothing told in an error."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Person, Team, team

from missive_wire import accounts, limits, routes

POSTS = [
    routes.MUTATE, routes.PULL, routes.BACKFILL, routes.AUDIT, routes.LEASE, routes.BLOBS,
    routes.UNPURGED,
    *sorted({value for name, value in vars(accounts).items()
             if name.isupper() and isinstance(value, str) and value.startswith("/v1/")}),
]  # fmt: skip
MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TOLD = {"error", "message", "last_mid", "min_schema", "code", "why", "after"}


@pytest.fixture(scope="module")
def people(shared_team_server: TeamServer) -> Iterator[Team]:
    made = team(shared_team_server, people=2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def others(shared_team_server: TeamServer) -> Iterator[Team]:
    """They stay signed in: what is sent for `people` may sign them out."""
    made = team(shared_team_server, people=2)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_mistakes(shared_team_server: TeamServer) -> Iterator[None]:
    before = len(shared_team_server.events("bug"))
    yield
    assert shared_team_server.events("bug")[before:] == []


def fine(answer: httpx.Response, *, secret: str = "") -> None:
    """Refused or served, in words of our own."""
    assert answer.status_code < 500, (answer.status_code, answer.text)
    if answer.status_code >= 400:
        told = answer.json()
        assert set(told) <= TOLD, told
        assert len(answer.content) < 400
        assert not secret or secret not in answer.text
    assert "Traceback" not in answer.text


def send(person: Person, path: str, body: bytes, kind: str = "application/json") -> httpx.Response:
    return person.http.post(path, content=body, headers={"content-type": kind})


HAND_MADE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1e999",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep in a field": b'{"device":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "invalid UTF-8": b'{"device":"\xff\xfe"}',
    "a lone surrogate": b'{"device":"\\ud800","schema":1}',
    "NUL": b'{"device":"a\\u0000b","schema":1,"muts":[],"scope":"s:\\u0000"}',
    "a huge number": b'{"device":"d","schema":' + b"9" * 5000 + b"}",
    "a negative number": b'{"device":"d","schema":-1}',
    "twice": b'{"device":"a","device":"b","schema":1}',
    "a comment": b'{"device":"a"/* */}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"device":"a"}'.encode("utf-16"),
}


@pytest.mark.parametrize("body", HAND_MADE.values(), ids=HAND_MADE.keys())
def test_bodies_made_by_hand(people: Team, body: bytes) -> None:
    for path in POSTS:
        fine(send(people.people[0], path, body))


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "*/*"]
)
def test_other_types_than_json(people: Team, kind: str) -> None:
    for path in POSTS:
        answer = send(people.people[0], path, b"{}", kind)
        fine(answer)
        assert answer.status_code in (401, 404, 405, 415), path


def test_packed_bodies_are_not_unpacked(people: Team) -> None:
    answer = people.people[0].http.post(
        routes.PULL,
        content=b"\x1f\x8b" + bytes(20),
        headers={"content-type": "application/json", "content-encoding": "gzip"},
    )
    assert answer.status_code == 415


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@MANY
@given(path=st.sampled_from(POSTS), body=JSON)
def test_any_json(people: Team, path: str, body: Any) -> None:
    fine(send(people.people[0], path, json.dumps(body).encode()))


@MANY
@given(path=st.sampled_from(POSTS), body=st.binary(max_size=300))
def test_any_bytes(people: Team, path: str, body: bytes) -> None:
    fine(send(people.people[0], path, body))


FIELDS = st.sampled_from(
    ["mid", "op", "scope", "t", "id", "act", "h", "k", "b", "bv", "pre", "fence"]
)


@MANY
@given(wrong=st.dictionaries(FIELDS, JSON, max_size=3))
def test_mutations_with_wrong_fields(others: Team, wrong: dict[str, Any]) -> None:
    ben = others.people[1]
    good = {"mid": 10**9, "op": "put", "scope": others.space, "t": "conv", "id": ben.device}
    mutation = good | {"act": "conversation.created", "h": {"st": "open"}} | wrong
    fine(send(ben, routes.MUTATE, json.dumps(ben.asked(muts=[mutation])).encode()))


ACTS = ["conversation.created", "label.created", "seat.given", "member.role", "invite.made",
        "space.created", "grant.made", "pstate.changed"]  # fmt: skip


@MANY
@given(
    h=st.dictionaries(st.text(max_size=12), JSON, max_size=4),
    t=st.text(max_size=8),
    act=st.sampled_from(ACTS),
)
def test_accepted_or_answered(others: Team, h: dict[str, Any], t: str, act: str) -> None:
    """In order, so that they reach the rules."""
    ana = others.people[0]
    last = ana.post(routes.MUTATE, ana.asked(muts=[]))["last_mid"]
    kind = act.partition(".")[0]
    types = {"conversation": "conv"}
    mutation = {"mid": last + 1, "op": "put", "scope": others.space, "id": ana.device,
                "t": t or types.get(kind, kind), "act": act, "h": h}  # fmt: skip
    body = json.dumps(ana.asked(muts=[mutation]))
    fine(send(ana, routes.MUTATE, body.encode()))


@MANY
@given(scope=st.text(max_size=50), hash_=st.text(max_size=70), at=st.text(max_size=12))
def test_any_address_of_a_file(people: Team, scope: str, hash_: str, at: str) -> None:
    http = people.people[0].http
    for method in ("GET", "PUT", "DELETE", "POST"):
        path = f"/v1/blobs/{quote(scope, safe='')}/{quote(hash_, safe='')}"
        fine(http.request(method, path, params={"at": at}))


def test_a_token_that_is_none(people: Team, shared_team_server: TeamServer) -> None:
    strange = ["Bearer", "Bearer =", "Bearer x" * 50, "Basic YTpi", "bearer \xff\xfe", "Bearer a b"]
    for path in (routes.MUTATE, routes.PULL, routes.BACKFILL, routes.AUDIT, accounts.ME):
        for header in strange:
            method = "GET" if path == accounts.ME else "POST"
            answer = httpx.request(
                method,
                f"{shared_team_server.url}{path}",
                content=b'{"device":"d","schema":1,"muts":[],"scope":"s"}',
                headers=[
                    (b"authorization", header.encode("latin-1")),
                    (b"content-type", b"application/json"),
                ],
            )
            fine(answer, secret="YTpi")
            assert answer.status_code in (400, 401), (path, header)


def test_too_large_is_refused_before_it_is_read(people: Team) -> None:
    ana = people.people[0]
    for path in POSTS:
        answer = send(ana, path, b" " * (limits.REQUEST + 1))
        fine(answer)
        assert answer.status_code in (404, 405, 413), path
    small = send(ana, routes.PULL, b" " * (1 << 20))
    assert small.status_code == 413


# --- below HTTP -------------------------------------------------------------------------


def talk(server: TeamServer, *sent: bytes) -> bytes:
    """Send bytes, then nothing more; return all that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as peer:
        for each in sent:
            peer.sendall(each)
        peer.shutdown(socket.SHUT_WR)
        found = b""
        while chunk := peer.recv(65_536):
            found += chunk
        return found


SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Content-Length: 5, 6",
        b"Content-Length: -1",
        b"Content-Length: 0x5",
        b"Content-Length: 99999999999999999999999",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding:\x0bchunked",
        b"Transfer-Encoding: xchunked",
        b" Folded: header",
        b"No colon",
        b"Nul: a\x00b",
        b"Bare-LF: a\nGET /metrics HTTP/1.1",
    ],
)
def test_one_request_is_never_two(shared_team_server: TeamServer, head: bytes) -> None:
    request = b"POST /v1/pull HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head
    found = talk(shared_team_server, request + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)
    assert b"missive_requests_total" not in found
    assert b" 500 " not in found
    assert found.count(b"HTTP/1.1 200") == 0


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS where none is spoken
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/info HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET  /v1/info  HTTP/1.1\r\nHost: x\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"POST /v1/pull HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",  # cut off
        b"POST /v1/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_hardly_http(shared_team_server: TeamServer, request_: bytes) -> None:
    found = talk(shared_team_server, request_)
    assert b" 500 " not in found
    assert b"Traceback" not in found
    assert httpx.get(f"{shared_team_server.url}/healthz", timeout=60).status_code == 200


def test_requests_behind_each_other(shared_team_server: TeamServer) -> None:
    one = b"GET /v1/info HTTP/1.1\r\nHost: x\r\n"
    found = b""
    with socket.create_connection(("127.0.0.1", shared_team_server.port), 10) as peer:
        peer.sendall((one + b"\r\n") * 5 + one + b"Connection: close\r\n\r\n")
        while chunk := peer.recv(65_536):
            found += chunk
    assert found.count(b"HTTP/1.1 200") == 6
