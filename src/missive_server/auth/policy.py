"""What an organization demands of its members' logins."""

from __future__ import annotations

import msgspec

from missive_server.auth.sessions import Session
from missive_server.auth.trail import audited
from missive_server.database.work import Query, Work, first
from missive_server.service import roles
from missive_wire.accounts import Policy


def demands_two_factor(org: str) -> Work[bool]:
    row = first((yield Query("SELECT two_factor FROM orgs WHERE id = $1", (org,))))
    return bool(row and row[0])


def settle(session: Session, wanted: Policy, now: int) -> Work[tuple[str, ...]]:
    """Owner and admins decide. Return the sessions that may do nothing else any more."""
    yield from roles.refuse_others(session.org, session.user)
    yield Query(
        "UPDATE orgs SET two_factor = COALESCE($2, two_factor), presence = COALESCE($3, presence)"
        " WHERE id = $1",
        (session.org, _number(wanted.two_factor), _number(wanted.presence)),
    )
    settled = {
        name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None
    }
    yield from audited(session.org, session.user, session.device, "account.policy", now, settled)
    if not wanted.two_factor:
        return ()
    without = yield Query(
        "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_"
        " WHERE s.org = $1 AND u.totp_on = 0",
        (session.org,),
    )
    return tuple(row[0] for row in without)


def _number(on: bool | None) -> int | None:
    return None if on is None else int(on)
