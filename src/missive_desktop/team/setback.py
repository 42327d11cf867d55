"""Whether a restore that the server announced is why a trail lost entries. Pure.

A server that goes back to a backup begins all scopes anew, and notes in the organization's trail,
which it signs, of when the backup is. What came later is gone then; what is older must stand there
as it was. More cannot be told: a server that takes entries away could announce the same, so
somebody who knows has to say that it was a restore.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from missive_desktop.domain.team import Intent
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team.checkpoints import Signed
from missive_wire import shapes
from missive_wire.chain import Record
from missive_wire.entities import Type
from missive_wire.ids import derived_id, org_scope

ACT = "organization.restored"
_CLOCKS = 60_000  # ms by which the clock of who makes backups may be ahead of the server's


class Restore(NamedTuple):
    epoch: str  # that began with it
    at: int  # ms
    made: int  # when the backup was


class Held(NamedTuple):
    """An entry that was known here, or where the chain ended at a time."""

    n: int
    at: int
    h: str  # hex


class Accepted(NamedTuple):
    by: str  # user
    at: int  # ms


class _Shown(msgspec.Struct, frozen=True):
    """What evidence keeps of how it was before."""

    before: Signed | None = None
    here: tuple[Record, ...] = ()


class _Back(msgspec.Struct, frozen=True):
    """Evidence of a checkpoint that is older than one before."""

    before: Signed
    shown: Signed


class _Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole restore: an acceptance is of this one, whatever is announced later."""

    epoch: str = ""
    at: int = 0
    made: int = 0


def announced(records: Iterable[Record]) -> list[Restore]:
    """Return the restores that the organization's trail tells of, the oldest first."""
    found = []
    for each in records:
        details = each.details or {}
        new, made = details.get("epoch"), details.get("made")
        if each.act == ACT and not each.by and isinstance(new, str) and isinstance(made, int):
            found.append(Restore(new, each.at, made))
    return found


def begun(restores: list[Restore], epoch: str) -> list[Restore]:
    """Return those that were one. `epoch`: of the organization's scope now; the last began it."""
    return restores if restores and restores[-1].epoch == epoch else restores[:-1]


def held(shown: str, scope: str) -> list[Held]:
    """Return what evidence says was known of a chain before."""
    try:
        read = shapes.read(shown, _Shown)
    except msgspec.MsgspecError:
        return []
    found = [Held(each.n, each.at, each.h.hex()) for each in read.here]
    if read.before is not None and scope in read.before.heads:
        n, h = read.before.heads[scope]
        found.append(Held(n, read.before.at, h))
    return found


def behind(
    restores: Sequence[Restore], known: Sequence[Held], now: Mapping[int, str]
) -> Restore | None:
    """Return the restore that is enough to explain that what was known is no longer so.

    `now`: hashes of the chain as it is, by number. What is older than the backup is as it was.
    """
    for restore in restores:
        before = all(each.at <= restore.at for each in known)
        kept = all(now.get(each.n) == each.h for each in known if each.at <= restore.made - _CLOCKS)
        if known and before and kept:
            return restore
    return None


def behind_older(restores: Sequence[Restore], shown: str) -> Restore | None:
    """Return the restore that explains that an older checkpoint was shown: that of the backup."""
    try:
        read = shapes.read(shown, _Back)
    except msgspec.MsgspecError:
        return None
    for restore in restores:
        if read.shown.at <= restore.made + _CLOCKS and read.before.at <= restore.at:
            return restore
    return None


def acceptance(org: str, restore: Restore) -> Intent:
    """Say, signed like all that is sealed, that it was a restore and is known to be one."""
    body = msgspec.json.encode(_Body(*restore)).decode()
    id_ = derived_id(org, f"restore {restore.epoch}")
    return Intent("put", org_scope(org), Type.RESTORE, id_, "restore.accepted", body=body)


def accepted(
    rows: Iterable[EntityRow], author: Callable[[str], str], is_admin: Callable[[str], bool]
) -> dict[Restore, Accepted]:
    """Return which restores were accepted, by whom; only admins can."""
    found = {}
    for row in rows:
        user = author(row.signed) if row.there and row.signed and not row.trouble else ""
        if user and is_admin(user):
            try:
                said = shapes.read(row.body, _Body)
            except msgspec.MsgspecError:
                continue
            found[Restore(said.epoch, said.at, said.made)] = Accepted(user, row.at)
    return found
