"""Send, and what may follow it: archiving one's own conversation, closing that of a team."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QMenu, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.small import SplitButton, key_text


class SendButton(SplitButton):
    """`asked` with what follows: nothing, archive or close."""

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        menu = QMenu(parent)
        tr = QCoreApplication.translate
        send = tr("SendButton", "Send")
        super().__init__(theme, send, menu, tr("SendButton", "Other ways to send"))
        self._theme = theme
        self.also = "archive"
        key = key_text("Ctrl+Return")
        self.main.setToolTip(key)
        menu.addAction(theme.icon("send"), f"{send}\t{key}", lambda: self.asked.emit(""))
        self.also_action = menu.addAction("", lambda: self.asked.emit(self.also))
        self.clicked.connect(lambda: self.asked.emit(""))
        self.offer(shared=False)

    def offer(self, *, shared: bool) -> None:
        """In a space sending goes with closing, elsewhere with archiving."""
        self.also = "close" if shared else "archive"
        words = self.tr("Send and close for all") if shared else self.tr("Send and archive")
        self.also_action.setText(words + "\t" + key_text("Ctrl+Shift+Return"))
        self.also_action.setIcon(self._theme.icon("circle-check" if shared else "archive"))
