"""What was not sent of a scope that is taken away: nobody reads it, and it is not lost at once.

That access ended is the server's word alone, and the server may lie. So unsent changes and drafts
are sealed under the scope's key before that key is forgotten. Who gets the key again within a week
gets them back; to who was truly removed they are noise, and then they go.
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
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.keys import primitives
from missive_wire import shapes
from missive_wire.entities import Type

KEPT = 7 * 86_400_000  # ms
_BACK = "You had lost access before this reached the server."
_UNSENT = (PendingState.WAITING, PendingState.SENT, PendingState.CONFLICT)


class _Work(msgspec.Struct, frozen=True):
    changes: tuple[Pending, ...]
    drafts: tuple[Draft, ...]


def put(conn: Connection, scope: ScopeRow, now: int, *, pending: bool = True) -> int:
    """Seal what was not sent; return how much that is. `pending`: the changes go, too."""
    keys = team_scopes.keys(conn, scope.team, scope.scope)
    unsent = tuple(_unsent(conn, scope)) if pending else ()
    written = tuple(_drafts(conn, scope.account))
    if not keys or not (unsent or written):
        return 0
    epoch = max(keys)
    content = msgspec.json.encode(_Work(unsent, written))
    sealed = primitives.encrypted(_key(keys[epoch]), content, _place(scope.scope, epoch))
    team_aside.add(conn, scope.team, scope.scope, epoch, sealed, now)
    return len(unsent) + len(written)


def back(conn: Connection, team: int, name: str, changes: Changes) -> None:
    """Bring back what opens with the keys that are here again: changes as refused, to be done
    again by whoever still means them."""
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
    teams.forget_ended(conn, now - KEPT)


def _unsent(conn: Connection, scope: ScopeRow) -> Iterable[Pending]:
    for each in team_pending.open_(conn, scope.team):
        own = each.scope == scope.scope and not each.fence and each.t != Type.PERSONAL
        if own and each.state in _UNSENT:
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
        if there is not None and there.state is PendingState.DENIED and there.key == row.key:
            kept = msgspec.structs.replace(
                row, state=PendingState.DENIED, why=_BACK, settled=there.settled, sealed=b"", k=0
            )
            team_pending.save(conn, [kept], changes)


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
