"""Asks through whom remote images are fetched: a proxy hides the reader's address from senders."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label, restyle

WIDTH = 480
TOR = "socks5h://127.0.0.1:9050"


class ProxyDialog(QDialog):
    """`chosen` with an address as it was typed, or with nothing for no proxy."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, current: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Proxy for images"))
        self.setFixedWidth(WIDTH)
        self._field = QLineEdit(current)
        self._field.setPlaceholderText("http://HOST:PORT, socks5h://HOST:PORT")
        self._field.setAccessibleName(self.tr("Address of the proxy"))
        self._field.textEdited.connect(lambda _: self.show_problem(""))
        self._field.returnPressed.connect(self._save)
        self._problem = label(face="small", tone="danger", wrap=True)
        self._problem.hide()
        explained = self.tr(
            "Images are fetched and lists are left through it: the sender sees its address instead"
            " of yours. Mail and questions to the DNS go their usual way. Where Tor runs on this"
            " computer, the proxy is {0}."
        ).format(TOR)
        tor = TextButton(theme, self.tr("Use Tor"), "link-small")
        tor.clicked.connect(lambda: self._field.setText(TOR))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(self.tr("Proxy for images"), face="title"))
        column.addWidget(label(explained, tone="secondary", wrap=True))
        column.addWidget(self._field)
        column.addWidget(self._problem)
        column.addWidget(tor, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(4)
        column.addLayout(self._buttons(theme, bool(current)))
        self._field.setFocus()

    def show_problem(self, text: str) -> None:
        """Say what is wrong with the address, under it."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        restyle(self._field, "wrong", bool(text))
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Take the height that the words need, whose lines break at this width."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            self.setFixedHeight(layout.totalHeightForWidth(WIDTH))

    def _buttons(self, theme: Theme, has_one: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if has_one:
            none = TextButton(theme, self.tr("Use no proxy"), "quiet")
            none.clicked.connect(lambda: self.chosen.emit(""))
            row.addWidget(none)
        row.addStretch(1)
        cancel = TextButton(theme, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        save = TextButton(theme, self.tr("Save"), "primary")
        save.setDefault(True)
        save.clicked.connect(self._save)
        row.addWidget(cancel)
        row.addWidget(save)
        return row

    def _save(self) -> None:
        self.chosen.emit(self._field.text().strip())
