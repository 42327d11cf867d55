"""A team and its shared inbox from the command line, on a real server, beside a colleague."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.servers.colleagues import Colleague, enter, until
from tests.servers.organization import Office
from tests.servers.program import Program

from missive_desktop import keychain
from missive_desktop.domain.spaces import Place
from missive_desktop.profile import Profile
from missive_desktop.store import team_talk
from missive_wire.ids import space_scope

RAW = (
    b"From: Cara <cara@example.org>\r\nTo: help@example.com\r\nSubject: Late marmalade\r\n"
    b"Message-ID: <c@example.org>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\nWhere?\r\n"
)


def test_members_share_an_inbox(
    program: Program, tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, root = office.founded("cli-ana@example.com")
    fingerprint = root.public.fingerprint
    space = owner.space(fingerprint)
    scope = space_scope(space)
    joined = office.joined(owner.invited(fingerprint, (space,)), "cli-ben@example.com")
    url = office.server.url

    (tmp_path / "x.eml").write_bytes(b"Subject: at home\r\n\r\nx\r\n")
    program.run("import", str(tmp_path / "x.eml"))
    passphrase = program.environment["MISSIVE_PASSPHRASE_FILE"]
    monkeypatch.setenv("MISSIVE_PASSPHRASE_FILE", passphrase)
    profile = Profile(program.profile)
    enter(profile, keychain.unlock(profile, lambda _: None), owner, fingerprint, url)
    ben = Colleague(tmp_path / "ben", joined, fingerprint, url)
    try:
        until(lambda: ben.whole(scope))
        conv, _ = ben.file_mail(scope, RAW)
        until(lambda: not ben.pending())
        _share(program, ben, scope, conv)
    finally:
        ben.close()
    assert program.crashes() == ""


def _share(program: Program, ben: Colleague, scope: str, conv: str) -> None:
    program.run("sync")
    message = str(program.json("search", "marmalade")[0]["id"])
    assert [(m["name"], m["role"]) for m in program.json("team", "members")] == [
        ("Ana", "owner"), ("Ben", "member"),
    ]  # fmt: skip
    assert [(i["name"], i["mine"]) for i in program.json("inbox", "list")] == [("Help", True)]

    program.run("assign", message, "Ben")
    until(lambda: ben.places(scope, conv) == {Place.MINE})
    program.run("comment", message, "@Ben please, before noon")
    until(lambda: len(team_talk.comments(ben.conn, ben.account(scope), conv)) == 1)
    assert [each["by"] for each in program.json("comment", message)] == ["Ana"]
    _with_a_file(program, ben, scope, conv, message)
    assert len(program.json("search", "noon assignee:ben is:open has:comment")) == 1

    assert program.run("team", "invite", "d@example.com", "--inbox", "help").stdout.count("#") == 1
    program.run("label", "urgent", message, code=2)
    program.run("label", "urgent", message, "--make", "--colour", "red")
    task = program.json("task", "add", "Call Cara", "--of", message, "--assign", "Ben")["task"]
    program.run("task", "done", task)
    program.run("snooze", "2h", message)
    assert len(program.json("search", "is:snoozed label:urgent has:task")) == 1
    program.run("close", message)
    until(lambda: ben.places(scope, conv) == {Place.CLOSED})
    program.run("assign", message, "--nobody")
    until(lambda: ben.places(scope, conv) == {Place.TEAM, Place.MINE})  # he was mentioned
    assert program.json("pending") == []
    assert "Nobody here is called Zoe" in program.run("assign", message, "Zoe", code=2).stderr

    program.run("team", "remove", "Ben", "--yes")
    until(lambda: ben.account(scope) == 0)
    program.run("inbox", "delete", "Help", "--yes")
    assert program.json("inbox", "list") == []


def _with_a_file(program: Program, ben: Colleague, scope: str, conv: str, message: str) -> None:
    given, saved = program.profile.parent / "given.txt", program.profile.parent / "saved.txt"
    given.write_text("a list of shops", "utf-8")
    program.run("comment", message, "--file", str(given))
    until(lambda: len(team_talk.comments(ben.conn, ben.account(scope), conv)) == 2)
    said = program.json("comment", message)[-1]
    assert said["file"] == "given.txt"
    program.run("comment", message, "--save", said["id"], "--file", str(saved))
    assert saved.read_text("utf-8") == "a list of shops"
