"""What reads JSON and plain values into shapes: made once for each, whichever thread is first.

msgspec learns a struct bit by bit when it is first read, and a thread that reads the same one
meanwhile ends the process. So everybody reads by what is made here, one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

_learning = threading.RLock()
_json: dict[Any, msgspec.json.Decoder[Any]] = {}
_packed: dict[Any, msgspec.msgpack.Decoder[Any]] = {}


def decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Return what reads a shape from JSON."""
    found = _json.get(shape)
    if found is None:
        with _learning:
            found = _json.setdefault(shape, msgspec.json.Decoder(shape))
    return found


def unpacker(
    shape: Any, hook: Callable[[Any, Any], Any] | None = None
) -> msgspec.msgpack.Decoder[Any]:
    """Return what reads a shape from MessagePack; `hook` makes what msgspec does not know."""
    found = _packed.get(shape)
    if found is None:
        with _learning:
            found = _packed.setdefault(shape, msgspec.msgpack.Decoder(shape, dec_hook=hook))
    return found


@overload
def read(data: bytes | bytearray | str, shape: type[T]) -> T: ...
@overload
def read(data: bytes | bytearray | str, shape: Any) -> Any: ...
def read(data: bytes | bytearray | str, shape: Any) -> Any:
    """Read JSON, as `msgspec.json.decode` does."""
    return decoder(shape).decode(data)


@overload
def convert(value: Any, shape: type[T]) -> T: ...
@overload
def convert(value: Any, shape: Any) -> Any: ...
def convert(value: Any, shape: Any) -> Any:
    """Make a shape of plain values, as `msgspec.convert` does."""
    decoder(shape)
    return msgspec.convert(value, shape)
