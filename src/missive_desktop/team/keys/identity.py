"""A person's identity: an Ed25519 pair whose private half lies on each of their devices."""

from __future__ import annotations

import os
from dataclasses import dataclass

from missive_desktop.team.keys import fingerprints, primitives
from missive_desktop.team.keys.primitives import SigningKey


@dataclass(frozen=True)
class Identity:
    user: str
    sign: SigningKey

    @property
    def public(self) -> bytes:
        return self.sign.public


def new_identity(user: str) -> Identity:
    return Identity(user, SigningKey(os.urandom(primitives.KEY)))


def kept_identity(user: str, seed: bytes) -> Identity:
    """Return an identity from what `identity.sign.seed` was when it was put away."""
    return Identity(user, SigningKey(seed))


def shown(org: str, user: str, public: bytes) -> str:
    """Return what two people compare to know that the server swapped no keys between them."""
    return fingerprints.shown(fingerprints.of_person(org, user, public))
