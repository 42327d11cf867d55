"""An organization of many, written into the tables of a server that does not run yet.

To found and join over HTTP would derive a thousand passwords, which is not what is measured.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from missive_server.auth.tokens import hash_of
from missive_server.database.opening import open_store
from missive_server.database.work import Bulk, Work
from missive_server.service.writing import milliseconds
from missive_wire.ids import new_id, org_scope, space_scope, user_scope

LONG = 30 * 86_400_000


@dataclass(frozen=True)
class Person:
    user: str
    device: str
    token: str
    session: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Ground:
    """`people[0]` is the owner, and sits in every space."""

    org: str
    spaces: tuple[str, ...]
    people: tuple[Person, ...]


def lay(address: str, data: Path, *, spaces: int, seats: int) -> Ground:
    """Make an owner and `seats` people for each of the spaces."""
    org = new_id()
    scopes = tuple(space_scope(new_id()) for _ in range(spaces))
    people = [_person(org, scopes)]
    people += [_person(org, (scope,)) for scope in scopes for _ in range(seats)]
    ground = Ground(org, scopes, tuple(people))
    asyncio.run(_write(ground, address, data))
    return ground


def _person(org: str, spaces: tuple[str, ...]) -> Person:
    user = new_id()
    scopes = (user_scope(user), org_scope(org), *spaces)
    return Person(user, new_id(), secrets.token_urlsafe(32), new_id(), scopes)


async def _write(ground: Ground, address: str, data: Path) -> None:
    store = await open_store(address, data)
    try:
        await store.run(_rows, ground, milliseconds())
    finally:
        await store.close()


def _rows(ground: Ground, now: int) -> Work[None]:
    org, people = ground.org, ground.people
    yield _put("orgs", "id, made, root", [(org, now, bytes(32))])
    yield _put("users", "id, org, email, secret, made",
               [(p.user, org, f"{p.user}@example.org", "", now) for p in people])  # fmt: skip
    roles = ["owner"] + ["member"] * len(people)
    yield _put("members", "org, user_, role",
               [(org, p.user, role) for p, role in zip(people, roles, strict=False)])  # fmt: skip
    yield _put("devices", "id, user_, org, state, sign, box, made, seen",
               [(p.device, p.user, org, "approved", bytes(32), bytes(32), now, now)
                for p in people])  # fmt: skip
    yield _put("sessions", "token, id, user_, org, device, made, seen, until",
               [(hash_of(p.token), p.session, p.user, org, p.device, now, now, now + LONG)
                for p in people])  # fmt: skip
    every = {scope for person in people for scope in person.scopes}
    yield _put("scopes", "id, org, epoch, key_epoch, audit_h",
               [(scope, org, "e1", 1, bytes(32)) for scope in sorted(every)])  # fmt: skip
    yield _put("access", "scope, user_, kind, role",
               [(scope, p.user, "active" if scope[0] == "s" else "member", "")
                for p in people for scope in p.scopes])  # fmt: skip


def _put(table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> Bulk:
    marks = ", ".join(f"${number + 1}" for number in range(len(columns.split(","))))
    return Bulk(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(rows))
