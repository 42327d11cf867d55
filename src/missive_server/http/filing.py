"""Who may bring a file, how much an organization may keep, and who may read it.

A file belongs to the scopes into which somebody brought it who had its bytes, or could read it
elsewhere. It is read where an entity names it as well. What is asked and what is found is one
transaction: a member who was removed reads nothing from the commit on.
"""

from __future__ import annotations

from typing import NamedTuple

from missive_server.auth.sessions import Session
from missive_server.auth.standing import Standing, caller_of, standing
from missive_server.core.deciding import NAMES_BLOBS
from missive_server.core.values import Caller
from missive_server.database.work import Query, Work, first
from missive_server.errors import Busy, Forbidden, Full, NotFound, TooMany
from missive_server.service import trail
from missive_server.service.sweeping import forget_upload, stored
from missive_wire.acts import ACTS

ONCE = 600_000  # the same file read by the same device within this is one reading
UPLOADS = 64  # that one device may have begun at a time


class Wanted(NamedTuple):
    scope: str
    hash: str
    size: int
    device: str


class Found(NamedTuple):
    """Where a file stands for who asks: there, or on its way, `size` bytes long."""

    org: str
    device: str
    size: int
    there: bool


def announce(token: str, wanted: Wanted, quota: int, now: int) -> Work[Found]:
    """Begin to bring a file, or go on. Whoever may read it elsewhere has brought it already."""
    here = yield from _bringing(token, wanted, now)
    org, device = here.session.org, here.session.device
    size = yield from _readable_size(here.session, wanted.hash)
    if size is not None:
        yield from _belongs(wanted.scope, wanted.hash)
        return Found(org, device, size, True)
    begun = yield from _begun(device, wanted.hash)
    if begun is not None and begun != wanted.size:
        yield from forget_upload(org, device, wanted.hash)
        begun = None
    if begun is None:
        yield from _reserve(org, device, wanted, quota, now)
    return Found(org, device, wanted.size, False)


def arriving(token: str, wanted: Wanted, now: int) -> Work[Found]:
    """Return the upload that a part belongs to."""
    here = yield from _bringing(token, wanted, now)
    size = yield from _begun(here.session.device, wanted.hash)
    if size is None:
        raise NotFound("Announce the file first.")
    return Found(here.session.org, here.session.device, size, False)


def hold(org: str, hash_: str, size: int, now: int) -> Work[None]:
    """Before the file is put in its place: it must not be swept away at the same moment."""
    rows = yield Query(
        "INSERT INTO blobs (org, hash, size, state, at) VALUES ($1, $2, $3, 'arriving', $4)"
        " ON CONFLICT (org, hash) DO UPDATE SET at = excluded.at WHERE blobs.state <> 'going'"
        " RETURNING state",
        (org, hash_, size, now),
    )
    if not rows:
        raise Busy("This file is just being removed. Please send it again in a moment.")


def arrived(token: str, wanted: Wanted, now: int) -> Work[None]:
    """The file is in its place, and its hash is right. Access may have ended meanwhile."""
    here = yield from _bringing(token, wanted, now)
    org, device = here.session.org, here.session.device
    before = first(
        (
            yield Query(
                "SELECT state FROM blobs WHERE org = $1 AND hash = $2 FOR UPDATE",
                (org, wanted.hash),
            )
        )
    )
    if before is None or before[0] == "going":
        raise Busy("This file is just being removed. Please send it again in a moment.")
    yield Query(
        "UPDATE blobs SET state = 'there', size = $3, at = $4 WHERE org = $1 AND hash = $2",
        (org, wanted.hash, wanted.size, now),
    )
    yield from _belongs(wanted.scope, wanted.hash)
    yield from forget_upload(org, device, wanted.hash)
    if before[0] == "arriving":
        yield from stored(org, wanted.size)


def reading(token: str, scope: str, hash_: str, now: int) -> Work[Found]:
    """Return a file that may be read, and note in the trail who read what."""
    here = yield from standing(token, "", scope, now)
    row = first((yield Query(_READABLE, (here.session.org, hash_, scope))))
    if row is None:
        raise NotFound
    size, t, entity = row
    session = here.session
    if (yield from _noted(scope, caller_of(session), (str(t), str(entity)), hash_, now)):
        yield from standing(token, "", scope, now)  # a removal may have been waited for
    return Found(session.org, session.device, int(size), True)


_READABLE = (
    "SELECT b.size, r.t, r.id FROM blobs b JOIN blob_scopes s ON s.hash = b.hash"
    " JOIN blob_refs r ON r.hash = b.hash AND r.scope = s.scope"
    " WHERE b.org = $1 AND b.hash = $2 AND b.state = 'there' AND s.scope = $3"
    " ORDER BY r.t, r.id LIMIT 1"
)


def _noted(scope: str, caller: Caller, entity: tuple[str, str], hash_: str, now: int) -> Work[bool]:
    """One record for one reading, in however many parts it is fetched; say whether one was made."""
    told = yield Query(
        "SELECT details FROM audit WHERE scope = $1 AND id = $2 AND by_ = $3 AND device = $4"
        " AND act = 'blob.read' AND at > $5",
        (scope, entity[1], caller.user, caller.device, now - ONCE),
    )
    if any(hash_.encode() in bytes(each[0] or b"") for each in told):
        return False
    yield from trail.note(scope, caller, "blob.read", now, *entity, details={"blob": hash_})
    return True


def _bringing(token: str, wanted: Wanted, now: int) -> Work[Standing]:
    here = yield from standing(token, wanted.device, wanted.scope, now)
    if here.role not in _BRINGERS:
        raise Forbidden
    return here


def _readable_size(session: Session, hash_: str) -> Work[int | None]:
    row = first(
        (
            yield Query(
                "SELECT b.size FROM blobs b JOIN blob_scopes s ON s.hash = b.hash"
                " JOIN access a ON a.scope = s.scope AND a.user_ = $3"
                " JOIN blob_refs r ON r.hash = b.hash AND r.scope = s.scope"
                " WHERE b.org = $1 AND b.hash = $2 AND b.state = 'there' LIMIT 1",
                (session.org, hash_, session.user),
            )
        )
    )
    return None if row is None else int(row[0])


def _begun(device: str, hash_: str) -> Work[int | None]:
    row = first(
        (yield Query("SELECT size FROM uploads WHERE device = $1 AND hash = $2", (device, hash_)))
    )
    return None if row is None else int(row[0])


def _reserve(org: str, device: str, wanted: Wanted, quota: int, now: int) -> Work[None]:
    begun = yield Query("SELECT count(*) FROM uploads WHERE device = $1", (device,))
    if begun[0][0] >= UPLOADS:
        raise TooMany("Too many files at a time.", retry=60.0)
    room = yield Query(
        "UPDATE orgs SET stored = stored + $2 WHERE id = $1 AND stored + $2 <= $3 RETURNING id",
        (org, wanted.size, quota),
    )
    if not room:
        raise Full("Your organization has no room left for files.")
    yield Query(
        "INSERT INTO uploads (org, hash, device, size, at) VALUES ($1, $2, $3, $4, $5)",
        (org, wanted.hash, device, wanted.size, now),
    )


def _belongs(scope: str, hash_: str) -> Work[None]:
    yield Query(
        "INSERT INTO blob_scopes (scope, hash, free) VALUES ($1, $2, 0)"
        " ON CONFLICT (hash, scope) DO UPDATE SET free = 0",
        (scope, hash_),
    )


_BRINGERS: frozenset[str] = frozenset().union(
    *(rule.who for rule in ACTS.values() if rule.t in NAMES_BLOBS and rule.body)
)
