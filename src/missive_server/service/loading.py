"""Reading and locking what a batch of mutations is about, in a few queries over sets.

Locks are taken in one order everywhere: devices, then scopes, each sorted. What is read after them
does not change until the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from missive_server.core.needs import Needs, Whole, needs
from missive_server.core.values import (
    Access,
    Call,
    Device,
    Known,
    Lease,
    ScopeState,
    Snapshot,
)
from missive_server.database.work import Again, Query, Rows, Work, keys
from missive_server.service import rows
from missive_wire import shapes, sums
from missive_wire.mutation import Result

SCOPE = (
    "id, org, epoch, seq, floor, acl, key_epoch, rekey, sum, count, audit_n, audit_h, at, key_seq"
)
_result = shapes.unpacker(Result)


def load(calls: Sequence[Call], now: int) -> Work[Snapshot]:
    """Lock and read; Again where what has to be locked grew before it was locked."""
    wanted = needs(calls)
    whole: Whole | None = None
    if wanted.users or wanted.spaces:
        whole = yield from _whole(wanted)
        wanted = needs(calls, whole)
    devices = yield from _devices(wanted)
    scopes = yield from lock_scopes(wanted.scopes)
    if whole is not None and not (yield from _whole(wanted)) <= whole:
        raise Again
    return Snapshot(
        sessions=(yield from _sessions(wanted, now)),
        scopes=scopes,
        rows=(yield from _rows(wanted)),
        members=(yield from _members(wanted)),
        owners=(yield from _owners(wanted)),
        access=(yield from _access(wanted, whole)),
        devices=(yield from _addressed(wanted)) | devices,
        known=(yield from _known(wanted, devices)),
        leases=(yield from _leases(wanted, now)),
        blobs=(yield from _blobs(wanted)),
        counts=(yield from _counts(wanted)),
        grants=(yield from _grants(wanted)),
    )


def lock_scopes(scopes: set[str]) -> Work[dict[str, ScopeState]]:
    """Lock the rows of scopes in sorted order and return them; those that are not there are not."""
    if not scopes:
        return {}
    found = yield Query(
        f"SELECT {SCOPE} FROM scopes WHERE id = ANY($1) ORDER BY id FOR UPDATE", (sorted(scopes),)
    )
    return {each[0]: scope_state(each) for each in found}


def scope_state(found: Sequence[Any]) -> ScopeState:
    id_, org, epoch, seq, floor, acl, key, rekey, total, count, n, h, at, key_seq = found
    return ScopeState(
        id_, org, epoch, seq, floor, acl, key, bool(rekey), sums.from_text(total), count, n, h, at,
        key_seq,
    )  # fmt: skip


class _Found(Whole, frozen=True):
    def __le__(self, other: Whole) -> bool:
        return self.access <= other.access and self.devices.keys() <= other.devices.keys()


def _whole(wanted: Needs) -> Work[_Found]:
    users, spaces = sorted(wanted.users), sorted(wanted.spaces)
    access: set[tuple[str, str]] = set()
    devices: dict[str, str] = {}
    if users:
        found = yield Query("SELECT scope, user_ FROM access WHERE user_ = ANY($1)", (users,))
        access |= {(each[0], each[1]) for each in found}
        found = yield Query("SELECT id, user_ FROM devices WHERE user_ = ANY($1)", (users,))
        devices = {each[0]: each[1] for each in found}
    if spaces:
        found = yield Query("SELECT scope, user_ FROM access WHERE scope = ANY($1)", (spaces,))
        access |= {(each[0], each[1]) for each in found}
    return _Found(frozenset(access), devices)


def _devices(wanted: Needs) -> Work[dict[str, Device]]:
    if not wanted.devices:
        return {}
    found = yield Query(
        "SELECT id, user_, org, state, last_mid FROM devices WHERE id = ANY($1)"
        " ORDER BY id FOR UPDATE",
        (sorted(wanted.devices),),
    )
    return {each[0]: Device(each[1], each[2], each[3], each[4]) for each in found}


def _addressed(wanted: Needs) -> Work[dict[str, Device]]:
    """Return devices that are given keys. What takes one out takes the lock of the scope, too."""
    if not wanted.addressed:
        return {}
    found = yield Query(
        "SELECT id, user_, org, state FROM devices WHERE id = ANY($1)", (sorted(wanted.addressed),)
    )
    return {each[0]: Device(each[1], each[2], each[3]) for each in found}


def _sessions(wanted: Needs, now: int) -> Work[frozenset[str]]:
    if not wanted.sessions:
        return frozenset()
    found = yield Query(
        "SELECT id FROM sessions WHERE id = ANY($1) AND until > $2", (sorted(wanted.sessions), now)
    )
    return frozenset(each[0] for each in found)


def _rows(wanted: Needs) -> Work[dict[tuple[str, str, str], Any]]:
    if not wanted.rows:
        return {}
    found = yield Query(
        f"SELECT {rows.OF_E}, e.scope FROM {rows.BY_KEY}",
        (keys(wanted.rows),),
    )
    return {(each[12], each[2], each[3]): rows.row(each[:12]) for each in found}


def _members(wanted: Needs) -> Work[dict[tuple[str, str], str]]:
    if not wanted.members:
        return {}
    found = yield Query(
        "SELECT m.org, m.user_, m.role FROM KEYS($1) JOIN members m"
        " ON m.org = k.value->>0 AND m.user_ = k.value->>1",
        (keys(wanted.members),),
    )
    return {(each[0], each[1]): each[2] for each in found}


def _owners(wanted: Needs) -> Work[dict[str, int]]:
    if not wanted.owners:
        return {}
    found = yield Query(
        "SELECT org, count(*) FROM members WHERE org = ANY($1) AND role = 'owner' GROUP BY org",
        (sorted(wanted.owners),),
    )
    return {each[0]: each[1] for each in found}


def _access(wanted: Needs, whole: Whole | None) -> Work[dict[tuple[str, str], Access]]:
    pairs = wanted.access | (whole.access if whole else frozenset())
    if not pairs:
        return {}
    read: Rows = ()
    if wanted.read:
        read = yield Query(
            "SELECT scope, user_, kind, role FROM access WHERE scope = ANY($1)",
            (sorted(wanted.read),),
        )
    found = yield Query(
        "SELECT a.scope, a.user_, a.kind, a.role FROM KEYS($1) JOIN access a"
        " ON a.scope = k.value->>0 AND a.user_ = k.value->>1",
        (keys(pairs),),
    )
    return {(each[0], each[1]): Access(each[2], each[3]) for each in (*read, *found)}


def _known(wanted: Needs, devices: dict[str, Device]) -> Work[dict[tuple[str, int], Known]]:
    """Return the answers that were given already: seldom any is asked for."""
    given = [
        (device, mid)
        for device, mid in wanted.mids
        if device in devices and mid <= devices[device].last_mid
    ]
    if not given:
        return {}
    found = yield Query(
        "SELECT r.device, r.mid, r.digest, r.result FROM KEYS($1) JOIN results r"
        " ON r.device = k.value->>0 AND r.mid = CAST(k.value->>1 AS BIGINT)",
        (keys(given),),
    )
    return {(each[0], each[1]): Known(each[2], _result.decode(each[3])) for each in found}


def _leases(wanted: Needs, now: int) -> Work[dict[str, Lease]]:
    if not wanted.leases:
        return {}
    found = yield Query(
        "SELECT scope, device, fence FROM leases WHERE scope = ANY($1) AND until > $2",
        (sorted(wanted.leases), now),
    )
    return {each[0]: Lease(each[1], each[2]) for each in found}


def _blobs(wanted: Needs) -> Work[frozenset[tuple[str, str]]]:
    if not wanted.blobs:
        return frozenset()
    found = yield Query(
        "SELECT p.scope, p.hash FROM KEYS($1)"
        " JOIN blob_scopes p ON p.scope = k.value->>0 AND p.hash = k.value->>1"
        " JOIN scopes s ON s.id = p.scope"
        " JOIN blobs b ON b.org = s.org AND b.hash = p.hash AND b.state = 'there'"
        " FOR SHARE OF b, p",
        (keys(wanted.blobs),),
    )
    return frozenset((each[0], each[1]) for each in found)


def _counts(wanted: Needs) -> Work[dict[tuple[str, str], int]]:
    if not wanted.counts:
        return {}
    found = yield Query(
        "SELECT k.value->>0, k.value->>1, (SELECT count(*) FROM entities e"
        " WHERE e.scope = k.value->>0 AND e.t = k.value->>1 AND e.op = 'put') FROM KEYS($1)",
        (keys(wanted.counts),),
    )
    return {(each[0], each[1]): each[2] for each in found}


def _grants(wanted: Needs) -> Work[dict[tuple[str, str], tuple[int, int]]]:
    if not wanted.grants:
        return {}
    found = yield Query(
        "SELECT e.scope, e.own, count(*), sum(length(e.h)) FROM KEYS($1)"
        " JOIN scopes s ON s.id = k.value->>0"
        " JOIN entities e ON e.scope = s.id AND e.t = 'grant' AND e.own = k.value->>1"
        " AND e.seq >= s.key_seq GROUP BY e.scope, e.own",
        (keys(wanted.grants),),
    )
    return {(each[0], each[1]): (each[2], int(each[3])) for each in found}
