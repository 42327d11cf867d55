"""One's own login in a team: two-factor, password, devices, sessions."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_access import carry_out, line, ready, row_of
from missive_desktop.engine.team_login_requests import (
    ApproveDevice,
    ChangePassword,
    DemandTwoFactor,
    EndSession,
    ListDevices,
    ListSessions,
    NameOrganization,
    RevokeDevice,
    ShowFingerprints,
    TeamStanding,
    TwoFactorBegin,
    TwoFactorCodes,
    TwoFactorConfirm,
    TwoFactorOff,
)
from missive_desktop.errors import UsageError
from missive_desktop.store import team_rows, team_scopes
from missive_desktop.store.teams import TeamRow
from missive_desktop.team import joining, login, organizing, qr
from missive_desktop.team.keys import fingerprints, identity
from missive_desktop.team.organizing import Plan
from missive_wire import shapes
from missive_wire.entities import Type
from missive_wire.ids import org_scope

_NAMED = 5.0  # seconds until the row of a device that was let in is here


def standing(runtime: Runtime, request: TeamStanding) -> dict[str, Any]:
    with line(runtime, request.team) as (_, calls):
        me = login.me(calls)
    return {
        "email": me.email,
        "two_factor": me.two_factor,
        "must": me.must,
        "required": me.required,
        "codes": me.codes,
    }


def begin(runtime: Runtime, request: TwoFactorBegin) -> dict[str, Any]:
    with line(runtime, request.team) as (row, calls):
        offer = login.begin_two_factor(calls, row.email, request.password)
    return {"uri": offer.uri, "key": offer.key, "svg": qr.svg(offer.uri).decode()}


def confirm(runtime: Runtime, request: TwoFactorConfirm) -> dict[str, Any]:
    with line(runtime, request.team) as (_, calls):
        codes = login.confirm_two_factor(calls, request.code)
    runtime.teams.restart(request.team)  # it may have waited for just this
    return {"codes": list(codes)}


def new_codes(runtime: Runtime, request: TwoFactorCodes) -> dict[str, Any]:
    with line(runtime, request.team) as (row, calls):
        codes = login.new_recovery_codes(calls, row.email, request.password, request.code)
    return {"codes": list(codes)}


def off(runtime: Runtime, request: TwoFactorOff) -> dict[str, Any]:
    with line(runtime, request.team) as (row, calls):
        login.end_two_factor(calls, row.email, request.password, request.code)
    return {}


def demand(runtime: Runtime, request: DemandTwoFactor) -> dict[str, Any]:
    with line(runtime, request.team) as (_, calls):
        login.demand_two_factor(calls, request.on)
    return {}


def fingerprints_of(runtime: Runtime, request: ShowFingerprints) -> dict[str, Any]:
    roster = ready(runtime, request.team).vault.roster
    people = {
        user: identity.shown(roster.org, user, member.identity)
        for user, member in roster.members.items()
    }
    root = fingerprints.shown(roster.root.fingerprint) if roster.root else ""
    return {"organization": root, "people": people}


def name_organization(runtime: Runtime, request: NameOrganization) -> dict[str, Any]:
    if not request.name.strip():
        raise UsageError("An organization needs a name.")
    team = ready(runtime, request.team)
    intent = organizing.name_organization(team.vault.me, request.name)
    carry_out(runtime, team, Plan((intent,)))
    return {}


def change_password(runtime: Runtime, request: ChangePassword) -> dict[str, Any]:
    with line(runtime, request.team) as (row, calls):
        login.change_password(calls, row.email, request.old, request.new, request.code)
    return {}


def sessions(runtime: Runtime, request: ListSessions) -> dict[str, Any]:
    with line(runtime, request.team) as (_, calls):
        found = login.sessions(calls)
    return {"sessions": [msgspec.structs.asdict(each) for each in found]}


def end_session(runtime: Runtime, request: EndSession) -> dict[str, Any]:
    with line(runtime, request.team) as (_, calls):
        login.end_session(calls, request.session)
    return {}


def devices(runtime: Runtime, request: ListDevices) -> dict[str, Any]:
    with line(runtime, request.team) as (row, calls):
        found = login.devices(calls)
    called = _names(runtime, row)
    return {
        "devices": [
            {
                "id": each.id,
                "name": called.get(each.id, {}).get("name", ""),
                "platform": called.get(each.id, {}).get("platform", ""),
                "state": each.state,
                "since": each.since,
                "used": each.used,
                "current": each.current,
            }
            for each in found
        ]
    }


def _names(runtime: Runtime, row: TeamRow) -> dict[str, dict[str, Any]]:
    """Return what devices are called, as far as the directory is here and opens."""
    with runtime.reading() as conn:
        scope = team_scopes.get(conn, row.id, org_scope(row.org))
        rows = team_rows.of_type(conn, scope.id, Type.DEVICE) if scope else []
    return {each.id: shapes.read(each.body, dict) for each in rows if each.body}


def approve(runtime: Runtime, request: ApproveDevice) -> dict[str, Any]:
    team = ready(runtime, request.team)
    vault = team.vault
    device = joining.waiting(team.calls, request.code, vault.me.user)
    body = {"name": request.name or organizing.UNNAMED, "platform": ""}
    keys = vault.newest_of_all()
    server = row_of(runtime, request.team).server_key
    plan = organizing.approve_device(
        vault.roster, vault.me, keys, device, request.code, body, server
    )
    carry_out(runtime, team, plan)
    end = time.monotonic() + _NAMED
    while device.id not in _names(runtime, row_of(runtime, request.team)):
        if time.monotonic() > end or not runtime.wait_for_change(_NAMED):
            break  # it is in; what it is called comes with the next news
    return {"device": device.id}


def revoke(runtime: Runtime, request: RevokeDevice) -> dict[str, Any]:
    """An approved device goes with a signed statement and new keys; one that waits just goes."""
    row = row_of(runtime, request.team)
    team = ready(runtime, request.team)
    vault = team.vault
    known = vault.roster.devices.get(request.device)
    if known is not None and known.user == row.user:
        keys = vault.newest_of_all()
        plan = organizing.revoke_device(vault.roster, vault.me, keys, request.device)
        carry_out(runtime, team, plan)
        return {}
    with line(runtime, request.team) as (_, calls):
        login.revoke_device(calls, request.device)
    return {}
