"""What stands where there is nothing to show: what belongs here and how to get it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, ground, label


class Stack(QWidget):
    """Three sheets, the lowest with a tick: an inbox that was read to its end."""

    def __init__(self, theme: Theme, *, tick: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._tick = tick
        self.setFixedSize(QSize(96, 64))
        theme.changed.connect(self.update)

    def set_tick(self, tick: bool) -> None:
        self._tick = tick
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        boxes = (QRectF(12.5, 2.5, 71, 15), QRectF(6.5, 22.5, 83, 15), QRectF(0.5, 42.5, 95, 18))
        for index, box in enumerate(boxes):
            strong = index == len(boxes) - 1
            painter.setPen(QPen(theme.color("hairline-strong" if strong else "hairline"), 1.5))
            painter.drawRoundedRect(box, 4, 4)
        if self._tick:
            pen = QPen(theme.color("accent-mark"), 2)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline([QPointF(41, 51.5), QPointF(46, 56), QPointF(55, 46.5)])
        painter.end()


class EmptyList(QWidget):
    """Where the list would be: a picture, a sentence, and perhaps one thing to do."""

    acted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "surface")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._picture = Stack(theme)
        self._title = label(face="strong")
        self._text = label(tone="secondary", wrap=True)
        self._button = TextButton(theme, "")
        self._button.clicked.connect(self.acted)
        for text in (self._title, self._text):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setMaximumWidth(280)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 0, 24, 0)
        column.setSpacing(4)
        column.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self._picture, 0, middle)
        column.addSpacing(24)
        column.addWidget(self._title, 0, middle)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._text, 8)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(12)
        column.addWidget(self._button, 0, middle)
        column.addStretch(3)

    def say(self, title: str, text: str, button: str = "", *, tick: bool = False) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self._picture.set_tick(tick)
        self.setAccessibleName(title)
