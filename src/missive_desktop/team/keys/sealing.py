"""Bodies: sealed for all who have the scope's key, signed by the device that wrote them.

A body is bound to its place (organization, scope, type, id), key epoch and version: the server can
neither move, swap nor roll one back unnoticed. The signature is inside, so it does not see who
signed, and members who share the key cannot write in each other's name. Beside the content goes
what its author saw of the trail (`team.witness`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import NamedTuple

from missive_desktop.team.keys import primitives
from missive_desktop.team.keys.device import DeviceKeys
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.trouble import AuthorUnknown, KeyMissing, Tampered
from missive_wire.entities import Row

_FORM = b"\x01"
_ID = 16
_SEEN = 96
_NOTHING = bytes(_SEEN)


class Author(NamedTuple):
    """Whose device it is, and the public half that checks its signatures."""

    user: str
    device: str
    sign: bytes


Authors = Callable[[str], Author | None]  # by device, past ones too: `Roster.author`


class Opened(NamedTuple):
    content: bytes
    author: Author
    seen: bytes = _NOTHING


class Place(NamedTuple):
    """What a body is bound to."""

    org: str
    scope: str
    t: str
    id: str
    k: int  # key epoch
    bv: int  # version of the body

    def aad(self) -> bytes:
        return primitives.joined("body", *self)


def place_of(org: str, scope: str, row: Row) -> Place:
    return Place(org, scope, row.t, row.id, row.k, row.bv)


def seal(
    key: ScopeKey, device: DeviceKeys, place: Place, content: bytes, seen: bytes = _NOTHING
) -> bytes:
    """Seal a body for its place."""
    if len(seen) != _SEEN:
        raise ValueError("not what is said of a trail")
    if (key.scope, key.epoch) != (place.scope, place.k):
        raise ValueError("the key is of another scope or epoch")
    aad = place.aad()
    who = uuid.UUID(device.id).bytes
    signature = device.sign.sign("body", primitives.joined(aad, who, seen, content))
    inner = signature + who + seen + content
    return _FORM + primitives.encrypted(_subkey(key, place), inner, aad)


def open_(key: ScopeKey | None, authors: Authors, place: Place, sealed: bytes) -> Opened:
    """Open a body; Tampered where it is not what a member's device sealed for this very place."""
    if key is None:
        raise KeyMissing("The key to this has not come to this device yet.")
    if (key.scope, key.epoch) != (place.scope, place.k):
        raise ValueError("the key is of another scope or epoch")
    if sealed[:1] != _FORM:
        raise Tampered("This was sealed in a way that this version does not know.")
    aad = place.aad()
    inner = primitives.decrypted(_subkey(key, place), sealed[1:], aad)
    if inner is None or len(inner) < primitives.SIGNATURE + _ID + _SEEN:
        raise Tampered("This is not what was sealed here: it was changed, moved, or is older.")
    signature, rest = inner[: primitives.SIGNATURE], inner[primitives.SIGNATURE :]
    who, seen, content = rest[:_ID], rest[_ID : _ID + _SEEN], rest[_ID + _SEEN :]
    author = authors(str(uuid.UUID(bytes=who)))
    if author is None:
        raise AuthorUnknown("The device that wrote this is not in the directory yet.")
    if not primitives.verified(
        author.sign, signature, "body", primitives.joined(aad, who, seen, content)
    ):
        raise Tampered("This was written by somebody else than it says.")
    return Opened(content, author, seen)


def _subkey(key: ScopeKey, place: Place) -> bytes:
    """Each entity has a key of its own, so no two share a nonce's fate."""
    return primitives.derived(key.key, "entity", primitives.joined(place.t, place.id))
