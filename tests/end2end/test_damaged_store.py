"""A store with flipped bytes: said in plain words, doctor names it, what is whole stays readable,
and the mail that the server still has comes back.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer, User
from tests.servers.pair import mail
from tests.servers.program import Program
from tests.servers.soak import dice, rounds

MAILS = 40


@pytest.fixture
def user(dovecot: DovecotServer) -> User:
    made = dovecot.new_user()
    # Not compressible: each record is large enough to be hit.
    raws = [mail(f"one {n}", f"the letter {n}\r\n{os.urandom(3000).hex()}") for n in range(MAILS)]
    dovecot.append(made, raws)
    return made


@pytest.fixture
def whole(program: Program, dovecot: DovecotServer, user: User) -> Program:
    add(program, dovecot, user)
    program.run("sync")
    assert len(program.json("list")) == MAILS
    return program


def add(program: Program, dovecot: DovecotServer, user: User) -> None:
    program.run(
        "account", "add", user.address, "--imap", f"localhost:{dovecot.imaps_port}",
        "--ca", dovecot.ca_file, "--password-stdin", given=user.password + "\n",
    )  # fmt: skip


def flip(file: Path, position: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(position)
        byte = opened.read(1)
        opened.seek(position)
        opened.write(bytes([byte[0] ^ 0x55]))


def test_a_flipped_byte_in_a_pack(whole: Program) -> None:
    [pack] = (whole.profile / "packs").glob("*.pack")
    flip(pack, pack.stat().st_size // 2)
    shown, damaged = 0, []
    rows = whole.json("list")
    for row in sorted(rows, key=lambda row: abs(rows.index(row) - len(rows) // 2)):
        said = whole.run("show", str(row["id"]), "--raw", code=None)
        if said.returncode:
            assert (said.returncode, said.stdout) == (1, "")
            assert "damaged" in said.stderr
            damaged.append(row)
        else:
            shown += 1
            assert "the letter" in said.stdout
        if shown > 3 and damaged:
            break
    assert len(damaged) == 1
    doctor = whole.run("doctor", "--thorough", code=1).stdout
    assert doctor.count("WRONG The stored copy of a message is damaged") == 1
    # It is still listed and found, by what is known of it.
    assert len(whole.json("search", "letter")) == MAILS
    whole.run("doctor", "--rebuild", "--thorough", code=1)
    assert len(whole.json("list")) == MAILS
    assert len(whole.json("search", "subject:one")) == MAILS


def test_a_pack_that_is_gone(whole: Program) -> None:
    [pack] = (whole.profile / "packs").glob("*.pack")
    pack.unlink()
    first = str(whole.json("list")[0]["id"])
    said = whole.run("show", first, code=1).stderr
    assert "damaged" in said
    assert "is missing" in whole.run("doctor", code=1).stdout
    assert len(whole.json("search", "letter")) == MAILS
    whole.run("sync")
    whole.run("star", first)


def test_flipped_bytes_in_the_database(whole: Program) -> None:
    """Whatever page is hit: plain words and an exit code, never a wrong answer or a crash."""
    chance = dice("damage")
    database = whole.profile / "store.db"
    good = database.read_bytes()
    said_so = 0
    for _ in range(rounds(3)):
        flip(database, chance.randrange(len(good)))
        for command in (["list"], ["search", "letter"], ["status"], ["sync"]):
            done = whole.run(*command, code=None)
            assert done.returncode in (0, 1)
            if done.returncode:
                assert "missive-desktop:" in done.stderr or "damaged" in done.stderr
        doctor = whole.run("doctor", code=None)
        assert doctor.returncode == 1, doctor.stdout
        said_so += "WRONG" in doctor.stdout
        database.write_bytes(good)
        for journal in whole.profile.glob("store.db-*"):
            journal.unlink()
    assert said_so == rounds(3)
    assert whole.run("doctor", "--thorough", code=None).stdout.count("WRONG") == 0
    assert whole.crashes() == ""


def test_the_first_page_and_a_cut_database(whole: Program) -> None:
    database = whole.profile / "store.db"
    good = database.read_bytes()
    for damage in (lambda: flip(database, 100), lambda: os.truncate(database, len(good) // 2 + 1)):
        damage()
        for command in (["list"], ["sync"], ["doctor"]):
            done = whole.run(*command, code=1)
            assert done.stderr or "WRONG" in done.stdout
        assert database.stat().st_size > 0  # nothing was made anew over it
        database.write_bytes(good)
    assert len(whole.json("list")) == MAILS


def test_the_mail_comes_back_from_the_server(
    whole: Program, dovecot: DovecotServer, user: User
) -> None:
    """The way out that is always there: remove the account, add it again."""
    [pack] = (whole.profile / "packs").glob("*.pack")
    for part in range(1, 10):
        flip(pack, pack.stat().st_size * part // 10)
    whole.run("account", "remove", user.address)
    add(whole, dovecot, user)
    whole.run("sync")
    for row in whole.json("list")[:10]:
        assert "the letter" in whole.run("show", str(row["id"]), "--raw").stdout
    assert "The store is whole." in whole.run("doctor", "--thorough", code=None).stdout
