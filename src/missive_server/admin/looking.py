"""What the administrator sees: who is here, with which devices, and how much is kept."""

from __future__ import annotations

from typing import NamedTuple

from missive_server.database.work import Query, Work, first
from missive_server.errors import UsageError
from missive_wire.accounts import plain_address

_ORGS = """
SELECT o.id, o.made, o.two_factor, o.stored,
    (SELECT count(*) FROM members m WHERE m.org = o.id),
    (SELECT count(*) FROM scopes s WHERE s.org = o.id AND s.id LIKE 's:%'),
    (SELECT min(u.email) FROM members m JOIN users u ON u.id = m.user_
     WHERE m.org = o.id AND m.role = 'owner')
FROM orgs o ORDER BY o.made
"""
_MEMBERS = """
SELECT u.id, u.email, m.role, u.totp_on, max(d.seen),
    sum(CASE WHEN d.state = 'approved' THEN 1 ELSE 0 END)
FROM members m JOIN users u ON u.id = m.user_ LEFT JOIN devices d ON d.user_ = u.id
WHERE m.org = $1 GROUP BY u.id, u.email, m.role, u.totp_on ORDER BY u.email
"""
_DEVICES = """
SELECT d.id, u.email, d.state, d.made, d.seen,
    (SELECT count(*) FROM sessions s WHERE s.device = d.id AND s.until > $2)
FROM devices d JOIN users u ON u.id = d.user_ WHERE d.org = $1 ORDER BY u.email, d.made
"""
_INVITES = "SELECT id, role, until FROM invites WHERE org = $1 AND until > $2 ORDER BY until"


class Org(NamedTuple):
    id: str
    made: int
    two_factor: bool
    stored: int
    members: int
    spaces: int
    owner: str


class Member(NamedTuple):
    user: str
    email: str
    role: str
    two_factor: bool
    seen: int
    devices: int


class Device(NamedTuple):
    device: str
    email: str
    state: str
    made: int
    seen: int
    sessions: int


class Invite(NamedTuple):
    invite: str
    role: str
    until: int


def orgs() -> Work[list[Org]]:
    rows = yield Query(_ORGS)
    return [
        Org(row[0], int(row[1]), bool(row[2]), int(row[3]), int(row[4]), int(row[5]), row[6] or "")
        for row in rows
    ]


def members(org: str) -> Work[list[Member]]:
    yield from _there(org)
    rows = yield Query(_MEMBERS, (org,))
    return [
        Member(row[0], row[1], row[2], bool(row[3]), int(row[4] or 0), int(row[5] or 0))
        for row in rows
    ]


def devices(org: str, now: int) -> Work[list[Device]]:
    yield from _there(org)
    rows = yield Query(_DEVICES, (org, now))
    return [Device(row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5])) for row in rows]


def invites(org: str, now: int) -> Work[list[Invite]]:
    yield from _there(org)
    return [Invite(*row) for row in (yield Query(_INVITES, (org, now)))]


def user(who: str) -> Work[tuple[str, str, str]]:
    """Return id, organization and role of a member, named by address or id."""
    row = first(
        (
            yield Query(
                "SELECT u.id, m.org, m.role FROM users u JOIN members m ON m.user_ = u.id"
                " WHERE u.id = $1 OR u.email = $2",
                (who, plain_address(who)),
            )
        )
    )
    if row is None:
        raise UsageError("There is no such member.")
    return str(row[0]), str(row[1]), str(row[2])


def _there(org: str) -> Work[None]:
    if not (yield Query("SELECT id FROM orgs WHERE id = $1", (org,))):
        raise UsageError("There is no such organization; `admin list` names them.")
