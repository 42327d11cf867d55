"""The conversation list: a table view of one column, with rows of one height.

A table with fixed sections takes an insert among 100,000 rows in less than a millisecond, where
a list view lays out all rows anew. Rows are painted once into pixmaps, the last 300 are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QTableView,
    QToolTip,
)

from missive_desktop.app.models.conversations import ConversationModel
from missive_desktop.app.presenters.rows import Row
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import plain_tip
from missive_desktop.app.views.expected import Expected
from missive_desktop.app.views.overlay_bar import OverlayBar
from missive_desktop.app.views.row_delegate import Hover, RowDelegate
from missive_desktop.app.views.row_painter import ACT_NAMES, Look, RowPainter, acts_of

_Flag = QItemSelectionModel.SelectionFlag


class ConversationList(QTableView):
    """Shows the model; says which conversation is current and which act was asked for."""

    opened = Signal(int)  # the current conversation, 0 for none
    entered_row = Signal(int)  # Enter or o: go to the conversation
    act = Signal(str, list)  # the name of a hover act, and conversations
    chosen = Signal(int)  # how many are marked, 0 when none
    left = Signal(int)  # the open conversation, when it leaves the list; 0 when it is back

    def __init__(self, theme: Theme, model: ConversationModel) -> None:
        super().__init__()
        self._theme = theme
        self._rows = model
        self._compact = False
        self._marking = False
        self._hover = Hover(theme, self)
        self._delegate = RowDelegate(theme, model, self, self.look)
        self._current_id = 0
        self._away = -1  # the row where what is open stood, while it is not in the list
        self.expected = Expected()  # one acts on these oneself
        self._updating = False
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._set_up()
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        theme.changed.connect(self._look_changed)

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Conversations"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bar = OverlayBar(self)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._look_changed()

    # -- what is shown

    @property
    def row_painter(self) -> RowPainter:
        return self._delegate.painter

    def set_compact(self, compact: bool) -> None:
        if compact != self._compact:
            self._compact = self._hover.compact = compact
            self._look_changed()

    def set_terms(self, terms: Sequence[str]) -> None:
        """Mark these words, found by a search."""
        words = tuple(term.lower() for term in terms if term)
        if words != self.row_painter.terms:
            self.row_painter.terms = words
            self._look_changed()

    def update_ids(self, ids: Sequence[int], stale: Collection[int] = ()) -> None:
        """Go to a new order, keeping the row at the top, the current one and what is marked.

        What somebody else takes out of the list stays open; after an act of one's own the next
        is opened.
        """
        bar = self.verticalScrollBar()
        height = self.row_painter.height(compact=self._compact)
        top = bar.value() // height
        anchor = self._rows.ids[top] if bar.value() and top < len(self._rows.ids) else 0
        offset = bar.value() - top * height
        current = self.currentIndex().row()
        self._updating = True  # Qt chooses another current row before ours is gone
        self._rows.update_ids(ids, stale)
        self._updating = False
        if anchor and (position := self._rows.index_of(anchor)) >= 0:
            bar.setValue(position * height + offset)
        if self._current_id and not self._marking:
            self._follow(current)

    def _follow(self, row: int) -> None:
        """Keep what is open current, or open, or go on to what stands in its place."""
        item = self._current_id
        if self._rows.index_of(item) >= 0:
            if self._away >= 0:
                self._away = -1
                self._updating = True
                self.set_current(item)
                self._updating = False
                self.left.emit(0)
        elif item in self.expected or not self._rows.exists(item):
            self.expected.drop(item)
            self._take_neighbour(row if self._away < 0 else self._away)
        elif self._away < 0:
            self._away = row
            self._updating = True
            self.selectionModel().clear()
            self._updating = False
            self.left.emit(item)

    def show_other(self, ids: Sequence[int], current: int = 0) -> None:
        """Show another place from its top."""
        before, self._current_id = self._current_id, 0
        self._away = -1
        self._set_marking(False)
        self._updating = True
        self._rows.show_other(ids)
        self._updating = False
        self.scrollToTop()
        if current:
            self.set_current(current)
        elif before:
            self.opened.emit(0)

    def set_current(self, conversation: int) -> None:
        position = self._rows.index_of(conversation)
        if position >= 0:
            index = self._rows.index(position, 0)
            self.selectionModel().setCurrentIndex(index, _Flag.ClearAndSelect | _Flag.Rows)

    @property
    def current(self) -> int:
        index = self.currentIndex()
        if index.isValid():
            return self._rows.ids[index.row()]
        return self._current_id if self._away >= 0 else 0

    def row_box(self, conversation: int) -> QRect:
        """Return where a row stands in the viewport; its top line where it is not in sight."""
        box = self.visualRect(self._rows.index(max(0, self._rows.index_of(conversation)), 0))
        return box if self.viewport().rect().intersects(box) else QRect(0, 0, self.width(), 0)

    def targets(self) -> list[int]:
        """Return the conversations that an act is about: the marked ones, else the current."""
        if self._marking:
            return [self._rows.ids[index.row()] for index in self.selectionModel().selectedRows()]
        return [self.current] if self.current else []

    def rows_of(self, conversations: Collection[int]) -> list[Row]:
        rows = (self._rows.row_of(conversation) for conversation in conversations)
        return [row for row in rows if row is not None]

    # -- moving and marking

    def step(self, by: int) -> None:
        """Make the next (1) or the previous (-1) row current."""
        count = len(self._rows.ids)
        if not count:
            return
        row = self.currentIndex().row()
        if row < 0 <= self._away:
            row = self._away - (by > 0)  # the next one stands where it stood
        target = min(max(row + by, 0), count - 1) if row >= 0 else 0
        flags = _Flag.NoUpdate if self._marking else _Flag.ClearAndSelect | _Flag.Rows
        self.selectionModel().setCurrentIndex(self._rows.index(target, 0), flags)
        self.viewport().update()

    def toggle_mark(self) -> None:
        """Mark or unmark the current row (x)."""
        index = self.currentIndex()
        if not index.isValid():
            return
        if self._marking:
            self.selectionModel().select(index, _Flag.Toggle | _Flag.Rows)
        self._set_marking(self.selectionModel().hasSelection())
        self.chosen.emit(len(self.targets()) if self._marking else 0)

    def clear_marks(self) -> bool:
        """End marking; False when nothing was marked."""
        if not self._marking:
            return False
        self._set_marking(False)
        index = self.currentIndex()
        self.selectionModel().select(index, _Flag.ClearAndSelect | _Flag.Rows)
        return True

    def _set_marking(self, marking: bool) -> None:
        if marking != self._marking:
            self._marking = marking
            self.viewport().update()
            if not marking:
                self.chosen.emit(0)

    def _take_neighbour(self, row: int) -> None:
        count = len(self._rows.ids)
        self._current_id, self._away = 0, -1
        if count and row >= 0:
            index = self._rows.index(min(row, count - 1), 0)
            self.selectionModel().setCurrentIndex(index, _Flag.ClearAndSelect | _Flag.Rows)
            self._current_changed(index, QModelIndex())
        else:
            self.opened.emit(0)

    def _current_changed(self, index: QModelIndex, before: QModelIndex) -> None:
        if self._updating:
            return
        item = self._rows.ids[index.row()] if index.isValid() else 0
        if item and item != self._current_id:
            self._current_id, self._away = item, -1
            self.opened.emit(item)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        several = len(self.selectionModel().selectedRows()) if self.hasFocus() else 0
        if several > 1 and not self._marking:
            self._set_marking(True)
        if self._marking:
            self.chosen.emit(len(self.selectionModel().selectedRows()))
        self.viewport().update()

    # -- looks

    def look(self, row: int, width: int, state: QStyle.StateFlag) -> Look:
        """Return how the row at an index is to be painted."""
        model = self.selectionModel()
        selected = bool(state & QStyle.StateFlag.State_Selected)
        current = self.currentIndex().row()
        below = row + 1 < len(self._rows.ids) and (
            row + 1 == self._hover.row or model.isRowSelected(row + 1, QModelIndex())
        )
        hovered = row == self._hover.row
        return Look(
            width=width,
            compact=self._compact,
            selected=selected,
            marking=self._marking,
            focused=self._marking and row == current,
            hovered=hovered,
            divider=not below,
            mirrored=self.isRightToLeft(),
            hot=self._hover.act if hovered else -1,
        )

    def _look_changed(self) -> None:
        height = self.row_painter.height(compact=self._compact)
        header = self.verticalHeader()
        header.setMinimumSectionSize(height)
        header.setDefaultSectionSize(height)
        self._delegate.forget()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bar.place(self.viewport().geometry(), mirrored=self.isRightToLeft())

    # -- pointer and keys

    def focusInEvent(self, event: QFocusEvent) -> None:
        without = not self.currentIndex().isValid()
        self._updating = True
        super().focusInEvent(event)  # makes the first row current, which would open it
        if without:
            self.selectionModel().clearCurrentIndex()
        self._updating = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover.move(event.position().toPoint())
        super().mouseMoveEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._bar.set_near(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._bar.set_near(False)
        self._hover.leave()
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        row = self.rowAt(position.y())
        hot = self._hover.act_under(position, row)
        if hot >= 0 and event.button() == Qt.MouseButton.LeftButton:
            shown = self._rows.row_at(row)
            if shown is not None:
                self.act.emit(ACT_NAMES[acts_of(shown)[hot][0]], [self._rows.ids[row]])
            return
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and self._marking:
            self._set_marking(False)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current:
            self.entered_row.emit(self.current)
            return
        if event.key() == Qt.Key.Key_Escape and self.clear_marks():
            return
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._away >= 0:
            self.step(1 if event.key() == Qt.Key.Key_Down else -1)  # Qt would go to the top
            return
        if event.text() and event.text().isprintable():
            event.ignore()  # no keyboard search: letters are commands
            return
        super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.rowAt(event.pos().y())
            hot = self._hover.act_under(event.pos(), at)
            row = self._rows.row_at(at) if at >= 0 else None
            text = row.shared.trouble if row is not None and row.shared is not None else ""
            if row is not None and hot >= 0:
                text = self.tr(acts_of(row)[hot][1])
            QToolTip.showText(event.globalPos(), plain_tip(text), self)  # "" hides it
            return True
        return super().viewportEvent(event)
