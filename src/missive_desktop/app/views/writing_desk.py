"""Joins composers to their presenters: under the conversation or in windows of their own.

It knows which drafts are open, offers Undo for sending and discarding, and saves all at the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from missive_desktop.app.presenters import answers
from missive_desktop.app.presenters.composer import ComposerPresenter, Sender, Sent, senders_of
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.recipients import from_mailto
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.presenters.writing import with_signature
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.composer import Composer
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.dates import full_time
from missive_desktop.app.views.undo_bar import UndoBar
from missive_desktop.domain.draft import Draft
from missive_desktop.engine.protocol import DiscardDraft, UndoSend
from missive_desktop.errors import KnownError
from missive_desktop.store import accounts, drafts
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


class ComposerWindow(QWidget):
    """A window that holds one composer; closing it keeps the draft."""

    close_asked = Signal()

    def __init__(self, theme: Theme, composer: Composer, title: str) -> None:
        super().__init__()
        self.setWindowTitle(title)
        self.resize(680, 600)
        self.setMinimumSize(420, 360)
        self._over = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(composer)

    def end(self) -> None:
        self._over = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._over:
            event.accept()
        else:
            event.ignore()  # the presenter saves first
            self.close_asked.emit()


@dataclass(eq=False)
class _Open:
    """A composer that is open; `window` is None while it stands under the conversation."""

    composer: Composer
    presenter: ComposerPresenter
    window: ComposerWindow | None


class WritingDesk(QObject):
    """`archive_asked` names a conversation whose answer was sent with Send and archive."""

    typing = Signal()  # under the conversation that is shown
    closing = Signal(int)  # a conversation that its answer is to close
    archive_asked = Signal(int)

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        parts: PartReader,
        pane: ConversationPane,
        bar: UndoBar,
    ) -> None:
        super().__init__(pane)
        self._theme = theme
        self._conn = conn
        self._engine = engine
        self._parts = parts
        self._pane = pane
        self._bar = bar
        self._open: list[_Open] = []
        self._discarding: dict[int, asyncio.Task[None]] = {}
        self._tasks = Tasks(self._tell)
        pane.answered.connect(self.answer)

    # -- beginning to write

    def new(self) -> None:
        """Write a new mail, in a window of its own."""
        draft = self._blank()
        if draft is not None:
            self._show(draft, inline=False)

    def mailto(self, url: str) -> None:
        """Write to whom a link names."""
        draft = self._blank()
        if draft is not None:
            self._show(from_mailto(url, draft), inline=False)

    def answer(self, kind: str) -> None:
        """Reply to the newest mail of the open conversation, to all of them, or forward it."""
        header = self._pane.header
        if header is not None:
            self.run(self._answer(kind, header.newest))

    def continue_draft(self, draft_id: int, *, inline: bool = True) -> None:
        """Go on with a draft that was kept; one that is open already is shown."""
        for opened in self._open:
            if opened.presenter.draft_id == draft_id:
                self._focus(opened)
                return
        row = drafts.get(self._conn, draft_id)
        if row is not None:
            header = self._pane.header
            here = header is not None and row.draft.conversation == header.conversation
            self._show(row.draft, draft_id, inline=inline and here)

    def conversation_shown(self, conversation: int) -> None:
        """Another conversation is open: put the composer of the last one away, go on with its
        own draft where it has one."""
        for opened in tuple(self._open):
            if opened.window is None and opened.presenter.draft.conversation != conversation:
                self.run(opened.presenter.close())
        busy = {opened.presenter.draft_id for opened in self._open} | set(self._discarding)
        waiting = [
            row for row in drafts.in_conversation(self._conn, conversation) if row.id not in busy
        ]
        if waiting:
            self._show(waiting[0].draft, waiting[0].id, inline=True, focus=False)
            return
        mirror = answers.draft_among(self._conn, conversation)
        if mirror is not None:
            self.run(self._continue_mirror(mirror, conversation))

    async def _continue_mirror(self, mirror: MessageRow, conversation: int) -> None:
        """Go on with a draft that lies on the server: one of ours, or begun elsewhere."""
        for row in drafts.all_(self._conn, mirror.account):
            if row.draft.message_id == mirror.message_id:
                if row.id not in self._discarding:
                    self.continue_draft(row.id)
                return
        if any(o.presenter.draft.message_id == mirror.message_id for o in self._open):
            return
        begun = await answers.adopt(self._conn, self._parts, self._senders(), mirror)
        header = self._pane.header
        if begun is None or header is None or header.conversation != conversation:
            return
        opened = self._show(begun.draft, inline=True, focus=False)
        for file in begun.files:
            opened.presenter.attach_bytes(file.name, file.data)

    async def close_all(self) -> None:
        """Save what is open, do what only waited for an Undo: for the end of the program."""
        for task in self._discarding.values():
            task.cancel()
        for draft_id in tuple(self._discarding):
            await self._engine.call(DiscardDraft(draft=draft_id))
        for opened in tuple(self._open):
            await opened.presenter.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self._tasks.start(work)

    # -- composers

    def _senders(self) -> list[Sender]:
        rows = accounts.all_(self._conn)
        return senders_of([row for row in rows if row.settings.kind != "served"])

    def _blank(self) -> Draft | None:
        senders = self._senders()
        if not senders:
            self._bar.show_act(self.tr("Add an account first."), None)
            return None
        chosen = senders[0]
        header = self._pane.header
        if header is not None:
            chosen = next((s for s in senders if s.account == header.account), chosen)
        text = with_signature("", chosen.signature)
        return Draft(account=chosen.account, sender=chosen.address, text=text)

    async def _answer(self, kind: str, message: int) -> None:
        for opened in self._open:
            draft = opened.presenter.draft
            if opened.window is None and draft.parent == message and draft.kind == kind:
                self._focus(opened)
                return
        for row in drafts.all_(self._conn):
            if row.draft.parent == message and row.draft.kind == kind:
                self._show(row.draft, row.id, inline=True)  # begun before, and kept
                return
        senders = self._senders()
        if not senders:
            self._bar.show_act(self.tr("Add an account first."), None)
            return
        begun = await answers.begin(self._conn, self._parts, senders, kind, message, full_time)
        if begun is None:
            return
        opened = self._show(begun.draft, inline=True)
        for file in begun.files:
            opened.presenter.attach_bytes(file.name, file.data)

    def _show(self, draft: Draft, draft_id: int = 0, *, inline: bool, focus: bool = True) -> _Open:
        if inline:
            for other in tuple(self._open):
                if other.window is None:
                    self.run(other.presenter.close())
        composer = Composer(self._theme, lambda text: opened.presenter.complete(text), card=inline)
        presenter = ComposerPresenter(
            self._engine,
            self._conn,
            composer,
            self._senders(),
            lambda sent: self._ended(opened, sent),
        )
        opened = _Open(composer, presenter, None)
        self._connect(opened)
        self._open.append(opened)
        presenter.open(draft, draft_id)
        self._place_images(opened)
        if inline:
            self._pane.put_composer(composer)
        else:
            self._to_window(opened)
        if focus:
            composer.begin()
        return opened

    def _connect(self, opened: _Open) -> None:
        composer, presenter = opened.composer, opened.presenter
        composer.touched.connect(presenter.touched)
        composer.touched.connect(lambda: self._typed(opened))
        composer.sender_chosen.connect(presenter.choose_sender)
        composer.send_asked.connect(lambda sure, after: self._send(opened, sure, after))
        composer.close_asked.connect(lambda: self.run(presenter.close()))
        composer.discard_asked.connect(lambda: self._discard(opened))
        composer.window_asked.connect(lambda: self._move_out(opened))
        composer.files_chosen.connect(lambda paths: presenter.attach([Path(p) for p in paths]))
        composer.image_pasted.connect(presenter.attach_bytes)
        composer.file_removed.connect(presenter.detach)

    def _send(self, opened: _Open, sure: bool, after: str) -> None:
        presenter = opened.presenter
        if after == "close":
            self.closing.emit(presenter.draft.conversation)
        self.run(presenter.send(sure=sure, archive=after == "archive", close=after == "close"))

    def _typed(self, opened: _Open) -> None:
        if opened.window is None:
            self.typing.emit()

    def _place_images(self, opened: _Open) -> None:
        """Bring the inline images of a draft that was kept back from the store."""
        for file in opened.presenter.draft.attachments:
            if file.content_id:
                future = asyncio.wrap_future(self._parts.record(file.raw))
                self.run(self._place_image(opened, file.content_id, future))

    async def _place_image(
        self, opened: _Open, content_id: str, data: asyncio.Future[bytes]
    ) -> None:
        opened.composer.editor.place_image(content_id, await data, insert=False)

    def _to_window(self, opened: _Open) -> None:
        title = opened.presenter.draft.subject or self.tr("New mail")
        window = ComposerWindow(self._theme, opened.composer, title)
        window.close_asked.connect(lambda: self.run(opened.presenter.close()))
        opened.composer.subject.textChanged.connect(
            lambda text: window.setWindowTitle(text or self.tr("New mail"))
        )
        opened.window = window
        opened.composer.stand_alone()
        window.show()

    def _move_out(self, opened: _Open) -> None:
        if opened.window is None:
            self._pane.take_composer(opened.composer)
            self._to_window(opened)
            opened.composer.begin()

    def _focus(self, opened: _Open) -> None:
        if opened.window is not None:
            opened.window.raise_()
            opened.window.activateWindow()
        opened.composer.begin()

    def _ended(self, opened: _Open, sent: Sent | None) -> None:
        if opened not in self._open:
            return
        self._open.remove(opened)
        if opened.window is not None:
            opened.window.end()
        else:
            self._pane.take_composer(opened.composer)
            opened.composer.deleteLater()
        if sent is not None:
            self._offer_undo(sent)
            if sent.archive and sent.conversation:
                self.archive_asked.emit(sent.conversation)

    # -- taking back

    def _offer_undo(self, sent: Sent) -> None:
        left = max(0, round((sent.until - time.time()) * 1000))
        if left == 0:
            self._bar.show_act(self.tr("Sending to {0}").format(sent.to), None)
            return
        text = self.tr("Mail to {0} goes out in %1 s").format(sent.to)
        self._bar.show_countdown(text, lambda: self.run(self._undo_send(sent.outbox)), left)

    async def _undo_send(self, outbox: int) -> None:
        answer = await self._engine.call(UndoSend(outbox=outbox))
        self.continue_draft(int(answer["draft"]))

    def _discard(self, opened: _Open) -> None:
        presenter = opened.presenter
        content, draft_id, blank = presenter.content(), presenter.draft_id, presenter.is_empty()
        presenter.drop()
        wait = self._theme.duration("undo-act")
        if draft_id:
            task = asyncio.get_running_loop().create_task(self._discard_later(draft_id, wait))
            self._discarding[draft_id] = task
        if not blank:
            again = self._bring_back(content, draft_id)
            self._bar.show_act(self.tr("Draft discarded"), again, wait)

    def _bring_back(self, content: Draft, draft_id: int) -> Callable[[], None]:
        def again() -> None:
            task = self._discarding.pop(draft_id, None)
            if task is not None:
                task.cancel()
            header = self._pane.header
            here = header is not None and content.conversation == header.conversation
            opened = self._show(content, draft_id, inline=here)
            opened.presenter.touched()

        return again

    async def _discard_later(self, draft_id: int, wait: int) -> None:
        await asyncio.sleep(wait / 1000)
        try:
            await self._engine.call(DiscardDraft(draft=draft_id))
        except KnownError as error:
            self._tell(error)
        finally:
            self._discarding.pop(draft_id, None)

    def _tell(self, error: KnownError) -> None:
        self._bar.show_act(f"{error} {error.advice}".strip(), None)
