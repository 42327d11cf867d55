"""Engines come into teams on a real server: what each keeps, and what the other then sees."""

from __future__ import annotations

import pyotp
import pytest
from tests.servers.colleagues import until
from tests.servers.machines import Machines, created, signed_in
from tests.servers.missive_server import TeamServer
from tests.servers.organization import PASSWORD
from tests.servers.recorder import Recorder

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamSettings, TeamState
from missive_desktop.engine.team_access import ready
from missive_desktop.engine.team_login_requests import (
    ApproveDevice,
    ChangePassword,
    DemandTwoFactor,
    EndSession,
    ListDevices,
    ListSessions,
    NameOrganization,
    RevokeDevice,
    TeamEntered,
    TeamJoin,
    TeamLogout,
    TeamLook,
    TeamRecover,
    TeamStanding,
    TwoFactorBegin,
    TwoFactorCodes,
    TwoFactorConfirm,
    TwoFactorOff,
)
from missive_desktop.errors import KnownError, LoginRefused, Offline, Refused, UsageError
from missive_desktop.store import team_scopes, teams
from missive_desktop.store.database import Connection
from missive_server.service.writing import milliseconds
from missive_wire.accounts import JOIN
from missive_wire.ids import new_id, org_scope, space_scope


def test_who_made_a_team_is_in_it_and_nothing_readable_of_the_key_stays(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana = machine()
    team, recovery = created(ana, shared_team_server, email)
    running = ready(ana.runtime, team)
    assert running.vault.roster.role(ana.team(team).user) == "owner"
    assert running.vault.roster.problems == ()
    assert len(recovery.split()) == 14
    assert ana.ask(TeamStanding(team=team))["email"] == email
    with pytest.raises(KnownError):
        created(machine(), shared_team_server, email)  # the address is somebody's


def test_a_newcomer_reads_what_was_promised(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, ben = machine(), machine()
    team, _ = created(ana, shared_team_server, email)
    space = ana.space(team)
    link = ana.link(team, space)
    seen = ben.ask(TeamLook(link=link))
    assert (seen["role"], seen["spaces"]) == ("member", 1)
    theirs = ben.ask(TeamJoin(link=link, email=f"b{email}", name="Ben", password=PASSWORD))
    which = int(str(theirs["team"]))
    running = ready(ben.runtime, which)
    mine = ready(ana.runtime, team).vault.newest(space_scope(space))
    assert running.vault.newest(space_scope(space)) == mine
    with pytest.raises(UsageError):
        ben.ask(TeamJoin(link=link, email=f"b{email}", name="Ben", password=PASSWORD))
    with pytest.raises(Refused):
        machine().ask(TeamJoin(link=link, email=f"c{email}", name="C", password=PASSWORD))


def test_each_soon_knows_the_others_by_name(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, ben = machine(), machine()
    team, _ = created(ana, shared_team_server, email)
    ready(ana.runtime, team)
    link = ana.link(team, ana.space(team))
    theirs = ben.ask(TeamJoin(link=link, email=f"b{email}", name="Ben", password=PASSWORD))
    both = {email, f"b{email}"}
    for one, which in ((ana, team), (ben, int(str(theirs["team"])))):
        ready(one.runtime, which)
        until(lambda one=one, which=which: one.addresses(which) == both)


def test_an_organization_is_called_what_stands_under_its_seal(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, ben, further = machine(), machine(), machine()
    team, _ = created(ana, shared_team_server, email)
    ready(ana.runtime, team)
    link = ana.link(team)
    assert ben.ask(TeamLook(link=link))["organization"] == ""
    ana.ask(NameOrganization(team=team, name="Halden Cycles"))
    assert ben.ask(TeamLook(link=link))["organization"] == "Halden Cycles"
    theirs = ben.ask(TeamJoin(link=link, email=f"b{email}", name="Ben", password=PASSWORD))
    joined = int(str(theirs["team"]))
    assert ben.team(joined).settings.name == "Halden Cycles"
    ana.ask(NameOrganization(team=team, name="Halden"))
    answer = signed_in(further, shared_team_server, email)
    second = int(str(answer["team"]))
    ana.ask(ApproveDevice(team=team, code=str(answer["code"])))
    further.ask(TeamEntered(team=second))
    for each, which in ((ana, team), (ben, joined), (further, second)):
        ready(each.runtime, which)
        until(lambda each=each, which=which: each.team(which).settings.name == "Halden")
    with pytest.raises(Refused):
        ben.ask(NameOrganization(team=joined, name="Ben's own"))
    until(lambda: ben.team(joined).settings.name == "Halden")


def test_a_refused_newcomer_leaves_nothing_behind(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, ben = machine(), machine()
    team, _ = created(ana, shared_team_server, email)
    link = ana.link(team)
    with pytest.raises(Refused):  # somebody has this address
        ben.ask(TeamJoin(link=link, email=email, name="Ben", password=PASSWORD))
    with ben.runtime.reading() as conn:
        assert teams.all_(conn) == []
    org = ana.team(team).org
    removed = ben.runtime.writer.run(lambda conn, changes: was_removed(conn, org, changes))
    with pytest.raises(Refused):
        ben.ask(TeamJoin(link=link, email=email, name="Ben", password=PASSWORD))
    with ben.runtime.reading() as conn:  # it may come back yet, with what was put aside of it
        assert [row.id for row in teams.all_(conn)] == [removed]
    joined = ben.ask(TeamJoin(link=link, email=f"b{email}", name="Ben", password=PASSWORD))
    with ben.runtime.reading() as conn:
        assert [row.id for row in teams.all_(conn)] == [joined["team"]]


def was_removed(conn: Connection, org: str, changes: Changes) -> int:
    """Keep a team that one was taken out of."""
    url, who = "https://localhost", new_id()
    team = teams.insert(
        conn, url, org, who, new_id(), "ben@example.org", "", TeamSettings(), changes
    )
    teams.set_state(conn, team, TeamState.REMOVED, "", changes)
    return team


def test_a_second_machine_comes_in_by_its_code(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, second = machine(), machine()
    team, _ = created(ana, shared_team_server, email)
    space = ana.space(team)
    answer = signed_in(second, shared_team_server, email)
    assert (answer["st"], answer["state"]) == ("in", "approval")
    which, code = int(str(answer["team"])), str(answer["code"])
    assert second.ask(TeamEntered(team=which)) == {"state": "approval", "code": code}
    with pytest.raises(Refused):
        ready(second.runtime, which)
    again = signed_in(second, shared_team_server, email)  # the same device, the same code
    assert (again["team"], again["code"]) == (which, code)
    with pytest.raises(KnownError):
        ana.ask(ApproveDevice(team=team, code="00000 " * 6))
    approved = ana.ask(ApproveDevice(team=team, code=code, name="Laptop"))
    assert second.ask(TeamEntered(team=which))["state"] == "new"
    running = ready(second.runtime, which)
    scope = space_scope(space)
    second.runtime.teams.of(which)
    while running.vault.newest(scope) is None:
        second.runtime.wait_for_change(5)
    assert running.vault.newest(scope) == ready(ana.runtime, team).vault.newest(scope)
    listed = second.ask(ListDevices(team=which))["devices"]
    assert isinstance(listed, list)
    assert {each["name"] for each in listed} >= {"Laptop"}
    assert len(listed) == 2
    ana.ask(RevokeDevice(team=team, device=str(approved["device"])))
    with pytest.raises(LoginRefused):
        second.ask(ListSessions(team=which))
    with pytest.raises(KnownError):
        signed_in(second, shared_team_server, email)


def test_the_recovery_key_brings_one_back(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, new = machine(), machine()
    team, recovery = created(ana, shared_team_server, email)
    space = ana.space(team)
    before = ready(ana.runtime, team).vault.newest(space_scope(space))
    which = int(str(signed_in(new, shared_team_server, email)["team"]))
    new.ask(TeamRecover(team=which, key=recovery))
    running = ready(new.runtime, which)
    with new.runtime.reading() as conn:
        kept = team_scopes.keys(conn, which, space_scope(space))
    assert before is not None
    assert kept[before.epoch] == before.key
    assert running.vault.roster.problems == ()
    assert [each.id for each in running.vault.roster.devices_of(new.team(which).user)] == [
        new.team(which).device
    ]


def test_two_factor_from_set_up_to_the_end(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana = machine()
    team, _ = created(ana, shared_team_server, email)
    with pytest.raises(KnownError):
        ana.ask(TwoFactorBegin(team=team, password="not the password"))
    offer = ana.ask(TwoFactorBegin(team=team, password=PASSWORD))
    assert str(offer["svg"]).startswith("<?xml")
    source = pyotp.TOTP(str(offer["key"]))
    now = milliseconds() // 1000
    codes = ana.ask(TwoFactorConfirm(team=team, code=source.at(now)))["codes"]
    assert isinstance(codes, list)
    assert len(codes) == 10
    assert signed_in(ana, shared_team_server, email)["st"] == "code"
    assert signed_in(ana, shared_team_server, email, str(codes[0]))["st"] == "in"
    new = ana.ask(TwoFactorCodes(team=team, password=PASSWORD, code=str(codes[1])))["codes"]
    assert isinstance(new, list)
    ana.ask(DemandTwoFactor(team=team, on=True))
    standing = ana.ask(TeamStanding(team=team))
    assert (standing["required"], standing["two_factor"], standing["codes"]) == (True, True, 10)
    with pytest.raises(Refused):
        ana.ask(TwoFactorOff(team=team, password=PASSWORD, code=str(new[0])))
    ana.ask(DemandTwoFactor(team=team, on=False))
    ana.ask(TwoFactorOff(team=team, password=PASSWORD, code=str(new[0])))
    assert signed_in(ana, shared_team_server, email)["st"] == "in"


def test_password_and_sessions(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana, second = machine(), machine()
    team, _ = created(ana, shared_team_server, email)
    which = int(str(signed_in(second, shared_team_server, email)["team"]))
    sessions = ana.ask(ListSessions(team=team))["sessions"]
    assert isinstance(sessions, list)
    assert sorted(each["current"] for each in sessions) == [False, True]
    ana.ask(EndSession(team=team))
    with pytest.raises(Refused):  # it was not in yet, so nothing of it is left
        second.ask(TeamEntered(team=which))
    ana.ask(ChangePassword(team=team, old=PASSWORD, new="another passphrase"))
    with pytest.raises(LoginRefused):
        signed_in(second, shared_team_server, email)


def test_who_signs_out_comes_back_as_the_same_device(
    machine: Machines, shared_team_server: TeamServer, email: str
) -> None:
    ana = machine()
    team, _ = created(ana, shared_team_server, email)
    ready(ana.runtime, team)
    ana.ask(TeamLogout(team=team))
    assert ana.team(team).state is TeamState.SIGNED_OUT
    with pytest.raises(LoginRefused):
        ana.ask(ListSessions(team=team))
    answer = signed_in(ana, shared_team_server, email)
    assert (answer["team"], answer["state"]) == (team, "new")
    assert ready(ana.runtime, team)
    ana.ask(TeamLogout(team=team, forget=True))
    with ana.runtime.reading() as conn:
        assert teams.all_(conn) == []
        assert team_scopes.keys(conn, team, org_scope("x")) == {}


def test_where_the_answer_is_lost_one_is_in_all_the_same(
    machine: Machines, team_server: TeamServer, recorder: Recorder, email: str
) -> None:
    """The keys were put away before the server heard of them."""
    ana, ben = machine(), machine()
    team, _ = created(ana, team_server, email)
    link = ana.link(team).replace(team_server.url, recorder.url)
    recorder.swallow = JOIN.encode()
    joined = ben.ask(TeamJoin(link=link, email=f"b{email}", name="Ben", password=PASSWORD))
    assert recorder.swallow == b""
    which = int(str(joined["team"]))
    assert ready(ben.runtime, which).vault.roster.role(ben.team(which).user) == "member"


def test_who_could_not_reach_the_server_joins_later(
    machine: Machines, team_server: TeamServer, email: str
) -> None:
    ana, ben = machine(), machine()
    team, _ = created(ana, team_server, email)
    request = TeamJoin(link=ana.link(team), email=f"b{email}", name="Ben", password=PASSWORD)
    team_server.stop()
    with pytest.raises(Offline):
        ben.ask(request)
    with ben.runtime.reading() as conn:
        assert teams.all_(conn) == []
    team_server.start()
    assert ben.ask(request)
