"""Handing a message to a submission server (RFC 6409), with exact knowledge of what it took.

Raises `Refused` for what will not change, `Offline` for what may, and `Uncertain` when the
connection was lost after the message was sent and before the answer came.
"""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from missive_desktop.domain.account import AccountSettings
from missive_desktop.errors import KnownError, Offline, PeerBroken, Refused, UsageError
from missive_desktop.mail.smtp_dialogue import Dialogue, Reply, authenticate, open_dialogue
from missive_desktop.mail.trouble import translate

TIMEOUT = 60.0
# RFC 5321 section 4.5.3.2.6 wants ten minutes for the last answer: servers scan the mail first.
FINAL_TIMEOUT = 600.0


class Uncertain(Offline):
    """The message was sent whole, but no answer came: it may or may not be on its way."""


class Receipt(msgspec.Struct):
    """The server took the message. Who it did not take it for, and the reason in its words."""

    refused: dict[str, str] = msgspec.field(default_factory=dict)  # for good
    later: dict[str, str] = msgspec.field(default_factory=dict)  # may work another time


def check(settings: AccountSettings, secret: str, *, timeout: float = TIMEOUT) -> None:
    """Sign in and leave: are the settings right?"""
    with _dialogue(settings, secret, timeout):
        pass


def submit(
    settings: AccountSettings,
    secret: str,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    on_data_sent: Callable[[], None] = lambda: None,
    *,
    timeout: float = TIMEOUT,
) -> Receipt:
    """Send `raw` to `recipients`. `on_data_sent` is called just before the last bytes go out.

    Until then the server cannot have taken the message; any error before is safe to try again.
    """
    if not recipients:
        raise UsageError("There is nobody to send this to.")
    if any(c in address for address in (sender, *recipients) for c in "\r\n\0<>"):
        raise UsageError("An address contains characters that no address can have.")
    with _dialogue(settings, secret, timeout) as dialogue:
        receipt = _envelope(dialogue, sender, list(recipients), raw)
        _data(dialogue, raw, on_data_sent, timeout)
        return receipt


@contextlib.contextmanager
def _dialogue(settings: AccountSettings, secret: str, timeout: float) -> Iterator[Dialogue]:
    endpoint = settings.smtp
    if endpoint is None:
        raise UsageError(f"The account {settings.address} has no server for sending.")
    try:
        dialogue = open_dialogue(settings, endpoint, timeout)
        try:
            authenticate(dialogue, settings, secret)
            yield dialogue
        finally:
            _leave(dialogue)
    except KnownError:
        raise
    except smtplib.SMTPServerDisconnected as error:
        raise Offline(f"The connection to {endpoint.host} was lost.") from error
    except smtplib.SMTPException as error:
        raise PeerBroken(f"{endpoint.host} sent something that is not SMTP: {error}") from error
    except OSError as error:
        raise translate(error, endpoint.host, endpoint.port) or error from error


def _leave(dialogue: Dialogue) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException, KnownError):
        if dialogue.sock is not None:
            dialogue.sock.settimeout(2.0)
            dialogue.docmd("QUIT")
    dialogue.close()


def _envelope(dialogue: Dialogue, sender: str, recipients: list[str], raw: bytes) -> Receipt:
    options = _options(dialogue, [sender, *recipients], raw)
    reply = dialogue.ask(f"MAIL FROM:<{sender}>{options}")
    if reply.code != 250:
        raise _trouble(dialogue, reply, f"to send from {sender}")
    receipt = Receipt()
    for recipient in recipients:
        reply = dialogue.ask(f"RCPT TO:<{recipient}>")
        if reply.code in (250, 251, 252):
            continue
        if reply.code == 421:
            raise _trouble(dialogue, reply, "")
        into = receipt.later if reply.passing else receipt.refused
        into[recipient] = f"{reply.code} {reply.text}"
    if len(receipt.refused) + len(receipt.later) < len(set(recipients)):
        return receipt
    said = "; ".join(f"{who}: {why}" for who, why in (receipt.later | receipt.refused).items())
    if receipt.later:
        raise Offline(f"The server takes no mail for these people just now: {said}")
    raise Refused(f"The server refused every recipient: {said}", "Check the addresses.")


def _options(dialogue: Dialogue, addresses: list[str], raw: bytes) -> str:
    """Return the parameters of MAIL; raise if the server cannot carry this message."""
    options = ""
    if dialogue.has_extn("size"):
        limit = dialogue.esmtp_features["size"].strip()
        if limit.isdigit() and 0 < int(limit) < len(raw):
            raise Refused(
                f"The message is too large: {_megabytes(len(raw))}, and the server takes "
                f"{_megabytes(int(limit))} at most.",
                "Send fewer or smaller attachments.",
            )
        options += f" SIZE={len(raw)}"
    head = raw.partition(b"\r\n\r\n")[0]
    if not raw.isascii():
        if not dialogue.has_extn("8bitmime"):
            raise Refused("The server only carries plain letters, and this message has others.")
        options += " BODY=8BITMIME"
    if not head.isascii() or not all(address.isascii() for address in addresses):
        if not dialogue.has_extn("smtputf8"):
            raise Refused(
                "The server cannot send to or from addresses with letters outside of ASCII."
            )
        options += " SMTPUTF8"
        dialogue.command_encoding = "utf-8"
    return options


def _data(dialogue: Dialogue, raw: bytes, on_data_sent: Callable[[], None], timeout: float) -> None:
    reply = dialogue.ask("DATA")
    if reply.code != 354:
        raise _trouble(dialogue, reply, "the message")
    dialogue.send(_stuffed(raw))
    on_data_sent()
    try:
        assert dialogue.sock is not None
        dialogue.sock.settimeout(max(timeout, FINAL_TIMEOUT) if timeout >= TIMEOUT else timeout)
        dialogue.send(b".\r\n")
        code, text = dialogue.getreply()
    except (OSError, smtplib.SMTPException, KnownError) as error:
        raise Uncertain(
            "The connection was lost just as the message went out, so it may have been sent.",
            "Look into Sent, or ask the recipient, before you send it again.",
        ) from error
    if code not in (250, 251, 252):
        raise _trouble(dialogue, Reply(code, text.decode("utf-8", "replace")), "the message")


def _stuffed(raw: bytes) -> bytes:
    """Return the message with CRLF line ends and dots doubled (RFC 5321 section 4.5.2)."""
    crlf = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if not crlf.endswith(b"\r\n"):
        crlf += b"\r\n"
    stuffed = crlf.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _trouble(dialogue: Dialogue, reply: Reply, what: str) -> KnownError:
    host = dialogue.host
    said = " ".join(f"{reply.code} {reply.text}".split())
    if reply.passing:
        return Offline(f"{host} does not take mail just now: {said}")
    if reply.code in (530, 535):
        return Refused(f"{host} wants a sign-in first: {said}")
    return Refused(f"{host} refused {what}: {said}")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
