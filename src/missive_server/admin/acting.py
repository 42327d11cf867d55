"""What the administrator does: begin an organization, end access, reset a second factor.

Ending access is what members' programs ask for too: rows, sessions, access and trail in one
transaction. Keys are changed by the next program of an owner or admin that comes by.
"""

from __future__ import annotations

from missive_server.admin import looking
from missive_server.auth import two_factor
from missive_server.auth.founding import make_setup
from missive_server.auth.trail import NOBODY
from missive_server.core.values import Call, Caller
from missive_server.database.work import Query, Work, first
from missive_server.errors import UsageError
from missive_server.service import reopening, trail
from missive_server.service.writing import applied
from missive_wire.accounts import plain_address
from missive_wire.entities import Type
from missive_wire.ids import org_scope
from missive_wire.mutation import Mutation
from missive_wire.setup import Setup, link


def create_org(url: str, name: str, owner: str, now: int) -> Work[str]:
    """Return the link with which the owner's own program makes the organization."""
    email = plain_address(owner)
    if not email:
        raise UsageError("The owner's address is no mail address.")
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise UsageError("The name must be one line of at most 200 letters.")
    if (yield Query("SELECT id FROM users WHERE email = $1", (email,))):
        raise UsageError("Somebody has this address here already.")
    return link(Setup(url, (yield from make_setup(now)), email, name.strip()))


def remove(who: str, now: int) -> Work[str]:
    """End all access of a member; return their id."""
    user, org, role = yield from looking.user(who)
    if role == "owner":
        rows = yield Query(
            "SELECT user_ FROM members WHERE org = $1 AND role = 'owner' AND user_ <> $2",
            (org, user),
        )
        if not rows:
            raise UsageError("The last owner stays: let them make somebody else owner first.")
    gone = Mutation(0, "del", org_scope(org), Type.MEMBER, user, "member.removed")
    yield from _done(org, gone, now)
    return user


def open_(org: str, now: int) -> Work[None]:
    """Let everybody into an organization that was restored."""
    if not (yield Query("SELECT 1 FROM orgs WHERE id = $1", (org,))):
        raise UsageError("There is no such organization; `admin list` names them.")
    yield from reopening.open_(_server(org), now)


def revoke(device: str, now: int) -> Work[str]:
    """End a device for good; return whose it was."""
    row = first((yield Query("SELECT user_, org, state FROM devices WHERE id = $1", (device,))))
    if row is None:
        raise UsageError("There is no such device; `admin devices` names them.")
    user, org, state = str(row[0]), str(row[1]), str(row[2])
    if state == "approved":
        gone = Mutation(
            0, "del", org_scope(org), Type.DEVICE, device, "device.revoked", {"user": user}
        )
        yield from _done(org, gone, now)
    yield Query("UPDATE devices SET state = 'revoked' WHERE id = $1", (device,))
    yield Query("DELETE FROM sessions WHERE device = $1", (device,))
    return user


def reset_totp(who: str, now: int) -> Work[str]:
    """Let somebody sign in without the second factor that they lost; return their id."""
    user, org, _ = yield from looking.user(who)
    yield from two_factor.off(user)
    yield Query("DELETE FROM sessions WHERE user_ = $1", (user,))
    scope = org_scope(org)
    yield from trail.note(scope, _server(org), "account.twofactor", now, Type.MEMBER, user)
    return user


def _done(org: str, mutation: Mutation, now: int) -> Work[None]:
    outcome = yield from applied([Call(_server(org), (mutation,))], now)
    for answer in outcome.answers:
        for result in answer.results:
            if result.st != "ok":
                raise UsageError(f"Not possible: {result.why or result.st}.")


def _server(org: str) -> Caller:
    return Caller(NOBODY, NOBODY, org, server=True)
