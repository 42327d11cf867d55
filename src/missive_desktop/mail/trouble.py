"""What goes wrong between us and a mail server, said in plain words: the one place where the
errors of sockets, TLS, imaplib and IMAPClient become ours.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator

from missive_desktop.errors import CertificateRefused, KnownError, Offline, PeerBroken, Refused


class CommandRefused(Refused):
    """A tagged NO: the response code (RFC 5530) in capitals or empty, and the server's words."""

    def __init__(self, command: str, code: str, said: str) -> None:
        reason = said or code or "without a reason"
        super().__init__(f"The server refused ({command}): {reason}")
        self.code = code
        self.said = said


class NotUnderstood(PeerBroken):
    """A tagged BAD: the server does not know a command that it offered."""


# Codes of RFC 5530 and common practice that mean: later.
PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "THROTTLED"})

_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]\s*", re.ASCII)

_VERIFY_ADVICE = (
    "Do not go on unless you know why. Check the name of the server and this computer's date; "
    "for a server of your own, name its certificate authority's file."
)


def split_code(text: str) -> tuple[str, str]:
    """Split the response code off a status text: `[CODE …] words` → ("CODE", "words")."""
    match = _CODE.match(text)
    return (match.group(1), text[match.end() :]) if match else ("", text)


def words(text: bytes | str) -> str:
    """Return what a server said as one printable line of bounded length."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    clean = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(clean.split())[:300]


def refusal(what: str, text: bytes | str) -> KnownError:
    """Return the error for a tagged NO to the command `what`."""
    code, said = split_code(words(text))
    if code in PASSING_CODES:
        return Offline(f"The server cannot do this now: {said or code}")
    return CommandRefused(what, code, said)


@contextlib.contextmanager
def translating(host: str, port: int) -> Iterator[None]:
    """Raise our errors instead of those of the libraries below."""
    try:
        yield
    except KnownError:
        raise
    except Exception as error:
        translated = translate(error, host, port)
        if translated is None:
            raise
        raise translated from error


def translate(error: Exception, host: str, port: int) -> KnownError | None:
    """Return our error for one of the libraries below, or None for a bug."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateRefused(_certificate_words(error, host), _VERIFY_ADVICE)
    if isinstance(error, TimeoutError):
        return Offline(f"{host} does not answer (port {port}).")
    if isinstance(error, ssl.SSLError):
        return _tls_trouble(error, host, port)
    if isinstance(error, socket.gaierror):
        return _name_trouble(error, host)
    if isinstance(error, ConnectionRefusedError):
        return Offline(f"{host} takes no connections on port {port}.")
    if isinstance(error, ConnectionError):
        return Offline(f"The connection to {host} was lost.")
    if isinstance(error, OSError):
        return Offline(f"{host} cannot be reached: {error.strerror or error}.")
    if isinstance(error, imaplib.IMAP4.error):
        return _imap_trouble(error, host)
    if isinstance(error, UnicodeDecodeError):  # imaplib takes some answers for ASCII
        return PeerBroken(f"{host} sent something that is not IMAP.")
    return None


def _name_trouble(error: socket.gaierror, host: str) -> Offline:
    if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5)):
        return Offline(
            f"There is no server named {host}.",
            "Check the spelling, and whether this computer is connected to the Internet.",
        )
    return Offline(
        f"The name {host} could not be looked up just now.",
        "Check whether this computer is connected to the Internet.",
    )


def _tls_trouble(error: ssl.SSLError, host: str, port: int) -> KnownError:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Offline(f"The connection to {host} was lost.")
    reason = (error.reason or "").replace("_", " ").lower()
    if reason in ("wrong version number", "record layer failure", "http request"):
        return PeerBroken(
            f"{host} does not speak TLS on port {port}.",
            "Another port or STARTTLS may be right.",
        )
    if "protocol" in reason:
        return CertificateRefused(
            f"{host} offers only outdated encryption (older than TLS 1.2).",
            "Its operator must update it.",
        )
    return PeerBroken(f"No secure connection to {host}: {reason or error}.")


def _certificate_words(error: ssl.SSLCertVerificationError, host: str) -> str:
    said = error.verify_message.lower()
    if "mismatch" in said or "not valid for" in said:
        return f"The certificate shown by {host} belongs to another name."
    if "expired" in said:
        return f"The certificate of {host} has expired."
    if "not yet valid" in said:
        return f"The certificate of {host} is not valid yet."
    if "self-signed" in said or "self signed" in said or "issuer" in said:
        return f"The certificate of {host} is signed by nobody this computer trusts."
    if "revoked" in said:
        return f"The certificate of {host} was revoked."
    return f"The certificate of {host} cannot be trusted: {error.verify_message}."


def _imap_trouble(error: imaplib.IMAP4.error, host: str) -> KnownError:
    said = words(str(error))
    if isinstance(error, imaplib.IMAP4.abort):
        if "unexpected response" in said or "unterminated line" in said or "tagged" in said:
            return PeerBroken(f"{host} sent something that is not IMAP.")
        return Offline(f"{host} ended the session: {said}")
    before, bye, reason = said.partition("* BYE")
    if bye:
        return Offline(f"{host} turned us away: {reason.strip()}")
    return PeerBroken(f"{host} did not understand us: {before}")
