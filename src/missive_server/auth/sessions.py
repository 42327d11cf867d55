"""Sessions: opaque tokens, of which only a hash is kept, looked up each time they are shown.

One for each device: to sign in again ends the one before. A session ends when it is ended, when it
was not used for long, and in any case some day.
"""

from __future__ import annotations

from typing import NamedTuple

from missive_server.auth.tokens import hash_of, new_token
from missive_server.database.work import Query, Work, first
from missive_server.errors import SignedOut
from missive_wire.accounts import DeviceState, SessionInfo
from missive_wire.ids import new_id

ABSOLUTE = 180 * 86_400_000
IDLE = 30 * 86_400_000
NOTED = 3_600_000  # use is noted this often
_TAKEN_OUT = {
    "removed": "You are no longer a member of this team.",
    "revoked": "This device was taken out of the team.",
}


class Session(NamedTuple):
    """Whose session it is, and what it may not do yet."""

    id: str
    user: str
    org: str
    device: str
    state: DeviceState
    seen: int
    must: bool  # the organization demands two-factor, and there is none
    waits: bool = False  # a restored organization, whose owner has not been here yet


class Opened(NamedTuple):
    """`before`: sessions that ended by it."""

    token: str
    before: tuple[str, ...]


def open_(user: str, org: str, device: str, now: int) -> Work[Opened]:
    token = new_token()
    before = yield from end_device(device)
    yield Query(
        "INSERT INTO sessions (token, id, user_, org, device, made, seen, until)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        (hash_of(token), new_id(now), user, org, device, now, now + ABSOLUTE),
    )
    return Opened(token, before)


def look_up(token: str, now: int) -> Work[Session | None]:
    """Return the session of a token while it lasts, and while its user is a member."""
    row = first(
        (
            yield Query(
                "SELECT s.id, s.user_, s.org, s.device, d.state, s.seen, o.two_factor, u.totp_on,"
                " o.closed, m.role"
                " FROM sessions s JOIN users u ON u.id = s.user_ JOIN devices d ON d.id = s.device"
                " JOIN orgs o ON o.id = s.org"
                " JOIN members m ON m.org = s.org AND m.user_ = s.user_"
                " WHERE s.token = $1 AND s.until > $2 AND s.seen > $3 AND d.state <> 'revoked'",
                (hash_of(token), now, now - IDLE),
            )
        )
    )
    if row is None:
        return None
    id_, user, org, device, state, seen, demanded, has, closed, role = row
    must, waits = bool(demanded) and not has, bool(closed) and role != "owner"
    return Session(id_, user, org, device, state, seen, must, waits)


class Gone(NamedTuple):
    """Whose session ended because they, or the device, were taken out; `why`: removed, revoked."""

    user: str
    org: str
    device: str
    why: str


def gone(token: str, now: int) -> Work[Gone | None]:
    row = first(
        (
            yield Query(
                "SELECT user_, org, device, why FROM ended WHERE token = $1 AND at > $2",
                (hash_of(token), now - IDLE),
            )
        )
    )
    return Gone(*map(str, row)) if row is not None else None


def none(token: str, now: int) -> Work[SignedOut]:
    """Return what to say to who has no session: whether they were taken out, or only signed out."""
    found = yield from gone(token, now)
    return SignedOut(_TAKEN_OUT[found.why], code=found.why) if found else SignedOut()


def note(session: str, now: int) -> Work[None]:
    yield Query("UPDATE sessions SET seen = $2 WHERE id = $1 AND seen < $2", (session, now))
    yield Query(
        "UPDATE devices SET seen = $2 WHERE seen < $2"
        " AND id = (SELECT device FROM sessions WHERE id = $1)",
        (session, now),
    )


def all_(user: str, current: str, now: int) -> Work[tuple[SessionInfo, ...]]:
    rows = yield Query(
        "SELECT id, device, made, seen, until FROM sessions"
        " WHERE user_ = $1 AND until > $2 AND seen > $3 ORDER BY seen DESC",
        (user, now, now - IDLE),
    )
    return tuple(
        SessionInfo(id_, device, made, seen, until, id_ == current)
        for id_, device, made, seen, until in rows
    )


def end(user: str, session: str) -> Work[tuple[str, ...]]:
    """End one of the user's own; return those that ended, as the others here."""
    rows = yield Query(
        "DELETE FROM sessions WHERE id = $1 AND user_ = $2 RETURNING id", (session, user)
    )
    return tuple(row[0] for row in rows)


def end_others(user: str, current: str) -> Work[tuple[str, ...]]:
    rows = yield Query(
        "DELETE FROM sessions WHERE user_ = $1 AND id <> $2 RETURNING id", (user, current)
    )
    return tuple(row[0] for row in rows)


def end_device(device: str) -> Work[tuple[str, ...]]:
    rows = yield Query("DELETE FROM sessions WHERE device = $1 RETURNING id", (device,))
    return tuple(row[0] for row in rows)


def sweep(now: int) -> Work[None]:
    yield Query("DELETE FROM sessions WHERE until <= $1 OR seen <= $2", (now, now - IDLE))
    yield Query("DELETE FROM ended WHERE at <= $1", (now - IDLE,))
