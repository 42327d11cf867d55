"""Beginning an answer: the mail is read on the thread for parts, the draft filled. No Qt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from missive_desktop.app.presenters.composer import Sender
from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.recipients import written
from missive_desktop.app.presenters.writing import join_quote, with_signature
from missive_desktop.content import parse, reply, text_of_html
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address, Flags, ParsedMessage
from missive_desktop.store import messages
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


class File(NamedTuple):
    """A file that a forwarded mail brings along."""

    name: str
    data: bytes


class Begun(NamedTuple):
    draft: Draft
    files: tuple[File, ...]


async def begin(
    conn: Connection,
    parts: PartReader,
    senders: Sequence[Sender],
    kind: str,
    message: int,
    when: Callable[[int], str],
) -> Begun | None:
    """Return the draft of an answer to `message`, or None when it is gone meanwhile."""
    row = messages.get(conn, message)
    if row is None or not senders:
        return None
    raw = await asyncio.wrap_future(parts.raw(message))
    parsed = await asyncio.to_thread(parse.parse, raw)
    sender = next((s for s in senders if s.account == row.account), senders[0])
    draft = fill(parsed, row, sender, [s.address.email for s in senders], kind, when(row.date))
    files: tuple[File, ...] = ()
    if kind == "forward":
        files = await asyncio.to_thread(_files, raw, parsed)
    return Begun(draft, files)


def draft_among(conn: Connection, conversation: int) -> MessageRow | None:
    """Return the newest mail of a conversation if it is a draft."""
    rows = messages.in_conversation(conn, conversation)
    return rows[-1] if rows and rows[-1].flags & Flags.DRAFT else None


async def adopt(
    conn: Connection, parts: PartReader, senders: Sequence[Sender], row: MessageRow
) -> Begun | None:
    """Return a draft that another program left on the server, to be gone on with.

    It keeps its Message-ID, so that the version here takes the place of the one there.
    """
    if not senders:
        return None
    raw = await asyncio.wrap_future(parts.raw(row.id))
    parsed = await asyncio.to_thread(parse.parse, raw)
    sender = next((s for s in senders if s.account == row.account), senders[0])
    alone = all(other.id == row.id for other in messages.in_conversation(conn, row.conversation))
    references = parsed.digest.references
    draft = Draft(
        account=sender.account,
        kind="new" if alone else "reply",
        conversation=0 if alone else row.conversation,
        sender=sender.address,
        to=row.to,
        cc=row.cc,
        bcc=row.bcc,
        subject=row.subject,
        text=parsed.text or text_of_html.plain(parsed.html),
        message_id=row.message_id,
        in_reply_to=references[-1] if references else "",
        references=references,
    )
    return Begun(draft, await asyncio.to_thread(_files, raw, parsed))


def fill(
    parsed: ParsedMessage,
    row: MessageRow,
    sender: Sender,
    own: Sequence[str],
    kind: str,
    when: str,
) -> Draft:
    """Fill the draft of an answer: recipients, subject, the quote under room to write."""
    draft = Draft(
        account=sender.account,
        kind=kind,
        parent=row.id,
        conversation=row.conversation if kind != "forward" else 0,
        sender=sender.address,
    )
    who = row.sender.name or row.sender.email
    if kind == "forward":
        draft = reply.forward(parsed, draft, heading=_heading(row, when))
    else:
        draft = reply.reply(parsed, draft, own=own, attribution=f"On {when}, {who} wrote:")
    text = join_quote(with_signature("", sender.signature) or "\n", draft.text.strip("\n"))
    return msgspec.structs.replace(draft, text=text if text.startswith("\n") else f"\n\n{text}")


def _heading(row: MessageRow, when: str) -> list[str]:
    def people(given: Sequence[Address]) -> str:
        return ", ".join(written(person) for person in given)

    lines = [
        "---------- Forwarded message ----------",
        f"From: {written(row.sender)}",
        f"Date: {when}",
        f"Subject: {row.subject}",
        f"To: {people(row.to)}",
    ]
    return [*lines, f"Cc: {people(row.cc)}"] if row.cc else lines


def _files(raw: bytes, parsed: ParsedMessage) -> tuple[File, ...]:
    return tuple(
        File(file.name or "attachment", parse.attachment(raw, file.part))
        for file in parsed.attachments
        if not file.inline
    )
