"""The conversation list as a Qt model of one column: ids in order, rows read page by page.

The delegate asks `row_at` directly; `data` serves the keyboard, drag and assistive technology.
It is never reset while one place is shown: what changed goes in as inserts, removals and moves.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from missive_desktop.app.models.difference import Insert, Move, Remove, steps
from missive_desktop.app.presenters.rows import Row, spoken

MIME = "application/x-missive-conversations"
PAGE = 200
PAGES = 30

Fetch = Callable[[Sequence[int]], dict[int, Row]]
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ConversationModel(QAbstractTableModel):
    """Rows by index; `fetch` reads the rows of some ids from the store."""

    def __init__(
        self, fetch: Fetch, time_text: Callable[[int], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._fetch = fetch
        self._time_text = time_text
        self._ids: list[int] = []
        self._rows: OrderedDict[int, Row] = OrderedDict()

    @property
    def ids(self) -> Sequence[int]:
        return self._ids

    def row_at(self, index: int) -> Row | None:
        """Return the row at an index; a missing page is read. None: it was just deleted."""
        item = self._ids[index]
        row = self._rows.get(item)
        if row is None:
            first = index - index % PAGE
            wanted = [i for i in self._ids[first : first + PAGE] if i not in self._rows]
            self._rows.update(self._fetch(wanted))
            while len(self._rows) > PAGE * PAGES:
                self._rows.popitem(last=False)
            row = self._rows.get(item)
        return row

    def index_of(self, item: int) -> int:
        """Return where an id stands, or -1."""
        try:
            return self._ids.index(item)
        except ValueError:
            return -1

    def row_of(self, item: int) -> Row | None:
        """Return the row of a conversation, also of one that is not in the list."""
        at = self.index_of(item)
        return self.row_at(at) if at >= 0 else self._fetch([item]).get(item)

    def exists(self, item: int) -> bool:
        return self.row_of(item) is not None

    def show_other(self, ids: Sequence[int]) -> None:
        """Show another place: the only time that the whole model is exchanged."""
        self.beginResetModel()
        self._ids = list(ids)
        self._rows.clear()
        self.endResetModel()

    def update_ids(self, ids: Sequence[int], stale: Collection[int] = ()) -> None:
        """Go to a new order of the same place; the rows of `stale` are read again."""
        for item in stale:
            self._rows.pop(item, None)
        for step in steps(self._ids, ids):
            match step:
                case Remove(first, last):
                    self.beginRemoveRows(_NOWHERE, first, last)
                    del self._ids[first : last + 1]
                    self.endRemoveRows()
                case Insert(first, new):
                    self.beginInsertRows(_NOWHERE, first, first + len(new) - 1)
                    self._ids[first:first] = new
                    self.endInsertRows()
                case Move(source, target):
                    gap = target + 1 if target > source else target  # Qt counts gaps before
                    self.beginMoveRows(_NOWHERE, source, source, _NOWHERE, gap)
                    self._ids.insert(target, self._ids.pop(source))
                    self.endMoveRows()
        if stale:
            self._announce(stale)

    def _announce(self, stale: Collection[int]) -> None:
        """Say which rows to paint again; looking among all ids only when they are many."""
        if len(stale) > 50:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, 0))
            return
        for item in stale:
            position = self.index_of(item)
            if position >= 0:
                self.dataChanged.emit(self.index(position, 0), self.index(position, 0))

    # -- Qt

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        row = self.row_at(index.row())
        return spoken(row, self._time_text(row.date)) if row else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        return (
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        )

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        result = QMimeData()
        text = " ".join(str(self._ids[index.row()]) for index in indexes)
        result.setData(MIME, QByteArray(text.encode()))
        return result


def dropped_ids(data: QMimeData) -> list[int]:
    """Return the conversations that a drag carries."""
    return [int(word) for word in bytes(data.data(MIME).data()).split()]
