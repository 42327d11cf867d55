"""The organization's root: one seed, written down by the owner and kept on no disk.

It is the recovery key and the anchor of all trust: it certifies the first owner, is one more device
in every grant (its id is the organization's), and gives who lost everything a new identity.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property

from missive_desktop.team.keys import fingerprints, primitives
from missive_desktop.team.keys.primitives import BoxKey, SigningKey
from missive_desktop.team.keys.trouble import BadRecoveryKey

_CHECK = 3  # bytes of checksum behind the seed: 56 letters, 14 groups of four
_LETTERS = (primitives.KEY + _CHECK) * 8 // 5


@dataclass(frozen=True)
class RootPublic:
    """The public halves; what a device learns, once, from a certificate that fits the link."""

    org: str
    sign: bytes
    box: bytes

    @property
    def fingerprint(self) -> bytes:
        return fingerprints.of_root(self.org, self.sign, self.box)


@dataclass(frozen=True)
class Root:
    """The recovery key of an organization."""

    org: str
    seed: bytes = field(repr=False)

    @cached_property
    def sign(self) -> SigningKey:
        return SigningKey(primitives.derived(self.seed, "root sign"))

    @cached_property
    def box(self) -> BoxKey:
        return BoxKey(primitives.derived(self.seed, "root box"))

    @property
    def public(self) -> RootPublic:
        return RootPublic(self.org, self.sign.public, self.box.public)


def new_root(org: str) -> Root:
    return Root(org, os.urandom(primitives.KEY))


def written(root: Root) -> str:
    """Return the recovery key as it is shown, once: groups of four, the last with a checksum."""
    return fingerprints.grouped(fingerprints.spelled(root.seed + _checksum(root.seed)))


def read_back(org: str, typed: str) -> Root:
    """Return the recovery key that was typed, in whatever case, grouping, and with O for 0."""
    given = fingerprints.read(typed)
    if len(given) != _LETTERS:
        raise BadRecoveryKey(
            f"A recovery key has {_LETTERS} letters and digits in {_LETTERS // 4} groups;"
            f" these are {len(given)}."
        )
    for at in range(0, _LETTERS, 4):
        if fingerprints.value(given[at : at + 4]) is None:
            raise BadRecoveryKey(f"Group {at // 4 + 1} has a letter that no recovery key has.")
    seed = _seed(given)
    if seed is None:
        groups = " or ".join(f"group {group}" for group in _mistaken(given))
        where = f"Look at {groups}." if groups else "Compare each group."
        raise BadRecoveryKey(f"There is a mistake in this recovery key. {where}")
    return Root(org, seed)


def _seed(letters: str) -> bytes | None:
    number = fingerprints.value(letters)
    if number is None:
        return None
    data = number.to_bytes(primitives.KEY + _CHECK, "big")
    seed, check = data[: primitives.KEY], data[primitives.KEY :]
    return seed if primitives.equal(check, _checksum(seed)) else None


def _mistaken(letters: str) -> list[int]:
    """Return the groups in which one letter, or two that changed places, may be the mistake.

    Once in ten thousand mistakes a change at another place fits the checksum as well.
    """
    found: set[int] = set()
    for at, letter in enumerate(letters):
        swapped = letters[:at] + letters[at + 1 : at + 2] + letter + letters[at + 2 :]
        changed = [letters[:at] + other + letters[at + 1 :] for other in fingerprints.letters()]
        if any(_seed(each) is not None for each in (swapped, *changed)):
            found.add(at // 4 + 1)
    return sorted(found)


def _checksum(seed: bytes) -> bytes:
    return primitives.digest("recovery key", seed, _CHECK)
