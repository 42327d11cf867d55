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
from missive_desktop.team import granting
from missive_desktop.team.keys import blobs, scope_keys, sealing, signing
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
    _directory(report, team, ana)
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


def _directory(report: Report, team: Team, ana: Person) -> None:
    """Read a directory for the first time, and after a change."""
    roster = team.roster(ana)
    for _ in range(MEMBERS):
        person = team.further(ana)
        user = new_id()
        me = signing.Me(
            team.org, type(ana.me.identity)(user, ana.me.identity.sign), person.me.device
        )
        statement = signing.member(team.org, user, me.identity.public, "member")
        rows = (
            ("member", user, signing.by_device(roster, ana.me, statement)),
            (
                "device", me.device.id,
                signing.by_identity(roster, me, signing.device(team.org, user, me.device.public)),
            ),
        )  # fmt: skip
        scope = org_scope(team.org)
        team.send(Intent("put", scope, t, i, "", {"user": user, "cert": c}) for t, i, c in rows)
    start = time.perf_counter()
    seen = len(team.roster().devices)
    first = (time.perf_counter() - start) * 1000
    name = f"read a directory of {seen} members and as many devices"
    report.add(f"{name}, first time", first, "ms", 1000.0)
    report.add(f"{name}, again", milliseconds(team.roster, 5), "ms", 300.0)


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
