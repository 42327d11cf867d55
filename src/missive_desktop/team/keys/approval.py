"""A further device: the new one shows a code, and the person types it into one that is in already.

Half of the code is a secret that the server never sees, half binds the new device's keys to it. So
neither can the server have another device certified in its place, nor hand the new device an
organization of its own making: what is handed over opens only with the secret and these keys.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable

import msgspec

from missive_desktop.errors import UsageError
from missive_desktop.team.keys import fingerprints, primitives
from missive_desktop.team.keys.device import DeviceKeys, DevicePublic
from missive_desktop.team.keys.identity import Identity, kept_identity
from missive_desktop.team.keys.root import RootPublic
from missive_desktop.team.keys.trouble import Tampered
from missive_wire import shapes

_HALF = 15  # digits: nobody can try them but on the two screens
_GONE = 150  # ids of members and devices that are gone, the newest


class Handover(msgspec.Struct, frozen=True, array_like=True):
    """What an older device hands to a new one. Never printed: it holds the identity."""

    org: str
    user: str
    device: str
    identity: bytes
    root_sign: bytes
    root_box: bytes
    clock: int  # of the newest statement that the older device knows
    gone: tuple[tuple[str, int], ...] = ()  # subjects that must not come back, and since which v
    server: bytes = b""  # the key that the server's trail is signed with

    def __repr__(self) -> str:
        return "Handover(…)"

    def remembered(self) -> dict[str, str]:
        """Return what the new device is to remember from the start, as a roster's `kept`."""
        return kept_gone(self.gone)

    @property
    def root(self) -> RootPublic:
        return RootPublic(self.org, self.root_sign, self.root_box)


def kept_gone(gone: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return, as texts to be remembered, who was taken out by which version of their statement."""
    return {f"gone {subject}": f"gone {version} {subject}" for subject, version in gone}


def taken_out(text: str) -> tuple[str, int] | None:
    """Return what such a text says, or None for a certificate."""
    word, _, rest = text.partition(" ")
    version, _, subject = rest.partition(" ")
    return (subject, int(version)) if word == "gone" and version.isdecimal() else None


def new_code(user: str, device: DevicePublic) -> str:
    """Return what the new device shows, six groups of five digits, and keeps until it is in."""
    secret = f"{secrets.randbelow(10**_HALF):0{_HALF}}"
    return fingerprints.digit_groups(secret + _bound(secret, user, device))


def check(code: str, user: str, device: DevicePublic) -> None:
    """Make sure that the code that was typed is of the device that the server shows as waiting."""
    digits = _digits(code)
    if not primitives.equal(digits[_HALF:].encode(), _bound(digits[:_HALF], user, device).encode()):
        raise Tampered(
            "This code does not belong to the device that waits.",
            "Compare it with the new device. If it is right, somebody else tries to come in.",
        )


def handed_over(code: str, handover: Handover, to: DevicePublic) -> str:
    """Seal to the new device, once `check` has passed; goes into its header as `welcome`."""
    check(code, handover.user, to)
    inner = primitives.encrypted(
        _key(code), msgspec.json.encode(handover), _about(handover.user, to)
    )
    return b64encode(primitives.sealed_to(to.box, inner)).decode()


def received(code: str, user: str, device: DeviceKeys, welcome: str) -> tuple[Identity, Handover]:
    """Open what an older device handed over."""
    try:
        inner = device.box.open(b64decode(welcome, validate=True)) or b""
        opened = primitives.decrypted(_key(code), inner, _about(user, device.public)) or b""
        handover = shapes.read(opened, Handover)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        handover = None
    if handover is None or (handover.user, handover.device) != (user, device.id):
        raise Tampered(
            "What was sent to let this device in does not come from your other device.",
            "Begin anew with a new code.",
        )
    return kept_identity(user, handover.identity), handover


def handover(
    root: RootPublic,
    identity: Identity,
    to: DevicePublic,
    clock: int,
    gone: tuple[tuple[str, int], ...],
    server: bytes = b"",
) -> Handover:
    return Handover(
        root.org, identity.user, to.id, identity.sign.seed, root.sign, root.box, clock,
        gone[-_GONE:], server,
    )  # fmt: skip


def _digits(code: str) -> str:
    digits = "".join(c for c in code if c in "0123456789")
    if len(digits) != 2 * _HALF:
        raise UsageError("The code has six groups of five digits.")
    return digits


def _bound(secret: str, user: str, device: DevicePublic) -> str:
    digest = primitives.digest("device code", primitives.joined(secret, _about(user, device)))
    return f"{int.from_bytes(digest, 'big') % 10**_HALF:0{_HALF}}"


def _key(code: str) -> bytes:
    return primitives.derived(_digits(code)[:_HALF].encode(), "device code key")


def _about(user: str, device: DevicePublic) -> bytes:
    return primitives.joined(user, device.id, device.sign, device.box)
