"""Engines on machines of their own, in teams on a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.organization import PASSWORD, setup_token

from missive_desktop.engine import dispatch
from missive_desktop.engine.protocol import Request
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_access import carry_out, ready, row_of
from missive_desktop.engine.team_login_requests import TeamCreate, TeamLogin
from missive_desktop.profile import Profile
from missive_desktop.store import team_spaces, teams
from missive_desktop.team import organizing
from missive_desktop.team.keys import invitation
from missive_server.service.writing import milliseconds
from missive_wire.ids import new_id


class Machine:
    """An engine with its profile."""

    def __init__(self, folder: Path) -> None:
        self.runtime = Runtime(Profile(folder), os.urandom(32), lambda notice: None)

    def ask(self, request: Request) -> dict[str, object]:
        return dispatch.run(self.runtime, request)

    def team(self, which: int) -> teams.TeamRow:
        return row_of(self.runtime, which)

    def addresses(self, which: int) -> set[str]:
        """Return the addresses of those who are known to be members."""
        with self.runtime.reading() as conn:
            return {each.email for each in team_spaces.people(conn, which).values()}

    def link(self, which: int, *spaces: str) -> str:
        """Invite somebody."""
        team = ready(self.runtime, which)
        vault = team.vault
        made = organizing.invite(
            vault.roster, vault.me, vault.newest_of_all(), team.calls.url, "member",
            [(space, "active") for space in spaces], ("ben@example.com", "Ben"), milliseconds(),
        )  # fmt: skip
        carry_out(self.runtime, team, made.plan)
        return invitation.link(made.invitation)

    def space(self, which: int, name: str = "Help") -> str:
        team = ready(self.runtime, which)
        vault, space = team.vault, new_id()
        body = {"name": name}
        keys = vault.newest_of_all()
        plan = organizing.make_space(vault.roster, vault.me, keys, space, "inbox", body)
        carry_out(self.runtime, team, plan)
        return space


Machines = Callable[[], Machine]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machines]:
    made: list[Machine] = []

    def another() -> Machine:
        made.append(Machine(tmp_path / f"machine{len(made)}"))
        return made[-1]

    yield another
    for each in made:
        each.runtime.close()


@pytest.fixture
def email() -> str:
    return f"{new_id()[-12:]}@example.com"


def created(machine: Machine, server: TeamServer, email: str) -> tuple[int, str]:
    made = machine.ask(
        TeamCreate(
            url=server.url, setup=setup_token(server), email=email, name="Ana", password=PASSWORD
        )
    )
    assert made["must"] is False
    return int(str(made["team"])), str(made["recovery"])


def signed_in(
    machine: Machine, server: TeamServer, email: str, code: str = ""
) -> dict[str, object]:
    return machine.ask(TeamLogin(url=server.url, email=email, password=PASSWORD, code=code))
