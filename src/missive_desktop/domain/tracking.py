"""What in a mail would tell its sender something: one value for each thing that was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

# pixel: an image that only reports. beacon: anything else that loads by itself and only reports.
# link: a redirector that counts the click. receipt: a request for a read receipt (RFC 8098).
Kind = Literal["pixel", "beacon", "link", "receipt"]
LOADING: tuple[Kind, ...] = ("pixel", "beacon")
# By what it was found.
How = Literal[
    "vendor",  # its address is one that the table gives to a vendor
    "address",  # its address says that it counts openings
    "size",  # at most one pixel wide or high
    "hidden",
    "unique",  # its address carries a token that belongs to this one mail or reader
    "style",  # loaded by a style sheet: background, list image, @import
    "font",
    "media",  # audio, video, embedded objects and frames
    "hint",  # preconnect, dns-prefetch, prefetch, preload
    "calendar",  # in an invitation
    "file",  # in an attached page
    "header",
]


class Tracker(msgspec.Struct, frozen=True):
    """One thing that reports. `vendor` is empty when no table knows a name for `host`."""

    vendor: str
    kind: Kind
    how: How
    host: str  # registered and below, in lower case
    url: str


class Tally(msgspec.Struct, frozen=True):
    """Trackers of one company or host and kind in one mail, as the store keeps them."""

    vendor: str
    kind: Kind
    how: How
    host: str
    times: int


def tally(trackers: Sequence[Tracker]) -> tuple[Tally, ...]:
    """Count trackers of a kind, host and vendor together, in the order of the mail."""
    if not trackers:
        return ()
    first: dict[tuple[str, Kind, str], How] = {}
    times: Counter[tuple[str, Kind, str]] = Counter()
    for one in trackers:
        key = (one.vendor, one.kind, one.host)
        first.setdefault(key, one.how)
        times[key] += 1
    return tuple(
        Tally(vendor, kind, how, host, times[vendor, kind, host])
        for (vendor, kind, host), how in first.items()
    )


def watchers(trackers: Iterable[Tracker | Tally]) -> tuple[str, ...]:
    """Return who would learn something: each company once, by its name or else by its host."""
    return tuple(dict.fromkeys(one.vendor or one.host for one in trackers))
