"""A team as this device knows it: settings, states, what was done and what came of it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec


class TeamSettings(msgspec.Struct, frozen=True):
    """How this device reaches a team's server and how much it keeps."""

    name: str = ""  # of the organization, as last read
    ca_file: str = ""  # an own certificate authority (PEM), or empty for the system's
    proxy: str = ""  # an HTTP or SOCKS proxy, or empty
    depth_days: int = 90  # history that is fetched without being asked for; 0: all of it
    code: str = ""  # that this device shows until another one approves it


class TeamState(StrEnum):
    NEW = "new"
    APPROVAL = "approval"  # another device of this person has to approve this one first
    CONNECTING = "connecting"
    READY = "ready"
    OFFLINE = "offline"
    SIGNED_OUT = "signed_out"
    MUST = "must"  # the organization demands a second factor, and there is none yet
    OUTDATED = "outdated"  # the server no longer speaks with this version
    LOCKED = "locked"  # unheard of for so long that what was here had to go
    REMOVED = "removed"


class PendingState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"  # numbered and perhaps with the server
    OK = "ok"  # accepted, and not yet come back with the rows
    DONE = "done"
    CONFLICT = "conflict"
    DENIED = "denied"
    INVALID = "invalid"
    GONE = "gone"
    STALE = "stale"


SHOWN = frozenset({PendingState.WAITING, PendingState.SENT, PendingState.OK})
REFUSED = frozenset(
    {
        PendingState.CONFLICT,
        PendingState.DENIED,
        PendingState.INVALID,
        PendingState.GONE,
        PendingState.STALE,
    }
)


class Trouble(StrEnum):
    """Why the body of a row is not there."""

    KEY = "key"  # its key has not come yet
    TAMPERED = "tampered"  # it does not open, or says that it is something else
    ROLLED_BACK = "rolled_back"  # an older one than was seen; that one is kept


class NoticeKind(StrEnum):
    TAKEN_AWAY = "taken_away"
    LOCKED = "locked"
    RESTORED = "restored"  # the server went back to a backup
    RESYNCED = "resynced"  # rows were not what the server said they are
    TAMPERED = "tampered"
    WAITS = "waits"  # a device of this person's waits to be let in; its id is the scope
    JOINED = "joined"  # told to admins; the user is the scope
    NOT_TAKEN = "not_taken"  # a mailbox that was handed here, and is here as one's own
    LEFT_OUT = "left_out"  # the keys of the scope were changed without this device
    NOT_SENT = "not_sent"  # a mail that was asked for by who may not, or is not what was written


class Entity(msgspec.Struct, frozen=True):
    """A row as the window shall see it: what the server confirmed, and what is pending here.

    `body` is the opened JSON; "" where there is none, or where its key has not come yet.
    `gone`: deleted, erased, moved out of the scope, or never accepted.
    """

    t: str
    id: str
    h: dict[str, Any] = {}
    body: str = ""
    v: int = 0
    own: str = ""
    by: str = ""
    at: int = 0  # milliseconds
    pending: bool = False
    gone: bool = False
    seq: int = 0  # 0: the server has not told of it


class Intent(msgspec.Struct, frozen=True):
    """A change to be made: a mutation before it is numbered and sealed.

    In a patch `h` names only what changes. `pre` are header fields that must still hold when it
    reaches the server (`missive_wire.mutation`).
    """

    op: Literal["put", "patch", "del", "note"]
    scope: str
    t: str
    id: str
    act: str
    h: dict[str, Any] = {}
    body: str = ""  # the whole new one, a JSON object; "": it stays as it is
    pre: dict[str, Any] | None = None
    fence: int = 0  # of the lease that a worker holds
