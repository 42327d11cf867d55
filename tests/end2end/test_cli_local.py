"""The command line without any server: import, list, search, show, act, export, doctor."""

from __future__ import annotations

import contextlib
import json
import mailbox
import os
import signal
import subprocess
import time

import pytest


def mail(number, subject="", body="a body", sender="Änä Ω <ana@example.org>"):
    return (
        f"From: {sender}\nTo: Bob <bob@example.com>\nSubject: {subject or f'letter {number}'}\n"
        f"Message-ID: <{number}@example.org>\nContent-Type: text/plain; charset=utf-8\n"
        f"Date: Mon, 1 Jan 2024 {number // 60 % 24:02d}:{number % 60:02d}:00 +0000\n\n{body}\n"
    ).encode()


@pytest.fixture
def imported(program, tmp_path):
    box = mailbox.mbox(tmp_path / "Old.mbox")
    for number in range(60):
        box.add(mail(number))
    box.add(mail(100, "Überraschung 会议记录", "mañana \x1b[2J 東京タワー"))
    box.close()
    said = program.run("import", str(tmp_path / "Old.mbox"))
    assert said.stdout == "Imported 61 messages.\n"
    return program


def test_an_empty_profile_says_what_to_do(program):
    for command in (["list"], ["status"], ["search", "x"], ["sync"], ["archive", "1"]):
        said = program.run(*command, code=1)
        assert "account add" in said.stderr
        assert said.stdout == ""
    assert not program.profile.exists()


def test_lists_and_searches(imported):
    rows = imported.json("list", "--folder", "Old", "--limit", "10")
    assert len(rows) == 10
    assert set(rows[0]) >= {
        "id", "account", "folder", "date", "from", "to", "subject", "snippet", "unread", "thread",
    }  # fmt: skip
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert len(imported.json("list")) == 50  # no inbox: all there is
    assert imported.run("search", "letter", "--count").stdout == "60\n"
    assert len(imported.json("search", "letter", "--limit", "7")) == 7
    for query in ("uberraschung", "会议", "manana", "京タ", "from:änä subject:会议记录"):
        [hit] = imported.json("search", query)
        assert hit["subject"] == "Überraschung 会议记录"
    assert imported.json("search", "nothing-like-this") == []


def test_a_mistake_in_a_query_is_pointed_at(imported):
    said = imported.run("search", "letter is:unred", code=2)
    assert "is:unread" in said.stderr
    assert "letter is:unred\n" in said.stderr
    assert "^" in said.stderr


def test_links_say_where_they_lead(program, tmp_path):
    (tmp_path / "sale.eml").write_bytes(
        b"From: Claire <claire@atelier-velo.com>\nSubject: Sale\nContent-Type: text/html\n\n"
        b"<a href='https://www.atelier-velo.com/sale?id=1&utm_source=mail'>The sale</a>"
        b"<a href='https://evil.example/'>www.paypal.com</a>"
        b"<a href='https://u1.ct.sendgrid.net/ls/click?upn=x'>\x1b[31m</a>"
    )
    program.run("import", str(tmp_path / "sale.eml"))
    number = str(program.json("list")[0]["id"])
    said = program.run("links", number).stdout
    assert "The sale\n  https://www.atelier-velo.com/sale?id=1\n" in said
    assert "  leads to atelier-velo.com\n  without utm_source\n" in said
    assert "  ! Its text says www.paypal.com, but it leads to evil.example.\n" in said
    assert "  goes through SendGrid" in said
    assert "\x1b" not in said
    assert [one["cut"] for one in program.json("links", number)] == [["utm_source"], [], []]
    assert "There is no message 5" in program.run("links", "5", code=2).stderr


def test_show(imported, tmp_path):
    [hit] = imported.json("search", "会议")
    number = str(hit["id"])
    raw = imported.run("show", number, "--raw").stdout
    assert raw.encode() == mail(100, "Überraschung 会议记录", "mañana \x1b[2J 東京タワー")
    text = imported.run("show", number, "--text").stdout
    assert "東京タワー" in text
    assert "\x1b" not in text  # mail does not steer the terminal
    assert "Subject: Überraschung 会议记录" in imported.run("show", number).stdout
    assert "東京タワー" in imported.run("show", number, "--html").stdout
    assert "There is no message 7" in imported.run("show", "7", code=2).stderr


def test_acts_without_a_server(imported):
    first, second = (str(row["id"]) for row in imported.json("list", "--limit", "2"))
    imported.run("star", first)
    imported.run("unread", first)
    imported.run("move", first, "--to", "Nowhere", code=2)
    imported.run("folder", "create", "Kept")
    imported.run("move", "Kept", first)
    imported.run("trash", second)
    [row] = imported.json("list", "--folder", "Kept")
    assert (str(row["id"]), row["unread"], row["starred"]) == (first, True, True)
    assert [str(row["id"]) for row in imported.json("search", "in:trash letter")] == [second]
    [account] = imported.json("status")["accounts"]
    counts = {row["name"]: (row["stored"], row["on_server"]) for row in account["folders"]}
    assert counts == {"Old": (59, 59), "Kept": (1, 1), "Trash": (1, 1)}
    imported.run("folder", "rename", "Kept", "Treasures")
    assert [str(row["id"]) for row in imported.json("list", "--folder", "Treasures")] == [first]
    imported.run("delete", second, code=2)
    imported.run("delete", second, "--yes")
    assert imported.run("search", "letter", "--count").stdout == "59\n"


def test_export_and_back(imported, tmp_path, program):
    box = tmp_path / "out" / "all.mbox"
    box.parent.mkdir()
    imported.run("export", "", "--mbox", str(box))
    with contextlib.closing(mailbox.mbox(box)) as written:
        assert len(written) == 61
    assert imported.run("import", str(box)).stdout.startswith("Imported 0 messages, 61 were")
    imported.run("export", "", "--mbox", str(box), code=2)  # nothing is overwritten
    imported.run("export", "letter 7", "--eml", str(tmp_path / "eml"))
    [path] = (tmp_path / "eml").iterdir()
    assert path.read_bytes() == mail(7)
    assert imported.run("export", "letter 7", "--mbox", "-").stdout.startswith(
        "From ana@example.org"
    )
    imported.run("export", "letter", "--mbox", str(tmp_path / "no" / "where"), code=1)


def test_what_cannot_be_read_is_said(program, tmp_path):
    noise = tmp_path / "picture.png"
    noise.write_bytes(b"\x89PNG\r\n")
    good = tmp_path / "good.eml"
    good.write_bytes(mail(1))
    said = program.run("import", str(noise), str(good), code=1)
    assert "picture.png" in said.stderr
    assert "Imported 1 message" in said.stdout
    assert program.run("import", str(tmp_path / "missing"), code=2).stdout == ""


def test_import_goes_where_it_is_told(program, imported, tmp_path):
    good = tmp_path / "another.eml"
    good.write_bytes(b"Subject: another\n\nbody\n")
    program.run("import", str(good), "--account", "On this computer", "--folder", "Kept")
    names = [row["name"] for row in program.json("folder", "list", "--account", "On this computer")]
    assert "Kept" in names
    said = program.run("import", str(good), "--account", "nobody@example.org", code=2)
    assert "no account nobody@example.org" in said.stderr


def test_what_is_not_there_is_said(imported):
    assert "no draft 5" in imported.run("draft", "discard", "5", code=2).stderr
    given = ("account", "add", "a@example.org", "--security", "tls")
    assert "--imap" in imported.run(*given, code=2).stderr


def test_status_counts(imported):
    [account] = imported.json("status")["accounts"]
    assert account["address"] == "On this computer"
    [folder] = account["folders"]
    assert folder == {
        "name": "Old", "role": "", "on_server": 61, "stored": 61, "indexed": 61, "error": "",
    }  # fmt: skip
    assert "61 of 61" in imported.run("status").stdout


def test_the_doctor_finds_health_and_damage(imported):
    assert "The store is whole." in imported.run("doctor").stdout
    pack = next((imported.profile / "packs").glob("*.pack"))
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    said = imported.run("doctor", "--thorough", code=1)
    assert "WRONG" in said.stdout


def test_a_wrong_passphrase_is_said(imported, tmp_path):
    (tmp_path / "passphrase").write_text("wrong\n")
    said = imported.run("list", code=1)
    assert "passphrase" in said.stderr.lower()


def test_nothing_readable_is_left_on_the_disk(imported):
    imported.run("search", "letter")
    files = [path for path in imported.profile.rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        for word in ("letter", "Überraschung", "会议", "ana@example", "Old"):
            assert word.encode() not in data, (path, word)


def _packed(program):
    return sum(path.stat().st_size for path in (program.profile / "packs").rglob("*"))


def _until_it_takes_in(program, before):
    end = time.monotonic() + 60
    while _packed(program) <= before:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_the_death_of_the_engine_is_said_and_harms_nothing(imported, tmp_path):
    big = tmp_path / "big.mbox"
    box = mailbox.mbox(big)
    for number in range(1000, 9000):
        box.add(mail(number, body="many words " * 200))
    box.close()
    before = _packed(imported)
    with imported.start("import", str(big), stderr=subprocess.PIPE) as importing:
        _until_it_takes_in(imported, before)
        address = imported.profile / "engine.address"
        os.kill(json.loads(address.read_text())["pid"], signal.SIGKILL)
        _, said = importing.communicate(timeout=60)
    assert importing.returncode == 1
    assert b"Traceback" not in said
    assert b"engine" in said
    again = imported.run("import", str(big))
    known = int(imported.run("search", "many words", "--count").stdout)
    assert known == 8000, again.stdout
    assert "The store is whole." in imported.run("doctor", "--thorough").stdout


@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_interrupting_is_clean(imported, tmp_path):
    big = tmp_path / "big.mbox"
    box = mailbox.mbox(big)
    for number in range(1000, 9000):
        box.add(mail(number, body="many words " * 200))
    box.close()
    before = _packed(imported)
    with imported.start("import", str(big), stderr=subprocess.PIPE) as importing:
        _until_it_takes_in(imported, before)
        importing.send_signal(signal.SIGINT)
        _, said = importing.communicate(timeout=60)
    assert (importing.returncode, said) == (1, b"missive-desktop: Stopped.\n")
    assert imported.crashes() == ""


def test_the_passphrase_can_be_changed(imported, tmp_path):
    assert imported.run("guard").stdout == "A passphrase guards this profile.\n"
    assert "no keychain" in imported.run("guard", "keychain", code=1).stderr
    imported.run("guard", "passphrase", "--passphrase-stdin", given="another one\n")
    assert "not the passphrase" in imported.run("list", code=1).stderr
    fresh = tmp_path / "fresh"
    fresh.write_text("another one")
    imported.environment["MISSIVE_PASSPHRASE_FILE"] = str(fresh)
    assert imported.json("list")
