"""What somebody who is signed in does about their own login: password, two-factor, devices.

What could lock them out asks for the password again: an open window is not enough.
"""

from __future__ import annotations

import msgspec

from missive_server.auth import devices, policy, sessions, totp, two_factor
from missive_server.auth.gate import Gate
from missive_server.auth.login import passed
from missive_server.auth.sessions import Session
from missive_server.auth.throttle import Try, forgive, pay
from missive_server.auth.trail import audited
from missive_server.database.work import Query, Work, first, keys
from missive_server.errors import BadRequest, Conflict, Forbidden, Problem
from missive_server.service import rows
from missive_wire.accounts import (
    SECRET_BYTES,
    Devices,
    EndSession,
    Me,
    PasswordChange,
    Policy,
    RecoveryCodes,
    RevokeDevice,
    Sessions,
    TwoFactorOffer,
    TwoFactorProof,
)
from missive_wire.entities import Type
from missive_wire.ids import org_scope


async def me(gate: Gate, session: Session) -> Me:
    return await gate.store.read(_me, session)


def _me(session: Session) -> Work[Me]:
    row = first(
        (
            yield Query(
                "SELECT u.email, u.totp_on, o.root FROM users u JOIN orgs o ON o.id = u.org"
                " WHERE u.id = $1",
                (session.user,),
            )
        )
    )
    assert row is not None  # its session was found a moment ago
    return Me(
        session.user,
        session.org,
        row[0],
        session.device,
        session.state,
        root=bytes(row[2]),
        two_factor=bool(row[1]),
        must=session.must,
        required=(yield from policy.demands_two_factor(session.org)),
        codes=(yield from two_factor.codes_left(session.user)),
        welcome=(yield from _welcome(session)),
    )


def _welcome(session: Session) -> Work[str]:
    """Return what stands in the header of the device for itself, once another one put it there."""
    row = first(
        (
            yield Query(
                f"SELECT e.h FROM {rows.BY_KEY} WHERE e.op = 'put'",
                (keys([(org_scope(session.org), Type.DEVICE, session.device)]),),
            )
        )
    )
    welcome = msgspec.json.decode(row[0]).get("welcome") if row else ""
    return welcome if isinstance(welcome, str) else ""


async def all_sessions(gate: Gate, session: Session) -> Sessions:
    return Sessions(await gate.store.read(sessions.all_, session.user, session.id, gate.now()))


async def end_session(gate: Gate, session: Session, which: EndSession) -> None:
    """End one of one's own, or all but this one."""
    gate.listeners.ended(sessions=await gate.store.run(_ended, session, which.session, gate.now()))


def _ended(session: Session, which: str, now: int) -> Work[tuple[str, ...]]:
    if which:
        ended = yield from sessions.end(session.user, which)
    else:
        ended = yield from sessions.end_others(session.user, session.id)
    if ended:
        yield from audited(session.org, session.user, session.device, "account.logout", now)
    return ended


async def all_devices(gate: Gate, session: Session) -> Devices:
    return Devices(await gate.store.read(devices.all_, session.user, session.device))


async def revoke_device(gate: Gate, session: Session, which: RevokeDevice) -> None:
    gate.listeners.ended(sessions=await gate.store.run(_revoked, session, which.device, gate.now()))


def _revoked(session: Session, device: str, now: int) -> Work[tuple[str, ...]]:
    ended = yield from devices.revoke(session.user, device)
    yield from audited(
        session.org, session.user, session.device, "account.revoked", now, {"device": device}
    )
    return ended


async def set_policy(gate: Gate, session: Session, wanted: Policy) -> None:
    gate.listeners.ended(sessions=await gate.store.run(policy.settle, session, wanted, gate.now()))


async def begin_two_factor(gate: Gate, session: Session, secret: bytes) -> TwoFactorOffer:
    _may_set_up(session)
    await _proved(gate, session, secret)
    key, email = await gate.store.run(_begun, session.user)
    return TwoFactorOffer(totp.uri(key, email), key)


def _begun(user: str) -> Work[tuple[str, str]]:
    if (yield from two_factor.get(user)).on:
        raise Conflict("Two-factor login is on already.", code="on")
    key = yield from two_factor.begin(user)
    row = first((yield Query("SELECT email FROM users WHERE id = $1", (user,))))
    assert row is not None
    return key, row[0]


def _may_set_up(session: Session) -> None:
    """Who has no more than a stolen password must not lock its owner out with a factor of theirs:
    a device that waits for approval sets one up only where nothing goes on without."""
    if session.state != "approved" and not session.must:
        raise Forbidden("This device is not approved yet.", code="pending")


async def confirm_two_factor(gate: Gate, session: Session, code: str) -> RecoveryCodes:
    _may_set_up(session)
    codes = await gate.store.run(_confirmed, session, code, gate.now(), gate.wall())
    if codes is None:
        raise Forbidden("The code is wrong. It changes every 30 seconds.", code="wrong_code")
    return RecoveryCodes(codes)


def _confirmed(session: Session, code: str, now: int, wall: float) -> Work[tuple[str, ...] | None]:
    tries = (Try("code", session.user),)
    yield from pay(tries, now)
    codes = yield from two_factor.confirm(session.user, code, wall)
    if codes is not None:
        yield from forgive(tries)
        yield from audited(
            session.org, session.user, session.device, "account.twofactor", now, {"on": True}
        )
    return codes


async def new_codes(gate: Gate, session: Session, proof: TwoFactorProof) -> RecoveryCodes:
    await _proved(gate, session, proof.secret)
    made = await gate.store.run(_recoded, session, proof.code, gate.now(), gate.wall())
    if isinstance(made, Problem):
        raise made
    return RecoveryCodes(made)


def _recoded(session: Session, code: str, now: int, wall: float) -> Work[tuple[str, ...] | Problem]:
    refusal = yield from _factor_passed(session, code, now, wall)
    if refusal:
        return refusal
    yield from audited(
        session.org, session.user, session.device, "account.twofactor", now, {"codes": True}
    )
    return (yield from two_factor.new_codes(session.user))


async def end_two_factor(gate: Gate, session: Session, proof: TwoFactorProof) -> None:
    await _proved(gate, session, proof.secret)
    refusal = await gate.store.run(_switched_off, session, proof.code, gate.now(), gate.wall())
    if refusal:
        raise refusal


def _switched_off(session: Session, code: str, now: int, wall: float) -> Work[Problem | None]:
    if (yield from policy.demands_two_factor(session.org)):
        raise Forbidden("Your organization demands two-factor login.")
    refusal = yield from _factor_passed(session, code, now, wall)
    if refusal:
        return refusal
    yield from two_factor.off(session.user)
    yield from audited(
        session.org, session.user, session.device, "account.twofactor", now, {"on": False}
    )
    return None


async def change_password(gate: Gate, session: Session, change: PasswordChange) -> None:
    """Ends all other sessions: whoever knew the old password is out."""
    if len(change.new) != SECRET_BYTES:
        raise BadRequest
    kept = await _proved(gate, session, change.old)
    fresh = await gate.passwords.hash(change.new)
    end = await gate.store.run(_changed, session, kept, fresh, change.code, gate.now(), gate.wall())
    if isinstance(end, Problem):
        raise end
    gate.listeners.ended(sessions=end)


def _changed(
    session: Session, kept: str, fresh: str, code: str, now: int, wall: float
) -> Work[Problem | tuple[str, ...]]:
    if (yield from two_factor.get(session.user)).on:
        refusal = yield from _factor_passed(session, code, now, wall)
        if refusal:
            return refusal
    told = yield Query(
        "UPDATE users SET secret = $3 WHERE id = $1 AND secret = $2 RETURNING id",
        (session.user, kept, fresh),
    )
    if not told:
        raise Conflict("The password was changed meanwhile.")
    yield from audited(session.org, session.user, session.device, "account.password", now)
    return (yield from sessions.end_others(session.user, session.id))


def _factor_passed(session: Session, code: str, now: int, wall: float) -> Work[Problem | None]:
    factor = yield from two_factor.get(session.user)
    if not factor.on:
        raise Conflict("Two-factor login is not on.", code="off")
    refusal = yield from passed(session.user, session.org, session.device, factor, code, now, wall)
    return Forbidden(str(refusal), code=refusal.code) if refusal else None


async def _proved(gate: Gate, session: Session, secret: bytes) -> str:
    """Make sure that who asks knows the password; return the hash that it was compared with."""
    tries, kept = await gate.store.run(_asked, session, gate.now())
    if not await gate.passwords.matches(kept, secret):
        raise Forbidden("The password is wrong.", code="wrong")
    await gate.store.run(forgive, tries)
    return kept


def _asked(session: Session, now: int) -> Work[tuple[tuple[Try, ...], str]]:
    row = first((yield Query("SELECT secret FROM users WHERE id = $1", (session.user,))))
    assert row is not None
    tries = (Try("device", session.device),)
    yield from pay(tries, now)
    return tries, row[0]
