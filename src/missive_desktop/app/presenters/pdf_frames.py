"""Frames between the window and the process that reads a PDF: four bytes of length, then the bytes.

Stands alone, so that the window never loads what reads PDFs.
"""

from __future__ import annotations

import struct
from typing import BinaryIO


def read_frame(pipe: BinaryIO, limit: int = 1 << 30) -> bytes | None:
    """Read a frame, or nothing at the end and where it says to be longer than `limit`."""
    head = _exactly(pipe, 4)
    length = struct.unpack("<I", head)[0] if head is not None else limit + 1
    return _exactly(pipe, length) if length <= limit else None


def write_frame(pipe: BinaryIO, data: bytes) -> None:
    pipe.write(struct.pack("<I", len(data)))
    pipe.write(data)
    pipe.flush()


def _exactly(pipe: BinaryIO, length: int) -> bytes | None:
    out = bytearray()
    while len(out) < length:
        piece = pipe.read(min(length - len(out), 1 << 20))
        if not piece:
            return None
        out += piece
    return bytes(out)
