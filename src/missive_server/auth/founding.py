"""New organizations: the server's admin makes a token, who has it makes the organization."""

from __future__ import annotations

from missive_server.auth.entering import add_user, check, finish, let_in, signed_in
from missive_server.auth.gate import Gate
from missive_server.auth.tokens import hash_of, new_token
from missive_server.core.values import Outcome
from missive_server.database.work import Query, Work
from missive_server.errors import BadRequest, Conflict, NotFound
from missive_wire.accounts import FoundRequest, LoginAnswer

LIFE = 7 * 86_400_000
_GONE = "This set-up token was used, has ended, or never was one."


def make_setup(now: int) -> Work[str]:
    """Return a token for one new organization."""
    token = new_token()
    yield Query("DELETE FROM setups WHERE until <= $1", (now,))
    yield Query("INSERT INTO setups (token, until) VALUES ($1, $2)", (hash_of(token), now + LIFE))
    return token


async def found(gate: Gate, request: FoundRequest) -> LoginAnswer:
    email = check(request)
    if len(request.root) != 32:
        raise BadRequest
    now = gate.now()
    if not await gate.store.read(_is_setup, request.setup, now):
        raise NotFound(_GONE, code="gone")
    secret = await gate.passwords.hash(request.secret)
    return finish(gate, *await gate.store.run(_founded, request, email, secret, now))


def _is_setup(token: str, now: int) -> Work[bool]:
    rows = yield Query(
        "SELECT 1 FROM setups WHERE token = $1 AND until > $2", (hash_of(token), now)
    )
    return bool(rows)


def _founded(
    request: FoundRequest, email: str, secret: str, now: int
) -> Work[tuple[LoginAnswer, Outcome]]:
    used = yield Query(
        "DELETE FROM setups WHERE token = $1 AND until > $2 RETURNING until",
        (hash_of(request.setup), now),
    )
    if not used:
        raise NotFound(_GONE, code="gone")
    org, user, device = request.org, request.user, request.device
    rows = yield Query(
        "INSERT INTO orgs (id, made, root) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
        (org, now, request.root),
    )
    if not rows:
        raise Conflict("There is such an organization already.", code="taken")
    yield from add_user(user, org, email, secret, now)
    outcome = yield from let_in(user, org, device, "owner", (), request.muts, now)
    answer = yield from signed_in(user, org, device.id, "organization.created", now)
    return answer, outcome
