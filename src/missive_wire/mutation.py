"""What a device asks to change, and the answers. Exactly once for each (device, mid)."""

from __future__ import annotations

from typing import Literal

import msgspec

from missive_wire.entities import Count, Header, Row


class Mutation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change. In a patch the header names only what changes (see `patching`).

    A body is replaced whole: `bv` must be one more than the version it replaces, or the answer is
    `conflict` with the current row, and the client writes its change into that one.
    `pre` are header fields that must hold now, `{"v": 7}` the version, `{"v": 0}` that it is new.
    A `note` changes nothing but the trail: somebody opened an attachment.
    """

    mid: Count
    op: Literal["put", "patch", "del", "note"]
    scope: str
    t: str
    id: str
    act: str  # what the person did, for rules and audit: "conversation.assigned"
    h: Header = {}
    k: Count = 0
    b: bytes = b""
    bv: Count = 0
    pre: Header | None = None
    fence: Count = 0  # of the lease that a worker holds; 0: not as a worker


Status = Literal[
    "ok",
    "conflict",  # `pre` or `bv` did not hold; `cur` is the row as it stands
    "denied",  # not yours to do
    "invalid",  # makes no sense; `why` says what
    "gone",  # no such entity
    "rekey",  # the scope needs a new key epoch first, or `k` is not the newest
    "stale",  # the lease was lost to another worker
]


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    mid: Count
    st: Status
    v: Count = 0
    seqs: dict[str, Count] = {}  # where it stands now, in each scope that it touched
    cur: Row | None = None
    why: str = ""


class MutateRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """`muts` in strict order of `mid`, one more than the last; answers up to `ack` were kept."""

    device: str
    schema: Count
    muts: tuple[Mutation, ...]
    ack: Count = 0


class MutateAnswer(msgspec.Struct, frozen=True):
    last_mid: Count
    results: tuple[Result, ...]
