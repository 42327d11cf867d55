"""The middle column: what place is shown, its filters, and the list or what stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from missive_desktop.app.models.conversations import ConversationModel
from missive_desktop.app.presenters.place import Filter, Kind, Place
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, ground, label
from missive_desktop.app.views.conversation_list import ConversationList
from missive_desktop.app.views.quiet import EmptyList


class ListPane(QWidget):
    """`filtered` with a Filter; `ordered` with newest or best, for the results of a search."""

    filtered = Signal(object)
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
        head.addWidget(self._chosen)
        head.addStretch(1)
        for group in (self._filters, self._orders):
            for button in group.buttons():
                head.addWidget(button)
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
        searching = place.kind is Kind.SEARCH
        for button in self._filters.buttons():
            starred = place.kind is Kind.STARRED and button.property("value") == "starred"
            button.setVisible(not searching and not starred)
            if button.property("value") == only.value:
                button.setChecked(True)
        for button in self._orders.buttons():
            button.setVisible(searching)

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
