"""Signing in with address, password and code.

An address that nobody has goes the same way as one that somebody has: the same queries, a hash of
the same cost, a record in a trail, the same answer. What tells them apart is only who knows the
password.
"""

from __future__ import annotations

from typing import NamedTuple

from missive_server.auth import devices, sessions, two_factor
from missive_server.auth.gate import Gate
from missive_server.auth.policy import demands_two_factor
from missive_server.auth.throttle import Try, forgive, pay, stranger
from missive_server.auth.trail import NOBODY, audited
from missive_server.database.work import Query, Work, first
from missive_server.errors import Forbidden, Problem, SignedOut
from missive_wire.accounts import (
    LOGIN_LABEL,
    DeviceKeys,
    LoginAnswer,
    LoginRequest,
    SaltAnswer,
    SaltRequest,
    login_message,
    plain_address,
    statement,
)


class Account(NamedTuple):
    """What the password is compared with. `user` "": nobody's."""

    user: str
    org: str
    secret: str


class Entering(NamedTuple):
    """At which account, and what it costs to try."""

    account: Account
    tries: tuple[Try, ...]


def salt(gate: Gate, request: SaltRequest) -> SaltAnswer:
    email = plain_address(request.email)
    return SaltAnswer(gate.salt(email), gate.challenge(email))


async def login(gate: Gate, request: LoginRequest, peer: str) -> LoginAnswer:
    """Let somebody in. `peer`: what counts as one network address."""
    email = plain_address(request.email)
    devices.check(request.device)
    if not gate.is_challenge(request.challenge, email):
        raise Forbidden("That took too long. Please begin anew.", code="challenge")
    message = login_message(request.challenge, request.device.id)
    if not devices.signed(request.device.sign, statement(LOGIN_LABEL, message), request.proof):
        raise Forbidden("The device could not prove itself.", code="proof")
    nobody = Account("", NOBODY, gate.passwords.nobody)
    entering = await gate.store.run(_begun, email, request.device, peer, nobody, gate.now())
    right = await gate.passwords.matches(entering.account.secret, request.secret)
    end, before = await gate.store.run(_ended, entering, right, request, gate.now(), gate.wall())
    if isinstance(end, Problem):
        raise end
    gate.listeners.ended(sessions=before)
    return end


def _begun(email: str, device: DeviceKeys, peer: str, nobody: Account, now: int) -> Work[Entering]:
    row = first(
        (
            yield Query(
                "SELECT u.id, u.org, u.secret FROM users u"
                " JOIN members m ON m.org = u.org AND m.user_ = u.id WHERE u.email = $1",
                (email,),
            )
        )
    )
    account = nobody if row is None else Account(*row)
    known = yield from devices.is_known(account.user, device)
    tries = (Try("device", device.id),) if known else stranger(email, peer)
    yield from pay(tries, now)
    return Entering(account, tries)


def _ended(
    entering: Entering, right: bool, request: LoginRequest, now: int, wall: float
) -> Work[tuple[LoginAnswer | Problem, tuple[str, ...]]]:
    """Return the answer, and sessions that ended by it.

    A refusal is returned, not raised: that somebody tried is to be kept.
    """
    (user, org, secret), tries = entering
    device = request.device
    row = first((yield Query("SELECT secret FROM users WHERE id = $1 FOR UPDATE", (user,))))
    if not right or row is None or row[0] != secret:
        yield from audited(org, user, device.id, "account.refused", now)
        return SignedOut("The address or the password is wrong.", code="wrong"), ()
    yield from devices.refuse_foreign(user, device)
    factor = yield from two_factor.get(user)
    if factor.on:
        if not request.code:
            yield from forgive(tries)
            return LoginAnswer("code"), ()
        refusal = yield from passed(user, org, device.id, factor, request.code, now, wall)
        if refusal:
            return refusal, ()
    yield from forgive(tries)
    state = yield from devices.come(user, org, device, now)
    opened = yield from sessions.open_(user, org, device.id, now)
    yield from audited(org, user, device.id, "account.login", now)
    must = not factor.on and (yield from demands_two_factor(org))
    return LoginAnswer("in", opened.token, user, org, state, must), opened.before


def passed(
    user: str, org: str, device: str, factor: two_factor.Factor, code: str, now: int, wall: float
) -> Work[Problem | None]:
    """Check a code and use it up. What is wrong is returned, so that the try is kept."""
    yield from pay((Try("code", user),), now)
    way = yield from two_factor.check(user, factor, code, wall)
    if not way:
        yield from audited(org, user, device, "account.refused", now)
        return SignedOut("The code is wrong, or was used already.", code="wrong_code")
    yield from forgive((Try("code", user),))
    if way == "recovery":
        yield from audited(org, user, device, "account.recovered", now)
    return None


async def logout(gate: Gate, session: sessions.Session) -> None:
    gate.listeners.ended(sessions=await gate.store.run(_left, session, gate.now()))


def _left(session: sessions.Session, now: int) -> Work[tuple[str, ...]]:
    ended = yield from sessions.end(session.user, session.id)
    if ended:
        yield from audited(session.org, session.user, session.device, "account.logout", now)
    return ended
