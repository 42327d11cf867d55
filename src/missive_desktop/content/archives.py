"""The names inside zip and tar archives, read from memory without unpacking. Bounded, never raises.

A zip says its names twice; both are read, for programs differ in which they believe.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

MAX_MEMBERS = 2_000
_MAX_UNPACKED = 4 * 1024 * 1024  # of a compressed tar, to read names
_MAX_LONG = 4_096  # bytes of a name that is written apart
_PATH = re.compile(rb"\d+ path=([^\n]+)\n")  # POSIX pax, "Extended Header Records"
_LOCAL = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"
_GZIP = b"\x1f\x8b\x08"


class Members(NamedTuple):
    """What an archive holds, as far as it was read."""

    names: tuple[str, ...]
    encrypted: bool
    cut: bool = False  # it holds more than was read


def zip_members(data: bytes) -> Members:
    """Read the names of a zip archive from its directory and from its entries."""
    names: dict[str, None] = {}
    encrypted = cut = False
    for mark, flags_at, lengths_at, name_at in ((_CENTRAL, 8, 28, 46), (_LOCAL, 6, 26, 30)):
        for count, at in enumerate(_places(data, mark)):
            if count == MAX_MEMBERS:
                cut = True
                break
            if at + name_at > len(data):
                break
            flags, length = _number(data, at + flags_at), _number(data, at + lengths_at)
            name = data[at + name_at : at + name_at + length]
            if not 0 < len(name) <= 1024:
                continue
            names[name.decode("utf-8" if flags & 0x800 else "cp437", "replace")] = None
            encrypted = encrypted or bool(flags & 1)
    return Members(tuple(names), encrypted, cut)


def is_tar(data: bytes) -> bool:
    """Say whether `data` is a tar archive, compressed by gzip or not."""
    return data[257:262] == b"ustar" or data.startswith(_GZIP)


def tar_members(data: bytes) -> Members:
    """Read the names of a tar archive as far as its first megabytes go."""
    cut = False
    if data.startswith(_GZIP):
        packed = zlib.decompressobj(31)
        try:
            data = packed.decompress(data, _MAX_UNPACKED)
            cut = bool(packed.unconsumed_tail)
        except zlib.error:
            return Members((), False)
    names: list[str] = []
    at = 0
    while data[at + 257 : at + 262] == b"ustar" and len(names) < MAX_MEMBERS:
        names.append(data[at : at + 100].split(b"\0")[0].decode("utf-8", "replace"))
        digits = data[at + 124 : at + 135].strip(b" \0")
        size = int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else 0
        kind = data[at + 156 : at + 157]
        if kind in (b"L", b"x"):  # the whole of a long name stands before the member
            text = data[at + 512 : at + 512 + min(size, _MAX_LONG)]
            found = _PATH.search(text) if kind == b"x" else None
            whole = found[1] if found is not None else text.split(b"\0")[0]
            names.append(whole.decode("utf-8", "replace"))
        at += 512 + (size + 511) // 512 * 512
    return Members(tuple(names), False, cut or len(names) >= MAX_MEMBERS)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 4)


def _number(data: bytes, at: int) -> int:
    found: int = struct.unpack_from("<H", data, at)[0]
    return found
