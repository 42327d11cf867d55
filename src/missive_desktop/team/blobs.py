"""Files to and from a team's server: sealed, in parts, going on where they broke off.

Parts lie in the packs of the store until they are where they should be, so memory holds one at a
time and nothing readable is on the disk. What comes down counts only if its hash is its address.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, NamedTuple, cast

from missive_desktop.domain.changes import Changes
from missive_desktop.errors import PeerBroken
from missive_desktop.store import raws, team_blobs
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.packs import PackWriter, Sealed
from missive_desktop.store.team_blobs import BlobRow, Part
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Calls
from missive_desktop.team.keys import blobs as sealing
from missive_desktop.team.keys.blobs import SealedBlob
from missive_desktop.team.keys.trouble import Tampered
from missive_wire import limits, routes

PART = limits.BLOB_PART


class Ready(NamedTuple):
    """A file sealed into the packs, to be kept by `keep_up` and named by an entity."""

    blob: SealedBlob
    key: bytes
    parts: tuple[Sealed, ...]


def seal(
    packs: PackWriter, source: BinaryIO, key: bytes | None = None, *, wait: bool = True
) -> Ready:
    """Seal a file into the packs, part by part; they are synced when it returns.

    Who does not `wait` for that syncs them before the file is kept: one wait for many.
    """
    key = key or sealing.new_key()
    target = _Parts(packs)
    blob = sealing.seal_file(key, source, cast(BinaryIO, target))
    target.end()
    if wait:
        packs.sync()
    return Ready(blob, key, tuple(target.parts))


def keep_up(
    conn: Connection, team: int, account: int, scope: str, entity: str, ready: Ready
) -> None:
    """Have a sealed file go up; in the transaction that submits the entity that names it."""
    hash_, size = ready.blob.hash, ready.blob.size
    if team_blobs.find(conn, team, scope, hash_, "up") is not None:
        return
    blob = team_blobs.add(conn, team, account, scope, hash_, size, "up", entity, now_ms())
    start = 0
    for part in ready.parts:
        team_blobs.add_part(conn, blob, start, part.size, part)
        start += part.size


class Files:
    """Brings the files of one team down."""

    def __init__(self, books: TeamBooks, calls: Calls) -> None:
        self._books, self._calls = books, calls
        self._packs = PackWriter(books.store.packs)
        self._down = threading.Lock()  # the writer of packs is for one thread at a time
        self._closed = False

    def close(self) -> None:
        """Let go of the pack, at once or when what is under way has ended."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        if self._closed and self._down.acquire(blocking=False):
            try:
                self._packs.close()
            finally:
                self._down.release()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with self._down:
                yield
        finally:
            self._let_go()

    def fetch(
        self, account: int, scope: str, hash_: str, key: bytes, target: BinaryIO, entity: str = ""
    ) -> int:
        """Write a file as it was before it was sealed; return its size.

        What came of it before is not asked for again. Tampered: it is not what was put there.
        """
        team = self._books.team
        with self._alone():
            blob = self._books.writer.run(
                lambda conn, _: team_blobs.add(
                    conn, team, account, scope, hash_, 0, "down", entity, now_ms()
                )
            )
            self._bring(blob)
            try:
                with self._reading(blob) as source:
                    size = sealing.open_file(key, cast(BinaryIO, source), target, hash_)
            except Tampered:
                self._books.writer.run(lambda conn, _: team_blobs.remove(conn, blob.id))
                raise
            self._books.writer.run(lambda conn, _: team_blobs.remove(conn, blob.id))
        return size

    def here(self, scope: str, hash_: str, key: bytes, target: BinaryIO) -> bool:
        """Write a file that was sealed on this device and is kept still; False for any other."""
        with self._books.reading() as conn:
            for way in ("up", "kept"):
                blob = team_blobs.find(conn, self._books.team, scope, hash_, way)
                parts = team_blobs.parts(conn, blob.id) if blob else []
                if parts:
                    source = Stored(conn, self._books.store, parts)
                    sealing.open_file(key, cast(BinaryIO, source), target, hash_)
                    return True
        return False

    def bytes_of(self, account: int, scope: str, hash_: str, key: bytes, entity: str = "") -> bytes:
        """Return a file whole: for mail, which is taken apart in memory anyway."""
        target = io.BytesIO()
        self.fetch(account, scope, hash_, key, target, entity)
        return target.getvalue()

    def _bring(self, blob: BlobRow) -> None:
        path, size = path_of(blob.scope, blob.hash), blob.size
        with self._books.reading() as conn:
            have = sum(part.length for part in team_blobs.parts(conn, blob.id))
        while not size or have < size:
            data, size = self._calls.get_part(path, have, PART)
            if not data or have + len(data) > size or size > limits.BLOB:
                raise PeerBroken("The team's server did not hand out a file as it should.")
            sealed = self._packs.append(data)
            self._packs.sync()
            self._books.writer.run(partial(_arrived, blob, have, len(data), sealed, size))
            have += len(data)

    @contextmanager
    def _reading(self, blob: BlobRow) -> Iterator[Stored]:
        with self._books.reading() as conn:
            yield Stored(conn, self._books.store, team_blobs.parts(conn, blob.id))


def _arrived(
    blob: BlobRow, start: int, length: int, sealed: Sealed, size: int, conn: Connection, _: Changes
) -> None:
    team_blobs.add_part(conn, blob, start, length, sealed)
    team_blobs.set_size(conn, blob.id, size)


def path_of(scope: str, hash_: str) -> str:
    """Return where the server has a file."""
    return routes.BLOB.format(scope=scope, hash=hash_)


class _Parts:
    """Takes what is written to it into the packs, in parts of PART bytes."""

    def __init__(self, packs: PackWriter) -> None:
        self._packs = packs
        self._buffer = bytearray()
        self.parts: list[Sealed] = []

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) >= PART:
            self.parts.append(self._packs.append(self._buffer[:PART]))
            del self._buffer[:PART]
        return len(data)

    def end(self) -> None:
        if self._buffer:
            self.parts.append(self._packs.append(bytes(self._buffer)))


class Stored:
    """Reads parts in the packs as one file; holds one of them at a time."""

    def __init__(self, conn: Connection, store: Store, parts: Sequence[Part]) -> None:
        self._conn, self._store, self._parts = conn, store, parts
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def seek(self, at: int) -> None:
        self._at = at

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        data = bytearray()
        for part in self._parts:
            offset = self._at - part.start
            if 0 <= offset < part.length and len(data) < size:
                if self._held[0] != part.start:
                    self._held = (part.start, raws.load(self._conn, self._store, part.raw_id))
                piece = self._held[1][offset : offset + size - len(data)]
                self._at += len(piece)
                data += piece
        return bytes(data)
