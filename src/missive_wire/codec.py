"""JSON to values and back. What cannot be read raises `Malformed`, never anything else.

The time it costs grows with the length of what is read, whatever stands in it.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from missive_wire import limits, shapes

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


class Malformed(Exception):
    """Not what was agreed on. `str()` names the place and never what stood there."""


def encode(value: Any) -> bytes:
    return _encoder.encode(value)


def canonical(value: Any) -> bytes:
    """The same bytes for the same value on every machine: what is hashed and signed."""
    return msgspec.json.encode(value, order="sorted")


def decode(data: bytes | bytearray | str, shape: type[T], limit: int = limits.REQUEST) -> T:
    """Return the value; of frames, which are unions, see `frames`."""
    value: T = decode_any(data, shape, limit)
    return value


def decode_any(data: bytes | bytearray | str, shape: Any, limit: int) -> Any:
    """As `decode`, for what is no class: a union of tagged structs."""
    return read(shapes.decoder(shape), data, limit)


def read(with_: msgspec.json.Decoder[Any], data: bytes | bytearray | str, limit: int) -> Any:
    """As `decode`, by a decoder in hand: a union that is deep takes long to be looked up."""
    if len(data) > limit:
        raise Malformed("too large")
    try:
        return with_.decode(data)
    except msgspec.ValidationError as error:
        raise Malformed(_where(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Malformed("not JSON") from None


def _where(text: str) -> str:
    """What msgspec says, without values that it may quote."""
    place = text.rpartition(" - at `")[2].rstrip("`") if " - at `" in text else "$"
    return f"not as agreed at {place[:100]}"
