"""The load of the push benchmark, a process of its own: `python -m tests.bench.push_load`.

It reads what to do as one JSON object from standard input and prints what it saw as another.
Subscribers are bare protocols, so that what is measured is the server more than its clients.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import random
import struct
import sys
import time
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import uvloop

from missive_wire.frames import Bye, Change, FromServer, Revoked, Welcome
from missive_wire.headers import seat_id
from missive_wire.ids import new_id

_DECODER = msgspec.json.Decoder(FromServer)
BODY = 600  # bytes of one sealed body


class Subscriber(asyncio.Protocol):
    """A WebSocket client that can do no more than be told (RFC 6455)."""

    def __init__(self, person: dict[str, Any], seen: Seen) -> None:
        self.person, self.seen = person, seen
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.changes: list[Change] = []
        self.revoked_at = 0.0
        self._data = b""
        self._open = False

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._open:
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self._open, self._data = True, rest
            hello = {"f": "hello", "token": self.person["token"], "schema": 1,
                     "device": self.person["device"]}  # fmt: skip
            self._say(0x1, json.dumps(hello).encode())
        self._frames()

    def _say(self, opcode: int, text: bytes) -> None:
        mask = os.urandom(4)
        size = len(text)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else struct.pack(
            "!BBH", 0x80 | opcode, 0xFE, size)  # fmt: skip
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))
        self.transport.write(head + mask + masked)

    def _frames(self) -> None:
        data, at = self._data, 0
        while len(data) - at >= 2:
            size, start = data[at + 1] & 127, at + 2
            if size == 126:
                if len(data) < at + 4:
                    break
                (size,), start = struct.unpack_from("!H", data, at + 2), at + 4
            elif size == 127:
                if len(data) < at + 10:
                    break
                (size,), start = struct.unpack_from("!Q", data, at + 2), at + 10
            if len(data) < start + size:
                break
            self._frame(data[at] & 15, data[start : start + size])
            at = start + size
        self._data = data[at:]

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == 0x9:
            self._say(0xA, payload)
        if opcode != 0x1:
            return
        frame = _DECODER.decode(payload)
        match frame:
            case Change():
                self.seen.change(self, frame)
            case Welcome():
                self.welcomed.set_result(None)
            case Revoked():
                self.revoked_at = time.time()
            case Bye():
                raise AssertionError(frame.why)


class Seen:
    """Delays between the server's clock at the begin of the transaction and the parsed frame."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.frames = 0
        self.after_removal = 0
        self.removed: tuple[Subscriber, str, int] | None = None

    def change(self, who: Subscriber, frame: Change) -> None:
        now = time.time() * 1000
        self.frames += 1
        self.delays.extend(now - row.at for row in frame.rows if row.t == "conv")
        if self.removed and self.removed[0] is who:
            _, scope, seq = self.removed
            self.after_removal += frame.scope == scope and frame.to >= seq


class Author:
    """Somebody who changes things over HTTP, in order."""

    def __init__(self, client: httpx.AsyncClient, person: dict[str, Any]) -> None:
        self.client, self.person = client, person
        self.mids = itertools.count(1)

    async def mutate(self, **mutation: Any) -> dict[str, Any]:
        body = {"device": self.person["device"], "schema": 1,
                "muts": [{"mid": next(self.mids)} | mutation]}  # fmt: skip
        answer = await self.client.post(
            "/v1/mutate", json=body, headers={"Authorization": f"Bearer {self.person['token']}"}
        )
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["results"][0]
        assert result["st"] == "ok", result
        return result

    async def write(self, scope: str, *, sealed: bool = True) -> dict[str, Any]:
        """Begin a conversation; after a removal only without a body, until there are new keys."""
        body = base64.b64encode(os.urandom(BODY)).decode()
        return await self.mutate(
            op="put", scope=scope, t="conv", id=new_id(), act="conversation.created",
            h={"st": "open", "inbox": True, "last": 1}, **(
                {"k": 1, "bv": 1, "b": body} if sealed else {}),
        )  # fmt: skip


async def connect(port: int, people: Sequence[dict[str, Any]], seen: Seen) -> list[Subscriber]:
    """Connect in steps: a thousand at once would measure the backlog."""
    loop = asyncio.get_running_loop()
    all_: list[Subscriber] = []
    for at in range(0, len(people), 50):
        some = people[at : at + 50]
        made = [
            loop.create_connection(
                lambda person=person: Subscriber(person, seen), "127.0.0.1", port
            )  # type: ignore[misc]
            for person in some
        ]
        subscribers = [subscriber for _, subscriber in await asyncio.gather(*made)]
        await asyncio.gather(*(each.welcomed for each in subscribers))
        all_ += subscribers
    return all_


async def push(order: dict[str, Any]) -> dict[str, Any]:
    """Write at a rate, and watch what reaches the subscribers; then remove one of them."""
    seen = Seen()
    port, people = order["port"], order["people"]
    subscribers = await connect(port, people[1:], seen)
    print(json.dumps("connected"), flush=True)
    sys.stdin.readline()
    by_scope = {scope: [p for p in people[1:] if scope in p["scopes"]] for scope in order["spaces"]}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=30, limits=limits
    ) as client:
        authors = {scope: Author(client, some[0]) for scope, some in by_scope.items()}
        await _at_a_rate(authors, order["rate"], 2.0)
        seen.delays.clear()
        begun, before = time.monotonic(), seen.frames
        await _at_a_rate(authors, order["rate"], order["seconds"])
        rate = (seen.frames - before) / (time.monotonic() - begun)
        await asyncio.sleep(0.5)
        delays = sorted(seen.delays)
        removal = await _remove(client, order, subscribers, authors, seen)
    return {
        "frames": len(delays), "rate": rate, "p50": delays[len(delays) // 2],
        "p99": delays[int(len(delays) * 0.99)], "most": delays[-1],
    } | removal  # fmt: skip


async def _at_a_rate(
    authors: dict[str, Author], rate: float, seconds: float, *, sealed: bool = True
) -> None:
    """Each scope is written to by one person, evenly, beginning at a moment of its own."""

    async def one(scope: str, author: Author) -> None:
        pause = len(authors) / rate
        at = time.monotonic() + random.random() * pause
        end = at + seconds
        while at < end:
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            await author.write(scope, sealed=sealed)
            at += pause

    await asyncio.gather(*(one(*each) for each in authors.items()))


async def _remove(
    client: httpx.AsyncClient,
    order: dict[str, Any],
    subscribers: list[Subscriber],
    authors: dict[str, Author],
    seen: Seen,
) -> dict[str, Any]:
    """Remove somebody while frames flow; each one above the removal that reaches them counts."""
    scope = order["spaces"][0]
    gone = next(each for each in reversed(subscribers) if scope in each.person["scopes"])
    owner = Author(client, order["people"][0])
    user = gone.person["user"]
    seat = {"scope": scope, "t": "seat", "id": seat_id(scope[2:], user), "h": {"user": user}}
    await owner.mutate(op="put", act="seat.given", **seat)
    flow = asyncio.create_task(_at_a_rate(authors, order["rate"], 2.0, sealed=False))
    await asyncio.sleep(0.5)
    seen.removed = (gone, scope, 1 << 60)
    begun = time.time()
    result = await owner.mutate(op="del", act="seat.taken", **seat)
    seen.removed = (gone, scope, result["seqs"][scope])
    await flow
    await asyncio.sleep(1.0)
    return {"after_removal": seen.after_removal, "revoked_ms": (gone.revoked_at - begun) * 1000}


async def main() -> None:
    order = json.loads(sys.stdin.readline())
    print(json.dumps(await push(order)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
