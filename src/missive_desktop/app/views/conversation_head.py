"""The subject of a conversation, the chips under it, and with whom it is shared."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from missive_desktop.app.presenters.shown import Header, SpaceHeader
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, ground, line, plain_tip
from missive_desktop.app.views.dates import until_time
from missive_desktop.app.views.painting import draw_avatar, draw_square, fill_rounded
from missive_desktop.app.views.small import OneLine
from missive_desktop.app.views.space_words import people_of, shared_with

MARGIN = 20
_MOST_LABELS = 4
_MOST_PEOPLE = 3


class ConversationHead(QWidget):
    """`asked` names a chip that was clicked (space, label, assign, snooze, people), and itself."""

    asked = Signal(str, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "page")
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inner = QVBoxLayout()
        inner.setContentsMargins(MARGIN, 16, MARGIN, 12)
        inner.setSpacing(8)
        self._subject = OneLine(face="title")
        self._subject.setFixedHeight(theme.line("title"))
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        inner.addWidget(self._subject)
        inner.addLayout(self._chips)
        column.addLayout(inner)
        column.addWidget(line())
        self._header: Header | None = None
        self._shared: TextButton | None = None
        self.setFixedHeight(theme.size("conversation-header") + 1)

    def set_header(self, header: Header) -> None:
        if header == self._header:
            return
        self._header = header
        self._shared = None
        self._subject.setText(header.subject or self.tr("(no subject)"))
        while (item := self._chips.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for chip in header.chips:
            self._chips.addWidget(Chip(self._theme, chip.text, chip.color))
        if header.space is not None:
            self._add_space(header.space)
        else:
            self._chips.addStretch(1)

    def _add_space(self, space: SpaceHeader) -> None:
        self._add("space", Chip(self._theme, space.name, space.color, shape="square"))
        for mark in space.labels[:_MOST_LABELS]:
            self._add("label", Chip(self._theme, mark.name, mark.color))
        more = len(space.labels) - _MOST_LABELS
        if more > 0:
            self._add("label", Chip(self._theme, self.tr("%1 more").replace("%1", str(more))))
        for each in space.assignees[:_MOST_PEOPLE]:
            name = each.name if len(space.assignees) < _MOST_PEOPLE else ""
            chip = Chip(self._theme, name, each.email, shape="person", whole=each.name)
            chip.setToolTip(plain_tip(each.name))
            chip.setAccessibleName(self.tr("Assigned to {0}").format(each.name))
            self._add("assign", chip)
        others = space.assignees[_MOST_PEOPLE:]
        if others:
            chip = Chip(self._theme, f"+{len(others)}")
            names = ", ".join(each.name for each in others)
            chip.setToolTip(plain_tip(names))
            chip.setAccessibleName(self.tr("Assigned to {0}").format(names))
            self._add("assign", chip)
        if space.snoozed:
            text = until_time(space.snoozed)
            self._add("snooze", Chip(self._theme, text, "alarm-clock", shape="icon"))
        if space.pending:
            chip = Chip(self._theme, self.tr("On its way"), "clock", shape="icon")
            chip.setToolTip(self.tr("The team does not have all of this yet: it goes by itself."))
            self._chips.addWidget(chip)
        self._chips.addStretch(1)
        shared = TextButton(self._theme, "", "shared", icon="users")
        shared.setToolTip(plain_tip(people_of(space)))
        shared.clicked.connect(lambda: self.asked.emit("people", shared))
        self._chips.addWidget(shared)
        self._shared = shared
        self._fit()

    def _fit(self) -> None:
        """Where there is no room for it, the number stands for the words; then names are cut."""
        space = self._header.space if self._header is not None else None
        if self._shared is None or space is None:
            return
        words = shared_with(space)
        self._shared.setText(words)
        wanted = sum(part.sizeHint().width() + self._chips.spacing() for part in self.parts)
        if wanted > self.width() - 2 * MARGIN:
            self._shared.setText(str(len(space.people)))
            self._shared.setAccessibleName(words)

    @property
    def parts(self) -> list[QWidget]:
        """What stands under the subject, in its order."""
        items = (self._chips.itemAt(index) for index in range(self._chips.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if widget is not None]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _add(self, name: str, chip: Chip) -> None:
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        chip.clicked.connect(lambda: self.asked.emit(name, chip))
        self._chips.addWidget(chip)


class Chip(QAbstractButton):
    """A neutral label: before its text a dot, a team's square, a person's circle or an icon.

    `color` is a label colour, an address for a person, a name for an icon.
    """

    def __init__(
        self, theme: Theme, text: str, color: str = "", *, shape: str = "dot", whole: str = ""
    ) -> None:
        """`whole` is the name that the text is short for."""
        super().__init__()
        self._whole = whole or text
        self._theme = theme
        self._text = text
        self._color = color
        self._shape = shape
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(text)
        self.setFixedHeight(theme.size("chip"))
        self.setMaximumWidth(200)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def _before(self) -> int:
        return (
            {"dot": 20, "square": 24, "person": 24, "icon": 24}[self._shape] if self._color else 7
        )

    def sizeHint(self) -> QSize:
        if not self._text:
            return QSize(self._before, self._theme.size("chip"))
        width = self._theme.metrics("small").horizontalAdvance(self._text)
        return QSize(min(200, round(width + 0.5) + self._before + 8), self._theme.size("chip"))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), self._before + 28), self._theme.size("chip"))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        box = QRectF(self.rect())
        radius = theme.radius("small")
        warns = self._shape == "icon" and self._color != "clock"
        fill_rounded(painter, box, radius, theme.color("warning-soft" if warns else "hairline"))
        inner = box.adjusted(1, 1, -1, -1)
        near = self.underMouse() and self.focusPolicy() != Qt.FocusPolicy.NoFocus
        if not warns:
            fill = theme.color("surface-hover" if near else "surface-raised")
            fill_rounded(painter, inner, radius - 1, fill)
        self._mark(painter, box)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("warning" if warns else "text-secondary"))
        rtl = self.isRightToLeft()
        before, after = self._before, 7
        area = box.adjusted(after if rtl else before, 0, -before if rtl else -after, 0)
        metrics = theme.metrics("small")
        text = metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, area.width() + 1)
        leading = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, leading | Qt.TextFlag.TextDontClip, text)
        painter.end()

    def _mark(self, painter: QPainter, box: QRectF) -> None:
        if not self._color:
            return
        edge = 8 if self._shape == "dot" else 14
        left = 7 if self._shape == "dot" else 5
        x = box.width() - left - edge if self.isRightToLeft() else left
        mark = QRectF(x, box.center().y() - edge / 2, edge, edge)
        match self._shape:
            case "square":
                draw_square(painter, self._theme, mark, self._text, self._color)
            case "person":
                draw_avatar(painter, self._theme, mark, self._whole, self._color)
            case "icon":
                ratio = self.devicePixelRatioF()
                tone = "text-secondary" if self._color == "clock" else "warning"
                picture = self._theme.pixmap(self._color, tone, edge, ratio=ratio)
                painter.drawPixmap(mark.topLeft(), picture)
            case _:
                fill_rounded(painter, mark, 4, self._theme.label(self._color))
