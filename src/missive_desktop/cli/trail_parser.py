"""The grammar of a team's trail, and of erasing. Imports nothing heavy."""

from __future__ import annotations

import argparse

from missive_desktop.cli.grammar import command, group

_Commands = argparse._SubParsersAction  # argparse has no public name for it
_TEAM = "needed where there are several"
_IDS = "a message of the conversation, as `list` names it"


def add(commands: _Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    audit = group(commands, "audit", "who did what in a team, and whether the server tells it so")
    verify = command(
        audit,
        "verify",
        "trail:verify",
        "verify all of the trail that you may read",
        lists=True,
        epilog="Exit code 1: something of it cannot be so. The code that is printed is the same\n"
        "for everybody who was shown the same trail: compare it with a colleague's.",
    )
    verify.add_argument(
        "--file", metavar="FILE", help="verify an exported trail instead, without the server"
    )
    verify.add_argument(
        "--accept", action="store_true",
        help="for owners and admins: say for all that the server was restored, as it says",
    )  # fmt: skip
    verify.add_argument("--yes", action="store_true", help="do not ask")
    verify.add_argument("--team", metavar="NAME", help=_TEAM)
    list_ = command(audit, "list", "trail:list_", "list who did what, the newest first", lists=True)
    list_.add_argument("--who", metavar="NAME", help="name or e-mail; me")
    list_.add_argument(
        "--act",
        metavar="ACT",
        action="append",
        default=[],
        help="as conversation.closed, or: replied, deleted, opened, read, logins, access",
    )
    list_.add_argument("--conversation", metavar="ID", type=int, help=_IDS)
    list_.add_argument(
        "--space", metavar="NAME|ID",
        help="of one shared inbox; for owners and admins also by the id of a deleted one",
    )  # fmt: skip
    list_.add_argument("--since", metavar="WHEN", help="3d, 2026-11-03; older is fetched")
    list_.add_argument("--limit", metavar="N", type=int, default=1000)
    list_.add_argument("--csv", metavar="FILE", help="write a table; -: print it")
    list_.add_argument("--offline", action="store_true", help="only what is here already")
    list_.add_argument("--team", metavar="NAME", help=_TEAM)
    export = command(
        audit, "export", "trail:export", "write the trail into a file that proves itself",
        epilog="`audit verify --file` verifies it, on any machine, without the server.",
    )  # fmt: skip
    export.add_argument("file", metavar="FILE")
    export.add_argument("--team", metavar="NAME", help=_TEAM)


def add_team(team: _Commands[argparse.ArgumentParser]) -> None:
    """Add to the commands of `team`."""
    erase = command(
        team,
        "erase",
        "trail:erase",
        "erase for good what is about a conversation, or about somebody who was removed",
        epilog="The trail keeps that it was erased, when and by whom, and still verifies.",
    )
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--conversation", metavar="ID", type=int, help=_IDS)
    what.add_argument("--user", metavar="USER", help="the id of somebody who was removed")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument("--team", metavar="NAME", help=_TEAM)
    unpurged = command(
        team,
        "unpurged",
        "trail:unpurged",
        "list devices that may still hold what was taken away",
        lists=True,
    )
    unpurged.add_argument("--team", metavar="NAME", help=_TEAM)
