"""The grammar of teams: signing in, one's own login, devices."""

from __future__ import annotations

import argparse

from missive_desktop.cli.grammar import command

_Commands = argparse._SubParsersAction  # argparse has no public name for it
_LOGIN = """\
A device that is new to the team shows a code: type it into one that is in already
(devices approve). Without one, --recovery asks for the organization's recovery key."""
_STDIN = "read what would be asked from standard input, a line each"


def add(commands: _Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _login(commands)
    _security(commands)
    _devices(commands)


def _login(commands: _Commands[argparse.ArgumentParser]) -> None:
    login = command(
        commands, "login", "team_login:login", "sign in to a team", lists=True, epilog=_LOGIN
    )
    login.add_argument("email", metavar="EMAIL", nargs="?", help="again, if it is known already")
    login.add_argument("--server", metavar="URL", help="the team's server")
    login.add_argument("--recovery", action="store_true", help="come in by the recovery key")
    login.add_argument("--no-wait", action="store_true", help="do not wait for the approval")
    _asks(login)
    _reaches(login)
    logout = command(commands, "logout", "team_login:logout", "sign out of a team")
    logout.add_argument(
        "--forget", action="store_true", help="and remove all that is here of the team"
    )
    logout.add_argument("--yes", action="store_true", help="do not ask")
    _chooses(logout)


def add_teams(teams: _Commands[argparse.ArgumentParser]) -> None:
    """Add how one comes into a team to the group `team`."""
    create = command(
        teams, "create", "team_login:create", "make an organization on a server", lists=True,
        epilog="Asked for: the link that `missive-server admin create-org` printed, if it is not\n"
        "given, and a new password. A token alone needs --email and --server.\n"
        "The recovery key that it prints is kept nowhere: write it down.",
    )  # fmt: skip
    create.add_argument("link", metavar="LINK", nargs="?")
    create.add_argument("--email", metavar="EMAIL", default="", help="as the link says, else")
    create.add_argument("--server", metavar="URL", default="", help="as the link says, else")
    create.add_argument("--name", metavar="NAME", default="", help="your name")
    create.add_argument("--organization", metavar="NAME", default="", help="what it is called")
    _asks(create)
    _reaches(create)
    join = command(
        teams, "join", "team_login:join", "join a team by an invitation link", lists=True,
        epilog="Asked for: the link, if it is not given or is `-`, and a new password.\n"
        "Better not given: others on this machine see what stands in a command.",
    )  # fmt: skip
    join.add_argument("email", metavar="EMAIL")
    join.add_argument("link", metavar="LINK", nargs="?")
    join.add_argument("--name", metavar="NAME", default="", help="your name")
    _asks(join)
    _reaches(join)
    command(teams, "list", "team_login:list_", "list the teams of this profile", lists=True)


def _security(commands: _Commands[argparse.ArgumentParser]) -> None:
    factor = command(
        commands, "two-factor", "team_security:two_factor",
        "say, set up, change or demand two-factor login", lists=True,
        epilog="on: shows a QR code, asks for a code, prints recovery codes\n"
        "off, codes: switch it off; print new recovery codes\n"
        "demand, allow: for owner and admins: of all members, or no longer",
    )  # fmt: skip
    factor.add_argument(
        "what", nargs="?", choices=("status", "on", "off", "codes", "demand", "allow"),
        default="status",
    )  # fmt: skip
    _asks(factor)
    _chooses(factor)
    password = command(
        commands, "password", "team_security:password", "change the password of a team's login"
    )
    _asks(password)
    _chooses(password)


def _devices(commands: _Commands[argparse.ArgumentParser]) -> None:
    devices = command(
        commands, "devices", "team_security:devices",
        "list, approve and revoke your devices in a team", lists=True,
        epilog="devices approve CODE: let in the one that shows it (asked for, if not given)\n"
        "devices revoke ID: end one for good",
    )  # fmt: skip
    devices.add_argument("what", nargs="?", choices=("list", "approve", "revoke"), default="list")
    devices.add_argument("words", metavar="CODE|ID", nargs="*")
    devices.add_argument("--name", metavar="NAME", default="", help="what the new one is called")
    devices.add_argument("--yes", action="store_true", help="do not ask")
    _asks(devices)
    _chooses(devices)
    sessions = command(
        commands, "sessions", "team_security:sessions", "list and end your sessions", lists=True
    )
    sessions.add_argument("what", nargs="?", choices=("list", "end"), default="list")
    sessions.add_argument("id", metavar="ID", nargs="?", help="all others, if not given")
    _chooses(sessions)


def _asks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stdin", action="store_true", help=_STDIN)
    parser.add_argument("--password-file", metavar="FILE", help="its first line is the password")


def _reaches(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ca", metavar="FILE", default="", help="trust this authority (PEM)")
    parser.add_argument("--proxy", metavar="URL", default="", help="http:// or socks5h://")


def _chooses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--team", metavar="NAME", help="needed where there are several")
