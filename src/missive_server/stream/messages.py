"""What nodes tell each other, and a node itself. Losing one is allowed: the database has it all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from missive_server.stream.encoded import Frame, encoded, poke
from missive_wire.entities import Type
from missive_wire.frames import Change
from missive_wire.ids import split_scope
from missive_wire.limits import FRAME_QUEUE_BYTES


class Notice(msgspec.Struct, frozen=True, array_like=True, tag="n"):
    """Rows were committed. `data` is the frame, or a poke; of `users` the access has changed."""

    scope: str
    e: str
    prev: int
    to: int
    acl: int
    data: bytes
    users: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()  # who may not read this scope any more
    devices: tuple[str, ...] = ()  # that were revoked

    @property
    def frame(self) -> Frame:
        return Frame(self.data, self.scope, self.e, self.to)


class Ended(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """Sessions have ended: these, and all of these users and devices."""

    sessions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


class Seen(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """What somebody looks at, on another node."""

    scope: str
    conv: str
    who: str
    st: Literal["viewing", "typing", "online", ""]


class Post(msgspec.Struct, frozen=True, array_like=True):
    """What one node sends at a time."""

    node: str
    messages: tuple[Notice | Ended | Seen, ...]


def notice(change: Change, gained: Collection[str] = (), lost: Collection[str] = ()) -> Notice:
    """Encode a change, and read from it whose access has changed."""
    kind, owner = split_scope(change.scope)
    told = kind == "u" and any(row.t == Type.SCOPE for row in change.rows)
    revoked = (row.id for row in change.rows if row.t == Type.DEVICE and row.op != "put")
    data = encoded(change)
    if len(data) > FRAME_QUEUE_BYTES:  # as large as clients refuse: it is read in pages
        data = poke(change.scope, change.e, change.to).data
    return Notice(
        scope=change.scope,
        e=change.e,
        prev=change.prev,
        to=change.to,
        acl=change.acl,
        data=data,
        users=tuple({*gained, *lost, *([owner] if told else ())}),
        lost=tuple(lost),
        devices=tuple(revoked) if kind == "o" else (),
    )
