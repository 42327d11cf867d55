"""Sending: once, filed once, put off or failed in plain words, and uncertain where it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import Ours, Pair, eventually, mail, ours, pair
from tests.servers.ports import free_ports
from tests.servers.scripted import Peer, ScriptedServer

from missive_desktop.domain.account import Endpoint, Security
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.errors import Offline, Refused
from missive_desktop.store import outbox, raws
from missive_desktop.store.database import Connection
from missive_desktop.store.outbox import Outbound, OutboxRow
from missive_desktop.store.packs import PackWriter


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    server: DovecotServer = request.getfixturevalue(request.param)
    behaviour = server.submission.behaviour
    with pair(server, tmp_path) as made:
        made.sync.sync_once()
        yield made
    behaviour.answer, behaviour.delay = "", 0.0
    behaviour.refused.clear()


def queue(
    here: Ours,
    raw: bytes,
    *recipients: str,
    message_id: str = "sent-1@example.com",
    wait: int = 0,
    answers: int = 0,
) -> int:
    packs = PackWriter(here.store.packs)
    sealed = packs.append(raw)
    packs.close()

    def work(conn: Connection, changes: Changes) -> int:
        item = Outbound(
            account=here.account,
            raw_id=raws.insert(conn, here.account, sealed),
            sender="me@example.com",
            recipients=recipients,
            subject="x",
            message_id=message_id,
            not_before=int(time.time()) + wait,
            created=int(time.time()),
            answers=answers,
            answer_flag=Flags.ANSWERED if answers else Flags(0),
        )
        return outbox.enqueue(conn, item, changes)

    return here.writer.run(work, durable=True)


def row(here: Ours, number: int) -> OutboxRow:
    found = here.read(lambda c: outbox.get(c, number))
    assert found is not None
    return found


def outgoing(subject: str = "out") -> bytes:
    return mail(subject).replace(b"Message-ID: <", b"Message-ID: <sent-1@example.com>\r\nX-Old: <")


def test_sent_delivered_filed_once_and_the_parent_marked(both: Pair) -> None:
    both.server.append(both.user, mail("question"))
    both.sync.sync_once()
    other = both.server.new_user()
    number = queue(both, outgoing(), other.address, answers=both.message("question"))
    both.sync.sync_once()
    sent = row(both, number)
    assert sent.state is Outgoing.SENT
    assert sent.filed
    assert len(both.theirs("Sent")) == 1
    both.sync.sync_once()
    both.assert_same()
    assert Flags.ANSWERED in both.flags("question")
    assert both.places("out") == {"Sent"}
    with both.server.client(other, "INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1"]


def test_filing_looks_first(both: Pair) -> None:
    """As after a crash between the append and its note, or where the provider files."""
    number = queue(both, outgoing(), "me@example.com")
    both.server.append(both.user, outgoing(), folder="Sent")
    both.server.submission.behaviour.answer = "250 taken"
    both.sync.sync_once()
    assert row(both, number).filed
    assert len(both.theirs("Sent")) == 1
    both.assert_same()


def test_the_undo_window_is_waited_for(both: Pair) -> None:
    both.server.submission.behaviour.answer = "250 taken"
    number = queue(both, outgoing(), "a@example.org", wait=2)
    both.sync.poke()
    time.sleep(0.3)
    assert row(both, number).state is Outgoing.QUEUED
    eventually(lambda: row(both, number).filed)
    assert row(both, number).state is Outgoing.SENT


def test_every_recipient_refused_fails_in_the_servers_words(both: Pair) -> None:
    both.server.submission.behaviour.refused["a@example.org"] = "550 5.1.1 no such person"
    number = queue(both, outgoing(), "a@example.org")
    both.sync.sync_once()
    failed = row(both, number)
    assert failed.state is Outgoing.FAILED
    assert "no such person" in failed.error
    assert isinstance(both.troubles[0], Refused)
    assert not both.theirs("Sent")


def test_some_recipients_refused_is_said(both: Pair) -> None:
    behaviour = both.server.submission.behaviour
    behaviour.answer = "250 taken"
    behaviour.refused["a@example.org"] = "550 5.1.1 no such person"
    behaviour.refused["b@example.org"] = "451 4.7.1 greylisted"
    number = queue(both, outgoing(), "a@example.org", "b@example.org", "c@example.org")
    both.sync.sync_once()
    assert row(both, number).state is Outgoing.SENT
    assert "a@example.org" in row(both, number).error
    (later,) = [r for r in both.read(lambda c: outbox.open_(c, both.account)) if r.id != number]
    assert later.recipients == ("b@example.org",)
    assert later.not_before > time.time() + 30


def test_what_is_temporary_is_put_off(both: Pair) -> None:
    both.server.submission.behaviour.answer = "451 4.3.0 try later"
    number = queue(both, outgoing(), "a@example.org")
    both.sync.sync_once()
    waiting = row(both, number)
    assert waiting.state is Outgoing.QUEUED
    assert waiting.tries == 1
    assert waiting.not_before > time.time()
    assert "try later" in waiting.error
    both.server.submission.behaviour.answer = "250 taken"
    now = int(time.time())  # as if that time had come
    both.writer.run(lambda conn, changes: outbox.let_go(conn, number, now, changes))
    both.sync.poke()
    eventually(lambda: row(both, number).filed, 120)


def died_while_sending(here: Ours, *, data_sent: bool) -> int:
    number = queue(here, outgoing(), "a@example.org")

    def work(conn: Connection, changes: Changes) -> None:
        outbox.transition(conn, number, Outgoing.SENDING, changes)
        if data_sent:
            outbox.mark_data_sent(conn, number)

    here.writer.run(work)
    return number


def test_after_a_crash_nothing_is_sent_twice(both: Pair) -> None:
    both.server.submission.behaviour.answer = "250 taken"
    before = died_while_sending(both, data_sent=False)
    after = died_while_sending(both, data_sent=True)
    both.restart()
    assert row(both, before).state is Outgoing.QUEUED
    assert row(both, after).state is Outgoing.UNCERTAIN
    both.sync.sync_once()
    assert row(both, before).state is Outgoing.SENT
    assert row(both, after).state is Outgoing.UNCERTAIN


def test_what_is_on_its_way_is_left_alone_when_the_settings_change(both: Pair) -> None:
    number = died_while_sending(both, data_sent=False)  # or: a thread still talks to the server
    both.renew()
    both.sync.sync_once()
    assert row(both, number).state is Outgoing.SENDING


def _until_data(peer: Peer) -> None:
    peer.send("220 ready")
    peer.expect("EHLO")
    peer.send("250-hello", "250 AUTH PLAIN")
    peer.expect("AUTH")
    peer.send("235 ok")
    peer.expect("MAIL")
    peer.send("250 ok")
    peer.expect("RCPT")
    peer.send("250 ok")
    peer.expect("DATA")


def _lost_before(peer: Peer) -> None:
    _until_data(peer)


def _lost_after(peer: Peer) -> None:
    _until_data(peer)
    peer.send("354 go on")
    while peer.line() != ".":
        pass


@pytest.mark.parametrize(
    ("script", "expected"),
    [(_lost_before, Outgoing.QUEUED), (_lost_after, Outgoing.UNCERTAIN)],
)
def test_a_connection_lost_before_or_after_the_data(
    scripted: Callable[..., ScriptedServer],
    tmp_path: Path,
    script: Callable[[Peer], None],
    expected: Outgoing,
) -> None:
    (closed,) = free_ports(1)
    nowhere = Endpoint("127.0.0.1", closed, Security.TLS)
    settings = msgspec.structs.replace(scripted(script).settings(), imap=nowhere)
    with ours(tmp_path, settings, "secret") as here:
        number = queue(here, outgoing(), "a@example.org")
        with pytest.raises(Offline):  # of IMAP
            here.sync.sync_once()
        assert row(here, number).state is expected
        here.restart()
        assert row(here, number).state is expected
