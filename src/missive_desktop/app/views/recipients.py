"""A field for people: tokens that can be walked through and taken away, and completion.

Backspace in the empty field marks the last token, and takes it away when pressed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from missive_desktop.app.presenters.recipients import people, valid
from missive_desktop.app.presenters.rows import display_name
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.flow import FlowLayout
from missive_desktop.app.views.painting import draw_avatar, fill_rounded
from missive_desktop.domain.message import Address

Complete = Callable[[str], Sequence[Address]]
_COMMIT = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_WIDEST = 260


class Token(QWidget):
    """One person, painted; `taken` when the cross was clicked, `edited` on a double click."""

    taken = Signal()
    edited = Signal()
    marked = Signal()

    def __init__(self, theme: Theme, person: Address) -> None:
        super().__init__()
        self._theme = theme
        self.person = person
        self.valid = valid(person)
        self.chosen = False
        self._text = display_name(person) if person.name else person.email
        self.setToolTip(person.email if self.valid else self.tr("This is no address"))
        name = self._text if self._text == person.email else f"{self._text}, {person.email}"
        self.setAccessibleName(name if self.valid else self.tr("Wrong: {0}").format(name))
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        text = self._theme.metrics().horizontalAdvance(self._text)
        return QSize(min(_WIDEST, 28 + round(text) + 28), self._theme.size("token"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        box = QRectF(self.rect())
        names = ("surface-hover", "hairline", "text")
        if not self.valid:
            names = ("danger-soft", "danger-soft", "danger")
        if self.chosen:
            names = (names[0], "accent-mark", names[2])
            if self.valid:
                names = ("accent-soft", "accent-mark", "accent-text")
        ground, border, text = (theme.color(name) for name in names)
        fill_rounded(painter, box, box.height() / 2, border)
        fill_rounded(painter, box.adjusted(1, 1, -1, -1), box.height() / 2 - 1, ground)
        icon = theme.size("icon-small")
        if self.valid:
            draw_avatar(painter, theme, QRectF(3, 3, 18, 18), self.person.name, self.person.email)
        else:
            painter.drawPixmap(6, 5, theme.pixmap("triangle-alert", "danger", icon))
        painter.setFont(theme.font())
        painter.setPen(text)
        room = box.adjusted(27, 0, -24, 0)
        shown = painter.fontMetrics().elidedText(
            self._text, Qt.TextElideMode.ElideMiddle, round(room.width()) + 1
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        cross = theme.pixmap("x", names[2] if names[2] != "text" else "text-secondary", icon)
        painter.drawPixmap(QPoint(self.width() - 20, 5), cross)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.position().x() > self.width() - 22:
            self.taken.emit()
        else:
            self.marked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.edited.emit()


class RecipientField(QWidget):
    """`changed` when people came or went, or something is being typed."""

    changed = Signal()

    def __init__(self, theme: Theme, name: str, complete: Complete) -> None:
        super().__init__()
        self._theme = theme
        self._complete = complete
        self._tokens: list[Token] = []
        self._chosen = -1
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, gap=6, fill_last=56)
        self._edit = QLineEdit()
        self._edit.setProperty("bare", "true")
        self._edit.setAccessibleName(name)
        self._edit.setFixedHeight(theme.size("token"))
        self._edit.installEventFilter(self)
        self._edit.textEdited.connect(self._typed)
        self._flow.addWidget(self._edit)
        self._popup: Suggestions | None = None
        self.setFocusProxy(self._edit)
        theme.changed.connect(self.update)

    def people(self) -> tuple[Address, ...]:
        """Return who stands here, what is still being typed among them."""
        return (*(token.person for token in self._tokens), *people(self._edit.text()))

    def set_people(self, given: Sequence[Address]) -> None:
        for token in tuple(self._tokens):
            self._remove(token, tell=False)
        self._edit.clear()
        for person in given:
            self._add(person)

    def commit(self) -> None:
        """Make tokens of what is typed."""
        for person in people(self._edit.text()):
            self._add(person)
        self._edit.clear()
        self._hide_suggestions()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._edit:
            return False
        if event.type() == QEvent.Type.FocusOut and not self._suggesting():
            self._mark(-1)
            if self._edit.text().strip():
                self.commit()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key, text = Qt.Key(event.key()), self._edit.text()
        if self._suggesting() and self._popup is not None:
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._popup.step(1 if key == Qt.Key.Key_Down else -1)
                return True
            if key == Qt.Key.Key_Escape:
                self._hide_suggestions()
                return True
            if key in _COMMIT and (person := self._popup.chosen()) is not None:
                self._take(person)
                return True
        if key in _COMMIT and text.strip():
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.commit()
                return False
            self.commit()
            return key != Qt.Key.Key_Tab
        if text == "" or self._edit.cursorPosition() == 0:
            return self._walk(key, event)
        return False

    def _walk(self, key: Qt.Key, event: QKeyEvent) -> bool:
        """Move along the tokens, take one away, or begin to type after them."""
        last = len(self._tokens) - 1
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and self._chosen >= 0:
            at = self._chosen
            self._remove(self._tokens[at])
            self._mark(min(at, len(self._tokens) - 1) if key == Qt.Key.Key_Delete else at - 1)
            return True
        if key == Qt.Key.Key_Backspace and not self._edit.text() and last >= 0:
            self._mark(last)
            return True
        if key == Qt.Key.Key_Left and last >= 0:
            self._mark(last if self._chosen < 0 else max(0, self._chosen - 1))
            return True
        if key == Qt.Key.Key_Right and self._chosen >= 0:
            self._mark(self._chosen + 1 if self._chosen < last else -1)
            return True
        if self._chosen >= 0 and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._edit_token(self._tokens[self._chosen])
            return True
        if event.text():
            self._mark(-1)
        return False

    def _typed(self, text: str) -> None:
        if any(mark in text for mark in ",;\n") and text.strip(" ,;\n"):
            whole = people(text)
            if text.rstrip().endswith((",", ";")) or len(whole) > 1:
                self.commit()
                return
        found = [p for p in self._complete(text) if p not in self.people()] if text.strip() else []
        if found:
            self._suggest(found)
        else:
            self._hide_suggestions()
        self.changed.emit()

    # -- tokens

    def _add(self, person: Address) -> None:
        if any(token.person.email.lower() == person.email.lower() for token in self._tokens):
            return
        token = Token(self._theme, person)
        token.taken.connect(lambda: self._remove(token))
        token.edited.connect(lambda: self._edit_token(token))
        token.marked.connect(lambda: self._choose_token(token))
        self._flow.insert(len(self._tokens), token)
        self._tokens.append(token)
        token.show()
        self._grown()

    def _remove(self, token: Token, *, tell: bool = True) -> None:
        self._tokens.remove(token)
        self._flow.removeWidget(token)
        token.hide()
        token.deleteLater()
        self._grown()
        if tell:
            self._edit.setFocus()
            self.changed.emit()

    def _edit_token(self, token: Token) -> None:
        self._edit.setText(token.person.email)
        self._remove(token)
        self._mark(-1)

    def _choose_token(self, token: Token) -> None:
        self._edit.setFocus()
        self._mark(self._tokens.index(token))

    def _mark(self, index: int) -> None:
        self._chosen = index if 0 <= index < len(self._tokens) else -1
        for at, token in enumerate(self._tokens):
            token.chosen = at == self._chosen
            token.update()

    def _grown(self) -> None:
        self._flow.invalidate()
        self.updateGeometry()

    # -- completion

    def _suggesting(self) -> bool:
        return self._popup is not None and self._popup.isVisible()

    def _suggest(self, found: Sequence[Address]) -> None:
        if self._popup is None:
            self._popup = Suggestions(self._theme, self.window())
            self._popup.picked.connect(self._take)
        self._popup.offer(
            found, self._edit.mapTo(self.window(), QPoint(-8, self._edit.height() + 4))
        )

    def _hide_suggestions(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    def _take(self, person: Address) -> None:
        self._hide_suggestions()
        self._edit.clear()
        self._add(person)
        self.changed.emit()


class Suggestions(QListWidget):
    """People to choose from, under the field; the field keeps the keyboard."""

    picked = Signal(tuple)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self.setObjectName("suggestions")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setProperty("ground", "popup")
        self.setIconSize(QSize(20, 20))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda _item: self._pick())
        self.hide()

    def offer(self, found: Sequence[Address], corner: QPoint) -> None:
        self.clear()
        for person in found:
            text = f"{person.name}   {person.email}" if person.name else person.email
            item = QListWidgetItem(self._avatar(person), text)
            item.setSizeHint(QSize(100, self._theme.size("row-menu")))
            item.setData(Qt.ItemDataRole.UserRole, tuple(person))
            self.addItem(item)
        self.setCurrentRow(0)
        self.setFixedSize(360, len(found) * self._theme.size("row-menu") + 10)
        parent = self.window()
        left = max(8, min(corner.x(), parent.width() - self.width() - 8))
        self.move(left, min(corner.y(), max(0, parent.height() - self.height() - 8)))
        self.raise_()
        self.show()

    def step(self, by: int) -> None:
        self.setCurrentRow((self.currentRow() + by) % max(1, self.count()))

    def chosen(self) -> Address | None:
        item = self.currentItem()
        return Address(*item.data(Qt.ItemDataRole.UserRole)) if item is not None else None

    def _pick(self) -> None:
        person = self.chosen()
        if person is not None:
            self.picked.emit(person)

    def _avatar(self, person: Address) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(20 * ratio), round(20 * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        draw_avatar(painter, self._theme, QRectF(0, 0, 20, 20), person.name, person.email)
        painter.end()
        return pixmap
