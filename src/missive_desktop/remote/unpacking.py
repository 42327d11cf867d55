"""Content-Encoding undone in bounded steps: what is packed small may be huge. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

_STEP = 256 * 1024


class Unreadable(Exception):
    """It is packed in a way that is not read here, or wrongly."""


def unpacked(encoding: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content in pieces of bounded size; whoever takes them may stop at any time."""
    match encoding.strip().lower():
        case "" | "identity":
            yield from chunks
        case "gzip" | "x-gzip":
            yield from _inflated(zlib.decompressobj(wbits=31), chunks)
        case "deflate":
            yield from _inflated(None, chunks)
        case _:
            raise Unreadable(encoding)


def _inflated(machine: zlib._Decompress | None, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if machine is None and chunk:  # RFC 9110 8.4.1.2: zlib's form, but some send it bare
            machine = zlib.decompressobj(wbits=15 if chunk[0] & 0x0F == 8 else -15)
        rest = chunk
        while machine is not None and rest and not machine.eof:
            try:
                piece = machine.decompress(rest, _STEP)
            except zlib.error as error:
                raise Unreadable("damaged") from error
            rest = machine.unconsumed_tail
            if piece:
                yield piece
