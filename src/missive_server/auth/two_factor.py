"""Two-factor: an authenticator that was confirmed, and recovery codes for the day it is lost.

Tries are counted with those of all nodes; a step and a recovery code count once.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from missive_server.auth import totp
from missive_server.auth.tokens import hash_of, new_recovery_code, plain_code
from missive_server.database.work import Bulk, Query, Work, first
from missive_wire.accounts import RECOVERY_CODES

Way = Literal["", "code", "recovery"]


class Factor(NamedTuple):
    """`key` is "" where nothing was begun."""

    key: str
    on: bool
    step: int


def get(user: str) -> Work[Factor]:
    row = first(
        (
            yield Query(
                "SELECT totp, totp_on, totp_step FROM users WHERE id = $1 FOR UPDATE", (user,)
            )
        )
    )
    return Factor("", False, 0) if row is None else Factor(row[0], bool(row[1]), row[2])


def begin(user: str) -> Work[str]:
    """Return a new key, which counts once it is confirmed. One that counts is not replaced."""
    key = totp.new_key()
    yield Query(
        "UPDATE users SET totp = $2, totp_step = 0 WHERE id = $1 AND totp_on = 0", (user, key)
    )
    return key


def confirm(user: str, code: str, wall: float) -> Work[tuple[str, ...] | None]:
    """Switch it on, and return recovery codes; None if the code is wrong."""
    factor = yield from get(user)
    if factor.on or not factor.key:
        return None
    step = totp.accepted_step(factor.key, code, wall, factor.step)
    if step is None:
        return None
    yield Query("UPDATE users SET totp_on = 1, totp_step = $2 WHERE id = $1", (user, step))
    return (yield from new_codes(user))


def check(user: str, factor: Factor, code: str, wall: float) -> Work[Way]:
    """Return by what a code opens, "" if it does not; it never opens again."""
    if totp.is_code(code):
        step = totp.accepted_step(factor.key, code, wall, factor.step)
        if step is None:
            return ""
        yield Query("UPDATE users SET totp_step = $2 WHERE id = $1", (user, step))
        return "code"
    rows = yield Query(
        "DELETE FROM recovery_codes WHERE user_ = $1 AND hash = $2 RETURNING hash",
        (user, hash_of(plain_code(code))),
    )
    return "recovery" if rows else ""


def new_codes(user: str) -> Work[tuple[str, ...]]:
    """Replace all recovery codes."""
    codes = tuple(new_recovery_code() for _ in range(RECOVERY_CODES))
    yield Query("DELETE FROM recovery_codes WHERE user_ = $1", (user,))
    yield Bulk(
        "INSERT INTO recovery_codes (user_, hash) VALUES ($1, $2)",
        [(user, hash_of(code)) for code in codes],
    )
    return codes


def codes_left(user: str) -> Work[int]:
    row = first((yield Query("SELECT count(*) FROM recovery_codes WHERE user_ = $1", (user,))))
    return int(row[0]) if row else 0


def off(user: str) -> Work[None]:
    yield Query("UPDATE users SET totp = '', totp_on = 0, totp_step = 0 WHERE id = $1", (user,))
    yield Query("DELETE FROM recovery_codes WHERE user_ = $1", (user,))
