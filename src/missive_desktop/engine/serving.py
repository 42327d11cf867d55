"""Having this computer serve a shared inbox from a mailbox, or no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.serving import Handed, Options
from missive_desktop.engine import quiet, settling
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.serving_requests import HandInbox, ServeInbox, Serving, StopServing
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import accounts, served, team_scopes, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.team.spaces import acting
from missive_wire import rules

_END = 8  # letters of an id that say enough


def serve(runtime: Runtime, request: ServeInbox) -> dict[str, Any]:
    from missive_desktop.team.worker import handing

    with runtime.reading() as conn:
        known = served.get(conn, request.scope)
    options = Options(request.archive_closed)
    if known is not None and known.account == request.account:
        runtime.writer.run(
            lambda conn, _: served.set_options(conn, request.scope, options), durable=True
        )
        return {}

    def work(conn: Connection, changes: Changes) -> None:
        space = team_spaces.get(conn, request.scope)
        team = teams.get(conn, space.team) if space else None
        if space is None or team is None or not space.account:
            raise UsageError("There is no such shared inbox here.")
        mine = acting.role(conn, space, team.user)
        scope = team_scopes.get(conn, space.team, request.scope)
        handed = scope is not None and bool(handing.to_device(conn, scope, team.device))
        if mine and not rules.may_serve(mine, handed=handed):
            raise Refused(
                "Only owners and admins have a shared inbox served. Ask one of them to hand the"
                f" mailbox of {space.name or 'this space'} to this computer."
            )
        served.add(conn, request.scope, space.team, request.account, options, changes)

    runtime.writer.run(work, durable=True)
    runtime.workers.start(request.scope)
    return {}


def hand(runtime: Runtime, request: HandInbox) -> dict[str, Any]:
    """Hand the mailbox to a device; nobody else can open it."""
    from missive_desktop.team.worker import handing

    with runtime.reading() as conn:
        space = team_spaces.get(conn, request.scope)
        scope = team_scopes.get(conn, space.team, request.scope) if space else None
        known = served.get(conn, request.scope)
        row = accounts.get(conn, request.account or (known.account if known else 0))
        secret = accounts.secret(conn, row.id) if row else ""
    if space is None:
        raise UsageError("There is no such shared inbox here.")
    team = runtime.teams.of(space.team)
    wanted = _device(team.vault.roster.devices, request.device)
    with runtime.reading() as conn:
        old = handing.to_device(conn, scope, wanted) if scope else []
    intents = [handing.withdrawn(request.scope, each) for each in old]
    if not request.back:
        device = team.vault.roster.devices.get(wanted)
        if device is None or not team.vault.roster.role(device.user, request.scope[2:]):
            raise UsageError("There is no such device, or it does not see this inbox.")
        if row is None or not row.settings.imap.host or not secret:
            raise UsageError("Name the mailbox: it is not served from here.")
        what = Handed(row.settings, secret, known.options if known else Options())
        intents.append(handing.handed(request.scope, device.id, device.box, what))
    team.start()
    settling.wait_for(runtime, team, team.submit(intents))
    if not request.back:
        runtime.workers.step_back(request.scope)
    return {}


def _device(known: Collection[str], wanted: str) -> str:
    """Return the id that a device is called by here, which may be the end of it."""
    found = [each for each in known if len(wanted) >= _END and each.endswith(wanted)]
    return found[0] if len(found) == 1 else wanted


def watch(runtime: Runtime, request: Serving) -> dict[str, Any]:
    """Serve without anybody who watches: nothing is prepared to be looked at."""
    runtime.teams.watch(request.on)
    runtime.workers.watch(request.on)
    if request.on:
        quiet.begin(runtime)
    return {}


def stop(runtime: Runtime, request: StopServing) -> dict[str, Any]:
    runtime.workers.stop(request.scope)
    row = runtime.writer.run(
        lambda conn, changes: served.remove(conn, request.scope, changes), durable=True
    )
    if row is None:
        raise UsageError("This shared inbox is not served from here.")
    return {}
