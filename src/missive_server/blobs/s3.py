"""Files in storage that speaks S3. Credentials come from AWS_* in the environment."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from obstore.exceptions import BaseError
from obstore.store import S3Store

from missive_server.blobs.place import CHUNK, Name, Upload, from_front
from missive_server.errors import Trouble, UsageError

if TYPE_CHECKING:
    from obstore.store import S3Config


class S3:
    def __init__(self, address: str) -> None:
        """`address` is s3://bucket/prefix?endpoint=…&region=…"""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        endpoint = asked.get("endpoint", "")
        config: S3Config = {"region": asked.get("region", "us-east-1")}
        if endpoint:
            config["endpoint"] = endpoint
        try:
            self._store = S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                config=config,
                client_options={
                    "timeout": "60s",
                    "connect_timeout": "5s",
                    "allow_http": endpoint.startswith("http:"),
                },
                retry_config={"max_retries": 3},
            )
        except (BaseError, ValueError):
            raise UsageError("The storage cannot be used: check the address and AWS_*.") from None

    async def arrived(self, upload: Upload) -> int:
        return sum(size for _, size in await self._parts(upload))

    async def keep(self, upload: Upload, at: int, data: bytes) -> None:
        with _translated():
            await self._store.put_async(f"{upload.path()}/{at:012d}", data, use_multipart=False)

    async def finish(self, upload: Upload) -> bool:
        """Read twice: the file must not appear before it is known to be the right one."""
        parts, digest = await self._parts(upload), hashlib.sha256()
        async for data in self._contents(upload, parts):
            await asyncio.to_thread(digest.update, data)
        right = digest.hexdigest() == upload.hash
        if right:
            with _translated():
                await self._store.put_async(upload.name.path(), self._contents(upload, parts))
        await self.drop(upload)
        return right

    async def drop(self, upload: Upload) -> None:
        parts = [f"{upload.path()}/{begin:012d}" for begin, _ in await self._listed(upload)]
        if parts:
            with _translated():
                await self._store.delete_async(parts)

    async def read(self, name: Name, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        with _translated():
            found = await self._store.get_async(name.path(), options={"range": (start, end)})
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    async def delete(self, name: Name) -> None:
        with _translated(), contextlib.suppress(FileNotFoundError):
            await self._store.delete_async(name.path())

    async def check(self) -> bool:
        try:
            async for _ in self._store.list("parts", chunk_size=1):
                break
        except (BaseError, OSError):
            return False
        return True

    async def _parts(self, upload: Upload) -> list[tuple[int, int]]:
        return from_front(await self._listed(upload))

    async def _listed(self, upload: Upload) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        with _translated():
            async for page in self._store.list(upload.path()):
                found += [(int(each["path"].rpartition("/")[2]), each["size"]) for each in page]
        return found

    async def _contents(self, upload: Upload, parts: list[tuple[int, int]]) -> AsyncIterator[bytes]:
        for begin, _ in parts:
            with _translated():
                found = await self._store.get_async(f"{upload.path()}/{begin:012d}")
                data = bytes(await found.bytes_async())
            yield data


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Trouble("A file is not in the storage.") from error
    except (BaseError, OSError) as error:
        raise Trouble("The storage does not answer.") from error
