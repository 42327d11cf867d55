"""The inverse bar at the foot of the list: what was done, a countdown, and Undo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label
from missive_desktop.app.views.painting import fill_rounded

_FRAME = 100  # ms between two steps of the countdown


class UndoBar(QWidget):
    """A child of the window, raised above all. One message at a time: the newest."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._undo: Callable[[], None] | None = None
        self._text = ""
        self._length = 1
        self._counting = False
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME)
        self._timer.timeout.connect(self._tick)
        self._label = label(wrap=True)
        self._button = TextButton(theme, self.tr("Undo"), "inverse")
        self._button.clicked.connect(self.undo)
        self._keys = label(self.tr("Ctrl Z"), face="small")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        row.addWidget(self._keys)
        self._place = (0, 0, 0)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.hide()

    def place(self, left: int, bottom: int, width: int) -> None:
        """Stand here; a text too long for one line makes the bar higher, never wider."""
        self._place = (left, bottom, width)
        self._fit()

    def _fit(self) -> None:
        left, bottom, width = self._place
        layout = self.layout()
        assert layout is not None
        layout.activate()
        wanted = layout.totalHeightForWidth(width) + 12
        height = max(wanted, self._theme.size("undo-bar"))
        self.setGeometry(left, bottom - height + 1, width, height)

    def show_act(self, text: str, undo: Callable[[], None] | None, milliseconds: int = 0) -> None:
        """Say what was done. Without `undo` it is only said."""
        self._start(text, undo, milliseconds or self._theme.duration("undo-act"), counting=False)

    def show_countdown(self, text: str, undo: Callable[[], None], milliseconds: int) -> None:
        """Say what will happen; `text` holds %1 for the seconds that are left."""
        self._start(text, undo, milliseconds, counting=True)

    def undo(self) -> bool:
        """Take back what is shown; False when nothing can be."""
        action = self._undo if self.isVisible() else None
        if action is None:
            return False
        self.dismiss()
        action()
        return True

    def dismiss(self) -> None:
        self._timer.stop()
        self._undo = None
        self.hide()

    def _start(
        self, text: str, undo: Callable[[], None] | None, milliseconds: int, *, counting: bool
    ) -> None:
        self._text, self._undo, self._counting = text, undo, counting
        self._length = max(milliseconds, 1)
        self._button.setVisible(undo is not None)
        self._keys.setVisible(undo is not None)
        self._clock.start()
        self._timer.start()
        self._tick()
        self.show()
        self._fit()
        self.raise_()

    def _tick(self) -> None:
        left = self._length - self._clock.elapsed()
        if left <= 0:
            self.dismiss()
            return
        seconds = self.locale().toString(-(-left // 1000))
        text = self._text.replace("%1", seconds) if self._counting else self._text
        if text != self._label.text():
            self._label.setText(text)
            self.setAccessibleName(text)
        self.update()

    def _recolor(self) -> None:
        color = self._theme.color("text-inverse").name()
        for each in (self._label, self._keys):
            each.setStyleSheet(f"color: {color};")

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        box = QRectF(self.rect())
        fill_rounded(painter, box, theme.radius(), theme.color("surface-inverse"))
        share = max(0.0, 1 - self._clock.elapsed() / self._length)
        width = (box.width() - 16) * share
        left = box.right() - 8 - width if self.isRightToLeft() else 8.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawRect(QRectF(left, box.bottom() - 2, width, 2))
        painter.end()
