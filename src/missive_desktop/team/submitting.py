"""What a person does to shared state: kept, shown at once, and taken back or done again.

All of it in the caller's transaction, which is to be durable: what is on the screen is on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import REFUSED, Intent, PendingState
from missive_desktop.errors import Refused
from missive_desktop.store import team_blobs, team_pending, team_rows, team_scopes
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import overlay, showing
from missive_desktop.team.projecting import Projection


def submit(
    conn: Connection,
    team: int,
    intents: Sequence[Intent],
    now: int,
    projection: Projection,
    changes: Changes,
) -> list[int]:
    """Keep what is to be changed, in this order, and show it; return the ids of what is pending."""
    ids = [_keep(conn, team, intent, now, changes) for intent in intents]
    show_keys(conn, team, {(each.scope, each.t, each.id) for each in intents}, projection, changes)
    return ids


def _keep(conn: Connection, team: int, intent: Intent, now: int, changes: Changes) -> int:
    scope = team_scopes.ensure(conn, team, intent.scope, changes)
    based, bv = _version(conn, scope, intent.t, intent.id) if intent.body else ("", 0)
    return team_pending.add(conn, team, intent, based, bv, now, changes)


def _version(
    conn: Connection, scope: ScopeRow | None, t: str, id_: str, but: int = 0
) -> tuple[str, int]:
    """Return the body that a change starts from, and the version that its own will be; `but`: a
    pending change that does not count."""
    if scope is None:
        return "", 1
    waiting = [
        each
        for each in team_pending.of_entities(conn, scope.team, {id_})
        if each.key == (scope.scope, t, id_) and each.id != but
    ]
    based, bv = overlay.version(team_rows.get(conn, scope.id, t, id_), waiting)
    return based, bv + 1


def drop(conn: Connection, pending: int, projection: Projection, changes: Changes) -> None:
    """Let go of something that was refused, or that has not gone to the server yet."""
    row = team_pending.get(conn, pending)
    if row is None:
        return
    if row.state not in REFUSED and row.state is not PendingState.WAITING:
        raise Refused("It has gone to the server already.")
    team_pending.remove(conn, [pending])
    _let_go_of_file(conn, row)
    changes.teams.add(row.scope)
    show_keys(conn, row.team, {row.key}, projection, changes)


def redo(conn: Connection, pending: int, projection: Projection, changes: Changes) -> None:
    """Do something once more that was refused, over what stands there now."""
    row = team_pending.get(conn, pending)
    if row is None or row.state not in REFUSED:
        return
    again = msgspec.structs.replace(
        row, mid=0, pre=None, state=PendingState.WAITING, why="", cur={}, settled=0
    )
    if row.body:
        scope = team_scopes.get(conn, row.team, row.scope)
        based, bv = _version(conn, scope, row.t, row.entity, but=row.id)
        again = msgspec.structs.replace(again, based=based, bv=bv)
    team_pending.save(conn, [again], changes)
    if hash_ := row.h.get("blob"):
        team_blobs.try_again(conn, row.team, row.scope, str(hash_))
    show_keys(conn, row.team, {row.key}, projection, changes)


def _let_go_of_file(conn: Connection, row: Pending) -> None:
    """Take no file up that nothing names any more."""
    hash_ = str(row.h.get("blob") or "")
    if not hash_ or any(each.h.get("blob") == hash_ for each in team_pending.open_(conn, row.team)):
        return
    blob = team_blobs.find(conn, row.team, row.scope, hash_, "up")
    if blob is not None:
        team_blobs.remove(conn, blob.id)


def show_keys(
    conn: Connection,
    team: int,
    keys: set[tuple[str, str, str]],
    projection: Projection,
    changes: Changes,
) -> None:
    """Show entities (scope, type, id) as they are now that something became of them. Of what was
    taken away nothing is shown any more."""
    for name in sorted({scope for scope, _, _ in keys}):
        scope = team_scopes.get(conn, team, name)
        if scope is None:
            continue
        wanted = {(t, id_) for each, t, id_ in keys if each == name}
        entities = list(showing.shown(conn, scope, wanted).values())
        projection.project(conn, scope, projection.prepare(scope, entities), changes)
