"""Routes below `/v1/auth/`: who somebody is, with what device, and how they come in.

The password stays with the client. It sends `derived` of it, which opens no key; the keys are
opened by a device that has them, by the recovery key, or by the secret of an invitation.
What refuses is a problem as everywhere; it is the same whether an address is known. Besides the
codes of `routes`: wrong (address, password or code), wait (Retry-After), crowd (as wait: others try
at this account, so a device that is new to it waits), pending (the device is not approved),
must (two-factor first), gone (a link that was used or has ended), taken, challenge.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Literal

import msgspec
from argon2.low_level import Type as Variant
from argon2.low_level import hash_secret_raw

from missive_wire.entities import Row
from missive_wire.mutation import Mutation

SALT = "/v1/auth/salt"
LOGIN = "/v1/auth/login"
LOGOUT = "/v1/auth/logout"
ME = "/v1/auth/me"
SESSIONS = "/v1/auth/sessions"
END_SESSION = "/v1/auth/sessions/end"
DEVICES = "/v1/auth/devices"
REVOKE_DEVICE = "/v1/auth/devices/revoke"
TWO_FACTOR_BEGIN = "/v1/auth/two-factor/begin"
TWO_FACTOR_CONFIRM = "/v1/auth/two-factor/confirm"
TWO_FACTOR_CODES = "/v1/auth/two-factor/codes"
TWO_FACTOR_OFF = "/v1/auth/two-factor/off"
PASSWORD = "/v1/auth/password"  # noqa: S105
POLICY = "/v1/auth/policy"
FOUND = "/v1/auth/found"
RECOVER = "/v1/auth/recover"
INVITATION = "/v1/auth/invitation"
JOIN = "/v1/auth/join"

SALT_BYTES = 16
SECRET_BYTES = 32
ADDRESS = 254  # letters of an e-mail address (RFC 5321 4.5.3.1.3)
PASSWORD_LETTERS = 10  # at least
RECOVERY_CODES = 10

# Argon2id (RFC 9106) as every client runs it. A server cannot ask for less.
_MEMORY_KIB = 64 << 10
_PASSES = 3
_LANES = 4


def derived(password: str, salt: bytes, host: str, email: str) -> bytes:
    """Return what stands for a password on the way to the server. Slow and large by design.

    It is bound to the server's host name and the address: a server that hands out another one's
    salt learns nothing that opens a door there.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("not a salt")
    place = b"".join(len(each).to_bytes(4, "big") + each for each in (
        b"missive password", host.encode(), plain_address(email).encode(), salt
    ))  # fmt: skip
    return hash_secret_raw(
        unicodedata.normalize("NFC", password).encode(),
        hashlib.sha256(place).digest()[:SALT_BYTES],
        time_cost=_PASSES,
        memory_cost=_MEMORY_KIB,
        parallelism=_LANES,
        hash_len=SECRET_BYTES,
        type=Variant.ID,
    )


def plain_address(address: str) -> str:
    """Return an address as it is compared; "" for what can be none."""
    address = unicodedata.normalize("NFC", address.strip().casefold())
    local, at, domain = address.rpartition("@")
    usable = local and at and domain and len(address) <= ADDRESS and address.isprintable()
    return "" if not usable or " " in address else address


DeviceState = Literal["pending", "approved", "revoked"]


class DeviceKeys(msgspec.Struct, frozen=True):
    """A device as it names itself: its id, and the public halves of its keys."""

    id: str
    sign: bytes  # Ed25519
    box: bytes  # X25519


class SaltRequest(msgspec.Struct, frozen=True):
    email: str


class SaltAnswer(msgspec.Struct, frozen=True):
    """The salt is always the same for an address, whether somebody has it here or not.

    `challenge` is what the device signs next, within minutes.
    """

    salt: bytes
    challenge: bytes


LOGIN_LABEL = "login"
RECOVERY_LABEL = "recovery"


def statement(label: str, message: bytes) -> bytes:
    """Return what an Ed25519 key signs: what is signed under one label counts for no other."""
    return f"missive {label}\0".encode() + message


def login_message(challenge: bytes, device: str) -> bytes:
    """Return what a device signs to show that it has the private half of its key."""
    return device.encode() + b"\n" + challenge


class LoginRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """`code`: of the authenticator, or a recovery code; "" first, then when it is asked for."""

    email: str
    secret: bytes  # `derived`
    device: DeviceKeys
    challenge: bytes
    proof: bytes  # signature over `login_message`
    code: str = ""


class LoginAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`st`: in; code (password right, now a code, please).

    `must`: the organization demands two-factor, and nothing else is answered until it is set up.
    A device that is `pending` gets nothing either, until one of the user's own approves it.
    """

    st: Literal["in", "code"]
    token: str = ""
    user: str = ""
    org: str = ""
    device: DeviceState = "pending"
    must: bool = False


class Done(msgspec.Struct, frozen=True):
    """It is done; there is nothing to say."""


class Me(msgspec.Struct, frozen=True, omit_defaults=True):
    user: str
    org: str
    email: str
    device: str
    state: DeviceState
    root: bytes = b""  # public half of the recovery key, as the server has it
    two_factor: bool = False
    must: bool = False
    required: bool = False  # by the organization
    codes: int = 0  # recovery codes that are left
    welcome: str = ""  # what an approving device sealed to this one


class SessionInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Times in milliseconds. `id` is no token: with it one can only end the session."""

    id: str
    device: str
    since: int
    used: int
    until: int
    current: bool = False


class Sessions(msgspec.Struct, frozen=True):
    sessions: tuple[SessionInfo, ...]


class EndSession(msgspec.Struct, frozen=True, omit_defaults=True):
    """ "": all but this one."""

    session: str = ""


class DeviceInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device of one's own. What it is called stands sealed in its entity, once approved."""

    id: str
    state: DeviceState
    sign: bytes
    box: bytes
    since: int
    used: int = 0
    current: bool = False


class Devices(msgspec.Struct, frozen=True):
    devices: tuple[DeviceInfo, ...]


class RevokeDevice(msgspec.Struct, frozen=True):
    """End the sessions of one's own device, and let it never come back.

    For an approved one the client deletes its entity first, with a signed statement.
    """

    device: str


class TwoFactorBegin(msgspec.Struct, frozen=True):
    """The password once more: an open window is not enough to lock somebody out."""

    secret: bytes


class TwoFactorOffer(msgspec.Struct, frozen=True):
    """`uri`: otpauth, for the QR code; `key`: to be typed. It counts once confirmed by a code."""

    uri: str
    key: str


class TwoFactorConfirm(msgspec.Struct, frozen=True):
    code: str


class TwoFactorProof(msgspec.Struct, frozen=True):
    """For new recovery codes, and for switching it off: password and code."""

    secret: bytes
    code: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each opens once. Those from before count no more."""

    codes: tuple[str, ...]


class PasswordChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ends all other sessions. `code` where two-factor is on."""

    old: bytes
    new: bytes
    code: str = ""


class Policy(msgspec.Struct, frozen=True):
    """What the owner and admins settle for all members. What is None stays as it is."""

    two_factor: bool | None = None  # demanded
    presence: bool | None = None  # whether others see what one looks at


class FoundRequest(msgspec.Struct, frozen=True):
    """A new organization, with the token that the server's admin made.

    `muts`: its first entities, as the first outbox of the first device: the owner as `member`,
    the `device`, grants of the organization's scope and of the owner's own.
    """

    setup: str
    org: str
    user: str
    email: str
    secret: bytes
    root: bytes  # Ed25519 public half of the recovery key; checks `Recover`
    device: DeviceKeys
    muts: tuple[Mutation, ...]


def recovery_message(org: str, user: str, device: str) -> bytes:
    """Return what the recovery key signs to approve a device where none is left that could."""
    return f"{org}\n{user}\n{device}".encode()


class Recover(msgspec.Struct, frozen=True):
    """Approve the device that asks, which is pending, by the organization's recovery key.

    `proof`: the key's signature over `recovery_message`. Once more with `cert`, when the device
    has read the directory: the user's new identity, signed by the key too.
    """

    proof: bytes
    cert: str = ""


class InvitationRequest(msgspec.Struct, frozen=True):
    """Look at an invitation. `auth` is derived from the link's secret, which stays at home."""

    org: str
    invite: str
    auth: bytes


class InvitationAnswer(msgspec.Struct, frozen=True):
    """What the newcomer needs to check it and to seal what they bring.

    `rows`: of the organization's scope, all of the directory (member, device, invite) and the
    grants that name this invitation; the seats that it promises are in its own header.
    """

    rows: tuple[Row, ...]


class JoinRequest(msgspec.Struct, frozen=True):
    """Come in. `muts`: as in `FoundRequest`, and a `seat` for each that was promised.

    The role is that of the invitation, whatever else is said.
    """

    org: str
    invite: str
    auth: bytes
    user: str
    email: str
    secret: bytes
    device: DeviceKeys
    muts: tuple[Mutation, ...]
