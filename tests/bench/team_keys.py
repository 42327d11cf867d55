"""Keys of a team: seals per second, a change of keys for many devices, a large directory read.

The peer is PyNaCl's SecretBox in the same process, which binds nothing and signs nothing.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable

from nacl.secret import SecretBox
from tests.bench.report import Report, milliseconds
from tests.people import Person, Team, founded

from missive_desktop.domain.team import Intent
from missive_desktop.team import granting, organizing
from missive_desktop.team.keys import blobs, ring, scope_keys, sealing, signing
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.identity import new_identity
from missive_desktop.team.keys.roster import Device
from missive_wire.ids import new_id, org_scope, space_scope

KIB = os.urandom(1024)
SEALS = 5000
DEVICES = {10: 5.0, 50: 15.0, 500: 120.0, 2000: 500.0}
MEMBERS = 500
MEBIBYTES = 64


def run(report: Report) -> None:
    """Measure all; print the peer beside."""
    team, ana = founded()
    space = team.space(ana)
    _bodies(report, team, ana, space)
    for devices, goal in DEVICES.items():
        _rotation(report, team, ana, space, devices, goal)
    _directory(report, team, ana, space)
    _files(report)


def _bodies(report: Report, team: Team, ana: Person, space: str) -> None:
    scope = space_scope(space)
    key, roster = team.keys(ana)[scope], team.roster(ana)
    place = sealing.Place(team.org, scope, "comment", new_id(), key.epoch, 1)
    sealed = sealing.seal(key, ana.me.device, place, KIB)
    bare = SecretBox(key.key)
    closed = bare.encrypt(KIB)
    seal = _rate(lambda: sealing.seal(key, ana.me.device, place, KIB))
    open_ = _rate(lambda: sealing.open_(key, roster.author, place, sealed))
    report.add("seal a body of 1 KiB, signed and bound: a second", seal / 1000, "k/s")
    report.add("bare SecretBox of PyNaCl", _rate(lambda: bare.encrypt(KIB)) / 1000, "k/s")
    report.add("open such a body and check who wrote it: a second", open_ / 1000, "k/s")
    report.add("bare SecretBox of PyNaCl", _rate(lambda: bare.decrypt(closed)) / 1000, "k/s")


def _rate(work: Callable[[], object]) -> float:
    work()
    start = time.perf_counter()
    for _ in range(SEALS):
        work()
    return SEALS / (time.perf_counter() - start)


def _rotation(
    report: Report, team: Team, ana: Person, space: str, devices: int, goal: float
) -> None:
    """Change the key of a space: make it, seal it to each device, sign the records."""
    roster = team.roster(ana)
    more = [team.further(ana).me.device.public for _ in range(devices - 2)]  # root, Ana's
    many = {each.id: Device(each.id, ana.user, each.sign, each.box, 1) for each in more}
    roster.devices.update(many)
    before = team.keys(ana)[space_scope(space)]
    took = milliseconds(
        lambda: granting.begin(roster, ana.me, before.scope, before), 9 if devices > 500 else 15
    )
    report.add(f"change the keys of a space for {devices} devices", took, "ms", goal)


def _directory(report: Report, team: Team, ana: Person, space: str) -> None:
    """Read a directory for the first time, and after a change, which brings a record of keys."""
    roster = team.roster(ana)
    org = org_scope(team.org)
    key = team.keys(ana)[org]
    for _ in range(MEMBERS):
        me = signing.Me(team.org, new_identity(new_id()), new_device(new_id()))
        further = new_device(new_id())
        statement = signing.member(team.org, me.user, me.identity.public, "member")
        cert = signing.by_device(roster, ana.me, statement)
        team.send([_row(team.org, "member", me.user, me.user, cert)])
        for each in (me.device, further):
            device = signing.device(team.org, me.user, each.public)
            cert = signing.by_identity(roster, me, device)
            team.send([_row(team.org, "device", each.id, me.user, cert)])
        team.send(granting.more(roster, me, key, [further.public]))
    ana.certs, records = {}, team.records(org)
    first = _cpu(lambda: ring.collected(team.roster(ana), org, records, ana.me.device))
    roster = team.roster(ana)
    name = f"roster of {len(roster.members)} members, 2 devices each"
    report.add(f"{name}: cold", first, "ms CPU", 600.0)
    space_key = team.keys(ana)[space_scope(space)]
    team.send(organizing.give_seat(roster, ana.me, space_key, me.user))
    later = _cpu(lambda: ring.collected(team.roster(ana), org, records, ana.me.device))
    report.add(f"{name}: one change", later, "ms CPU", 150.0)


def _row(org: str, t: str, id_: str, user: str, cert: str) -> Intent:
    return Intent("put", org_scope(org), t, id_, "", {"user": user, "cert": cert})


def _cpu(work: Callable[[], object]) -> float:
    """Return what work costs the processor, in ms."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def _files(report: Report) -> None:
    plain, key = os.urandom(1 << 20) * MEBIBYTES, scope_keys.new_key(space_scope(new_id())).key
    target = io.BytesIO()
    start = time.perf_counter()
    made = blobs.seal_file(key, io.BytesIO(plain), target)
    report.add("seal a file", MEBIBYTES / (time.perf_counter() - start), "MiB/s")
    target.seek(0)
    start = time.perf_counter()
    blobs.open_file(key, target, io.BytesIO(), made.hash)
    report.add("open a file", MEBIBYTES / (time.perf_counter() - start), "MiB/s")
