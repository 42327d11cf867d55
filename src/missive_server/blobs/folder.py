"""Files in a folder. What is said to be there has reached the disk; a file appears whole."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from missive_server.blobs.place import CHUNK, Name, Upload, from_front
from missive_server.errors import Full, Trouble

_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            raise Trouble(f"The folder {root} cannot be made or written.") from None

    async def arrived(self, upload: Upload) -> int:
        parts = await asyncio.to_thread(self._parts, upload)
        return sum(size for _, size in parts)

    async def keep(self, upload: Upload, at: int, data: bytes) -> None:
        await asyncio.to_thread(self._keep, upload, at, data)

    async def finish(self, upload: Upload) -> bool:
        return await asyncio.to_thread(self._finish, upload)

    async def drop(self, upload: Upload) -> None:
        await asyncio.to_thread(self._drop, upload)

    async def read(self, name: Name, start: int, end: int) -> AsyncIterator[bytes]:
        with _translated():
            file = await asyncio.to_thread((self._root / name.path()).open, "rb")
            try:
                file.seek(start)
                while start < end:
                    chunk = await asyncio.to_thread(file.read, min(CHUNK, end - start))
                    if not chunk:
                        raise Trouble("A file is shorter than it should be.")
                    start += len(chunk)
                    yield chunk
            finally:
                file.close()

    async def delete(self, name: Name) -> None:
        with _translated():
            path = self._root / name.path()
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def check(self) -> bool:
        return await asyncio.to_thread(os.access, self._root, os.W_OK)

    def _parts(self, upload: Upload) -> list[tuple[int, int]]:
        with _translated():
            try:
                entries = list(os.scandir(self._root / upload.path()))
            except FileNotFoundError:
                return []
            found = [(int(e.name), e.stat().st_size) for e in entries if e.name.isdigit()]
        return from_front(found)

    def _keep(self, upload: Upload, at: int, data: bytes) -> None:
        with _translated():
            folder = self._root / upload.path()
            _make(folder)
            _write(folder / f"{at:012d}", [data])

    def _finish(self, upload: Upload) -> bool:
        """One part is the file already; more are joined among them, so that what is left of a
        joining that broke off goes with them."""
        folder, target = self._root / upload.path(), self._root / upload.name.path()
        parts = [folder / f"{begin:012d}" for begin, _ in self._parts(upload)]
        with _translated():
            whole = parts[0] if len(parts) == 1 else folder / "whole"
            if len(parts) != 1:
                _write(whole, _contents(parts))
            with whole.open("rb") as file:
                right = hashlib.file_digest(file, "sha256").hexdigest() == upload.hash
            if right:
                _make(target.parent)
                whole.replace(target)
                sync_folder(target.parent)
        self._drop(upload)
        return right

    def _drop(self, upload: Upload) -> None:
        folder = self._root / upload.path()
        with _translated(), contextlib.suppress(FileNotFoundError):
            for entry in list(os.scandir(folder)):
                Path(entry.path).unlink(missing_ok=True)
            folder.rmdir()
        with contextlib.suppress(OSError):  # another device sends the same
            folder.parent.rmdir()


def _make(folder: Path) -> None:
    """Make a folder and those above it, so that they outlast a power cut."""
    if not folder.is_dir():
        _make(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        sync_folder(folder.parent)


def _contents(parts: Iterable[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """Write beside, sync, then rename: nobody ever sees half a file."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have what was made, renamed or deleted in a folder outlast a power cut."""
    if os.name == "nt":  # folders cannot be opened there; NTFS keeps their journal itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise Full("The disk of the server is full.") from error
        raise Trouble("The disk of the server does not work.") from error
