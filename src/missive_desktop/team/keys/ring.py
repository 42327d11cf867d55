"""From the grant records of a scope to the keys that this device has of it: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from missive_desktop.team.keys import primitives, scope_keys
from missive_desktop.team.keys.device import DeviceKeys
from missive_desktop.team.keys.roster import Problem, Roster
from missive_desktop.team.keys.scope_keys import Grant, ScopeKey
from missive_desktop.team.keys.trouble import KeyMissing, Tampered
from missive_wire.entities import Header

_FOREIGN = "The server shows a key for what you share that nobody of you has made."


class Ring(NamedTuple):
    """All keys of a scope that could be had. `newest`: the highest epoch that is proven."""

    keys: dict[int, ScopeKey]
    newest: int
    problems: tuple[Problem, ...] = ()

    @property
    def current(self) -> ScopeKey | None:
        return self.keys.get(self.newest)


class Records(NamedTuple):
    """Grant records by epoch: `now` of those who may read the scope; `once` of those who could,
    which lead back from a newer key but give none by themselves."""

    now: dict[int, list[Grant]]
    once: dict[int, list[Grant]]
    began: dict[int, int]  # the clock of who began the epoch
    problems: list[Problem]
    whole: set[int]  # epochs of which that record is here, by which they began
    asked: dict[int, set[str]]  # devices that may read the scope and ask for the key

    def is_whole(self, epoch: int) -> bool:
        """Say whether nothing of how the keys came about is kept from us, up to an epoch."""
        return all(each in self.whole for each in range(1, epoch + 1))

    def confirm(self, epoch: int) -> bytes | None:
        return self.now[epoch][0].confirm if epoch in self.now else None


def collected(
    roster: Roster,
    scope: str,
    records: Iterable[tuple[str, Header]],
    device: DeviceKeys,
    known: Mapping[int, ScopeKey] | None = None,
) -> Ring:
    """Open what is granted to a device (or an invitation, or the root) and walk back from there.

    `records`: id and header of each `grant` row. A key that is `known` is never replaced by
    another one of its epoch.
    """
    keys = dict(known or {})
    found = proven(roster, scope, records)
    problems = found.problems
    newest = max([*found.now, *keys], default=0)
    epochs = {epoch for epoch in (*found.now, *found.once) if epoch > 0}
    for epoch in sorted(epochs, reverse=True):
        grants = [(each, True) for each in found.now.get(epoch, [])]
        grants += [(each, False) for each in found.once.get(epoch, [])]
        for grant, trusted in sorted(grants, key=lambda each: device.id not in each[0].keys):
            try:
                _take(grant, trusted, device, keys, found)
            except KeyMissing:
                continue
            except Tampered as error:
                problems.append(Problem("key", scope, str(error)))
    return Ring(keys, newest, tuple(problems))


def proven(roster: Roster, scope: str, records: Iterable[tuple[str, Header]]) -> Records:
    """Sort records by who signed them. Of two keys for one epoch, that of its beginning counts:
    who lost the race to begin it may have left records behind."""
    found = Records({}, {}, {}, [], set(), {})
    begins: dict[int, bytes] = {}
    first: dict[int, str] = {}  # what the record that begins an epoch is called
    grantors = roster.grantors(scope)
    for name, header in records:
        grant = scope_keys.read(scope, header)
        if grant is None:
            found.problems.append(Problem("key", scope, _FOREIGN))
            continue
        sign, past = grantors.get(grant.by), roster.author(grant.by)
        once = sign is None and past is not None and scope_keys.proven(grant, past.sign)
        mine = scope_keys.proven(grant, sign)
        if (mine or once) and grant.asks:
            if mine:
                found.asked.setdefault(grant.epoch, set()).add(grant.by)
            continue
        if grant.epoch not in first:
            first[grant.epoch] = scope_keys.grant_id(scope, grant.epoch)
        if (mine or once) and name == first[grant.epoch]:
            found.whole.add(grant.epoch)
        if mine:
            found.now.setdefault(grant.epoch, []).append(grant)
            if name == first[grant.epoch]:
                begins[grant.epoch] = grant.confirm
                found.began[grant.epoch] = grant.n
        elif once:
            found.once.setdefault(grant.epoch, []).append(grant)
        elif sign is not None or past is not None:
            found.problems.append(Problem("key", scope, _FOREIGN))
    for epoch, grants in found.now.items():
        confirm = begins.get(epoch, grants[0].confirm)
        found.now[epoch] = [each for each in grants if primitives.equal(each.confirm, confirm)]
        found.began.setdefault(epoch, min(each.n for each in found.now[epoch]))
    return found


def _take(
    grant: Grant, trusted: bool, device: DeviceKeys, keys: dict[int, ScopeKey], found: Records
) -> None:
    """Take the key out of a record, and the one before it. `trusted`: by who may read it now."""
    mine = keys.get(grant.epoch)
    if mine is None and trusted:
        mine = keys[grant.epoch] = scope_keys.opened(grant, device)
    if mine is None:
        return
    if not primitives.equal(mine.confirm, grant.confirm):
        if trusted:
            raise Tampered("There is another key for an epoch than there was before.")
        return
    before = keys.get(grant.epoch - 1)
    confirm = before.confirm if before else found.confirm(grant.epoch - 1)
    earlier = scope_keys.earlier(grant, mine, confirm)
    if earlier is not None:
        keys.setdefault(earlier.epoch, earlier)
