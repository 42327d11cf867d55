"""Signs mail as a sender's server does, with keys of its own, and knows the records of its keys.

RSA is signed by dkimpy, another implementation than the one that verifies.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dkim.canonicalization import Relaxed

from missive_desktop.errors import Offline

DEFAULT_HEADERS = (b"from", b"to", b"subject", b"date")


@cache
def rsa_key(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


@cache
def ed25519_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def rsa_record(bits: int = 2048, extra: str = "") -> bytes:
    data = rsa_key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; {extra}p={base64.b64encode(data).decode()}".encode()


def ed25519_record() -> bytes:
    data = ed25519_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(data).decode()}".encode()


def sign(
    raw: bytes,
    domain: str = "shop.example",
    selector: str = "k1",
    *,
    headers: tuple[bytes, ...] = DEFAULT_HEADERS,
    bits: int = 2048,
    relaxed: bool = True,
    length: bool = False,
    identity: str = "",
) -> bytes:
    """Return the mail with a signature of `domain` before it."""
    pem = rsa_key(bits).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    way = b"relaxed" if relaxed else b"simple"
    field = dkim.sign(
        raw,
        selector.encode(),
        domain.encode(),
        pem,
        include_headers=list(headers),
        canonicalize=(way, way),
        length=length,
        identity=identity.encode() or None,
    )
    return field + raw


def sign_ed25519(raw: bytes, domain: str = "shop.example", selector: str = "e1") -> bytes:
    """Return the mail with a signature as RFC 8463 has it (relaxed both ways)."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = [tuple(line.split(b":", 1)) for line in head.split(b"\r\n")]
    body_hash = base64.b64encode(hashlib.sha256(Relaxed.canonicalize_body(body)).digest())
    value = (
        b" v=1; a=ed25519-sha256; c=relaxed/relaxed; d=" + domain.encode() + b"; s="
        + selector.encode() + b"; h=from:to:subject; bh=" + body_hash + b"; b="
    )  # fmt: skip
    known = {name.lower(): data for name, data in fields}
    signed = [(name, known[name] + b"\r\n") for name in (b"from", b"to", b"subject")]
    lines = [name + b":" + data for name, data in Relaxed.canonicalize_headers(signed)]
    own = Relaxed.canonicalize_headers([(b"DKIM-Signature", value)])[0]
    data = b"".join(lines) + own[0] + b":" + own[1].removesuffix(b"\r\n")
    signature = ed25519_key().sign(hashlib.sha256(data).digest())
    return b"DKIM-Signature:" + value + base64.b64encode(signature) + b"\r\n" + raw


class Zone:
    """Text records of names, answered from memory; counts who was asked."""

    def __init__(self, records: dict[str, bytes], *, offline: bool = False) -> None:
        self.records = records
        self.offline = offline
        self.asked: list[str] = []

    def __call__(self, name: str, /) -> tuple[bytes, ...]:
        self.asked.append(name)
        if self.offline:
            raise Offline("no names")
        return (self.records[name],) if name in self.records else ()


def zone() -> Zone:
    """The records of both keys, for shop.example."""
    return Zone(
        {
            "k1._domainkey.shop.example": rsa_record(),
            "e1._domainkey.shop.example": ed25519_record(),
            "_dmarc.shop.example": b"v=DMARC1; p=reject; sp=none",
        }
    )
