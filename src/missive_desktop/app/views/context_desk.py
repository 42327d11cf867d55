"""Joins the panel beside a conversation to its presenter, and folds it where there is no room."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Signal

from missive_desktop.app.presenters.context import Context, ContextPresenter
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.beside import SETTING
from missive_desktop.app.views.context_panel import ContextPanel
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.engine.protocol import SetSetting
from missive_desktop.store import settings
from missive_desktop.store.database import Connection


class ContextDesk(QObject):
    """`opened` names a conversation, `sought` what to search for, `source_asked` a mail and how."""

    opened = Signal(int)
    sought = Signal(str)
    source_asked = Signal(object, str)
    rules_changed = Signal()
    task_asked = Signal(str, object, object)

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        pane: ConversationPane,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(pane)
        self._theme = theme
        self._engine = engine
        self._pane = pane
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))
        self._shown = bool(settings.get(conn, SETTING, True))
        self._insisted = False  # opened although the window is narrow
        self._then: Callable[[], None] | None = None  # done when the panel has been read
        self.panel = ContextPanel(theme)
        self.panel.opened.connect(self.opened)
        self.panel.sought.connect(self.sought)
        self.panel.task_asked.connect(self.task_asked)
        self.panel.acted.connect(self._acted)
        self.panel.rule_chosen.connect(self._choose_rule)
        self.presenter = ContextPresenter(conn, engine, self, tell)
        pane.beside.put(self.panel)
        pane.bar.panel_toggled.connect(self.toggle)
        pane.window().installEventFilter(self)
        theme.changed.connect(self.presenter.refresh)
        self._arrange()

    # -- what the presenter shows

    def show_context(self, context: Context | None) -> None:
        self.panel.show_context(context)
        if self._then is not None and context is not None:
            then, self._then = self._then, None
            then()

    def wanted(self) -> bool:
        return self._pane.beside.shown

    # -- what the reader does

    def toggle(self) -> None:
        """Fold the panel, or show it; remembered."""
        show = not self._pane.beside.shown
        self._insisted = show and self._narrow()
        if not self._narrow():
            self._shown = show
            self._tasks.start(self._engine.call(SetSetting(name=SETTING, value=show)))
        self._arrange()

    def show_privacy(self, conversation: int, message: int) -> None:
        """Open the panel at one mail."""
        self._then = self.panel.show_privacy
        self._unfold()
        self.presenter.show(conversation, message)

    def begin_task(self) -> None:
        """Let a task be written, where a conversation has tasks."""
        header = self._pane.header
        if header is None or header.space is None:
            return
        if self._pane.beside.shown:
            self.panel.begin_task()
        else:
            self._then = self.panel.begin_task
            self._unfold()

    def _unfold(self) -> None:
        if not self._pane.beside.shown:
            self._insisted = self._narrow()
            self._shown = self._shown or not self._insisted
            self._arrange()

    def close(self) -> None:
        self.presenter.close()
        self._tasks.cancel()

    def _choose_rule(self, rule: str) -> None:
        if rule in ("allow", "never", "ask"):
            self.presenter.set_rule(rule, self.rules_changed.emit)  # type: ignore[arg-type]

    def _acted(self, act: str, message: int) -> None:
        self.source_asked.emit(message, act)

    # -- room

    def _narrow(self) -> bool:
        return self._pane.window().width() < self._theme.size("fold-context-below")

    def _arrange(self) -> None:
        if not self._narrow():
            self._insisted = False
        show = self._insisted if self._narrow() else self._shown
        if show != self._pane.beside.shown:
            self._pane.beside.show_panel(show)
            if show:
                self.presenter.refresh()
        self._pane.bar.show_panel_state(show)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._pane.window():
            self._arrange()
        return False
