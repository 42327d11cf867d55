"""Where a conversation of a space stands for one person. Pure.

The shared half is its header, the same for all; the personal half is the person's own. Nothing is
kept that could drift: the places follow from both, on every device alike.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from missive_desktop.domain.message import Flags
from missive_desktop.domain.spaces import Conversation, Personal, Place

FRESH = 600_000  # what is older than ten minutes is no news


class Activity(NamedTuple):
    """What happened in a conversation, for one person; milliseconds, 0: never."""

    received: int = 0  # the newest mail from outside
    commented: int = 0  # the newest comment of somebody else
    mentioned: int = 0  # the newest of those that names the person


class Standing(NamedTuple):
    """Where it stands, and when to look again (0: when something happens)."""

    places: frozenset[Place]
    wakes: int = 0


def watches(conv: Conversation, own: Personal, activity: Activity, me: str) -> bool:
    """Say whether new comments bring it back: by choice, else for whom it was meant once."""
    if own.watching is not None:
        return own.watching
    return me in conv.assignees or activity.mentioned > 0


def called(conv: Conversation, own: Personal, activity: Activity, me: str, now: int) -> int:
    """Return when the newest thing happened that puts it into the person's own Inbox."""
    newest = max(activity.received, activity.mentioned)
    times = [activity.mentioned]
    if watches(conv, own, activity, me):
        times.append(activity.commented)
    if 0 < own.snoozed <= now and not own.snoozed_at < newest < own.snoozed:
        times.append(own.snoozed)
    if conv.state == "closed":  # what was said before is done with
        return max((each for each in times if each > conv.since), default=0)
    if me in conv.assignees:
        times.append(conv.since)
        if not conv.inbox:  # else the team sees to what customers write
            times.append(activity.received)
    return max(times)


def snoozed(own: Personal, activity: Activity, now: int) -> bool:
    """Say whether it is put off: a new mail or a mention ends that early."""
    return own.snoozed > now and own.snoozed_at >= max(activity.received, activity.mentioned)


class Call(StrEnum):
    """How others call a person to a conversation."""

    ANSWERED = "answered"  # a customer wrote to what one has
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    MENTIONED = "mentioned"


def newest_call(
    conv: Conversation, activity: Activity, found: Standing, me: str, by: str
) -> tuple[int, Call]:
    """Return when others last called the person to it, and how; 0: never. Not one's own acts."""
    calls = [(activity.commented, Call.COMMENTED), (activity.mentioned, Call.MENTIONED)]
    if me in conv.assignees:
        calls.append((conv.since if by != me else 0, Call.ASSIGNED))
        calls.append((activity.received if activity.received > conv.since else 0, Call.ANSWERED))
    return max(calls) if Place.MINE in found.places else (0, Call.COMMENTED)


def news(
    conv: Conversation, activity: Activity, found: Standing, me: str, by: str, now: int
) -> int:
    """Return when others last called the person, where that is not read anew long after; else 0."""
    newest, _ = newest_call(conv, activity, found, me, by)
    return newest if newest > now - FRESH else 0


def own_call(conv: Conversation, me: str, by: str) -> int:
    """Return when the person took it: no news either when somebody changes something else."""
    return conv.since if by == me and me in conv.assignees else 0


def standing(conv: Conversation, own: Personal, activity: Activity, me: str, now: int) -> Standing:
    """Return where the person sees it."""
    if conv.state in ("spam", "trash"):
        return Standing(frozenset({Place.SPAM if conv.state == "spam" else Place.TRASH}))
    places = {Place.CLOSED} if conv.state == "closed" else set()
    if conv.state == "open" and conv.assignees and me not in conv.assignees:
        places.add(Place.OTHERS)
    if snoozed(own, activity, now):
        return Standing(frozenset(places | {Place.SNOOZED}), own.snoozed)
    if called(conv, own, activity, me, now) > own.archived:
        places.add(Place.MINE)
    if conv.state == "open" and conv.inbox and max(conv.last, conv.since) > own.archived:
        places.add(Place.TEAM)
    return Standing(frozenset(places or {Place.ARCHIVE}))


# Where mail waits for somebody: only there it is unread until it is read.
_WAITING = frozenset({Place.TEAM, Place.MINE, Place.SNOOZED})


def flags(at: int, out: bool, own: Personal, places: frozenset[Place]) -> Flags:
    """Return the flags of one of its mails."""
    seen = out or at <= own.read or not places & _WAITING
    return (Flags.SEEN if seen else Flags(0)) | (Flags.FLAGGED if own.starred else Flags(0))


def placed(out: bool, places: frozenset[Place]) -> frozenset[Place]:
    """Return where one of its mails lies: what members wrote is in Sent as well."""
    if out and not places & {Place.SPAM, Place.TRASH}:
        return places | {Place.SENT}
    return places
