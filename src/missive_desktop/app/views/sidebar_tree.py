"""The tree of places, accounts and folders in the sidebar: keyboard, folding, drop targets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from missive_desktop.app.models.conversations import MIME, dropped_ids
from missive_desktop.app.presenters.place import Kind, Place
from missive_desktop.app.presenters.sidebar import Content, Entry
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import plain_tip
from missive_desktop.app.views.painting import draw_avatar, draw_square, fill_rounded

ENTRY = Qt.ItemDataRole.UserRole
HEADING = Qt.ItemDataRole.UserRole + 1
_HEADING_HEIGHT = 36
_DROPPED_ON = (Kind.FOLDER, Kind.UNIFIED, Kind.STARRED, Kind.ASSIGNED, Kind.SPACE, Kind.LABEL)
_LEADING = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter


class PlaceDelegate(QStyledItemDelegate):
    """Paints a line: icon, name, count. In the rail only the icon, with a dot for unread."""

    def __init__(self, theme: Theme, tree: PlaceTree) -> None:
        super().__init__(tree)
        self._theme = theme
        self._tree = tree

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        if index.data(HEADING):
            return QSize(10, 13 if self._tree.rail else _HEADING_HEIGHT)
        return QSize(10, 34 if self._tree.rail else self._theme.size("row-sidebar"))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        assert isinstance(index, QModelIndex)
        heading = index.data(HEADING)
        box = QRect(0, option.rect.top(), self._tree.viewport().width(), option.rect.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if heading:
            self._heading(painter, box, heading)
            return
        entry: Entry = index.data(ENTRY)
        selected = bool(option.state & QStyle.StateFlag.State_Selected) and bool(entry.place)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self._ground(painter, box, selected, hovered, index)
        if self._tree.rail:
            self._rail(painter, box, entry, selected)
        else:
            self._line(painter, box, entry, selected, index)

    def _heading(self, painter: QPainter, box: QRect, text: str) -> None:
        theme = self._theme
        if self._tree.rail:
            line = QRectF(16, box.top() + 6, box.width() - 32, 1)
            painter.fillRect(line, theme.color("hairline"))
            return
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text-tertiary"))
        area = QRectF(16, box.top() + 15, box.width() - 32, 20)
        painter.drawText(area, _LEADING, text)

    def _ground(
        self,
        painter: QPainter,
        box: QRect,
        selected: bool,
        hovered: bool,
        index: QModelIndex,
    ) -> None:
        theme = self._theme
        area = QRectF(box).adjusted(8, 0, -8, 0)
        if self._tree.drop_row == index.row() and self._tree.drop_parent == index.parent():
            fill_rounded(painter, area, theme.radius(), theme.color("accent-soft"))
            painter.setPen(QPen(theme.color("accent-mark"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 7, 7)
        elif selected:
            fill_rounded(painter, area, theme.radius(), theme.color("surface-pressed"))
        elif hovered:
            fill_rounded(painter, area, theme.radius(), theme.color("surface-hover"))
        current = self._tree.currentIndex() == index
        if current and self._tree.hasFocus() and self._tree.by_key:
            painter.setPen(QPen(theme.color("accent-mark"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 7, 7)

    def _rail(self, painter: QPainter, box: QRect, entry: Entry, selected: bool) -> None:
        theme = self._theme
        middle = QRectF(box).center()
        if entry.account and entry.place is None:
            area = QRectF(middle.x() - 10, middle.y() - 10, 20, 20)
            draw_avatar(painter, theme, area, entry.title, entry.title)
        elif entry.color:
            self._mark(painter, entry, middle, 20)
        else:
            self._icon(painter, entry.icon, middle, "text" if selected else "text-secondary")
        if entry.count:
            dot = QRectF(middle.x() + 7, middle.y() - 12, 6, 6)
            fill_rounded(painter, dot, 3, theme.color("accent-mark"))

    def _line(
        self,
        painter: QPainter,
        box: QRect,
        entry: Entry,
        selected: bool,
        index: QModelIndex,
    ) -> None:
        theme, tree = self._theme, self._tree
        depth = 0
        above = index.parent()
        while above.isValid():
            depth += 1
            above = above.parent()
        left = 16.0 + 16 * depth
        middle = QRectF(box).center().y()
        icon, color = entry.icon, "text" if selected else "text-secondary"
        if entry.children:
            open_ = tree.isExpanded(index)
            folded = "chevron-left" if tree.isRightToLeft() else "chevron-right"
            icon = "chevron-down" if open_ else folded
        x = left + 8 if not tree.isRightToLeft() else box.width() - left - 8
        if entry.color:
            self._mark(painter, entry, QPointF(x, middle), theme.size("icon"))
        else:
            self._icon(painter, icon, QPointF(x, middle), color)
        right = box.width() - 16.0
        baseline = middle + 4.5
        count = tree.locale().toString(entry.count) if entry.count else ""
        if count:
            metrics = theme.metrics("small", strong=selected)
            width = metrics.horizontalAdvance(count)
            at = right - width if not tree.isRightToLeft() else 16.0
            painter.setFont(theme.font("small", strong=selected))
            painter.setPen(theme.color("text" if selected else "text-tertiary"))
            painter.drawText(QPointF(at, baseline), count)
            right -= width + 8
        metrics = theme.metrics("body", strong=selected)
        text = metrics.elidedText(entry.title, Qt.TextElideMode.ElideRight, right - left - 24)
        at = left + 24
        if tree.isRightToLeft():
            at = box.width() - at - metrics.horizontalAdvance(text)
        painter.setFont(theme.font("body", strong=selected))
        faint = entry.place is None and not entry.children
        painter.setPen(theme.color("text-tertiary" if faint else "text"))
        painter.drawText(QPointF(at, baseline), text)

    def _mark(self, painter: QPainter, entry: Entry, middle: QPointF, edge: float) -> None:
        """Draw a team's square, or a label's dot."""
        if entry.place is not None and entry.place.kind is Kind.SPACE:
            box = QRectF(middle.x() - edge / 2, middle.y() - edge / 2, edge, edge)
            draw_square(painter, self._theme, box, entry.title, entry.color)
        else:
            box = QRectF(middle.x() - 4, middle.y() - 4, 8, 8)
            fill_rounded(painter, box, 4, self._theme.label(entry.color))

    def _icon(self, painter: QPainter, name: str, middle: QPointF, color: str) -> None:
        size = self._theme.size("icon")
        ratio = painter.device().devicePixelRatioF()
        corner = middle - QPointF(size / 2, size / 2)
        painter.drawPixmap(corner, self._theme.pixmap(name, color, size, ratio=ratio))


class PlaceTree(QTreeWidget):
    """Emits the place that was chosen, and conversations dropped on a folder."""

    chosen = Signal(object)  # Place
    dropped = Signal(object, list)  # Place, conversations

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rail = False
        self.by_key = False
        self.drop_row = -1
        self.drop_parent = QModelIndex()
        self._unfolded: set[str] = set()
        self._shape: object = None
        self._filling = False
        self.setItemDelegate(PlaceDelegate(theme, self))
        self.setAccessibleName(self.tr("Places"))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.currentItemChanged.connect(self._current_changed)
        self.itemExpanded.connect(lambda item: self._folded(item, False))
        self.itemCollapsed.connect(lambda item: self._folded(item, True))
        theme.changed.connect(self.viewport().update)

    def show_content(self, content: Content) -> None:
        """Show what was read; what was unfolded and chosen stays so."""
        current = self.current_place()
        if _shape(content) == self._shape:
            entries = [
                *content.places, *content.teams, *content.accounts, *content.labels,
                *content.reports,
            ]  # fmt: skip
            self._refill(entries, self.invisibleRootItem())
            self.viewport().update()
            return
        self._shape = _shape(content)
        self._filling = True
        self.clear()
        self._add(content.places, None, "")
        if content.teams:
            self._head(self.tr("Teams"))
            self._add(content.teams, None, "team")
        if content.accounts:
            self._head(self.tr("Accounts"))
            self._add(content.accounts, None, "")
        if content.labels:
            self._head(self.tr("Labels"))
            self._add(content.labels, None, "label")
        if content.reports:
            self._head(self.tr("Privacy"))
            self._add(content.reports, None, "")
        if current is not None:
            self.show_place(current)
        self._filling = False

    def _head(self, text: str) -> None:
        heading = QTreeWidgetItem(self)
        heading.setData(0, HEADING, text)
        heading.setFlags(Qt.ItemFlag.NoItemFlags)

    def _refill(self, entries: Sequence[Entry], parent: QTreeWidgetItem) -> None:
        """Put new counts into the lines that are there."""
        lines = [item for item in _children(parent) if item.data(0, ENTRY) is not None]
        for item, entry in zip(lines, entries, strict=True):
            item.setData(0, ENTRY, entry)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, _spoken(entry))
            self._refill(entry.children, item)

    def _add(self, entries: Sequence[Entry], parent: QTreeWidgetItem | None, path: str) -> None:
        for entry in entries:
            item = QTreeWidgetItem(self) if parent is None else QTreeWidgetItem(parent)
            item.setData(0, ENTRY, entry)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, _spoken(entry))
            item.setToolTip(0, plain_tip(entry.title) if self.rail else "")
            key = f"{path}/{entry.account}:{entry.title}"
            item.setData(0, Qt.ItemDataRole.UserRole + 2, key)
            self._add(entry.children, item, key)
            item.setExpanded(key in self._unfolded and not self.rail)

    def set_rail(self, rail: bool) -> None:
        if rail == self.rail:
            return
        self.rail = rail
        hidden = Qt.ScrollBarPolicy.ScrollBarAlwaysOff  # beside icons it would take half the room
        shown = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(hidden if rail else shown)
        for index in range(self.topLevelItemCount()):
            item = self.topLevelItem(index)
            assert item is not None
            entry = item.data(0, ENTRY)
            if entry is not None:
                item.setToolTip(0, plain_tip(entry.title) if rail else "")
                key = item.data(0, Qt.ItemDataRole.UserRole + 2)
                self._filling = True
                item.setExpanded(not rail and key in self._unfolded)
                self._filling = False
        self.doItemsLayout()

    def current_place(self) -> Place | None:
        item = self.currentItem()
        entry = item.data(0, ENTRY) if item is not None else None
        return entry.place if entry is not None else None

    def show_place(self, place: Place) -> None:
        """Select the line of a place, without saying that it was chosen."""
        filling, self._filling = self._filling, True
        item = self._find(place, self.invisibleRootItem())
        if item is not None:
            self.setCurrentItem(item)
        elif place.kind is Kind.SEARCH:
            self.setCurrentIndex(QModelIndex())
        self._filling = filling

    def _find(self, place: Place, parent: QTreeWidgetItem) -> QTreeWidgetItem | None:
        for item in _children(parent):
            entry = item.data(0, ENTRY)
            other = entry.place if entry is not None else None
            if other is not None and _identity(other) == _identity(place):
                return item
            found = self._find(place, item)
            if found is not None:
                return found
        return None

    def _current_changed(self, item: QTreeWidgetItem | None, before: object) -> None:
        if self._filling or item is None:
            return
        entry = item.data(0, ENTRY)
        if entry is not None and entry.place is not None:
            self.chosen.emit(entry.place)

    def _folded(self, item: QTreeWidgetItem, folded: bool) -> None:
        if self._filling:
            return
        key = item.data(0, Qt.ItemDataRole.UserRole + 2)
        (self._unfolded.discard if folded else self._unfolded.add)(key)

    # -- pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.by_key = False
        item = self.itemAt(event.position().toPoint())
        entry = item.data(0, ENTRY) if item is not None else None
        if item is not None and entry is not None and entry.children and not self.rail:
            before = event.position().x() < 40 + 16 * _depth(item)
            if before or entry.place is None:
                item.setExpanded(not item.isExpanded())
                return
        super().mousePressEvent(event)

    def _target(self, event: QDropEvent) -> Entry | None:
        item = self.itemAt(event.position().toPoint())
        entry: Entry | None = item.data(0, ENTRY) if item is not None else None
        if entry is None or entry.place is None or not event.mimeData().hasFormat(MIME):
            return None
        return entry if entry.place.kind in _DROPPED_ON else None

    def _show_target(self, index: QModelIndex) -> None:
        self.drop_row, self.drop_parent = index.row(), index.parent()
        self.viewport().update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._target(event) is None:
            self._show_target(QModelIndex())
            event.ignore()
        else:
            self._show_target(self.indexAt(event.position().toPoint()))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_target(QModelIndex())

    def dropEvent(self, event: QDropEvent) -> None:
        entry = self._target(event)
        self._show_target(QModelIndex())
        if entry is not None:
            self.dropped.emit(entry.place, dropped_ids(event.mimeData()))
            event.acceptProposedAction()


def _children(parent: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (parent.child(index) for index in range(parent.childCount()))
    return [item for item in found if item is not None]


def _spoken(entry: Entry) -> str:
    if not entry.count:
        return entry.title
    tr = QCoreApplication.translate
    words = tr("PlaceTree", "{0}, {1} open") if entry.open else tr("PlaceTree", "{0}, {1} unread")
    return words.format(entry.title, entry.count)


def _identity(place: Place) -> tuple[object, ...]:
    """Return what makes two places the same line: a space's tabs are one."""
    return place.kind, place.role, place.folder, place.account, place.label


def _shape(content: Content) -> object:
    """Return what must be equal for the lines to stay as they are."""

    def of(entries: Sequence[Entry]) -> tuple[object, ...]:
        return tuple(
            (e.title, e.icon, e.color, e.place, e.account, of(e.children)) for e in entries
        )

    return tuple(
        of(part)
        for part in (
            content.places, content.teams, content.accounts, content.labels, content.reports,
        )
    )  # fmt: skip


def _depth(item: QTreeWidgetItem) -> int:
    depth = 0
    above = item.parent()
    while above is not None:
        depth += 1
        above = above.parent()
    return depth
