"""The trail as a file that proves itself: records, what the server signed, and its key. Pure.

Who has the file needs no server to verify it, nor to believe whom it came from: only that the key
is the server's. Compared with what is known here, it shows whether two people were told the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from missive_desktop.errors import UsageError
from missive_desktop.team import checkpoints
from missive_desktop.team.checkpoints import Finding, Signed
from missive_wire import shapes
from missive_wire.chain import Head, Record, verified

FORMAT = 1

_NO_KEY = "The heads in the file are not signed by the key in the file."
_BROKEN = "Entry {} does not fit to the others."
_SHORT = "Entries are missing after {}."
_OTHER = "The entries are others than those that were signed."


class Evidence(msgspec.Struct, frozen=True):
    """What a file holds. `found`: what was found wrong before, as it was shown then."""

    format: int
    org: str
    made: int
    key: bytes
    checkpoint: dict[str, Any]
    scopes: dict[str, tuple[Record, ...]]
    found: tuple[dict[str, Any], ...] = ()


def read(data: bytes) -> Evidence:
    try:
        found = shapes.read(data, Evidence)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise UsageError("This is not the trail of a team.") from error
    if found.format != FORMAT:
        raise UsageError("This file needs a newer version of Missive.")
    return found


def judged(given: Evidence) -> list[Finding]:
    """Return what in a file does not hold."""
    signed = checkpoints.read(given.checkpoint)
    if signed is None or not checkpoints.signed_by(given.key, given.org, signed):
        return [Finding("signature", "", _NO_KEY)]
    found = []
    for scope, records in given.scopes.items():
        at, wrong = verified(Head(), scope, records)
        end = checkpoints.head(signed, scope)
        if wrong:
            found.append(Finding("chain", scope, _BROKEN.format(wrong)))
        elif end is None or at.n < end.n:
            found.append(Finding("missing", scope, _SHORT.format(at.n)))
        elif at != end:
            found.append(Finding("chain", scope, _OTHER))
    return found


def compared(given: Evidence, whose: str, mine: Mapping[tuple[str, int], str]) -> list[Finding]:
    """Return where a file tells another history than the one that is known here."""
    heads: dict[str, tuple[int, str]] = {}
    found: list[Finding] = []
    for scope, records in given.scopes.items():
        for record in records:
            known = mine.get((scope, record.n))
            if known is not None and known != record.h.hex():
                heads[scope] = (record.n, record.h.hex())
                break
    signed = checkpoints.read(given.checkpoint)
    if signed is not None:
        heads = dict(signed.heads) | heads
    found += checkpoints.differ(whose, heads, mine)
    return found


def summary(signed: Signed | None) -> dict[str, object]:
    return {"at": signed.at, "code": checkpoints.code(signed)} if signed else {"at": 0, "code": ""}
