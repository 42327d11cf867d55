"""What in a mail would tell its sender something: one value for each thing that was found."""

from __future__ import annotations

from typing import Literal

import msgspec

# pixel: an image that only reports. beacon: anything else that loads by itself and only reports.
# link: a redirector that counts the click. receipt: a request for a read receipt (RFC 8098).
Kind = Literal["pixel", "beacon", "link", "receipt"]
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


def watchers(trackers: tuple[Tracker, ...]) -> tuple[str, ...]:
    """Return who would learn something: each company once, by its name or else by its host."""
    return tuple(dict.fromkeys(one.vendor or one.host for one in trackers))
