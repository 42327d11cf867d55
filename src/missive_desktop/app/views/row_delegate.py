"""Paints the rows of the list once, keeps the last of them as pixmaps, and knows the hover acts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from missive_desktop.app.models.conversations import ConversationModel
from missive_desktop.app.presenters.rows import Row
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.dates import list_time
from missive_desktop.app.views.row_painter import Look, RowPainter, act_at

KEPT_PIXMAPS = 300
Looks = Callable[[int, int, QStyle.StateFlag], Look]


class RowDelegate(QStyledItemDelegate):
    """Paints rows from the model's own cache, without a round trip through `data`."""

    def __init__(
        self, theme: Theme, model: ConversationModel, view: QTableView, look: Looks
    ) -> None:
        super().__init__(view)
        self._theme = theme
        self._model = model
        self._look = look
        self._pixmaps: OrderedDict[tuple[Row, Look, str, float], QPixmap] = OrderedDict()
        self.painter = RowPainter(theme)

    def forget(self) -> None:
        """Paint all rows anew: the theme, the search words or the day changed."""
        self._pixmaps.clear()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row = self._model.row_at(index.row())
        if row is None:
            return
        box: QRect = option.rect
        look = self._look(index.row(), box.width(), option.state)
        time = list_time(row.date)
        ratio = painter.device().devicePixelRatioF()
        key = (row, look, time, ratio)
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = self._render(row, time, look, box, ratio)
            self._pixmaps[key] = pixmap
            if len(self._pixmaps) > KEPT_PIXMAPS:
                self._pixmaps.popitem(last=False)
        painter.drawPixmap(box.topLeft(), pixmap)

    def _render(self, row: Row, time: str, look: Look, box: QRect, ratio: float) -> QPixmap:
        pixmap = QPixmap(round(box.width() * ratio), round(box.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(self._theme.color("surface"))
        canvas = QPainter(pixmap)
        self.painter.paint(canvas, row, time, look)
        canvas.end()
        return pixmap


class Hover:
    """The row under the pointer, and the act of it that is hit (-1 for none)."""

    def __init__(self, theme: Theme, view: QTableView) -> None:
        self._theme = theme
        self._view = view
        self.compact = False
        self.row = -1
        self.act = -1

    def move(self, position: QPoint) -> None:
        """Follow the pointer; what looks different now is painted again."""
        row = self._view.rowAt(position.y())
        act = self.act_under(position, row)
        if (row, act) == (self.row, self.act):
            return
        touched = {self.row, self.row - 1, row, row - 1}
        self.row, self.act = row, act
        model = self._view.model()
        for index in touched:
            if 0 <= index < model.rowCount():
                self._view.update(model.index(index, 0))

    def leave(self) -> None:
        self.move(QPoint(-1, -1_000_000))

    def act_under(self, position: QPoint, row: int) -> int:
        if row < 0:
            return -1
        return act_at(
            self._theme,
            self._view.viewport().width(),
            position.x(),
            position.y() - self._view.rowViewportPosition(row),
            compact=self.compact,
            mirrored=self._view.isRightToLeft(),
        )
