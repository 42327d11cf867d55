"""The report's table of senders: who, by whose trackers, how often, over time, and the way out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.presenters.report_values import OTHERS, SenderLine
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Avatar, TextButton, ground, label, line, restyle
from missive_desktop.app.views.report_chart import Sparkline
from missive_desktop.app.views.small import OneLine

_WIDTHS = (0, 180, 118, 120, 76, 132)
_STRETCH = (10, 4, 0, 0, 0, 0)
_NARROW_HIDES = (1, 3)


class SenderTable(QFrame):
    """Rows as widgets: a report has a few dozen."""

    unsubscribe_asked = Signal(object)  # ids of messages are wider than Qt's int
    sought = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._narrow = False
        self._lines: tuple[SenderLine, ...] = ()
        self._over = ""
        ground(self, "raised")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)

    def show_senders(self, lines: Sequence[SenderLine], over: str) -> None:
        self._lines, self._over = tuple(lines), over
        self._fill()

    def set_narrow(self, narrow: bool) -> None:
        if narrow != self._narrow:
            self._narrow = narrow
            self._fill()

    def _fill(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        heads = (
            self.tr("By sender"),
            self.tr("Vendor"),
            self.tr("How often"),
            self._over,
            self.tr("Blocked"),
            "",
        )
        self._column.addWidget(
            self._row([label(text, face="small", tone="secondary") for text in heads], 36)
        )
        for each in self._lines:
            self._column.addWidget(line())
            self._column.addWidget(self._sender(each))

    def _row(self, cells: Sequence[QWidget], height: int) -> QWidget:
        row = _Row()
        row.setFixedHeight(height)
        grid = QGridLayout(row)
        grid.setContentsMargins(19, 0, 19, 0)
        grid.setHorizontalSpacing(16)
        for at, cell in enumerate(cells):
            if self._narrow and at in _NARROW_HIDES:
                cell.hide()
                cell.setParent(row)
                continue
            grid.setColumnMinimumWidth(at, _WIDTHS[at])
            grid.setColumnStretch(at, _STRETCH[at])
            side = Qt.AlignmentFlag.AlignRight if at in (4, 5) else Qt.AlignmentFlag(0)
            grid.addWidget(cell, 0, at, Qt.AlignmentFlag.AlignVCenter | side)
        return row

    def _sender(self, each: SenderLine) -> QWidget:
        who = QWidget()
        row = QHBoxLayout(who)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        avatar = Avatar(self._theme, self._theme.size("avatar-mail"))
        avatar.set_person(each.name, each.address)
        name = TextButton(
            self._theme, (each.name or each.address).replace("&", "&&"), "plain-strong"
        )
        name.setToolTip(self.tr("Show the mails"))
        name.clicked.connect(lambda: self.sought.emit(f"from:{each.address} is:tracked"))
        row.addWidget(avatar)
        row.addSpacing(4)
        row.addWidget(name)
        row.addWidget(OneLine(each.address if each.name else "", face="small", tone="secondary"), 1)
        named = [vendor for vendor in each.vendors if vendor != OTHERS]
        vendors = ", ".join(named[:3]) or self.tr("Not on any list")
        whole = self.tr("every mail") if each.tracked >= each.mails else ""
        often = whole or self.tr("{0} of {1} mails").format(
            self.locale().toString(each.tracked), self.locale().toString(each.mails)
        )
        cells = [
            who,
            OneLine(vendors, tone="secondary"),
            label(often, tone="secondary"),
            Sparkline(self._theme, each.over_time),
            label(self.locale().toString(each.blocked)),
            self._way_out(each),
        ]
        return self._row(cells, 48)

    def _way_out(self, each: SenderLine) -> QWidget:
        if each.left:
            return label(self.tr("Unsubscribed"), face="small", tone="secondary")
        if not each.leaves:
            return QWidget()
        button = TextButton(self._theme, self.tr("Unsubscribe"), "link")
        button.setAccessibleName(self.tr("Unsubscribe from {0}").format(each.name or each.address))
        button.clicked.connect(lambda: self.unsubscribe_asked.emit(each.leaves))
        return button


class _Row(QWidget):
    """A row that is tinted under the pointer."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        restyle(self, "ground", "hover")

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        restyle(self, "ground", "")
