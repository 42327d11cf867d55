"""Where a comment is written: tinted, with a lock and the team's name, so that it is no reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
)

from missive_desktop.app.presenters.mentioning import Offer, taken
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.comment_file import HEIGHT, CommentFile, files_of
from missive_desktop.app.views.controls import Icon, IconButton, TextButton, label
from missive_desktop.app.views.mention_list import MentionList
from missive_desktop.app.views.painting import fill_rounded

if TYPE_CHECKING:
    from missive_desktop.app.presenters.comment_box import Space

MOST_LINES = 8
Complete = Callable[[str, int], Sequence[Offer]]
_SENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CommentField(QFrame):
    """`said` with a text, `typed` at every change, `left` when a change of a comment is given up,
    `filed` with the files that are to go along (none: the one is taken off).

    Enter says it, Shift+Enter begins a line. `complete` returns whom an @ may mean.
    """

    said = Signal(str)
    typed = Signal(str)
    left = Signal()
    filed = Signal(object)

    def __init__(self, theme: Theme, complete: Complete) -> None:
        super().__init__()
        self._theme = theme
        self._complete = complete
        self._loading = False
        self._editing = False
        self._popup: MentionList | None = None
        self._words = ""
        self._lock = Icon(theme, "lock", "comment-text")
        self._editor = _Editor(self)
        self._editor.textChanged.connect(self._changed)
        self._editor.cursorPositionChanged.connect(self._suggest)
        self._note = label(self.tr("Changing your comment"), face="small", tone="secondary")
        self._cancel = TextButton(theme, self.tr("Cancel"), "link-small")
        self._cancel.clicked.connect(self.left)
        self._at = IconButton(theme, "at-sign", self.tr("Mention somebody"))
        self._at.clicked.connect(self._begin_mention)
        self._clip = IconButton(theme, "paperclip", self.tr("Let a file go along"))
        self._clip.clicked.connect(self._choose_file)
        self._file = CommentFile(theme)
        self._file.removed.connect(lambda: self.filed.emit([]))
        self.setAcceptDrops(True)
        self._go = IconButton(theme, "send", self.tr("Comment (Enter)"), color="comment-text")
        self._go.clicked.connect(self._say)
        self._lay_out()
        theme.changed.connect(self._draw)
        self._draw()
        self.show_text("", editing=False)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(28, 0, 0, 0)
        head.addWidget(self._note)
        head.addWidget(self._cancel)
        head.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        self._lock.setFixedHeight(24)
        row.addWidget(self._lock, 0, top)
        row.addWidget(self._editor, 1)
        for button in (self._at, self._clip, self._go):
            button.setFixedSize(24, 24)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self._file)

    # -- what its desk calls

    def show_space(self, space: Space) -> None:
        """Say who will read it."""
        words = self.tr("Comment, only {0} sees this").format(space.name)
        if not space.may_comment:
            words = self.tr("You can read here, and not comment")
        self._words = words
        self._editor.setAccessibleName(words)
        self.fit()
        self.setEnabled(space.may_comment)

    def show_text(self, text: str, *, editing: bool) -> None:
        self._loading = True
        self._editing = editing
        self._editor.setPlainText(text)
        self._editor.moveCursor(QTextCursor.MoveOperation.End)
        self._loading = False
        self._note.setVisible(editing)
        self._cancel.setVisible(editing)
        self._clip.setVisible(not editing)
        self._hide_popup()
        self.fit()
        if editing:
            self.begin()

    def show_file(self, file: Path | None) -> None:
        """Show what goes along with the comment."""
        self._file.show_file(file)
        self.fit()

    def show_busy(self, busy: bool) -> None:
        self._editor.setReadOnly(busy)

    def begin(self) -> None:
        """Take the keyboard."""
        self._editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def text(self) -> str:
        return self._editor.toPlainText()

    @property
    def sayable(self) -> bool:
        return bool(self.text.strip()) or not self._file.isHidden()

    # -- keys

    def key(self, event: QKeyEvent) -> bool:
        """Take a key before the text does; say whether it was taken."""
        popup = self._popup if self._popup is not None and self._popup.isVisible() else None
        code = event.key()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if popup is not None and code in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            popup.step(1 if code == Qt.Key.Key_Down else -1)
        elif popup is not None and code in (*_SENDS, Qt.Key.Key_Tab):
            popup.pick()
        elif popup is not None and code == Qt.Key.Key_Escape:
            popup.hide()
        elif code in _SENDS and not shift:
            self._say()
        elif code == Qt.Key.Key_Escape:
            self._escape()
        else:
            return False
        return True

    def _escape(self) -> None:
        if self._editing:
            self.left.emit()
        else:
            self._editor.clearFocus()

    def focus_changed(self, event: QFocusEvent) -> None:
        if event.lostFocus() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self._hide_popup()
        self.update()

    def _say(self) -> None:
        if self.sayable and not self._editor.isReadOnly():
            self.said.emit(self.text)

    def _changed(self) -> None:
        self.fit()
        if not self._loading:
            self.typed.emit(self.text)

    # -- a file

    def _choose_file(self) -> None:
        dialog = QFileDialog(self.window(), self.tr("Let a file go along"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(lambda path: self.filed.emit([Path(path)]))
        dialog.open()

    def take_files(self, data: QMimeData) -> bool:
        """Take files that are dropped or pasted; say whether there were any."""
        found = files_of(data) if not self._editing else ()
        if found:
            self.filed.emit(found)
        return bool(found)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_of(event.mimeData()) and not self._editing:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.take_files(event.mimeData()):
            event.acceptProposedAction()

    # -- mentions

    def _begin_mention(self) -> None:
        cursor = self._editor.textCursor()
        before = self.text[: cursor.position()]
        cursor.insertText("@" if not before or before[-1].isspace() else " @")
        self.begin()

    def _suggest(self) -> None:
        if self._loading:
            return
        found = self._complete(self.text, self._editor.textCursor().position())
        if not found or not self._editor.hasFocus():
            self._hide_popup()
            return
        if self._popup is None:
            self._popup = MentionList(self._theme, self.window())
            self._popup.picked.connect(self._take)
        caret = self._editor.viewport().mapTo(self, self._editor.cursorRect().topLeft())
        corner = self.mapTo(self.window(), QPoint(caret.x(), 0))
        self._popup.offer(found, corner)

    def _take(self, offer: Offer) -> None:
        text, caret = taken(self.text, self._editor.textCursor().position(), offer)
        cursor = self._editor.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.setPosition(caret)
        self._editor.setTextCursor(cursor)
        self._hide_popup()

    def _hide_popup(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    # -- its look

    def fit(self) -> None:
        """Be as high as the text, up to some lines; then it scrolls."""
        room = self._editor.viewport().width() - 8
        elide = Qt.TextElideMode.ElideRight
        shown = self._editor.fontMetrics().elidedText(self._words, elide, room)
        self._editor.setPlaceholderText(shown)  # by itself it would break into lines
        lines = max(1, round(self._editor.document().size().height()))
        height = self._theme.line("body")
        self._editor.setFixedHeight(min(lines, MOST_LINES) * height + 4)
        bar = Qt.ScrollBarPolicy
        many = lines > MOST_LINES
        self._editor.setVerticalScrollBarPolicy(
            bar.ScrollBarAsNeeded if many else bar.ScrollBarAlwaysOff
        )
        self._go.setVisible(self.sayable)
        more = 22 if self._editing else 0
        more += 0 if self._file.isHidden() else HEIGHT + 2
        wanted = max(24, self._editor.height()) + 12 + more
        self.setFixedHeight(max(self._theme.size("comment-field"), wanted))

    def _draw(self) -> None:
        palette = self._editor.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, self._theme.color("comment-text"))
        self._editor.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        focused = self._editor.hasFocus()
        box = QRectF(self.rect())
        radius = self._theme.radius()
        fill_rounded(painter, box, radius, self._theme.color("comment-tint"))
        width = 2 if focused else 1
        color = self._theme.color("accent-mark" if focused else "comment-hairline")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, width))
        inset = width / 2
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.end()


class _Editor(QPlainTextEdit):
    """The text itself; its keys go by the field first."""

    def __init__(self, field: CommentField) -> None:
        super().__init__(field)
        self._field = field
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self.isReadOnly():
                # Letters are no shortcuts here, also while the last comment is on its way.
                event.setAccepted(event.text().isprintable() and bool(event.text()))
                return True
            tab = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab
            if tab and self._field.key(event):
                return True
        return super().event(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(files_of(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if not self._field.take_files(source):
            super().insertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._field.key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._field.focus_changed(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._field.focus_changed(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._field.fit()
