"""The paths of the HTTP interface, its errors, and what is asked and answered besides the feed.

Every body is one JSON object, but the bytes of blobs. The token travels as `Authorization: Bearer`.
What concerns accounts, sessions and devices stands in `accounts`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from missive_wire.chain import Record
from missive_wire.entities import Count

MUTATE = "/v1/mutate"  # POST MutateRequest -> MutateAnswer
PULL = "/v1/pull"  # POST PullRequest -> PullAnswer
BACKFILL = "/v1/backfill"  # POST BackfillRequest -> Backfill
STREAM = "/v1/stream"  # WebSocket: frames
AUDIT = "/v1/audit"  # POST AuditRequest -> AuditPage
ERASURES = "/v1/erasures"  # POST EraseRequest -> EraseAnswer
PURGED = "/v1/purged"  # POST PurgedRequest -> PurgedAnswer, also by who was taken out
UNPURGED = "/v1/unpurged"  # POST UnpurgedRequest -> UnpurgedAnswer
REOPEN = "/v1/reopen"  # POST ReopenRequest -> ReopenAnswer
LEASE = "/v1/lease"  # POST LeaseRequest -> LeaseAnswer
BLOBS = "/v1/blobs"  # POST BlobRequest -> BlobState
BLOB = "/v1/blobs/{scope}/{hash}"  # PUT a part at ?at=, GET with Range; DELETE never
INFO = "/v1/info"  # GET -> Info
HEALTH = "/healthz"  # GET -> Health
METRICS = "/metrics"  # GET, for Prometheus

# What is wrong, for the program; `accounts` adds to it.
STATUS = {
    "malformed": 400,  # the body cannot be read
    "unauthorized": 401,  # sign in (again)
    "removed": 401,  # no member any more: forget all of it
    "revoked": 401,  # this device was taken out: it shall forget all of it
    "forbidden": 403,  # not for this person
    "missing": 404,  # no such thing, or not for this person
    "method": 405,
    "too_slow": 408,  # the request did not arrive in time
    "conflict": 409,  # it does not fit what is there
    "gap": 409,  # a `mid` was skipped; `last_mid` says the last one known
    "reset": 410,  # the cursor is of another epoch: begin this scope anew
    "too_large": 413,
    "range": 416,  # a part that does not follow
    "mismatch": 422,  # the bytes do not have the hash that names them
    "upgrade": 426,  # the server no longer speaks this schema
    "slow_down": 429,  # with Retry-After
    "internal": 500,
    "busy": 503,  # with Retry-After
    "full": 507,  # no room left
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why not: a code for the program, a short sentence for a person; nothing of the contents."""

    error: str  # of `STATUS`, or one that `accounts` adds
    message: str
    last_mid: Count | None = None  # with "gap"
    min_schema: Count | None = None  # with "upgrade"


class BlobRequest(msgspec.Struct, frozen=True):
    """Ask whether a blob is there before it is sent."""

    device: str
    scope: str
    hash: str  # SHA-256 of the sealed bytes, hex
    size: Count


class BlobState(msgspec.Struct, frozen=True):
    """`have` bytes arrived from the front; the next part begins there."""

    have: Count
    done: bool
    part: Count  # how long a part may be


class LeaseRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Serve a shared inbox: ask, renew with the fence that was given, or give back."""

    device: str
    scope: str
    fence: Count = 0
    release: bool = False


class LeaseAnswer(msgspec.Struct, frozen=True):
    """`fence` goes into every mutation of the worker. Not held: `device` serves until `until`."""

    held: bool
    fence: Count
    until: Count
    device: str


class AuditRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Records with `n > after`, ascending; with `before` those below, descending."""

    device: str
    scope: str
    after: Count = 0
    before: Count = 0
    id: str = ""  # only those about one entity; such a page proves no chain
    max: Count = 500


class AuditPage(msgspec.Struct, frozen=True, omit_defaults=True):
    n: Count  # of the last record there is
    h: bytes  # and its hash
    records: tuple[Record, ...] = ()
    more: bool = False


class PurgedRequest(msgspec.Struct, frozen=True):
    """A device removed what it held of scopes that were taken away."""

    device: str
    scopes: Annotated[tuple[str, ...], msgspec.Meta(max_length=500)]


class PurgedAnswer(msgspec.Struct, frozen=True):
    pass


class UnpurgedRequest(msgspec.Struct, frozen=True):
    device: str


class Unpurged(msgspec.Struct, frozen=True):
    """A device that may still hold a scope that was taken away from its person."""

    user: str
    device: str
    scope: str
    since: Count  # when it was taken away
    seen: Count  # when the device was last heard of


class UnpurgedAnswer(msgspec.Struct, frozen=True):
    open: tuple[Unpurged, ...]


class EraseRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Erase for good: a conversation of a scope, or what is about somebody who was removed."""

    device: str
    scope: str = ""
    conv: str = ""
    user: str = ""


class EraseAnswer(msgspec.Struct, frozen=True):
    erased: Count  # how many rows there are nothing of any more


class ReopenRequest(msgspec.Struct, frozen=True):
    """After a restore: an owner's program has read the directory up to `seq` of epoch `e`, and
    offered again all removals that it knows of."""

    device: str
    e: str
    seq: Count


class ReopenAnswer(msgspec.Struct, frozen=True):
    open: bool  # False: there is more to be read


class Info(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    version: str
    schema: Count
    min_schema: Count
    key: bytes  # Ed25519, signs checkpoints
    open: bool = False  # anybody may make an organization here


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    ok: bool
    parts: dict[str, bool] = {}  # database, blobs, bus
