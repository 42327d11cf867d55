"""Files that nothing names any more, after a time of grace, and uploads that were given up.

In small steps, for the writer serves everybody. A file is first condemned, so that nobody brings it
anew meanwhile, then deleted where it lies, and then forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from missive_server.database.work import Query, Work

STEP = 200
GIVEN_UP = 86_400_000  # an upload that did not end in a day
BRINGING = 3_600_000  # between putting a file in its place and noting that it is there

Pairs = Sequence[Sequence[Any]]

_NAMED = "EXISTS (SELECT 1 FROM blob_refs r WHERE r.hash = s.hash AND r.scope = s.scope)"


def given_up(now: int) -> Work[Pairs]:
    """Return uploads (org, hash, device) that are too old."""
    return (
        yield Query(
            "SELECT org, hash, device FROM uploads WHERE at < $1 ORDER BY at LIMIT $2",
            (now - GIVEN_UP, STEP),
        )
    )


def given_up_forgotten(uploads: Pairs) -> Work[None]:
    for org, hash_, device in uploads:
        yield from forget_upload(org, device, hash_)


def forget_upload(org: str, device: str, hash_: str) -> Work[None]:
    gone = yield Query(
        "DELETE FROM uploads WHERE device = $1 AND hash = $2 RETURNING size", (device, hash_)
    )
    for (size,) in gone:
        yield from stored(org, -size)


def stored(org: str, size: int) -> Work[None]:
    """Count what an organization keeps more, or less."""
    yield Query("UPDATE orgs SET stored = stored + $2 WHERE id = $1", (org, size))


def unnamed(grace: int, now: int) -> Work[tuple[Pairs, Pairs, Pairs]]:
    """Return (scope, hash) that nothing names since just now, that something names again, and
    that nothing has named for the time of grace.
    """
    new = yield Query(
        f"SELECT s.scope, s.hash FROM blob_scopes s WHERE s.free = 0 AND NOT {_NAMED} LIMIT $1",
        (STEP,),
    )
    again = yield Query(
        f"SELECT s.scope, s.hash FROM blob_scopes s WHERE s.free > 0 AND {_NAMED} LIMIT $1", (STEP,)
    )
    old = yield Query(
        "SELECT s.scope, s.hash FROM blob_scopes s"
        f" WHERE s.free > 0 AND s.free <= $1 AND NOT {_NAMED} LIMIT $2",
        (now - grace, STEP),
    )
    return new, again, old


def note(new: Pairs, again: Pairs, old: Pairs, now: int) -> Work[None]:
    """Keep what `unnamed` found, as far as it still holds."""
    for scope, hash_ in new:
        yield Query(
            "UPDATE blob_scopes SET free = $3 WHERE hash = $2 AND scope = $1 AND free = 0",
            (scope, hash_, now),
        )
    for scope, hash_ in again:
        yield Query(
            "UPDATE blob_scopes SET free = 0 WHERE hash = $2 AND scope = $1", (scope, hash_)
        )
    for scope, hash_ in old:
        yield Query(  # who names it at this moment holds it: what they did is seen after
            "SELECT free FROM blob_scopes WHERE hash = $2 AND scope = $1 FOR UPDATE", (scope, hash_)
        )
        yield Query(
            "DELETE FROM blob_scopes WHERE hash = $2 AND scope = $1 AND free > 0 AND NOT EXISTS"
            " (SELECT 1 FROM blob_refs r WHERE r.hash = $2 AND r.scope = $1)",
            (scope, hash_),
        )


def condemn(now: int) -> Work[Pairs]:
    """Return (org, hash) of files that belong to no scope; nobody can bring them anew from now."""
    lost = yield Query(
        "SELECT b.org, b.hash, b.size, b.state FROM blobs b"
        " WHERE b.state IN ('there', 'arriving') AND b.at < $1 AND NOT EXISTS"
        " (SELECT 1 FROM blob_scopes s WHERE s.hash = b.hash) LIMIT $2",
        (now - BRINGING, STEP),
    )
    for org, hash_, size, state in lost:
        still = yield Query(  # and nobody brought it since
            "UPDATE blobs SET state = 'going' WHERE org = $1 AND hash = $2 AND at < $3"
            " RETURNING hash",
            (org, hash_, now - BRINGING),
        )
        if still and state == "there":
            yield from stored(org, -size)
    return (yield Query("SELECT org, hash FROM blobs WHERE state = 'going' LIMIT $1", (STEP,)))


def forget(gone: Pairs) -> Work[None]:
    for org, hash_ in gone:
        yield Query(
            "DELETE FROM blobs WHERE org = $1 AND hash = $2 AND state = 'going'", (org, hash_)
        )
