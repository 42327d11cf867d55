"""From nothing to a signed-in connection: greeting, STARTTLS, authentication, ENABLE."""

from __future__ import annotations

import imaplib
import ipaddress
from typing import NamedTuple

import msgspec

from missive_desktop.domain.account import AccountSettings, Auth, Security
from missive_desktop.errors import CertificateRefused, LoginRefused, Offline, UsageError
from missive_desktop.mail.capabilities import Capabilities, capabilities
from missive_desktop.mail.commands import Literal, run
from missive_desktop.mail.oauth import xoauth2
from missive_desktop.mail.tls import client_context
from missive_desktop.mail.trouble import (
    PASSING_CODES,
    CommandRefused,
    split_code,
    translating,
    words,
)
from missive_desktop.mail.wire import Client

CONNECT_LIMIT = 15.0


class SignedIn(NamedTuple):
    client: Client
    offers: Capabilities
    utf8: bool  # UTF8=ACCEPT is on


def sign_in(
    settings: AccountSettings, secret: str, *, timeout: float, compress: bool | None = None
) -> SignedIn:
    """Connect and sign in; nothing is sent in clear, ever."""
    endpoint = settings.imap
    if any(c in value for value in (settings.user, secret) for c in "\r\n\0"):
        raise UsageError("User name and password cannot contain line breaks.")
    context = client_context(settings.ca_file)
    tls = endpoint.security is Security.TLS
    with translating(endpoint.host, endpoint.port):
        client = Client(
            endpoint.host,
            endpoint.port,
            context if tls else None,
            connect=min(timeout, CONNECT_LIMIT),
            read=timeout,
        )
        try:
            if not tls:
                _starttls(client, settings)
            if client.wire.state == "NONAUTH":
                _authenticate(client, settings, secret)
            offers = _capabilities(client)
            _introduce(client)
            offers, utf8 = _enable(client, offers)
            if offers.compress and (_is_far(client) if compress is None else compress):
                _compress(client)
            return SignedIn(client, offers, utf8)
        except BaseException:
            client.wire.shutdown()
            raise


def _starttls(client: Client, settings: AccountSettings) -> None:
    host = settings.imap.host
    # A PREAUTH greeting skips STARTTLS: whoever sits in between could send one (RFC 9051 11.1).
    if client.wire.state != "NONAUTH" or not client.has_capability("STARTTLS"):
        raise CertificateRefused(
            f"{host} does not offer encryption on port {settings.imap.port}, "
            "so the password was not sent.",
            "Use TLS (usually port 993) instead of STARTTLS.",
        )
    status, data = client.wire._simple_command("STARTTLS")
    if status != "OK":
        raise Offline(f"{host} cannot begin encryption now: {words(data[-1] or b'')}")
    client.wire.upgrade(client_context(settings.ca_file))
    # What was said before encryption counts for nothing (RFC 9051 section 6.2.1).
    client.wire.untagged_responses.clear()
    client._starttls_done = True


def _authenticate(client: Client, settings: AccountSettings, secret: str) -> None:
    host = settings.imap.host
    try:
        if settings.auth is Auth.XOAUTH2:
            client.sasl_login("XOAUTH2", lambda _: xoauth2(settings.user, secret))
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(settings.user, secret)
        elif client.has_capability("LOGINDISABLED"):
            raise LoginRefused(f"{host} does not accept passwords on this connection.")
        else:
            # As literals: any letter and any length, which IMAPClient's login cannot send.
            name, word = Literal(settings.user.encode()), Literal(secret.encode())
            run(client.wire, [b"LOGIN ", name, b" ", word])
            client.wire.state = "AUTH"
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, CommandRefused) as error:
        raise _login_trouble(error, settings) from error


def _login_trouble(error: Exception, settings: AccountSettings) -> LoginRefused | Offline:
    host = settings.imap.host
    if isinstance(error, CommandRefused):
        code, said = error.code, error.said
    else:
        code, said = split_code(words(str(error).removeprefix("authenticate failed: ")))
    if code in PASSING_CODES:
        return Offline(f"{host} does not let anybody in just now: {said or code}")
    if settings.auth is Auth.XOAUTH2:
        advice = "Sign in again: the permission may have expired or been withdrawn."
    else:
        advice = (
            "Check the user name and the password. Some providers want a password made "
            "for programs (an app password), or mail programs to be allowed in their settings."
        )
    return LoginRefused(f"{host} refused the sign-in: {said or 'no reason given'}", advice)


def _capabilities(client: Client) -> Capabilities:
    """Ask again: what is offered after signing in is not what was offered before."""
    status, data = client.wire.capability()
    named = b" ".join(one for one in data if one) if status == "OK" else b""
    client._cached_capabilities = tuple(named.upper().split())
    client.wire.untagged_responses.clear()
    return capabilities(named.decode("ascii", "replace").split())


def _introduce(client: Client) -> None:
    """Say who we are (RFC 2971) only where nothing works without.

    NetEase (163.com and others, known by their own extension) then refuses to open any folder.
    """
    if client.has_capability("ID") and client.has_capability("X-CM-EXT-1"):
        client.id_({"name": "Missive"})


def _is_far(client: Client) -> bool:
    """Tell whether the server is on the open Internet, and not on this machine or its network."""
    try:
        return ipaddress.ip_address(client.wire.sock.getpeername()[0]).is_global
    except (OSError, ValueError):
        return False


def _compress(client: Client) -> None:
    try:
        run(client.wire, b"COMPRESS DEFLATE")
    except CommandRefused:
        return  # [COMPRESSIONACTIVE]: TLS does it already
    client.wire.compress()


def _enable(client: Client, offers: Capabilities) -> tuple[Capabilities, bool]:
    """Turn on what changes the server's answers (RFC 5161).

    Return what is left of the offers, and whether folder names are in UTF-8 from now on.
    """
    wanted = []
    if offers.qresync:
        wanted.append("QRESYNC")
    elif offers.condstore and offers.enable:
        wanted.append("CONDSTORE")
    if offers.utf8:
        wanted.append("UTF8=ACCEPT")
    if not wanted:
        return offers, False
    try:
        enabled = {bytes(name).upper() for name in client.enable(*wanted)}
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        enabled = set()  # it offers more than it can
    if "QRESYNC" in wanted and b"QRESYNC" not in enabled:
        offers = msgspec.structs.replace(offers, qresync=False)
    return offers, b"UTF8=ACCEPT" in enabled
