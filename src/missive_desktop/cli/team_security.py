"""One's own login in a team: two-factor, password, devices, sessions."""

from __future__ import annotations

import argparse
from typing import Any

from missive_desktop.cli import opening, output, team_names
from missive_desktop.cli.asking import Asked
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.space_requests import TellTeam
from missive_desktop.engine.team_login_requests import (
    ApproveDevice,
    ChangePassword,
    DemandTwoFactor,
    EndSession,
    ListDevices,
    ListSessions,
    RevokeDevice,
    TeamStanding,
    TwoFactorBegin,
    TwoFactorCodes,
    TwoFactorConfirm,
    TwoFactorOff,
)
from missive_desktop.errors import UsageError

_NAMED = 5.0  # seconds
_CODE = "Code of your authenticator, or a recovery code"


def two_factor(chosen: argparse.Namespace) -> int:
    asked = Asked(chosen)
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team).id
        if chosen.what == "on":
            return _switch_on(client, chosen, asked, team)
        if chosen.what == "status":
            return _say(client.call(TeamStanding(team=team)), chosen.json)
        if chosen.what in ("demand", "allow"):
            client.call(DemandTwoFactor(team=team, on=chosen.what == "demand"))
            return _done(chosen, "It counts at once, for all members.")
        password, code = asked.password(), asked.secret(_CODE)
        if chosen.what == "codes":
            answer = client.call(TwoFactorCodes(team=team, password=password, code=code))
            return _show_codes(answer["codes"], chosen.json)
        client.call(TwoFactorOff(team=team, password=password, code=code))
    return _done(chosen, "Two-factor login is off.")


def _switch_on(client: BlockingClient, chosen: argparse.Namespace, asked: Asked, team: int) -> int:
    from missive_desktop.team import qr  # only here

    offer = client.call(TwoFactorBegin(team=team, password=asked.password()))
    if chosen.json:
        output.json({"uri": offer["uri"], "key": offer["key"]})
    else:
        print(qr.terminal(str(offer["uri"])))
        print(f"Scan this with your authenticator, or type: {offer['key']}", flush=True)
    answer = client.call(TwoFactorConfirm(team=team, code=asked.secret("Code that it shows")))
    return _show_codes(answer["codes"], chosen.json)


def _show_codes(codes: list[str], as_json: bool) -> int:
    if as_json:
        output.json({"codes": codes})
        return 0
    print("Two-factor login is on. Recovery codes, for when the authenticator is lost;")
    print("each opens once, and they are shown only now:\n")
    for code in codes:
        print(f"    {code}")
    return 0


def _say(standing: dict[str, Any], as_json: bool) -> int:
    if as_json:
        output.json(standing)
    elif standing["two_factor"]:
        print(f"Two-factor login is on; {standing['codes']} recovery codes are left.")
    elif standing["required"]:
        print("Two-factor login is off, and your organization demands it: `two-factor on`.")
    else:
        print("Two-factor login is off.")
    return 0


def _done(chosen: argparse.Namespace, words: str) -> int:
    if chosen.json:
        output.json({})
    else:
        print(words)
    return 0


def password(chosen: argparse.Namespace) -> int:
    asked = Asked(chosen)
    if chosen.password_file:
        raise UsageError("Two passwords are needed: on a terminal, or with --stdin.")
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team).id
        has_factor = client.call(TeamStanding(team=team))["two_factor"]
        old = asked.password("Old password")
        new = asked.new_password()
        code = asked.secret(_CODE) if has_factor else ""
        client.call(ChangePassword(team=team, old=old, new=new, code=code))
    print("The password is changed; all other sessions have ended.")
    return 0


def devices(chosen: argparse.Namespace) -> int:
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team).id
        if chosen.what == "list":
            client.call(TellTeam(team=team, seconds=_NAMED, whole=True))  # what they are called
            return _show_devices(client.call(ListDevices(team=team))["devices"], chosen.json)
        if chosen.what == "approve":
            code = " ".join(chosen.words) or Asked(chosen).secret("Code of the new device")
            answer = client.call(ApproveDevice(team=team, code=code, name=chosen.name))
            if chosen.json:
                output.json(answer)
            else:
                print("The device is in.")
            return 0
        if len(chosen.words) != 1:
            raise UsageError("Say which device: `devices` lists them.")
        device = _one(client.call(ListDevices(team=team))["devices"], chosen.words[0])
        opening.confirmed(f"End {device['name'] or 'this device'} for good?", chosen.yes)
        client.call(RevokeDevice(team=team, device=str(device["id"])))
    return _done(chosen, "The device is ended; what it could read gets new keys.")


def _one(rows: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """Find a device by its id, the end of it, or its name."""
    found = [
        row for row in rows if str(row["id"]).endswith(wanted.lower()) or row["name"] == wanted
    ]
    if len(found) != 1:
        raise UsageError(f"There is no one device {wanted}: `devices` lists them.")
    return found[0]


def _show_devices(rows: list[dict[str, Any]], as_json: bool) -> int:
    if as_json:
        output.json(rows)
        return 0
    output.table(
        [
            (
                str(row["id"])[-12:],
                str(row["name"]),
                str(row["platform"]),
                str(row["state"]),
                f"{output.local_time(row['used'] // 1000):%Y-%m-%d %H:%M}",
                "this one" if row["current"] else "",
            )
            for row in rows
        ]
    )
    return 0


def sessions(chosen: argparse.Namespace) -> int:
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team).id
        rows = client.call(ListSessions(team=team))["sessions"]
        if chosen.what == "end":
            wanted = chosen.id or ""
            found = [row for row in rows if wanted and str(row["id"]).endswith(wanted)]
            if wanted and len(found) != 1:
                raise UsageError(f"There is no one session {wanted}: `sessions` lists them.")
            client.call(EndSession(team=team, session=str(found[0]["id"]) if found else ""))
            return _done(chosen, "Ended.")
    if chosen.json:
        output.json(rows)
        return 0
    output.table(
        [
            (
                str(row["id"])[-12:],
                str(row["device"])[-12:],
                f"{output.local_time(row['used'] // 1000):%Y-%m-%d %H:%M}",
                "this one" if row["current"] else "",
            )
            for row in rows
        ]
    )
    return 0
