"""What lies over the page of mails: nothing is open, a mail is on its way or cannot be shown."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, ground, key_cap, label
from missive_desktop.app.views.painting import fill_rounded


class Nothing(QWidget):
    """What can be done while nothing is open."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "page")
        column = QVBoxLayout(self)
        column.addStretch(3)
        inner = QVBoxLayout()
        inner.setSpacing(12)
        inner.addWidget(label(self.tr("While it is quiet"), face="small", tone="secondary"))
        hints = (
            (self.tr("Write a mail"), "C"),
            (self.tr("Search all mail"), "/"),
            (self.tr("See all keys"), "?"),
        )
        for text, key in hints:
            row = QHBoxLayout()
            row.addWidget(label(text, tone="secondary"))
            row.addStretch(1)
            row.addWidget(key_cap(key))
            inner.addLayout(row)
        holder = QWidget()
        holder.setLayout(inner)
        holder.setFixedWidth(300)
        column.addWidget(holder, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(5)


class Skeleton(QWidget):
    """Grey bars where the mail is about to be."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "page")
        self._theme = theme
        self.setAccessibleName(self.tr("Loading"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface-page"))
        card = QRectF(20, 12, self.width() - 40, 220)
        fill_rounded(painter, card, 8, self._theme.color("hairline"))
        fill_rounded(painter, card.adjusted(1, 1, -1, -1), 7, self._theme.color("surface-raised"))
        shade = self._theme.color("surface-hover")
        fill_rounded(painter, QRectF(37, 29, 28, 28), 14, shade)
        for top, width in ((30, 0.24), (47, 0.14), (84, 0.86), (108, 0.8), (132, 0.42)):
            left = 76 if top < 60 else 37
            fill_rounded(painter, QRectF(left, top, (card.width() - 34) * width, 10), 4, shade)
        painter.end()


class Trouble(QWidget):
    """A mail that could not be shown, and two ways to read it all the same."""

    text_asked = Signal()
    source_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "page")
        self._title = label(face="strong")
        self._advice = label(tone="secondary", wrap=True)
        self._advice.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        as_text = TextButton(theme, self.tr("Show as text"), small=True)
        as_text.clicked.connect(self.text_asked)
        source = TextButton(theme, self.tr("Raw source"), "quiet", small=True)
        source.clicked.connect(self.source_asked)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(3)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        self._advice.setFixedWidth(360)
        self._advice.setMinimumHeight(2 * theme.line())
        column.addWidget(self._advice, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(as_text)
        buttons.addWidget(source)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(5)

    def set_text(self, title: str, advice: str) -> None:
        self._title.setText(title)
        self._advice.setText(advice)
