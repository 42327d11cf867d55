"""Reading and writing together: what the window makes after its first paint, since it is slow.

Importing this module brings the web engine and the parser.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.context_desk import ContextDesk
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.file_desk import FileDesk
from missive_desktop.app.views.mail_stack import MailStack
from missive_desktop.app.views.reading_desk import ReadingDesk
from missive_desktop.app.views.talk_desk import TalkDesk
from missive_desktop.app.views.undo_bar import UndoBar
from missive_desktop.app.views.writing_desk import WritingDesk
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.domain.changes import Changes
from missive_desktop.store import drafts, listing
from missive_desktop.store.database import Connection, Store


class MailDesk(QObject):
    """`archive_asked` names a conversation that is to be archived after its answer went out,
    `conversation_asked` one to be opened, `sought` what to search for."""

    archive_asked = Signal(int)
    conversation_asked = Signal(int)
    sought = Signal(str)
    task_asked = Signal(str, object, object)
    closing = Signal(int)  # a conversation that its answer is to close
    typing = Signal()

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        store: Store,
        engine: Engine,
        pane: ConversationPane,
        bar: UndoBar,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(pane)
        self._theme = theme
        self._conn = conn
        self._parts = PartReader(store)
        self._sandbox = Sandbox(self._parts.read, self._parts.remote)
        self.reading = ReadingDesk(theme, conn, engine, self._parts, pane, tell)
        self.files = FileDesk(theme, engine, self._parts, self._sandbox, pane, tell)
        self.writing = WritingDesk(theme, conn, engine, self._parts, pane, bar)
        self.context = ContextDesk(theme, conn, engine, pane, tell)
        self.talk = TalkDesk(conn, engine, pane, bar, self.reading.presenter)
        self.reading.talk_asked.connect(self.talk.act)
        self.talk.draft_asked.connect(self.open_draft)
        self.talk.typing.connect(self.typing)
        self.talk.file_asked.connect(self.files.shared)
        self.reading.mail_link.connect(self.writing.mailto)
        self.reading.file_asked.connect(self.files.act)
        self.reading.privacy_asked.connect(self._show_privacy)
        self.context.opened.connect(self.conversation_asked)
        self.context.sought.connect(self.sought)
        self.context.task_asked.connect(self.task_asked)
        self.context.source_asked.connect(self.reading.show_source)
        self.context.rules_changed.connect(self.reading.presenter.rules_changed)
        self.reading.decided.connect(self.context.presenter.refresh)
        self.writing.archive_asked.connect(self.archive_asked)
        self.writing.typing.connect(self.typing)
        self.writing.closing.connect(self.closing)

    def make_stack(self) -> MailStack:
        return MailStack(self._theme, self._sandbox)

    def show(self, conversation: int, following: int = 0, *, at_once: bool = False) -> None:
        """Show a conversation (0: none, negative: of a draft); make ready what likely follows."""
        presenter = self.reading.presenter
        if conversation < 0:
            draft = drafts.get(self._conn, -conversation)
            conversation = draft.conversation if draft is not None else 0
        if conversation == 0:
            presenter.clear()
        else:
            presenter.show(conversation, at_once=at_once)
            presenter.prefetch(max(following, 0))
        self.talk.show(conversation)
        self.context.presenter.show(conversation)
        self.writing.conversation_shown(conversation)

    def show_gone(self, gone: bool) -> None:
        """What is open was taken out of the list by somebody else, or is in it again."""
        self.talk.show_gone(gone=gone)

    def _show_privacy(self, message: int) -> None:
        self.context.show_privacy(self.reading.presenter.conversation, message)

    def draft_of(self, conversation: int) -> int:
        """Return the draft of ours that a row stands for, or 0."""
        if conversation < 0:
            return -conversation
        return listing.mirrored_drafts(self._conn).get(conversation, 0)

    def open_draft(self, draft: int) -> None:
        """Go on writing: under its conversation, else in a window."""
        row = drafts.get(self._conn, draft)
        self.writing.continue_draft(draft, inline=bool(row and row.conversation))

    def changed(self, changes: Changes) -> None:
        self.reading.presenter.changed(changes)
        self.context.presenter.changed(changes)
        self.talk.changed(changes)

    def rules_changed(self) -> None:
        """Draw the mail as the settings about private reading stand now."""
        self.reading.presenter.rules_changed()
        self.context.presenter.refresh()

    async def close(self) -> None:
        """Save what is being written; end threads and web views."""
        await self.writing.close_all()
        await self.talk.close()
        self.reading.close()
        self.files.close()
        self.context.close()
        self._sandbox.close()
        self._parts.close()
