"""The foot of a conversation: a comment where it is shared, an answer begun where it is not; Reply.

The two ways to write look different, so that nobody answers a customer by mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from missive_desktop.app.presenters.mentioning import Offer
from missive_desktop.app.presenters.shown import Header
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.comment_box import CommentField, Complete
from missive_desktop.app.views.controls import TextButton, ground, line
from missive_desktop.app.views.small import SplitButton, key_text

if TYPE_CHECKING:
    from missive_desktop.app.presenters.comment_box import Space


class ConversationFoot(QWidget):
    """`answered` with a kind of answer."""

    answered = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "page")
        self._theme = theme
        self._kind = "reply"
        self.commenting = False
        self._row = QHBoxLayout()
        self._begin = TextButton(theme, "", "begin", icon="pencil")
        self._begin.clicked.connect(lambda: self.answered.emit(self._kind))
        self.complete: Complete = _nobody
        self.comment = CommentField(theme, lambda text, caret: self.complete(text, caret))
        self.comment.hide()
        self._button = self._reply_button()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        self._row.setContentsMargins(20, 12, 20, 12)
        self._row.setSpacing(8)
        self._row.addWidget(self._begin, 1)
        self._row.addWidget(self.comment, 1)
        self._row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(self._row)

    def _reply_button(self) -> SplitButton:
        menu = QMenu(self)
        menu.addAction(
            self._theme.icon("reply"),
            self.tr("Reply") + "\tR",
            lambda: self.answered.emit("reply"),
        )
        self._all = menu.addAction(
            self._theme.icon("reply-all"),
            self.tr("Reply to all") + "\t" + key_text("Shift+R"),
            lambda: self.answered.emit("reply_all"),
        )
        menu.addAction(
            self._theme.icon("forward"),
            self.tr("Forward") + "\tF",
            lambda: self.answered.emit("forward"),
        )
        button = SplitButton(
            self._theme, self.tr("Reply"), menu, self.tr("Other ways to answer"), "reply"
        )
        button.clicked.connect(lambda: self.answered.emit("reply"))
        for part in (button.main, button.more):
            part.setFixedHeight(self._theme.size("comment-field"))
        return button

    def set_header(self, header: Header) -> None:
        self._kind = "reply_all" if header.several else "reply"
        self._begin.setText(self.tr("Answer {0}").format(header.answers).replace("&", "&&"))
        self._all.setEnabled(header.several)

    def show_space(self, space: Space | None) -> None:
        """Offer a comment to the members of a space; without one, to begin an answer."""
        self.commenting = space is not None
        self._begin.setVisible(space is None)
        self.comment.setVisible(space is not None)
        self._button.setEnabled(space is None or space.may_send)
        why = "" if space is None or space.may_send else self.tr("Your role does not send mail.")
        self._button.setToolTip(why)
        if space is not None:
            self.comment.show_space(space)

    def show_writing(self, writing: bool) -> None:
        """While an answer is written above it, there is none to begin."""
        self._button.setVisible(not writing)


def _nobody(text: str, caret: int) -> Sequence[Offer]:
    return ()
