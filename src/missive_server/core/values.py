"""What the store loads before a batch is decided, and what it writes and tells after.

A batch is one transaction. `needs` says what to load and lock, `apply` turns the `Snapshot` into an
`Outcome`. Nothing in here is changed once made, but the working copies that `apply` keeps itself.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from missive_wire.chain import START, Head, Record
from missive_wire.entities import Row
from missive_wire.frames import Change
from missive_wire.headers import Invite
from missive_wire.mutation import Mutation, Result

EntityKey = tuple[str, str, str]  # scope, t, id
AccessKey = tuple[str, str]  # scope, user
Approval = Literal["pending", "approved", "revoked"]


class Caller(msgspec.Struct, frozen=True):
    """Who asks, as the session says.

    `joining` is for those who come in (found, join): the role they get, checked by `auth`; no
    session yet. `seats` are the spaces that they were promised, with the kind of seat.
    `server` is the server itself (a checkpoint, an invitation that was used): it has no mids.
    """

    user: str
    device: str
    org: str
    session: str = ""
    joining: str = ""
    seats: tuple[tuple[str, str], ...] = ()
    server: bool = False


class Call(msgspec.Struct, frozen=True):
    """One request: what a caller wants done, in the order of `mid`. Answers up to `ack` arrived."""

    caller: Caller
    muts: tuple[Mutation, ...]
    ack: int = 0


class ScopeState(msgspec.Struct):
    """A scope's row: order, checksum, keys, and the head of its trail."""

    id: str
    org: str
    epoch: str
    seq: int = 0
    floor: int = 0
    acl: int = 1
    key_epoch: int = 0
    rekey: bool = False
    sum: int = 0  # 64 bits, unsigned: `sums.as_text` for the column
    count: int = 0
    audit_n: int = 0
    audit_h: bytes = START
    at: int = 0  # newest `at` in it; never goes back
    key_seq: int = 0  # of the grant that began `key_epoch`

    @property
    def head(self) -> Head:
        return Head(self.audit_n, self.audit_h)


class Access(NamedTuple):
    """That somebody may read a scope. In `o:` and `u:` the kind is "member"; role "": the org's."""

    kind: str
    role: str = ""


class Device(msgspec.Struct, frozen=True):
    user: str
    org: str
    state: Approval
    last_mid: int = 0


class Lease(NamedTuple):
    device: str
    fence: int


class Known(NamedTuple):
    """An answer that was given: repeated for the same mutation, refused for another."""

    digest: bytes
    result: Result  # without `cur`


class Snapshot(msgspec.Struct, frozen=True):
    """The part of the database that a batch is about, as it stands under the locks.

    What is not there is absent. `members` holds roles.
    """

    sessions: frozenset[str] = frozenset()  # of those that call: alive now
    scopes: dict[str, ScopeState] = {}
    rows: dict[EntityKey, Row] = {}
    members: dict[tuple[str, str], str] = {}  # (org, user)
    owners: dict[str, int] = {}  # org: how many there are
    access: dict[AccessKey, Access] = {}
    devices: dict[str, Device] = {}
    known: dict[tuple[str, int], Known] = {}  # (device, mid)
    leases: dict[str, Lease] = {}  # scope
    blobs: frozenset[tuple[str, str]] = frozenset()  # (scope, hash): there, for this scope
    counts: dict[tuple[str, str], int] = {}  # living entities by (scope, t), none left out as 0
    grants: dict[AccessKey, tuple[int, int]] = {}  # of who grants: records since `key_seq`, bytes


class Answer(msgspec.Struct, frozen=True):
    """To one call. `refusal` is a code of `routes`; then nothing of it was done."""

    last_mid: int = 0
    results: tuple[Result, ...] = ()
    refusal: str = ""  # unauthorized, forbidden, gap


class Published(msgspec.Struct, frozen=True):
    """What the subscribers of a scope are told after the commit: one frame for a whole batch.

    `gained` and `lost` are the users whose access to it changed; those who lost it get no frame.
    """

    change: Change
    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()


class Outcome(msgspec.Struct):
    """What to write, each thing once in its last state, and what to tell. None: delete the row."""

    answers: list[Answer] = []
    scopes: dict[str, ScopeState] = {}  # changed or new
    rows: dict[EntityKey, Row] = {}
    audit: list[tuple[str, Record]] = []  # scope, in the order of the chain
    known: dict[tuple[str, int], Known] = {}
    mids: dict[str, int] = {}  # device: its new `last_mid`
    acks: dict[str, int] = {}  # device: answers up to it can be forgotten
    members: dict[tuple[str, str], str | None] = {}
    access: dict[AccessKey, Access | None] = {}
    devices: dict[str, Approval] = {}
    invites: dict[tuple[str, str], Invite | None] = {}  # (org, id)
    blobs: dict[EntityKey, str] = {}  # the hash that an entity names now; "": none
    ended_users: set[str] = set()  # their sessions end
    ended_devices: set[str] = set()
    published: list[Published] = []


def new_scope(scope: str, org: str, epoch: str, now: int) -> ScopeState:
    return ScopeState(id=scope, org=org, epoch=epoch, at=now)
