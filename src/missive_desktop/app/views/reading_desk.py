"""Joins the conversation pane to its presenter, and does what a click in a mail asks for.

Links open in the system's browser or in our composer; files open after a warning where they could
run; sources open as text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl, QUrlQuery, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from missive_desktop.app.presenters import sender_words, talk_acts
from missive_desktop.app.presenters.conversation import ConversationPresenter
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mail_acts import ACTS
from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.preparing import Look
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.dates import mail_time
from missive_desktop.app.views.event_dates import event_time
from missive_desktop.app.views.link_desk import LinkDesk, browse
from missive_desktop.app.views.source_window import SourceWindow
from missive_desktop.content import parse
from missive_desktop.errors import KnownError
from missive_desktop.store.database import Connection

Tell = Callable[[str, str], None]


class ReadingDesk(QObject):
    """`mail_link` says that a mailto: link was clicked, `privacy_asked` names a mail, `decided`
    says that a rule about images was made in a mail."""

    mail_link = Signal(str)
    privacy_asked = Signal(object)
    decided = Signal()
    talk_asked = Signal(str, object)  # an act of presenters.talk_acts; its values
    file_asked = Signal(str, object, int)  # preview, open or save; a mail's number; a part

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        parts: PartReader,
        pane: ConversationPane,
        tell: Tell,
    ) -> None:
        super().__init__(pane)
        self._theme = theme
        self._conn = conn
        self._engine = engine
        self._parts = parts
        self._pane = pane
        self._tell = tell
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))
        self._windows: list[SourceWindow] = []
        self.presenter = ConversationPresenter(
            conn, engine, pane, self._look, mail_time, browse, tell, event_text=event_time,
            decided=self.decided.emit,
        )  # fmt: skip
        self._links = LinkDesk(theme, pane)
        self._links.mail_link.connect(self.mail_link)
        pane.link_clicked.connect(self._clicked)
        pane.show_as_text.connect(self.presenter.show_as_text)
        pane.acted.connect(self._acted)
        theme.changed.connect(self.presenter.refresh)
        for keys, act in (
            (QKeySequence(QKeySequence.StandardKey.Find), pane.open_find),
            (QKeySequence(QKeySequence.StandardKey.ZoomIn), lambda: pane.zoom(1)),
            (QKeySequence("Ctrl+="), lambda: pane.zoom(1)),
            (QKeySequence(QKeySequence.StandardKey.ZoomOut), lambda: pane.zoom(-1)),
            (QKeySequence("Ctrl+0"), lambda: pane.zoom(0)),
        ):
            QShortcut(keys, pane).activated.connect(act)

    def close(self) -> None:
        self.presenter.close()
        self._tasks.cancel()
        for window in self._windows:
            window.close()

    def _look(self) -> Look:
        return Look(self._theme.css_variables(), self._theme.dark)

    # -- links

    def _clicked(self, url: QUrl) -> None:
        if url.scheme() == "act":
            self._own_link(url)
            return
        self._links.click(url)

    def _own_link(self, url: QUrl) -> None:
        """Do what our own page asks for: mails cannot carry links of this scheme."""
        query = QUrlQuery(url)
        values = dict(query.queryItems(QUrl.ComponentFormattingOption.FullyDecoded))
        name = url.path()
        if name in talk_acts.ACTS:
            self.talk_asked.emit(name, values)
            return
        try:
            message = int(values.get("message", ""))
            part = int(values.get("part", "0"))
        except ValueError:
            return
        if name in ACTS:
            self.presenter.act(name, message, values)
        elif name in ("source", "headers"):
            self.show_source(message, name)
        elif name == "privacy":
            self.privacy_asked.emit(message)
        elif name in ("preview", "open", "save"):
            self.file_asked.emit(name, message, part)

    # -- sources

    def _acted(self, act: str) -> None:
        header = self._pane.header
        if header is not None and act in ("source", "headers"):
            self.show_source(header.newest, act)

    def show_source(self, message: int, which: str) -> None:
        """Show a mail as it came (`source`), or its headers only (`headers`), in a window."""
        subject = self._pane.header.subject if self._pane.header is not None else ""
        self._tasks.start(self._show_source(message, subject, which == "headers"))

    async def _show_source(self, message: int, subject: str, headers_only: bool) -> None:
        try:
            raw = await asyncio.wrap_future(self._parts.raw(message))
        except KnownError as error:
            self._tell(str(error), error.advice)
            return
        if headers_only:
            parsed = await asyncio.to_thread(parse.parse, raw)
            lines = (f"{name}: {value}" for name, value in parsed.headers)
            text = "\n".join((sender_words.before_headers(self._conn, message, raw), *lines))
        else:
            text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
        window = SourceWindow(self._theme, subject or self.tr("(no subject)"), text)
        self._windows.append(window)
        window.destroyed.connect(lambda: self._windows.remove(window))
        window.show()
