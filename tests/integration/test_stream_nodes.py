"""Two real nodes on one PostgreSQL: what is done on one is true on the other, also after a stop."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.postgres import PostgresServer
from tests.servers.team_members import Person, Team, team
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from missive_server.stream.freshness import STALE
from missive_wire.headers import seat_id
from missive_wire.ids import new_id


class Listening:
    """A person's WebSocket on a node."""

    def __init__(self, socket: ClientConnection, person: Person) -> None:
        self.socket, self.person = socket, person
        token = person.http.headers["authorization"].removeprefix("Bearer ")
        self.say(f="hello", token=token, device=person.device, schema=1)
        self.heard: list[dict[str, Any]] = []
        self.heads = self.until("welcome")["heads"]

    def say(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def until(self, kind: str, **having: Any) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=60))
            self.heard.append(frame)
            if frame["f"] == kind and having.items() <= frame.items():
                return frame

    def rest(self) -> None:
        self.say(f="beat")
        self.until("beat")

    def rows(self, scope: str) -> list[dict[str, Any]]:
        return [
            row
            for frame in self.heard
            if frame["f"] == "chg" and frame["scope"] == scope
            for row in frame["rows"]
        ]


@contextmanager
def listening(node: TeamServer, person: Person) -> Iterator[Listening]:
    with connect(node.url.replace("http", "ws") + "/v1/stream") as socket:
        yield Listening(socket, person)


@pytest.fixture
def nodes(postgres: PostgresServer, tmp_path: Path) -> Iterator[tuple[TeamServer, TeamServer]]:
    address = postgres.database()
    started = [
        TeamServer(tmp_path / name, "--database", address).start() for name in ("one", "two")
    ]
    yield started[0], started[1]
    for node in started:
        os.kill(node.pid, signal.SIGCONT)
        node.kill()


def take_seat(people: Team, who: Person) -> dict[str, Any]:
    seat = {"id": seat_id(people.space[2:], who.caller.user), "h": {"user": who.caller.user}}
    return people.people[0].change("del", people.space, "seat", "seat.taken", **seat)


def test_what_one_node_commits_the_other_tells(nodes: tuple[TeamServer, TeamServer]) -> None:
    one, two = nodes
    people = team(one)
    owner, ben, cleo = people.people
    with listening(two, ben) as removed, listening(two, cleo) as stays:
        owner.mutate(owner.conversation(people.space))
        for each in (removed, stays):
            assert each.until("chg", scope=people.space)["rows"][0]["t"] == "conv"
        (result,) = owner.mutate(take_seat(people, ben))
        assert result["st"] == "ok"
        owner.mutate(owner.conversation(people.space))
        assert removed.until("revoked")["scope"] == people.space
        while not any(
            row["seq"] > result["seqs"][people.space] for row in stays.rows(people.space)
        ):
            stays.until("chg")
        removed.rest()
        assert all(row["seq"] < result["seqs"][people.space] for row in removed.rows(people.space))
        told = owner.post("/v1/unpurged", {"device": owner.device})["open"]
        assert [(each["device"], each["scope"]) for each in told] == [(ben.device, people.space)]
        removed.say(f="purged", scope=people.space)
        removed.rest()
        assert owner.post("/v1/unpurged", {"device": owner.device})["open"] == []
        assert cleo.http.post("/v1/unpurged", json={"device": cleo.device}).status_code == 403
    people.close()


def test_a_node_that_stood_still_sends_nothing_that_it_may_not_any_more(
    nodes: tuple[TeamServer, TeamServer],
) -> None:
    one, two = nodes
    people = team(one)
    owner, ben, cleo = people.people
    with listening(two, ben) as removed, listening(two, cleo) as stays:
        os.kill(two.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        (result,) = owner.mutate(take_seat(people, ben))
        owner.mutate(owner.conversation(people.space))
        time.sleep(max(0.0, stopped + STALE - time.monotonic()))  # it believes nothing any more
        os.kill(two.pid, signal.SIGCONT)
        assert removed.until("revoked")["scope"] == people.space
        while len(stays.rows(people.space)) < 2:
            stays.until("chg")
        removed.rest()
        assert removed.rows(people.space) == []
        assert result["st"] == "ok"
    people.close()


def test_who_signs_out_or_is_removed_hears_so_on_every_node(
    nodes: tuple[TeamServer, TeamServer],
) -> None:
    one, two = nodes
    people = team(one)
    owner, ben, cleo = people.people
    with listening(two, cleo) as out, listening(two, ben) as removed:
        cleo.post("/v1/auth/logout", {})
        assert out.until("bye") == {"f": "bye", "why": "session", "retry": []}
        gone = owner.change(
            "del", f"o:{people.organization.id}", "member", "member.removed", id=ben.caller.user
        )  # fmt: skip
        (result,) = owner.mutate(gone)
        assert result["st"] == "ok", result
        taken = set()
        while (frame := json.loads(removed.socket.recv(timeout=60)))["f"] != "bye":
            taken |= {frame["scope"]} if frame["f"] == "revoked" else set()
        assert frame["why"] == "session"
        for scope in taken:
            removed.say(f="purged", scope=scope)
        with pytest.raises(ConnectionClosed):
            removed.socket.recv(timeout=60)
        assert people.space in taken
        told = owner.post("/v1/unpurged", {"device": owner.device})["open"]
        assert told == []
    people.close()


def test_presence_is_told_unless_the_organization_wants_none(
    nodes: tuple[TeamServer, TeamServer],
) -> None:
    one, two = nodes
    people = team(one)
    owner, ben, cleo = people.people
    conv = new_id()
    assert cleo.http.post("/v1/auth/policy", json={"presence": False}).status_code == 403
    with listening(two, ben) as ben_there, listening(two, cleo) as cleo_there:
        ben_there.say(f="pres", scope=people.space, conv=conv, st="typing")
        assert cleo_there.until("pres", conv=conv)["who"] == ben.caller.user
    owner.post("/v1/auth/policy", {"presence": False})
    with listening(two, ben) as ben_there, listening(two, cleo) as cleo_there:
        ben_there.say(f="pres", scope=people.space, conv=conv, st="typing")
        ben_there.rest()
        cleo_there.rest()
        assert [f for f in cleo_there.heard if f["f"] == "pres" and f["st"]] == []
    people.close()
