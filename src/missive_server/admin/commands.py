"""The commands of `missive-server admin`, and what they print."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from missive_server.admin import acting, looking
from missive_server.config import Config
from missive_server.database.opening import FILE, open_store
from missive_server.database.work import Work
from missive_server.errors import UsageError
from missive_server.service import reached
from missive_server.service.writing import milliseconds

T = TypeVar("T")
Act = Callable[[argparse.Namespace, Config], int]

NO_INVITING = (
    "Only members can invite: an invitation carries keys, and this server has none.\n"
    "Let an owner or admin use `missive-desktop team invite`. For a new organization use"
    " `admin create-org`."
)

_HERE_ONLY = (
    "This link leads to this machine, and counts here only. If the server has a name that people"
    " reach it at, give it: --public-url https://sync.example.org"
)


class _Argument(NamedTuple):
    name: str
    words: str


def add_commands(parser: argparse.ArgumentParser, everywhere: argparse.ArgumentParser) -> None:
    """Give the parser the commands; each sets `act` and takes what is taken `everywhere`."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, words: str, act: Act, *arguments: _Argument) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[everywhere], help=words)
        for each in arguments:
            command.add_argument(each.name, help=each.words)
        command.set_defaults(act=act)
        return command

    org = _Argument("org", "id of the organization")
    who = _Argument("who", "mail address or id of a member")
    made = add("create-org", "begin an organization", _create, _Argument("name", "its name"))
    made.add_argument("--owner", required=True, metavar="EMAIL", help="who will own it")
    add("list", "list the organizations", _list)
    add("members", "list the members of one", _members, org)
    add("devices", "list their devices", _devices, org)
    add("invites", "list its open invitations", _invites, org)
    invite = add("invite", "say who can invite", _invite)
    invite.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    add("remove", "end all access of a member", _remove, who)
    add("open", "let everybody in after a restore, without an owner's word", _open, org)
    add("reset-totp", "take a lost second factor from a login", _reset, who)
    add("revoke", "end a device for good", _revoke, _Argument("device", "id of the device"))


def _run(config: Config, work: Callable[..., Work[T]], *arguments: Any) -> T:
    async def once() -> T:
        if not config.database and not (config.data / FILE).exists():
            raise UsageError(
                f"Nothing was served from {config.data} yet. Name the server's folder or database:"
                " --data, --database, or --config."
            )
        store = await open_store(config.database, config.data)
        try:
            return await store.run(work, *arguments)
        finally:
            await store.close()

    return asyncio.run(once())


def _create(chosen: argparse.Namespace, config: Config) -> int:
    url = config.public_url or _run(config, reached.noted)
    host = urlsplit(url).hostname or ""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - refused, not listened at
        raise UsageError(
            "Say at which address people reach the server: --public-url https://sync.example.org"
        )
    link = _run(config, acting.create_org, url, chosen.name, chosen.owner, milliseconds())
    if chosen.json:
        print(json.dumps({"link": link}))
        return 0
    if host in ("127.0.0.1", "::1", "localhost") and not config.public_url:
        print(_HERE_ONLY, file=sys.stderr)
    print(f"Give this link to {chosen.owner}. It counts once, for seven days:\n\n  {link}\n")
    print("Their program makes the organization and its keys; this server never has them.")
    return 0


def _list(chosen: argparse.Namespace, config: Config) -> int:
    return _print(chosen, _run(config, looking.orgs), looking.Org)


def _members(chosen: argparse.Namespace, config: Config) -> int:
    return _print(chosen, _run(config, looking.members, chosen.org), looking.Member)


def _devices(chosen: argparse.Namespace, config: Config) -> int:
    found = _run(config, looking.devices, chosen.org, milliseconds())
    return _print(chosen, found, looking.Device)


def _invites(chosen: argparse.Namespace, config: Config) -> int:
    found = _run(config, looking.invites, chosen.org, milliseconds())
    return _print(chosen, found, looking.Invite)


def _invite(chosen: argparse.Namespace, config: Config) -> int:
    raise UsageError(NO_INVITING)


def _remove(chosen: argparse.Namespace, config: Config) -> int:
    user = _run(config, acting.remove, chosen.who, milliseconds())
    return _did(
        chosen,
        user,
        "Their access has ended. The next program of an owner or admin changes the keys.",
    )


def _open(chosen: argparse.Namespace, config: Config) -> int:
    _run(config, acting.open_, chosen.org, milliseconds())
    print("Everybody is let in." if not chosen.json else json.dumps({"org": chosen.org}))
    return 0


def _reset(chosen: argparse.Namespace, config: Config) -> int:
    user = _run(config, acting.reset_totp, chosen.who, milliseconds())
    return _did(chosen, user, "They sign in with their password alone until they set up another.")


def _revoke(chosen: argparse.Namespace, config: Config) -> int:
    user = _run(config, acting.revoke, chosen.device, milliseconds())
    return _did(chosen, user, "The device is signed out and cannot come back.")


def _did(chosen: argparse.Namespace, user: str, words: str) -> int:
    print(json.dumps({"user": user}) if chosen.json else words)
    return 0


def _print(chosen: argparse.Namespace, rows: Sequence[Any], shape: Any) -> int:
    names: tuple[str, ...] = shape._fields
    if chosen.json:
        print(json.dumps([row._asdict() for row in rows]))
        return 0
    table = [names, *([_text(n, v) for n, v in zip(names, row, strict=True)] for row in rows)]
    widths = [max(len(line[at]) for line in table) for at in range(len(names))]
    for line in table:
        print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())
    return 0


def _text(name: str, value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in ("made", "seen", "until"):
        moment = datetime.fromtimestamp(int(value) / 1000, UTC)
        return f"{moment:%Y-%m-%d %H:%M}" if value else "never"
    return str(value)
