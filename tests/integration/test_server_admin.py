"""`missive-server admin` beside a running server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Team, team

from missive_wire import setup


@pytest.fixture
def people(shared_team_server: TeamServer) -> Iterator[Team]:
    made = team(shared_team_server)
    yield made
    made.close()


def told(server: TeamServer, *arguments: str) -> Any:
    return json.loads(server.admin("--json", *arguments))


def test_a_link_begins_an_organization(shared_team_server: TeamServer) -> None:
    server = shared_team_server
    words = server.admin(
        "--public-url", server.url, "create-org", "Ateliers Réunis", "--owner", "Zoe@Example.org"
    )
    (line,) = [each.strip() for each in words.splitlines() if "/setup#" in each]
    link = setup.parsed(line)
    assert (link.url, link.email, link.name) == (server.url, "zoe@example.org", "Ateliers Réunis")
    assert link.token not in server.log.read_text()


def test_a_link_leads_where_the_server_says_it_is_reached(shared_team_server: TeamServer) -> None:
    server = shared_team_server
    made = json.loads(server.admin("create-org", "Firm", "--owner", "zoe@example.org", "--json"))
    assert setup.parsed(made["link"]).url == f"http://127.0.0.1:{server.port}"


def test_a_folder_from_which_nothing_was_served_is_named(tmp_path: Path) -> None:
    server = TeamServer(tmp_path / "none")
    assert server.admin("list", code=2) == ""
    assert not server.data.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("create-org", "Name", "--owner", "nobody"),
        ("create-org", "", "--owner", "zoe@example.org"),
        ("members", "00000000-0000-7000-8000-000000000000"),
        ("devices", "x"),
        ("remove", "nobody@example.org"),
        ("revoke", "x"),
        ("reset-totp", "x"),
        ("invite", "zoe@example.org"),
        ("list", "--surplus"),
    ],
)
def test_what_cannot_be_done_is_said(
    shared_team_server: TeamServer, arguments: tuple[str, ...]
) -> None:
    assert shared_team_server.admin(*arguments, code=2) == ""


def test_who_is_here(shared_team_server: TeamServer, people: Team) -> None:
    org = people.organization.id
    (found,) = [each for each in told(shared_team_server, "list") if each["id"] == org]
    assert (found["members"], found["spaces"]) == (3, 1)
    members = told(shared_team_server, "members", org)
    assert {each["user"] for each in members} == {p.caller.user for p in people.people}
    assert sorted(each["role"] for each in members) == ["member", "member", "owner"]
    devices = told(shared_team_server, "devices", org)
    assert {each["device"] for each in devices} == {p.device for p in people.people}
    assert told(shared_team_server, "invites", org) == []
    assert "owner" in shared_team_server.admin("members", org)


def test_who_is_removed_is_out_at_once(shared_team_server: TeamServer, people: Team) -> None:
    ana, ben, cleo = people.people
    ben.pull()
    shared_team_server.admin("remove", ben.caller.user)
    ben.post("/v1/pull", ben.asked(), 401)
    ben.post("/v1/mutate", ben.asked(muts=[ben.conversation(people.space)]), 401)
    assert ana.mutate(ana.conversation(people.space))[0]["st"] in ("ok", "rekey")
    rows = cleo.pull({f"o:{people.organization.id}": ("", 0)})
    assert rows["scopes"]
    asked = {"device": ana.device, "scope": f"o:{people.organization.id}", "id": ben.caller.user}
    assert ana.post("/v1/audit", asked)["records"][-1]["act"] == "member.removed"
    shared_team_server.admin("remove", ben.caller.user, code=2)
    shared_team_server.admin("remove", ana.caller.user, code=2)  # the last owner stays


def test_a_removal_ends_the_long_poll_too(shared_team_server: TeamServer, people: Team) -> None:
    ben = people.people[1]
    cur = {scope: ben.head(scope) for scope in ben.pull()["all"]}
    shared_team_server.admin("revoke", ben.device)
    start = time.monotonic()
    answer = ben.http.post("/v1/pull", json=ben.asked(cur=cur, wait=30))
    assert answer.status_code == 401
    assert time.monotonic() - start < 25


def test_a_device_that_is_revoked_stays_out(shared_team_server: TeamServer, people: Team) -> None:
    ben = people.people[1]
    shared_team_server.admin("revoke", ben.device)
    ben.post("/v1/mutate", ben.asked(muts=[ben.conversation(people.space)]), 401)
    devices = told(shared_team_server, "devices", people.organization.id)
    assert {d["state"] for d in devices if d["device"] == ben.device} == {"revoked"}


def test_a_lost_second_factor(shared_team_server: TeamServer, people: Team) -> None:
    ben = people.people[1]
    shared_team_server.admin("reset-totp", f"{ben.caller.user}@Example.ORG")
    ben.post("/v1/pull", ben.asked(), 401)  # to sign in anew
