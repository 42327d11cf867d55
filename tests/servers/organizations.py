"""Organizations put into a database directly: for tests of what lies behind the door."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from missive_server.core.values import Call, Caller, Outcome, new_scope
from missive_server.database.store import Store
from missive_server.database.work import Bulk, Query, Work
from missive_server.service.storing import store_scopes
from missive_server.service.writing import applied
from missive_wire.headers import seat_id
from missive_wire.ids import new_id, org_scope, space_scope
from missive_wire.mutation import Mutation

NOON = 1_750_000_000_000


@dataclass
class Organization:
    """Its people (the first is the owner), each with one device, and its spaces."""

    id: str = field(default_factory=new_id)
    people: list[Caller] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    _mids: dict[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> Caller:
        return self.people[0]

    def call(self, who: Caller, *changes: dict[str, Any], ack: int = 0) -> Call:
        """A call with the next mids of that person's device."""
        mids = self._mids.setdefault(who.device, itertools.count(1))
        return Call(who, tuple(Mutation(**({"mid": next(mids)} | each)) for each in changes), ack)

    def conversation(self, space: int = 0, **given: Any) -> dict[str, Any]:
        values = {"op": "put", "scope": self.spaces[space], "t": "conv", "id": new_id(),
                  "act": "conversation.created", "h": {"st": "open", "inbox": True}}  # fmt: skip
        return values | given

    def comment(self, conv: str, space: int = 0, **given: Any) -> dict[str, Any]:
        values = {"op": "put", "scope": self.spaces[space], "t": "comment", "id": new_id(),
                  "act": "comment.added", "h": {"conv": conv}}  # fmt: skip
        return values | given

    def assign(
        self, conv: str, users: Sequence[str], space: int = 0, **given: Any
    ) -> dict[str, Any]:
        values = {"op": "patch", "scope": self.spaces[space], "t": "conv", "id": conv,
                  "act": "conversation.assigned", "h": {"assignees": list(users)}}  # fmt: skip
        return values | given

    def seat(self, user: str, space: int = 0, **given: Any) -> dict[str, Any]:
        scope = self.spaces[space]
        values = {"op": "put", "scope": scope, "t": "seat", "id": seat_id(scope[2:], user),
                  "act": "seat.given", "h": {"user": user}}  # fmt: skip
        return values | given

    def handed(self, device: str, **given: Any) -> dict[str, Any]:
        """Return what hands the mailbox of a space to a device, which may serve it then."""
        values = {"op": "put", "scope": self.spaces[0], "t": "mailbox", "id": new_id(),
                  "act": "mailbox.handed", "h": {"device": device}}  # fmt: skip
        return values | given

    def removal(self, user: str) -> dict[str, Any]:
        return {"op": "del", "scope": org_scope(self.id), "t": "member", "id": user,
                "act": "member.removed"}  # fmt: skip


async def found(store: Store, people: int = 3, spaces: int = 1, now: int = NOON) -> Organization:
    """Make an organization whose people all sit in all of its spaces."""
    org = Organization()
    await store.run(_begin, org, people, now)
    joining = [
        Call(
            Caller(who.user, who.device, org.id, joining="owner" if n == 0 else "member"),
            (
                Mutation(1, "put", org_scope(org.id), "member", who.user, "member.joined",
                         {"user": who.user, "role": "owner" if n == 0 else "member"}),
                Mutation(2, "put", org_scope(org.id), "device", who.device, "device.added",
                         {"user": who.user}),
            ),
        )
        for n, who in enumerate(org.people)
    ]  # fmt: skip
    await _all_ok(store, joining, now)
    for who in org.people:
        org._mids[who.device] = itertools.count(3)
    for _ in range(spaces):
        space = new_id()
        org.spaces.append(space_scope(space))
        made = {"op": "put", "scope": org_scope(org.id), "t": "space", "id": space,
                "act": "space.created", "h": {"kind": "inbox"}}  # fmt: skip
        await _all_ok(store, [org.call(org.owner, made)], now)
        seats = [org.seat(who.user, len(org.spaces) - 1) for who in org.people]
        for start in range(0, len(seats), 50):
            await _all_ok(store, [org.call(org.owner, *seats[start : start + 50])], now)
    return org


async def _all_ok(store: Store, calls: list[Call], now: int) -> None:
    outcome: Outcome = await store.run(applied, calls, now)
    for answer in outcome.answers:
        assert not answer.refusal, answer
        assert {result.st for result in answer.results} == {"ok"}, answer


def _begin(org: Organization, people: int, now: int) -> Work[None]:
    yield Query("INSERT INTO orgs (id, made, root) VALUES ($1, $2, $3)", (org.id, now, bytes(32)))
    scope = org_scope(org.id)
    yield from store_scopes({scope: new_scope(scope, org.id, new_id(), now)}, set())
    org.people = [Caller(new_id(), new_id(), org.id, new_id()) for _ in range(people)]
    yield Bulk(
        "INSERT INTO users (id, org, email, secret, made) VALUES ($1, $2, $3, '', $4)",
        [(who.user, org.id, f"{who.user}@example.org", now) for who in org.people],
    )
    yield Bulk(
        "INSERT INTO devices (id, user_, org, state, sign, box, made, seen)"
        " VALUES ($1, $2, $3, 'approved', $4, $4, $5, $5)",
        [(who.device, who.user, org.id, bytes(32), now) for who in org.people],
    )
    yield Bulk(
        "INSERT INTO sessions (token, id, user_, org, device, made, seen, until)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        [
            (hashlib.sha256(token_of(who).encode()).digest(), who.session, who.user, org.id,
             who.device, now, 1 << 52)
            for who in org.people
        ],
    )  # fmt: skip


def token_of(who: Caller) -> str:
    """Return the token of somebody's session."""
    return f"token of {who.session}"
