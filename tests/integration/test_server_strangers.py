"""People of another organization, who know every id of this one: they reach nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Person, Team, team
from websockets.sync.client import ClientConnection, connect

from missive_wire.ids import new_id, user_scope


@pytest.fixture
def both(shared_team_server: TeamServer) -> Iterator[tuple[Team, Team]]:
    made = team(shared_team_server, people=2), team(shared_team_server, people=1)
    yield made
    for each in made:
        each.close()


def said(socket: ClientConnection, kind: str) -> dict[str, object]:
    while True:
        frame: dict[str, object] = json.loads(socket.recv(timeout=20))
        if frame["f"] == kind:
            return frame


@contextmanager
def listening(
    server: TeamServer, person: Person, cur: dict[str, object]
) -> Iterator[ClientConnection]:
    with connect(server.url.replace("http", "ws") + "/v1/stream") as socket:
        token = person.http.headers["authorization"].removeprefix("Bearer ")
        hello = {"f": "hello", "token": token, "device": person.device, "schema": 1, "cur": cur}
        socket.send(json.dumps(hello))
        said(socket, "welcome")
        yield socket


def acts(person: Person, scope: str) -> list[str]:
    page = person.post("/v1/audit", person.asked(scope=scope))
    return [record["act"] for record in page.get("records", [])]


def test_nobody_writes_into_the_trail_of_what_they_never_had(
    both: tuple[Team, Team], shared_team_server: TeamServer
) -> None:
    ours, theirs = both
    ana, ben = ours.people
    (eve,) = theirs.people
    org = f"o:{ours.organization.id}"
    wanted = [ours.space, org, user_scope(ana.caller.user), f"s:{new_id()}", "s:x", "\0"]
    with listening(shared_team_server, eve, {scope: ["e", 1] for scope in wanted}) as socket:
        for scope in wanted:
            socket.send(json.dumps({"f": "purged", "scope": scope}))
        socket.send(json.dumps({"f": "beat"}))
        said(socket, "beat")
    assert "scope.purged" not in acts(ana, ours.space) + acts(ana, org)
    assert "scope.purged" not in acts(eve, f"o:{theirs.organization.id}")
    assert ben.http.get("/healthz").status_code == 200


def test_every_id_of_another_organization_is_as_if_it_was_not_there(
    both: tuple[Team, Team],
) -> None:
    ours, theirs = both
    ana, _ = ours.people
    (eve,) = theirs.people
    hash_ = ana.send_file(ours.space, b"sealed" * 100)
    conv = ana.conversation(ours.space)
    ana.mutate(conv, ana.message(ours.space, conv["id"], hash_))
    for scope in (ours.space, f"o:{ours.organization.id}", user_scope(ana.caller.user)):
        for path in ("/v1/backfill", "/v1/audit", "/v1/lease"):
            eve.post(path, eve.asked(scope=scope), 404)
        assert eve.pull({scope: ("e1", 0)})["revoked"] == [scope]
        assert eve.read_file(scope, hash_).status_code == 404
    assert eve.announce(theirs.space, b"sealed" * 100)["done"] is False
    assert eve.read_file(theirs.space, hash_).status_code == 404
    wanted = eve.conversation(ours.space)
    assert [result["st"] for result in eve.mutate(wanted)] == ["denied"]
    named = eve.message(theirs.space, conv["id"], hash_)
    assert [result["st"] for result in eve.mutate(named)] == ["invalid"]
    eve.post("/v1/auth/devices/revoke", {"device": ana.device}, 404)
