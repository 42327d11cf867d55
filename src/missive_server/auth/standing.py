"""Who asks, looked up in the transaction that answers, so that it holds for what is answered."""

from __future__ import annotations

from typing import NamedTuple

from missive_server.auth import sessions
from missive_server.auth.sessions import Session
from missive_server.core.values import Caller
from missive_server.database.work import Query, Work, first
from missive_server.errors import Forbidden, NotFound, Restored
from missive_wire.rules import effective


class Standing(NamedTuple):
    """Somebody in one scope."""

    session: Session
    role: str


def any_session(token: str, now: int) -> Work[Session]:
    """Return whose session it is, whatever they may do with it; SignedOut if it is none."""
    session = yield from sessions.look_up(token, now)
    if session is None:
        raise (yield from sessions.none(token, now))
    return session


def full_session(token: str, device: str, now: int) -> Work[Session]:
    """Return whose session it is, if nothing is missing to act with it. `device` "": any."""
    session = yield from any_session(token, now)
    if session.waits:
        raise Restored
    if session.must:
        raise Forbidden("Set up two-factor login first.", code="must")
    if session.state != "approved":
        raise Forbidden("This device is not approved yet.", code="pending")
    if device and device != session.device:
        raise Forbidden("This is not the device that is signed in.")
    return session


def standing(token: str, device: str, scope: str, now: int) -> Work[Standing]:
    """Return who asks and their role there; what they may not read is as if it was not there."""
    session = yield from full_session(token, device, now)
    row = first(
        (
            yield Query(
                "SELECT a.role, m.role FROM access a JOIN scopes s ON s.id = a.scope"
                " JOIN members m ON m.org = s.org AND m.user_ = a.user_"
                " WHERE a.scope = $1 AND a.user_ = $2 AND s.org = $3",
                (scope, session.user, session.org),
            )
        )
    )
    if row is None:
        raise NotFound
    return Standing(session, effective(str(row[1]), str(row[0])))


def caller_of(session: Session) -> Caller:
    return Caller(session.user, session.device, session.org, session.id)
