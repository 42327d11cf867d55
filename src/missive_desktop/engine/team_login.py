"""Coming into teams: made, joined, signed in to, approved, recovered, left.

Private keys are in the store before anything is asked of a server: an answer may be lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamSettings, TeamState
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_access import line, row_of
from missive_desktop.engine.team_login_requests import (
    TeamCreate,
    TeamEntered,
    TeamJoin,
    TeamLogin,
    TeamLogout,
    TeamLook,
    TeamRecover,
)
from missive_desktop.errors import KnownError, Offline, Refused, UsageError
from missive_desktop.store import team_certs, team_pending, team_scopes, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.teams import PrivateKeys, TeamRow
from missive_desktop.team import joining, login, purging
from missive_desktop.team.calls import Calls, SignedOut, checked_url
from missive_desktop.team.joining import Opened, Prepared, Wish
from missive_desktop.team.keys import approval, invitation, root
from missive_desktop.team.keys.device import DeviceKeys, kept_device, new_device
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_wire import routes, setup
from missive_wire.accounts import LoginAnswer
from missive_wire.ids import new_id, org_scope
from missive_wire.routes import Info


def create(runtime: Runtime, request: TeamCreate) -> dict[str, Any]:
    given = _setup(request)
    url = checked_url(given.url)
    settings = TeamSettings(given.name, request.ca_file, request.proxy)
    wish = Wish(given.email, request.name, request.password)
    org = new_id()
    me, new_root = joining.newcomer(org), root.new_root(org)
    with _calls(url, settings) as calls:
        prepared = joining.founding(calls, given.token, wish, me, new_root, given.name)
        fingerprint = new_root.public.fingerprint
        team = _keep(runtime, calls, settings, me, wish.email, fingerprint, prepared)
        answer = _enter(runtime, calls, team, prepared, wish, me)
    runtime.teams.restart(team)
    return {"team": team, "recovery": root.written(new_root), "must": answer.must}


def _setup(request: TeamCreate) -> setup.Setup:
    """Return what the link says, or what is said instead."""
    if "#" not in request.setup:
        return setup.Setup(request.url, request.setup, request.email, request.organization)
    try:
        said = setup.parsed(request.setup)
    except ValueError as error:
        raise UsageError("This is no set-up link. Copy it whole, as it was printed.") from error
    return setup.Setup(
        request.url or said.url,
        said.token,
        request.email or said.email,
        request.organization or said.name,
    )


def look(runtime: Runtime, request: TeamLook) -> dict[str, Any]:
    parsed = invitation.parsed(request.link)
    _refuse_twice(runtime, parsed.org)
    with _calls(parsed.url, TeamSettings("", request.ca_file, request.proxy)) as calls:
        opened = joining.look(calls, parsed)
    told = opened.told
    return {
        "url": parsed.url, "role": opened.role, "spaces": len(opened.seats),
        "organization": told.organization, "inviter": told.inviter,
        "email": told.email, "name": told.name,
    }  # fmt: skip


def _refuse_twice(runtime: Runtime, org: str) -> TeamRow | None:
    """Return what is left of a team that one was removed from; one that one is in is refused."""
    with runtime.reading() as conn:
        row = teams.by_org(conn, org)
    if row is not None and row.state is not TeamState.REMOVED:
        raise UsageError("You are in this team already.")
    return row


def join(runtime: Runtime, request: TeamJoin) -> dict[str, Any]:
    parsed = invitation.parsed(request.link)
    before = _refuse_twice(runtime, parsed.org)
    settings = TeamSettings("", request.ca_file, request.proxy)
    wish = Wish(request.email, request.name, request.password)
    me = joining.newcomer(parsed.org)
    with _calls(parsed.url, settings) as calls:
        opened = joining.look(calls, parsed)
        prepared = joining.joining(calls, opened, wish, me)
        settings = msgspec.structs.replace(settings, name=opened.told.organization)
        team = _keep(runtime, calls, settings, me, wish.email, parsed.root, prepared, opened.server)
        answer = _enter(runtime, calls, team, prepared, wish, me, before)
    if not answer.must:
        with contextlib.suppress(KnownError):  # otherwise the others' devices hand them out
            _take_keys(runtime, team, opened, me, prepared.last_mid)
    runtime.teams.restart(team)
    return {"team": team, "must": answer.must}


def _enter(
    runtime: Runtime,
    calls: Calls,
    team: int,
    prepared: Prepared,
    wish: Wish,
    me: Me,
    before: TeamRow | None = None,
) -> LoginAnswer:
    """Ask to be let in; who is certainly not in is forgotten again, else who one was `before`."""
    try:
        answer = joining.enter(calls, prepared, wish, me)
    except Offline as error:
        words = "The connection broke, so it is not known whether you are in."
        runtime.writer.run(
            lambda conn, changes: teams.set_state(conn, team, TeamState.SIGNED_OUT, words, changes),
            durable=True,
        )
        _forget(runtime, before)
        raise Offline(words, "Sign in once you are online again; or join again.") from error
    except BaseException:
        runtime.writer.run(lambda conn, changes: teams.remove(conn, team, changes))
        raise
    runtime.writer.run(
        lambda conn, changes: teams.set_token(conn, team, answer.token, changes), durable=True
    )
    _forget(runtime, before)
    return answer


def _keep(
    runtime: Runtime,
    calls: Calls,
    settings: TeamSettings,
    me: Me,
    email: str,
    fingerprint: bytes,
    prepared: Prepared,
    expected: bytes = b"",
) -> int:
    """Put away who one will be, before the server hears of it. `expected`: the key of its trail,
    as who invited knows it; if it signs with another, the trail's checks say so."""
    server = expected or calls.get(routes.INFO, Info, token=False).key
    seeds = PrivateKeys(me.identity.sign.seed, me.device.sign.seed, me.device.box.seed)
    address = login.checked_address(email)

    def work(conn: Connection, changes: Changes) -> int:
        team = teams.insert(
            conn, calls.url, me.org, me.user, me.device.id, address, fingerprint.hex(), settings,
            changes, keys=seeds, server_key=server,
        )  # fmt: skip
        _add_keys(conn, team, prepared.keys, changes)
        team_pending.set_numbers(conn, team, prepared.last_mid, prepared.last_mid)
        return team

    return runtime.writer.run(work, durable=True)


def _add_keys(conn: Connection, team: int, keys: Iterable[ScopeKey], changes: Changes) -> None:
    for key in keys:
        team_scopes.ensure(conn, team, key.scope, changes)
        team_scopes.add_keys(conn, team, key.scope, {key.epoch: key.key}, changes)


def _take_keys(runtime: Runtime, team: int, opened: Opened, me: Me, last: int) -> None:
    """Open the spaces with the link's keys while they are at hand."""
    with line(runtime, team) as (_, calls):
        spaces = [space for space, _ in opened.seats]
        taken = joining.take_keys(calls, opened, me, spaces, last)

    def work(conn: Connection, changes: Changes) -> None:
        _add_keys(conn, team, taken.keys, changes)
        team_pending.set_numbers(conn, team, taken.last_mid, taken.last_mid)

    runtime.writer.run(work, durable=True)


def sign_in(runtime: Runtime, request: TeamLogin) -> dict[str, Any]:
    """Sign in as a device that is known here, or as a new one."""
    url, email = checked_url(request.url), login.checked_address(request.email)
    settings = TeamSettings("", request.ca_file, request.proxy)
    row, device = _known(runtime, url, email)
    with _calls(url, row.settings if row else settings) as calls:
        answer = login.sign_in(calls, email, request.password, device, request.code)
        if answer.st == "code":
            return {"st": "code", "team": 0, "state": "", "code": "", "must": False}
        server = calls.get(routes.INFO, Info, token=False).key

    def work(conn: Connection, changes: Changes) -> int:
        if row is not None:
            teams.set_token(conn, row.id, answer.token, changes)
            teams.set_ended(conn, row.id, 0)
            if row.state is not TeamState.APPROVAL:
                teams.set_state(conn, row.id, TeamState.NEW, "", changes)
            return row.id
        code = approval.new_code(answer.user, device.public)
        team = teams.insert(
            conn, url, answer.org, answer.user, device.id, email, "",
            msgspec.structs.replace(settings, code=code), changes,
            token=answer.token, keys=PrivateKeys(b"", device.sign.seed, device.box.seed),
            server_key=server,
        )  # fmt: skip
        teams.set_state(conn, team, TeamState.APPROVAL, "", changes)
        return team

    team = runtime.writer.run(work, durable=True)
    runtime.teams.restart(team)
    now = row_of(runtime, team)
    return {
        "st": "in", "team": team, "state": now.state.value, "code": now.settings.code,
        "must": answer.must,
    }  # fmt: skip


def _known(runtime: Runtime, url: str, email: str) -> tuple[TeamRow | None, DeviceKeys]:
    with runtime.reading() as conn:
        for row in teams.all_(conn):
            private = teams.private_keys(conn, row.id)
            if (row.url, row.email) == (url, email) and private.sign:
                return row, kept_device(row.device, private.sign, private.box)
    return None, new_device(new_id())


def entered(runtime: Runtime, request: TeamEntered) -> dict[str, Any]:
    """Take what the approving device handed over, once it is there."""
    row = row_of(runtime, request.team)
    if row.state is not TeamState.APPROVAL:
        return {"state": row.state.value, "code": ""}
    try:
        with line(runtime, row.id) as (_, calls):
            me = login.me(calls)
    except SignedOut as error:  # what waited is no device any more
        _forget(runtime, row)
        raise Refused(
            "Another device of yours turned this one away.",
            "If that was a mistake, sign in again.",
        ) from error
    if me.state != "approved" or not me.welcome:
        return {"state": row.state.value, "code": row.settings.code}
    with runtime.reading() as conn:
        private = teams.private_keys(conn, row.id)
    device = kept_device(row.device, private.sign, private.box)
    identity, handover = approval.received(row.settings.code, row.user, device, me.welcome)
    settings = msgspec.structs.replace(row.settings, code="")

    def work(conn: Connection, changes: Changes) -> None:
        seeds = private._replace(identity=identity.sign.seed)
        teams.set_private_keys(conn, row.id, seeds)
        teams.set_root(conn, row.id, handover.root.fingerprint.hex())
        if handover.server:  # as the older device knows it, whatever this one was told
            teams.set_server_key(conn, row.id, handover.server)
        team_certs.save(conn, row.id, handover.remembered())
        teams.update_settings(conn, row.id, settings, changes)
        teams.set_state(conn, row.id, TeamState.NEW, "", changes)

    runtime.writer.run(work, durable=True)
    runtime.teams.restart(row.id)
    return {"state": TeamState.NEW.value, "code": ""}


def recover(runtime: Runtime, request: TeamRecover) -> dict[str, Any]:
    row = row_of(runtime, request.team)
    if row.state is not TeamState.APPROVAL:
        raise UsageError("This device is in already.")
    with runtime.reading() as conn:
        private = teams.private_keys(conn, row.id)
    device = kept_device(row.device, private.sign, private.box)
    with line(runtime, row.id) as (_, calls):
        back = joining.recover(calls, row.org, row.user, device, request.key)
    settings = msgspec.structs.replace(row.settings, code="")

    def work(conn: Connection, changes: Changes) -> None:
        seeds = private._replace(identity=back.me.identity.sign.seed)
        teams.set_private_keys(conn, row.id, seeds)
        teams.set_root(conn, row.id, back.fingerprint.hex())
        teams.update_settings(conn, row.id, settings, changes)
        _add_keys(conn, row.id, back.keys, changes)
        team_pending.set_numbers(conn, row.id, back.last_mid, back.last_mid)
        teams.set_state(conn, row.id, TeamState.NEW, "", changes)

    runtime.writer.run(work, durable=True)
    runtime.teams.restart(row.id)
    return {}


def logout(runtime: Runtime, request: TeamLogout) -> dict[str, Any]:
    row = row_of(runtime, request.team)
    with line(runtime, row.id) as (_, calls), contextlib.suppress(SignedOut):
        login.sign_out(calls)
    books = runtime.teams.of(row.id).books
    runtime.workers.stop_team(row.id)
    runtime.teams.stop(row.id)
    if request.forget:
        purging.revoke(books, org_scope(row.org))
        _forget(runtime, row)
        return {}

    def work(conn: Connection, changes: Changes) -> None:
        teams.set_token(conn, row.id, "", changes)
        if row.state is not TeamState.APPROVAL:
            teams.set_state(conn, row.id, TeamState.SIGNED_OUT, "", changes)

    runtime.writer.run(work, durable=True)
    return {}


def _forget(runtime: Runtime, row: TeamRow | None) -> None:
    if row is None:
        return
    runtime.teams.stop(row.id)
    runtime.writer.run(lambda conn, changes: teams.remove(conn, row.id, changes), durable=True)


@contextlib.contextmanager
def _calls(url: str, settings: TeamSettings) -> Any:
    """A connection for who has no session yet."""
    with closing(Calls(url, settings, lambda: "")) as calls:
        yield calls
