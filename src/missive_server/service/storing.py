"""Writing what came of a batch: each thing once, in its last state, one statement a table."""

from __future__ import annotations

import msgspec

from missive_server.core.values import Outcome, ScopeState
from missive_server.database.work import Again, Bulk, Query, Work
from missive_server.service import rows
from missive_wire import sums
from missive_wire.chain import Record
from missive_wire.codec import canonical

_encoder = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()

AUDIT = """
INSERT INTO audit (scope, n, seq, at, by_, device, act, t, id, salt, details, d, h)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_SCOPE = """
UPDATE scopes SET epoch = $2, seq = $3, floor = $4, acl = $5, key_epoch = $6, rekey = $7,
    sum = $8, count = $9, audit_n = $10, audit_h = $11, at = $12,
    key_seq = $13 WHERE id = $1
"""
_NEW_SCOPE = """
INSERT INTO scopes
    (id, epoch, seq, floor, acl, key_epoch, rekey, sum, count, audit_n, audit_h, at, key_seq,
     org)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (id) DO NOTHING RETURNING id
"""
_RESULT = "INSERT INTO results (device, mid, digest, result, at) VALUES ($1, $2, $3, $4, $5)"
_MEMBER = """
INSERT INTO members (org, user_, role) VALUES ($1, $2, $3)
ON CONFLICT (org, user_) DO UPDATE SET role = excluded.role
"""
_ACCESS = """
INSERT INTO access (scope, user_, kind, role) VALUES ($1, $2, $3, $4)
ON CONFLICT (scope, user_) DO UPDATE SET kind = excluded.kind, role = excluded.role
"""
_INVITE = """
INSERT INTO invites (id, org, auth, role, seats, until) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET auth = excluded.auth, role = excluded.role, seats = excluded.seats,
    until = excluded.until
"""

_ENDED = """
INSERT INTO ended (token, user_, org, device, why, at)
SELECT token, user_, org, device, '{why}', CAST($2 AS BIGINT) FROM sessions
WHERE {column} = ANY($1) ON CONFLICT DO NOTHING
"""


def store(outcome: Outcome, there: set[str], now: int) -> Work[None]:
    """Write an outcome. `there`: the scopes that were there before."""
    yield from store_scopes(outcome.scopes, there)
    if outcome.rows:
        entities = [rows.parameters(key[0], row) for key, row in outcome.rows.items()]
        yield Bulk(rows.PUT, entities)
    if outcome.audit:
        yield Bulk(AUDIT, [audit_parameters(scope, record) for scope, record in outcome.audit])
    if outcome.known:
        yield Bulk(
            _RESULT,
            [
                (device, mid, known.digest, _encoder.encode(known.result), now)
                for (device, mid), known in outcome.known.items()
            ],
        )
    if outcome.mids:
        yield Bulk("UPDATE devices SET last_mid = $2 WHERE id = $1", list(outcome.mids.items()))
    if outcome.acks:
        yield Bulk(
            "UPDATE devices SET acked = $2 WHERE id = $1 AND acked < $2",
            list(outcome.acks.items()),
        )
    yield from _rare(outcome, now)


def store_scopes(scopes: dict[str, ScopeState], there: set[str]) -> Work[None]:
    """Write the rows of scopes; Again where somebody else made one meanwhile."""
    for scope in scopes.keys() - there:
        state = scopes[scope]
        if not (yield Query(_NEW_SCOPE, (*_scope_parameters(state), state.org))):
            raise Again
    old = [_scope_parameters(state) for id_, state in scopes.items() if id_ in there]
    if old:
        yield Bulk(_SCOPE, old)


def audit_parameters(scope: str, record: Record) -> tuple[object, ...]:
    details = canonical(record.details) if record.details is not None else None
    return (
        scope, record.n, record.seq, record.at, record.by, record.device, record.act, record.t,
        record.id, record.salt, details, record.d, record.h,
    )  # fmt: skip


def _scope_parameters(state: ScopeState) -> tuple[object, ...]:
    return (
        state.id, state.epoch, state.seq, state.floor, state.acl, state.key_epoch,
        int(state.rekey), sums.as_text(state.sum), state.count, state.audit_n, state.audit_h,
        state.at, state.key_seq,
    )  # fmt: skip


def _rare(outcome: Outcome, now: int) -> Work[None]:
    """What most batches have nothing of."""
    for (org, user), role in outcome.members.items():
        if role is None:
            yield Query("DELETE FROM members WHERE org = $1 AND user_ = $2", (org, user))
        else:
            yield Query(_MEMBER, (org, user, role))
    for (scope, user), access in outcome.access.items():
        if access is None:
            yield Query("DELETE FROM access WHERE scope = $1 AND user_ = $2", (scope, user))
        else:
            yield Query(_ACCESS, (scope, user, *access))
    for device, state in outcome.devices.items():
        yield Query("UPDATE devices SET state = $2 WHERE id = $1", (device, state))
    for (org, id_), invite in outcome.invites.items():
        if invite is None:
            yield Query("DELETE FROM invites WHERE id = $1 AND org = $2", (id_, org))
        else:
            seats = _json.encode(invite.seats).decode()
            yield Query(_INVITE, (id_, org, invite.auth, invite.role, seats, invite.until))
    if outcome.blobs:
        yield Bulk(
            "DELETE FROM blob_refs WHERE scope = $1 AND t = $2 AND id = $3", list(outcome.blobs)
        )
        named = [(key[0], hash_, *key[1:]) for key, hash_ in outcome.blobs.items() if hash_]
        yield Bulk("INSERT INTO blob_refs (scope, hash, t, id) VALUES ($1, $2, $3, $4)", named)
    for column, ended, why in (
        ("user_", outcome.ended_users, "removed"),
        ("device", outcome.ended_devices, "revoked"),
    ):
        if ended:
            yield Query(_ENDED.format(column=column, why=why), (sorted(ended), now))
            yield Query(f"DELETE FROM sessions WHERE {column} = ANY($1)", (sorted(ended),))
