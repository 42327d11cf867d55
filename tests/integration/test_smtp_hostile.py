"""Submission servers that stall, close and refuse: what was taken is known, or said to be not."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import msgspec
import pytest
from tests.servers import certificates
from tests.servers.scripted import Hangup, Peer, Script, ScriptedServer, Start

from missive_desktop.domain.account import Auth
from missive_desktop.errors import (
    CertificateRefused,
    KnownError,
    LoginRefused,
    Offline,
    PeerBroken,
    Refused,
)
from missive_desktop.mail import smtp

RAW = b"Subject: hello\r\n\r\nbody\r\n"
ALL = ("AUTH PLAIN LOGIN XOAUTH2", "8BITMIME", "SMTPUTF8", "SIZE 1000000")


def dialogue(
    extensions: tuple[str, ...] = ALL, ending: Callable[[Peer], None] | None = None
) -> Script:
    """Return a server that takes everything up to the data, then ends as told."""

    def script(peer: Peer) -> None:
        peer.send("220 ready")
        # The machine's own name stays here.
        peer.expect(r"ehlo \[127\.0\.0\.1\]$")
        peer.send("250-me", *(f"250-{one}" for one in extensions), "250 HELP")
        while True:
            line = peer.line()
            verb = line.split(" ")[0].upper()
            if verb == "AUTH":
                peer.send("235 welcome")
            elif verb == "DATA":
                peer.send("354 go ahead")
                while peer.line() != ".":
                    pass
                if ending is not None:
                    ending(peer)
                peer.send("250 taken")
            elif verb == "QUIT":
                peer.send("221 bye")
                raise Hangup
            else:
                peer.send("250 ok")

    return script


def submit(
    server: ScriptedServer, raw: bytes = RAW, to: str = "b@x.org", timeout: float = 20.0
) -> smtp.Receipt:
    return smtp.submit(server.settings(), "secret", "a@x.org", [to], raw, timeout=timeout)


def test_the_plain_case(scripted: Start) -> None:
    assert submit(scripted(dialogue())) == smtp.Receipt()


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        ("421 too busy", Offline),
        ("554 go away", Refused),
        ("SSH-2.0-OpenSSH", PeerBroken),
        ("* OK IMAP here", PeerBroken),
        ("220-" + "x" * 100_000, PeerBroken),
    ],
)
def test_greetings_that_are_no_welcome(
    scripted: Start, greeting: str, error: type[KnownError]
) -> None:
    with pytest.raises(error):
        submit(scripted(lambda peer: peer.send(greeting)))


def test_replies_without_an_end(scripted: Start) -> None:
    def endless(peer: Peer) -> None:
        while True:
            peer.send("220-more to come")

    with pytest.raises(PeerBroken):
        submit(scripted(endless))


def test_silence_and_closing(scripted: Start) -> None:
    began = time.monotonic()
    with pytest.raises(Offline, match="does not answer"):
        submit(scripted(Peer.stall), timeout=0.5)
    with pytest.raises(Offline, match=r"closed|lost"):
        submit(scripted(lambda peer: None))
    assert time.monotonic() - began < 20


def test_nothing_is_sent_without_encryption(scripted: Start) -> None:
    with pytest.raises(CertificateRefused, match="does not offer encryption"):
        submit(scripted(dialogue(), tls=False))


def test_a_certificate_that_expired(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = certificates.make(tmp_path_factory.mktemp("expired"), expired=True)
    with (
        ScriptedServer(made, dialogue()) as server,
        pytest.raises(CertificateRefused, match="expired"),
    ):
        submit(server)


def test_what_is_injected_before_encryption_counts_for_nothing(scripted: Start) -> None:
    def inject(peer: Peer) -> None:
        peer.send("220 ready")
        peer.expect("ehlo")
        peer.send("250-me", "250 STARTTLS")
        peer.expect("STARTTLS")
        peer.raw(b"220 go\r\n250-me\r\n250 AUTH PLAIN\r\n")
        peer.encrypt()
        peer.expect("ehlo")
        peer.send("250-me", *(f"250-{one}" for one in ALL), "250 HELP")
        peer.expect("AUTH PLAIN")
        peer.send("535 no")

    with pytest.raises(LoginRefused):
        submit(scripted(inject, tls=False))


@pytest.mark.parametrize("ending", [lambda peer: peer.stall(), lambda peer: peer.close()])
def test_lost_after_the_last_dot_is_uncertain(
    scripted: Start, ending: Callable[[Peer], None]
) -> None:
    with pytest.raises(smtp.Uncertain, match="may have been sent"):
        submit(scripted(dialogue(ending=ending)), timeout=3.0)


def test_lost_before_the_last_dot_is_safe(scripted: Start) -> None:
    def script(peer: Peer) -> None:
        peer.send("220 ready")
        peer.expect("ehlo")
        peer.send("250 me")
        for _ in range(2):
            peer.line()
            peer.send("250 ok")
        peer.expect("DATA")

    called: list[bool] = []
    with pytest.raises(Offline) as lost:
        smtp.submit(
            scripted(script).settings(),
            "secret",
            "a@x.org",
            ["b@x.org"],
            RAW,
            lambda: called.append(True),
            timeout=20.0,
        )
    assert not isinstance(lost.value, smtp.Uncertain)
    assert called == []


def test_what_a_server_cannot_carry_is_said_first(scripted: Start) -> None:
    with pytest.raises(Refused, match="plain letters"):
        submit(scripted(dialogue(("AUTH PLAIN",))), "Subject: x\r\n\r\nü".encode())
    with pytest.raises(Refused, match="outside of ASCII"):
        submit(scripted(dialogue(("8BITMIME",))), to="jürgen@x.org")
    with pytest.raises(Refused, match="too large"):
        submit(scripted(dialogue(("SIZE 10",))))


def test_signing_in_by_login_and_by_token(scripted: Start) -> None:
    given: list[str] = []

    def script(peer: Peer) -> None:
        peer.send("220 ready")
        peer.expect("ehlo")
        peer.send("250-me", "250 AUTH=LOGIN")
        peer.expect("AUTH LOGIN")
        for prompt in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
            peer.send(f"334 {prompt}")
            given.append(base64.b64decode(peer.line()).decode())
        peer.send("454 4.7.0 try later")

    with pytest.raises(Offline, match="try later"):
        smtp.check(scripted(script).settings(), "gehêim", timeout=20.0)
    assert given == ["user@example.com", "gehêim"]

    def token(peer: Peer) -> None:
        peer.send("220 ready")
        peer.expect("ehlo")
        peer.send("250-me", "250 AUTH XOAUTH2")
        peer.expect("AUTH XOAUTH2 ")
        peer.send("334 eyJzdGF0dXMiOiI0MDAifQ==")
        assert peer.line() == ""
        peer.send("535 5.7.8 token expired")

    settings = msgspec.structs.replace(scripted(token).settings(), auth=Auth.XOAUTH2)
    with pytest.raises(LoginRefused, match="token expired") as refused:
        smtp.check(settings, "old", timeout=20.0)
    assert "Sign in again" in refused.value.advice
