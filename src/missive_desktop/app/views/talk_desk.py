"""Joins what the team says in a conversation to its presenters: comment box, acts in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters import departed, talk_acts
from missive_desktop.app.presenters.comment_box import CommentBox, Space
from missive_desktop.app.presenters.conversation import ConversationPresenter
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.undo_bar import UndoBar
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import SharedFile
from missive_desktop.engine.protocol import Act
from missive_desktop.errors import KnownError
from missive_desktop.store.database import Connection


class TalkDesk(QObject):
    """`draft_asked` names a mail that was taken back and is to be gone on with, `file_asked` a
    comment whose file is to be opened or saved: account, comment, the file, whether to save."""

    typing = Signal()
    draft_asked = Signal(int)
    file_asked = Signal(int, str, object, bool)

    def __init__(
        self,
        conn: Connection,
        engine: Engine,
        pane: ConversationPane,
        bar: UndoBar,
        reading: ConversationPresenter,
    ) -> None:
        super().__init__(pane)
        self._conn = conn
        self._engine = engine
        self._pane = pane
        self._bar = bar
        self._reading = reading
        self._tasks = Tasks(self._tell)
        self._field = pane.foot.comment
        self._shown = 0
        self._gone = False
        self._opened_at = departed.Stand()
        self.box = CommentBox(conn, engine, self, self._tell)
        pane.foot.complete = self.box.offers
        self._field.typed.connect(self.box.typed)
        self._field.typed.connect(lambda text: self.typing.emit() if text.strip() else None)
        self._field.said.connect(self.box.say)
        self._field.filed.connect(self._filed)
        self._field.left.connect(self.box.leave_edit)

    def show(self, conversation: int) -> None:
        self.box.show(conversation)
        if conversation != self._shown:
            self._shown = conversation
            self._opened_at = departed.stand(self._reading.told, self._pane.header)
            self.show_gone(gone=False)

    def show_gone(self, *, gone: bool) -> None:
        """Say why what is open is not in the list any more, or that it is."""
        self._gone = gone
        told, header = self._reading.told, self._pane.header
        self._pane.departed.say(departed.why_gone(told, header, self._opened_at) if gone else "")
        if not gone:
            self._opened_at = departed.stand(told, header)

    def changed(self, changes: Changes) -> None:
        self.box.changed(changes)
        if self._gone:
            self.show_gone(gone=True)

    def begin(self) -> None:
        """Write a comment."""
        if self.box.space is not None and self.box.space.may_comment:
            self._field.begin()

    def act(self, name: str, values: Mapping[str, str]) -> None:
        """Do what a link between the mails asks for."""
        told = self._reading.told
        self._tasks.start(talk_acts.act(self._conn, self._engine, self, told, name, values))

    async def close(self) -> None:
        self._tasks.cancel()
        await self.box.close()

    # -- what presenters show

    def show_space(self, space: Space | None) -> None:
        self._pane.show_space(space)

    def show_text(self, text: str, *, editing: bool) -> None:
        self._field.show_text(text, editing=editing)

    def show_file(self, file: Path | None) -> None:
        self._field.show_file(file)

    def _filed(self, paths: Sequence[Path]) -> None:
        self.box.attach(paths[0] if paths else None)
        if len(paths) > 1:
            self._bar.show_act(self.tr("One file goes along with a comment: the first."), None)

    def hand_file(self, account: int, comment: str, file: SharedFile, *, save: bool) -> None:
        self.file_asked.emit(account, comment, file, save)

    def show_busy(self, busy: bool) -> None:
        self._field.show_busy(busy)

    def edit_comment(self, comment: str, text: str) -> None:
        self.box.edit(comment, text)

    def offer_undo(self, text: str, undo: list[Act]) -> None:
        def again() -> None:
            self._tasks.start(self._undo(undo))

        self._bar.show_act(self.tr(text), again if undo else None)

    async def _undo(self, undo: list[Act]) -> None:
        for each in undo:
            await self._engine.call(each)

    def open_draft(self, draft: int) -> None:
        self.draft_asked.emit(draft)

    def _tell(self, error: KnownError) -> None:
        self._bar.show_act(f"{error} {error.advice}".strip(), None)
