"""People of another organization, who know every id of this one: they reach nothing of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.postgres import PostgresServer
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
        frame: dict[str, object] = json.loads(socket.recv(timeout=60))
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


def test_a_nul_in_a_name_is_nothing_that_postgresql_stumbles_over(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    server = TeamServer(tmp_path / "one", "--database", postgres.database()).start()
    ours = team(server, people=1)
    (ana,) = ours.people
    asked = {
        "/v1/backfill": {"scope": "s:\0"},
        "/v1/audit": {"scope": ours.space, "id": "\0"},
        "/v1/lease": {"scope": "\0"},
        "/v1/auth/sessions/end": {"session": "\0"},
        "/v1/auth/devices/revoke": {"device": "\0"},
        "/v1/auth/invitation": {"org": "\0", "invite": "\0", "auth": "YWJj"},
    }
    for path, more in asked.items():
        answer = ana.http.post(path, json=ana.asked(**more))
        assert 400 <= answer.status_code < 500, (path, answer.text)
    types = ana.http.post("/v1/backfill", json=ana.asked(scope=ours.space, types=["\0"]))
    assert types.status_code == 400
    assert server.events("bug") == []
    ours.close()
    server.kill()
