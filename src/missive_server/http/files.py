"""Routes of files: announce one, send its parts, read it. The bytes are sealed; this checks only
that they have the hash that names them, and who may.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from missive_server.auth.standing import standing
from missive_server.blobs.place import Name, Upload
from missive_server.errors import BadRequest, Mismatch, NotFound, OutOfRange, TooLarge, WrongType
from missive_server.http import filing
from missive_server.http.filing import Found, Wanted
from missive_server.http.parts import Parts
from missive_server.http.requests import answer, asked, token_of
from missive_server.service.sweeping import forget_upload
from missive_wire import limits, routes
from missive_wire.ids import is_hash, split_scope

PART_LEAST = 64 << 10  # bytes of a part but the last, so that no file is made of crumbs
CHECKED = 4 << 20  # bytes after which a reader is asked again whether they may
SLOW = 60.0  # seconds that a reader may take for one chunk
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


class Senders:
    """One part of a file at a time from each device."""

    def __init__(self) -> None:
        self._locks: dict[Upload, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def alone(self, upload: Upload) -> AsyncIterator[None]:
        lock, users = self._locks.get(upload, (asyncio.Lock(), 0))
        self._locks[upload] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[upload]
            if users == 1:
                del self._locks[upload]
            else:
                self._locks[upload] = lock, users - 1


def file_routes(parts: Parts) -> list[Route]:
    senders = Senders()

    async def announce(request: Request) -> Response:
        what = await asked(request, routes.BlobRequest)
        wanted = _wanted(what.scope, what.hash, what.size, what.device)
        token, quota = token_of(request), parts.config.quota
        found = await parts.store.run(filing.announce, token, wanted, quota, parts.now())
        if found.there:
            return answer(routes.BlobState(found.size, True, limits.BLOB_PART))
        upload = Upload(found.org, wanted.hash, found.device)
        async with senders.alone(upload):
            have = await parts.place.arrived(upload)
            return answer(await _state(parts, token, wanted, upload, have))

    async def part(request: Request) -> Response:
        if request.headers.get("content-type", "application/octet-stream") not in _BYTES:
            raise WrongType("A part is sent as application/octet-stream.")
        at, token = _at(request), token_of(request)
        wanted = _wanted(request.path_params["scope"], request.path_params["hash"], 0, "")
        found = await parts.store.read(filing.arriving, token, wanted, parts.now())
        wanted = wanted._replace(size=found.size)
        data = await request.body()
        upload = Upload(found.org, wanted.hash, found.device)
        async with senders.alone(upload):
            have = await parts.place.arrived(upload)
            _check_part(at, have, len(data), found.size)
            await parts.place.keep(upload, at, data)
            parts.metrics.blob_bytes.labels("in").inc(len(data))
            return answer(await _state(parts, token, wanted, upload, have + len(data)))

    async def read(request: Request) -> Response:
        scope, hash_ = request.path_params["scope"], request.path_params["hash"]
        _wanted(scope, hash_, 0, "")
        token = token_of(request)
        found = await parts.store.run(filing.reading, token, scope, hash_, parts.now())
        return _contents(parts, request, found, scope, hash_)

    return [
        Route(routes.BLOBS, announce, methods=["POST"]),
        Route(routes.BLOB, part, methods=["PUT"]),
        Route(routes.BLOB, read, methods=["GET"]),
    ]


_BYTES = ("application/octet-stream", "binary/octet-stream")


def _wanted(scope: str, hash_: str, size: int, device: str) -> Wanted:
    try:
        split_scope(scope)
    except ValueError:
        raise NotFound from None
    if not is_hash(hash_):
        raise NotFound
    if size > limits.BLOB:
        raise TooLarge("A file this large cannot be shared.")
    if device and not size:
        raise BadRequest("A file cannot be empty.")
    return Wanted(scope, hash_, size, device)


def _at(request: Request) -> int:
    text = request.query_params.get("at", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadRequest("Say where the part begins: ?at=")
    return int(text)


def _check_part(at: int, have: int, length: int, size: int) -> None:
    if at != have:
        raise OutOfRange("The part does not follow those that arrived.")
    if at + length > size:
        raise TooLarge("The file is longer than announced.")
    if length < PART_LEAST and at + length < size:
        raise BadRequest("The part is too short.")


async def _state(
    parts: Parts, token: str, wanted: Wanted, upload: Upload, have: int
) -> routes.BlobState:
    """Tell how far it is; once all is there, put the file in its place."""
    if have == wanted.size:
        now = parts.now()
        await parts.store.run(filing.hold, upload.org, upload.hash, wanted.size, now)
        if not await parts.place.finish(upload):
            await parts.store.run(forget_upload, upload.org, upload.device, upload.hash)
            raise Mismatch
        await parts.store.run(filing.arrived, token, wanted, parts.now())
    elif have > wanted.size:
        await parts.place.drop(upload)
        have = 0
    return routes.BlobState(have, have == wanted.size, limits.BLOB_PART)


def _contents(parts: Parts, request: Request, found: Found, scope: str, hash_: str) -> Response:
    start, end, partial = _asked_range(request.headers.get("range", ""), found.size)
    headers = {
        "content-length": str(end - start),
        "accept-ranges": "bytes",
        "etag": f'"{hash_}"',
        "content-disposition": "attachment",
    }
    if partial:
        headers["content-range"] = f"bytes {start}-{end - 1}/{found.size}"
    token = token_of(request)

    async def chunks() -> AsyncIterator[bytes]:
        sent = checked = 0
        async for chunk in parts.place.read(Name(found.org, hash_), start, end):
            if sent - checked >= CHECKED:
                checked = sent
                await parts.store.read(standing, token, "", scope, parts.now())
                if await request.is_disconnected():
                    raise ClientDisconnect
            sent += len(chunk)
            parts.metrics.blob_bytes.labels("out").inc(len(chunk))
            yield chunk

    return _Chunks(chunks(), 206 if partial else 200, headers)


class _Chunks(Response):
    """Bytes of known length, one chunk at a time, each of which must leave in time."""

    media_type = "application/octet-stream"

    def __init__(self, chunks: AsyncIterator[bytes], status: int, headers: dict[str, str]) -> None:
        super().__init__(None, status, headers)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        async for chunk in self._chunks:
            try:
                async with asyncio.timeout(SLOW):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except TimeoutError:
                raise ClientDisconnect from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _asked_range(text: str, size: int) -> tuple[int, int, bool]:
    """Return begin, end, and whether that is a part (RFC 9110 14.2): one range, or all."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size, False
    if found[1]:
        start = int(found[1])
        end = min(int(found[2]) + 1, size) if found[2] else size
    else:
        start, end = max(0, size - int(found[2])), size
    if start >= end:
        raise OutOfRange
    return start, end, True
