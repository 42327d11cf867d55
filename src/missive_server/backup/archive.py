"""The file of a backup: a tar with a manifest first, parts after it, and a table of their hashes.

It appears whole or not at all, and one that was cut off or changed is refused before anything of
it is used.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from missive_server.blobs.folder import sync_folder
from missive_server.errors import Full, Trouble, UsageError
from missive_wire import shapes

MANIFEST, CHECKS = "manifest.json", "checks.json"
FORMAT = 1


class Manifest(msgspec.Struct, frozen=True):
    """What is in a backup. `columns` are those of each table, in the order of the rows."""

    format: int
    made: int
    version: str
    revision: str
    columns: dict[str, tuple[str, ...]]
    files: bool  # whether the sealed files are in it


class Output:
    """Takes the parts of a backup, one after the other."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._checks: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        with self.adding(name, len(data)) as part:
            part.write(data)

    def rows(self, table: str, number: int, rows: list[tuple[Any, ...]]) -> None:
        packed = gzip.compress(msgspec.msgpack.encode(rows), 1, mtime=0)
        self.add(f"tables/{table}/{number:06d}", packed)

    @contextlib.contextmanager
    def adding(self, name: str, size: int) -> Iterator[Part]:
        """Add a part whose bytes come in pieces."""
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o600
        self._file.write(header.tobuf(tarfile.PAX_FORMAT))
        part = Part(self._file)
        yield part
        if part.size != size:
            raise Trouble("A file is not as long as it should be.")
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))
        self._checks[name] = part.digest.hexdigest()

    def end(self) -> None:
        self.add(CHECKS, msgspec.json.encode(self._checks))
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.flush()
        os.fsync(self._file.fileno())


class Part:
    """One part that is being written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Output]:
    """Write a backup beside its place, and put it there when it is whole."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with _translated():
            with beside.open("xb") as file:
                beside.chmod(0o600)
                output = Output(file)
                yield output
                output.end()
            beside.replace(path)
            sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


class Input:
    """A backup that was found whole."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members = {member.name: member for member in tar}
        self._check()
        try:
            self.manifest = shapes.read(self.read(MANIFEST), Manifest)
        except msgspec.MsgspecError:
            raise UsageError("This is no backup of missive-server.") from None
        if self.manifest.format != FORMAT:
            raise UsageError("This backup was made by a newer version of missive-server.")

    def names(self, folder: str) -> list[str]:
        return sorted(name for name in self._members if name.startswith(f"{folder}/"))

    def read(self, name: str) -> bytes:
        with self.open(name) as part:
            data: bytes = part.read()
            return data

    def open(self, name: str) -> Any:
        member = self._members.get(name)
        found = self._tar.extractfile(member) if member is not None else None
        if found is None:
            raise UsageError("This is no backup of missive-server.")
        return found

    def rows(self, name: str) -> list[list[Any]]:
        found: list[list[Any]] = msgspec.msgpack.decode(gzip.decompress(self.read(name)))
        return found

    def _check(self) -> None:
        try:
            checks = shapes.read(self.read(CHECKS), dict[str, str])
        except msgspec.MsgspecError:
            raise UsageError("The backup is damaged.") from None
        if checks.keys() != self._members.keys() - {CHECKS}:
            raise UsageError("The backup is damaged: parts are missing.")
        for name, right in checks.items():
            digest = hashlib.sha256()
            with self.open(name) as part:
                while piece := part.read(1 << 20):
                    digest.update(piece)
            if digest.hexdigest() != right:
                raise UsageError("The backup is damaged: a part is not what was saved.")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Input]:
    """Open a backup; UsageError says what is wrong with it."""
    try:
        with path.open("rb") as file, tarfile.TarFile(fileobj=file) as tar:
            yield Input(tar)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile):
        raise UsageError("The backup is damaged, or is none.") from None
    except FileNotFoundError:
        raise UsageError("There is no such backup.") from None
    except OSError:
        raise UsageError("The backup cannot be read.") from None


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Full("There is no room for the backup.") from error
        raise Trouble("The backup cannot be written there.") from error
