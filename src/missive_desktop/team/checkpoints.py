"""What the server signs of its trail, judged: pure.

A checkpoint names how long the chain of each scope is and the hash of its last record. History only
grows, so one that says less, or something else of the same length, cannot be so. Two members who
were shown different histories see it when they compare what was signed for each (`differ`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from missive_desktop.team.keys import fingerprints
from missive_wire import shapes
from missive_wire.chain import Checkpoint, Head, checkpoint_bytes
from missive_wire.entities import Count, Header

PEOPLE_LEFT_OUT = 1500  # heads in one checkpoint from which on chains of single people may lack

_KEY = (
    "The team's server signs its trail with another key than when this device came into the team."
    " Ask whoever runs it whether that is meant."
)
_SIGNATURE = "The team's server showed a trail that it did not sign."
_UNREADABLE = "What the team's server shows as its signed trail cannot be read."
_EARLIER = "The team's server showed an older state of its trail than before."
_SHORTER = "The trail became shorter: it had {} entries, and now has {}."
_OTHER = "The trail was rewritten: of its first {} entries some are others than before."
_OR_BACKUP = " So it is where a server went back to a backup; otherwise, entries were taken away."
_TWO = (
    "The team's server shows two histories: what it told a device of {} of the trail is not what it"
    " tells this one. Do not trust it, and speak with each other by another way."
)
_FORKED = "The trail is another one here than for {}: at entry {} they differ."


class Signed(msgspec.Struct, frozen=True):
    """The header of a `ckpt` row."""

    at: Count
    heads: dict[str, tuple[Count, str]]
    sig: str


class Finding(NamedTuple):
    """What cannot be so. `kind`: key, signature, shorter, other, forked, chain, missing."""

    kind: str
    scope: str
    words: str


def read(header: Header) -> Signed | None:
    try:
        return shapes.convert(header, Signed)
    except msgspec.ValidationError:
        return None


def judged(org: str, key: bytes, before: Signed | None, header: Header) -> list[Finding]:
    """Return what is wrong with a checkpoint that follows another one."""
    now = read(header)
    if now is None:
        return [Finding("signature", "", _UNREADABLE)]
    if not signed_by(key, org, now):
        return [Finding("signature", "", _SIGNATURE)]
    if before is None:
        return []
    found = [Finding("earlier", "", _EARLIER)] if now.at < before.at else []
    return found + grown(before.heads, now.heads)


def signed_by(key: bytes, org: str, signed: Signed) -> bool:
    checkpoint = Checkpoint(org=org, at=signed.at, heads=signed.heads)
    try:
        VerifyKey(key).verify(checkpoint_bytes(checkpoint), base64.b64decode(signed.sig))
    except (CryptoError, ValueError, TypeError, binascii.Error):
        return False
    return True


def other_key() -> Finding:
    return Finding("key", "", _KEY)


def grown(
    before: Mapping[str, tuple[int, str]], now: Mapping[str, tuple[int, str]]
) -> list[Finding]:
    """Return the scopes whose history did not only grow."""
    found = []
    for scope, (n, h) in before.items():
        length, hash_ = now.get(scope, (0, ""))
        if scope not in now and scope[:1] == "u" and len(now) >= PEOPLE_LEFT_OUT:
            continue
        if length < n:
            found.append(Finding("shorter", scope, _SHORTER.format(n, length) + _OR_BACKUP))
        elif length == n and hash_ != h:
            found.append(Finding("other", scope, _OTHER.format(n) + _OR_BACKUP))
    return found


def differ(
    whom: str, theirs: Mapping[str, tuple[int, str]], mine: Mapping[tuple[str, int], str]
) -> list[Finding]:
    """Return where heads that somebody else was shown are not in the chain that is known here.

    `mine`: hashes of records, and of heads, by scope and number.
    """
    return [
        Finding("forked", scope, _FORKED.format(whom, n))
        for scope, (n, h) in sorted(theirs.items())
        if mine.get((scope, n), h) != h
    ]


def two_histories(whom: str, scope: str) -> Finding:
    return Finding("forked", scope, _TWO.format(whom))


def head(signed: Signed, scope: str) -> Head | None:
    """Return where the chain of a scope ends, as signed."""
    n, text = signed.heads.get(scope, (0, ""))
    try:
        return Head(n, bytes.fromhex(text)) if n else None
    except ValueError:
        return None


def code(signed: Signed) -> str:
    """Return what two people compare to see that they were shown the same trail."""
    told = msgspec.json.encode((signed.at, signed.heads), order="sorted")
    number = int.from_bytes(hashlib.sha256(told).digest(), "big") % 10**20
    return fingerprints.digit_groups(f"{number:020}")
