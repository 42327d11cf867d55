"""A small mail that stands for one whose bytes are not here yet, made of its sealed envelope. Pure.

It is what readers see until the mail itself is fetched: who, when, what about, and the text.
"""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from missive_desktop.content import encoding
from missive_desktop.content.build import date
from missive_desktop.domain.message import Address, Digest
from missive_desktop.domain.spaces import LAST_SECOND, MessageBody, People
from missive_desktop.domain.tracking import Tally
from missive_wire import shapes

MOST_TRACKED = 30
_HEAD = (
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n"
)


def digest(body: MessageBody, at: int) -> Digest:
    """Return what the store keeps of the mail. `at`: when it came, in unix seconds."""
    return Digest(
        message_id=body.message_id,
        references=body.references,
        subject=body.subject,
        sender=Address(*body.sender),
        to=_people(body.to),
        cc=_people(body.cc),
        bcc=_people(body.bcc),
        reply_to=_people(body.reply_to),
        date=min(max(body.date or at, 0), LAST_SECOND),
        text=body.text,
        snippet=body.snippet,
        filenames=tuple(name for name, _, _ in body.files),
        attachments=len(body.files),
        tracked=_tallies(body.tracked),
        list_id=body.list_id,
        auto_submitted=False,
        defects=(),
    )


def _tallies(tracked: tuple[dict[str, Any], ...]) -> tuple[Tally, ...]:
    """Return the trackers that whoever brought the mail found, as far as we know such ones."""
    found = []
    for each in tracked[:MOST_TRACKED]:
        with contextlib.suppress(msgspec.ValidationError):
            found.append(shapes.convert(each, Tally))
    return tuple(found)


def _people(people: People) -> tuple[Address, ...]:
    return tuple(Address(name, email) for name, email in people)


def raw(known: Digest) -> bytes:
    """Return the mail that stands for it, CRLF throughout."""
    head = [encoding.addresses("From", [known.sender])]
    for name, people in (("To", known.to), ("Cc", known.cc), ("Reply-To", known.reply_to)):
        if people:
            head.append(encoding.addresses(name, people))
    head.append(encoding.unstructured("Subject", known.subject))
    head.append(date(known.date))
    if known.message_id:
        head.append(encoding.message_ids("Message-ID", [known.message_id]))
    text = "\r\n".join(known.text.splitlines())
    return b"".join(head) + _HEAD + text.encode("utf-8", "replace") + b"\r\n"
