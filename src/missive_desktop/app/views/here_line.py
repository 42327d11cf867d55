"""Who else looks at the conversation: small circles, and the words when there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from missive_desktop.app.presenters.shown import Colleague
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import plain_tip
from missive_desktop.app.views.painting import draw_avatar, fill_rounded

_MOST = 3
_EDGE = 20
_STEP = 16  # circles overlap


class HereLine(QWidget):
    """Nothing while one is alone."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._people: tuple[Colleague, ...] = ()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    def show_people(self, people: Sequence[Colleague], *, typing: bool) -> None:
        self._people = tuple(people)
        names = [(each.name.split() or [each.name])[0] for each in people]
        if len(names) == 1:
            words = self.tr("{0} is typing…") if typing else self.tr("{0} is here")
            self._text = words.format(names[0])
        elif names and typing:
            self._text = self.tr("{0} is typing…, {1} more here").format(names[0], len(names) - 1)
        elif len(names) == 2:
            self._text = self.tr("{0} and {1} are here").format(*names)
        elif names:
            self._text = self.tr("{0} and {1} more are here").format(names[0], len(names) - 1)
        else:
            self._text = ""
        self.setAccessibleName(self._text)
        self.setToolTip(plain_tip("\n".join(each.name for each in people)))
        self.setVisible(bool(people))
        self.updateGeometry()
        self.update()

    @property
    def _circles(self) -> int:
        return _EDGE + _STEP * (min(len(self._people), _MOST) - 1) if self._people else 0

    def sizeHint(self) -> QSize:
        words = self._theme.metrics("small").horizontalAdvance(self._text)
        return QSize(self._circles + 8 + round(words + 0.5) + 2, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._circles, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, rtl = self._theme, self.isRightToLeft()
        painter = QPainter(self)
        middle = self.height() / 2
        for index, each in reversed(list(enumerate(self._people[:_MOST]))):
            left = index * _STEP
            x = self.width() - left - _EDGE if rtl else left
            box = QRectF(x, middle - _EDGE / 2, _EDGE, _EDGE)
            ring = box.adjusted(-1.5, -1.5, 1.5, 1.5)
            fill_rounded(painter, ring, ring.width() / 2, theme.color("surface"))
            draw_avatar(painter, theme, box, each.name, each.email)
        start = self._circles + 8
        area = QRectF(self.rect()).adjusted(0 if rtl else start, 0, -start if rtl else 0, 0)
        if area.width() > 40:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text-secondary"))
            text = theme.metrics("small").elidedText(
                self._text, Qt.TextElideMode.ElideRight, area.width() + 1
            )
            edge = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, edge, text)
        painter.end()
