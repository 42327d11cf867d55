"""Paints one row of the conversation list, as a value in and pixels out.

Three lines when comfortable (names and time; subject and glyphs; chips, then snippet), two when
compact. Baselines are computed, so two sizes of type stand on one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from missive_desktop.app.presenters.rows import Chip, Row
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.dates import until_time
from missive_desktop.app.views.painting import (
    draw_avatar,
    draw_check,
    draw_square,
    draw_text,
    fill_rounded,
)

_tr = QCoreApplication.translate
MOST_PEOPLE = 3
LEFT = 64  # of the text; the avatar stands before it
LEFT_COMPACT = 20
RIGHT = 16
AVATAR = 20
ACTS = (
    ("archive", "Archive"),
    ("mail-open", "Mark as read"),
    ("star", "Star"),
    ("trash-2", "Trash"),
)
SHARED_ACTS = (
    ("archive", "Archive for yourself"),
    ("alarm-clock", "Snooze"),
    ("user-plus", "Assign"),
    ("trash-2", "Trash for all"),
)
ACT_NAMES = {
    "archive": "archive", "mail-open": "read", "star": "star", "trash-2": "trash",
    "alarm-clock": "snooze", "user-plus": "assign",
}  # fmt: skip


def acts_of(row: Row) -> tuple[tuple[str, str], ...]:
    """Return the hover acts of a row: icon and words of each."""
    return SHARED_ACTS if row.shared is not None else ACTS


class Look(NamedTuple):
    """How a row is to be shown; with the row itself, the key of its pixmap."""

    width: int
    compact: bool = False
    selected: bool = False
    marking: bool = False  # several are being chosen: the avatar is a check box
    focused: bool = False
    hovered: bool = False
    divider: bool = True
    mirrored: bool = False
    hot: int = -1  # the hover act under the pointer


def acts_box(theme: Theme, width: int, *, compact: bool, mirrored: bool) -> QRectF:
    """Return where the hover acts stand in a row of this width."""
    side = theme.size("row-action")
    box_width = side * len(ACTS) + 4
    top = 11.0 if compact else 10.0
    left = RIGHT if mirrored else width - RIGHT - box_width
    return QRectF(left, top, box_width, side + 4)


def act_at(theme: Theme, width: int, x: float, y: float, *, compact: bool, mirrored: bool) -> int:
    """Return which hover act is at a point of the row, or -1."""
    box = acts_box(theme, width, compact=compact, mirrored=mirrored)
    if not box.contains(QPointF(x, y)):
        return -1
    return min(int((x - box.left() - 2) // theme.size("row-action")), len(ACTS) - 1)


class RowPainter:
    """Knows where everything stands in a row. `terms` are the search words to mark."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.terms: tuple[str, ...] = ()

    def height(self, *, compact: bool) -> int:
        return self._theme.size("row-compact" if compact else "row-comfortable")

    def paint(self, painter: QPainter, row: Row, time: str, look: Look) -> None:
        """Paint a row with its top left at 0, 0."""
        theme = self._theme
        height = self.height(compact=look.compact)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        ground = self._ground(painter, look, height)
        if row.unread:
            dot = theme.size("unread-dot")
            x, y = (7.0, 17.0) if look.compact else (9.0, 21.0)
            box = self._box(QRectF(x, y, dot, dot), look)
            fill_rounded(painter, box, dot / 2, theme.color("accent-mark"))
        if look.compact:
            self._compact(painter, row, time, look)
        else:
            self._avatar(painter, row, look)
            self._comfortable(painter, row, time, look)
        if look.hovered:
            self._acts(painter, row, look)
        if look.divider and not look.selected and not look.hovered:
            left = LEFT_COMPACT if look.compact else LEFT
            line = self._box(QRectF(left, height - 1, look.width - left - RIGHT, 1), look)
            painter.fillRect(line, theme.color("hairline"))
        if look.focused:
            painter.setPen(QPen(theme.color("accent-mark"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), 7, 7)

    # -- parts

    def _ground(self, painter: QPainter, look: Look, height: int) -> QRectF:
        theme = self._theme
        inset = theme.size("row-inset")
        box = QRectF(inset, 0, look.width - 2 * inset, height)
        if look.selected or look.hovered:
            color = theme.color("accent-soft" if look.selected else "surface-hover")
            fill_rounded(painter, box, theme.radius(), color)
        return box

    def _avatar(self, painter: QPainter, row: Row, look: Look) -> None:
        edge = self._theme.size("avatar-row")
        box = self._box(QRectF(AVATAR, 9, edge, edge), look)
        if look.marking:
            check = QRectF(box.center().x() - 8, box.center().y() - 8, 16, 16)
            draw_check(painter, self._theme, check, on=look.selected)
        else:
            draw_avatar(painter, self._theme, box, row.person.name, row.person.email)

    def _comfortable(self, painter: QPainter, row: Row, time: str, look: Look) -> None:
        right = float(look.width - RIGHT)
        if look.hovered:
            box = acts_box(self._theme, look.width, compact=False, mirrored=False)
            right_first = right_second = box.left() - 8
        else:
            right_first = self._time(painter, time, right, 23, look) - 8
            right_second = self._glyphs(painter, row, right, 41, look)
        self._names(painter, row, LEFT, right_first, 23, look)
        self._subject(painter, row, LEFT, right_second, 41, look)
        left = self._chips(painter, row, LEFT, 58, right, look)
        right = self._assignees(painter, row, right, 54, look)
        self._text(painter, left, right, 58, row.snippet, "small", "text-secondary", look)

    def _compact(self, painter: QPainter, row: Row, time: str, look: Look) -> None:
        right = float(look.width - RIGHT)
        if look.marking:
            check = self._box(QRectF(look.width - RIGHT - 16, 26, 16, 16), look)
            draw_check(painter, self._theme, check, on=look.selected)
        second = right - 24 if look.marking else right
        if not look.hovered:
            second = self._assignees(painter, row, second, 37, look)
        if look.hovered:
            first = acts_box(self._theme, look.width, compact=True, mirrored=False).left() - 8
            second = first
        else:
            first = self._time(painter, time, right, 21, look) - 8
            first = self._glyphs(painter, row, first, 21, look)
            first = self._dots(painter, row, first, 21, look)
        self._names(painter, row, LEFT_COMPACT, first, 21, look)
        left = self._chips(painter, row, LEFT_COMPACT, 41, second, look)
        end = self._subject(painter, row, left, second, 41, look)
        if second - end > 40:
            self._text(painter, end + 6, second, 41, row.snippet, "body", "text-secondary", look)

    def _names(
        self, painter: QPainter, row: Row, left: float, right: float, y: float, look: Look
    ) -> None:
        count = str(row.count) if row.count > 1 else ""
        room = self._width(count, "small") + 6 if count else 0.0
        end = self._text(
            painter, left, right - room, y, row.names, "body", "text", look, strong=row.unread
        )
        if count:
            self._text(painter, end + 6, right + 1, y, count, "small", "text-tertiary", look)

    def _subject(
        self, painter: QPainter, row: Row, left: float, right: float, y: float, look: Look
    ) -> float:
        text, color = row.subject, "text"
        if not text:
            text, color = _tr("RowPainter", "(no subject)"), "text-tertiary"
        return self._text(painter, left, right, y, text, "body", color, look, strong=row.unread)

    def _time(self, painter: QPainter, time: str, right: float, y: float, look: Look) -> float:
        width = self._theme.metrics("small").horizontalAdvance(time)
        left = right - width
        self._text(painter, left, right + 2, y, time, "small", "text-tertiary", look)
        return left

    def _glyphs(self, painter: QPainter, row: Row, right: float, y: float, look: Look) -> float:
        """Draw star, paperclip, comments and shield from the right; return where text must end."""
        glyphs: list[tuple[str, str, str]] = []
        if row.trackers:
            glyphs.append(("shield", "text-secondary", str(row.trackers)))
        shared = row.shared
        if shared is not None and shared.comments:
            color = "accent-mark" if shared.unread_comments else "text-secondary"
            glyphs.append(("message-square", color, str(shared.comments)))
        if row.attachments:
            glyphs.append(("paperclip", "text-secondary", ""))
        if row.starred:
            glyphs.append(("star", "label-yellow", ""))
        if shared is not None and shared.trouble:
            glyphs.append(("triangle-alert", "warning", ""))
        elif shared is not None and shared.pending:
            glyphs.append(("clock", "text-tertiary", ""))
        size = self._theme.size("icon-small")
        for name, color, number in glyphs:
            if number:
                right -= self._width(number, "small")
                self._text(painter, right, right + 40, y, number, "small", "text-secondary", look)
                right -= 3
            right -= size
            box = self._box(QRectF(right, y - 4.5 - size / 2, size, size), look)
            ratio = painter.device().devicePixelRatioF()
            pixmap = self._theme.pixmap(name, color, size, ratio=ratio, filled=name == "star")
            painter.drawPixmap(box.topLeft(), pixmap)
            right -= 8
        return right

    def _dots(self, painter: QPainter, row: Row, right: float, y: float, look: Look) -> float:
        """Draw the labels of a compact row as dots."""
        for chip in reversed([each for each in row.chips[:3] if each.color and not each.square]):
            box = self._box(QRectF(right - 8, y - 8.5, 8, 8), look)
            fill_rounded(painter, box, 4, self._theme.label(chip.color))
            right -= 14
        return right

    def _assignees(self, painter: QPainter, row: Row, right: float, y: float, look: Look) -> float:
        """Draw who has it, and who looks at it now with a dot; return where text must end."""
        shared = row.shared
        people = [*shared.assignees] if shared is not None else []
        here = shared.here if shared is not None else ()
        people += [person for person in here if person not in people]
        edge = self._theme.size("avatar-assignee")
        if len(people) > MOST_PEOPLE:
            more = f"+{len(people) - MOST_PEOPLE}"
            right -= self._width(more, "small")
            self._text(painter, right, right + 40, y + 4.5, more, "small", "text-tertiary", look)
            right -= 4
        for person in reversed(people[:MOST_PEOPLE]):
            right -= edge
            box = self._box(QRectF(right, y - edge / 2, edge, edge), look)
            draw_avatar(painter, self._theme, box, person.name, person.email)
            if person in here:
                self._presence(painter, box, look)
            right -= 3
        return right - 5 if people else right

    def _presence(self, painter: QPainter, box: QRectF, look: Look) -> None:
        theme = self._theme
        ground = "accent-soft" if look.selected else "surface-hover" if look.hovered else "surface"
        dot = QRectF(box.right() - 6, box.bottom() - 6, 7, 7)
        painter.setPen(QPen(theme.color(ground), 1.5))
        painter.setBrush(theme.color("success"))
        painter.drawEllipse(dot)

    def _chips(
        self, painter: QPainter, row: Row, left: float, y: float, right: float, look: Look
    ) -> float:
        """Draw the word Draft, until when it is put off, the chips; return where text begins."""
        if row.draft:
            text = _tr("RowPainter", "Draft")
            left = self._text(painter, left, right, y, text, "small", "danger", look) + 8
        shared = row.shared
        if shared is not None and shared.typing:
            text = _tr("RowPainter", "Typing…")
            left = self._text(painter, left, right, y, text, "small", "success", look) + 8
        if shared is not None and shared.snoozed:
            left = self._snoozed(painter, shared.snoozed, left, y, right, look)
        for chip in row.chips[:2]:
            if look.compact:
                break
            left = self._chip(painter, chip, left, y, right, look)
        return left

    def _snoozed(
        self, painter: QPainter, until: int, left: float, y: float, right: float, look: Look
    ) -> float:
        theme = self._theme
        text = "" if look.compact else until_time(until)
        size = theme.size("icon-small")
        width = size + (10 + self._width(text, "small") + 6 if text else 0)
        if right - left < width + 40:
            return left
        box = self._box(QRectF(left, y - 13, width, theme.size("chip-row")), look)
        if text:
            fill_rounded(painter, box, 4, theme.color("warning-soft"))
        inner = 5.0 if text else 0.0
        icon = self._box(QRectF(left + inner, y - 4.5 - size / 2, size, size), look)
        ratio = painter.device().devicePixelRatioF()
        picture = theme.pixmap("alarm-clock", "warning", size, ratio=ratio)
        painter.drawPixmap(icon.topLeft(), picture)
        start = left + inner + size + 4
        self._text(painter, start, right, y, text, "small", "warning", look)
        return left + width + 8

    def _chip(
        self, painter: QPainter, chip: Chip, left: float, y: float, right: float, look: Look
    ) -> float:
        theme = self._theme
        height = theme.size("chip-row")
        before = 21.0 if chip.square else 19.0 if chip.color else 6.0
        whole = self._width(chip.text, "small")
        width = min(whole, 110.0, right - left - before - 7)
        if width < min(whole, 24):
            return left
        box = self._box(QRectF(left, y - 13, before + width + 7, height), look)
        line = theme.color("accent-soft-line" if look.selected else "hairline")
        painter.setPen(QPen(line, 1))
        painter.setBrush(theme.color("accent-soft" if look.selected else "surface"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)
        if chip.square:
            mark = self._box(QRectF(left + 4, y - 10, 12, 12), look)
            draw_square(painter, theme, mark, chip.text, chip.color)
        elif chip.color:
            dot = self._box(QRectF(left + 6, y - 8, 8, 8), look)
            fill_rounded(painter, dot, 4, theme.label(chip.color))
        end = left + before + width
        self._text(painter, left + before, end + 2, y, chip.text, "small", "text-secondary", look)
        return end + 7 + 8

    def _acts(self, painter: QPainter, row: Row, look: Look) -> None:
        theme = self._theme
        box = acts_box(theme, look.width, compact=look.compact, mirrored=look.mirrored)
        painter.setPen(QPen(theme.color("hairline-strong"), 1))
        painter.setBrush(theme.color("surface-raised"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 7.5, 7.5)
        side, size = theme.size("row-action"), theme.size("icon")
        ratio = painter.device().devicePixelRatioF()
        for index, (name, _) in enumerate(acts_of(row)):
            cell = QRectF(box.left() + 2 + index * side, box.top() + 2, side, side)
            hot = index == look.hot
            if hot:
                fill_rounded(painter, cell, 6, theme.color("surface-hover"))
            icon = "mail" if name == "mail-open" and not row.unread else name
            filled = name == "star" and row.starred
            color = "label-yellow" if filled else "text" if hot else "text-secondary"
            corner = cell.center() - QPointF(size / 2, size / 2)
            painter.drawPixmap(corner, theme.pixmap(icon, color, size, ratio=ratio, filled=filled))

    # -- text and mirroring

    def _box(self, box: QRectF, look: Look) -> QRectF:
        if look.mirrored:
            return QRectF(look.width - box.right(), box.top(), box.width(), box.height())
        return box

    def _width(self, text: str, face: str) -> float:
        return self._theme.metrics(face).horizontalAdvance(text)

    def _text(
        self,
        painter: QPainter,
        left: float,
        right: float,
        baseline: float,
        text: str,
        face: str,
        color: str,
        look: Look,
        *,
        strong: bool = False,
    ) -> float:
        """Draw one elided line; return where it ends."""
        if right - left < 8 or not text:
            return left
        metrics = self._theme.metrics(face, strong=strong)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, right - left)
        width = metrics.horizontalAdvance(shown)
        box = self._box(QRectF(left, baseline, width, 0), look)
        font = self._theme.font(face, strong=strong)
        marks = self._marks(shown) if face in ("body", "small") and self.terms else ()
        draw_text(painter, box.topLeft(), shown, font, self._theme.color(color), marks, self._mark)
        return left + width

    @property
    def _mark(self) -> tuple[QColor, QColor]:
        return self._theme.color("highlight"), self._theme.color("highlight-text")

    def _marks(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where search words begin in the text, each with the length to mark."""
        found: list[tuple[int, int]] = []
        lower = text.lower()
        if len(lower) != len(text):  # a letter that grows: positions would not fit
            return found
        for term in self.terms:
            start = lower.find(term)
            while start >= 0:
                if start == 0 or not lower[start - 1].isalnum() or not term.isascii():
                    end = start + len(term)
                    found.append((start, end - start))
                start = lower.find(term, start + len(term))
        return found
