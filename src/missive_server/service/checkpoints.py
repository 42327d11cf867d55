"""Checkpoints: the heads of all chains of an organization, signed, as a row that all members get.

Written where something was recorded since the last one. A node that comes second finds nothing to
do, for the organization's row is locked.
"""

from __future__ import annotations

import base64

from nacl.signing import SigningKey

from missive_server.core.values import Call, Caller, Outcome
from missive_server.database.work import Query, Work, first
from missive_server.service.writing import applied
from missive_wire.chain import Checkpoint, checkpoint_bytes
from missive_wire.entities import Type
from missive_wire.ids import org_scope
from missive_wire.mutation import Mutation

HEADS = 1500  # in one checkpoint; of larger organizations the chains of single people are left out


def due() -> Work[list[str]]:
    """Return the organizations with records that no checkpoint covers."""
    rows = yield Query(
        "SELECT o.id FROM orgs o JOIN scopes s ON s.org = o.id"
        " GROUP BY o.id, o.checked HAVING SUM(s.audit_n) <> o.checked"
    )
    return [row[0] for row in rows]


def new() -> Work[list[str]]:
    """Return the organizations of which nothing was signed yet: who is new shall not wait for it
    until it can be verified what they are shown."""
    rows = yield Query(
        "SELECT o.id FROM orgs o WHERE o.checked = 0"
        " AND EXISTS (SELECT 1 FROM scopes s WHERE s.org = o.id AND s.audit_n > 0)"
    )
    return [row[0] for row in rows]


def make(org: str, key: SigningKey, now: int) -> Work[Outcome]:
    """Sign where the chains of an organization end."""
    locked = first((yield Query("SELECT checked FROM orgs WHERE id = $1 FOR UPDATE", (org,))))
    heads = yield Query(
        "SELECT id, audit_n, audit_h FROM scopes WHERE org = $1 AND audit_n > 0 ORDER BY id", (org,)
    )
    records = sum(n for _, n, _ in heads)
    if locked is None or locked[0] == records:
        return Outcome()
    people_last = sorted(heads, key=lambda head: head[0].startswith("u:"))
    named = {scope: (n, h.hex()) for scope, n, h in people_last[:HEADS]}
    checkpoint = Checkpoint(org=org, at=now, heads=named)
    signature = key.sign(checkpoint_bytes(checkpoint)).signature
    header = {"at": now, "heads": named, "sig": base64.b64encode(signature).decode()}
    server = Caller(user="", device="", org=org, server=True)
    put = Mutation(1, "put", org_scope(org), Type.CHECKPOINT.value, org, "checkpoint.made", header)
    outcome = yield from applied([Call(server, (put,))], now)
    if outcome.answers[0].results[0].st != "ok":
        raise AssertionError(f"no checkpoint: {outcome.answers[0].results[0].why}")
    yield Query("UPDATE orgs SET checked = $2 WHERE id = $1", (org, records))
    return outcome
