"""The few building blocks of all keys: libsodium through PyNaCl, each use under a label of its own.

Private halves are values that show nothing of themselves in reprs, logs and errors.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property

from nacl import bindings
from nacl.exceptions import CryptoError

KEY = 32
NONCE = 24
SIGNATURE = 64
SEAL = 48  # what a sealed box adds


@dataclass(frozen=True)
class SigningKey:
    """The private half of an Ed25519 pair."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != KEY:
            raise ValueError("not a signing key")

    @cached_property
    def _pair(self) -> tuple[bytes, bytes]:
        public, private = bindings.crypto_sign_seed_keypair(self.seed)
        return bytes(public), bytes(private)

    @property
    def public(self) -> bytes:
        return self._pair[0]

    def sign(self, label: str, message: bytes) -> bytes:
        """Return the signature of a message. What is signed under one label counts for no other."""
        return self.sign_as_is(labelled(label, message))

    def sign_as_is(self, message: bytes) -> bytes:
        """Sign what the wire package words: it brings a beginning of its own that is no label."""
        return bytes(bindings.crypto_sign(message, self._pair[1])[:SIGNATURE])


@dataclass(frozen=True)
class BoxKey:
    """The private half of an X25519 pair: opens what was sealed to its public half."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != KEY:
            raise ValueError("not a box key")

    @cached_property
    def _pair(self) -> tuple[bytes, bytes]:
        public, private = bindings.crypto_box_seed_keypair(self.seed)
        return bytes(public), bytes(private)

    @property
    def public(self) -> bytes:
        return self._pair[0]

    def open(self, sealed: bytes) -> bytes | None:
        """Return what was sealed to this key, or None for anything else."""
        if len(sealed) < SEAL:
            return None
        try:
            return bytes(bindings.crypto_box_seal_open(sealed, *self._pair))
        except CryptoError:
            return None


def labelled(label: str, message: bytes) -> bytes:
    return f"missive {label}\0".encode() + message


def verified(public: bytes, signature: bytes, label: str, message: bytes) -> bool:
    if len(public) != KEY or len(signature) != SIGNATURE:
        return False
    try:
        bindings.crypto_sign_open(signature + labelled(label, message), public)
    except CryptoError:
        return False
    return True


def sealed_to(public: bytes, message: bytes) -> bytes:
    """Seal for the owner of a public half. Says nothing of who sealed it: sign beside it."""
    return bytes(bindings.crypto_box_seal(message, public))


def encrypted(key: bytes, message: bytes, aad: bytes) -> bytes:
    """Return nonce and XChaCha20-Poly1305 ciphertext: random nonces of 24 bytes never meet."""
    nonce = os.urandom(NONCE)
    encrypt = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt
    return nonce + bytes(encrypt(message, aad, nonce, key))


def decrypted(key: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    """Return the message, or None where key, AAD or a single bit differ."""
    if len(sealed) < NONCE + 16:
        return None
    decrypt = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt
    try:
        return bytes(decrypt(sealed[NONCE:], aad, sealed[:NONCE], key))
    except CryptoError:
        return None


def derived(secret: bytes, label: str, about: bytes = b"") -> bytes:
    """Return a key of its own for each label; nothing leads back, nor from one to another."""
    return hashlib.blake2b(labelled(label, about), key=secret, digest_size=KEY).digest()


def digest(label: str, message: bytes, size: int = KEY) -> bytes:
    return hashlib.blake2b(labelled(label, message), digest_size=size).digest()


def joined(*parts: bytes | str | int) -> bytes:
    """Return parts as one text that only these parts give: each has its length before it."""
    out = bytearray()
    for part in parts:
        raw = str(part).encode() if isinstance(part, int | str) else part
        out += len(raw).to_bytes(4, "big") + raw
    return bytes(out)


def equal(one: bytes, other: bytes) -> bool:
    """Compare without telling by the time it takes where they differ."""
    return hmac.compare_digest(one, other)


def text(raw: bytes) -> str:
    """Return bytes as letters that may stand in an address."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text_: str) -> bytes:
    """Return the bytes of such letters. ValueError for what is none, or has more than it needs."""
    if not text_.isascii():
        raise ValueError("not base64")
    found = urlsafe_b64decode(text_ + "=" * (-len(text_) % 4))
    if text(found) != text_:
        raise ValueError("not base64")
    return found
