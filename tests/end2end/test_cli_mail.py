"""The main job from the command line, against a real server: add, sync, read, act, send."""

from __future__ import annotations

import email
import signal
import time

import pytest


def mail(number, subject="", body="body", sender="Ana <ana@example.org>"):
    return (
        f"From: {sender}\r\nTo: Me <me@example.com>\r\nSubject: {subject or f'number {number}'}\r\n"
        f"Message-ID: <{number}@example.org>\r\n"
        f"Date: Mon, 1 Jan 2024 {number // 60:02d}:{number % 60:02d}:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


def add(program, server, user, *more):
    return program.run(
        "account",
        "add",
        user.address,
        "--imap",
        f"localhost:{server.imaps_port}",
        "--smtp",
        f"localhost:{server.submission.tls_port}",
        "--ca",
        server.ca_file,
        "--password-stdin",
        *more,
        given=user.password + "\n",
    )


def ids(program, *query):
    return [hit["id"] for hit in program.json("search", *query)]


@pytest.fixture
def user(dovecot):
    return dovecot.new_user()


def test_from_nothing_to_a_read_searched_and_answered_mailbox(program, dovecot, user):
    dovecot.append(user, [mail(number) for number in range(70)])
    dovecot.append(user, mail(100, "in the archive"), "Archive")
    added = add(program, dovecot, user)
    assert user.address in added.stdout
    assert "localhost" in added.stderr  # where the password goes is said before

    first = program.json("list")
    assert len(first) == 50
    assert first[0]["subject"] == "number 69"
    program.run("star", str(first[0]["id"]))
    with dovecot.client(user, "INBOX") as server:  # told, although the rest is still to come
        assert server.search(None, "FLAGGED")[1] == [b"70"]

    program.run("sync")
    status = program.json("status")
    [account] = status["accounts"]
    assert (account["address"], account["state"]) == (user.address, "ready")
    inbox = next(folder for folder in account["folders"] if folder["role"] == "inbox")
    assert inbox == {
        "name": "INBOX",
        "role": "inbox",
        "on_server": 70,
        "stored": 70,
        "indexed": 70,
        "error": "",
    }
    assert [row["subject"] for row in program.json("list", "--folder", "Archive")] == [
        "in the archive"
    ]
    assert program.run("search", "number", "--count").stdout == "70\n"
    [hit] = program.json("search", "subject:archive")
    assert hit["account"] == user.address
    assert hit["folder"] == "Archive"
    assert hit["date"].startswith("2024-01-01T")
    assert hit["from"] == "Ana <ana@example.org>"
    assert hit["to"] == "Me <me@example.com>"
    assert hit["unread"] is True
    assert (
        program.run("show", str(hit["id"]), "--raw").stdout == mail(100, "in the archive").decode()
    )
    assert "body" in program.run("show", str(hit["id"]), "--text").stdout
    assert "in the archive" in program.run("show", str(hit["id"])).stdout
    assert program.crashes() == ""


def test_acts_reach_the_server(program, dovecot, user):
    dovecot.append(user, [mail(number) for number in range(5)])
    add(program, dovecot, user)
    found = [str(id_) for id_ in ids(program, "number")]
    program.run("star", found[0])
    program.run("read", found[0], found[1])
    program.run("archive", found[2])
    program.run("folder", "create", "Work")
    program.run("move", found[3], "Work")
    program.run("trash", found[4])
    with dovecot.client(user, "INBOX") as server:
        _, data = server.search(None, "FLAGGED")
        assert len(data[0].split()) == 1
        _, data = server.search(None, "SEEN")
        assert len(data[0].split()) == 2
        _, data = server.search(None, "ALL")
        assert len(data[0].split()) == 2
        for folder in ("Work", "Archive", "Trash"):
            status, data = server.select(folder)
            assert (folder, status, data) == (folder, "OK", [b"1"])
    assert program.json("list", "--folder", "Work")[0]["id"] == int(found[3])
    assert program.crashes() == ""


def test_sending_a_file(program, dovecot, user):
    other = dovecot.new_user()
    add(program, dovecot, user)
    raw = (
        f"From: {user.address}\nTo: {other.address}\nBcc: {user.address}\n"
        "Subject: Grüße\n\nfrom the command line\n"
    )
    said = program.run("send", "-", given=raw)
    assert "Sent." in said.stderr
    with dovecot.client(other, "INBOX") as server:
        _, data = server.fetch("1", "(BODY[])")
    arrived = email.message_from_bytes(data[0][1])
    assert arrived["Bcc"] is None
    assert arrived["Message-ID"]
    assert arrived["Date"]
    assert "from the command line" in arrived.get_payload()
    with dovecot.client(user, "Sent") as server:  # filed before the command ended
        assert server.select("Sent")[1] == [b"1"]
    program.run("sync")
    assert len(program.json("list", "--folder", "sent")) == 1
    assert program.json("outbox", "list") == []


def test_a_refused_recipient_is_said(program, dovecot, user):
    add(program, dovecot, user)
    raw = f"From: {user.address}\nTo: nobody@nowhere.invalid\nSubject: x\n\nhello\n"
    dovecot.submission.behaviour.refused["nobody@nowhere.invalid"] = "550 no such user"
    said = program.run("send", "-", given=raw, code=1)
    assert "nobody@nowhere.invalid" in said.stderr or "no such user" in said.stderr


def test_watching_takes_what_arrives_and_ends_cleanly(program, dovecot, user):
    add(program, dovecot, user)
    with program.start("sync", "--watch") as watching:
        end = time.monotonic() + 60
        time.sleep(1.5)
        dovecot.deliver(user, mail(1, "fresh"))
        while time.monotonic() < end and not ids(program, "fresh"):
            time.sleep(0.3)
        assert ids(program, "fresh")
        program.run("star", str(ids(program, "fresh")[0]))  # beside the one that watches
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 1
    assert program.crashes() == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "password"),
        ({"port": 1}, ""),
        ({"ca": False}, "certificate"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_and_nothing_is_kept(
    program, dovecot, user, change, said
):
    port = change.get("port", dovecot.imaps_port)
    trust = ["--ca", dovecot.ca_file] if change.get("ca", True) else []
    arguments = ["account", "add", user.address, "--imap", f"localhost:{port}", *trust]
    password = change.get("password", user.password)
    done = program.run(*arguments, "--password-stdin", given=password + "\n", code=1)
    assert said in done.stderr.lower()
    assert program.json("account", "list") == []


def test_an_account_is_added_once_and_removed_whole(program, dovecot, user):
    dovecot.append(user, [mail(number) for number in range(3)])
    add(program, dovecot, user)
    program.run(
        "account", "add", user.address, "--imap", f"localhost:{dovecot.imaps_port}",
        "--ca", dovecot.ca_file, "--password-stdin", given="x\n", code=2,
    )  # fmt: skip
    assert [row["address"] for row in program.json("account", "list")] == [user.address]
    program.run("account", "remove", user.address)
    assert program.json("account", "list") == []
    assert program.json("search", "number") == []
    with dovecot.client(user, "INBOX") as server:
        assert server.select("INBOX")[1] == [b"3"]


def test_a_server_without_extensions(program, plain_dovecot):
    user = plain_dovecot.new_user()
    plain_dovecot.append(user, [mail(number) for number in range(5)])
    add(program, plain_dovecot, user)
    found = [str(id_) for id_ in ids(program, "number")]
    program.run("archive", found[0])
    program.run("delete", found[1], "--yes")
    program.run("sync")
    with plain_dovecot.client(user, "INBOX") as server:
        assert server.select("INBOX")[1] == [b"3"]
    assert program.crashes() == ""
