"""Erasing for good: the rows say so to every client, the trail keeps that something happened.

An erased entity has neither header nor body; salts and details of its records go, and with them
what the digests bind. The chain of hashes still verifies.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from missive_server.core.state import State
from missive_server.core.trail import noted
from missive_server.core.values import Caller, EntityKey, Outcome, Snapshot
from missive_server.database.work import Bulk, Query, Work, keys
from missive_server.errors import Forbidden, NotFound
from missive_server.service import roles, rows
from missive_server.service.loading import lock_scopes
from missive_server.service.storing import store
from missive_wire.acts import ADMINS
from missive_wire.entities import Row
from missive_wire.ids import user_scope
from missive_wire.routes import EraseRequest

_ACT = "entity.erased"
STEP = 200  # rows in one transaction: the writer serves everybody


def asked(by: Caller, what: EraseRequest, now: int) -> Work[Outcome]:
    """Erase as much of what an owner or admin asks for as one transaction should; fewer rows than
    `STEP`: that was all."""
    if what.user:
        yield from roles.refuse_others(by.org, by.user)
        there = yield Query(
            "SELECT u.id, m.role FROM users u LEFT JOIN members m"
            " ON m.org = u.org AND m.user_ = u.id WHERE u.id = $1 AND u.org = $2",
            (what.user, by.org),
        )
        if not there:
            raise NotFound
        if there[0][1] is not None:
            raise Forbidden("Remove them first: who is a member cannot be erased.")
        return (yield from person(by.org, what.user, by, now))
    role = yield from roles.in_scope(what.scope, by.user, by.org)
    if not what.conv:
        raise NotFound
    if role not in ADMINS:
        raise Forbidden("Only the owner and admins may erase.")
    return (yield from conversation(what.scope, what.conv, by, now))


def conversation(scope: str, conv: str, by: Caller, now: int) -> Work[Outcome]:
    """Erase a conversation with what belongs to it, a step."""
    found = yield Query(
        "SELECT t, id FROM entities WHERE scope = $1 AND conv <> '' AND conv = $2"
        " AND op <> 'era' ORDER BY seq LIMIT $3",
        (scope, conv, STEP),
    )
    return (yield from entities([(scope, t, id_) for t, id_ in found], by, now))


def person(org: str, user: str, by: Caller, now: int) -> Work[Outcome]:
    """Erase what is about somebody who was removed: their login, name, devices and own scope."""
    yield Query("DELETE FROM recovery_codes WHERE user_ = $1", (user,))
    yield Query("DELETE FROM sessions WHERE user_ = $1", (user,))
    yield Query("DELETE FROM ended WHERE user_ = $1", (user,))
    yield Query(
        "UPDATE users SET email = id, secret = '', totp = '', totp_on = 0"
        " WHERE id = $1 AND org = $2",
        (user, org),
    )
    own = yield Query(
        "SELECT scope, t, id FROM entities WHERE scope = $1 AND op <> 'era' ORDER BY seq LIMIT $2",
        (user_scope(user), STEP),
    )
    directory = yield Query(
        "SELECT scope, t, id FROM entities WHERE scope = $1 AND t = ANY($2) AND op = 'put'"
        " AND (id = $3 OR id IN (SELECT id FROM devices WHERE user_ = $3))",
        (f"o:{org}", ["member", "device"], user),
    )
    yield Query(
        "UPDATE audit SET salt = NULL, details = NULL WHERE scope = $1", (user_scope(user),)
    )
    return (yield from entities([(s, t, i) for s, t, i in (*own, *directory)], by, now))


def entities(which: Iterable[EntityKey], by: Caller, now: int) -> Work[Outcome]:
    """Erase entities; those of other organizations are as if they were not there."""
    wanted = list(which)
    scopes = yield from lock_scopes({key[0] for key in wanted})
    scopes = {name: state for name, state in scopes.items() if state.org == by.org}
    found = yield Query(
        f"SELECT {rows.OF_E}, e.scope FROM {rows.BY_KEY}",
        (keys(key for key in wanted if key[0] in scopes),),
    )
    there = {(each[12], each[2], each[3]): rows.row(each[:12]) for each in found}
    state = State(Snapshot(scopes=scopes, rows=there), now, secrets.token_bytes(32))
    for key in wanted:
        row = there.get(key)
        if row is not None and row.op != "era":
            _erase(state, key, row, by)
    outcome = state.outcome
    state.publish()
    yield from store(outcome, set(scopes), now)
    yield from _forget(list(outcome.rows))
    return outcome


def _erase(state: State, key: EntityKey, row: Row, by: Caller) -> None:
    scope, t, id_ = key
    placed = state.put(scope, Row("era", 0, t, id_, row.v + 1, own=row.own, by=by.user))
    state.outcome.blobs[key] = ""
    state.record(scope, noted(by, _ACT, placed.at, t, id_, None, placed.seq))


def _forget(erased: Sequence[EntityKey]) -> Work[None]:
    """Take salt and details out of every record about what was erased."""
    yield Bulk(
        "UPDATE audit SET salt = NULL, details = NULL WHERE scope = $1 AND t = $2 AND id = $3",
        list(erased),
    )
