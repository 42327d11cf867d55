"""The search field: over the list at rest, over list and conversation while in use.

Results come as one types. Operators are offered as chips; a mistake is underlined and explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCharFormat,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import (
    Icon,
    IconButton,
    TextButton,
    ground,
    key_cap,
    label,
    line,
)
from missive_desktop.app.views.painting import fill_rounded

MOST_OFFERS = 13


class Offer(NamedTuple):
    """A chip under the field: its text takes the place of what stands from start to end."""

    text: str
    start: int
    end: int


class _Edit(QLineEdit):
    entered = Signal()
    left = Signal()
    down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bare", "true")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down.emit()
        else:
            super().keyPressEvent(event)

    def underline(self, start: int, length: int, theme: Theme) -> None:
        """Draw a wavy line under a range (in UTF-16 units); length 0 for none."""
        attributes = []
        if length:
            form = QTextCharFormat()
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            form.setUnderlineColor(theme.color("danger"))
            attributes.append(
                QInputMethodEvent.Attribute(
                    QInputMethodEvent.AttributeType.TextFormat,
                    start - self.cursorPosition(),
                    length,
                    form,
                )
            )
        QApplication.sendEvent(self, QInputMethodEvent("", attributes))


class _Frame(QFrame):
    """The field's ground and border, drawn for its three states."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.active = False
        self.wrong = False
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        box = QRectF(self.rect())
        ground_name = "surface-raised" if self.active else "surface-sunken"
        fill_rounded(painter, box, theme.radius(), theme.color(ground_name))
        line_name = "danger" if self.wrong else "accent-mark" if self.active else "hairline"
        width = 2 if self.active else 1
        painter.setPen(QPen(theme.color(line_name), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = width / 2
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), 8 - half, 8 - half)
        painter.end()


class SearchField(QWidget):
    """`typed` with each key; `closed` when the search is left; `to_list` to go to the results."""

    opened = Signal()
    typed = Signal(str)
    closed = Signal()
    to_list = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.active = False
        ground(self, "surface")
        self._edit = _Edit()
        self._edit.setPlaceholderText(self.tr("Search all mail"))
        self._edit.setAccessibleName(self.tr("Search all mail"))
        self._frame = _Frame(theme)
        self._icon = Icon(theme, "search")
        self._cap = key_cap("/")
        self._count = label(face="small", tone="tertiary")
        self._clear = IconButton(theme, "x", self.tr("Leave the search (Esc)"))
        self._clear.setFixedSize(24, 24)
        self._mistake = label(face="small", tone="danger")
        self._chips = self._make_chips()
        self._lay_out()
        self._edit.entered.connect(self.open)
        self._edit.textEdited.connect(self.typed)
        self._edit.left.connect(self.close_search)
        self._edit.down.connect(self.to_list)
        self._clear.clicked.connect(self.close_search)
        self._show_state()

    def _lay_out(self) -> None:
        inner = QHBoxLayout(self._frame)
        inner.setContentsMargins(11, 0, 5, 0)
        inner.setSpacing(8)
        inner.addWidget(self._icon)
        inner.addWidget(self._edit, 1)
        for widget in (self._count, self._cap, self._clear):
            inner.addWidget(widget)
        self._frame.setFixedHeight(self._theme.size("field"))
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 16, 7)
        top.addWidget(self._frame)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(line())
        column.addWidget(self._chips)

    @property
    def typed_in(self) -> QWidget:
        return self._edit

    def _make_chips(self) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        self._narrow = label(self.tr("Narrow down"), face="small", tone="tertiary")
        row.addWidget(self._narrow)
        row.addWidget(self._mistake)
        self._buttons = []
        self._offers: list[Offer] = []
        for index in range(MOST_OFFERS):
            chip = TextButton(self._theme, "", "chip")
            chip.clicked.connect(lambda _=False, number=index: self._take(number))
            self._buttons.append(chip)
            row.addWidget(chip)
        row.addStretch(1)
        column = QVBoxLayout(widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        column.addWidget(line())
        widget.setFixedHeight(44)
        return widget

    # -- state

    def open(self) -> None:
        """Begin to search: the field widens."""
        if not self.active:
            self.active = True
            self._show_state()
            self.opened.emit()
        if not self._edit.hasFocus():
            self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._edit.selectAll()

    def close_search(self) -> None:
        """Leave the search: what was shown before comes back."""
        if not self.active:
            return
        self.active = False
        self._edit.clear()
        self.show_mistake("", 0, 0)
        self._count.setText("")
        self._show_state()
        self._edit.clearFocus()
        self.closed.emit()

    @property
    def text(self) -> str:
        return self._edit.text()

    def set_text(self, text: str) -> None:
        self._edit.setText(text)
        self.typed.emit(text)

    def show_count(self, text: str) -> None:
        self._count.setText(text)

    def show_mistake(self, sentence: str, start: int, length: int) -> None:
        """Point at what is wrong in the query; an empty sentence: nothing is."""
        self._mistake.setText(sentence)
        self._mistake.setVisible(bool(sentence))
        self._frame.wrong = bool(sentence)
        self._fit_chips()
        self._frame.update()
        units = len(self.text[:start].encode("utf-16-le")) // 2
        wide = len(self.text[start : start + length].encode("utf-16-le")) // 2
        self._edit.underline(units, wide, self._theme)

    def _show_state(self) -> None:
        self._frame.active = self.active
        self._frame.update()
        self._cap.setVisible(not self.active)
        self._clear.setVisible(self.active)
        self._count.setVisible(self.active)
        self._chips.setVisible(self.active)
        height = self._theme.size("topbar")
        self.setFixedHeight(height + (self._chips.height() if self.active else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_chips()

    def _fit_chips(self) -> None:
        """Show as many operators as there is room for."""
        room = self.width() - 32
        self._narrow.setVisible(room > 700 and not self._frame.wrong)
        if self._frame.wrong:
            room -= self._mistake.sizeHint().width() + 8
        elif room > 700:
            room -= self._narrow.sizeHint().width() + 8
        for chip in self._buttons:
            if not chip.text():
                chip.hide()
                continue
            room -= chip.sizeHint().width() + 8
            chip.setVisible(room > 0)

    @property
    def caret(self) -> int:
        """Where the caret is, in characters."""
        units = self.text.encode("utf-16-le")[: 2 * self._edit.cursorPosition()]
        return len(units.decode("utf-16-le", "ignore"))

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show ways to go on as chips."""
        self._offers = list(offers)[:MOST_OFFERS]
        for index, chip in enumerate(self._buttons):
            text = self._offers[index].text.strip() if index < len(self._offers) else ""
            chip.setText({"-": "−"}.get(text, text).replace("&", "&&"))
        self._fit_chips()

    def _take(self, number: int) -> None:
        offer = self._offers[number]
        text = self.text[: offer.start] + offer.text + self.text[offer.end :]
        self._edit.setText(text)
        self._edit.setCursorPosition(
            len(text[: offer.start + len(offer.text)].encode("utf-16-le")) // 2
        )
        self._edit.setFocus()
        self.typed.emit(self.text)
