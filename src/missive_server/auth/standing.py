"""Who asks, looked up in the transaction that answers, so that it holds for what is answered."""

from __future__ import annotations

from typing import NamedTuple

from missive_server.auth import sessions
from missive_server.auth.sessions import Session
from missive_server.core.values import Caller
from missive_server.database.work import Work
from missive_server.errors import Forbidden, Restored
from missive_server.service import roles


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
    return Standing(session, (yield from roles.in_scope(scope, session.user, session.org)))


def caller_of(session: Session) -> Caller:
    return Caller(session.user, session.device, session.org, session.id)
