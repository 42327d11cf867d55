"""Grants of keys as changes to be sent: a new epoch, and devices that miss the key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from missive_desktop.domain.team import Intent
from missive_desktop.team.keys import ring, scope_keys
from missive_desktop.team.keys.device import DevicePublic
from missive_desktop.team.keys.roster import Roster
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_wire.entities import Header, Type
from missive_wire.ids import derived_id, split_scope


def begin(
    roster: Roster,
    me: Me,
    scope: str,
    before: ScopeKey | None,
    *,
    history: bool = True,
    epoch: int = 0,
) -> tuple[ScopeKey, list[Intent]]:
    """Begin the next epoch for all who read the scope, by this roster. Who comes later reads what
    was before, unless `history` is closed. `epoch`: where that is not the one after `before`."""
    key = scope_keys.new_key(scope, epoch or (before.epoch + 1 if before else 1))
    intents = []
    readers = _with_me(roster.readers(scope), me)
    for part, devices in enumerate(scope_keys.parts(readers)):
        header = scope_keys.granted(
            key, devices, me.device, roster.clock, before if history else None
        )
        act = "grant.made" if part else "grant.rotated"
        name = scope_keys.grant_id(scope, key.epoch, part)
        intents.append(Intent("put", scope, Type.GRANT, name, act, header))
    return key, intents


def more(roster: Roster, me: Me, key: ScopeKey, devices: Iterable[DevicePublic]) -> list[Intent]:
    """Give the key of an epoch to further devices."""
    some = list(devices)
    intents = []
    for part in scope_keys.parts(some) if some else []:
        header = scope_keys.granted(key, part, me.device, roster.clock)
        name = derived_id(
            split_scope(key.scope)[1],
            f"grant {key.epoch} {me.device.id} {' '.join(each.id for each in part)}",
        )
        intents.append(Intent("put", key.scope, Type.GRANT, name, "grant.made", header))
    return intents


def missing(
    roster: Roster, me: Me, key: ScopeKey, records: Sequence[tuple[str, Header]]
) -> list[Intent]:
    """Give the newest key to who reads the scope and has not got it: a device that was approved
    meanwhile, a member who joined while the keys were changed. Who was left out on purpose when
    the epoch began gets nothing."""
    found = ring.proven(roster, key.scope, records)
    given = {device for grant in found.now.get(key.epoch, []) for device in grant.keys}
    out = roster.left_out(key.scope, given, found.began.get(key.epoch, 0))
    lacking = [
        each
        for each in roster.readers(key.scope)
        if each.id not in given
        and not ((device := roster.devices.get(each.id)) is not None and device.user in out)
    ]
    return more(roster, me, key, lacking)


def shut_out(
    roster: Roster, me: Me, scope: str, epoch: int, records: Sequence[tuple[str, Header]]
) -> bool:
    """Say whether the key of an epoch was kept from this device on purpose: its user was left out
    when the epoch began, or what the device was given is no key."""
    if epoch in ring.collected(roster, scope, records, me.device).keys:
        return False
    grants = ring.proven(roster, scope, records)
    given = {device for grant in grants.now.get(epoch, []) for device in grant.keys}
    if me.device.id in given:
        return True
    began = grants.began.get(epoch)
    return began is not None and me.user in roster.left_out(scope, given, began)


def _with_me(readers: list[DevicePublic], me: Me) -> list[DevicePublic]:
    """The one who rotates keeps the key, also where their own row is still on its way."""
    mine = me.device.public
    return readers if any(each.id == mine.id for each in readers) else [*readers, mine]
