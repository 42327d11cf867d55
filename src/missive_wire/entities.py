"""What is shared: one generic entity with a plain header and a sealed body, and its row in a feed.

The header holds only what the server must order, route, authorize or notify by; everything that a
person wrote or received is in the body, which the server cannot open. What the headers of each
type hold stands in `headers`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]  # exact in every JSON reader


class Type(StrEnum):
    """The types that this version knows. Others are kept and passed on untouched."""

    # In a space:
    CONVERSATION = "conv"
    MESSAGE = "msg"
    COMMENT = "comment"
    TASK = "task"
    SEND = "send"  # a mail that a member asks the worker to send
    SEAT = "seat"  # somebody's place in the space
    MAILBOX = "mailbox"  # what a device needs to serve it, sealed to that device
    # In a space or an organization:
    LABEL = "label"
    # In any scope:
    GRANT = "grant"  # keys of the scope, sealed to devices
    # In an organization:
    ORGANIZATION = "org"  # what it is called
    SPACE = "space"
    MEMBER = "member"
    DEVICE = "device"
    INVITE = "invite"
    RESTORE = "restore"  # an admin's word that the server was set back to a backup
    CHECKPOINT = "ckpt"  # of the audit trail; written by the server
    # In a person's own scope:
    PERSONAL = "pstate"  # read, snoozed, starred, archived, watching of one conversation
    SCOPE = "scope"  # a scope that was granted or taken away; written by the server


if TYPE_CHECKING:
    Header = dict[str, Any]
else:
    # What a decoder accepts: no deeper than any header needs to be, and no number that could not
    # be written again. It bounds the depth of what a stranger sends.
    _Plain = (
        None | bool | Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)] | float | str
    )
    _Flat = _Plain | list[_Plain] | dict[str, _Plain]
    _Deep = _Plain | list[_Flat] | dict[str, _Flat]
    Header = dict[str, _Plain | list[_Deep] | dict[str, _Deep]]


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entity as it stands, at its place in its scope's order.

    `op`: put; del (deleted); out (it left this scope); era (erased: overwrite what you have).
    """

    op: Literal["put", "del", "out", "era"]
    seq: Count
    t: str
    id: str
    v: Count  # goes up by one with each accepted mutation
    h: Header = {}
    k: Count = 0  # key epoch that `b` is sealed under; 0: no body
    b: bytes = b""
    bv: Count = 0  # version of the body, bound into its seal: goes up by one with each new body
    own: str = ""  # the user who made it
    by: str = ""  # the user who changed it last
    at: Count = 0  # when, in milliseconds, by the server's clock
