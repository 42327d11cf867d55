"""Sealing one raw message: AES-256-GCM over zstd, under a fresh key that is used once.

Knows no file and no database, so that any process may seal for the one that writes.
"""

from __future__ import annotations

import os

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_LEVEL = 1  # higher levels cost more time than they save room
_NONCE = bytes(12)  # the key is used once, so the nonce need not differ
_KEY_BYTES = 32


class Sealer:
    """Seals messages; for one thread."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)

    def seal(self, raw: bytes | bytearray | memoryview) -> tuple[bytes, bytes]:
        """Return the record and the only key that opens it."""
        key = os.urandom(_KEY_BYTES)
        return AESGCM(key).encrypt(_NONCE, self._compressor.compress(raw), None), key


def unseal(body: bytes, key: bytes, size: int) -> bytes:
    """Return what was sealed; raises ValueError when the record was damaged."""
    try:
        packed = AESGCM(key).decrypt(_NONCE, body, None)
        raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=max(size, 1))
    except (InvalidTag, zstandard.ZstdError) as error:
        raise ValueError("the record is damaged") from error
    if len(raw) != size:
        raise ValueError("the record has another size")
    return raw
