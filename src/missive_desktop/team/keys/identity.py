"""A person's identity: an Ed25519 pair whose private half lies on each of their devices."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

from missive_desktop.team.keys import fingerprints, primitives
from missive_desktop.team.keys.primitives import SigningKey


@dataclass(frozen=True)
class Identity:
    user: str
    sign: SigningKey

    @property
    def public(self) -> bytes:
        return self.sign.public


_OWNS = "owns"


def proof(identity: Identity, org: str, device: str, sign: bytes) -> bytes:
    """Sign, for whenever the device is gone, that what it wrote is this person's."""
    return identity.sign.sign(_OWNS, primitives.joined(org, identity.user, device, sign))


@lru_cache(maxsize=1 << 12)  # the directory is judged anew with each change
def owns(public: bytes, org: str, user: str, device: str, sign: bytes, proved: bytes) -> bool:
    """Say whether the person of this identity signed that a device is theirs."""
    return primitives.verified(public, proved, _OWNS, primitives.joined(org, user, device, sign))


def new_identity(user: str) -> Identity:
    return Identity(user, SigningKey(os.urandom(primitives.KEY)))


def kept_identity(user: str, seed: bytes) -> Identity:
    """Return an identity from what `identity.sign.seed` was when it was put away."""
    return Identity(user, SigningKey(seed))


def shown(org: str, user: str, public: bytes) -> str:
    """Return what two people compare to know that the server swapped no keys between them."""
    return fingerprints.shown(fingerprints.of_person(org, user, public))
