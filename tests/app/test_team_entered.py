"""A team from its beginning to a removal, by clicks, in three windows on a real server."""

from __future__ import annotations

import platform

import pyotp
import pytest
from tests.app import windows
from tests.app.windows import Window
from tests.servers.organization import setup_token

from missive_desktop.domain.team import TeamState
from missive_desktop.engine import dispatch
from missive_desktop.engine.team_login_requests import ListDevices
from missive_server.service.writing import milliseconds
from missive_wire import setup
from missive_wire.ids import new_id

window = windows.window
PASSWORD = "four words of mine"


@pytest.fixture
def setup_link(shared_team_server):
    token = setup_token(shared_team_server)
    return setup.link(setup.Setup(shared_team_server.url, token, _address("ana"), "Halden"))


def _address(name: str) -> str:
    return f"{name}-{new_id()[-12:]}@example.com"


def _found(ana: Window, link: str) -> None:
    ana.desk.teams.ask()
    ana.write(f"  {link}\n")
    ana.see("Create a team")
    ana.write("Ana", enter=False)
    ana.write_into("New password", "short")
    ana.see("at least 10 characters")
    ana.write(PASSWORD)
    ana.see("Your recovery key")
    groups = ana.desk.teams._entering.state.recovery.split()
    ana.escape()  # it is shown this once: not by accident away
    ana.press("I have written it down")
    ana.write("nonsense", groups[12])
    ana.see("not what the recovery key says")
    ana.write_into("Group 3", f"{groups[2]} ".lower())
    ana.entered()


def _invited(ana: Window, email: str) -> str:
    """Make a shared inbox, and a link to it."""
    ana.desk.teams.open_settings()
    ana.press("Members and inboxes")
    ana.press("Make one…")
    ana.write("Support", "support@example.com")
    ana.see("Shared inboxes 1")
    ana.press("Invite…")
    ana.write(email, "Ben")
    ana.see(f"Invitation for {email}")
    return next(each for each in ana.edits() if each.isReadOnly()).text()


def _join(ben: Window, link: str) -> None:
    ben.desk.teams.ask()
    ben.write(f"{link[:60]}")
    ben.see("Copy it whole")
    ben.write(f"Come! {link[:60]}\n{link[60:]}")
    ben.see("Join Halden")
    ben.see("Ana invites you to Halden, as a member, with one shared inbox.")
    ben.write_into("New password", PASSWORD)  # address and name stand there
    ben.entered()


def _two_factor(ben: Window) -> str:
    """Set up a second factor, with mistakes; return its key."""
    ben.desk.teams.open_settings()
    ben.press("Set up")
    ben.write("not the password")
    ben.see("The password is wrong.")
    ben.press("Set up")
    ben.write(PASSWORD)
    ben.see("Turn on")
    key = ben.desk.teams.settings._login.login.offer[0]
    ben.write("000000")
    ben.see("The code is wrong.")
    ben.write(_code(key))
    ben.press("I have written them down")
    ben.see("On. 10 recovery codes are left.")
    return key


def _code(key: str, later: int = 0) -> str:
    return pyotp.TOTP(key).at(milliseconds() // 1000 + later)


def _second_device(new: Window, ben: Window, key: str) -> None:
    """Sign in on another device with password and code; let it in from the first one."""
    new.desk.teams.ask()
    new.write(ben.team().url)
    new.see("Sign in to your team")
    new.write(ben.team().email, "not the password")
    new.see("The address or the password is wrong.")
    new.write(PASSWORD)
    new.see("Second factor")
    new.write("000 000")
    new.see("The code is wrong")
    new.write(_code(key, 30))
    new.see("Let this device in")
    ben.link.runtime.teams.restart(ben.team().id)  # as at the next start, or the next checkpoint
    ben.see("waits to be let in, since")
    ben.press("Let a device in…")
    ben.write("11111 " * 6)
    ben.see("This code does not belong to the device that waits.")
    ben.press("Let a device in…")
    ben.write(new.desk.teams._entering.state.code)
    new.entered()
    ben.until(lambda: len(ben.desk.teams.settings._login.login.devices) == 2)
    ben.until(lambda: not ben.shows("waits to be let in"))
    ben.desk.teams.close_settings()
    ben.desk.teams.open_settings()
    ben.see("Devices 2")
    team = ben.team().id
    names = lambda: [  # noqa: E731
        each["name"] for each in dispatch.run(ben.link.runtime, ListDevices(team=team))["devices"]
    ]
    ben.until(lambda: names() == [platform.node() or "Computer"] * 2)


@pytest.mark.qt_log_ignore("Keyboard event not accepted", extend=True)
def test_a_team_from_its_beginning_to_a_removal(setup_link, window):
    ana, ben = window(), window()
    _found(ana, setup_link)
    link = _invited(ana, _address("ben"))
    _join(ben, link)
    ana.see("Members 2")
    new = window()
    new.desk.teams.ask(link)
    new.see("This invitation was used")
    new.see("Ask who invited you for a new one.")
    _second_device(new, ben, _two_factor(ben))
    ana.choose("Change Ben", "Remove from the team…")
    ana.press("Remove")
    ana.see("Members 1")
    for each in (ben, new):
        each.until(lambda each=each: each.team().state is TeamState.REMOVED)
    new.see("You are no longer a member of this team.")
