"""What certificates state. Each is about one subject, whose highest version `v` counts.

`n` is a clock that all of an organization share: one above the highest that its maker knew. `rank`
is the version of the maker's own membership at that moment. When somebody stops being an admin,
their newest membership says from which rank on their statements count (`since`), and whoever took
it from them vouches for those earlier ones that shall stay, by digest (`keeps`). So what counts
follows from what is signed, never from the order in which the server shows it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from missive_wire.headers import Role
from missive_wire.ids import Id

KEEPS = 110  # digests that one statement adds; for more, sign those anew first
Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
PublicKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
# A device's public half, and the identity's signature that it is one's own: whoever lists it later
# can make up none.
Owned = Annotated[bytes, msgspec.Meta(min_length=96, max_length=96)]


class _Statement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="s"):
    org: Id
    v: Number
    n: Number
    rank: Number = 0

    @property
    def subject(self) -> str:
        raise NotImplementedError


class MemberStatement(_Statement, frozen=True, tag="member"):
    """A user's identity and role. `root`: the root's two public halves, where the root signs."""

    user: Id = ""
    identity: PublicKey = b""
    role: Role = "guest"
    since: Number = 0
    keeps: bytes = b""
    former: dict[Id, Owned] = {}  # devices under an identity that was lost: they signed bodies
    invite: Id | None = None  # that they came by
    root: tuple[PublicKey, PublicKey] | None = None

    @property
    def subject(self) -> str:
        return f"member {self.user}"


class RemovedStatement(_Statement, frozen=True, tag="removed"):
    """A user is no longer a member. `former` keeps what they wrote readable as theirs."""

    user: Id = ""
    keeps: bytes = b""
    former: dict[Id, Owned] = {}
    invite: Id | None = None

    @property
    def subject(self) -> str:
        return f"member {self.user}"


class DeviceStatement(_Statement, frozen=True, tag="device"):
    """A device of a user; signed by the user's identity. `proof`: as of `Owned`."""

    device: Id = ""
    user: Id = ""
    sign: PublicKey = b""
    box: PublicKey = b""
    proof: bytes = b""

    @property
    def subject(self) -> str:
        return f"device {self.device}"


class RevokedStatement(_Statement, frozen=True, tag="revoked"):
    """A device is no longer one; signed by an admin's device or by one of the user's own."""

    device: Id = ""
    user: Id = ""
    sign: PublicKey = b""
    keeps: bytes = b""
    proof: bytes = b""  # of the device's own statement

    @property
    def subject(self) -> str:
        return f"device {self.device}"


class InviteStatement(_Statement, frozen=True, tag="invite"):
    """What a link may be used for, once: its keys come from its secret."""

    invite: Id = ""
    sign: PublicKey = b""
    box: PublicKey = b""
    role: Role = "guest"
    seats: tuple[tuple[Id, str], ...] = ()
    until: Number = 0  # ms
    server: PublicKey = b""  # the key that the server's trail is signed with, as the inviter knows

    @property
    def subject(self) -> str:
        return f"invite {self.invite}"


class WithdrawnStatement(_Statement, frozen=True, tag="withdrawn"):
    """An invitation counts no more."""

    invite: Id = ""

    @property
    def subject(self) -> str:
        return f"invite {self.invite}"


class SeatStatement(_Statement, frozen=True, tag="seat"):
    """Somebody's place in a space."""

    space: Id = ""
    user: Id = ""
    kind: str = "active"
    role: str = ""

    @property
    def subject(self) -> str:
        return f"seat {self.space} {self.user}"


class UnseatedStatement(_Statement, frozen=True, tag="unseated"):
    """Somebody no longer has a place in a space."""

    space: Id = ""
    user: Id = ""

    @property
    def subject(self) -> str:
        return f"seat {self.space} {self.user}"


Statement = (
    MemberStatement
    | RemovedStatement
    | DeviceStatement
    | RevokedStatement
    | InviteStatement
    | WithdrawnStatement
    | SeatStatement
    | UnseatedStatement
)
