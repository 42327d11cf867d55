"""Labels: each message is downloaded once, placed wherever it is labelled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.gmail import ALL, TRASH, GmailServer
from tests.servers.pair import Ours, mail, ours

from missive_desktop.domain.act import Deed
from missive_desktop.domain.message import Flags


@pytest.fixture
def gmail(gmail_server: GmailServer, tmp_path: Path) -> Iterator[Ours]:
    box = gmail_server.gmail
    for number in range(5):
        box.add(mail(f"inbox {number}"), "\\Inbox", *(["Work"] if number % 2 else []))
    box.add(mail("filed"), "Work", flags=("\\Seen",))
    box.add(mail("starred"), flags=("\\Flagged",))
    with ours(tmp_path, gmail_server.settings(), "secret") as made:
        made.sync.sync_once()
        yield made


def labels(server: GmailServer, subject: str) -> set[str]:
    box = server.gmail
    return {
        name
        for name in ("INBOX", "Work", ALL, TRASH)
        for _, message in box.in_folder(name)
        if message.raw == mail(subject)
    }


def test_each_message_is_stored_once(gmail: Ours) -> None:
    assert gmail.places("inbox 1") == {"INBOX", "Work", ALL}
    assert gmail.places("inbox 0") == {"INBOX", ALL}
    assert gmail.places("filed") == {"Work", ALL}
    assert gmail.flags("filed") == Flags.SEEN
    assert gmail.flags("starred") == Flags.FLAGGED
    raws = gmail.read(lambda c: c.execute("SELECT count(*) FROM raws").fetchone()[0])
    assert raws == 7
    packed = gmail.read(lambda c: c.execute("SELECT sum(length) FROM raws").fetchone()[0])
    assert packed == sum(f.stat().st_size for f in gmail.store.packs.glob("*.pack"))


def test_archiving_takes_the_inbox_label_away(gmail: Ours, gmail_server: GmailServer) -> None:
    (undo,) = gmail.act(Deed.ARCHIVE, "inbox 1")
    assert gmail.places("inbox 1") == {"Work", ALL}
    gmail.sync.sync_once()
    assert gmail.places("inbox 1") == labels(gmail_server, "inbox 1") == {"Work", ALL}
    gmail.do(undo)
    assert gmail.places("inbox 1") == {"INBOX", "Work", ALL}
    gmail.sync.sync_once()
    assert gmail.places("inbox 1") == labels(gmail_server, "inbox 1") == {"INBOX", "Work", ALL}


def test_trash_takes_all_labels_away(gmail: Ours, gmail_server: GmailServer) -> None:
    gmail.act(Deed.TRASH, "inbox 1", source="INBOX")
    gmail.sync.sync_once()
    assert labels(gmail_server, "inbox 1") == {TRASH}
    assert gmail.places("inbox 1") == {TRASH}


def test_trash_from_everywhere(gmail: Ours, gmail_server: GmailServer) -> None:
    gmail.act(Deed.TRASH, "inbox 1")
    gmail.sync.sync_once()
    assert labels(gmail_server, "inbox 1") == {TRASH}
    assert gmail.places("inbox 1") == {TRASH}
    assert not gmail.troubles


def test_flags_are_the_messages_own(gmail: Ours, gmail_server: GmailServer) -> None:
    gmail.act(Deed.READ, "inbox 1")
    gmail.sync.sync_once()
    assert gmail.flags("inbox 1") == Flags.SEEN
    (message,) = (m for _, m in gmail_server.gmail.in_folder("Work") if b"inbox 1" in m.raw)
    assert "\\Seen" in message.flags


def test_labels_given_elsewhere_need_no_download(gmail: Ours, gmail_server: GmailServer) -> None:
    box = gmail_server.gmail
    (message,) = (m for _, m in box.in_folder(ALL) if b"inbox 0" in m.raw)
    message.labels.add("Work")
    box.touch(message)
    before = sum(f.stat().st_size for f in gmail.store.packs.glob("*.pack"))
    gmail.sync.sync_once()
    assert gmail.places("inbox 0") == {"INBOX", "Work", ALL}
    assert before == sum(f.stat().st_size for f in gmail.store.packs.glob("*.pack"))
