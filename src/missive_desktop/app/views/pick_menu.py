"""A menu that is typed in: people, labels, times or spaces, one of them or several.

A child of the window, raised above all, so that the keyboard never leaves it. Enter or a click
takes a line and closes; Shift+Enter or a click on its check mark takes several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import label
from missive_desktop.app.views.painting import draw_avatar, draw_check, draw_square, fill_rounded

WIDTH = 280
_MOST = 9  # lines, then it scrolls
_CHOICE = Qt.ItemDataRole.UserRole
_CHECK = 40  # pixels at the end of a line that are its check mark


class Choice(NamedTuple):
    """A line. `shape` is person (`color`: the address), dot, square or icon (its name)."""

    key: str
    text: str
    shape: str = "icon"
    color: str = ""
    detail: str = ""
    checked: bool = False
    partly: bool = False  # some of several have it
    make: bool = False  # makes what was typed


class PickMenu(QFrame):
    """`picked` with the keys that are on now and were not, and those that no longer are; `made`
    with a name that nothing here has."""

    picked = Signal(list, list)
    made = Signal(str)
    closed = Signal()

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        title: str,
        choices: Sequence[Choice],
        *,
        several: bool = False,
        making: str = "",
        foot: str = "",
    ) -> None:
        """`making` is what the line says that makes something new, with {0} for what was typed."""
        super().__init__(window)
        self._theme = theme
        self._choices = list(choices)
        self._several = several
        self._making = making
        self._on = {choice.key for choice in choices if choice.checked}
        self._before = frozenset(self._on)
        self._changed: set[str] = set()
        self.setProperty("ground", "popup")
        self.setAccessibleName(title)
        self.setFixedWidth(WIDTH)
        self._field = QLineEdit()
        self._field.setPlaceholderText(title)
        self._field.setAccessibleName(title)
        self._field.textEdited.connect(self._fill)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setProperty("bare", "true")
        self._list.setItemDelegate(_ChoiceDelegate(theme, self))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setAccessibleName(title)
        self._list.viewport().installEventFilter(self)
        self._list.itemEntered.connect(self._list.setCurrentItem)
        self._list.currentItemChanged.connect(self._tell_current)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 9, 9, 9)
        column.setSpacing(6)
        column.addWidget(self._field)
        column.addWidget(self._list)
        words = foot
        if several and not foot:
            words = self.tr("Several: ⇧ Enter, or the box")
        if words:
            hint = label(words, face="small", tone="tertiary", wrap=True)
            hint.setContentsMargins(8, 0, 8, 2)
            column.addWidget(hint)
        self._fill("")

    # -- showing

    def open_at(self, corner: QPoint) -> None:
        """Show it with its top left there, or as near as the window allows."""
        self.adjustSize()
        window = self.parentWidget()
        assert window is not None
        x = min(max(8, corner.x()), window.width() - self.width() - 8)
        y = min(max(8, corner.y()), window.height() - self.height() - 8)
        self.move(x, y)
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def shown(self) -> list[str]:
        """The lines that are there now."""
        items = (self._list.item(index) for index in range(self._list.count()))
        return [item.data(_CHOICE).text for item in items]

    def is_on(self, key: str) -> bool:
        return key in self._on

    def type_text(self, text: str) -> None:
        """Filter as if it had been typed."""
        self._field.setText(text)
        self._fill(text)

    def _fill(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [
            choice
            for choice in self._choices
            if all(word in f"{choice.text} {choice.detail}".casefold() for word in words)
        ]
        exact = any(choice.text.casefold() == typed.strip().casefold() for choice in found)
        if self._making and typed.strip() and not exact:
            text = self._making.format(typed.strip())
            found.append(Choice("", text, "icon", "plus", make=True))
        self._list.clear()
        for choice in found:
            item = QListWidgetItem(self._list)
            item.setData(_CHOICE, choice)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(choice))
        self._list.setCurrentRow(0)
        row = self._theme.size("row-menu")
        self._list.setFixedHeight(row * min(max(len(found), 1), _MOST))
        self.adjustSize()

    def _tell_current(self, item: QListWidgetItem | None) -> None:
        """Have it read out what Enter takes: the field has the focus, not the list."""
        spoken = item.data(Qt.ItemDataRole.AccessibleTextRole) if item is not None else ""
        self._field.setAccessibleDescription(spoken or "")

    def _spoken(self, choice: Choice) -> str:
        text = f"{choice.text}, {choice.detail}" if choice.detail else choice.text
        return self.tr("{0}, chosen").format(text) if choice.key in self._on else text

    # -- choosing

    def take(self, *, stay: bool = False) -> None:
        """Take the line that is current; `stay` to take several."""
        if self._list.currentRow() < 0:
            return
        item = self._list.currentItem()
        choice: Choice = item.data(_CHOICE)
        if choice.make:
            self.close_menu()
            self.made.emit(self._field.text().strip())
            return
        if not self._several:
            self.close_menu()
            self.picked.emit([choice.key], [])
            return
        self._toggle(choice.key)
        if stay:
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(choice))
            self._tell_current(item)
            self._list.viewport().update()
        else:
            self._finish()

    def _toggle(self, key: str) -> None:
        self._changed.add(key)
        if not key:  # nobody: what stands for having none of the others
            self._on.clear()
        self._on ^= {key}
        if key:
            self._on.discard("")

    def _finish(self) -> None:
        partly = {choice.key for choice in self._choices if choice.partly}
        add = [c.key for c in self._choices if c.key and c.key in self._on - self._before]
        remove = self._before | (self._changed & partly)
        if "" in self._on:
            remove = remove | partly
        gone = [c.key for c in self._choices if c.key and c.key in remove - self._on]
        self.close_menu()
        self.picked.emit(add, gone)

    def close_menu(self) -> None:
        if self.isHidden():
            return
        self.closed.emit()  # first the focus, or Qt gives it to whatever comes next
        self.hide()
        self.deleteLater()

    # -- keys and pointer

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._key(event)
            if isinstance(event, QFocusEvent) and event.lostFocus():
                self.close_menu()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            return self._clicked(event)
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            return True
        return False

    def _key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Escape | Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                self.close_menu()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.take(stay=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                row = self._list.currentRow() + step
                self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
            case _:
                return False
        return True

    def _clicked(self, event: QMouseEvent) -> bool:
        item = self._list.itemAt(event.position().toPoint())
        if item is not None:
            self._list.setCurrentItem(item)
            x = event.position().x()
            width = self._list.viewport().width()
            on_check = x < _CHECK if self.isRightToLeft() else x > width - _CHECK
            self.take(stay=self._several and on_check)
        return True


class _ChoiceDelegate(QStyledItemDelegate):
    """Paints a line: mark, text, detail, check mark."""

    def __init__(self, theme: Theme, menu: PickMenu) -> None:
        super().__init__(menu)
        self._theme = theme
        self._menu = menu

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(10, self._theme.size("row-menu"))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = self._theme
        choice: Choice = index.data(_CHOICE)
        box = QRectF(option.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            fill_rounded(painter, box, theme.radius(), theme.color("accent-soft"))
        rtl = self._menu.isRightToLeft()
        edge = 8.0 if choice.shape == "dot" else 18.0 if choice.shape != "icon" else 16.0
        middle = 17.0
        x = box.right() - middle - edge / 2 if rtl else box.left() + middle - edge / 2
        self._mark(painter, choice, QRectF(x, box.center().y() - edge / 2, edge, edge))
        end = 12.0
        if choice.partly or (self._menu.is_on(choice.key) and not choice.make):
            self._check(painter, choice, box, rtl)
            end = 36.0
        start = 34.0
        area = box.adjusted(end if rtl else start, 0, -start if rtl else -end, 0)
        end_edge = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        leading = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        detail_width = theme.metrics("small").horizontalAdvance(choice.detail)
        # The name comes first; what is said beside it takes the rest, at least a third.
        most = max(area.width() - detail_width - 8, area.width() * 2 / 3)
        text = theme.metrics("body").elidedText(choice.text, Qt.TextElideMode.ElideRight, most)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text"))
        painter.drawText(area, leading, text)
        if choice.detail:
            room = area.width() - theme.metrics("body").horizontalAdvance(text) - 8
            detail = theme.metrics("small").elidedText(
                choice.detail, Qt.TextElideMode.ElideRight, room
            )
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text-tertiary"))
            painter.drawText(area, end_edge, detail)

    def _mark(self, painter: QPainter, choice: Choice, mark: QRectF) -> None:
        theme = self._theme
        match choice.shape:
            case "person":
                draw_avatar(painter, theme, mark, choice.text, choice.color)
            case "square":
                draw_square(painter, theme, mark, choice.text, choice.color)
            case "dot":
                fill_rounded(painter, mark, 4, theme.label(choice.color))
            case _:
                ratio = painter.device().devicePixelRatioF()
                picture = theme.pixmap(choice.color, "text-secondary", 16, ratio=ratio)
                painter.drawPixmap(mark.topLeft(), picture)

    def _check(self, painter: QPainter, choice: Choice, box: QRectF, rtl: bool) -> None:
        on = self._menu.is_on(choice.key)
        x = box.left() + 12 if rtl else box.right() - 28
        check = QRectF(x, box.center().y() - 8, 16, 16)
        draw_check(painter, self._theme, check, on=on)
        if choice.partly and not on:
            color = self._theme.color("accent-mark")
            painter.fillRect(check.adjusted(4, 7, -4, -7), color)
