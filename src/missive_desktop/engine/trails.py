"""The trail for those who ask: verified, read back, as a file; erasing, and who has not purged."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Intent
from missive_desktop.engine import spaces
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_access import carry_out, ready
from missive_desktop.engine.trail_requests import (
    AcceptRestore,
    Erase,
    ExportTrail,
    FollowTrail,
    ListUnpurged,
    NoteExport,
    ReadDeleted,
    ReadTrail,
    VerifyTrail,
)
from missive_desktop.errors import DiskTrouble, Refused, UsageError
from missive_desktop.store import (
    team_conversations,
    team_rows,
    team_scopes,
    team_spaces,
    team_trail,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_trail import EvidenceRow
from missive_desktop.team import checkpoints, evidence, setback
from missive_desktop.team.organizing import Plan
from missive_desktop.team.setback import Accepted, Restore
from missive_desktop.team.team import Team
from missive_desktop.team.trail import Whole
from missive_wire import routes
from missive_wire.entities import Type
from missive_wire.headers import seat_id
from missive_wire.ids import org_scope
from missive_wire.routes import (
    EraseAnswer,
    EraseRequest,
    UnpurgedAnswer,
    UnpurgedRequest,
)


def verify(runtime: Runtime, request: VerifyTrail) -> dict[str, Any]:
    return verified(ready(runtime, request.team))


def verified(team: Team) -> dict[str, Any]:
    """Answer `VerifyTrail` for a team that runs."""
    team.catch_up()
    whole = team.trail.verify(deleted=team.vault.roster.is_admin(team.vault.me.user))
    with team.books.reading() as conn:
        text = team_trail.checkpoint(conn, team.id)
        kept = team_trail.evidence(conn, team.id)
    signed = checkpoints.read(msgspec.json.decode(text)) if text else None
    return {
        "counts": whole.counts,
        "findings": [[each.kind, each.scope, each.words] for each in whole.findings],
        "before": [
            [each.at, each.kind, each.scope, each.words, _behind(whole, each)] for each in kept
        ],
        "restores": _restores(team, whole),
        **evidence.summary(signed),
    }


def _behind(whole: Whole, found: EvidenceRow) -> str:
    """Return the epoch of the restore that would explain a finding, or ""."""
    if found.kind == "earlier":
        restore = setback.behind_older(whole.restores, found.shown)
    else:
        now = whole.hashes.get(found.scope, {})
        restore = setback.behind(whole.restores, setback.held(found.shown, found.scope), now)
    return restore.epoch if restore else ""


def _restores(team: Team, whole: Whole) -> list[dict[str, Any]]:
    vault = team.vault
    with team.books.reading() as conn:
        scope = team_scopes.get(conn, team.id, org_scope(vault.me.org))
        rows = team_rows.of_type(conn, scope.id, Type.RESTORE) if scope else []
    accepted = setback.accepted(rows, vault.author, vault.roster.is_admin)
    nobody = Accepted("", 0)
    return [
        each._asdict() | {"by": found.by, "on": found.at}
        for each in whole.restores
        for found in [accepted.get(each, nobody)]
    ]


def accept(runtime: Runtime, request: AcceptRestore) -> dict[str, Any]:
    team = ready(runtime, request.team)
    restore = Restore(request.epoch, request.at, request.made)
    carry_out(runtime, team, Plan((setback.acceptance(team.vault.me.org, restore),)))
    return {}


def read(runtime: Runtime, request: ReadTrail) -> dict[str, Any]:
    team = ready(runtime, request.team)
    team.catch_up()
    _note(runtime, team, "audit.read")
    team.trail.look_back(request.since)
    return {}


def _note(runtime: Runtime, team: Team, act: str) -> None:
    """Somebody reads the trail: it stands in there before they do. Devices that follow it by
    themselves are no news."""
    me = team.vault.me
    intent = Intent("note", org_scope(me.org), Type.MEMBER, me.user, act)
    carry_out(runtime, team, Plan((intent,)))


def read_deleted(runtime: Runtime, request: ReadDeleted) -> dict[str, Any]:
    team = ready(runtime, request.team)
    team.catch_up()
    _note(runtime, team, "audit.read")
    records, wrong = team.trail.of_deleted(request.scope)
    events = [team_trail.as_event(request.scope, each) for each in reversed(records)]
    return {"events": [msgspec.to_builtins(each) for each in events], "wrong": wrong}


def follow(runtime: Runtime, request: FollowTrail) -> dict[str, Any]:
    with runtime.reading() as conn:
        found = team_conversations.find_by_id(conn, request.conversation)
        scope = team_scopes.of_account(conn, found[0]) if found else None
    if found is None or scope is None:
        raise UsageError("This conversation is not of a shared inbox.")
    runtime.teams.of(scope.team).trail.look(scope.scope, found[1])
    return {}


def export(runtime: Runtime, request: ExportTrail) -> dict[str, Any]:
    team = ready(runtime, request.team)
    team.catch_up()
    team.trail.check()
    path = Path(request.path)
    if path.exists():
        raise UsageError(f"{path} is there already.")
    with runtime.reading() as conn:
        row = teams.get(conn, team.id)
        text = team_trail.checkpoint(conn, team.id)
        kept = team_trail.evidence(conn, team.id)
        scopes = [each.scope for each in team_scopes.all_(conn, team.id)]
    signed = checkpoints.read(msgspec.json.decode(text)) if text else None
    if row is None or signed is None:
        raise Refused("The server has signed no trail yet.", "Try again in a minute.")
    _note(runtime, team, "export.made")
    first = {
        "format": evidence.FORMAT, "org": row.org, "made": signed.at, "key": row.server_key,
        "checkpoint": msgspec.json.decode(text), "found": kept,
    }  # fmt: skip
    try:
        with path.open("xb") as file:
            file.write(msgspec.json.encode(first)[:-1] + b',"scopes":{')
            count = _write(team, file, signed, scopes)
            file.write(b"}}\n")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise DiskTrouble(f"The file was not written: {error.strerror}.") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"entries": count}


def _write(team: Team, file: BinaryIO, signed: checkpoints.Signed, scopes: list[str]) -> int:
    count, comma = 0, b""
    for scope in scopes:
        end = checkpoints.head(signed, scope)
        if end is None:
            continue
        file.write(comma + msgspec.json.encode(scope) + b":[")
        comma, between = b",", b""
        for page in team.trail.pages(scope, end.n):
            for record in page:
                file.write(between + msgspec.json.encode(record))
                between = b",\n"
            count += len(page)
        file.write(b"]")
    return count


def note_export(runtime: Runtime, request: NoteExport) -> dict[str, Any]:
    """Tell the trails of the shared inboxes that mail was taken out of them."""

    def work(conn: Connection, changes: Changes) -> None:
        for account, count in request.counts.items():
            space = team_spaces.of_account(conn, account)
            team = teams.get(conn, space.team) if space else None
            if space is None or team is None:
                continue
            seat = seat_id(space.scope[2:], team.user)
            intent = Intent("note", space.scope, Type.SEAT, seat, "export.made", {"count": count})
            spaces.submit(runtime, conn, changes, team.id, [intent])

    runtime.writer.run(work, durable=True)
    return {}


def erase(runtime: Runtime, request: Erase) -> dict[str, Any]:
    team = ready(runtime, request.team)
    scope = conv = ""
    if request.conversation:
        with runtime.reading() as conn:
            found = team_conversations.find_by_id(conn, request.conversation)
            row = team_scopes.of_account(conn, found[0]) if found else None
        if found is None or row is None or row.team != team.id:
            raise UsageError("This conversation is not of a shared inbox of this team.")
        scope, conv = row.scope, found[1]
    asked = EraseRequest(team.device, scope, conv, request.user)
    answer = team.calls.post(routes.ERASURES, asked, EraseAnswer, wait=60.0)
    return {"erased": answer.erased}


def unpurged(runtime: Runtime, request: ListUnpurged) -> dict[str, Any]:
    team = ready(runtime, request.team)
    answer = team.calls.post(routes.UNPURGED, UnpurgedRequest(team.device), UnpurgedAnswer)
    return {"open": [msgspec.structs.asdict(each) for each in answer.open]}
