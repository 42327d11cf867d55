"""Servers that stall, lie, close and talk nonsense: plain words, or a marked message."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import msgspec
import pytest
from tests.servers import certificates
from tests.servers.dovecot import DovecotServer
from tests.servers.ports import free_ports
from tests.servers.scripted import Hangup, Peer, ScriptedServer, Start, imap

from missive_desktop.domain.account import Endpoint, Security
from missive_desktop.domain.message import Flags
from missive_desktop.errors import (
    CertificateRefused,
    KnownError,
    LoginRefused,
    Offline,
    PeerBroken,
    UsageError,
)
from missive_desktop.mail.session import Session, connect

Open: TypeAlias = Callable[..., Session]
Answer: TypeAlias = Callable[[Peer, str, str], None]


def session_on(server: ScriptedServer, timeout: float = 20.0) -> Session:
    return connect(server.settings(), "secret", timeout=timeout)


@pytest.fixture
def fetching(scripted: Start) -> Iterator[Open]:
    """Open a session with a folder of a server that answers FETCH as told."""
    with ExitStack() as sessions:

        def open_(answer: Answer, timeout: float = 20.0) -> Session:
            session = session_on(scripted(imap({"UID FETCH": answer})))
            sessions.callback(session.close, politely=False)
            session.select("INBOX")
            session._wire.read_timeout = timeout  # not before: signing in may take long
            session._wire.sock.settimeout(timeout)
            return session

        yield open_


def fetch_line(uid: int, body: str, flags: str = "\\Seen") -> str:
    return (
        f'* {uid} FETCH (UID {uid} FLAGS ({flags}) INTERNALDATE "09-Sep-2001 01:46:40 +0000" '
        f"RFC822.SIZE 5 BODY[] {body})"
    )


# --- before the first command ----------------------------------------------------------------


def test_unknown_hosts_and_closed_ports(dovecot: DovecotServer) -> None:
    settings = dovecot.settings(dovecot.new_user())

    def at(host: str, port: int, security: Security = Security.TLS, ca: str = "") -> None:
        imap = Endpoint(host, port, security)
        connect(msgspec.structs.replace(settings, imap=imap, ca_file=ca), "x", timeout=20)

    with pytest.raises(Offline, match=r"no server named does-not-exist\.invalid"):
        at("does-not-exist.invalid", 993)
    with pytest.raises(Offline, match="takes no connections on port"):
        at("localhost", free_ports(1)[0])
    with pytest.raises(CertificateRefused, match="nobody this computer trusts") as refused:
        at("localhost", dovecot.imaps_port)
    assert "certificate authority" in refused.value.advice
    with pytest.raises(CertificateRefused, match="another name"):
        at("127.1", dovecot.imaps_port, ca=settings.ca_file)
    with pytest.raises(PeerBroken, match="does not speak TLS"):
        at("localhost", dovecot.imap_port, ca=settings.ca_file)
    with pytest.raises(CertificateRefused, match="does not exist"):
        at("localhost", dovecot.imaps_port, ca="/does/not/exist.pem")


def test_an_expired_certificate(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = certificates.make(tmp_path_factory.mktemp("expired"), expired=True)
    with (
        ScriptedServer(made, imap()) as server,
        pytest.raises(CertificateRefused, match="expired"),
    ):
        session_on(server)


def test_a_port_that_says_nothing(scripted: Start) -> None:
    server = scripted(Peer.stall)
    began = time.monotonic()
    with pytest.raises(Offline, match="does not answer"):
        session_on(server, timeout=0.3)
    assert time.monotonic() - began < 20


def test_a_port_that_never_shakes_hands(scripted: Start) -> None:
    server = scripted(Peer.stall, tls=False)
    settings = msgspec.structs.replace(
        server.settings(), imap=Endpoint("localhost", server.port, Security.TLS)
    )
    with pytest.raises(Offline, match="does not answer"):
        connect(settings, "secret", timeout=0.3)


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        ("* BYE too many connections", Offline),
        ("+OK POP3 ready", PeerBroken),
        ("SSH-2.0-OpenSSH_9.2", PeerBroken),
        ("\x00\x01\x02", PeerBroken),
        ("HTTP/1.1 400 Bad Request", PeerBroken),
    ],
)
def test_greetings_that_are_no_welcome(
    scripted: Start, greeting: str, error: type[KnownError]
) -> None:
    server = scripted(imap(greeting=greeting))
    with pytest.raises(error):
        session_on(server)


def test_nothing_is_sent_without_encryption(scripted: Start) -> None:
    stripped = scripted(imap(), tls=False)
    with pytest.raises(CertificateRefused, match="does not offer encryption"):
        session_on(stripped)
    skipped = scripted(imap(greeting="* PREAUTH welcome back"), tls=False)
    with pytest.raises(CertificateRefused, match="does not offer encryption"):
        session_on(skipped)


def test_what_is_injected_before_encryption_is_refused(scripted: Start) -> None:
    def starttls(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(f"{tag} OK begin\r\n* OK [ALERT] injected\r\n".encode())
        peer.encrypt()

    server = scripted(imap({"STARTTLS": starttls}, capability="IMAP4rev1 STARTTLS"), tls=False)
    with pytest.raises(PeerBroken, match="before encryption"):
        session_on(server)


def test_a_refused_starttls(scripted: Start) -> None:
    def starttls(peer: Peer, tag: str, arguments: str) -> None:
        peer.send(f"{tag} NO not today")

    server = scripted(imap({"STARTTLS": starttls}, capability="IMAP4rev1 STARTTLS"), tls=False)
    with pytest.raises(Offline, match="not today"):
        session_on(server)


def test_preauth_over_tls_needs_no_password(scripted: Start) -> None:
    with session_on(scripted(imap(greeting="* PREAUTH welcome"))) as session:
        assert session.select("INBOX").exists == 3


def test_a_server_that_is_busy_is_not_a_wrong_password(scripted: Start) -> None:
    def authenticate(peer: Peer, tag: str, arguments: str) -> None:
        peer.send(f"{tag} NO [UNAVAILABLE] come back later")

    with pytest.raises(Offline, match="come back later"):
        session_on(scripted(imap({"AUTHENTICATE": authenticate})))


def test_login_disabled_and_line_breaks(scripted: Start) -> None:
    def capability(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* CAPABILITY IMAP4rev1 LOGINDISABLED", f"{tag} OK done")

    server = scripted(imap({"CAPABILITY": capability}))
    with pytest.raises(LoginRefused, match="does not accept passwords"):
        session_on(server)
    with pytest.raises(UsageError):
        connect(server.settings(), "a\r\nb DELETE INBOX", timeout=20)


def test_login_sends_any_name_where_plain_is_missing(scripted: Start) -> None:
    given: list[bytes] = []

    def capability(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* CAPABILITY IMAP4rev1", f"{tag} OK done")

    def login(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("+ go on")
        given.append(peer.take(int(arguments.strip("{}"))))
        size = peer.line().strip(" {}")
        peer.send("+ go on")
        given.append(peer.take(int(size)))
        peer.line()
        peer.send(f"{tag} OK in")

    server = scripted(imap({"CAPABILITY": capability, "LOGIN": login}))
    connect(server.settings(), "pässword", timeout=20).close()
    assert given == [b"user@example.com", "pässword".encode()]


# --- while messages are fetched ----------------------------------------------------------------


def test_answers_in_the_middle_and_in_any_order(fetching: Open) -> None:
    def literal_first(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (BODY[] {5}\r\nhello UID 1 FLAGS (\\Seen x) RFC822.SIZE 99)\r\n")
        peer.raw(b'* 2 FETCH (UID 2 BODY[] "hi \\"there\\"" FLAGS (NIL))\r\n* 5 FETCH ((\r\n')
        peer.raw(b"* 3 FETCH (UID 3 BODY[] {0}\r\n)\r\n")
        peer.send("* 9 EXISTS", "* 1 FETCH (FLAGS (\\Deleted))", "* 2 EXPUNGE", "* OK [ALERT] hi")
        peer.send("* 2 FETCH (UID 2 FLAGS (\\Answered) MODSEQ (7))", "* VANISHED 9:4294967295")
        peer.send(f"{tag} OK done")

    found = {one.uid: one for one in fetching(literal_first).fetch([3, 2, 1])}
    assert {uid: bytes(one.raw or b"") for uid, one in found.items()} == {
        1: b"hello",
        2: b'hi "there"',
        3: b"",
    }
    assert (found[1].flags, found[1].keywords, found[1].size) == (Flags.SEEN, "x", 99)
    assert found[3].raw is not None


def test_no_for_a_batch_is_narrowed_down_to_the_message(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        if arguments.startswith("1:3"):
            peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {2}\r\nok)\r\n")
            peer.send(f"{tag} NO [SERVERBUG] broken index")
        elif arguments.startswith("2 (FLAGS"):
            peer.send("* 2 FETCH (UID 2 FLAGS ())", f"{tag} OK done")
        elif arguments.startswith("2 "):
            peer.send(f"{tag} NO cannot read message")
        else:
            peer.raw(b"* 3 FETCH (UID 3 FLAGS () BODY[] {5}\r\nthird)\r\n")
            peer.send(f"{tag} OK done")

    found = {one.uid: one for one in fetching(answer).fetch([3, 2, 1])}
    assert found[1].raw == b"ok"
    assert found[3].raw == b"third"
    assert found[2].raw is None
    assert "cannot read message" in found[2].problem


def test_nil_bodies_and_silence_are_marked(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        if arguments.startswith("1:3"):
            peer.send(fetch_line(1, "NIL"))
        elif arguments.startswith("2 (FLAGS"):
            peer.send("* 2 FETCH (UID 2 FLAGS (\\Seen))")
        peer.send(f"{tag} OK done")

    found = {one.uid: one for one in fetching(answer).fetch([3, 2, 1])}
    assert found[1].problem == "the server gave no content"
    assert found[2].problem == "the server did not give it"
    assert 3 not in found  # gone


def test_a_literal_above_the_limit_is_skipped_and_marked(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {300000}\r\n" + b"x" * 300_000 + b")\r\n")
        peer.raw(b"* 2 FETCH (UID 2 FLAGS () BODY[] {5}\r\nsmall)\r\n")
        peer.send(f"{tag} OK done")

    session = fetching(answer)
    found = {one.uid: one for one in session.fetch([2, 1], limit=100_000)}
    assert found[1].raw is None
    assert found[1].problem == "too large: 300000 bytes"
    assert found[2].raw == b"small"
    assert session.noop() is False


def test_a_huge_announced_literal_is_given_up_before_it_comes(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {99999999999}\r\n" + b"x" * 1000)
        peer.stall()

    session = fetching(answer, 1.0)
    stream = session.fetch([2, 1])
    assert next(stream).problem.startswith("too large")
    with pytest.raises(Offline, match="does not answer"):
        next(stream)
    assert session.unanswered == [2]


@pytest.mark.parametrize("size", [3, 500])
def test_wrong_literal_sizes_end_in_an_error(fetching: Open, size: int) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {%d}\r\nSubject: x\r\n\r\nhello)\r\n" % size)
        peer.send(f"{tag} OK done")

    session = fetching(answer, 1.0)
    with pytest.raises((PeerBroken, Offline)):
        list(session.fetch([2, 1]))
    assert session.unanswered[-1:] == [1] or 2 in session.unanswered


def test_a_connection_lost_in_the_middle_names_what_did_not_come(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {5}\r\nhello)\r\n")
        peer.raw(b"* 2 FETCH (UID 2 FLAGS () BODY[] {500}\r\nhel")
        raise Hangup

    session = fetching(answer)
    stream = session.fetch([3, 2, 1])
    assert next(stream).uid == 1
    with pytest.raises(Offline, match="closed the connection"):
        next(stream)
    assert session.unanswered == [3, 2]
    with pytest.raises(Offline):
        session.noop()


def test_a_server_that_drips_is_given_up(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {5000}\r\n")
        while not peer.released.wait(0.02):
            peer.raw(b"x")

    session = fetching(answer, 0.1)
    began = time.monotonic()
    with pytest.raises(Offline, match="too slow"):
        list(session.fetch([1]))
    assert time.monotonic() - began < 20


def test_a_line_without_an_end(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        while True:
            peer.raw(b"x" * 1_000_000)

    with pytest.raises(PeerBroken, match="without an end"):
        list(fetching(answer).fetch([1]))


def test_flags_with_literals_and_missing_parts(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* 1 FETCH (FLAGS (\\Seen $MDNSent) UID 1)", "* 2 FETCH (FLAGS (\\Seen))")
        peer.send("* 3 fetch (uid 3 modseq (12) flags (\\flagged \\Recent))", "* 4 EXISTS", "*")
        peer.send(f"{tag} OK done")

    session = fetching(answer)
    with pytest.raises(PeerBroken):  # a lone star is no IMAP
        list(session.flags())


def test_a_bye_in_the_middle(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* BYE going down for maintenance")
        raise Hangup

    with pytest.raises(Offline, match="going down for maintenance"):
        list(fetching(answer).flags())


def test_leaving_a_fetch_early_ends_the_connection(fetching: Open) -> None:
    def answer(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b"* 1 FETCH (UID 1 FLAGS () BODY[] {5}\r\nhello)\r\n" * 3)
        peer.send(f"{tag} OK done")

    session = fetching(answer)
    for _ in session.fetch([3, 2, 1]):
        break
    with pytest.raises(Offline):
        session.noop()
    session.close()


# --- folders -----------------------------------------------------------------------------------


def test_odd_folder_lists(scripted: Start) -> None:
    def listing(peer: Peer, tag: str, arguments: str) -> None:
        peer.raw(b'* LIST (\\HasNoChildren) "/" {7}\r\nlit/ral\r\n')
        peer.send("* LIST () NIL INBOX", '* LIST (\\Noselect) "." "quo\\"ted"', "* LIST () / 2024")
        peer.send('* LIST () "/" "&Jjo-! &broken"', '* LIST () "/" "\\"', "* LIST", "* LIST (")
        peer.send(b'* LIST () "/" "\xc3\xa4 utf8"', '* LIST () "/" "&"', '* LIST () "/" inbox')
        peer.send(f"{tag} OK done")

    with session_on(scripted(imap({"LIST": listing}))) as session:
        folders = {folder.name: folder for folder in session.folders()}
    assert folders["lit/ral"].delimiter == "/"
    assert folders["INBOX"].delimiter == ""
    assert not folders['quo"ted'].selectable
    assert {"2024", "ä utf8"} <= folders.keys()
    assert sum(name.upper() == "INBOX" for name in folders) == 1


def test_a_server_that_offers_more_than_it_can(scripted: Start) -> None:
    def listing(peer: Peer, tag: str, arguments: str) -> None:
        if "RETURN" in arguments:
            peer.send(f"{tag} BAD what is RETURN?")
        else:
            peer.send('* LIST () "/" INBOX', f"{tag} OK done")

    server = scripted(imap({"LIST": listing}, capability="IMAP4rev1 LIST-STATUS SPECIAL-USE"))
    with session_on(server) as session:
        assert [folder.name for folder in session.folders()] == ["INBOX"]


def test_a_server_that_cannot_enable_what_it_offers(scripted: Start) -> None:
    with session_on(scripted(imap(capability="IMAP4rev1 ENABLE QRESYNC"))) as session:
        assert session.capabilities.condstore
        assert not session.capabilities.qresync


@pytest.mark.parametrize(
    ("offered", "told"), [("ID X-CM-EXT-1", ['("name" "Missive")']), ("ID", [])]
)
def test_our_name_is_told_only_where_nothing_works_without(
    scripted: Start, offered: str, told: list[str]
) -> None:
    heard: list[str] = []

    def identify(peer: Peer, tag: str, arguments: str) -> None:
        heard.append(arguments)
        peer.send('* ID ("name" "server")', f"{tag} OK done")

    server = scripted(imap({"ID": identify}, capability=f"IMAP4rev1 {offered}"))
    with session_on(server) as session:
        assert session.select("INBOX").exists == 3
    assert heard == told


def test_utf8_names_where_offered(scripted: Start) -> None:
    seen: list[str] = []

    def enable(peer: Peer, tag: str, arguments: str) -> None:
        peer.send(f"* ENABLED {arguments}", f"{tag} OK done")

    def create(peer: Peer, tag: str, arguments: str) -> None:
        seen.append(arguments)
        peer.send(f"{tag} OK done")

    handlers = {"ENABLE": enable, "CREATE": create, "SUBSCRIBE": create}
    server = scripted(imap(handlers, capability="IMAP4rev1 ENABLE UTF8=ACCEPT"))
    with session_on(server) as session:
        session.create('Entwürfe "2"')
    assert seen == ['"Entwürfe \\"2\\""'] * 2


def test_shared_folders_are_not_ours(scripted: Start) -> None:
    def listing(peer: Peer, tag: str, arguments: str) -> None:
        peer.send('* LIST () "." INBOX', '* LIST () "." INBOX.Sent', '* LIST () "." shared.x')
        peer.send('* LIST () "." user.boss', f"{tag} OK done")

    def namespace(peer: Peer, tag: str, arguments: str) -> None:
        peer.send('* NAMESPACE (("INBOX." ".")) (("user." ".")) (("shared." "."))')
        peer.send(f"{tag} OK done")

    handlers = {"LIST": listing, "NAMESPACE": namespace}
    with session_on(scripted(imap(handlers, capability="IMAP4rev1 NAMESPACE"))) as session:
        assert [folder.name for folder in session.folders()] == ["INBOX", "INBOX.Sent"]


def test_search_results_cut_short_are_completed(scripted: Start) -> None:
    def search(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* SEARCH 3", f"{tag} OK done")

    def fetch(peer: Peer, tag: str, arguments: str) -> None:
        assert arguments == "1:* (UID)"
        peer.send("* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)", f"{tag} OK done")

    server = scripted(imap({"UID SEARCH": search, "UID FETCH": fetch}))
    with session_on(server) as session:
        session.select("INBOX")
        assert session.uids() == [1, 2, 3]
