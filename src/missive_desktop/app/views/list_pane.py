"""The middle column: what place is shown, its filters, and the list or what stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.models.conversations import ConversationModel
from missive_desktop.app.presenters.place import INBOX, Filter, Kind, Place, Tab
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, TextButton, ground, label, plain_tip
from missive_desktop.app.views.conversation_list import ConversationList
from missive_desktop.app.views.quiet import EmptyList

_DRAWN = {Tab.UNASSIGNED: "inbox", Tab.OPEN: "circle", Tab.CLOSED: "circle-check"}
_TABS_FROM = 350  # pixels; in less, the menu has them all
_IN_MENU = {
    Tab.OTHERS: "users",
    Tab.SENT: "send",
    Tab.SPAM: "octagon-alert",
    Tab.TRASH: "trash-2",
}


class ListPane(QWidget):
    """`filtered` with a Filter; `ordered` with newest or best, for the results of a search;
    `tabbed` with a part of a space's conversations."""

    filtered = Signal(object)
    tabbed = Signal(object)
    ordered = Signal(str)

    def __init__(self, theme: Theme, model: ConversationModel) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "surface")
        self.list = ConversationList(theme, model)
        self.empty = EmptyList(theme)
        self._title = label(face="strong")
        self._chosen = label(face="small", tone="accent")
        self._filters = self._group(
            [(Filter.ALL.value, self.tr("All")), (Filter.UNREAD.value, self.tr("Unread")),
             (Filter.STARRED.value, self.tr("Starred"))]
        )  # fmt: skip
        self._orders = self._group([("newest", self.tr("Newest")), ("best", self.tr("Best match"))])
        self._filters.buttonClicked.connect(
            lambda button: self.filtered.emit(Filter(button.property("value")))
        )
        self._orders.buttonClicked.connect(
            lambda button: self.ordered.emit(button.property("value"))
        )
        self._tabs = self._group([(each.value, "") for each in _DRAWN])
        self._tabs.buttonClicked.connect(
            lambda button: self.tabbed.emit(Tab(button.property("value")))
        )
        self._more = IconButton(theme, "list-filter", self.tr("Other conversations of the team"))
        self._more.clicked.connect(self._open_more)
        self._where = label(face="small", tone="secondary")
        self._place = INBOX
        self._opened = 0
        self.show_counts(0, 0)
        self._lay_out()
        self.list.chosen.connect(self._show_chosen)

    def _group(self, entries: Sequence[tuple[str, str]]) -> QButtonGroup:
        group = QButtonGroup(self)
        for value, text in entries:
            button = TextButton(self._theme, text, "filter")
            button.setCheckable(True)
            button.setProperty("value", value)
            group.addButton(button)
        group.buttons()[0].setChecked(True)
        return group

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(20, 0, 12, 0)
        head.setSpacing(0)
        head.addWidget(self._title)
        head.addSpacing(8)
        head.addWidget(self._where)
        head.addWidget(self._chosen)
        head.addStretch(1)
        for group in (self._filters, self._orders, self._tabs):
            for button in group.buttons():
                head.addWidget(button)
        head.addSpacing(4)
        head.addWidget(self._more)
        bar = QWidget()
        bar.setLayout(head)
        bar.setFixedHeight(self._theme.size("list-header"))
        body = QWidget()
        self._layers = QStackedLayout(body)
        self._layers.addWidget(self.list)
        self._layers.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(body, 1)

    def show_head(self, place: Place, only: Filter) -> None:
        """Name the place and its filter; a search has orders instead."""
        self._title.setText(place.title)
        self._title.setToolTip(plain_tip(place.title))
        searching, space = place.kind is Kind.SEARCH, place.kind is Kind.SPACE
        plain = not searching and not space and place.kind not in (Kind.ASSIGNED, Kind.LABEL)
        for button in self._filters.buttons():
            starred = place.kind is Kind.STARRED and button.property("value") == "starred"
            button.setVisible(plain and not starred)
            if button.property("value") == only.value:
                button.setChecked(True)
        for button in self._orders.buttons():
            button.setVisible(searching)
        self._place = place
        self._more.setVisible(space)
        self._tabs.setExclusive(False)
        for button in self._tabs.buttons():
            button.setChecked(button.property("value") == place.tab.value)
        self._tabs.setExclusive(True)
        self._show_tabs()

    def _show_tabs(self) -> None:
        """Show the tabs where there is room; else, in words, the one that is listed."""
        space = self._place.kind is Kind.SPACE
        wide = self.width() >= _TABS_FROM and self._place.tab in _DRAWN
        for button in self._tabs.buttons():
            button.setVisible(space and wide and not self._chosen.text())
        where = self._called(self._place.tab)
        if self._place.tab is Tab.OPEN and self._opened:
            where = self.tr("%1 open").replace("%1", self.locale().toString(self._opened))
        self._where.setText(where if space and not wide and not self._chosen.text() else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_tabs()

    def show_counts(self, unassigned: int, opened: int) -> None:
        """Show how many wait and how many are open in the space that is listed."""
        self._opened = opened
        number = self.locale().toString
        counts = {Tab.UNASSIGNED: unassigned, Tab.OPEN: opened}
        for button in self._tabs.buttons():
            tab = Tab(button.property("value"))
            count = counts.get(tab, 0)
            button.setText(f"{self._called(tab)} {number(count)}" if count else self._called(tab))
        self._show_tabs()

    def _called(self, tab: Tab) -> str:
        return {
            Tab.UNASSIGNED: self.tr("Unassigned"),
            Tab.OPEN: self.tr("Open"),
            Tab.CLOSED: self.tr("Closed"),
            Tab.OTHERS: self.tr("Assigned to others"),
            Tab.SENT: self.tr("Sent"),
            Tab.SPAM: self.tr("Spam"),
            Tab.TRASH: self.tr("Trash"),
        }[tab]

    def _open_more(self) -> None:
        menu = QMenu(self)
        drawn = self._tabs.buttons()[0].isVisible()
        for tab, icon in (_IN_MENU if drawn else _DRAWN | _IN_MENU).items():
            action = menu.addAction(self._theme.icon(icon), self._called(tab))
            action.setCheckable(tab is self._place.tab)
            action.setChecked(tab is self._place.tab)
            action.triggered.connect(lambda _=False, tab=tab: self.tabbed.emit(tab))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def show_list(self, filled: bool) -> None:
        shown = self.list if filled else self.empty
        if self._layers.currentWidget() is not shown:
            # Before the other is hidden: else Qt gives the focus to the next widget it finds.
            hidden = self._layers.currentWidget()
            keep = hidden is not None and hidden.hasFocus()
            self._layers.setCurrentWidget(shown)
            if keep:
                shown.setFocus()

    def _show_chosen(self, count: int) -> None:
        text = self.tr("%1 selected").replace("%1", self.locale().toString(count))
        self._chosen.setText(text if count else "")
        self._show_tabs()
