"""Devices: pending until one of the user's own approves it, then approved, and revoked for good.

That one is approved or revoked by its `device` entity is decided where entities are.
"""

from __future__ import annotations

from typing import NamedTuple

import nacl.exceptions
import nacl.signing

from missive_server.auth import sessions
from missive_server.database.work import Query, Work, first
from missive_server.errors import BadRequest, Conflict, Forbidden, NotFound
from missive_wire import limits
from missive_wire.accounts import DeviceInfo, DeviceKeys, DeviceState
from missive_wire.ids import is_id

_KEY = 32
_PENDING = 10  # of one user; more push out the oldest


class Known(NamedTuple):
    user: str
    state: DeviceState
    sign: bytes
    box: bytes


def check(keys: DeviceKeys) -> None:
    """Refuse what can be no device."""
    if not is_id(keys.id) or len(keys.sign) != _KEY or len(keys.box) != _KEY:
        raise BadRequest("The device makes no sense.")


def signed(key: bytes, statement: bytes, proof: bytes) -> bool:
    """Tell whether an Ed25519 signature is right."""
    try:
        nacl.signing.VerifyKey(key).verify(statement, proof)
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        return False
    return True


def get(device: str) -> Work[Known | None]:
    row = first(
        (
            yield Query(
                "SELECT user_, state, sign, box FROM devices WHERE id = $1 FOR UPDATE", (device,)
            )
        )
    )
    return None if row is None else Known(row[0], row[1], bytes(row[2]), bytes(row[3]))


def is_known(user: str, keys: DeviceKeys) -> Work[bool]:
    """Tell whether a device, which has proved itself, signed in to this account before."""
    known = yield from get(keys.id)
    return (
        known is not None
        and known.state != "revoked"
        and known.user == user
        and ((known.sign, known.box) == (keys.sign, keys.box))
    )


def refuse_foreign(user: str, keys: DeviceKeys) -> Work[None]:
    """Refuse a device that is another's, has other keys, or was revoked."""
    known = yield from get(keys.id)
    if known is None:
        return
    if (known.user, known.sign, known.box) != (user, keys.sign, keys.box):
        raise Conflict("This device cannot sign in here.", code="taken")
    if known.state == "revoked":
        raise Forbidden("This device was revoked.", code="revoked")


def come(user: str, org: str, keys: DeviceKeys, now: int) -> Work[DeviceState]:
    """Return the state of a device that signs in; one that was never seen is pending."""
    known = yield from get(keys.id)
    if known is not None:
        return known.state
    yield from _refuse_crowd(user)
    yield from _make_room(user)
    yield from add(user, org, keys, "pending", now)
    return "pending"


def add(user: str, org: str, keys: DeviceKeys, state: DeviceState, now: int) -> Work[None]:
    rows = yield Query(
        "INSERT INTO devices (id, user_, org, state, sign, box, made, seen)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO NOTHING RETURNING id",
        (keys.id, user, org, state, keys.sign, keys.box, now),
    )
    if not rows:
        raise Conflict("This device cannot sign in here.", code="taken")


def _refuse_crowd(user: str) -> Work[None]:
    query = "SELECT count(*) FROM devices WHERE user_ = $1 AND state = 'approved'"
    if (yield Query(query, (user,)))[0][0] >= limits.DEVICES:
        raise Conflict("You have too many devices. Revoke one that you no longer use.")


def _make_room(user: str) -> Work[None]:
    rows = yield Query(
        "SELECT id FROM devices WHERE user_ = $1 AND state = 'pending' ORDER BY made DESC, id DESC",
        (user,),
    )
    for row in rows[_PENDING - 1 :]:
        yield from sessions.end_device(row[0])
        yield Query("DELETE FROM devices WHERE id = $1", (row[0],))


def all_(user: str, current: str) -> Work[tuple[DeviceInfo, ...]]:
    rows = yield Query(
        "SELECT id, state, sign, box, made, seen FROM devices WHERE user_ = $1 ORDER BY made, id",
        (user,),
    )
    return tuple(
        DeviceInfo(row[0], row[1], bytes(row[2]), bytes(row[3]), row[4], row[5], row[0] == current)
        for row in rows
    )


def approve(device: str) -> Work[bool]:
    """Let a pending device in; tell whether it was one."""
    rows = yield Query(
        "UPDATE devices SET state = 'approved' WHERE id = $1 AND state = 'pending' RETURNING id",
        (device,),
    )
    return bool(rows)


def revoke(user: str, device: str) -> Work[tuple[str, ...]]:
    """End a device of the user's own for good; return the sessions that ended."""
    rows = yield Query(
        "UPDATE devices SET state = 'revoked' WHERE id = $1 AND user_ = $2 RETURNING id",
        (device, user),
    )
    if not rows:
        raise NotFound("You have no such device.")
    return (yield from sessions.end_device(device))
