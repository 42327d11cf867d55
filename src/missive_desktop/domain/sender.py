"""Who a mail says it is from, who vouches for it, and what is to be made of it: plain values."""

from __future__ import annotations

from typing import Literal

import msgspec

from missive_desktop.domain.message import Address

Level = Literal[
    "genuine",  # confirmed, and known to the reader: the one that deserves a tick
    "plain",  # nothing is odd about it, and nothing needs to be said
    "unknown",  # the reader does not know the sender, or nobody vouches for the address
    "doubtful",  # something about the sender could mislead
    "forged",  # the domain in the address disowns it, or it was changed after it was signed
]
GRAVE: tuple[Level, ...] = ("doubtful", "forged")


class Method(msgspec.Struct, frozen=True):
    """What one method of authentication came to (RFC 8601 2.2): spf, dkim, dmarc, arc …"""

    name: str
    result: str
    reason: str = ""  # reason="…", else its comments
    properties: tuple[tuple[str, str], ...] = ()  # ("header.d", "example.org")

    def value(self, *names: str) -> str:
        """Return the first property of one of these names, in lower case."""
        for name in names:
            for known, value in self.properties:
                if known == name:
                    return value.lower()
        return ""


class Trace(msgspec.Struct, frozen=True):
    """A field that a server on the way added: who received it, or what it found out."""

    kind: Literal["received", "results", "sealed"]
    host: str  # who wrote it: the host after `by`, or the authserv-id (may be missing)
    methods: tuple[Method, ...] = ()
    sealer: str = ""  # of "sealed" (ARC, RFC 8617): the domain that sealed it
    text: str = ""  # the field as it stands


class Facts(msgspec.Struct, frozen=True):
    """What the header says about its origin, whoever reads it. Trusts nothing, judges nothing."""

    mailboxes: tuple[Address, ...] = ()  # all of From
    from_fields: int = 0
    unclear: bool = False  # programs may read different addresses out of From
    unseen: bool = False  # From holds characters that take no room or turn the direction
    sender: str = ""  # the address in Sender
    return_path: str = ""
    trace: tuple[Trace, ...] = ()  # the newest first
    signed: tuple[str, ...] = ()  # d= of the DKIM signatures that it carries
    list_host: str = ""  # the host of the mailing list that sent it on
    bulk: bool = False  # says of itself that it went to many, or was written by a machine


class Caution(msgspec.Struct, frozen=True):
    """One thing about the sender that a reader should know, in one plain sentence."""

    code: str
    text: str
    serious: bool = True  # it could mislead; otherwise it is only good to know


class Verdict(msgspec.Struct, frozen=True):
    """What is to be made of the sender, in words for the reader."""

    level: Level
    title: str
    lines: tuple[str, ...] = ()  # why, where nothing is wrong; else the warnings say it
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    warnings: tuple[Caution, ...] = ()
