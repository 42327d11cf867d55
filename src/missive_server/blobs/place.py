"""What a place for files offers. A file is named by its organization and the hash of its bytes.

It arrives in parts, which lie aside until all are there and their hash is right; only then does
the file exist. Each device has parts of its own, so that nobody can spoil what another one sends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from missive_wire.ids import is_hash, is_id

CHUNK = 256 << 10  # bytes that are read at a time


class Name(NamedTuple):
    org: str
    hash: str  # SHA-256 in hex

    def path(self) -> str:
        """Return where the file lies: two levels of folders, so that none grows too large."""
        if not (is_id(self.org) and is_hash(self.hash)):
            raise ValueError("not the name of a file")
        return f"{self.org}/{self.hash[:2]}/{self.hash[2:4]}/{self.hash}"


class Upload(NamedTuple):
    org: str
    hash: str
    device: str

    def path(self) -> str:
        if not is_id(self.device):
            raise ValueError("not the name of a device")
        Name(self.org, self.hash).path()
        return f"parts/{self.org}/{self.hash}/{self.device}"

    @property
    def name(self) -> Name:
        return Name(self.org, self.hash)


class Place(Protocol):
    """Trouble, or Full, where the disk or the storage does not do it."""

    async def arrived(self, upload: Upload) -> int:
        """Return how many bytes of a file lie aside, counted from its front."""
        ...

    async def keep(self, upload: Upload, at: int, data: bytes) -> None:
        """Lay a part aside. It is on the disk on return."""
        ...

    async def finish(self, upload: Upload) -> bool:
        """Make a file of the parts, if they have its hash; forget them in any case."""
        ...

    async def drop(self, upload: Upload) -> None:
        """Forget the parts."""
        ...

    def read(self, name: Name, start: int, end: int) -> AsyncIterator[bytes]:
        """Read bytes from `start` up to `end`."""
        ...

    async def delete(self, name: Name) -> None:
        """Forget a file; it may be gone already."""
        ...

    async def check(self) -> bool:
        """Say whether the place answers."""
        ...


def from_front(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return those parts (begin, size) that follow each other from the front, without a gap."""
    found: list[tuple[int, int]] = []
    end = 0
    for begin, size in sorted(parts):
        if begin == end and size:
            found.append((begin, size))
            end += size
    return found
