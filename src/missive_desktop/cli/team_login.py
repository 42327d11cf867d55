"""Coming into teams: login, logout, team create, join, list."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from missive_desktop import profile
from missive_desktop.cli import opening, output, team_names
from missive_desktop.cli.asking import Asked
from missive_desktop.domain.team import TeamState
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.space_requests import TellTeam
from missive_desktop.engine.team_login_requests import (
    TeamCreate,
    TeamEntered,
    TeamJoin,
    TeamLogin,
    TeamLogout,
    TeamLook,
    TeamRecover,
)
from missive_desktop.errors import UsageError
from missive_desktop.store import teams
from missive_desktop.store.database import Connection

_SETTLING = 20.0  # seconds; `sync` brings the rest
_LOOK = 2.0  # seconds between two looks for the approval
_MUST = "Your organization demands two-factor login: set it up with `two-factor on`."


@contextlib.contextmanager
def engine(chosen: argparse.Namespace) -> Iterator[tuple[BlockingClient, Connection]]:
    """The engine of a profile that may be new, and a connection to read with."""
    found = profile.locate(chosen.profile)
    key = opening.unlock(found)
    with BlockingClient(found, key) as client, opening.reading_with(found, key) as conn:
        yield client, conn


def login(chosen: argparse.Namespace) -> int:
    """Sign in; on a new device, wait until another one has approved it."""
    asked = Asked(chosen)
    with engine(chosen) as (client, conn):
        url, email = _whom(chosen, conn)
        answer = _signed_in(client, chosen, asked, url, email)
        team = int(answer["team"])
        state = str(answer["state"])
        if state == TeamState.APPROVAL and chosen.recovery:
            client.call(TeamRecover(team=team, key=asked.secret("Recovery key")))
            state = TeamState.NEW.value
        elif state == TeamState.APPROVAL:
            state = str(client.call(TeamEntered(team=team))["state"])
            if state == TeamState.APPROVAL and not chosen.no_wait:
                _show_code(str(answer["code"]))
                state = _approved(client, team)
        if state != TeamState.APPROVAL:
            _settle(client, team)
    if chosen.json:
        shown = str(answer["code"]) if state == TeamState.APPROVAL else ""
        output.json({"team": team, "state": state, "code": shown, "must": answer["must"]})
    elif state == TeamState.APPROVAL:
        _show_code(str(answer["code"]))
    else:
        print(f"Signed in as {email}.")
        _say_must(bool(answer["must"]))
    return 0


def _whom(chosen: argparse.Namespace, conn: Connection) -> tuple[str, str]:
    if chosen.server and chosen.email:
        return chosen.server, chosen.email
    if chosen.server:
        raise UsageError("--server needs an EMAIL beside it.")
    row = team_names.team(conn, chosen.email)
    return row.url, row.email


def _signed_in(
    client: BlockingClient, chosen: argparse.Namespace, asked: Asked, url: str, email: str
) -> dict[str, Any]:
    password = asked.password(f"Password of {email}")
    request = TeamLogin(
        url=url, email=email, password=password, ca_file=opening.ca_file(chosen), proxy=chosen.proxy
    )
    answer = client.call(request)
    if answer["st"] == "code":
        code = asked.secret("Code of your authenticator, or a recovery code")
        again = TeamLogin(
            url=url, email=email, password=password, code=code, ca_file=opening.ca_file(chosen),
            proxy=chosen.proxy,
        )  # fmt: skip
        answer = client.call(again)
    return answer


def _show_code(code: str) -> None:
    print("This device has to be approved. On one that is in already, type this code:")
    print(f"\n    {code}\n")
    print("There: missive-desktop devices approve CODE", flush=True)


def _approved(client: BlockingClient, team: int) -> str:
    while True:
        state = str(client.call(TeamEntered(team=team))["state"])
        if state != TeamState.APPROVAL:
            return state
        time.sleep(_LOOK)


def _settle(client: BlockingClient, team: int) -> None:
    """Have what the team shares here before the program ends, or its beginning if it is much."""
    answer = client.call(TellTeam(team=team, seconds=_SETTLING, whole=True))
    for error in answer["errors"]:
        print(output.line(f"You are in, but not all is here yet: {error}"), file=sys.stderr)


def logout(chosen: argparse.Namespace) -> int:
    with opening.writing(chosen) as (client, conn):
        row = team_names.team(conn, chosen.team)
        if chosen.forget:
            question = f"Remove all that is here of {row.settings.name or row.url}?"
            opening.confirmed(question, chosen.yes)
        client.call(TeamLogout(team=row.id, forget=chosen.forget))
    print("Signed out." if not chosen.forget else "Signed out; nothing of the team is here now.")
    return 0


def create(chosen: argparse.Namespace) -> int:
    asked = Asked(chosen)
    with engine(chosen) as (client, _):
        setup = asked.link(chosen.link, "Set-up link")
        password = asked.new_password()
        answer = client.call(
            TeamCreate(
                url=chosen.server, setup=setup, email=chosen.email, name=chosen.name,
                password=password, organization=chosen.organization,
                ca_file=opening.ca_file(chosen), proxy=chosen.proxy,
            )
        )  # fmt: skip
        _settle(client, int(answer["team"]))
    if chosen.json:
        output.json(answer)
        return 0
    print("The organization is made, and you are its owner.")
    print("\nIts recovery key. Write it down and keep it safe: it is shown only now, and with it")
    print("whoever has it reads everything.\n")
    for line in _lines(str(answer["recovery"])):
        print(f"    {line}")
    print()
    _say_must(bool(answer["must"]))
    return 0


def _lines(groups: str) -> list[str]:
    words = groups.split()
    return [" ".join(words[at : at + 7]) for at in range(0, len(words), 7)]


def join(chosen: argparse.Namespace) -> int:
    asked = Asked(chosen)
    with engine(chosen) as (client, _):
        link = asked.link(chosen.link, "Invitation link")
        reach = {"ca_file": opening.ca_file(chosen), "proxy": chosen.proxy}
        seen = client.call(TeamLook(link=link, **reach))
        print(
            output.line(
                f"{seen['inviter'] or 'Somebody'} invites you to {seen['organization'] or 'a team'}"
                f" at {seen['url']} as {seen['role']}, with {seen['spaces']} of its inboxes."
            ),
            file=sys.stderr,
        )
        password = asked.new_password()
        answer = client.call(
            TeamJoin(
                link=link, email=chosen.email, name=chosen.name, password=password, **reach
            )
        )  # fmt: skip
        _settle(client, int(answer["team"]))
    if chosen.json:
        output.json(answer)
    else:
        print("You are in.")
        _say_must(bool(answer["must"]))
    return 0


def list_(chosen: argparse.Namespace) -> int:
    with opening.reading(chosen) as opened:
        rows = teams.all_(opened.conn)
    if chosen.json:
        output.json(
            [
                {
                    "id": row.id, "name": row.settings.name, "url": row.url, "org": row.org,
                    "user": row.user, "email": row.email, "device": row.device,
                    "state": row.state.value, "error": row.error,
                }
                for row in rows
            ]
        )  # fmt: skip
    elif rows:
        output.table(
            [(row.settings.name or row.url, row.email, row.state.value, row.error) for row in rows]
        )
    else:
        print("This profile is in no team.", file=sys.stderr)
    return 0


def _say_must(must: bool) -> None:
    if must:
        print(_MUST)
