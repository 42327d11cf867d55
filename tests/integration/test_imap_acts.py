"""Changing things on a real server, with and without extensions, and waiting for news."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from tests.servers.dovecot import DovecotServer, User

from missive_desktop.domain.message import Flags
from missive_desktop.errors import Offline, Refused
from missive_desktop.mail.idle import Wake
from missive_desktop.mail.session import Session, connect
from missive_desktop.mail.trouble import CommandRefused

RAW = b"Subject: one\r\nMessage-ID: <one@example.com>\r\n\r\nbody\r\n"


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def server(request: pytest.FixtureRequest) -> DovecotServer:
    return request.getfixturevalue(request.param)


@pytest.fixture
def user(server: DovecotServer) -> User:
    return server.new_user()


@pytest.fixture
def session(server: DovecotServer, user: User) -> Iterator[Session]:
    server.append(user, [RAW] * 5)
    with connect(server.settings(user), user.password, timeout=10) as session:
        session.select("INBOX")
        yield session


def flags_of(session: Session) -> dict[int, Flags]:
    return {update.uid: update.flags for update in session.flags()}


def test_flags_are_added_and_removed(session: Session) -> None:
    session.store_flags([1, 2, 4], Flags.SEEN | Flags.FLAGGED)
    session.store_flags([2], remove=Flags.FLAGGED)
    session.store_flags([5], Flags.FORWARDED)
    assert flags_of(session) == {
        1: Flags.SEEN | Flags.FLAGGED,
        2: Flags.SEEN,
        3: Flags(0),
        4: Flags.SEEN | Flags.FLAGGED,
        5: Flags.FORWARDED,
    }


def test_messages_move(server: DovecotServer, session: Session) -> None:
    session.create("Ärger & Spaß")
    moved = session.move([1, 3], "Ärger & Spaß")
    assert session.uids() == [2, 4, 5]
    session.select("Ärger & Spaß")
    assert session.uids() == [1, 2]
    assert flags_of(session) == {1: Flags(0), 2: Flags(0)}
    assert moved == ({1: 1, 3: 2} if server.profile == "full" else moved)


def test_messages_are_copied_and_expunged(server: DovecotServer, session: Session) -> None:
    copied = session.copy([2, 3], "Archive")
    session.expunge([2])
    assert session.uids() == [1, 3, 4, 5]
    session.select("Archive")
    assert session.uids() == [1, 2]
    # Dovecot answers with COPYUID even where it does not offer UIDPLUS.
    assert copied == {2: 1, 3: 2}


def test_what_others_marked_as_deleted_is_left_alone(
    server: DovecotServer, user: User, session: Session
) -> None:
    with server.client(user, "INBOX") as other:
        other.uid("STORE", "5", "+FLAGS", "(\\Deleted)")
    if server.profile == "full":
        session.expunge([1])
        assert session.uids() == [2, 3, 4, 5]
    else:
        with pytest.raises(Refused, match="Other messages"):
            session.expunge([1])
        with pytest.raises(Refused, match="Other messages"):
            session.move([1], "Archive")
        assert session.uids() == [1, 2, 3, 4, 5]
        assert flags_of(session)[1] == Flags(0)
        assert session.status("Archive").messages == 0


def test_appending_says_the_new_uid(session: Session) -> None:
    raw = "Subject: Grüße\r\n\r\n".encode() + b"x" * 300_000
    assert session.append("Drafts", raw, Flags.DRAFT | Flags.SEEN, 1_700_000_000) == 1
    session.select("Drafts")
    (found,) = session.fetch([1])
    assert found.raw == raw
    assert found.flags == Flags.DRAFT | Flags.SEEN
    assert found.received == 1_700_000_000
    with pytest.raises(CommandRefused) as refused:
        session.append("Nowhere", raw)
    assert refused.value.code == "TRYCREATE"


def test_folders_are_made_renamed_and_deleted(session: Session) -> None:
    session.create("Projekte/Neu")
    session.create("Projekte/Neu")
    session.rename("Projekte/Neu", "Projekte/日本")
    names = {folder.name for folder in session.folders()}
    assert "Projekte/日本" in names
    assert "Projekte/Neu" not in names
    session.delete("Projekte/日本")
    session.delete("Projekte/日本")
    assert "Projekte/日本" not in {folder.name for folder in session.folders()}
    with pytest.raises(CommandRefused):
        session.rename("Projekte/日本", "x")
    with pytest.raises(CommandRefused):
        session.select("Projekte/日本")


def test_news_wake_idle(dovecot: DovecotServer) -> None:
    user = dovecot.new_user()
    with connect(dovecot.settings(user), user.password, timeout=10) as session:
        session.select("INBOX")
        timer = threading.Timer(0.1, dovecot.append, (user, RAW))
        timer.start()
        assert session.idle(60) is True
        timer.join()
        # The connection is usable, and a second wait begins anew.
        session.select("INBOX")
        assert session.uids() == [1]
        began = time.monotonic()
        assert session.idle(0.2) is False
        assert time.monotonic() - began < 20


def test_another_thread_interrupts_idle(dovecot: DovecotServer) -> None:
    user = dovecot.new_user()
    wake = Wake()
    with connect(dovecot.settings(user), user.password, timeout=10) as session:
        session.select("INBOX")
        timer = threading.Timer(0.1, wake.set)
        timer.start()
        began = time.monotonic()
        assert session.idle(60, wake) is False
        assert time.monotonic() - began < 30
        timer.join()
        wake.set()  # before the wait: not lost
        assert session.idle(60, wake) is False
        assert time.monotonic() - began < 30
        assert session.idle(0.1, wake) is False
    wake.close()
    wake.set()


def test_without_idle_asking_tells_the_news(
    server: DovecotServer, user: User, session: Session
) -> None:
    assert session.noop() is False
    server.append(user, RAW)
    assert session.noop() is True
    if server.profile == "plain":
        assert session.idle(0.05) is False
        server.append(user, RAW)
        wake = Wake()
        wake.set()
        assert session.idle(60, wake) is True
        wake.close()


def test_a_server_that_dies_ends_every_wait(mortal_dovecot: DovecotServer) -> None:
    user = mortal_dovecot.new_user()
    mortal_dovecot.append(user, RAW)
    settings = mortal_dovecot.settings(user)
    session = connect(settings, user.password, timeout=10)
    session.select("INBOX")
    timer = threading.Timer(0.1, mortal_dovecot.kill)
    timer.start()
    with pytest.raises(Offline):
        session.idle(30)
    timer.join()
    session.close()
    with pytest.raises(Offline):
        connect(settings, user.password, timeout=5)
    mortal_dovecot.start()
    with connect(settings, user.password, timeout=10) as again:
        again.select("INBOX")
        assert again.uids() == [1]


def test_abort_from_another_thread_ends_a_wait(dovecot: DovecotServer) -> None:
    user = dovecot.new_user()
    session = connect(dovecot.settings(user), user.password, timeout=10)
    session.select("INBOX")
    timer = threading.Timer(0.1, session.abort)
    timer.start()
    with pytest.raises(Offline):
        session.idle(30)
    timer.join()
    session.close()
