"""What one folder needs to be in step with the server: a function of values, no input or output.

What the user did and the server does not know yet wins over what the server says; for everything
else the server is right. Nothing is fetched twice and nothing is forgotten that the server has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from missive_desktop.domain.message import Flags


class Held(NamedTuple):
    """The flags of one placement; keywords are sorted and separated by spaces."""

    flags: Flags
    keywords: str


class FlagWish(NamedTuple):
    """Flags that the user set or took away and the server does not know yet."""

    add: Flags
    remove: Flags


class Pending(NamedTuple):
    """What is still queued for one folder. `gone`: moved away or deleted here only."""

    gone: frozenset[int] = frozenset()
    flags: Mapping[int, FlagWish] = {}


class Stored(NamedTuple):
    """What the store holds of one folder: `flags` of the placements that the server numbered.

    Where UIDs are not listed, those that changed or vanished are enough, and `placed` counts all.
    """

    uidvalidity: int
    highestmodseq: int
    flags: Mapping[int, Held]
    placed: int
    skipped: frozenset[int] = frozenset()


class View(NamedTuple):
    """What the server said about the folder. `uids` is None where they were not listed."""

    uidvalidity: int
    exists: int
    highestmodseq: int
    changed: Mapping[int, Held]
    vanished: Collection[int] = ()
    uids: Sequence[int] | None = None


class Plan(NamedTuple):
    reset: bool  # UIDVALIDITY changed: nothing stored holds any more (RFC 9051 section 2.3.1.1)
    fetch: list[int]  # newest first
    flags: dict[int, Held]
    remove: set[int]
    unskip: set[int]  # given up earlier, gone by now
    doubtful: bool  # the numbers do not add up: list the UIDs and decide again


class Status(NamedTuple):
    """STATUS of a folder, from LIST-STATUS or asked for; `highestmodseq` 0 where not offered."""

    messages: int
    uidnext: int
    uidvalidity: int
    highestmodseq: int


class Question(Enum):
    """How to ask the server for what is new in a folder."""

    QRESYNC = "changes and expunges since the last MODSEQ, in SELECT"  # RFC 7162 section 3.2
    CHANGES = "flags changed since the last MODSEQ, and all UIDs"  # RFC 7162 section 3.1
    ALL = "all UIDs and all flags"


def question(uidvalidity: int, highestmodseq: int, *, condstore: bool, qresync: bool) -> Question:
    """Return the cheapest question that leaves nothing out."""
    if not uidvalidity or not highestmodseq or not condstore:
        return Question.ALL
    return Question.QRESYNC if qresync else Question.CHANGES


def unchanged(
    known: Status, now: Status, stored: int, skipped: int, *, believed: bool = False
) -> bool:
    """Tell whether STATUS alone proves that the folder is in step.

    Without CONDSTORE nothing in STATUS tells about flags, so it never does, unless it is
    `believed` for this once.
    """
    proves = now.highestmodseq > 0 or believed
    return proves and now == known and stored + skipped == now.messages


def overlay(server: Held, wish: FlagWish | None) -> Held:
    """Return what the user shall see: the server's flags under what is still queued."""
    if wish is None:
        return server
    return Held((server.flags | wish.add) & ~wish.remove, server.keywords)


def decide(stored: Stored, pending: Pending, view: View) -> Plan:
    """Return what to do so that the folder holds what the server holds."""
    reset = stored.uidvalidity not in (0, view.uidvalidity)
    if reset:
        stored, pending = Stored(view.uidvalidity, 0, {}, 0), Pending()
    known = stored.flags
    vanished = set(view.vanished)
    if view.uids is None:
        there = (known.keys() | view.changed.keys() | stored.skipped | pending.gone) - vanished
    else:
        there = set(view.uids) - vanished
    remove = known.keys() - there
    fetch = sorted(there - known.keys() - stored.skipped - pending.gone, reverse=True)
    expected = stored.placed - len(known) + len(there)
    flags = {
        uid: wanted
        for uid, held in view.changed.items()
        if uid in known
        and uid in there
        and (wanted := overlay(held, pending.flags.get(uid))) != known[uid]
    }
    return Plan(
        reset=reset,
        fetch=fetch,
        flags=flags,
        remove=set(remove),
        unskip=set(stored.skipped - there),
        doubtful=view.uids is None and expected != view.exists,
    )
