"""The composer's presenter: a draft from its first key to its going out. Knows no Qt.

A draft is saved at every pause of typing and when the composer closes; saves never overlap. What
goes out is what was saved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from missive_desktop.app.presenters import meanwhile
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.meanwhile import News
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.presenters.writing import (
    BLOCKING,
    Doubt,
    Written,
    doubts,
    empty,
    exchange_signature,
    join_quote,
    join_quote_html,
    split_quote,
    split_quote_html,
)
from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import AttachToDraft, SaveDraft, SendDraft
from missive_desktop.engine.team_sync_requests import WhoIsThere
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import addresses
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_wire import shapes

PAUSE = 0.5  # seconds without a key, after which the draft is saved
LARGE = 25 << 20  # above this, many servers refuse a mail


@dataclass(frozen=True, slots=True)
class Sender:
    """One choice of From."""

    account: int
    address: Address
    signature: str
    shared: bool = False  # of a space


@dataclass(frozen=True, slots=True)
class Sent:
    """What the undo bar needs to know of a mail that is about to go out."""

    outbox: int
    until: int  # unix seconds
    to: str
    conversation: int
    archive: bool


class ComposerView(Protocol):
    """The composer as its presenter sees it."""

    def show_draft(self, draft: Draft, own: str, quote: str, senders: Sequence[Sender]) -> None: ...

    def written(self) -> Written: ...

    def exchange_text(self, text: str) -> None:
        """Replace the writer's own text, as after another sender was chosen."""

    def show_files(self, files: Sequence[DraftAttachment], pending: Sequence[str]) -> None: ...

    def show_saved(self) -> None: ...

    def show_doubts(self, found: Sequence[Doubt], news: Sequence[News] = ()) -> None: ...

    def show_trouble(self, message: str, advice: str) -> None: ...

    def show_sending(self, sending: bool) -> None: ...

    def place_image(self, file: DraftAttachment, data: bytes) -> None:
        """Show an inline image where the caret is."""


def senders_of(rows: Sequence[AccountRow]) -> list[Sender]:
    """Return who one can write as: every account that can send; where none can, drafts only.

    A space has no server of its own: its worker sends.
    """
    sending = [row for row in rows if row.settings.smtp is not None or _shared(row.settings)]
    return [_sender(row.id, row.settings) for row in sending or rows]


def _sender(account: int, settings: AccountSettings) -> Sender:
    address = Address(settings.name, settings.address)
    return Sender(account, address, settings.signature, _shared(settings))


def _shared(settings: AccountSettings) -> bool:
    return settings.kind == "space" and "@" in settings.address


class ComposerPresenter:
    """One draft in one composer. `ended` is called once: with what was sent, or None."""

    def __init__(
        self,
        engine: Engine,
        conn: Connection,
        view: ComposerView,
        senders: Sequence[Sender],
        ended: Callable[[Sent | None], None],
        *,
        pause: float = PAUSE,
    ) -> None:
        self._engine = engine
        self._conn = conn
        self._view = view
        self._senders = tuple(senders)
        self._ended = ended
        self._pause = pause
        self._tasks = Tasks(lambda error: view.show_trouble(str(error), error.advice))
        self._saving = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None
        self._quote = ""
        self._account = 0
        self._pending: list[str] = []
        self._over = False
        self._seen: meanwhile.Seen | None = None
        self._touched = False
        self.draft = Draft(account=0)
        self.draft_id = 0

    def open(self, draft: Draft, draft_id: int = 0) -> None:
        """Show a draft: a new one, or (with its id) one that was kept."""
        self.draft, self.draft_id = draft, draft_id
        self._account = draft.account
        self._seen = meanwhile.seen(self._conn, draft.conversation)
        own, self._quote = split_quote(draft.text)
        shown = msgspec.structs.replace(draft, html=split_quote_html(draft.html))
        self._view.show_draft(shown, own, self._quote, self._senders)
        self._view.show_files(self._files(), ())

    # -- what the writer does

    def touched(self) -> None:
        """Something was typed or changed: save at the next pause."""
        if self._over:
            return
        self._touched = True
        if self._later is not None:
            self._later.cancel()
        self._later = self._tasks.start(self._save_at_pause())

    def choose_sender(self, account: int) -> None:
        """Write from another account: its signature takes the place of the old one."""
        new = next((s for s in self._senders if s.account == account), None)
        old = next((s for s in self._senders if s.account == self._account), None)
        if new is None or account == self._account:
            return
        text = exchange_signature(
            self._view.written().text, old.signature if old else "", new.signature
        )
        self._account = account
        self._view.exchange_text(text)
        self.touched()

    def complete(self, beginning: str) -> list[Address]:
        """Return people whom the writer may mean."""
        return addresses.complete(self._conn, beginning)

    def attach(self, paths: Sequence[Path]) -> None:
        """Take files along."""
        for path in paths:
            request = AttachToDraft(account=self._account_id(), path=str(path))
            self._tasks.start(self._attach(request, path.name))

    def attach_bytes(self, name: str, data: bytes, content_id: str = "") -> None:
        """Take along what has no file: a picture from the clipboard. It never lies on the disk."""
        request = AttachToDraft(
            account=self._account_id(), path="", name=name, data=data, content_id=content_id
        )
        self._tasks.start(self._attach(request, name))

    def detach(self, raw: int) -> None:
        files = tuple(file for file in self.draft.attachments if file.raw != raw)
        self.draft = msgspec.structs.replace(self.draft, attachments=files)
        self._view.show_files(self._files(), self._pending)
        self.touched()

    async def send(self, *, sure: bool = False, archive: bool = False, close: bool = False) -> None:
        """Check, save, freeze. Doubts are shown first; `sure` goes over those that may be.

        `close` closes the conversation of a space for all, with the answer.
        """
        found = doubts(self._view.written(), len(self._files()))
        news = [] if sure else await self._news()
        found += [Doubt.MEANWHILE] if news else []
        if self._pending or any(doubt in BLOCKING for doubt in found) or (found and not sure):
            self._view.show_doubts(found, news)
            return
        self._view.show_sending(True)
        try:
            await self.save(force=True)
            answer = await self._engine.call(SendDraft(draft=self.draft_id, close=close))
        except (KnownError, UsageError) as error:
            self._view.show_sending(False)
            self._view.show_trouble(str(error), getattr(error, "advice", ""))
            return
        names = [p.name or p.email for p in (*self.draft.to, *self.draft.cc, *self.draft.bcc)]
        sent = Sent(answer["outbox"], answer["until"], names[0], self.draft.conversation, archive)
        self._end(sent)

    async def _news(self) -> list[News]:
        """Return what others wrote since this was begun."""
        if self._seen is None:
            return []
        answer = await self._engine.call(WhoIsThere())
        present = answer.get("seen", ())
        return meanwhile.news(self._conn, self.draft.conversation, self._seen, present)

    async def close(self) -> None:
        """Put the composer away; what was written is kept, an untouched draft is not made."""
        if self._over:
            return
        try:
            if self._touched and not self.is_empty():
                await self.save(force=True)
        except KnownError as error:
            self._view.show_trouble(str(error), error.advice)
            return  # stays open: what was written is nowhere else
        self._end(None)

    def drop(self) -> None:
        """Put the composer away without saving: the desk discards the draft."""
        self._end(None)

    def is_empty(self) -> bool:
        signature = next((s.signature for s in self._senders if s.account == self._account), "")
        return empty(self.content(), signature)

    # -- keeping

    def content(self) -> Draft:
        """Return the draft as it stands in the composer."""
        written = self._view.written()
        return msgspec.structs.replace(
            self.draft,
            account=written.account,
            sender=written.sender,
            to=written.to,
            cc=written.cc,
            bcc=written.bcc,
            subject=written.subject,
            text=join_quote(written.text, self._quote),
            html=join_quote_html(written.html, self._quote) if written.html else "",
        )

    async def save(self, *, force: bool = False) -> None:
        """Keep the draft, one save at a time."""
        async with self._saving:
            content = self.content()
            if content == self.draft and self.draft_id and not force:
                return
            answer = await self._engine.call(SaveDraft(draft=self.draft_id, content=content))
            self.draft_id = answer["draft"]
            message_id = answer.get("message_id", content.message_id)
            # Files may have come or gone while the engine answered: theirs are the newer ones.
            self.draft = msgspec.structs.replace(
                content, message_id=message_id, attachments=self.draft.attachments
            )
            self._view.show_saved()

    async def _save_at_pause(self) -> None:
        await asyncio.sleep(self._pause)
        if self.draft_id or not self.is_empty():
            # Shielded: the next key cancels the waiting, never a save that is under way.
            await asyncio.shield(self._tasks.start(self.save()))

    async def _attach(self, request: AttachToDraft, name: str) -> None:
        self._pending.append(name)
        self._view.show_files(self._files(), self._pending)
        try:
            answer = await self._engine.call(request)
        finally:
            self._pending.remove(name)
            if not self._over:
                self._view.show_files(self._files(), self._pending)
        file = shapes.convert(answer, DraftAttachment)
        self.draft = msgspec.structs.replace(
            self.draft, attachments=(*self.draft.attachments, file)
        )
        self._view.show_files(self._files(), self._pending)
        if request.content_id:
            self._view.place_image(file, request.data)
        self.touched()
        if sum(f.size for f in self.draft.attachments) > LARGE:
            self._view.show_trouble(
                "The attachments are larger than 25 MB.", "Many servers refuse such a mail."
            )

    def _files(self) -> list[DraftAttachment]:
        """Return what is shown as files: images inside the text are not."""
        return [file for file in self.draft.attachments if not file.content_id]

    def _account_id(self) -> int:
        return self._view.written().account

    def _end(self, sent: Sent | None) -> None:
        if not self._over:
            self._over = True
            self._tasks.cancel()
            self._ended(sent)
