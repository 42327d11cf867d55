"""What stands in the plain header of each type: all that the server sees of an entity.

Known fields are checked, unknown ones pass, so that an older server keeps what a newer client
writes. Times are milliseconds. Ids that the server holds to: a member's is the user's, a space's
the one in its scope, and those of a seat and of a `scope` row are made by the functions here. What
deletes or changes a seat names its `user`, as does what deletes a device.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from missive_wire import limits, shapes
from missive_wire.entities import Count, Header, Type
from missive_wire.ids import Id, Scope, derived_id, is_id, split_scope
from missive_wire.patching import field

Role = Literal["owner", "admin", "member", "drafter", "viewer", "guest"]
Users = Annotated[tuple[Id, ...], msgspec.Meta(max_length=200)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")]
Text = Annotated[str, msgspec.Meta(max_length=8192)]
Box = Annotated[str, msgspec.Meta(max_length=limits.GRANT_BOX)]


class Conversation(msgspec.Struct, frozen=True):
    st: Literal["open", "closed", "trash", "spam"] = "open"
    inbox: bool = False  # stands in the team inbox
    assignees: Users = ()
    labels: Users = ()
    last: Count = 0  # when something happened in it
    since: Count = 0  # when it was last assigned, closed or reopened


class Message(msgspec.Struct, frozen=True):
    conv: Id
    out: bool = False
    at: Count = 0
    size: Count = 0
    blob: Hash = ""  # of the sealed raw message; empty: not up yet


class Comment(msgspec.Struct, frozen=True):
    conv: Id
    mentions: Users = ()
    blob: Hash = ""  # of the sealed file that goes along with it, and
    size: Count = 0  # how large that is, not sealed


class Task(msgspec.Struct, frozen=True):
    conv: str = ""
    assignees: Users = ()
    st: Literal["todo", "doing", "closed"] = "todo"
    due: Count = 0


class Send(msgspec.Struct, frozen=True):
    conv: Id
    st: Literal["requested", "sending", "sent", "uncertain", "failed", "cancelled"] = "requested"
    due: Count = 0  # end of the time in which it can be taken back
    blob: Hash = ""
    close: bool = False


class Seat(msgspec.Struct, frozen=True):
    user: Id
    kind: Literal["active", "observer"] = "active"
    role: Role | Literal[""] = ""  # empty: as in the organization
    cert: Text = ""


class Mailbox(msgspec.Struct, frozen=True):
    device: Id


class Space(msgspec.Struct, frozen=True):
    kind: Literal["inbox", "team"] = "inbox"


class Member(msgspec.Struct, frozen=True):
    user: Id
    role: Role
    cert: Text = ""


class Device(msgspec.Struct, frozen=True):
    user: Id
    cert: Text = ""


class Invite(msgspec.Struct, frozen=True):
    role: Role
    until: Count
    auth: Hash
    seats: Annotated[
        tuple[tuple[Id, Literal["active", "observer"]], ...], msgspec.Meta(max_length=100)
    ] = ()
    cert: Text = ""


class Grant(msgspec.Struct, frozen=True):
    """Keys of one epoch, sealed to devices (base64). What begins an epoch says who has `gone`;
    with no keys at all, somebody asks for theirs."""

    epoch: Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]
    keys: Annotated[dict[Id, Box], msgspec.Meta(max_length=limits.GRANT_DEVICES)]
    confirm: Box
    sig: Box
    by: Id
    back: Box = ""
    gone: Annotated[tuple[Text, ...], msgspec.Meta(max_length=limits.GRANT_GONE)] = ()


class Granted(msgspec.Struct, frozen=True):
    """A scope that a user may read, or no longer: a `scope` row of the user's own scope."""

    scope: Scope
    st: Literal["granted", "revoked"]


_SHAPES: dict[str, type[msgspec.Struct]] = {
    Type.CONVERSATION: Conversation,
    Type.MESSAGE: Message,
    Type.COMMENT: Comment,
    Type.TASK: Task,
    Type.SEND: Send,
    Type.SEAT: Seat,
    Type.MAILBOX: Mailbox,
    Type.SPACE: Space,
    Type.MEMBER: Member,
    Type.DEVICE: Device,
    Type.INVITE: Invite,
    Type.GRANT: Grant,
    Type.SCOPE: Granted,
}
_LISTS = {"assignees", "labels", "mentions"}
_PLACES = {
    "s": {Type.CONVERSATION, Type.MESSAGE, Type.COMMENT, Type.TASK, Type.SEND, Type.SEAT,
          Type.LABEL, Type.GRANT, Type.MAILBOX},
    "o": {Type.LABEL, Type.SPACE, Type.MEMBER, Type.DEVICE, Type.INVITE, Type.GRANT,
          Type.CHECKPOINT, Type.ORGANIZATION, Type.RESTORE},
    "u": {Type.PERSONAL, Type.GRANT, Type.SCOPE},
}  # fmt: skip


def belongs(t: str, scope: str) -> bool:
    """Say whether entities of a type live in scopes of this kind."""
    return t in _PLACES.get(scope[:1], ())


def wrong(t: str, h: Header) -> str:
    """Return what is wrong with a whole header, or ""."""
    if any(name[-1:] in ("", "+", "-") or len(name) > 64 for name in h):
        return "no such field"
    if len(msgspec.json.encode(h)) > _room(t, h):
        return "header too large"
    conv = h.get("conv", "")  # by which the server finds all of a conversation
    if conv != "" and not (isinstance(conv, str) and is_id(conv)):
        return "header: conv"
    shape = _SHAPES.get(t)
    if shape is None:
        return ""
    try:
        shapes.convert(h, shape)
    except msgspec.ValidationError as error:
        place = str(error).rpartition("`$.")[2].rstrip("`")
        return f"header: {place[:40]}" if place else "header"
    return ""


def _room(t: str, h: Header) -> int:
    """Return how many bytes a header may have."""
    if t == Type.CHECKPOINT:
        return limits.CHECKPOINT_HEADER
    if t != Type.GRANT:
        return limits.HEADER
    keys = h.get("keys")
    devices = min(len(keys), limits.GRANT_DEVICES) if isinstance(keys, dict) else 0
    gone = h.get("gone")
    said = sum(len(str(each)) for each in gone) if isinstance(gone, list | tuple) else 0
    return limits.HEADER + devices * limits.GRANT_DEVICE + min(said, limits.GRANT_GONE_BYTES)


def wrong_patch(delta: Header) -> str:
    """Return what is wrong with a patch as such, or ""; its result is for `wrong` to judge."""
    for name, value in delta.items():
        if name[-1:] not in ("+", "-"):
            continue
        if field(name) not in _LISTS:
            return "only lists of ids take additions"
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            return "not a list of ids"
    return ""


def read(h: Header, shape: type[msgspec.Struct]) -> Any:
    """Return the known fields of a header that was found right."""
    return shapes.convert(h, shape)


def seat_id(space: str, user: str) -> str:
    """Return the id of somebody's place in a space: there is one."""
    return derived_id(space, f"seat {user}")


def scope_row_id(scope: str) -> str:
    """Return the id of the `scope` row that tells a user of a scope."""
    return split_scope(scope)[1]
