"""Sending: the outbox as a state machine over frozen copies, and filing in Sent, once.

Before anything is told to the server, what is about to happen is on the disk: after a crash a
message whose data may have gone out is uncertain, and the program never sends it again by itself.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.errors import DiskTrouble, KnownError, Offline, PeerBroken, Refused
from missive_desktop.mail import smtp
from missive_desktop.mail.session import Session
from missive_desktop.store import folders, outbox, raws
from missive_desktop.store.database import Connection
from missive_desktop.store.outbox import Outbound, OutboxRow
from missive_desktop.store.packs import PackWriter
from missive_desktop.sync import actions, backoff, drafts, folder_acts
from missive_desktop.sync.books import Books

_GIVE_UP = 2 * 86_400  # as mail servers do: after two days the sender should know
_KEEP = 86_400  # sent and filed rows, for whoever wants to show what happened
_LATER = 60  # seconds until those are tried whom the server could not take
_FIRST_RETRY, _LONGEST_RETRY = 5.0, 900.0
_BROKEN = "The connection broke while the mail went out; it may have arrived."

Trouble = Callable[[KnownError], None]


class Submit(Protocol):
    """`mail.smtp.submit`."""

    def __call__(
        self,
        settings: AccountSettings,
        secret: str,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        on_data_sent: Callable[[], None],
    ) -> smtp.Receipt: ...


def guarded(guard: Callable[[], None]) -> Submit:
    """Return `mail.smtp.submit` behind a guard that raises where the mail must not leave."""

    def submit(
        settings: AccountSettings,
        secret: str,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        on_data_sent: Callable[[], None],
    ) -> smtp.Receipt:
        def before_the_last() -> None:
            on_data_sent()  # waits for the disk, so the guard is asked after it
            guard()

        guard()
        return smtp.submit(settings, secret, sender, recipients, raw, before_the_last)

    return submit


def send_due(
    books: Books,
    settings: AccountSettings,
    secret: str,
    trouble: Trouble,
    submit: Submit = smtp.submit,
) -> float | None:
    """Send all that is due; return when (unix seconds) the next one will be, or None."""
    _write_fates(books)
    with books.reading() as conn:
        due = outbox.due(conn, books.account, int(time.time()))
    for row in due:
        _send(books, settings, secret, row, trouble, submit)
    with books.reading() as conn:
        waiting = [
            row.not_before
            for row in outbox.open_(conn, books.account)
            if row.state is Outgoing.QUEUED
        ]
    return min(waiting, default=None)


def _write_fates(books: Books) -> None:
    """Write what a full disk kept from being written."""
    for row in list(books.fates):
        _write_fate(books, row, books.fates.pop(row))


def _write_fate(books: Books, row: int, write: Callable[[], None]) -> None:
    try:
        write()
    except DiskTrouble:
        books.fates[row] = write
        raise


def _send(
    books: Books,
    settings: AccountSettings,
    secret: str,
    row: OutboxRow,
    trouble: Trouble,
    submit: Submit,
) -> None:
    if not _begin(books, row):
        return
    try:
        with books.reading() as conn:
            raw = raws.load(conn, books.store, row.raw_id)
    except DiskTrouble as error:  # damaged: another try would not help
        damage = str(error)
        _write_fate(books, row.id, lambda: _end(books, row, Outgoing.FAILED, damage, None))
        trouble(error)
        return
    data_sent = False

    def on_data_sent() -> None:
        nonlocal data_sent
        data_sent = True
        books.writer.run(lambda conn, _: outbox.mark_data_sent(conn, row.id), durable=True)

    try:
        receipt = submit(settings, secret, row.sender, row.recipients, raw, on_data_sent)
    except KnownError as error:
        state, not_before = after_failure(row, error, data_sent, time.time(), random.random())  # noqa: S311
        reason = f"{_BROKEN} ({error})" if state is Outgoing.UNCERTAIN else str(error)
        _write_fate(books, row.id, lambda: _end(books, row, state, reason, not_before))
        if state is not Outgoing.QUEUED:
            trouble(error)
        return
    except BaseException as error:  # a bug: the row must not stay in a state that nobody ends
        state = Outgoing.UNCERTAIN if data_sent else Outgoing.FAILED
        reason = f"Sending failed: {type(error).__name__}."
        _write_fate(books, row.id, lambda: _end(books, row, state, reason, None))
        raise
    _write_fate(books, row.id, lambda: _taken(books, row, raw, receipt))


def _taken(books: Books, row: OutboxRow, raw: bytes, receipt: smtp.Receipt) -> None:
    """The server has it: note that, and queue a copy for those whom it could not take now."""
    refused = "; ".join(f"{address}: {why}" for address, why in receipt.refused.items())
    again: Outbound | None = None
    if receipt.later:
        writer = PackWriter(books.store.packs)
        sealed = writer.append(raw)
        writer.close()
        again = Outbound(
            account=row.account,
            raw_id=0,
            sender=row.sender,
            recipients=tuple(receipt.later),
            subject=row.subject,
            message_id=row.message_id,
            not_before=int(time.time()) + _LATER,
            created=row.created,
        )

    def work(conn: Connection, changes: Changes) -> None:
        error = f"Not taken for {refused}" if refused else ""
        outbox.transition(conn, row.id, Outgoing.SENT, changes, error=error)
        if row.answers and row.answer_flag:
            actions.set_flags(conn, [row.answers], row.answer_flag, Flags(0), changes)
        if again is not None:
            raw_id = raws.insert(conn, row.account, sealed)
            outbox.enqueue(conn, msgspec.structs.replace(again, raw_id=raw_id), changes)

    books.writer.run(work, durable=True)


def after_failure(
    row: OutboxRow, error: KnownError, data_sent: bool, now: float, roll: float
) -> tuple[Outgoing, int | None]:
    """Decide what becomes of a message that was not acknowledged, and when to try again."""
    if isinstance(error, smtp.Uncertain) or (data_sent and isinstance(error, PeerBroken)):
        return Outgoing.UNCERTAIN, None
    passing = isinstance(error, Offline | PeerBroken | DiskTrouble)
    if not passing or now - row.created > _GIVE_UP:
        return Outgoing.FAILED, None
    wait = backoff.delay(row.tries + 1, roll, first=_FIRST_RETRY, longest=_LONGEST_RETRY)
    return Outgoing.QUEUED, int(now + wait) + 1


def _begin(books: Books, row: OutboxRow) -> bool:
    """Take the message out of the undo window, on the disk; False if Undo was faster."""

    def work(conn: Connection, changes: Changes) -> bool:
        now = outbox.get(conn, row.id)
        if now is None or now.state is not Outgoing.QUEUED:
            return False
        outbox.transition(conn, row.id, Outgoing.SENDING, changes)
        return True

    return books.writer.run(work, durable=True)


def _end(books: Books, row: OutboxRow, state: Outgoing, error: str, not_before: int | None) -> None:
    def work(conn: Connection, changes: Changes) -> None:
        outbox.transition(conn, row.id, state, changes, error=error, not_before=not_before)

    books.writer.run(work, durable=True)


def unfiled(books: Books) -> list[OutboxRow]:
    """Return what was sent and does not lie in Sent yet; forget what is long done."""

    def prune(conn: Connection, changes: Changes) -> list[OutboxRow]:
        before = int(time.time()) - _KEEP
        rows = outbox.all_(conn, books.account)
        for row in rows:
            if row.state is Outgoing.SENT and row.filed and row.created < before:
                outbox.remove(conn, row.id, changes)
        return [row for row in rows if row.state is Outgoing.SENT and not row.filed]

    return books.writer.run(prune)


def file_sent(session: Session, books: Books, settings: AccountSettings) -> set[int]:
    """Put what was sent into Sent, once, and take its draft off the server.

    Looked for first: the provider may have filed it, or we, before a crash. Returns the folders
    that changed on the server.
    """
    touched: set[int] = set()
    for row in unfiled(books):
        sent = books.writer.run(lambda conn, changes: _sent_folder(conn, books, changes))
        name, folder = sent
        by_provider = settings.files_sent or session.capabilities.gmail
        session.select(name)
        if not (by_provider or session.find_message_id(row.message_id)):
            with books.reading() as conn:
                raw = raws.load(conn, books.store, row.raw_id)
            session.append(name, raw, Flags.SEEN, row.created)
        touched.add(folder)
        with contextlib.suppress(Refused):  # the draft stays there, which must not hold up the rest
            touched |= drafts.unmirror(session, books, row.message_id)
        _mark_filed(books, row)
    return touched


def _mark_filed(books: Books, row: OutboxRow) -> None:
    books.writer.run(lambda conn, changes: outbox.mark_filed(conn, row.id, changes), durable=True)


def _sent_folder(conn: Connection, books: Books, changes: Changes) -> tuple[str, int]:
    rows = folders.by_role(conn, Role.SENT, books.account)
    row = rows[0] if rows else folder_acts.make_for_role(conn, books.account, Role.SENT, changes)
    return row.name, row.id
