"""What was done in a scope that is taken away: nobody reads it, and it is not lost at once.

That access ended is the server's word alone, and the server may lie, or be set back. So changes,
sent ones too, and drafts are sealed under the scope's key before that key is forgotten. Who gets
the key again within a week gets them back; to who was truly removed they are noise, and then go.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.team import PendingState
from missive_desktop.store import (
    drafts,
    team_aside,
    team_outbox,
    team_pending,
    team_scopes,
    team_spaces,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import outbox
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.keys import primitives
from missive_wire import shapes
from missive_wire.entities import Type

KEPT = 7 * 86_400_000  # ms for which access may come back, or a backup be restored
_BACK = "You had lost access before this reached the server."
_UNSENT = (PendingState.WAITING, PendingState.SENT, PendingState.CONFLICT)


class _Work(msgspec.Struct, frozen=True):
    changes: tuple[Pending, ...]
    drafts: tuple[Draft, ...]


def put(conn: Connection, scope: ScopeRow, now: int, *, pending: bool = True) -> int:
    """Seal what was done; return how much was not sent. `pending`: the changes go, too."""
    keys = team_scopes.keys(conn, scope.team, scope.scope)
    changes = tuple(_changes(conn, scope, now)) if pending else ()
    written = tuple(_drafts(conn, scope.account))
    if not keys or not (changes or written):
        return 0
    epoch = max(keys)
    content = msgspec.json.encode(_Work(changes, written))
    sealed = primitives.encrypted(_key(keys[epoch]), content, _place(scope.scope, epoch))
    team_aside.add(conn, scope.team, scope.scope, epoch, sealed, now)
    return sum(each.state in _UNSENT for each in changes) + len(written)


def back(conn: Connection, team: int, name: str, changes: Changes) -> None:
    """Bring back what opens with the keys that are here again: changes as refused, to be done
    again by whoever still means them; to be sent again where a server that was set back lost them.
    """
    rows = team_aside.of(conn, team, name)
    keys = team_scopes.keys(conn, team, name) if rows else {}
    for row in rows:
        key = keys.get(row.epoch)
        if key is None:
            continue
        content = primitives.decrypted(_key(key), row.sealed, _place(name, row.epoch))
        if content is not None:
            work = shapes.read(content, _Work)
            _restore(conn, work.changes, changes)
            _write(conn, team, name, work.drafts, changes)
        team_aside.remove(conn, row.id)


def unpack(books: TeamBooks, name: str) -> None:
    """Bring back, once its key is here again, what was put aside of a scope."""
    books.writer.run(lambda conn, changes: back(conn, books.team, name, changes))


def forget(conn: Connection, now: int) -> None:
    """Forget what was put aside for too long, and the keys of who was removed as long ago."""
    team_aside.forget(conn, now - KEPT)
    for row in teams.all_(conn):
        team_pending.forget_done(conn, row.id, now - KEPT)
    teams.forget_ended(conn, now - KEPT)


def _changes(conn: Connection, scope: ScopeRow, now: int) -> Iterable[Pending]:
    """Yield what a person did, but what they set for themselves alone."""
    accepted = team_pending.settled(conn, scope.team, 0, now - KEPT)
    rows = {row.id: row for row in [*team_pending.open_(conn, scope.team), *accepted]}
    for each in rows.values():
        own = each.scope == scope.scope and not each.fence and each.t != Type.PERSONAL
        whole = each.h or each.body or each.op == "del"
        if own and whole and not outbox.is_emptied(each):
            yield each


def _drafts(conn: Connection, account: int) -> Iterable[Draft]:
    """Yield drafts, and mails that may still be taken back. Their files go with the account."""
    if account:
        found = [row.draft for row in drafts.all_(conn, account)]
        found += [each.draft for each in team_outbox.open_(conn, account) if each.draft]
        for draft in found:
            yield msgspec.structs.replace(draft, attachments=(), parent=0, conversation=0)


def _restore(conn: Connection, rows: Iterable[Pending], changes: Changes) -> None:
    for row in rows:
        there = team_pending.get(conn, row.id)
        if there is not None and there.key == row.key and not (there.h or there.body):
            team_pending.save(conn, [_filled(row, there)], changes)


def _filled(row: Pending, there: Pending) -> Pending:
    """Return, with what it was about, what there is of a change."""
    state, why = there.state, there.why
    if state is PendingState.DONE:
        why = ""
    elif state is PendingState.DENIED and why == outbox.SET_BACK:
        state, why = PendingState.WAITING, ""
    elif state is PendingState.DENIED and row.state in _UNSENT:
        why = _BACK
    return msgspec.structs.replace(
        row, mid=there.mid, state=state, why=why, settled=there.settled, seqs={}, sealed=b"", k=0
    )


def _write(
    conn: Connection, team: int, name: str, written: Iterable[Draft], changes: Changes
) -> None:
    for draft in written:
        account = team_spaces.ensure_account(conn, team, name, changes)
        again = msgspec.structs.replace(draft, account=account)
        drafts.save(conn, 0, again, int(time.time()), changes)


def _key(key: bytes) -> bytes:
    return primitives.derived(key, "aside")


def _place(scope: str, epoch: int) -> bytes:
    return primitives.joined("aside", scope, epoch)
