"""Grants of keys as changes to be sent: a new epoch, and devices that miss the key. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from missive_desktop.domain.team import Intent
from missive_desktop.team.keys import ring, scope_keys
from missive_desktop.team.keys.device import DevicePublic
from missive_desktop.team.keys.roster import Roster
from missive_desktop.team.keys.scope_keys import Grant, ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_wire import limits
from missive_wire.entities import Header, Type
from missive_wire.ids import derived_id, split_scope

_ENOUGH = 3  # members who have answered somebody that asks


def begin(
    roster: Roster,
    me: Me,
    scope: str,
    before: ScopeKey | None,
    *,
    history: bool = True,
    epoch: int = 0,
    gone: Iterable[str] = (),
    there: Collection[str] | None = None,
) -> tuple[ScopeKey, list[Intent]]:
    """Begin the next epoch for all who read the scope, by this roster. Who comes later reads what
    was before, unless `history` is closed. `epoch`: where that is not the one after `before`.
    `gone`: statements just made, by which somebody loses access. `there`: the devices that the
    server knows, which takes no keys for others; None: all that are in the roster."""
    key = scope_keys.new_key(scope, epoch or (before.epoch + 1 if before else 1))
    intents = []
    readers = [each for each in roster.readers(scope) if there is None or each.id in there]
    for part, devices in enumerate(scope_keys.parts(_with_me(readers, me))):
        said = () if part else _fitting([*gone, *roster.taken(scope)])
        header = scope_keys.granted(
            key, devices, me.device, roster.clock, before if history else None, said
        )
        act = "grant.made" if part else "grant.rotated"
        name = scope_keys.grant_id(scope, key.epoch, part)
        intents.append(Intent("put", scope, Type.GRANT, name, act, header))
    return key, intents


def _fitting(gone: Iterable[str]) -> tuple[str, ...]:
    """Return the first of these statements, as many as a record has room for."""
    chosen: list[str] = []
    room = limits.GRANT_GONE_BYTES
    for text in dict.fromkeys(gone):
        if len(text) > room or len(chosen) == limits.GRANT_GONE:
            break
        chosen.append(text)
        room -= len(text)
    return tuple(chosen)


def told(records: Iterable[tuple[str, Header]]) -> set[str]:
    """Return the statements that came along with keys; whether they count is for the roster."""
    found: set[str] = set()
    for _, header in records:
        gone = header.get("gone")
        if isinstance(gone, list | tuple):
            found.update(each for each in gone[: limits.GRANT_GONE] if isinstance(each, str))
    return found


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
    roster: Roster,
    me: Me,
    key: ScopeKey,
    records: Sequence[tuple[str, Header]],
    there: Collection[str] | None = None,
) -> list[Intent]:
    """Give the newest key to who reads the scope and has not got it: a device that was approved
    meanwhile, a member who joined while the keys were changed, or whom somebody left out for no
    reason; and to who says that what they got is no key.

    There is a reason where a statement took their access away. It comes with the record by which
    the keys changed, so if one of those is kept from us, who was left out gets nothing from us.
    """
    found = ring.proven(roster, key.scope, records)
    grants = found.now.get(key.epoch, [])
    given = {device for grant in grants for device in grant.keys}
    out: set[str] = set()
    if not (found.is_whole(key.epoch) and told(records) <= roster.told):
        out = roster.left_out(key.scope, given, found.began.get(key.epoch, 0))
    asks = found.asked.get(key.epoch, set())
    lacking = [
        each
        for each in roster.readers(key.scope)
        if (there is None or each.id in there)
        and (each.id not in given or (each.id in asks and _unanswered(me, grants, each.id)))
        and not ((device := roster.devices.get(each.id)) is not None and device.user in out)
    ]
    return more(roster, me, key, lacking)


def ask(
    roster: Roster, me: Me, scope: str, epoch: int, records: Iterable[tuple[str, Header]]
) -> list[Intent]:
    """Ask those who have it for the key of an epoch, once."""
    name, readers = scope_keys.ask_id(scope, epoch, me.device.id), roster.readers(scope)
    if any(id_ == name for id_, _ in records) or me.device.id not in {r.id for r in readers}:
        return []
    header = scope_keys.asking(scope, epoch, me.device, roster.clock)
    return [Intent("put", scope, Type.GRANT, name, "grant.asked", header)]


def _unanswered(me: Me, grants: Iterable[Grant], device: str) -> bool:
    """Say whether this device is to answer one that asks, though it was given something."""
    gave = {grant.by for grant in grants if device in grant.keys}
    return device != me.device.id and me.device.id not in gave and len(gave) <= _ENOUGH


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
