"""Certificates: a statement as JSON, who signed it, and the signature, as one text in a header.

Text: `<statement>.<signer>.<signature>` in base64url; behind a `~` each, certificates that it
takes the place of, or that its signer rests on. Signed are the very bytes that are
carried, so there is nothing to normalize. Whether the signer may say so is for `trust` to judge.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from missive_desktop.team.keys import primitives
from missive_desktop.team.keys.primitives import SigningKey
from missive_desktop.team.keys.statements import Statement
from missive_wire import shapes

DIGEST = 12
_LABEL = "certificate"
_MOST = 8192  # letters, as the server's header allows

Kind = Literal["root", "device", "identity", "invite"]


class Signer(msgspec.Struct, frozen=True, array_like=True):
    """Whose key it is: the root's, a device's, a user's identity, or an invitation's.

    `user`: whose device or identity; "" else.
    """

    kind: Kind
    id: str
    user: str = ""


class Certificate(NamedTuple):
    text: str
    statement: Statement
    signer: Signer
    signed: bytes
    signature: bytes
    digest: bytes  # names this statement of this signer, whatever signature it bears
    via: str = ""  # certificates that came along, for its signer


def certified(statement: Statement, signer: Signer, key: SigningKey, via: str = "") -> str:
    """Sign a statement."""
    body = msgspec.json.encode(statement)
    who = msgspec.json.encode(signer)
    signature = key.sign(_LABEL, primitives.joined(body, who))
    made = ".".join(primitives.text(part) for part in (body, who, signature))
    return f"{made}~{via}" if via else made


@lru_cache(maxsize=1 << 14)  # the directory is read anew with each change
def read(cert: str) -> Certificate | None:
    """Return a certificate, its signature unproven; None for what is none."""
    if len(cert) > _MOST:
        return None
    own, _, via = cert.partition("~")
    try:
        body, who, signature = (primitives.raw(part) for part in own.split("."))
        statement = shapes.read(body, Statement)
        signer = shapes.read(who, Signer)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
    signed = primitives.joined(body, who)
    digest = primitives.digest(_LABEL, signed, DIGEST)
    return Certificate(cert, statement, signer, signed, signature, digest, via)


@lru_cache(maxsize=1 << 14)
def _proven(signature: bytes, signed: bytes, public: bytes) -> bool:
    return primitives.verified(public, signature, _LABEL, signed)


def proven(certificate: Certificate, public: bytes) -> bool:
    """Say whether this key made the signature."""
    return _proven(certificate.signature, certificate.signed, public)


def packed(digests: list[bytes]) -> bytes:
    return b"".join(sorted(digests))


def unpacked(keeps: bytes) -> frozenset[bytes]:
    whole = range(0, len(keeps) - len(keeps) % DIGEST, DIGEST)
    return frozenset(keeps[at : at + DIGEST] for at in whole)
