"""What conversation, composer and dialogs share: a text in one line, a split button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import line, plain_tip


class OneLine(QLabel):
    """A text that is cut with an ellipsis where it does not fit; the whole is in its tooltip."""

    def __init__(self, text: str = "", *, face: str = "", tone: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("face", face)
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        self.setToolTip(plain_tip(self.text()) if text != self.text() else "")
        painter.setPen(self.palette().windowText().color())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class SplitButton(QFrame):
    """A primary button with a menu beside it, in one frame."""

    clicked = Signal()

    def __init__(self, theme: Theme, text: str, menu: QMenu, menu_tip: str, icon: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self.main = QToolButton()
        self.main.setText(text)
        self.main.setAccessibleName(text)
        self.main.clicked.connect(self.clicked)
        self.more = QToolButton()
        self.more.setToolTip(menu_tip)
        self.more.setAccessibleName(menu_tip)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        height = theme.size("button")
        for button, corners in ((self.main, "right"), (self.more, "left")):
            button.setProperty("role", "primary")
            button.setFixedHeight(height)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setIconSize(theme.icon_size())
            padding = "0 14px 0 12px" if button is self.main else "0"
            button.setStyleSheet(
                f"QToolButton {{ border-top-{corners}-radius: 0; border-bottom-{corners}-radius: 0;"
                f" padding: {padding}; }}"
            )
            row.addWidget(button)
        self.more.setFixedWidth(height - 2)
        if icon:
            self.main.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self.more.setIcon(self._theme.icon("chevron-down", "on-accent", active="on-accent"))
        if self._icon:
            self.main.setIcon(self._theme.icon(self._icon, "on-accent", active="on-accent"))


class Choice(QComboBox):
    """A combo box with the set's chevron; `bare` has no frame until it is opened."""

    def __init__(self, theme: Theme, *, bare: bool = False) -> None:
        super().__init__()
        self._theme = theme
        if bare:
            self.setProperty("bare", "true")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = self._theme.size("icon-small")
        chevron = self._theme.pixmap("chevron-down", "text-secondary", size)
        mirrored = self.isRightToLeft()
        left = 4 if mirrored else self.width() - size - 4
        painter.drawPixmap(left, (self.height() - size) // 2, chevron)
        painter.end()


def key_text(keys: str) -> str:
    """Return a shortcut as this system writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def divider() -> QWidget:
    """Return a short upright line between groups of buttons."""
    result = line(vertical=True)
    result.setFixedHeight(16)
    return result
