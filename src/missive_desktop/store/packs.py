"""Pack files: raw messages, compressed and each sealed under a key of its own, appended.

A record is AES-256-GCM over zstd. Its key is fresh, used once, and stands only in the row that
points here: to forget the row is to lose the record, at once and for good, backups included. A
pointer that hits another's record opens nothing, because the key does not fit.
"""

from __future__ import annotations

import os
import threading
from io import FileIO
from pathlib import Path
from typing import NamedTuple, TypeAlias

from missive_desktop.errors import DiskTrouble, disk_trouble
from missive_desktop.store import sealing

ROLL_BYTES = 256 << 20  # a pack that has grown beyond this gets no further record

Mark: TypeAlias = tuple[int, int]  # pack, position

_in_use: set[Path] = set()  # packs that a writer of this process appends to, or that are compacted
_in_use_lock = threading.Lock()


class Sealed(NamedTuple):
    """Where a record lies, and the only key that opens it."""

    pack: int
    position: int
    length: int
    size: int
    key: bytes


def path(packs: Path, number: int) -> Path:
    return packs / f"{number:06d}.pack"


def numbers(packs: Path) -> list[int]:
    """Return the numbers of the pack files that are there, ascending."""
    return sorted(int(file.stem) for file in packs.glob("*.pack") if file.stem.isdigit())


def claim(file: Path) -> bool:
    """Take a pack for appending or compaction; False when someone in this process has it."""
    with _in_use_lock:
        if file in _in_use:
            return False
        _in_use.add(file)
        return True


def release(file: Path) -> None:
    with _in_use_lock:
        _in_use.discard(file)


class PackWriter:
    """Appends records to a pack of its own; for one thread. `sync` before their rows commit."""

    def __init__(self, packs: Path, *, roll: int = ROLL_BYTES) -> None:
        self._packs = packs
        self._roll = roll
        self._sealer = sealing.Sealer()
        self._file: FileIO | None = None
        self._path = packs
        self._number = 0
        self._first = 0  # what lies before is another writer's
        self._end = 0
        self._dirty = False

    def append(self, raw: bytes | bytearray | memoryview) -> Sealed:
        """Seal and append; raises DiskTrouble with nothing half referenced."""
        body, key = self._sealer.seal(raw)
        return self.append_sealed(body, len(raw), key)

    def append_sealed(self, body: bytes, size: int, key: bytes) -> Sealed:
        """Append a record that is sealed already (compaction, or by another process)."""
        try:
            file = self._ready()
            start = self._end
            try:
                file.seek(start)  # where an earlier one failed, the file may be anywhere
                _write(file, body)
            except OSError:
                file.truncate(start)
                raise
        except OSError as error:
            raise disk_trouble(error) from error
        self._end += len(body)
        self._dirty = True
        return Sealed(self._number, start, len(body), size, key)

    def mark(self) -> Mark:
        """Return how far this writer has come: (pack, position)."""
        return self._number, self._end

    def give_back(self, mark: Mark) -> None:
        """Cut what came after `mark`: records whose rows never came to be."""
        if self._file is None:
            return
        number, end = mark
        self._end = max(end, self._first) if number == self._number else self._first
        try:
            self._file.truncate(self._end)
        except OSError as error:
            raise disk_trouble(error) from error

    def sync(self) -> None:
        """Wait until the disk has all that was appended."""
        if self._file is None or not self._dirty:
            return
        try:
            _datasync(self._file.fileno())
        except OSError as error:
            raise disk_trouble(error) from error
        self._dirty = False

    def close(self) -> None:
        """Sync and let go of the pack, so that another writer can go on with it."""
        if self._file is None:
            return
        try:
            self.sync()
        finally:
            self._file.close()
            self._file = None
            release(self._path)

    def _ready(self) -> FileIO:
        if self._file is not None and self._end >= self._roll:
            self.close()
        if self._file is None:
            self._file = self._adopt() or self._make()
            self._first = self._end = self._file.seek(0, os.SEEK_END)
        return self._file

    def _adopt(self) -> FileIO | None:
        """Go on with the newest pack that has room and no writer."""
        for number in reversed(numbers(self._packs)):
            file = path(self._packs, number)
            if file.stat().st_size < self._roll and claim(file):
                self._path, self._number = file, number
                return FileIO(file, "r+")
        return None

    def _make(self) -> FileIO:
        number = max(numbers(self._packs), default=0)
        while True:
            number += 1
            file = path(self._packs, number)
            if not claim(file):
                continue
            try:
                made = FileIO(file, "x+")
            except FileExistsError:
                release(file)
                continue
            except OSError:
                release(file)
                raise
            self._path, self._number = file, number
            if os.name == "posix":  # NTFS keeps its directory in its own journal
                file.chmod(0o600)
                _sync_directory(self._packs)
            return made


def read(packs: Path, sealed: Sealed) -> bytes:
    """Return what was sealed; raises DiskTrouble when the record is damaged or gone."""
    try:
        return sealing.unseal(read_sealed(packs, sealed), sealed.key, sealed.size)
    except ValueError as error:
        raise _damaged(sealed) from error


def read_sealed(packs: Path, sealed: Sealed) -> bytes:
    """Return the record as it lies in the pack."""
    try:
        with FileIO(path(packs, sealed.pack)) as file:
            file.seek(sealed.position)
            body = bytearray()
            while len(body) < sealed.length:
                piece = file.read(sealed.length - len(body))
                if not piece:
                    break
                body += piece
    except FileNotFoundError as error:
        raise _damaged(sealed) from error
    except OSError as error:
        raise disk_trouble(error) from error
    return bytes(body)


def cut_tail(file: Path, size: int) -> bool:
    """Cut what lies after the last committed record; True when something was cut."""
    try:
        if file.stat().st_size <= size:
            return False
        os.truncate(file, size)
    except OSError as error:
        raise disk_trouble(error) from error
    return True


def delete(file: Path) -> None:
    """Delete a pack that no row refers to."""
    try:
        file.unlink(missing_ok=True)
    except PermissionError:  # Windows, while somebody reads it: it goes at the next start
        pass
    except OSError as error:
        raise disk_trouble(error) from error


def _damaged(sealed: Sealed) -> DiskTrouble:
    return DiskTrouble(
        f"The stored copy of a message is damaged (pack {sealed.pack}, at {sealed.position}).",
        "Run missive-desktop doctor; the mail server may still have it.",
    )


def _write(file: FileIO, body: bytes) -> None:
    written = file.write(body)
    while written < len(body):  # a write may be short, as on a nearly full disk
        written += file.write(memoryview(body)[written:])


def _datasync(descriptor: int) -> None:
    getattr(os, "fdatasync", os.fsync)(descriptor)  # Windows and macOS have fsync only


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
