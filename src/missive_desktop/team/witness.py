"""What members' devices tell each other of the trail, inside all that they seal.

Each says up to where it followed the chain of the scope, and of the organization, and the hash it
found there. The server cannot read, change or take out what is sealed: where it shows two members
different histories, the first word that passes between them betrays it.
"""

from __future__ import annotations

import struct
import threading
from typing import NamedTuple

from missive_wire.ids import org_scope

_ONE = struct.Struct(">QQ32s")
SIZE = 2 * _ONE.size


class Claim(NamedTuple):
    """Where a chain ended, as the server signed it at that time (ms)."""

    n: int = 0
    at: int = 0
    h: bytes = bytes(32)


def packed(own: Claim, org: Claim) -> bytes:
    return _ONE.pack(*own) + _ONE.pack(*org)


def unpacked(seen: bytes) -> tuple[Claim, Claim]:
    """Return what is said of the scope's own chain, and of the organization's."""
    if len(seen) != SIZE:
        return Claim(), Claim()
    return Claim(*_ONE.unpack_from(seen)), Claim(*_ONE.unpack_from(seen, _ONE.size))


class Witness:
    """For any thread. Of each device the farthest claim is kept until it was compared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mine: dict[str, Claim] = {}
        self._told: dict[str, dict[str, Claim]] = {}  # by scope and device

    def followed(self, scope: str, claim: Claim) -> None:
        """We followed a chain up to what was signed."""
        with self._lock:
            self._mine[scope] = claim

    def said(self, org: str, scope: str) -> bytes:
        """Return what goes into what is sealed now."""
        with self._lock:
            of_org = self._mine.get(org_scope(org), Claim())
            return packed(self._mine.get(scope, Claim()), of_org)

    def heard(self, org: str, scope: str, device: str, seen: bytes) -> None:
        """A body was opened that a device of a member signed."""
        own, of_org = unpacked(seen)
        with self._lock:
            for name, claim in ((scope, own), (org_scope(org), of_org)):
                told = self._told.setdefault(name, {})
                if claim.n > told.get(device, Claim()).n:
                    told[device] = claim

    def due(self, scope: str, upto: int) -> dict[str, Claim]:
        """Return, once, what was said of a chain as far as it was followed here."""
        with self._lock:
            told = self._told.get(scope, {})
            found = {device: claim for device, claim in told.items() if claim.n <= upto}
            self._told[scope] = {d: claim for d, claim in told.items() if d not in found}
        return found
