"""What window and companion say to each other: lines of JSON over the companion's pipes.

The companion ends, and takes all that it made with it, when its standard input closes.
"""

from __future__ import annotations

import msgspec

from missive_wire import shapes


class Order(msgspec.Struct, frozen=True, tag=True):
    """First line to the companion. `live`: the colleagues go on doing things."""

    folder: str  # of the whole demo: removed at the end
    profile: str  # of the window's engine, in there
    now: int
    live: bool


class Missing(msgspec.Struct, frozen=True, tag=True):
    """There will be no team."""

    why: str


class Invited(msgspec.Struct, frozen=True, tag=True):
    """The team is there; whoever uses the window may join."""

    link: str
    email: str
    name: str
    password: str


class Filed(msgspec.Struct, frozen=True, tag=True):
    """The mail is in the inboxes. `read`: conversations that are not new."""

    scope: str
    opened: str
    read: tuple[tuple[str, str], ...]  # scope, conversation


class Ready(msgspec.Struct, frozen=True, tag=True):
    """All is as it shall be when somebody begins to look; `mails` of the opened conversation."""

    mails: int


FromCompanion = Missing | Invited | Filed | Ready
_DECODER: msgspec.json.Decoder[FromCompanion] = shapes.decoder(FromCompanion)
_ORDER: msgspec.json.Decoder[Order] = shapes.decoder(Order)


def written(line: Order | FromCompanion) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def heard(line: bytes) -> FromCompanion:
    return _DECODER.decode(line)


def ordered(line: bytes) -> Order:
    return _ORDER.decode(line)
