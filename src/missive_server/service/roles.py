"""What somebody is, in a scope or in their organization, looked up where it is asked."""

from __future__ import annotations

from missive_server.database.work import Query, Work, first, keys
from missive_server.errors import Forbidden, NotFound
from missive_server.service import rows
from missive_wire.acts import ADMINS
from missive_wire.entities import Type
from missive_wire.ids import org_scope
from missive_wire.rules import effective


def in_scope(scope: str, user: str, org: str) -> Work[str]:
    """Return somebody's role in a scope; what they may not read is as if it was not there."""
    row = first(
        (
            yield Query(
                "SELECT m.role, a.role FROM access a JOIN scopes s ON s.id = a.scope"
                " JOIN members m ON m.org = s.org AND m.user_ = a.user_"
                " WHERE a.scope = $1 AND a.user_ = $2 AND s.org = $3",
                (scope, user, org),
            )
        )
    )
    if row is None:
        raise NotFound
    return effective(str(row[0]), str(row[1]))


def of_trail(scope: str, user: str, org: str) -> Work[str]:
    """Return somebody's role for the trail of a scope: of a space that is no more, and that nobody
    reads therefore, it is for the admins."""
    if scope.startswith("s:"):
        row = first(
            (
                yield Query(
                    "SELECT m.role FROM scopes s JOIN members m ON m.org = s.org AND m.user_ = $2"
                    " WHERE s.id = $1 AND s.org = $3",
                    (scope, user, org),
                )
            )
        )
        if row is not None and row[0] in ADMINS:
            space = keys([(org_scope(org), Type.SPACE, scope[2:])])
            if not (yield Query(f"SELECT 1 FROM {rows.BY_KEY} WHERE e.op = 'put'", (space,))):
                return str(row[0])
    return (yield from in_scope(scope, user, org))


def refuse_others(org: str, user: str) -> Work[None]:
    """Refuse who is neither owner nor admin."""
    member = first(
        (yield Query("SELECT role FROM members WHERE org = $1 AND user_ = $2", (org, user)))
    )
    if member is None or member[0] not in ADMINS:
        raise Forbidden("Only the owner and admins may do this.")
