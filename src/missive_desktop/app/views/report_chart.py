"""Stacked bars over time and small ones in a line, painted; a card tells the numbers of one bar.

The bars are reached by the pointer and by the arrow keys, and each is spoken when it is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from missive_desktop.app.presenters.report_values import OTHERS, Column
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.dates import day_text
from missive_desktop.app.views.painting import fill_rounded

_LEFT, _TOP, _BOTTOM = 34, 40, 28
_CARD_WIDTH = 168
_STEPS = (1, 2, 3, 4, 5, 10, 15, 20, 25, 50, 75, 100, 150, 200, 250, 500, 1_000, 2_500, 5_000)


class StackedBars(QWidget):
    """One bar for each column of the report, the legend above."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = ""
        self._legend: tuple[str, ...] = ()
        self._columns: tuple[Column, ...] = ()
        self._chosen = -1
        self.setMinimumHeight(272)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(560, 272)

    def show_columns(self, title: str, legend: Sequence[str], columns: Sequence[Column]) -> None:
        self._title, self._legend, self._columns = title, tuple(legend), tuple(columns)
        self._chosen = -1
        self.setAccessibleName(title)
        self._say()
        self.update()

    @property
    def chosen(self) -> int:
        """Which column's numbers are shown, or -1."""
        return self._chosen

    def name(self, vendor: str) -> str:
        return self.tr("Others") if vendor == OTHERS else vendor

    def sentence(self, index: int) -> str:
        """Return a column in words."""
        column = self._columns[index]
        parts = [
            f"{self.name(vendor)} {number}"
            for vendor, number in zip(self._legend, column.counts, strict=True)
            if number
        ]
        said = self.tr("{0}: {1}").format(self._days(column), column.total)
        return f"{said} ({', '.join(parts)})" if parts else said

    # -- choosing a bar

    def choose(self, index: int) -> None:
        """Show the numbers of a column; -1 for none."""
        index = max(-1, min(index, len(self._columns) - 1))
        if index == self._chosen:
            return
        self._chosen = index
        self._say()
        self.update()

    def _say(self) -> None:
        if self._chosen >= 0:
            text = self.sentence(self._chosen)
        else:
            text = " · ".join(self.sentence(index) for index in range(len(self._columns)))
        self.setAccessibleDescription(text)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward, back = Qt.Key.Key_Right, Qt.Key.Key_Left
        if self.isRightToLeft():
            forward, back = back, forward
        key = event.key()
        if key == forward:
            self.choose(self._chosen + 1)
        elif key == back and self._chosen >= 0:
            self.choose(max(0, self._chosen - 1))
        elif key == back:
            self.choose(len(self._columns) - 1)
        elif key == Qt.Key.Key_Home:
            self.choose(0)
        elif key == Qt.Key.Key_End:
            self.choose(len(self._columns) - 1)
        elif key == Qt.Key.Key_Escape and self._chosen >= 0:
            self.choose(-1)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        plot = self._plot()
        inside = plot.left() <= x < plot.right() and self._columns
        self.choose(self._index_at(x) if inside else -1)

    def leaveEvent(self, event: QEvent) -> None:
        self.choose(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.choose(-1)

    # -- where things are

    def _plot(self) -> QRectF:
        box = QRectF(self.rect()).adjusted(_LEFT, _TOP, 0, -_BOTTOM)
        if self.isRightToLeft():
            box.moveLeft(0)
        return box

    def _slot(self, index: int) -> QRectF:
        plot = self._plot()
        width = plot.width() / max(1, len(self._columns))
        at = len(self._columns) - 1 - index if self.isRightToLeft() else index
        return QRectF(plot.left() + at * width, plot.top(), width, plot.height())

    def _index_at(self, x: float) -> int:
        plot = self._plot()
        at = int((x - plot.left()) / plot.width() * len(self._columns))
        return len(self._columns) - 1 - at if self.isRightToLeft() else at

    def _step(self) -> int:
        """Return the distance of the lines: four of them hold the highest bar."""
        highest = max((column.total for column in self._columns), default=0)
        fitting = (step for step in _STEPS if step * 4 >= highest)
        return next(fitting, -(-highest // 4) or 1)

    def _days(self, column: Column) -> str:
        if column.first == column.last:
            return day_text(column.first)
        if column.first.month == column.last.month:
            return self.tr("{0} to {1}").format(column.first.day, day_text(column.last))
        return self.tr("{0} to {1}").format(day_text(column.first), day_text(column.last))

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = self._step()
        self._head(painter)
        self._grid(painter, step)
        for index, column in enumerate(self._columns):
            self._bar(painter, index, column, step)
        self._dates(painter)
        if self.hasFocus() and self._chosen < 0:
            painter.setPen(QPen(self._theme.color("accent-mark"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)
        if 0 <= self._chosen < len(self._columns):
            self._card(painter, self._chosen)
        painter.end()

    def _head(self, painter: QPainter) -> None:
        theme = self._theme
        rtl = self.isRightToLeft()
        strong = theme.metrics("body", strong=True)
        width = strong.horizontalAdvance(self._title)
        painter.setFont(theme.font("body", strong=True))
        painter.setPen(theme.color("text"))
        painter.drawText(QPointF(self.width() - width if rtl else 0, 16), self._title)
        metrics = theme.metrics("small")
        painter.setFont(theme.font("small"))
        at = 0.0 if rtl else float(self.width())
        for index in range(len(self._legend) - 1, -1, -1):
            text = self.name(self._legend[index])
            wide = metrics.horizontalAdvance(text) + 15
            left = at if rtl else at - wide
            if width + 24 > (self.width() - left - wide if rtl else left):
                break  # no room: the card names them all
            mark = left + wide - 8 if rtl else left
            fill_rounded(painter, QRectF(mark, 8, 8, 8), 2, theme.chart(self._tone(index)))
            painter.setPen(theme.color("text-secondary"))
            painter.drawText(QPointF(left if rtl else left + 15, 16), text)
            at = at + wide + 14 if rtl else at - wide - 14

    def _tone(self, index: int) -> int:
        """Return which colour of the chart a vendor has; all others share the last."""
        return -1 if self._legend[index] == OTHERS else index

    def _grid(self, painter: QPainter, step: int) -> None:
        theme, plot = self._theme, self._plot()
        painter.setFont(theme.font("small", tabular=True))
        metrics = QFontMetricsF(painter.font())
        for line in range(5):
            y = round(plot.bottom() - plot.height() * line / 4)
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), theme.color("hairline"))
            text = self.locale().toString(step * line)
            wide = metrics.horizontalAdvance(text)
            x = plot.right() + 10 if self.isRightToLeft() else plot.left() - 10 - wide
            painter.setPen(theme.color("text-secondary"))
            painter.drawText(QPointF(x, y + 4.5), text)

    def _bar(self, painter: QPainter, index: int, column: Column, step: int) -> None:
        theme, slot = self._theme, self._slot(index)
        wide = max(3.0, min(28.0, slot.width() * 0.5))
        left = slot.center().x() - wide / 2
        scale = slot.height() / (step * 4)
        bottom = slot.bottom()
        for at, number in enumerate(column.counts):
            if not number:
                continue
            height = number * scale
            gap = 1 if at and height > 2 else 0
            part = QRectF(left, bottom - height, wide, height - gap)
            painter.fillRect(part, theme.chart(self._tone(at)))
            bottom -= height
        if index == self._chosen:
            painter.setPen(QPen(theme.color("hairline-strong"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            around = QRectF(left - 4, slot.top() - 4, wide + 8, slot.height() + 4)
            painter.drawRoundedRect(around.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _dates(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text-secondary"))
        metrics = theme.metrics("small")
        texts = [day_text(column.first) for column in self._columns]
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        slot = self._plot().width() / max(1, len(texts))
        every = max(1, -int(-(widest + 8) // slot)) if slot else 1
        for index in range(0, len(texts), every):
            wide = metrics.horizontalAdvance(texts[index])
            left = self._slot(index).center().x() - wide / 2
            left = max(0.0, min(left, self.width() - wide))
            painter.drawText(QPointF(left, self.height() - 8), texts[index])

    def _card(self, painter: QPainter, index: int) -> None:
        theme, column = self._theme, self._columns[index]
        lines = [
            (self.name(vendor), number)
            for vendor, number in zip(self._legend, column.counts, strict=True)
            if number
        ]
        small, strong = theme.metrics("small"), theme.metrics("small", strong=True)
        widest = max([small.horizontalAdvance(name) for name, _ in lines], default=0.0)
        head = self._days(column)
        width = max(_CARD_WIDTH - 24, widest + 60, strong.horizontalAdvance(head) + 60) + 24
        box = QRectF(0, 0, width, 34 + 18 * len(lines))
        slot = self._slot(index)
        box.moveRight(slot.center().x() - 22)
        if box.left() < 0:
            box.moveLeft(slot.center().x() + 22)
        box.moveTop(max(0.0, slot.top() - 4))
        fill_rounded(painter, box, 8, theme.color("hairline-strong"))
        fill_rounded(painter, box.adjusted(1, 1, -1, -1), 7, theme.color("surface-raised"))
        rows = [(head, column.total, True), *((name, number, False) for name, number in lines)]
        y = box.top() + 21
        for name, number, first in rows:
            painter.setFont(theme.font("small", strong=first, tabular=True))
            painter.setPen(theme.color("text" if first else "text-secondary"))
            metrics = strong if first else small
            figures = QFontMetricsF(painter.font())
            figure = self.locale().toString(number)
            end = box.right() - 12 - figures.horizontalAdvance(figure)
            name_at, figure_at = box.left() + 12, end
            if self.isRightToLeft():
                name_at = box.right() - 12 - metrics.horizontalAdvance(name)
                figure_at = box.left() + 12
            painter.drawText(QPointF(name_at, y), name)
            painter.setPen(theme.color("text"))
            painter.drawText(QPointF(figure_at, y), figure)
            y += 20 if first else 18


class Sparkline(QWidget):
    """Small bars in a line: how a sender's trackers came over time."""

    def __init__(self, theme: Theme, counts: Sequence[int]) -> None:
        super().__init__()
        self._theme = theme
        self._counts = tuple(counts)
        self.setFixedSize(96, 22)
        self.setAccessibleName(", ".join(str(number) for number in counts))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        highest = max(self._counts, default=0) or 1
        wide = self.width() / max(1, len(self._counts))
        for index, number in enumerate(self._counts):
            at = len(self._counts) - 1 - index if self.isRightToLeft() else index
            height = max(1.0, number / highest * (self.height() - 2))
            tone = self._theme.chart(0 if number else 3)
            gap = 2 if wide > 4 else 0.5
            bar = QRectF(at * wide, self.height() - height, max(1.0, wide - gap), height)
            painter.fillRect(bar, tone)
        painter.end()


class ShareBar(QWidget):
    """A thin bar: how much of the most one vendor has."""

    def __init__(self, theme: Theme, share: float, *, known: bool) -> None:
        super().__init__()
        self._theme = theme
        self._share = max(0.0, min(1.0, share))
        self._known = known
        self.setFixedHeight(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        fill_rounded(painter, box, 2, self._theme.color("surface-hover"))
        part = QRectF(box)
        part.setWidth(max(4.0, box.width() * self._share))
        if self.isRightToLeft():
            part.moveRight(box.right())
        fill_rounded(painter, part, 2, self._theme.chart(0 if self._known else -1))
        painter.end()
