"""The server's database as a value in memory: it loads what `needs` asks for and nothing more, and
writes what `apply` says. Tests of what is decided need no other."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field

import msgspec

from missive_server.core.applying import apply
from missive_server.core.needs import Whole, needs
from missive_server.core.values import (
    Call,
    Caller,
    Device,
    Lease,
    ScopeState,
    Snapshot,
)
from missive_wire.headers import seat_id
from missive_wire.ids import org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation


@dataclass
class Ledger:
    scopes: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    members: dict = field(default_factory=dict)
    access: dict = field(default_factory=dict)
    devices: dict = field(default_factory=dict)
    known: dict = field(default_factory=dict)
    leases: dict = field(default_factory=dict)
    blobs: set = field(default_factory=set)
    sessions: dict = field(default_factory=dict)  # session: (user, device)
    audit: dict = field(default_factory=dict)  # scope: records
    invites: dict = field(default_factory=dict)
    named: dict = field(default_factory=dict)  # entity: blob
    batches: int = 0
    names: int = 0

    def name(self):
        """Return a new id, the same in each run of a test."""
        self.names += 1
        return str(uuid.UUID(int=self.names << 64))

    def load(self, calls):
        first = needs(calls)
        wanted = first
        if first.users or first.spaces:
            access = {k for k in self.access if k[1] in first.users or k[0] in first.spaces}
            devices = {d: v.user for d, v in self.devices.items() if v.user in first.users}
            wanted = needs(calls, Whole(frozenset(access), devices))
            assert (wanted.users, wanted.spaces) == (first.users, first.spaces)
        owners = dict.fromkeys(wanted.owners, 0)
        for (org, _), role in self.members.items():
            if org in owners and role == "owner":
                owners[org] += 1
        return Snapshot(
            sessions=frozenset(wanted.sessions & self.sessions.keys()),
            scopes={n: msgspec.structs.replace(s) for n, s in self._scopes(wanted)},
            rows=_part(self.rows, wanted.rows),
            members=_part(self.members, wanted.members),
            owners=owners,
            access=_part(self.access, wanted.access)
            | {key: it for key, it in self.access.items() if key[0] in wanted.read},
            devices=_part(self.devices, wanted.devices | wanted.addressed),
            known=_part(self.known, wanted.mids),
            leases=_part(self.leases, wanted.leases),
            blobs=frozenset(wanted.blobs & self.blobs),
            counts={key: self._count(*key) for key in wanted.counts},
            grants={key: self._granted(*key) for key in wanted.grants},
        )

    def _count(self, scope, t):
        return sum(key[:2] == (scope, t) and row.op == "put" for key, row in self.rows.items())

    def _granted(self, scope, user):
        since = self.scopes[scope].key_seq if scope in self.scopes else 0
        found = [
            row
            for key, row in self.rows.items()
            if (*key[:2], row.own) == (scope, "grant", user) and row.seq >= since
        ]
        return len(found), sum(len(msgspec.json.encode(row.h)) for row in found)

    def _scopes(self, wanted):
        return _part(self.scopes, wanted.scopes).items()

    def decide(self, calls, now=0, deciding=apply):
        """Return what would be written."""
        self.batches += 1
        seed = hashlib.sha256(self.batches.to_bytes(8, "big")).digest()
        return deciding(self.load(calls), calls, now, seed)

    def write(self, outcome):
        self.scopes |= outcome.scopes
        self.rows |= outcome.rows
        self.known |= outcome.known
        self.named |= outcome.blobs
        for scope, record in outcome.audit:
            self.audit.setdefault(scope, []).append(record)
        for device, mid in outcome.mids.items():
            self._device(device, last_mid=mid)
        for device, state in outcome.devices.items():
            self._device(device, state=state)
        _write(self.members, outcome.members)
        _write(self.access, outcome.access)
        _write(self.invites, outcome.invites)
        for session, (user, device) in list(self.sessions.items()):
            if user in outcome.ended_users or device in outcome.ended_devices:
                del self.sessions[session]
        for device, ack in outcome.acks.items():
            for key in [k for k in self.known if k[0] == device and k[1] <= ack]:
                del self.known[key]

    def _device(self, device, **changed):
        old = self.devices[device]
        fields = {"user": old.user, "org": old.org, "state": old.state, "last_mid": old.last_mid}
        self.devices[device] = Device(**fields | changed)

    def run(self, *calls, now=0, deciding=apply):
        """Decide and write a batch; return the outcome."""
        outcome = self.decide(calls, now, deciding)
        self.write(outcome)
        return outcome


def _part(whole, names):
    return {name: whole[name] for name in names if name in whole}


def _write(table, changes):
    for key, value in changes.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


@dataclass
class Person:
    """Somebody with one device, and what they ask for."""

    ledger: Ledger = field(repr=False)
    user: str
    org: str
    device: str
    session: str

    @property
    def caller(self):
        return Caller(self.user, self.device, self.org, self.session)

    @property
    def own(self):
        return user_scope(self.user)

    def next_mid(self):
        return self.ledger.devices[self.device].last_mid + 1

    def call(self, *wanted, mid=0, **more):
        """Return a call: each wanted is the mutation's fields but for the mid."""
        first = mid or self.next_mid()
        muts = tuple(Mutation(first + place, **each) for place, each in enumerate(wanted))
        return Call(self.caller, muts, **more)

    def does(self, act, op, scope, t, id, **more):  # noqa: A002
        """Do one thing now; return its result."""
        call = self.call({"op": op, "scope": scope, "t": t, "id": id, "act": act} | more)
        answer = self.ledger.run(call).answers[0]
        assert answer.refusal == "", answer.refusal
        return answer.results[0]


def organization(ledger, role="owner"):
    """Make an organization as `auth` does; return its first owner."""
    return joins(ledger, ledger.name(), role)


def joins(ledger, org, role="member", seats=()):
    """Let somebody come in with a device, keys of their own scope, and the seats promised."""
    person = Person(ledger, ledger.name(), org, ledger.name(), ledger.name())
    ledger.devices[person.device] = Device(person.user, org, "approved")
    o = org_scope(org)
    muts = [
        {"op": "put", "scope": o, "t": "member", "id": person.user, "act": "member.joined",
         "h": {"user": person.user, "role": role}},
        {"op": "put", "scope": o, "t": "device", "id": person.device, "act": "device.added",
         "h": {"user": person.user}},
        key(person, person.own),
    ]  # fmt: skip
    if o not in ledger.scopes:
        muts.append(key(person, o))
    muts += [seat(space, person.user) for space in seats]
    caller = Caller(
        person.user, person.device, org, joining=role, seats=tuple((s, "active") for s in seats)
    )
    call = person.call(*muts)
    answer = ledger.run(Call(caller, call.muts)).answers[0]
    assert [r.why for r in answer.results if r.st != "ok"] == []
    assert answer.refusal == ""
    ledger.sessions[person.session] = (person.user, person.device)
    return person


def another_device(person):
    """Return the same person at a further device that is not approved yet."""
    ledger = person.ledger
    other = Person(ledger, person.user, person.org, ledger.name(), ledger.name())
    person.ledger.devices[other.device] = Device(person.user, person.org, "pending")
    person.ledger.sessions[other.session] = (person.user, other.device)
    return other


def space(person, name="", keys=True):
    """Let an admin make a space and its first key; return its scope."""
    name = name or person.ledger.name()
    scope = space_scope(name)
    o = org_scope(person.org)
    assert person.does("space.created", "put", o, "space", name, h={"kind": "inbox"}).st == "ok"
    assert does(person, seat(name, person.user)).st == "ok"
    if keys:
        assert does(person, key(person, scope)).st == "ok"
    return scope


def seat(name, user, **h):
    return {"op": "put", "scope": space_scope(name), "t": "seat", "id": seat_id(name, user),
            "act": "seat.given", "h": {"user": user} | h}  # fmt: skip


def key(person, scope, epoch=0):
    """Return what makes the scope's next key."""
    epoch = epoch or (person.ledger.scopes[scope].key_epoch if _has(person, scope) else 0) + 1
    h = {"epoch": epoch, "keys": {person.device: "c2VhbGVk"}, "confirm": "Yw==", "sig": "cw==",
         "by": person.device}  # fmt: skip
    name = person.ledger.name()
    return {"op": "put", "scope": scope, "t": "grant", "id": name, "act": "grant.rotated", "h": h}


def _has(person, scope):
    return scope in person.ledger.scopes


def does(person, wanted):
    return person.does(**wanted)


def body(ledger, scope, key_of=None, text=b"sealed"):
    """Return the fields of a sealed body that fits what is there."""
    row = ledger.rows.get(key_of) if key_of else None
    state: ScopeState = ledger.scopes[scope]
    return {"k": state.key_epoch, "b": text, "bv": (row.bv if row else 0) + 1}


def lease(ledger, scope, person, fence):
    ledger.leases[scope] = Lease(person.device, fence)
