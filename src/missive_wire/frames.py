"""Frames of the WebSocket `/v1/stream`, one JSON object each. The client speaks first.

The database is the truth, never the stream: a lost frame shows in the next one's `prev`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from missive_wire import codec, limits
from missive_wire.entities import Count, Row
from missive_wire.feed import Position


class Hello(msgspec.Struct, frozen=True, tag_field="f", tag="hello", omit_defaults=True):
    """The token travels here, never in the address. `cur`: where the reader stands."""

    token: str
    device: str
    schema: Count
    cur: dict[str, Position] = {}


class Showing(msgspec.Struct, frozen=True, tag_field="f", tag="pres", omit_defaults=True):
    """What this person looks at; `st` "" is: nothing any more."""

    scope: str
    conv: str
    st: Literal["viewing", "typing", ""] = "viewing"


class Purged(msgspec.Struct, frozen=True, tag_field="f", tag="purged"):
    """The client has removed all that it held of a scope that was taken away."""

    scope: str


class Beat(msgspec.Struct, frozen=True, tag_field="f", tag="beat"):
    """Are you there? The server answers with the same."""


FromClient = Hello | Showing | Purged | Beat


class Welcome(msgspec.Struct, frozen=True, tag_field="f", tag="welcome", omit_defaults=True):
    """First frame to the client: the heads of all scopes that it may read."""

    now: Count
    heads: dict[str, Position]
    revoked: tuple[str, ...] = ()  # of those named in `cur`


class Change(msgspec.Struct, frozen=True, tag_field="f", tag="chg", omit_defaults=True):
    """Rows of a scope, as a page of a pull."""

    scope: str
    e: str
    prev: Count
    to: Count
    acl: Count
    rows: tuple[Row, ...]
    sum: str = ""
    count: Count = 0
    key: Count = 0
    rekey: bool = False


class Poke(msgspec.Struct, frozen=True, tag_field="f", tag="poke"):
    """There is news up to `head`: pull."""

    scope: str
    e: str
    head: Count


class Granted(msgspec.Struct, frozen=True, tag_field="f", tag="granted"):
    scope: str


class Revoked(msgspec.Struct, frozen=True, tag_field="f", tag="revoked"):
    """Remove everything of this scope now, and say `purged`."""

    scope: str


class Present(msgspec.Struct, frozen=True, tag_field="f", tag="pres", omit_defaults=True):
    """Somebody else looks at a conversation, for `ttl` seconds unless said again; "": no more."""

    scope: str
    conv: str
    who: str
    st: Literal["viewing", "typing", "online", ""]
    ttl: Count = 30


class Bye(msgspec.Struct, frozen=True, tag_field="f", tag="bye", omit_defaults=True):
    """The server closes. Come again after a time drawn between the two, in seconds; [] never.

    `why`: stopping, busy (too many connections), session (signed out), schema (too old), protocol.
    """

    why: str
    retry: tuple[float, ...] = (5.0, 60.0)


FromServer = Welcome | Change | Poke | Granted | Revoked | Present | Beat | Bye


def from_client(data: bytes | str) -> FromClient:
    """Read one frame; `codec.Malformed` for anything else."""
    frame: FromClient = codec.decode_any(data, FromClient, limits.FRAME)
    return frame


def from_server(data: bytes | str) -> FromServer:
    frame: FromServer = codec.decode_any(data, FromServer, limits.REQUEST)
    return frame
