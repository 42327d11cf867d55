"""Frames: values of the protocol to bytes and back, and bytes cut at their lengths.

Knows nothing of pipes and sockets. What does not fit the protocol is `PeerBroken`.
"""

from __future__ import annotations

import struct
from typing import cast

import msgspec

from missive_desktop.engine.protocol import FRAME_LIMIT, FromEngine, ToEngine
from missive_desktop.errors import PeerBroken
from missive_wire import shapes

_HEADER = struct.Struct(">I")
HEADER_SIZE = _HEADER.size

_encoder = msgspec.json.Encoder()
_to_engine = shapes.decoder(ToEngine)
_from_engine = shapes.decoder(FromEngine)


def encode(value: ToEngine | FromEngine) -> bytes:
    """Return the payload of one frame."""
    payload = _encoder.encode(value)
    if len(payload) > FRAME_LIMIT:
        raise PeerBroken("This is too large to be handed to the mail engine.")
    return payload


def decode_call(payload: bytes) -> ToEngine:
    """Read what a client sent."""
    return cast(ToEngine, _decode(_to_engine, payload))


def decode_reply(payload: bytes) -> FromEngine:
    """Read what the engine sent."""
    return cast(FromEngine, _decode(_from_engine, payload))


def _decode(decoder: msgspec.json.Decoder[object], payload: bytes) -> object:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PeerBroken("Window and mail engine do not understand each other.") from error


def header(size: int) -> bytes:
    """Return what stands before a payload of `size` bytes on a pipe."""
    return _HEADER.pack(size)


def size_of(head: bytes) -> int:
    """Return how many bytes follow `head`; a size beyond the limit is not to be waited for."""
    size = int(_HEADER.unpack(head)[0])
    if size > FRAME_LIMIT:
        raise PeerBroken("Window and mail engine do not understand each other.")
    return size
