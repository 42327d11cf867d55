"""What an invitation says: plain values, no clock, no markup. Read by `content.invitation`."""

from __future__ import annotations

from typing import Literal

import msgspec

Method = Literal["request", "update", "cancel", "reply", "counter", "declinecounter", "publish"]


class Moment(msgspec.Struct, frozen=True):
    """A time as the sender wrote it, and when that is.

    `wall` is the sender's own clock: 2026-11-24T15:00, or 2026-11-24 for a whole day. `seconds`
    is 0 where the zone is not known, or where there is none (a whole day, a floating time).
    """

    wall: str
    seconds: int = 0
    zone: str = ""  # as it is called: Berlin, UTC, Customized Time Zone


class Guest(msgspec.Struct, frozen=True):
    """Somebody who is invited; `state` in words."""

    name: str
    email: str
    state: str = ""
    optional: bool = False


class Invitation(msgspec.Struct, frozen=True):
    """One event of a calendar part."""

    part: int  # the file it stands in
    method: Method
    summary: str
    start: Moment | None
    end: Moment | None  # the last day, where it is whole days
    where: str = ""
    organizer: Guest | None = None
    guests: tuple[Guest, ...] = ()
    recurrence: str = ""  # in words
    text: str = ""
    links: tuple[str, ...] = ()  # where it is held or described, as written
    cancelled: bool = False
