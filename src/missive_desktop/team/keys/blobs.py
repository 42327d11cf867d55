"""Blobs: files sealed in chunks, with constant memory, under a key that nothing else has.

Form: one byte, the header of libsecretstream, then chunks of CHUNK bytes, the last one marked; so
what is cut off, doubled or moved does not open. A blob's address is the SHA-256 of all of that; its
key lies in the sealed body that refers to it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from nacl import bindings
from nacl.exceptions import CryptoError

from missive_desktop.team.keys import primitives
from missive_desktop.team.keys.trouble import Tampered

CHUNK = 64 << 10
_FORM = b"\x01"
_EXTRA = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE


class SealedBlob(NamedTuple):
    hash: str  # SHA-256 of the sealed bytes, hex: the address
    size: int  # of the sealed bytes
    plain_size: int
    plain_hash: str  # SHA-256 of what was sealed, hex


def new_key() -> bytes:
    return os.urandom(primitives.KEY)


def key_of(letters: str) -> bytes:
    """Return a key as it stands in a body, which any member may have written; Tampered for none."""
    try:
        key = bytes.fromhex(letters)
    except ValueError:
        key = b""
    if len(key) != primitives.KEY:
        raise _broken()
    return key


def sealed_size(plain: int) -> int:
    return len(_FORM) + _HEADER + plain + _EXTRA * max(1, -(-plain // CHUNK))


def seal_file(key: bytes, source: BinaryIO, target: BinaryIO) -> SealedBlob:
    """Seal all of a file into another."""
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    address, plain = hashlib.sha256(), hashlib.sha256()
    sizes = [0, 0]

    def put(data: bytes) -> None:
        target.write(data)
        address.update(data)
        sizes[0] += len(data)

    put(_FORM + bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key))
    for chunk, last in _chunks(source, CHUNK):
        plain.update(chunk)
        sizes[1] += len(chunk)
        tag = _FINAL if last else _MESSAGE
        put(bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, None, tag))
    return SealedBlob(address.hexdigest(), sizes[0], sizes[1], plain.hexdigest())


def open_file(key: bytes, source: BinaryIO, target: BinaryIO, address: str = "") -> int:
    """Open a blob into a file and return its size.

    Each chunk is proven before it is written, the end only at the end: on Tampered throw away what
    was written. With `address` the sealed bytes must have that hash.
    """
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    hashed, size, done = hashlib.sha256(), 0, False
    start = _exactly(source, len(_FORM) + _HEADER)
    hashed.update(start)
    if start[:1] != _FORM or len(start) != len(_FORM) + _HEADER:
        raise _broken()
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, start[len(_FORM) :], key)
    for sealed, _ in _chunks(source, CHUNK + _EXTRA):
        if done or len(sealed) < _EXTRA:
            raise _broken()
        try:
            chunk, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed, None)
        except CryptoError as error:
            raise _broken() from error
        hashed.update(sealed)
        target.write(chunk)
        size += len(chunk)
        done = tag == _FINAL
    if not done or (address and hashed.hexdigest() != address):
        raise _broken()
    return size


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield whole chunks and whether it is the last; an empty file has one empty chunk."""
    chunk = _exactly(source, size)
    while True:
        following = _exactly(source, size) if len(chunk) == size else b""
        yield chunk, not following
        if not following:
            return
        chunk = following


def _exactly(source: BinaryIO, size: int) -> bytes:
    """Read so many bytes, or what there is: pipes and sockets give less at a time."""
    parts, left = [], size
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _broken() -> Tampered:
    return Tampered(
        "This file is not what was put there: it was changed, or a piece is missing.",
        "Ask for it again.",
    )
