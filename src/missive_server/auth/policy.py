"""What an organization demands of its members' logins."""

from __future__ import annotations

from missive_server.auth.sessions import Session
from missive_server.auth.trail import audited
from missive_server.database.work import Query, Work, first
from missive_server.errors import Forbidden

_DECIDES = frozenset({"owner", "admin"})


def demands_two_factor(org: str) -> Work[bool]:
    row = first((yield Query("SELECT two_factor FROM orgs WHERE id = $1", (org,))))
    return bool(row and row[0])


def demand_two_factor(session: Session, on: bool, now: int) -> Work[tuple[str, ...]]:
    """Owner and admins decide. Return the sessions that may do nothing else any more."""
    row = first(
        (
            yield Query(
                "SELECT role FROM members WHERE org = $1 AND user_ = $2",
                (session.org, session.user),
            )
        )
    )
    if row is None or row[0] not in _DECIDES:
        raise Forbidden("Only the owner and admins may do this.")
    yield Query("UPDATE orgs SET two_factor = $2 WHERE id = $1", (session.org, int(on)))
    yield from audited(
        session.org, session.user, session.device, "account.policy", now, {"two_factor": on}
    )
    if not on:
        return ()
    without = yield Query(
        "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_"
        " WHERE s.org = $1 AND u.totp_on = 0",
        (session.org,),
    )
    return tuple(row[0] for row in without)
