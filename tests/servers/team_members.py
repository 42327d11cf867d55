"""People of an organization who talk to a running sync server over HTTP.

The organization is put into the server's database directly (`organizations`): what lies behind the
door is tested without the door.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.servers import organizations
from tests.servers.missive_server import TeamServer
from tests.servers.organizations import Organization

from missive_server.core.values import Caller
from missive_server.database.opening import open_store
from missive_wire.ids import new_id

Json = dict[str, Any]


@dataclass
class Person:
    """Somebody with one device that is signed in."""

    caller: Caller
    http: httpx.Client
    first_mid: int = 3
    mids: itertools.count[int] = field(init=False)

    def __post_init__(self) -> None:
        self.mids = itertools.count(self.first_mid)

    @property
    def device(self) -> str:
        return self.caller.device

    def asked(self, **values: Any) -> Json:
        return {"device": self.device, "schema": 1} | values

    def change(self, op: str, scope: str, t: str, act: str, **values: Any) -> Json:
        return {"mid": next(self.mids), "op": op, "scope": scope, "t": t, "act": act} | values

    def conversation(self, scope: str, **values: Any) -> Json:
        made = {"id": new_id(), "h": {"st": "open", "inbox": True}} | values
        return self.change("put", scope, "conv", "conversation.created", **made)

    def message(self, scope: str, conv: str, blob: str) -> Json:
        header = {"conv": conv, "out": False, "at": 1, "size": 1, "blob": blob}
        return self.change("put", scope, "msg", "message.added", id=new_id(), h=header)

    def post(self, path: str, body: Any, status: int = 200) -> Json:
        answer = self.http.post(path, json=body)
        assert answer.status_code == status, (answer.status_code, answer.text)
        told: Json = answer.json()
        return told

    def mutate(self, *changes: Json) -> list[Json]:
        told = self.post("/v1/mutate", self.asked(muts=list(changes)))
        results: list[Json] = told["results"]
        return results

    def pull(self, cur: dict[str, tuple[str, int]] | None = None, **values: Any) -> Json:
        return self.post("/v1/pull", self.asked(cur=cur or {}, **values))

    def head(self, scope: str) -> tuple[str, int]:
        told = self.post("/v1/backfill", self.asked(scope=scope, max=1))
        return told["e"], told["head"]

    def announce(self, scope: str, data: bytes, status: int = 200) -> Json:
        body = {"device": self.device, "scope": scope, "hash": hash_of(data), "size": len(data)}
        return self.post("/v1/blobs", body, status)

    def part(self, scope: str, hash_: str, at: int, data: bytes) -> httpx.Response:
        return self.http.put(
            f"/v1/blobs/{scope}/{hash_}",
            params={"at": at},
            content=data,
            headers={"content-type": "application/octet-stream"},
        )

    def send_file(self, scope: str, data: bytes) -> str:
        told = self.announce(scope, data)
        while not told["done"]:
            at = told["have"]
            answer = self.part(scope, hash_of(data), at, data[at : at + told["part"]])
            assert answer.status_code == 200, answer.text
            told = answer.json()
        return hash_of(data)

    def read_file(self, scope: str, hash_: str, **headers: str) -> httpx.Response:
        return self.http.get(f"/v1/blobs/{scope}/{hash_}", headers=headers)


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sealed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Team:
    organization: Organization
    people: list[Person]

    @property
    def space(self) -> str:
        return self.organization.spaces[0]

    def close(self) -> None:
        for person in self.people:
            person.http.close()


def team(server: TeamServer, people: int = 3, spaces: int = 1) -> Team:
    """Make an organization on a running server."""
    made = asyncio.run(_found(server, people, spaces))
    used = 3  # mids of each; the owner made the spaces, each in one change, and gave the seats
    owner = used + spaces * (1 + people)
    return Team(
        made,
        [
            Person(
                who,
                httpx.Client(
                    base_url=server.url,
                    headers={"authorization": f"Bearer {organizations.token_of(who)}"},
                    timeout=60,
                ),
                owner if n == 0 else used,
            )
            for n, who in enumerate(made.people)
        ],
    )


async def _found(server: TeamServer, people: int, spaces: int) -> Organization:
    address = server.flags[server.flags.index("--database") + 1] if server.on_postgres else ""
    store = await open_store(address, server.data)
    try:
        return await organizations.found(store, people, spaces, time.time_ns() // 1_000_000)
    finally:
        await store.close()
