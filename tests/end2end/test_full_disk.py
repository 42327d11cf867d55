"""A full or a read-only disk: said in plain words, nothing half done, and it goes on after."""

from __future__ import annotations

import base64
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.disk import SmallDisk
from tests.servers.dovecot import DovecotServer, User
from tests.servers.pair import eventually, mail
from tests.servers.program import Program
from tests.servers.victim import Victim

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import (
    Act,
    AddAccount,
    AttachToDraft,
    Import,
    Ping,
    Prepare,
    SaveDraft,
    SendRaw,
    Sync,
    Watch,
)
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import drafts, outbox
from missive_desktop.store.database import Connection


def large(subject: str) -> bytes:
    """Return a mail of about 140 KB that cannot be compressed much."""
    return mail(subject, base64.encodebytes(os.urandom(100_000)).decode())


def placed(conn: Connection) -> set[tuple[int, int]]:
    return set(conn.execute("SELECT uid, message_id FROM placements").fetchall())


def flags(conn: Connection) -> list[int]:
    return [row[0] for row in conn.execute("SELECT flags FROM messages ORDER BY id").fetchall()]


@pytest.fixture
def user(dovecot: DovecotServer) -> User:
    return dovecot.new_user()


@pytest.fixture
def victim(small_disk: SmallDisk) -> Victim:
    return Victim(small_disk.path)


@pytest.fixture
def client(victim: Victim) -> Iterator[BlockingClient]:
    with victim.client() as client:
        yield client


@pytest.fixture
def account(client: BlockingClient, dovecot: DovecotServer, user: User) -> int:
    """An account with five messages that is in step."""
    dovecot.append(user, [mail(f"one {n}") for n in range(5)])
    added = client.call(AddAccount(settings=dovecot.settings(user), secret=user.password))
    client.call(Sync())
    return int(added["account"])


def test_a_sync_that_fills_the_disk(
    small_disk: SmallDisk, victim: Victim, client: BlockingClient, dovecot: DovecotServer,
    user: User, account: int,
) -> None:  # fmt: skip
    dovecot.append(user, [large(f"large {n}") for n in range(255)])
    for _ in range(3):
        # The thread that waits for news may be the one that meets the full disk.
        eventually(lambda: client.call(Sync())["accounts"][0]["error"] == "The disk is full.")
        eventually(lambda: nothing_half_written(victim))
    client.call(Ping())
    some = victim.read(placed)
    assert 5 <= len(some) < 260
    assert victim.problems() == []
    small_disk.make_room()
    [answer] = client.call(Sync())["accounts"]
    assert answer["error"] == ""
    assert some < victim.read(placed)
    assert len(victim.read(placed)) == 260
    assert victim.problems() == []


def nothing_half_written(victim: Victim) -> bool:
    """Tell whether the packs hold only what has rows."""
    rows = dict(victim.read(lambda conn: conn.execute("SELECT id, size FROM packs").fetchall()))
    files = victim.profile.packs.glob("*.pack")
    return all(file.stat().st_size == rows.get(int(file.stem), 0) for file in files)


def test_what_the_user_does_on_a_full_disk(
    small_disk: SmallDisk, victim: Victim, client: BlockingClient, dovecot: DovecotServer,
    user: User, account: int,
) -> None:  # fmt: skip
    ids = tuple(message for _, message in victim.read(placed))
    draft = Draft(account=account, subject="kept", text="first")
    saved = client.call(SaveDraft(draft=0, content=draft))
    before = victim.read(placed), victim.read(flags), victim.read(drafts.all_)
    raw = f"From: {user.address}\nTo: {user.address}\nSubject: x\n\nx\n".encode()
    mbox = Path(small_disk.path.parent / f"{user.address}.eml")
    mbox.write_bytes(large("imported"))
    try:
        refused = 0
        for request in (
            Act(kind="star", messages=ids),
            Act(kind="archive", messages=ids),
            SaveDraft(draft=saved["draft"], content=Draft(account=account, text="y" * 200_000)),
            SendRaw(raw=raw + os.urandom(200_000).hex().encode(), account=account),
            AttachToDraft(account=account, name="x", data=os.urandom(200_000)),
            Import(paths=(str(mbox),)),
        ):
            small_disk.fill()
            with pytest.raises(DiskTrouble, match="disk is full"):
                client.call(request)
            refused += 1
        assert refused == 6
    finally:
        mbox.unlink()
    assert (victim.read(placed), victim.read(flags), victim.read(drafts.all_)) == before
    assert victim.read(outbox.all_) == []
    assert victim.problems() == []
    small_disk.make_room()
    client.call(Act(kind="star", messages=ids))
    client.call(SaveDraft(draft=saved["draft"], content=Draft(account=account, text="second")))
    client.call(SendRaw(raw=raw, account=account, wait=True))
    assert victim.read(flags) == [2] * 5
    assert [row.draft.text for row in victim.read(drafts.all_)] == ["second"]
    assert victim.problems() == []


@pytest.mark.parametrize("moment", ["before the data", "before the answer"])
def test_the_disk_fills_while_a_mail_goes_out(
    small_disk: SmallDisk, victim: Victim, client: BlockingClient, dovecot: DovecotServer,
    user: User, account: int, moment: str,
) -> None:  # fmt: skip
    friend = dovecot.new_user()
    raw = f"From: {user.address}\nTo: {friend.address}\nSubject: once\n\nx\n".encode()
    client.call(Watch())
    behaviour = dovecot.submission.behaviour
    behaviour.delay = 1.0
    try:
        number = client.call(SendRaw(raw=raw, account=account))["outbox"]
        if moment == "before the data":
            small_disk.fill()
        else:
            eventually(lambda: sent_so_far(victim, number))
            small_disk.fill()
        time.sleep(2.5)
        client.call(Ping())
        small_disk.make_room()
        eventually(lambda: settled(victim, number), 120)
    finally:
        behaviour.delay = 0.0
    time.sleep(1)
    with dovecot.client(friend, "INBOX") as imap:
        arrived = len(imap.search(None, "ALL")[1][0].split())
    row = victim.read(lambda conn: outbox.get(conn, number))
    assert row is not None
    assert arrived <= 1
    if row.state is Outgoing.SENT:
        assert arrived == 1
    assert victim.problems() == []


def sent_so_far(victim: Victim, number: int) -> bool:
    row = victim.read(lambda conn: outbox.get(conn, number))
    return row is not None and row.data_sent


def settled(victim: Victim, number: int) -> bool:
    row = victim.read(lambda conn: outbox.get(conn, number))
    return row is not None and row.state in (Outgoing.SENT, Outgoing.UNCERTAIN, Outgoing.FAILED)


def add(program: Program, server: DovecotServer, user: User, code: int = 0) -> str:
    return program.run(
        "account", "add", user.address, "--imap", f"localhost:{server.imaps_port}", "--smtp",
        f"localhost:{server.submission.tls_port}", "--ca", server.ca_file, "--password-stdin",
        given=user.password + "\n", code=code,
    ).stderr  # fmt: skip


def test_the_command_line_on_a_full_disk(
    small_disk: SmallDisk, dovecot: DovecotServer, user: User
) -> None:
    program = Program(small_disk.path)
    dovecot.append(user, [large(f"one {n}") for n in range(3)])
    small_disk.fill()
    assert "full" in add(program, dovecot, user, code=1)
    small_disk.make_room()
    add(program, dovecot, user)
    ids = [str(row["id"]) for row in program.json("list")]
    small_disk.fill()
    dovecot.append(user, [large(f"two {n}") for n in range(3)])
    assert "full" in program.run("sync", code=1).stderr
    assert "full" in program.run("star", ids[0], code=1).stderr
    raw = f"From: {user.address}\nTo: {user.address}\nSubject: x\n\nx\n"
    assert "full" in program.run("send", "-", given=raw, code=1).stderr
    assert "full" in program.run("list", code=1).stderr
    assert "free" in program.run("doctor", code=1).stdout
    small_disk.make_room(1 << 17)
    assert len(program.json("list")) == 3  # reading needs hardly any
    assert "one" in program.run("show", ids[1]).stdout
    small_disk.make_room()
    program.run("sync")
    assert len(program.json("list")) == 6
    assert [row["starred"] for row in program.json("list")] == [False] * 6
    assert "The store is whole." in program.run("doctor", "--thorough", code=None).stdout
    assert program.crashes() == ""


def test_a_read_only_profile(small_disk: SmallDisk, dovecot: DovecotServer, user: User) -> None:
    program = Program(small_disk.path)
    dovecot.append(user, [mail(f"one {n}") for n in range(3)])
    add(program, dovecot, user)
    ids = [str(row["id"]) for row in program.json("list")]
    small_disk.read_only(on=True)
    for command in (["sync"], ["star", ids[0]], ["account", "remove", user.address]):
        said = program.run(*command, code=1).stderr
        assert "read-only" in said or "rights" in said, (command, said)
    assert "WRONG" in program.run("doctor", code=1).stdout
    small_disk.read_only(on=False)
    program.run("sync")
    assert len(program.json("list")) == 3
    assert program.crashes() == ""


def test_a_new_profile_where_nothing_can_be_written(
    small_disk: SmallDisk, dovecot: DovecotServer, user: User
) -> None:
    small_disk.read_only(on=True)
    program = Program.__new__(Program)
    directory = small_disk.path
    program.profile = directory / "profile"
    program.environment = {
        **os.environ, "MISSIVE_PROFILE": str(program.profile), "DBUS_SESSION_BUS_ADDRESS": "",
    }  # fmt: skip
    assert "read-only" in add(program, dovecot, user, code=1)


def test_quiet_work_survives_a_full_disk(
    small_disk: SmallDisk, victim: Victim, client: BlockingClient, account: int
) -> None:
    ids = tuple(message for _, message in victim.read(placed))
    small_disk.fill()
    client.call(Watch())
    failed = threading.Event()
    try:
        client.call(Prepare(messages=ids))
    except DiskTrouble:
        failed.set()
    small_disk.make_room()
    client.call(Prepare(messages=ids))
    count = "SELECT count(*) FROM rendered"
    assert victim.read(lambda conn: conn.execute(count).fetchone()[0]) == 5
    assert failed.is_set()
    assert victim.problems() == []
