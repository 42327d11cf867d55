"""Coming into teams from the command line, with a real server and profiles of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyotp
import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.organization import PASSWORD
from tests.servers.program import Program

from missive_wire.ids import new_id


@pytest.fixture
def email() -> str:
    return f"{new_id()[-12:]}@example.com"


def create(program: Program, server: TeamServer, email: str) -> str:
    """Make an organization; return its recovery key."""
    said = server.admin("--public-url", server.url, "create-org", "Team", "--owner", email)
    [link] = [word for word in said.split() if "#" in word]
    given = f"{link}\n{PASSWORD}\n"
    made = program.run("team", "create", "--stdin", "--json", given=given)
    return str(json.loads(made.stdout)["recovery"])


def test_a_team_is_made_joined_and_listed(
    program: Program, tmp_path: Path, shared_team_server: TeamServer, email: str
) -> None:
    server = shared_team_server
    assert len(create(program, server, email).split()) == 14
    [team] = program.json("team", "list")
    assert (team["name"], team["email"]) == ("Team", email)
    link = program.run("team", "invite", f"b{email}").stdout.strip()
    assert link.startswith(f"{server.url}/join#1.")
    (tmp_path / "ben").mkdir()
    ben = Program(tmp_path / "ben")
    given = f"{link}\n{PASSWORD}\n"
    said = ben.run("team", "join", f"b{email}", "--name", "Ben", "--stdin", given=given)
    assert said.stdout == "You are in.\n"
    assert "invites you to Team at" in said.stderr
    assert " as member" in said.stderr


def test_a_device_is_approved_by_its_code_and_ended(
    program: Program, tmp_path: Path, shared_team_server: TeamServer, email: str
) -> None:
    server = shared_team_server
    recovery = create(program, server, email)
    (tmp_path / "second").mkdir()
    second = Program(tmp_path / "second")
    sign_in = ("login", email, "--server", server.url, "--stdin")
    waiting = second.run(*sign_in, "--no-wait", "--json", given=f"{PASSWORD}\n")
    code = json.loads(waiting.stdout)["code"]
    assert len(code.split()) == 6
    program.run("devices", "approve", *code.split(), "--name", "Laptop")
    assert second.run("login", "--stdin", given=f"{PASSWORD}\n").stdout.startswith("Signed in")
    assert [row["state"] for row in second.json("devices")] == ["approved", "approved"]
    program.run("devices", "revoke", "Laptop", "--yes")
    (tmp_path / "third").mkdir()
    third = Program(tmp_path / "third")
    given = f"{PASSWORD}\n{recovery}\n"
    assert "Signed in" in third.run(*sign_in, "--recovery", given=given).stdout
    third.run("logout", "--forget", "--yes")
    assert third.json("team", "list") == []


def test_two_factor_from_the_terminal(
    program: Program, shared_team_server: TeamServer, email: str
) -> None:
    create(program, shared_team_server, email)
    process = program.start(
        "two-factor", "on", "--stdin", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{PASSWORD}\n".encode())
    process.stdin.flush()
    key = ""
    while not key:
        line = process.stdout.readline().decode()
        key = line.partition("or type: ")[2].strip()
    out, _ = process.communicate(f"{pyotp.TOTP(key).now()}\n".encode(), timeout=60)
    codes = [line.strip() for line in out.decode().splitlines() if line.count("-") == 3]
    assert len(codes) == 10
    wanted = f"{PASSWORD}\n{codes[0]}\n"
    assert "Signed in" in program.run("login", "--stdin", given=wanted).stdout
    assert program.json("two-factor")["codes"] == 9


def test_a_password_is_asked_for_and_never_taken_from_the_arguments(
    program: Program, shared_team_server: TeamServer, email: str
) -> None:
    server = shared_team_server
    said = program.run("login", email, "--server", server.url, code=2)
    assert "terminal" in said.stderr
    assert "--password " not in program.run("login", "--help").stdout
