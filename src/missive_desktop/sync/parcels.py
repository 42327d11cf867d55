"""What a pull and the process that helps it say to each other, as frames on two pipes.

Orders go there, finished messages come back: digested, hashed and sealed, never raw. Knows the
shape of both and nothing of what is done with them.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.message import Digest
from missive_wire import shapes

_HEADER = struct.Struct(">Q")
FRAME_LIMIT = 1 << 30  # one message of the largest size, and room


class Start(msgspec.Struct, tag=True):
    """The first frame: where to sign in."""

    settings: AccountSettings
    secret: str


class Order(msgspec.Struct, tag=True):
    """Bring these messages of a folder, in this order. Answered by boxes and an empty box."""

    folder: str
    uidvalidity: int
    uids: list[int]


class Parcel(msgspec.Struct, array_like=True):
    """One message, ready for the store. Without a digest there is only a `problem`."""

    uid: int
    flags: int
    keywords: str
    received: int
    provider_id: int
    provider_thread: int
    problem: str
    digest: Digest | None = None
    hash: bytes = b""
    size: int = 0
    key: bytes = b""
    body: bytes = b""  # as it will lie in the pack; `key` opens it


encoder = msgspec.msgpack.Encoder()
_boxes: msgspec.msgpack.Decoder[list[Parcel]] = shapes.unpacker(list[Parcel])
_orders: msgspec.msgpack.Decoder[Start | Order] = shapes.unpacker(Start | Order)


def write(pipe: BinaryIO, value: Start | Order | list[Parcel]) -> None:
    """Write one frame; raises UnicodeEncodeError before anything is written."""
    payload = encoder.encode(value)
    write_all(pipe, _HEADER.pack(len(payload)))
    write_all(pipe, payload)


def write_all(pipe: BinaryIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered pipe."""
    view = memoryview(data)
    while view:
        view = view[pipe.write(view) :]


def read_box(pipe: BinaryIO) -> list[Parcel]:
    """Read what came back; raises EOFError at the end, ValueError for nonsense."""
    return _boxes.decode(_frame(pipe))


def read_order(pipe: BinaryIO) -> Start | Order:
    """Read what is wanted; raises EOFError at the end, ValueError for nonsense."""
    order: Start | Order = _orders.decode(_frame(pipe))
    return order


def _frame(pipe: BinaryIO) -> bytearray:
    size: int = _HEADER.unpack(_exactly(pipe, _HEADER.size))[0]
    if size > FRAME_LIMIT:
        raise ValueError("a frame of this size cannot be meant")
    return _exactly(pipe, size)


def _exactly(pipe: BinaryIO, size: int) -> bytearray:
    made = bytearray(size)
    view, have = memoryview(made), 0
    while have < size:
        count = pipe.readinto(view[have:])  # type: ignore[attr-defined]  # unbuffered
        if not count:
            raise EOFError
        have += count
    return made
