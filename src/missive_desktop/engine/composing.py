"""Drafts and the outbox: what is written is kept, what is sent is frozen first.

Sending itself is done by the account's sync; here its outbox is filled and watched.
"""

from __future__ import annotations

import mimetypes
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from missive_desktop.content import build
from missive_desktop.content.parse import parse
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.engine.protocol import (
    AttachToDraft,
    DiscardDraft,
    RetrySend,
    SaveDraft,
    SendDraft,
    SendRaw,
    UndoSend,
)
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Cancelled, DiskTrouble, Refused, UsageError
from missive_desktop.store import accounts, drafts, outbox, raws
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_desktop.store.outbox import Outbound
from missive_desktop.store.packs import PackWriter, Sealed
from missive_desktop.sync import actions
from missive_desktop.sync.digesting import digest

ATTACHMENT_LIMIT = 100 << 20
_LINE_END = re.compile(rb"\r\n|\r|\n")
_WAIT = 300.0  # seconds to wait for one message to be sent
_SETTLED = {Outgoing.SENT, Outgoing.FAILED, Outgoing.UNCERTAIN, Outgoing.CANCELLED}
_ANSWERS = {"reply": Flags.ANSWERED, "reply_all": Flags.ANSWERED, "forward": Flags.FORWARDED}


def save_draft(runtime: Runtime, request: SaveDraft) -> dict[str, Any]:
    draft = request.content
    now = int(time.time())

    def work(conn: Connection, changes: Changes) -> tuple[int, str]:
        account = _account(conn, draft.account)
        message_id = draft.message_id or new_message_id(account.settings.address)
        named = msgspec.structs.replace(draft, message_id=message_id)
        return drafts.save(conn, request.draft, named, now, changes), message_id

    saved, message_id = runtime.writer.run(work, durable=True)
    runtime.syncs.poke(draft.account)
    return {"draft": saved, "message_id": message_id}


def new_message_id(address: str) -> str:
    """Return a fresh Message-ID without its brackets; it tells nothing about this machine."""
    domain = address.rpartition("@")[2] or "localhost"
    return f"{secrets.token_hex(16)}@{domain}"


def attach(runtime: Runtime, request: AttachToDraft) -> dict[str, Any]:
    name, data = (request.name, request.data) if not request.path else _file(Path(request.path))
    if len(data) > ATTACHMENT_LIMIT:
        raise UsageError(f"{name} is too large to be sent by mail.")
    sealed = seal(runtime, data)
    raw = runtime.writer.run(
        lambda conn, _: raws.insert(conn, request.account, sealed), durable=True
    )
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    made = DraftAttachment(raw, name, media_type, len(data), request.content_id)
    fields: dict[str, Any] = msgspec.to_builtins(made)
    return fields


def _file(path: Path) -> tuple[str, bytes]:
    try:
        with path.open("rb") as file:
            return path.name, file.read(ATTACHMENT_LIMIT + 1)
    except OSError as error:
        raise DiskTrouble(f"{path.name} cannot be read: {error.strerror}.") from error


def seal(runtime: Runtime, data: bytes) -> Sealed:
    """Put bytes into a pack; their row is to follow."""
    packs = PackWriter(runtime.store.packs)
    try:
        return packs.append(data)
    finally:
        packs.close()


def discard_draft(runtime: Runtime, request: DiscardDraft) -> dict[str, Any]:
    runtime.writer.run(
        lambda conn, changes: actions.discard_draft(conn, request.draft, changes), durable=True
    )
    runtime.syncs.poke()
    return {}


def send_draft(runtime: Runtime, request: SendDraft) -> dict[str, Any]:
    with runtime.reading() as conn:
        row = drafts.get(conn, request.draft)
        if row is None:
            raise UsageError("This draft is no longer here.")
        draft = row.draft
        account = _sender(conn, draft.account)
        files = {file.raw: raws.load(conn, runtime.store, file.raw) for file in draft.attachments}
    now = int(time.time())
    address = draft.sender.email or account.settings.address
    domain = address.rpartition("@")[2]
    raw = build.build(draft, files, now=now, domain=domain, with_bcc=True)
    if account.settings.kind == "space":
        from missive_desktop.engine import space_sending  # heavy, and for spaces only

        return space_sending.send(
            runtime, account, raw, draft, request.undo_seconds,
            draft_id=request.draft, close=request.close, wait=request.wait,
        )  # fmt: skip
    until = now + max(0, request.undo_seconds)

    def work(conn: Connection, changes: Changes, item: Outbound) -> int:
        if drafts.get(conn, request.draft) is None:
            raise UsageError("This draft is no longer here.")
        number = outbox.enqueue(conn, item, changes)
        drafts.remove(conn, request.draft, changes, keep_files=True)
        return number

    number = _freeze(runtime, account, raw, until, draft, work)
    return _queued(runtime, account.id, number, until, request.wait)


def send_raw(runtime: Runtime, request: SendRaw) -> dict[str, Any]:
    sender, _, _ = build.envelope(request.raw)
    with runtime.reading() as conn:
        account = _sender(conn, request.account, sender)
    raw = complete(request.raw, account.settings.address, int(time.time()))
    if account.settings.kind == "space":
        from missive_desktop.engine import space_sending

        return space_sending.send(
            runtime, account, raw, None, request.undo_seconds, wait=request.wait
        )
    until = int(time.time()) + max(0, request.undo_seconds)

    def work(conn: Connection, changes: Changes, item: Outbound) -> int:
        return outbox.enqueue(conn, item, changes)

    number = _freeze(runtime, account, raw, until, None, work)
    return _queued(runtime, account.id, number, until, request.wait)


def complete(raw: bytes, address: str, now: int) -> bytes:
    """Give a message what RFC 5322 section 3.6 wants and its writer left out: Date, Message-ID."""
    raw = _LINE_END.sub(b"\r\n", raw)
    names = {name.lower() for name, _ in parse(raw).headers}
    if "from" not in names:
        raise UsageError("The message does not say who it is from: it has no From.")
    added = b""
    if "date" not in names:
        added += build.date(now)
    if "message-id" not in names:
        added += f"Message-ID: <{new_message_id(address)}>\r\n".encode()
    return added + raw


def _freeze(
    runtime: Runtime,
    account: AccountRow,
    raw: bytes,
    until: int,
    draft: Draft | None,
    enqueue: Callable[[Connection, Changes, Outbound], int],
) -> int:
    """Seal the copy that is sent, and queue it in one transaction with what goes with it."""
    sender, recipients, without_bcc = build.envelope(raw)
    if not recipients:
        raise UsageError("The message has no recipients.")
    known = digest(without_bcc)
    sealed = seal(runtime, without_bcc)

    def work(conn: Connection, changes: Changes) -> int:
        item = Outbound(
            account=account.id,
            raw_id=raws.insert(conn, account.id, sealed),
            sender=sender or account.settings.address,
            recipients=recipients,
            subject=known.subject,
            message_id=known.message_id,
            not_before=until,
            created=int(time.time()),
            draft=draft,
            answers=draft.parent if draft else 0,
            answer_flag=_ANSWERS.get(draft.kind, Flags(0)) if draft else Flags(0),
        )
        return enqueue(conn, changes, item)

    return runtime.writer.run(work, durable=True)


def _queued(runtime: Runtime, account: int, number: int, until: int, wait: bool) -> dict[str, Any]:
    runtime.syncs.poke(account)
    if wait:
        _wait_for(runtime, number)
    return {"outbox": number, "until": until}


def _wait_for(runtime: Runtime, number: int) -> None:
    """Wait until a message is sent or has failed, or has waited too long."""
    end = time.monotonic() + _WAIT
    with runtime.reading() as conn:
        while time.monotonic() < end:
            row = outbox.get(conn, number)
            # What is put off to a later try keeps its error, and is not waited for.
            if row is None or row.state in _SETTLED or row.error:
                return
            if runtime.stopping.is_set():
                raise Cancelled("The program stops; the message waits in the outbox.")
            runtime.wait_for_change(0.5)


def undo_send(runtime: Runtime, request: UndoSend) -> dict[str, Any]:
    if request.outbox < 0:
        from missive_desktop.engine import space_sending

        return space_sending.take_back(runtime, -request.outbox)
    now = int(time.time())

    def work(conn: Connection, changes: Changes) -> int:
        row = outbox.get(conn, request.outbox)
        if row is None or row.state not in (Outgoing.QUEUED, Outgoing.FAILED):
            raise Refused("It is too late: the message is on its way.")
        if row.draft is None:
            raise Refused("This message was not written here.")
        outbox.transition(conn, row.id, Outgoing.CANCELLED, changes)
        outbox.remove(conn, row.id, changes, keep_files=True)
        return drafts.save(conn, 0, row.draft, now, changes)

    draft = runtime.writer.run(work, durable=True)
    return {"draft": draft}


def retry_send(runtime: Runtime, request: RetrySend) -> dict[str, Any]:
    now = int(time.time())
    row = runtime.writer.run(
        lambda conn, changes: outbox.transition(
            conn, request.outbox, Outgoing.QUEUED, changes, not_before=now
        ),
        durable=True,
    )
    return _queued(runtime, row.account, row.id, now, request.wait)


def _account(conn: Connection, account: int) -> AccountRow:
    row = accounts.get(conn, account)
    if row is None:
        raise UsageError("There is no such account.")
    return row


def _sender(conn: Connection, account: int, address: str = "") -> AccountRow:
    """Return the account to send through: the one asked for, else the one in From."""
    if account:
        row: AccountRow | None = _account(conn, account)
    else:
        row = accounts.by_address(conn, address)
        able = [one for one in accounts.all_(conn) if one.settings.smtp is not None]
        if row is None and len(able) == 1:
            row = able[0]
        if row is None:
            raise UsageError(
                f"From names {address or 'nobody'}, which is none of the accounts here."
            )
    assert row is not None
    if row.settings.smtp is None and row.settings.kind != "space":
        raise UsageError(f"{row.settings.address} has no server to send through.")
    return row
