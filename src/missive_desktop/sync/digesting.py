"""Digests as this program makes them: with the names of its own table of vendors.

`content` reads no files; whoever takes in mail, in whatever process, gets the table here.
"""

from __future__ import annotations

import functools

from missive_desktop import resources
from missive_desktop.content import digest as bulk
from missive_desktop.content import trackers, vendors
from missive_desktop.domain.message import Digest
from missive_desktop.domain.tracking import Tally


@functools.cache
def known_vendors() -> vendors.Table:
    """Return the table, read once in each process."""
    return vendors.table(resources.path("trackers.toml").read_text(encoding="utf-8"))


def finder_version() -> str:
    """Say by what trackers are found: old mail is looked through again when it changes."""
    return f"{trackers.VERSION}.{known_vendors().version}"


def digest(raw: bytes) -> Digest:
    """Return the digest of a raw message, its trackers named."""
    return bulk.digest(raw, known_vendors())


def tracked(raw: bytes) -> tuple[Tally, ...]:
    """Return only who would learn of a message's being read."""
    return bulk.tracked(raw, known_vendors())
