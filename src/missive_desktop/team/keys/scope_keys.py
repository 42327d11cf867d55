"""Keys of scopes: 32 random bytes for each epoch, sealed to devices in signed grant records.

A record's signature covers all of it, so the server can plant no key of its own; `confirm` is the
key's hash, the same in all records of an epoch; `back` holds the key of the epoch before, for
whoever comes later. All is bound to scope and epoch.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import msgspec

from missive_desktop.team.keys import primitives
from missive_desktop.team.keys.device import DeviceKeys, DevicePublic
from missive_desktop.team.keys.trouble import KeyMissing, Tampered
from missive_wire import limits, shapes
from missive_wire.entities import Count, Header
from missive_wire.ids import derived_id, split_scope

_LABEL = "grant"
_SMALL = 4096  # bytes of a record that is kept once read: those for one device, not for hundreds


@dataclass(frozen=True)
class ScopeKey:
    """The key of one epoch of a scope."""

    scope: str
    epoch: int
    key: bytes = field(repr=False)

    @cached_property
    def confirm(self) -> bytes:
        return primitives.digest("confirm", primitives.joined(self.scope, self.epoch, self.key))


@dataclass(frozen=True)
class Grant:
    """A record as it was read from a header, nothing of it proven."""

    scope: str
    epoch: int
    n: int  # the clock of statements as its maker knew it
    keys: dict[str, bytes]
    back: bytes
    confirm: bytes
    by: str  # the device that signed, an invitation, or the organization for its root
    signature: bytes
    gone: tuple[str, ...] = ()  # statements by which others lost access before this
    proofs: dict[bytes, bool] = field(default_factory=dict, init=False, compare=False)  # by key

    def signed(self) -> bytes:
        keys = primitives.joined(
            *(part for device in sorted(self.keys) for part in (device, self.keys[device]))
        )
        gone = primitives.joined(*self.gone)
        return primitives.joined(
            self.scope, self.epoch, self.n, keys, self.back, self.confirm, self.by, gone
        )

    @property
    def asks(self) -> bool:
        """Whether it gives nothing, and asks for a key."""
        return not (self.keys or self.back or self.confirm)


def new_key(scope: str, epoch: int = 1) -> ScopeKey:
    return ScopeKey(scope, epoch, os.urandom(primitives.KEY))


def grant_id(scope: str, epoch: int, part: int = 0) -> str:
    """Return the id of a record that begins an epoch: of two devices that rotate at once, one
    meets the other's."""
    return derived_id(split_scope(scope)[1], f"grant {epoch} {part}")


def granted(
    key: ScopeKey,
    devices: Iterable[DevicePublic],
    by: DeviceKeys,
    n: int,
    before: ScopeKey | None = None,
    gone: tuple[str, ...] = (),
) -> Header:
    """Return the header of a record that gives a key to devices.

    `before` is the key of the epoch before, where history shall stay readable. `gone`: why others
    get none any more, for whom the server keeps that from.
    """
    back = b""
    if before is not None:
        back = primitives.encrypted(_back_key(key), before.key, _back_about(key))
    sealed = {each.id: primitives.sealed_to(each.box, _inside(key)) for each in devices}
    return _signed(Grant(key.scope, key.epoch, n, sealed, back, key.confirm, by.id, b"", gone), by)


def asking(scope: str, epoch: int, by: DeviceKeys, n: int) -> Header:
    """Return the header of a record by which a device asks for a key that it lacks."""
    return _signed(Grant(scope, epoch, n, {}, b"", b"", by.id, b""), by)


def _signed(grant: Grant, by: DeviceKeys) -> Header:
    header: Header = {
        "epoch": grant.epoch,
        "n": grant.n,
        "keys": {device: _text(box) for device, box in grant.keys.items()},
        "back": _text(grant.back),
        "confirm": _text(grant.confirm),
        "by": grant.by,
        "sig": _text(by.sign.sign(_LABEL, grant.signed())),
    }
    return header | ({"gone": list(grant.gone)} if grant.gone else {})


def ask_id(scope: str, epoch: int, device: str) -> str:
    """Return the id of a record that asks: a device asks once for each epoch."""
    return derived_id(split_scope(scope)[1], f"ask {epoch} {device}")


def parts(devices: Sequence[DevicePublic]) -> list[Sequence[DevicePublic]]:
    """Split devices over records as large as a header may be."""
    size = limits.GRANT_DEVICES
    return [devices[at : at + size] for at in range(0, len(devices), size)] or [devices]


def read(scope: str, header: Header) -> Grant | None:
    """Return a record, nothing of it proven; None for what is none."""
    try:
        said = msgspec.json.encode(header)
    except (ValueError, RecursionError):  # letters that are none
        return None
    return _read(scope, said) if len(said) <= _SMALL else _read.__wrapped__(scope, said)


@lru_cache(maxsize=1 << 13)  # all records of a scope are read anew with each that is added
def _read(scope: str, said: bytes) -> Grant | None:
    try:
        found = shapes.read(said, _Header)
        keys = {device: _raw(box) for device, box in found.keys.items()}
        return Grant(
            scope, found.epoch, found.n, keys, _raw(found.back), _raw(found.confirm),
            found.by, _raw(found.sig), found.gone,
        )  # fmt: skip
    except (ValueError, msgspec.MsgspecError):
        return None


def proven(grant: Grant, sign: bytes | None) -> bool:
    """Say whether the device whose public half this is signed the record as it stands."""
    if sign is None:
        return False
    proof = grant.proofs.get(sign)
    if proof is None:
        proof = primitives.verified(sign, grant.signature, _LABEL, grant.signed())
        grant.proofs[sign] = proof
    return proof


def opened(grant: Grant, device: DeviceKeys) -> ScopeKey:
    """Return the key that a proven record holds for this device.

    KeyMissing: it holds none. Tampered: what it holds is not the key that it confirms.
    """
    box = grant.keys.get(device.id)
    if box is None:
        raise KeyMissing("This device was not given the key.")
    inside = device.box.open(box)
    if inside is None or len(inside) < primitives.KEY:
        raise _wrong()
    key = ScopeKey(grant.scope, grant.epoch, inside[: primitives.KEY])
    if not primitives.equal(_inside(key), inside) or not _confirmed(grant, key):
        raise _wrong()
    return key


def earlier(grant: Grant, key: ScopeKey, confirm: bytes | None = None) -> ScopeKey | None:
    """Return the key of the epoch before, as a proven record hands it on, or None where it does
    not. `confirm`: what that epoch's own records, or our memory, say it must hash to."""
    if (grant.scope, grant.epoch) != (key.scope, key.epoch) or not _confirmed(grant, key):
        raise _wrong()
    if not grant.back:
        return None
    inside = primitives.decrypted(_back_key(key), grant.back, _back_about(key))
    if inside is None or len(inside) != primitives.KEY:
        raise _wrong()
    found = ScopeKey(key.scope, key.epoch - 1, inside)
    if confirm is not None and not primitives.equal(found.confirm, confirm):
        raise Tampered("The key of what was written before leads to somebody else's key.")
    return found


def _inside(key: ScopeKey) -> bytes:
    """What is in the box: the key, and what for; a box of another scope or epoch does not fit."""
    return key.key + primitives.digest("grant for", primitives.joined(key.scope, key.epoch), 16)


def _confirmed(grant: Grant, key: ScopeKey) -> bool:
    return primitives.equal(grant.confirm, key.confirm)


def _back_key(key: ScopeKey) -> bytes:
    return primitives.derived(key.key, "back")


def _back_about(key: ScopeKey) -> bytes:
    return primitives.joined("back", key.scope, key.epoch)


class _Header(msgspec.Struct):
    epoch: Count
    keys: dict[str, str]
    confirm: str
    sig: str
    by: str
    back: str = ""
    n: Count = 0
    gone: tuple[str, ...] = ()


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _raw(letters: str) -> bytes:
    return b64decode(letters, validate=True)


def _wrong() -> Tampered:
    return Tampered("A key that was handed to this device is not the one that it says.")
