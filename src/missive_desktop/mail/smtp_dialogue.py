"""The SMTP side of the wire: smtplib with bounded answers and exact authentication.

Knows replies and their codes; what they mean for a message is decided in `smtp`.
"""

from __future__ import annotations

import base64
import smtplib
import ssl
import time
from typing import Any, NamedTuple

from missive_desktop.domain.account import AccountSettings, Auth, Endpoint, Security
from missive_desktop.errors import (
    CertificateRefused,
    KnownError,
    LoginRefused,
    Offline,
    PeerBroken,
    Refused,
)
from missive_desktop.mail.oauth import xoauth2
from missive_desktop.mail.tls import client_context
from missive_desktop.mail.trouble import words

# An address literal: the name of this machine is nobody's business (RFC 5321 section 4.1.3).
EHLO_NAME = "[127.0.0.1]"
REPLY_LINES = 200
LINE_LIMIT = 64 * 1024
REPLY_SECONDS = 600.0


class Reply(NamedTuple):
    code: int
    text: str

    @property
    def passing(self) -> bool:
        """Whether it may be different later (4yz)."""
        return 400 <= self.code <= 499


class Dialogue(smtplib.SMTP):
    """smtplib's client, with replies that end and no name of this machine."""

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext, timeout: float) -> None:
        self.host = endpoint.host
        self._context = context if endpoint.security is Security.TLS else None
        # Without a host, which would connect here, where nobody could close after a failure.
        super().__init__(local_hostname=EHLO_NAME, timeout=timeout)

    def _get_socket(self, host: Any, port: Any, timeout: Any) -> Any:
        plain = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        if self._context is None:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply (RFC 5321 section 4.2), of bounded length and time."""
        if self.file is None:
            assert self.sock is not None
            self.file = self.sock.makefile("rb")
        end = time.monotonic() + REPLY_SECONDS
        lines: list[bytes] = []
        while len(lines) < REPLY_LINES and time.monotonic() < end:
            line = self.file.readline(LINE_LIMIT + 1)
            if not line:
                self.close()
                raise Offline(f"{self.host} closed the connection.")
            if len(line) > LINE_LIMIT or not line[:3].isdigit():
                break
            lines.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        self.close()
        raise PeerBroken(f"{self.host} sent something that is not SMTP.")

    def ask(self, command: str) -> Reply:
        """Send a command and return the reply."""
        code, text = self.docmd(command)
        return Reply(code, words(text))

    def encrypt(self, context: ssl.SSLContext) -> None:
        """STARTTLS, verified (RFC 3207); what was said before counts for nothing."""
        reply = self.ask("STARTTLS")
        if reply.code != 220:
            raise Offline(f"{self.host} cannot begin encryption now: {reply.text}")
        assert self.sock is not None
        # Whatever was sent in clear behind the answer is dropped with the old buffer.
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


def open_dialogue(settings: AccountSettings, endpoint: Endpoint, timeout: float) -> Dialogue:
    """Connect and greet; encryption is on afterwards, or this raises."""
    context = client_context(settings.ca_file)
    dialogue = Dialogue(endpoint, context, timeout)
    try:
        code, text = dialogue.connect(endpoint.host, endpoint.port)
        if code != 220:
            raise _turned_away(endpoint, code, text)
        _greet(dialogue, endpoint)
        if endpoint.security is Security.STARTTLS:
            if not dialogue.has_extn("starttls"):
                raise CertificateRefused(
                    f"{endpoint.host} does not offer encryption on port {endpoint.port}, "
                    "so nothing was sent.",
                    "Use TLS (usually port 465) instead of STARTTLS.",
                )
            dialogue.encrypt(context)
            _greet(dialogue, endpoint)
    except BaseException:
        dialogue.close()
        raise
    return dialogue


def _greet(dialogue: Dialogue, endpoint: Endpoint) -> None:
    code, text = dialogue.ehlo()
    if code != 250:
        raise _turned_away(endpoint, code, text)


def _turned_away(endpoint: Endpoint, code: int, text: bytes) -> KnownError:
    said = f"{endpoint.host} turned us away: {code} {words(text)}"
    return Refused(said) if 500 <= code <= 599 else Offline(said)


def authenticate(dialogue: Dialogue, settings: AccountSettings, secret: str) -> None:
    """Sign in with what both sides know. A server that wants no sign-in gets none."""
    offered = dialogue.esmtp_features.get("auth", "").upper().replace("=", " ").split()
    if not offered:
        return
    if settings.auth is Auth.XOAUTH2:
        reply = dialogue.ask("AUTH XOAUTH2 " + _b64(xoauth2(settings.user, secret)))
        if reply.code == 334:  # the reason as JSON; an empty line asks for the verdict
            reply = dialogue.ask("")
    elif "PLAIN" in offered or "LOGIN" not in offered:
        reply = dialogue.ask("AUTH PLAIN " + _b64(f"\0{settings.user}\0{secret}"))
    else:
        reply = dialogue.ask("AUTH LOGIN")
        for answer in (settings.user, secret):
            if reply.code == 334:
                reply = dialogue.ask(_b64(answer))
    if reply.code == 235:
        return
    host = dialogue.host
    if reply.passing:
        raise Offline(f"{host} does not let anybody in just now: {reply.code} {reply.text}")
    advice = "Check the user name and the password for sending; some providers want an app password"
    if settings.auth is Auth.XOAUTH2:
        advice = "Sign in again: the permission may have expired or been withdrawn"
    raise LoginRefused(f"{host} refused the sign-in: {reply.code} {reply.text}", advice + ".")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
