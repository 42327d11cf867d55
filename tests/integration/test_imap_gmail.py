"""What Gmail does differently."""

from __future__ import annotations

from tests.servers.gmail import ALL, TRASH, GmailServer

from missive_desktop.domain.message import Flags
from missive_desktop.mail.session import connect


def raw(number: int) -> bytes:
    return f"Subject: {number}\r\nMessage-ID: <{number}@x>\r\n\r\nbody {number}\r\n".encode()


def test_labels_threads_and_numbers_come_with_the_messages(gmail_server: GmailServer) -> None:
    first = gmail_server.gmail.add(raw(1), "\\Inbox", "Work/Büro", flags=("\\Seen",))
    gmail_server.gmail.add(raw(2), "\\Sent", thread=first.thread, received=1_700_000_000)
    with connect(gmail_server.settings(), "secret", timeout=20) as session:
        assert session.capabilities.gmail
        folders = {folder.name: folder for folder in session.folders()}
        assert not folders["[Gmail]"].selectable
        assert "\\All" in folders[ALL].attributes
        status = folders[ALL].status
        assert status is not None
        assert status.messages == 2
        session.select(ALL)
        one, two = session.fetch(session.uids())
        assert (one.raw, two.raw) == (raw(1), raw(2))
        assert one.labels == ("Work/Büro", "\\Inbox")
        assert one.provider_thread == two.provider_thread == first.thread
        assert one.flags == Flags.SEEN
        assert two.received == 1_700_000_000
        session.select("Work/Büro")
        (identity,) = session.identities()
        assert identity == (1, first.number, Flags.SEEN, "")
        assert one.provider_id == first.number


def test_archiving_takes_the_label_away(gmail_server: GmailServer) -> None:
    message = gmail_server.gmail.add(raw(1), "\\Inbox")
    with connect(gmail_server.settings(), "secret", timeout=20) as session:
        session.select("INBOX")
        assert session.move([1], ALL) == {1: 1}
        assert message.labels == set()
        session.select(ALL)
        assert session.move([1], TRASH) == {1: 1}
        session.select(TRASH)
        assert session.find_message_id("1@x") == [1]
        session.expunge([1])
        assert session.uids() == []
    assert gmail_server.gmail.messages == {}


def test_only_what_changed_since(gmail_server: GmailServer) -> None:
    one, two = (gmail_server.gmail.add(raw(n), "\\Inbox") for n in (1, 2))
    with connect(gmail_server.settings(), "secret", timeout=20) as session:
        modseq = session.select("INBOX").highestmodseq
        two.flags.add("\\Flagged")
        gmail_server.gmail.touch(two)
        assert [(u.uid, u.flags) for u in session.flags(changed_since=modseq)] == [
            (2, Flags.FLAGGED)
        ]
        assert one.flags == set()
        assert session.append("[Gmail]/Drafts", raw(3), Flags.DRAFT) == 1
