"""People, the team and all of them to choose from, above the @ that is typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from missive_desktop.app.presenters.mentioning import Offer
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.painting import draw_avatar

WIDTH = 300


class MentionList(QListWidget):
    """The text keeps the keyboard; `picked` says who was chosen."""

    picked = Signal(tuple)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._found: tuple[Offer, ...] = ()
        self.setObjectName("suggestions")
        self.setAccessibleName(self.tr("People to mention"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setProperty("ground", "popup")
        self.setIconSize(QSize(20, 20))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda _item: self.pick())
        self.hide()

    def offer(self, found: Sequence[Offer], corner: QPoint) -> None:
        """Show them above `corner`, a place in the window."""
        if tuple(found) != self._found:
            self._found = tuple(found)
            self.clear()
            for each in found:
                item = QListWidgetItem(self._picture(each), self._words(each))
                item.setSizeHint(QSize(100, self._theme.size("row-menu")))
                self.addItem(item)
            self.setCurrentRow(0)
        self.setFixedSize(WIDTH, len(found) * self._theme.size("row-menu") + 10)
        left = max(8, min(corner.x() - 20, self.window().width() - WIDTH - 8))
        self.move(left, max(8, corner.y() - self.height() - 8))
        self.raise_()
        self.show()

    def step(self, by: int) -> None:
        self.setCurrentRow((self.currentRow() + by) % max(1, self.count()))

    def pick(self) -> None:
        if 0 <= self.currentRow() < len(self._found):
            self.picked.emit(self._found[self.currentRow()])

    def _words(self, offer: Offer) -> str:
        if offer.email:
            return f"{offer.name}   {offer.email}"
        if offer.name == "team":
            return self.tr("@team   everybody active in {0}").format(offer.told)
        return self.tr("@all   everybody active in {0}").format(offer.told)

    def _picture(self, offer: Offer) -> QPixmap:
        if not offer.email:
            return self._theme.pixmap("users", "text-secondary", 20)
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(20 * ratio), round(20 * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        draw_avatar(painter, self._theme, QRectF(0, 0, 20, 20), offer.name, offer.email)
        painter.end()
        return pixmap
