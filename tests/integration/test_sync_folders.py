"""Pulling from a real server, with and without extensions, and staying in step with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import Pair, mail, pair

from missive_desktop.domain.message import Flags
from missive_desktop.store import messages


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    server: DovecotServer = request.getfixturevalue(request.param)
    with pair(server, tmp_path) as made:
        yield made


def test_pulls_all_folders_with_flags(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}") for n in range(70)])
    both.server.append(both.user, mail("seen"), flags="\\Seen \\Flagged $label")
    both.server.append(both.user, mail("sent"), folder="Sent", flags="\\Seen")
    both.server.append(both.user, mail("name"), folder="Projekte/B&APw-ro")
    both.sync.sync_once()
    both.assert_same()
    assert "Projekte/Büro" in both.folders()
    assert both.flags("seen") == Flags.SEEN | Flags.FLAGGED
    assert both.folders()["Sent"].role == "sent"
    assert both.read(lambda c: messages.raw(c, both.store, both.message("one 3"))) == mail("one 3")


def test_a_second_sync_changes_nothing(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}") for n in range(5)])
    both.sync.sync_once()
    both.writer.run(lambda c, ch: both.changes.clear())
    both.sync.sync_once()
    both.assert_same()
    assert not any(change.messages for change in both.changes)


def test_changes_made_elsewhere_come_in(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}") for n in range(9)])
    both.server.append(both.user, mail("other"), folder="Work")
    both.sync.sync_once()
    both.do_there(
        "INBOX",
        ("STORE", "1,3", "+FLAGS", "(\\Seen)"),
        ("STORE", "2", "+FLAGS", "(\\Flagged)"),
        ("COPY", "5", "Work"),
        ("STORE", "5:6", "+FLAGS", "(\\Deleted)"),
    )
    with both.server.client(both.user, "INBOX") as client:
        client.expunge()
    both.server.append(both.user, mail("new"))
    moved = both.message("one 4")
    both.sync.sync_once()
    both.assert_same()
    assert both.message("one 4") == moved  # it went to Work: the same message
    assert both.places("one 4") == {"Work"}
    both.do_there("INBOX", ("STORE", "1", "-FLAGS", "(\\Seen)"))
    both.sync.sync_once()
    both.assert_same()


def test_changes_of_the_folder_that_is_open(both: Pair) -> None:
    both.server.append(both.user, mail("one"))
    both.sync.sync_once()
    for number in range(3):
        both.server.append(both.user, mail(f"new {number}"))
        both.do_there("INBOX", ("STORE", "1", "+FLAGS", f"(word{number})"))
        both.sync.sync_once()
        both.assert_same()


def test_folders_come_and_go(both: Pair) -> None:
    both.server.append(both.user, mail("a"), folder="Old")
    both.server.append(both.user, mail("b"), folder="Going")
    both.sync.sync_once()
    with both.server.client(both.user) as client:
        client.rename("Old", "New")
        client.delete("Going")
        client.create("Fresh")
    both.sync.sync_once()
    both.assert_same()
    assert set(both.folders()) >= {"INBOX", "New", "Fresh"}


def test_a_folder_renamed_elsewhere_is_not_fetched_again(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}") for n in range(4)], folder="Old")
    both.server.append(both.user, mail("below"), folder="Old/Below")
    both.sync.sync_once()
    before = {name: row.id for name, row in both.folders().items()}
    size = sum(pack.stat().st_size for pack in both.store.packs.glob("*.pack"))
    with both.server.client(both.user) as client:
        client.rename("Old", "New")
    both.sync.sync_once()
    both.assert_same()
    assert both.folders()["New"].id == before["Old"]
    assert both.folders()["New/Below"].id == before["Old/Below"]
    assert size == sum(pack.stat().st_size for pack in both.store.packs.glob("*.pack"))


def test_uidvalidity_changes(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}") for n in range(6)], folder="Work")
    both.sync.sync_once()
    before = both.message("one 2")
    with both.server.client(both.user) as client:
        client.delete("Work")
    both.server.append(both.user, [mail(f"one {n}") for n in range(1, 8)], folder="Work")
    both.sync.sync_once()
    both.assert_same()
    assert both.message("one 2") == before


def test_odd_messages_are_kept(both: Pair) -> None:
    odd = [
        b"\r\n",
        b"garbage without a header",
        bytes(range(1, 256)) * 40,
        b"Subject: =?nowhere?Q?broken?=\r\nDate: 31 Foo 0000\r\n\r\n\xff\xfe",
        mail("ordinary"),
    ]
    both.server.append(both.user, odd)
    both.sync.sync_once()
    both.assert_same()
    assert len(both.ours()) == len(odd)


def test_a_very_large_message(both: Pair) -> None:
    both.server.append(both.user, mail("large", "x" * 70 + "\r\n" + ("y" * 76 + "\r\n") * 640_000))
    both.server.append(both.user, mail("small"))
    both.sync.sync_once()
    both.assert_same()


def test_a_folder_that_cannot_be_opened_stops_nobody(both: Pair) -> None:
    for name in ("Able", "Broken", "Zulu"):
        both.server.append(both.user, mail(f"in {name}"), folder=name)
    broken = both.user.home / "Maildir" / ".Broken"
    broken.chmod(0)
    try:
        both.sync.sync_once()
        assert both.folders()["Broken"].error
        assert both.places("in Able") == {"Able"}
        assert both.places("in Zulu") == {"Zulu"}
    finally:
        broken.chmod(0o700)
    both.sync.sync_once()
    both.assert_same()
    assert not both.folders()["Broken"].error
