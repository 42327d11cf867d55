"""Submission to a real server that delivers over LMTP."""

from __future__ import annotations

import time

import msgspec
import pytest
from tests.servers.dovecot import DovecotServer, User
from tests.servers.ports import free_ports

from missive_desktop.domain.account import Auth, Endpoint, Security
from missive_desktop.errors import (
    CertificateRefused,
    LoginRefused,
    Offline,
    PeerBroken,
    Refused,
    UsageError,
)
from missive_desktop.mail import smtp
from missive_desktop.mail.session import connect

RAW = b"From: a@example.com\r\nSubject: hello\r\nMessage-ID: <x@example.com>\r\n\r\n.dot\r\nbye"


@pytest.fixture
def sender(dovecot: DovecotServer) -> User:
    return dovecot.new_user()


@pytest.fixture
def recipient(dovecot: DovecotServer) -> User:
    return dovecot.new_user()


def inbox(server: DovecotServer, user: User) -> list[bytes]:
    end = time.monotonic() + 30
    with connect(server.settings(user), user.password, timeout=10) as session:
        while True:
            session.select("INBOX")
            if (uids := session.uids()) or time.monotonic() > end:
                return [bytes(one.raw or b"") for one in session.fetch(uids)]
            time.sleep(0.02)


@pytest.mark.parametrize("security", list(Security))
def test_a_message_arrives_byte_for_byte(
    dovecot: DovecotServer, sender: User, recipient: User, security: Security
) -> None:
    calls: list[int] = []
    receipt = smtp.submit(
        dovecot.settings(sender, security),
        sender.password,
        sender.address,
        [recipient.address],
        RAW,
        lambda: calls.append(1),
    )
    assert receipt == smtp.Receipt()
    assert calls == [1]
    (arrived,) = inbox(dovecot, recipient)
    assert arrived.endswith(b"Subject: hello\r\nMessage-ID: <x@example.com>\r\n\r\n.dot\r\nbye\r\n")


def test_signs_in_with_a_token(dovecot: DovecotServer, sender: User, recipient: User) -> None:
    settings = dovecot.settings(sender, auth=Auth.XOAUTH2)
    token = dovecot.new_token(sender)
    smtp.submit(settings, token, sender.address, [recipient.address], RAW)
    assert len(inbox(dovecot, recipient)) == 1
    with pytest.raises(LoginRefused, match="535"):
        smtp.check(settings, "withdrawn")


def test_a_wrong_password_is_refused(dovecot: DovecotServer, sender: User) -> None:
    with pytest.raises(LoginRefused, match="535"):
        smtp.check(dovecot.settings(sender), "wrong")
    smtp.check(dovecot.settings(sender), sender.password)


def test_letters_of_every_script(dovecot: DovecotServer, sender: User) -> None:
    raw = "Subject: Grüße 你好\r\n\r\n…\r\n".encode()
    answer = dovecot.submission.behaviour
    answer.answer = "250 2.0.0 dropped"
    try:
        smtp.submit(
            dovecot.settings(sender), sender.password, sender.address, ["jürgen@example.com"], raw
        )
    finally:
        answer.answer = ""


def test_one_refused_recipient_does_not_stop_the_others(
    dovecot: DovecotServer, sender: User, recipient: User
) -> None:
    refused = dovecot.submission.behaviour.refused
    refused["gone@example.com"] = "550 5.1.1 no such user"
    refused["busy@example.com"] = "451 4.2.0 greylisted"
    everybody = [recipient.address, "gone@example.com", "busy@example.com"]
    settings = dovecot.settings(sender)
    receipt = smtp.submit(settings, sender.password, sender.address, everybody, RAW)
    assert receipt.refused == {"gone@example.com": "550 5.1.1 no such user"}
    assert receipt.later == {"busy@example.com": "451 4.2.0 greylisted"}
    assert len(inbox(dovecot, recipient)) == 1
    with pytest.raises(Refused, match="no such user"):
        smtp.submit(settings, sender.password, sender.address, ["gone@example.com"], RAW)
    with pytest.raises(Offline, match="greylisted"):
        smtp.submit(settings, sender.password, sender.address, everybody[1:], RAW)


@pytest.mark.parametrize(
    ("answer", "error"), [("452 4.3.1 full", Offline), ("554 5.7.1 spam", Refused)]
)
def test_what_is_temporary_and_what_is_not(
    dovecot: DovecotServer, sender: User, recipient: User, answer: str, error: type[Exception]
) -> None:
    dovecot.submission.behaviour.answer = answer
    try:
        with pytest.raises(error, match=answer) as raised:
            smtp.submit(
                dovecot.settings(sender), sender.password, sender.address, [recipient.address], RAW
            )
        assert not isinstance(raised.value, smtp.Uncertain)
    finally:
        dovecot.submission.behaviour.answer = ""


def test_too_large_is_said_before_anything_is_sent(dovecot: DovecotServer, sender: User) -> None:
    with pytest.raises(Refused, match=r"too large: 60\.0 MB.* 50\.0 MB"):
        smtp.submit(
            dovecot.settings(sender),
            sender.password,
            sender.address,
            ["a@example.com"],
            b"\n" * 60_000_000,
        )


def test_no_answer_after_the_data_is_uncertain(
    dovecot: DovecotServer, sender: User, recipient: User
) -> None:
    dovecot.submission.behaviour.delay = 5
    sent: list[bool] = []
    try:
        with pytest.raises(smtp.Uncertain):
            smtp.submit(
                dovecot.settings(sender),
                sender.password,
                sender.address,
                [recipient.address],
                RAW,
                lambda: sent.append(True),
                timeout=3.0,
            )
    finally:
        dovecot.submission.behaviour.delay = 0
    assert sent == [True]


def test_wrong_ports_hosts_and_certificates(dovecot: DovecotServer, sender: User) -> None:
    settings = dovecot.settings(sender)
    assert settings.smtp is not None

    def at(host: str, port: int, security: Security = Security.TLS, ca_file: str = "") -> None:
        other = msgspec.structs.replace(
            settings, smtp=Endpoint(host, port, security), ca_file=ca_file
        )
        smtp.check(other, sender.password, timeout=20)

    ca = settings.ca_file
    with pytest.raises(CertificateRefused, match="nobody this computer trusts"):
        at("localhost", settings.smtp.port)
    with pytest.raises(CertificateRefused, match="another name"):
        at("127.1", settings.smtp.port, ca_file=ca)
    with pytest.raises(Offline, match="no server named"):
        at("does-not-exist.invalid", 465)
    with pytest.raises(Offline, match="takes no connections"):
        at("localhost", free_ports(1)[0], ca_file=ca)
    with pytest.raises(PeerBroken, match="does not speak TLS"):
        at("localhost", dovecot.submission.starttls_port, ca_file=ca)
    with pytest.raises(UsageError):
        smtp.check(msgspec.structs.replace(settings, smtp=None), "x")


def test_nothing_can_be_smuggled_into_the_envelope(dovecot: DovecotServer, sender: User) -> None:
    with pytest.raises(UsageError):
        smtp.submit(dovecot.settings(sender), "x", "a@b.c", ["d@e.f>\r\nRCPT TO:<g@h.i"], RAW)
    with pytest.raises(UsageError):
        smtp.submit(dovecot.settings(sender), "x", "a@b.c", [], RAW)
