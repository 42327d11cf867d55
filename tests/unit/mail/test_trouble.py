"""Foreign errors in plain words."""

from __future__ import annotations

import imaplib
import socket
import ssl

import pytest

from missive_desktop.errors import CertificateRefused, KnownError, Offline, PeerBroken, UsageError
from missive_desktop.mail.capabilities import capabilities
from missive_desktop.mail.commands import mailbox, quoted, response_code
from missive_desktop.mail.oauth import xoauth2
from missive_desktop.mail.smtp import _stuffed
from missive_desktop.mail.trouble import (
    CommandRefused,
    refusal,
    split_code,
    translate,
    translating,
    words,
)


def verification(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_message = message
    return error


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (verification("Hostname mismatch, certificate is not valid"), CertificateRefused, "name"),
        (verification("certificate has expired"), CertificateRefused, "expired"),
        (verification("certificate is not yet valid"), CertificateRefused, "not valid yet"),
        (verification("self-signed certificate"), CertificateRefused, "nobody"),
        (verification("certificate revoked"), CertificateRefused, "revoked"),
        (verification("something else"), CertificateRefused, "something else"),
        (TimeoutError(), Offline, "does not answer"),
        (socket.gaierror(socket.EAI_NONAME, "x"), Offline, "no server named"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Offline, "just now"),
        (ConnectionRefusedError(), Offline, "no connections"),
        (ConnectionResetError(), Offline, "lost"),
        (OSError(101, "Network is unreachable"), Offline, "Network is unreachable"),
        (ssl.SSLEOFError(8, "EOF"), Offline, "lost"),
        (imaplib.IMAP4.abort("unexpected response: b'x'"), PeerBroken, "not IMAP"),
        (imaplib.IMAP4.abort("socket error"), Offline, "ended"),
        (imaplib.IMAP4.error("BAD what"), PeerBroken, "did not understand"),
    ],
)
def test_errors_of_libraries(error: Exception, kind: type[KnownError], said: str) -> None:
    translated = translate(error, "mail.example.org", 993)
    assert type(translated) is kind
    assert said in str(translated)


def test_bugs_stay_bugs() -> None:
    with pytest.raises(ZeroDivisionError), translating("h", 1):
        raise ZeroDivisionError
    with pytest.raises(Offline, match="mine"), translating("h", 1):
        raise Offline("mine")


def test_what_servers_say() -> None:
    assert split_code("[TRYCREATE] no folder") == ("TRYCREATE", "no folder")
    assert split_code("[UIDNEXT 4] x") == ("UIDNEXT", "x")
    assert split_code("no code [x]") == ("", "no code [x]")
    assert words(b"a\r\n\x00b\xff") == "a b�"
    assert len(words("x" * 1000)) == 300
    refused = refusal("SELECT", b"[NONEXISTENT] no such folder")
    assert isinstance(refused, CommandRefused)
    assert (refused.code, refused.said) == ("NONEXISTENT", "no such folder")
    assert isinstance(refusal("SELECT", b"[INUSE] locked"), Offline)
    assert "without a reason" in str(refusal("SELECT", b""))
    assert response_code("[COPYUID 1 2:3 4:5] ok") == ("COPYUID", ["1", "2:3", "4:5"])
    assert response_code("ok") == ("", [])


def test_writing_names() -> None:
    assert mailbox('a"b\\c') == b'"a\\"b\\\\c"'
    assert mailbox("Entwürfe") == b'"Entw&APw-rfe"'
    assert mailbox("Entwürfe", utf8=True) == '"Entwürfe"'.encode()
    with pytest.raises(UsageError, match="control"):
        quoted(b"a\r\nb")


def test_capabilities() -> None:
    plain = capabilities(["IMAP4rev1"])
    assert not any(getattr(plain, name) for name in plain.__struct_fields__)
    assert capabilities(["imap4rev1", "enable", "qresync"]).condstore
    assert not capabilities(["QRESYNC"]).qresync
    newest = capabilities(["IMAP4rev2"])
    assert newest.move
    assert newest.uidplus
    assert newest.list_status
    assert not newest.condstore
    assert capabilities(["X-GM-EXT-1"]).gmail


def test_tokens_and_dots() -> None:
    assert xoauth2("me@x.org", "ya29") == "user=me@x.org\x01auth=Bearer ya29\x01\x01"
    assert _stuffed(b".a\n.b\r\n..c\rd") == b"..a\r\n..b\r\n...c\r\nd\r\n"
    assert _stuffed(b"") == b"\r\n"
