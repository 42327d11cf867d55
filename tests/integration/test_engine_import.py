"""Importing through a real engine, and reading what it took in."""

from __future__ import annotations

import mailbox
import os
import time

import pytest

from missive_desktop.engine import mbox
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import Changed, Import, Progress
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, database, folders, messages

KEY = os.urandom(32)


def mail(number, body="hello", extra=""):
    return (
        f"From: Ana <ana@example.org>\nTo: me@example.org\nSubject: number {number}\n"
        f"Message-ID: <{number}@example.org>\n{extra}"
        f"Date: Mon, 1 Jan 2024 10:{number % 60:02d}:00 +0000\n\n{body}\n"
    ).encode()


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "profile").create()


@pytest.fixture
def client(profile):
    with BlockingClient(profile, KEY) as client:
        yield client


@pytest.fixture
def conn(client, profile):
    connection = database.open_reader(database.Store(profile.database, profile.packs, KEY))
    yield connection
    connection.close()


def test_an_mbox_comes_in_once(client, conn, profile, tmp_path):
    path = tmp_path / "Old.mbox"
    box = mailbox.mbox(path)
    for number in range(450):
        box.add(mail(number, "From the start\nto the end"))
    box.close()
    heard = []
    answer = client.call(Import(paths=(str(path),)), heard.append)
    assert answer == {"imported": 450, "known": 0, "marked": 0, "failed": []}
    assert any(isinstance(notice, Changed) and notice.changes.messages for notice in heard)
    last = [notice for notice in heard if isinstance(notice, Progress)][-1]
    assert last.done == last.total == path.stat().st_size
    [account] = accounts.all_(conn)
    [folder] = folders.all_(conn)
    assert (folder.name, folder.stored, folder.on_server) == ("Old", 450, 450)
    [row] = messages.newest(conn, folder.id, 1)
    assert row.account == account.id
    store = database.Store(profile.database, profile.packs, KEY)
    assert b"From the start\nto the end" in messages.raw(conn, store, row.id)

    again = client.call(Import(paths=(str(path),)))
    assert again == {"imported": 0, "known": 450, "marked": 0, "failed": []}
    assert folders.all_(conn)[0].stored == 450


def test_the_same_mail_with_other_line_ends_is_known(client, tmp_path):
    one, other = tmp_path / "1.eml", tmp_path / "2.eml"
    one.write_bytes(mail(1))
    other.write_bytes(mail(1).replace(b"\n", b"\r\n"))
    assert client.call(Import(paths=(str(one), str(other)))) == {
        "imported": 1,
        "known": 1,
        "marked": 0,
        "failed": [],
    }


def test_bad_files_are_told_and_the_rest_comes_in(client, conn, tmp_path):
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "good.eml").write_bytes(mail(1))
    (folder / "empty.eml").write_bytes(b"")
    (folder / "noise.eml").write_bytes(os.urandom(3000))
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG")
    answer = client.call(Import(paths=(str(picture), str(folder), str(tmp_path / "nowhere"))))
    assert answer["imported"] == 3
    assert answer["marked"] >= 1
    assert [entry[0] for entry in answer["failed"]] == [str(picture), str(tmp_path / "nowhere")]


def test_a_maildir_with_flags_and_folders(client, conn, tmp_path):
    top = mailbox.Maildir(tmp_path / "Maildir")
    seen = mailbox.MaildirMessage(mail(1))
    seen.set_subdir("cur")
    seen.set_flags("SF")
    top.add(seen)
    top.add(mailbox.MaildirMessage(mail(2)))
    top.add_folder("Sent").add(mailbox.MaildirMessage(mail(3)))
    client.call(Import(paths=(str(tmp_path / "Maildir"),)))
    by_name = {row.name: row for row in folders.all_(conn)}
    assert {name: (row.role.value, row.stored) for name, row in by_name.items()} == {
        "INBOX": ("inbox", 2),
        "Sent": ("sent", 1),
    }
    flags = {row.subject: int(row.flags) for row in messages.newest(conn, by_name["INBOX"].id, 9)}
    assert flags == {"number 1": 3, "number 2": 0}


def test_a_named_folder_takes_all(client, conn, tmp_path):
    (tmp_path / "1.eml").write_bytes(mail(1))
    client.call(Import(paths=(str(tmp_path / "1.eml"),), folder="Kept/2024"))
    assert [row.name for row in folders.all_(conn)] == ["Kept/2024"]


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads /proc")  # noqa: PTH110
def test_a_large_mbox_takes_little_memory(client, tmp_path):
    path = tmp_path / "large.mbox"
    text = "\n".join(f"line {n} of a letter with some words" for n in range(700))
    with path.open("wb") as file:
        mbox.write(file, ((mail(n, f"{n}\n{text}"), "a@b.c", 1) for n in range(2500)))
    assert path.stat().st_size > 50 << 20
    began = time.monotonic()
    assert client.call(Import(paths=(str(path),)))["imported"] == 2500
    print(f"{path.stat().st_size >> 20} MiB in {time.monotonic() - began:.1f} s")
    with open(f"/proc/{client.pid}/status") as status:  # noqa: PTH123
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(f"peak {peak >> 10} MiB")
    assert peak < 300 << 10
