"""A frame as it goes out: encoded once, and the same bytes to everybody (RFC 6455 5.2).

Extensions are off and servers mask nothing, so a WebSocket frame is the same on every connection.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec

from missive_wire.frames import FromServer, Poke

_TEXT = 0x81  # the last frame of a message, and text
_encoder = msgspec.json.Encoder()


class Frame(NamedTuple):
    """`to` is how far a change goes; 0: not a change. What is `brief` may get lost."""

    data: bytes
    scope: str = ""
    e: str = ""
    to: int = 0
    brief: bool = False


def framed(text: bytes) -> bytes:
    size = len(text)
    if size < 126:
        return struct.pack("!BB", _TEXT, size) + text
    if size < 1 << 16:
        return struct.pack("!BBH", _TEXT, 126, size) + text
    return struct.pack("!BBQ", _TEXT, 127, size) + text


def encoded(value: FromServer) -> bytes:
    return framed(_encoder.encode(value))


def control(value: FromServer, scope: str = "", *, brief: bool = False) -> Frame:
    """Return a frame that carries no rows."""
    return Frame(encoded(value), scope, brief=brief)


def poke(scope: str, e: str, head: int) -> Frame:
    return control(Poke(scope=scope, e=e, head=head), scope)
