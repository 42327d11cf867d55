"""What a message is: frozen values, no behaviour that waits."""

from __future__ import annotations

import json
from enum import IntFlag
from typing import Literal, NamedTuple

import msgspec

from missive_desktop.domain.tracking import Tally
from missive_wire import shapes


class Flags(IntFlag):
    """The flags of RFC 9051 section 2.3.2 that we keep as bits; others are keywords."""

    SEEN = 1
    FLAGGED = 2
    ANSWERED = 4
    DRAFT = 8
    DELETED = 16
    FORWARDED = 32  # $Forwarded


FLAG_NAMES: dict[Flags, str] = {
    Flags.SEEN: "\\Seen",
    Flags.FLAGGED: "\\Flagged",
    Flags.ANSWERED: "\\Answered",
    Flags.DRAFT: "\\Draft",
    Flags.DELETED: "\\Deleted",
    Flags.FORWARDED: "$Forwarded",
}


class Address(NamedTuple):
    """A mailbox of RFC 5322 section 3.4; `name` is decoded and may be empty."""

    name: str
    email: str


class Digest(msgspec.Struct, frozen=True):
    """What the store keeps and indexes of a raw message, made in bulk by `content.digest`.

    Message ids stand without their angle brackets. `date` is the Date header in unix seconds,
    or 0 where it is missing or absurd. `text` is what the index gets: one string, no markup.
    """

    message_id: str
    references: tuple[str, ...]  # References, then In-Reply-To, oldest first, without repeats
    subject: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: int
    text: str
    snippet: str
    filenames: tuple[str, ...]
    attachments: int
    list_id: str
    auto_submitted: bool
    defects: tuple[str, ...]
    tracked: tuple[Tally, ...] = ()  # who would have learned something of its being read


def storable(digest: Digest) -> Digest:
    """Replace half characters (lone surrogates), which the database cannot hold.

    One message must not fail its batch, whatever the parser made of it.
    """
    try:
        msgspec.json.encode(digest)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(digest), ensure_ascii=False)
        return shapes.read(text.encode("utf-8", "replace"), Digest)
    return digest


class Attachment(msgspec.Struct, frozen=True):
    """A part of a message that is a file. `part` counts the leaves in the order of the mail."""

    part: int
    name: str
    media_type: str
    size: int  # decoded bytes
    content_id: str  # without angle brackets, or empty
    inline: bool  # referred to by the HTML body through cid:
    warning: str = ""  # what may harm when it is opened, in words; "" where nothing is known to


class ParsedMessage(msgspec.Struct, frozen=True):
    """A whole message, for showing and answering. Parsing never fails: see `defects`."""

    digest: Digest
    text: str  # the text/plain body as written (format=flowed already joined), or ""
    html: str  # the text/html body as received: hostile, never shown before content.sanitize
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]  # all of them, in order, decoded
    defects: tuple[str, ...]
    fields: tuple[tuple[str, bytes], ...] = ()  # the same, as they were received
    # Attached pages and calendars, which may load something when they are opened: kind and text.
    loading: tuple[tuple[Literal["calendar", "page"], str], ...] = ()
    calendars: tuple[tuple[int, bytes], ...] = ()  # calendar parts: number and bytes
