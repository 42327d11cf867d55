"""Small controls that every screen uses: buttons, labels, lines, avatars, the focus ring.

They take the theme, and follow it when it changes. They know nothing of mail.
"""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.painting import draw_avatar

_GAP = "\u2005"  # between a button's icon and its text, which style sheets cannot set


class IconButton(QToolButton):
    """A button that is an icon of the set. `tip` is its tooltip and its accessible name."""

    def __init__(
        self, theme: Theme, name: str, tip: str, *, color: str = "text-secondary", size: int = 0
    ) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._color = color
        self._filled = False
        self._edge = size or theme.size("icon")
        side = theme.size("icon-button")
        self.setFixedSize(side, side)
        self.setIconSize(QSize(self._edge, self._edge))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self._draw)
        self._draw()

    def set_icon_name(self, name: str, color: str | None = None, *, filled: bool = False) -> None:
        self._name = name
        self._color = color or self._color
        self._filled = filled
        self._draw()

    def _draw(self) -> None:
        active = "text" if self._color == "text-secondary" else self._color
        self.setIcon(
            self._theme.icon(
                self._name, self._color, self._edge, active=active, filled=self._filled
            )
        )


class Icon(QLabel):
    """An icon of the set that stands for itself."""

    def __init__(
        self, theme: Theme, name: str, color: str = "text-secondary", *, small: bool = False
    ) -> None:
        super().__init__()
        self._theme, self._name, self._color = theme, name, color
        self._edge = theme.size("icon-small" if small else "icon")
        theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(self._theme.pixmap(self._name, self._color, self._edge))


class TextButton(QPushButton):
    """A push button: `role` is primary, secondary, quiet, danger, link, filter or chip."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        role: str = "secondary",
        *,
        icon: str = "",
        small: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self.setText(text)
        self.setProperty("role", role)
        self.setProperty("small", small)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if role == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if icon:
            theme.changed.connect(self._draw)
            self._draw()

    def setText(self, text: str) -> None:
        super().setText(_GAP + text if self._icon and text else text)
        if self._icon:
            self.setAccessibleName(text.replace("&&", "&"))

    def set_icon_name(self, name: str) -> None:
        self._icon = name
        self._draw()

    def _draw(self) -> None:
        color = {
            "primary": "on-accent",
            "quiet": "text-secondary",
            "begin": "text-tertiary",
            "shared": "text-secondary",
        }.get(self.property("role"), "text")
        self.setIconSize(self._theme.icon_size())
        self.setIcon(self._theme.icon(self._icon, color, active=color))


class Avatar(QWidget):
    """The round mark of a person: initials on a colour that comes from the address."""

    def __init__(self, theme: Theme, size: int = 0) -> None:
        super().__init__()
        self._theme = theme
        self._name = ""
        self._address = ""
        edge = size or theme.size("avatar-mail")
        self.setFixedSize(edge, edge)
        theme.changed.connect(self.update)

    def set_person(self, name: str, address: str) -> None:
        self._name, self._address = name, address
        self.setAccessibleName(name or address)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_avatar(painter, self._theme, QRectF(self.rect()), self._name, self._address)
        painter.end()


class FocusRing(QWidget):
    """A ring of 2 px, 1 px off the control that has the keyboard's focus.

    Style sheets know no outline offset, so one overlay per window draws it. Buttons take the
    focus from the keyboard only, so it is not seen by those who click; fields have a border.
    """

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._target: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._target is not None:
            self._target.removeEventFilter(self)
        self._target = None
        if isinstance(new, QAbstractButton) and new.window() is self.window():
            self._target = new
            new.installEventFilter(self)
        self._place()

    def _place(self) -> None:
        target = self._target
        if target is None or not target.isVisible():
            self.hide()
            return
        corner = target.mapTo(self.window(), target.rect().topLeft())
        self.setGeometry(corner.x() - 3, corner.y() - 3, target.width() + 6, target.height() + 6)
        self.raise_()
        self.show()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide):
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent-mark"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.end()


def label(text: str = "", *, face: str = "", tone: str = "", wrap: bool = False) -> QLabel:
    """Return a text: `face` is title, strong, small or empty for body."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)  # names and subjects come from strangers
    result.setProperty("face", face)
    result.setProperty("tone", tone)
    result.setWordWrap(wrap)
    # By itself a label goes by its text: a name in another script would stand at the wrong side.
    mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    edge = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    result.setAlignment(edge | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
    return result


def plain_tip(text: str) -> str:
    """Return a text for a tooltip, which takes for markup what looks like it: a stranger's subject
    could name an image on another machine."""
    return f"<qt>{escape(text)}</qt>" if "<" in text else text


def key_cap(text: str) -> QLabel:
    result = label(text)
    result.setProperty("key", "true")
    result.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return result


def line(*, vertical: bool = False) -> QFrame:
    """Return a hairline."""
    result = QFrame()
    result.setProperty("line", "true")
    if vertical:
        result.setFixedWidth(1)
    else:
        result.setFixedHeight(1)
    return result


def ground(widget: QWidget, name: str) -> QWidget:
    """Give a widget one of the theme's grounds."""
    widget.setProperty("ground", name)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and show it."""
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
