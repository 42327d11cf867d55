"""The strip at the lower edge of a mail: where the link under the pointer or the focus leads.

The registrable domain stands out, what is left of the address is dim and gives way; under it
stands what there is to know. It takes no clicks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QCursor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.painting import fill_rounded

if TYPE_CHECKING:  # what examines links is not needed for the first paint
    from missive_desktop.app.presenters.opening import Seen

LINGER = 120  # ms after the pointer left a link: going on to the next one shall not flicker
MARGIN = 8
PAD = 10
GAP = 8

_Run = tuple[str, QFont, QColor]


class LinkStrip(QWidget):
    """A child of what it lies over; raised whenever it is shown."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._seen: Seen | None = None
        self._remark = ""
        self._leave = QTimer(self, singleShot=True, interval=LINGER)
        self._leave.timeout.connect(self.hide)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self.update)
        self.hide()

    def show_link(self, seen: Seen) -> None:
        """Say where this link leads."""
        self._leave.stop()
        self._seen = seen
        self._remark = self.remark(seen)
        address = "".join(seen.written)
        said = f"{address}. {self._remark}" if self._remark else address
        self.setAccessibleName(said)
        self.place()
        self.show()
        self.raise_()
        self.update()
        if seen.link.warnings or seen.link.refused:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def leave(self) -> None:
        """The link is left: soon nothing is said."""
        self._leave.start()

    def remark(self, seen: Seen) -> str:
        """Return what there is to know about a link, in one line."""
        link = seen.link
        if link.refused:
            return link.refused
        said = [caution.text for caution in link.warnings]
        if link.through:
            said.append(self.tr("Goes through {0}, which counts the click").format(link.through))
        if link.skipped:
            said.append(self.tr("Goes around {0}").format(", ".join(link.skipped)))
        if link.cut and link.kind == "web":
            many = self.tr("{0} tracking parts are cut").format(len(link.cut))
            said.append(many if len(link.cut) > 1 else self.tr("1 tracking part is cut"))
        return " · ".join(each.rstrip(".") for each in said)

    # -- where it stands

    def place(self) -> None:
        """Stand at the lower edge, or at the upper one where the pointer would be covered."""
        area = self.parentWidget()
        if self._seen is None or area is None:
            return
        width = min(round(self._wanted()), area.width() - 2 * MARGIN)
        small = self._remark_height(width - 2 * PAD - self._icon_room()) if self._remark else 0
        height = self._theme.line("body") + small + 2 * MARGIN - 2
        mirrored = self.isRightToLeft()
        left = area.width() - MARGIN - width if mirrored else MARGIN
        top = area.height() - MARGIN - height
        pointer = area.mapFromGlobal(QCursor.pos())
        if top - GAP <= pointer.y() <= area.height() and left <= pointer.x() <= left + width:
            top = MARGIN
        self.setGeometry(left, top, max(width, 40), height)

    def _remark_height(self, width: int) -> int:
        """Return the room that the remark takes: one line, or two where one is too short."""
        needed = self._theme.metrics("small").horizontalAdvance(self._remark)
        return self._theme.line("small") * (1 if needed <= width else 2) + 2

    def _wanted(self) -> float:
        first = sum(QFontMetricsF(font).horizontalAdvance(text) for text, font, _ in self._runs())
        second = self._theme.metrics("small").horizontalAdvance(self._remark)
        return float(max(first, second)) + self._icon_room() + 2 * PAD + 4

    # -- how it looks

    def _tone(self) -> str:
        link = self._seen.link if self._seen is not None else None
        if link is not None and (link.refused or link.doubtful):
            return "danger"
        return "warning" if link is not None and link.warnings else "text-secondary"

    def _icon(self) -> str:
        link = self._seen.link if self._seen is not None else None
        if link is None or link.refused:
            return "ban"
        if link.warnings:
            return "triangle-alert"
        return {"mail": "mail", "phone": "phone"}.get(link.kind, "globe")

    def _icon_room(self) -> int:
        return self._theme.size("icon") + GAP

    def _runs(self) -> list[_Run]:
        """Return the parts of the address, each in its face."""
        if self._seen is None:
            return []
        before, domain, after = self._seen.written
        dim = self._theme.color("text-secondary")
        plain, strong = self._theme.font("body"), self._theme.font("body", strong=True)
        color = self._theme.color("text")
        return [(before, plain, dim), (domain, strong, color), (after, plain, dim)]

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        box = QRectF(self.rect())
        fill_rounded(painter, box, theme.radius(), theme.color("hairline-strong"))
        inner = box.adjusted(1, 1, -1, -1)
        fill_rounded(painter, inner, theme.radius() - 1, theme.color("surface-raised"))
        mirrored = self.isRightToLeft()
        edge = theme.size("icon")
        room = self._icon_room()
        top = MARGIN - 1
        line = theme.line("body")
        at = round(box.width()) - PAD - edge if mirrored else PAD
        mark = theme.pixmap(self._icon(), self._tone(), edge)
        painter.drawPixmap(QPoint(at, top + (line - edge) // 2), mark)
        left = PAD if mirrored else PAD + room
        width = box.width() - 2 * PAD - room
        self._draw_address(painter, QRectF(left, top, width, line))
        if self._remark:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color(self._tone()))
            below = QRectF(left, top + line + 2, width, box.height() - top - line - MARGIN)
            side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
            flags = side | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(below, flags, self._remark)
        painter.end()

    def _draw_address(self, painter: QPainter, place: QRectF) -> None:
        """Draw the address from left to right in every language; the domain is never cut first."""
        runs = self._runs()
        widths = [QFontMetricsF(font).horizontalAdvance(text) for text, font, _ in runs]
        rest = place.width() - widths[1]
        after = max(rest - min(widths[0], max(rest * 0.4, rest - widths[2])), 0.0)
        rooms = (max(rest - min(after, widths[2]), 0.0), place.width(), after)
        modes = (
            Qt.TextElideMode.ElideLeft,
            Qt.TextElideMode.ElideLeft,
            Qt.TextElideMode.ElideMiddle,
        )
        x = place.left()
        if self.isRightToLeft():
            x = max(x, place.right() - widths[0] - widths[1] - widths[2])
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        for (text, font, color), room, mode in zip(runs, rooms, modes, strict=True):
            metrics = QFontMetricsF(font)
            shown = text
            if metrics.horizontalAdvance(text) > room + 0.5:
                shown = metrics.elidedText(text, mode, room)
            painter.setFont(font)
            painter.setPen(color)
            box = QRectF(x, place.top(), place.right() - x + 4, place.height())
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags | Qt.TextFlag.TextSingleLine, shown)
            x += metrics.horizontalAdvance(shown)
