"""A dialog that says what will happen, and asks for what it needs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label
from missive_desktop.app.views.forms import Field

WIDTH = 440


class AskDialog(QDialog):
    """`given` with what was typed, by the keys of the fields."""

    given = Signal(dict)

    def __init__(self, theme: Theme, title: str, go: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setFixedWidth(WIDTH)
        self._theme = theme
        self.fields: dict[str, Field] = {}
        self.body = QVBoxLayout()
        self.body.setSpacing(4)
        cancel = TextButton(theme, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = TextButton(theme, go, "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._give)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(title, face="title", wrap=True))
        column.addLayout(self.body)
        column.addLayout(row)

    def add_text(self, text: str) -> None:
        self.body.addWidget(label(text, tone="secondary", wrap=True))
        self.body.addSpacing(6)

    def add_field(
        self, key: str, name: str, text: str = "", *, secret: bool = False, judged: bool = False
    ) -> Field:
        """`judged`: say how hard what is typed is to guess."""
        field = Field(self._theme, name, secret=secret)
        field.edit.setText(text)
        self.fields[key] = field
        self.body.addWidget(field)
        if judged:
            field.judge()
            field.edit.textEdited.connect(self._fit)
        return field

    def add(self, widget: QWidget) -> None:
        self.body.addWidget(widget)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.setFocus()

    def _fit(self) -> None:
        """Take the height that the words need, whose lines break at this width."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            self.setFixedHeight(layout.totalHeightForWidth(WIDTH))

    def _give(self) -> None:
        typed = {key: field.text for key, field in self.fields.items()}
        empty = [field for field in self.fields.values() if not field.text.strip()]
        if empty:
            empty[0].setFocus()
        else:
            self.given.emit(typed)
            self.accept()
