"""A whole team under faults: members' devices, nodes and databases as processes that are killed,
stopped, cut off, set back. After it nothing acknowledged is lost and all have the same.

`tests.verdicts` has the rules. MISSIVE_SEED repeats the faults of a run, MISSIVE_SOAK does more.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.servers import postgres as databases
from tests.servers.disk import SmallDisk
from tests.servers.dovecot import DovecotServer
from tests.servers.lossy_redis import LossyRedis
from tests.servers.redis import RedisServer
from tests.servers.soak import dice, rounds
from tests.servers.storm import Storm, WrongServer
from tests.servers.storm_mail import MailStorm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 and SIGSTOP")

LONGEST = 60.0 if rounds(1) > 1 else 1.0
FAULTS = 5 if rounds(1) == 1 else 25
Made = Callable[[str], Storm]


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Made]:
    with ExitStack() as held:

        def made(kind: str) -> Storm:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            chance = dice(f"survival {kind} {folder.name}")
            if kind == "sqlite":
                storm = Storm(folder, [WrongServer(folder / "node").start()], chance)
                held.callback(storm.close)
                return storm
            database = held.enter_context(databases.running(durable=True))
            redis = RedisServer(folder).start()
            held.callback(redis.stop)
            bus = LossyRedis(redis, 30, random.Random(chance.random()))
            held.callback(bus.close)
            flags = ("--database", database.database(), "--blobs", str(folder / "blobs"),
                     "--bus", bus.url)  # fmt: skip
            nodes = [WrongServer(folder / name, *flags).start() for name in ("one", "two")]

            def kill() -> None:
                database.kill()
                database.start()

            storm = Storm(folder, nodes, chance, kill)
            held.callback(storm.close)
            return storm

        yield made


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_team_survives_whatever_befalls_its_parts(storm: Made, kind: str) -> None:
    for _ in range(max(1, rounds(1) // 4)):
        made = storm(kind)
        made.begin()
        made.storm(FAULTS, LONGEST)
        made.heal()
        assert made.judged() == []


def test_a_team_survives_a_server_that_is_set_back_while_it_works(storm: Made) -> None:
    for _ in range(max(1, rounds(1) // 4)):
        made = storm("sqlite")
        made.begin()
        made.storm(2, 0.5)
        made.back_up()
        made.storm(2, 0.5)
        made.restore()
        made.storm(2, 0.5)
        made.heal()
        assert made.judged() == []


@pytest.mark.skipif(rounds(1) == 1, reason="leases end in real time: make soak")
def test_a_shared_inbox_survives_what_befalls_workers_and_mail_servers(
    tmp_path: Path, mortal_dovecot: DovecotServer
) -> None:
    for number in range(max(1, rounds(1) // 4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        node = WrongServer(folder / "node").start()
        made = MailStorm(folder, [node], dice(f"inbox {number}"), dovecot=mortal_dovecot)
        try:
            made.begin()
            made.storm(FAULTS, LONGEST)
            made.heal()
            assert made.judged() == []
        finally:
            made.close()


@pytest.mark.parametrize("whose", ["server", "members"])
def test_a_team_survives_a_full_disk(small_disk: SmallDisk, tmp_path: Path, whose: str) -> None:
    place = small_disk.path if whose == "server" else tmp_path
    stores = small_disk.path if whose == "members" else tmp_path
    node, chance = WrongServer(place / "node").start(), dice(f"full disk {whose}")
    filled(Storm(tmp_path, [node], chance, stores=stores), small_disk)


@pytest.mark.skipif(rounds(1) == 1, reason="a database starts again and again: make soak")
def test_a_team_survives_a_full_disk_of_its_database(small_disk: SmallDisk, tmp_path: Path) -> None:
    small_disk.make_room()  # a new database is larger than the disk was
    with databases.running(durable=True, within=small_disk.path) as database:

        def mended() -> None:
            if not database.runs:  # it ends itself where it cannot write down what it did
                database.start()

        flags = ("--database", database.database(), "--blobs", str(tmp_path / "blobs"))
        node = WrongServer(tmp_path / "node", *flags).start()
        filled(Storm(tmp_path, [node], dice("full database")), small_disk, mended)


def filled(storm: Storm, disk: SmallDisk, mended: Callable[[], None] = lambda: None) -> None:
    """Let a disk fill up while a team works, and get room again."""
    try:
        storm.begin()
        for _ in range(rounds(1)):
            time.sleep(1.0)
            storm.note("disk full")
            disk.fill()
            time.sleep(storm.chance.uniform(0.5, 1.5))
            disk.make_room()
            mended()
        storm.heal()
        assert storm.judged() == []
    finally:
        storm.close()
