"""The working copy that a batch is decided on: the snapshot below, what changed above.

It grants nothing and refuses nothing; it keeps numbers, sums and what is to be written in step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from missive_server.core.trail import recorded
from missive_server.core.values import (
    Access,
    Caller,
    Device,
    EntityKey,
    Known,
    Outcome,
    Published,
    ScopeState,
    Snapshot,
)
from missive_wire.chain import Record
from missive_wire.entities import Row, Type
from missive_wire.frames import Change
from missive_wire.sums import as_text, moved, row_sum


class State:
    """Reads see what was written before them in the same batch."""

    def __init__(self, snapshot: Snapshot, now: int, seed: bytes) -> None:
        self.snapshot = snapshot
        self.outcome = Outcome()
        self._now = now
        self._seed = seed
        self._salts = 0
        self._gained: dict[str, set[str]] = {}
        self._lost: dict[str, set[str]] = {}

    # What stands now

    def scope(self, scope: str) -> ScopeState | None:
        return self.outcome.scopes.get(scope) or self.snapshot.scopes.get(scope)

    def row(self, key: EntityKey) -> Row | None:
        return self.outcome.rows.get(key) or self.snapshot.rows.get(key)

    def count(self, scope: str, t: str) -> int:
        """Return how many there are of a type; it was asked for."""
        count = self.snapshot.counts.get((scope, t), 0)
        for key, row in self.outcome.rows.items():
            if key[:2] == (scope, t):
                was = self.snapshot.rows.get(key)
                count += (row.op == "put") - (was is not None and was.op == "put")
        return count

    def granted(self, scope: str, user: str) -> tuple[int, int]:
        """Return how many grants of the newest key somebody made, and how large they are."""
        now, before = self.changing(scope).key_seq, self.snapshot.scopes.get(scope)
        count, size = 0, 0
        if before is not None and before.key_seq == now:
            count, size = self.snapshot.grants.get((scope, user), (0, 0))
        for (where, t, _), row in self.outcome.rows.items():
            if (where, t, row.own) == (scope, Type.GRANT, user) and row.seq >= now:
                count, size = count + 1, size + len(msgspec.json.encode(row.h))
        return count, size

    def member(self, org: str, user: str) -> str:
        """Return somebody's role in an organization, "" for none."""
        key = (org, user)
        if key in self.outcome.members:
            return self.outcome.members[key] or ""
        return self.snapshot.members.get(key, "")

    def owners(self, org: str) -> int:
        count = self.snapshot.owners.get(org, 0)
        for (where, user), role in self.outcome.members.items():
            if where == org:
                was = self.snapshot.members.get((where, user))
                count += (role == "owner") - (was == "owner")
        return count

    def access(self, scope: str, user: str) -> Access | None:
        key = (scope, user)
        if key in self.outcome.access:
            return self.outcome.access[key]
        return self.snapshot.access.get(key)

    def scopes_of(self, user: str) -> list[str]:
        """Return all scopes that somebody reads; they were asked for whole."""
        return sorted(scope for scope, who in self._access_keys() if who == user)

    def users_of(self, scope: str) -> list[str]:
        return sorted(user for where, user in self._access_keys() if where == scope)

    def _access_keys(self) -> Iterable[tuple[str, str]]:
        keys = self.snapshot.access.keys() | self.outcome.access.keys()
        return (key for key in keys if self.access(*key) is not None)

    def device(self, device: str) -> Device | None:
        found = self.snapshot.devices.get(device)
        now = self.outcome.devices.get(device)
        return msgspec.structs.replace(found, state=now) if found and now else found

    def devices_of(self, user: str) -> list[str]:
        return sorted(name for name, it in self.snapshot.devices.items() if it.user == user)

    def last_mid(self, device: str) -> int:
        found = self.outcome.mids.get(device)
        if found is None:
            known = self.snapshot.devices.get(device)
            found = known.last_mid if known else 0
        return found

    def known(self, device: str, mid: int) -> Known | None:
        key = (device, mid)
        return self.outcome.known.get(key) or self.snapshot.known.get(key)

    # Changes

    def changing(self, scope: str) -> ScopeState:
        """Return the working copy of a scope that is there."""
        found = self.outcome.scopes.get(scope)
        if found is None:
            found = msgspec.structs.replace(self.snapshot.scopes[scope])
            found.at = max(found.at, self._now)
            self.outcome.scopes[scope] = found
        return found

    def begin(self, scope: ScopeState) -> None:
        """Add a scope that was not there."""
        scope.at = max(scope.at, self._now)
        self.outcome.scopes[scope.id] = scope

    def fresh_epoch(self) -> str:
        """Return an epoch that no scope had: an organization begins, and all of it shares it."""
        return hashlib.sha256(b"epoch" + self._seed).hexdigest()[:16]

    def now(self, scope: str) -> int:
        return self.changing(scope).at

    def put(self, scope: str, row: Row) -> Row:
        """Give a row the next place in its scope's order."""
        key = (scope, row.t, row.id)
        old = self.row(key)
        state = self.changing(scope)
        state.seq += 1
        before = row_sum(old.op, old.t, old.id, old.v) if old else 0
        state.sum = moved(state.sum, before, row_sum(row.op, row.t, row.id, row.v))
        state.count += old is None
        placed = msgspec.structs.replace(row, seq=state.seq, at=state.at)
        self.outcome.rows[key] = placed
        return placed

    def bury(self, key: EntityKey, by: str, **kept: str) -> None:
        """Delete an entity if it is there, as an effect of something else."""
        old = self.row(key)
        if old is not None and old.op == "put":
            scope, t, name = key
            self.put(
                scope, Row("del", 0, t, name, old.v + 1, h=kept, bv=old.bv, own=old.own, by=by)
            )

    def record(self, scope: str, record: Record) -> None:
        """Add to the scope's trail."""
        state = self.changing(scope)
        self._salts += 1
        salt = hashlib.sha256(self._seed + self._salts.to_bytes(8, "big")).digest()[:16]
        self.outcome.audit.append((scope, recorded(state, record, salt)))

    def admit(self, scope: str, user: str, access: Access) -> bool:
        """Let somebody read a scope; say whether they could not before."""
        new = self.access(scope, user) is None
        if new:
            self.changing(scope).acl += 1
            self._gained.setdefault(scope, set()).add(user)
            self._lost.get(scope, set()).discard(user)
        self.outcome.access[scope, user] = access
        return new

    def expel(self, scope: str, user: str) -> bool:
        """Let somebody read a scope no more; say whether they could."""
        if self.access(scope, user) is None:
            return False
        self.changing(scope).acl += 1
        self.outcome.access[scope, user] = None
        self._lost.setdefault(scope, set()).add(user)
        self._gained.get(scope, set()).discard(user)
        return True

    def end(self, caller: Caller) -> bool:
        """Say whether this caller's session was ended by the batch itself."""
        ended = self.outcome
        return caller.user in ended.ended_users or caller.device in ended.ended_devices

    def publish(self) -> None:
        """Put together what subscribers are told: one frame for each scope."""
        rows: dict[str, list[Row]] = {}
        for (scope, _, _), row in self.outcome.rows.items():
            rows.setdefault(scope, []).append(row)
        for name, state in sorted(self.outcome.scopes.items()):
            before = self.snapshot.scopes.get(name)
            prev = before.seq if before else 0
            if before and prev == state.seq and before.acl == state.acl:
                continue
            change = Change(
                scope=name,
                e=state.epoch,
                prev=prev,
                to=state.seq,
                acl=state.acl,
                rows=tuple(sorted(rows.get(name, ()), key=lambda row: row.seq)),
                sum=as_text(state.sum),
                count=state.count,
                key=state.key_epoch,
                rekey=state.rekey,
            )
            gained = frozenset(self._gained.get(name, ()))
            lost = frozenset(self._lost.get(name, ()))
            self.outcome.published.append(Published(change, gained, lost))
