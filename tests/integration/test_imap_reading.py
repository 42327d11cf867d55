"""Reading from a real server, with and without extensions."""

from __future__ import annotations

import threading

import pytest
from tests.servers.dovecot import DovecotServer, User

from missive_desktop.domain.account import Auth, Security
from missive_desktop.domain.message import Flags
from missive_desktop.errors import LoginRefused
from missive_desktop.mail.session import Session, connect


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def server(request: pytest.FixtureRequest) -> DovecotServer:
    return request.getfixturevalue(request.param)


@pytest.fixture
def user(server: DovecotServer) -> User:
    return server.new_user()


def message(number: int, size: int = 100) -> bytes:
    return f"Subject: number {number}\r\nMessage-ID: <{number}@example.com>\r\n\r\n".encode() + (
        b"x" * 70 + b"\r\n"
    ) * (size // 72)


def open_session(server: DovecotServer, user: User, security: Security = Security.TLS) -> Session:
    return connect(server.settings(user, security), user.password, timeout=10)


@pytest.mark.parametrize("security", list(Security))
def test_signs_in_over_tls_and_starttls(
    server: DovecotServer, user: User, security: Security
) -> None:
    with open_session(server, user, security) as session:
        assert session.capabilities.qresync is (server.profile == "full")
        assert session.capabilities.idle is (server.profile == "full")


def test_signs_in_with_a_token(server: DovecotServer, user: User) -> None:
    settings = server.settings(user, auth=Auth.XOAUTH2)
    with connect(settings, server.new_token(user), timeout=10) as session:
        assert session.select("INBOX").exists == 0
    with pytest.raises(LoginRefused):
        connect(settings, "withdrawn", timeout=10)


def test_a_wrong_password_is_refused_in_the_servers_words(
    server: DovecotServer, user: User
) -> None:
    with pytest.raises(LoginRefused, match="Authentication failed") as refused:
        connect(server.settings(user), "wrong", timeout=10)
    assert "password" in refused.value.advice


@pytest.mark.parametrize("password", ["päßwörter 密码", 'quote " and \\ slash', "{5}"])
def test_any_password_can_be_sent(server: DovecotServer, password: str) -> None:
    user = server.new_user(password=password)
    with connect(server.settings(user), password, timeout=10) as session:
        assert session.select("INBOX").exists == 0


def test_lists_folders_with_their_use(server: DovecotServer, user: User) -> None:
    server.append(user, message(1), "Sent")
    server.append(user, message(2), "Projekte/&AMQ-pfel")
    with open_session(server, user) as session:
        folders = {folder.name: folder for folder in session.folders()}
        assert {"INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive"} <= folders.keys()
        assert "Projekte/Äpfel" in folders
        assert folders["Projekte/Äpfel"].delimiter == "/"
        assert session.status("Projekte/Äpfel").messages == 1
        if server.profile == "full":
            assert "\\Sent" in folders["Sent"].attributes
            status = folders["Sent"].status
            assert status is not None
            assert (status.messages, status.uidnext) == (1, 2)
            assert status.highestmodseq > 0
        else:
            assert folders["Sent"].status is None


def test_fetches_newest_batches_first_with_flags_and_dates(
    server: DovecotServer, user: User
) -> None:
    raws = [message(n, 2000) for n in range(1, 181)]
    server.append(user, raws[:90], flags="\\Seen $Label1", date=1_000_000_000)
    server.append(user, raws[90:], flags="\\Flagged \\Answered")
    with open_session(server, user) as session:
        selected = session.select("INBOX")
        assert selected.exists == 180
        assert selected.uidnext == 181
        uids = session.uids()
        assert uids == list(range(1, 181))
        found = list(session.fetch(uids[::-1]))
        assert [one.uid for one in found[:50]] == list(range(131, 181))
        by_uid = {one.uid: one for one in found}
        assert len(by_uid) == 180
        assert all(bytes(by_uid[n].raw or b"") == raws[n - 1] for n in uids)
        assert by_uid[1].flags == Flags.SEEN
        assert by_uid[1].keywords == "$Label1"
        assert by_uid[1].received == 1_000_000_000
        assert by_uid[1].size == len(raws[0])
        assert by_uid[180].flags == Flags.FLAGGED | Flags.ANSWERED
        assert [update.uid for update in session.flags()] == uids
        assert {update.keywords for update in session.flags(range(1, 91))} == {"$Label1"}
        assert session.find_message_id("7@example.com") == [7]


def test_what_vanished_is_left_out_of_a_fetch(server: DovecotServer, user: User) -> None:
    server.append(user, [message(n) for n in range(1, 5)])
    with open_session(server, user) as session:
        session.select("INBOX")
        session.expunge([2])
        assert [one.uid for one in session.fetch([4, 3, 2, 1, 99])] == [1, 3, 4]
        assert session.uids() == [1, 3, 4]


def test_qresync_tells_what_changed(dovecot: DovecotServer) -> None:
    user = dovecot.new_user()
    dovecot.append(user, [message(n) for n in range(1, 11)])
    with open_session(dovecot, user) as session:
        before = session.select("INBOX")
        uids = session.uids()
        session.select("Trash")
        with dovecot.client(user, "INBOX") as other:
            other.uid("STORE", "3", "+FLAGS", "(\\Seen)")
            other.uid("STORE", "5,7", "+FLAGS", "(\\Deleted)")
            other.expunge()
        dovecot.append(user, message(11))
        after = session.select("INBOX", qresync=(before.uidvalidity, before.highestmodseq, uids))
        assert after.uidvalidity == before.uidvalidity
        assert after.vanished == {5, 7}
        assert {u.uid: u.flags for u in after.changed if u.uid != 11} == {3: Flags.SEEN}
        assert {u.uid for u in session.flags(changed_since=before.highestmodseq)} == {3, 11}


def test_compression_changes_nothing(dovecot: DovecotServer) -> None:
    user = dovecot.new_user()
    raws = [message(n, 5000 * n) for n in range(1, 80)]
    dovecot.append(user, raws)
    with connect(dovecot.settings(user), user.password, timeout=10, compress=True) as session:
        session.select("INBOX")
        found = list(session.fetch(session.uids()))
        assert [bytes(one.raw or b"") for one in found] == raws
        assert session.idle(0.1) is False
        timer = threading.Timer(0.1, dovecot.append, (user, message(1)))
        timer.start()
        assert session.idle(10) is True
        timer.join()
        assert session.append("Sent", message(2, 200_000)) == 1


def test_empty_and_large_messages(server: DovecotServer, user: User) -> None:
    large = message(2, 50_000_000)
    server.append(user, [large, b"\r\n"])
    with open_session(server, user) as session:
        session.select("INBOX")
        found = {one.uid: one for one in session.fetch([2, 1])}
        assert found[1].raw == large
        assert found[2].raw == b"\r\n"
        (skipped,) = session.fetch([1], limit=1_000_000)
        assert skipped.raw is None
        assert "too large" in skipped.problem
        assert session.uids() == [1, 2]
