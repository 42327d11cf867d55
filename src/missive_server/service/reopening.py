"""After a restore an organization is closed to all but its owners: who was removed since the backup
is a member in it, and may come first. It opens once an owner's program has read the whole directory
and had removed again whom it knows to be removed; or on the word of the server's admin.
"""

from __future__ import annotations

from missive_server.core.values import Caller
from missive_server.database.work import Query, Work, first
from missive_server.errors import Forbidden
from missive_server.service import trail
from missive_wire.ids import org_scope
from missive_wire.routes import ReopenRequest


def asked(by: Caller, what: ReopenRequest, now: int) -> Work[bool]:
    """Open it for an owner who knows the directory as it is; say whether it is open."""
    row = first(
        (
            yield Query(
                "SELECT o.closed, s.epoch, s.seq, m.role FROM orgs o"
                " JOIN scopes s ON s.id = $2 JOIN members m ON m.org = o.id AND m.user_ = $3"
                " WHERE o.id = $1",
                (by.org, org_scope(by.org), by.user),
            )
        )
    )
    if row is None or row[3] != "owner":
        raise Forbidden("Only an owner may do this.")
    closed, epoch, seq, _ = row
    if not closed:
        return True
    if (what.e, what.seq) != (epoch, seq):
        return False
    yield from open_(by, now)
    return True


def open_(by: Caller, now: int) -> Work[None]:
    opened = yield Query(
        "UPDATE orgs SET closed = 0 WHERE id = $1 AND closed <> 0 RETURNING id", (by.org,)
    )
    if opened:
        yield from trail.note(org_scope(by.org), by, "organization.reopened", now)
