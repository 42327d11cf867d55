"""The conversation pane: acts, subject, the page of mails, the composer under it, the foot.

It shows what the presenter hands it and says what the reader wants; it reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtWidgets import (
    QApplication,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.shown import Header, Page
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.act_bar import ActBar
from missive_desktop.app.views.beside import Beside
from missive_desktop.app.views.controls import ground, line
from missive_desktop.app.views.conversation_foot import ConversationFoot
from missive_desktop.app.views.conversation_head import ConversationHead
from missive_desktop.app.views.departed_line import DepartedLine
from missive_desktop.app.views.find_bar import FindBar
from missive_desktop.app.views.link_strip import LinkStrip
from missive_desktop.app.views.pane_covers import Nothing, Skeleton, Trouble

if TYPE_CHECKING:
    from missive_desktop.app.presenters.comment_box import Space
    from missive_desktop.app.views.mail_stack import MailStack

SLOW = 150  # ms until a page that is not drawn yet is covered with a sign of waiting


class ConversationPane(QWidget):
    """Signals say what was asked for: an act, a folder to move to, a kind of answer, a link."""

    acted = Signal(str)
    moved = Signal(int, str)  # a folder, and what it is called
    answered = Signal(str)  # reply, reply_all, forward
    link_clicked = Signal(QUrl)
    link_hovered = Signal(str)  # by pointer or keyboard; "" when it is left
    link_menu = Signal(QUrl, QPoint)
    show_as_text = Signal()

    def __init__(self, theme: Theme, make_stack: Callable[[], MailStack]) -> None:
        """`make_stack` is called when the first mail is shown, or by `warm`: it is slow."""
        super().__init__()
        self._theme = theme
        self._make_stack = make_stack
        self._stack: MailStack | None = None
        self._composer: QWidget | None = None
        self._marked = ""
        # One mail's text under another's subject must not stand for long.
        self._slow = QTimer(self, singleShot=True, interval=SLOW)
        self._slow.timeout.connect(self._cover_slow)
        self.header: Header | None = None
        self.page: Page | None = None
        self.bar = ActBar(theme)
        self.bar.acted.connect(self._act)
        self.bar.moved.connect(self.moved)
        self.head = ConversationHead(theme)
        self.departed = DepartedLine(theme)
        self.foot = ConversationFoot(theme)
        self.foot.answered.connect(self.answered)
        self.find_bar = FindBar(theme)
        self.find_bar.hide()
        self.find_bar.sought.connect(self._find)
        self.find_bar.closed.connect(self._end_find)

        self._body = QWidget()
        ground(self._body, "page")
        self._layers = QStackedLayout(self._body)
        self._layers.setStackingMode(QStackedLayout.StackingMode.StackAll)
        self._nothing = Nothing(theme)
        self._skeleton = Skeleton(theme)
        self._trouble = Trouble(theme)
        self._trouble.text_asked.connect(self.show_as_text)
        self._trouble.source_asked.connect(lambda: self.acted.emit("source"))
        for widget in (self._nothing, self._skeleton, self._trouble):
            self._layers.addWidget(widget)
            widget.hide()

        self.strip = LinkStrip(theme, self._body)

        self._composer_place = QWidget()
        ground(self._composer_place, "page")
        place = QVBoxLayout(self._composer_place)
        place.setContentsMargins(20, 8, 20, 12)
        self._composer_place.hide()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._body)
        self._splitter.addWidget(self._composer_place)
        self._splitter.setStretchFactor(0, 1)

        self._lay_out()
        theme.changed.connect(self.update)
        self.show_nothing()

    def _lay_out(self) -> None:
        """The bar over all; under it the conversation, and beside that room for a panel."""
        whole = QWidget()
        inner = QVBoxLayout(whole)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for part in (self.head, self.departed, self.find_bar):
            inner.addWidget(part)
        inner.addWidget(self._splitter, 1)
        inner.addWidget(self.foot)
        self.beside = Beside(self._theme, whole)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(line())
        column.addWidget(self.beside, 1)

    # -- what the presenter calls

    def show_header(self, header: Header) -> None:
        self.header = header
        self.bar.set_header(header)
        self.head.set_header(header)
        self._order_focus()
        self.head.show()
        self.foot.set_header(header)
        self._show_foot()

    def _order_focus(self) -> None:
        """Go by Tab from the acts to what stands under the subject, then to the foot."""
        before = self.bar.last
        for part in self.head.parts:
            if part.focusPolicy() != Qt.FocusPolicy.NoFocus:
                QWidget.setTabOrder(before, part)
                before = part

    def show_page(self, page: Page, *, keep: bool = False) -> None:
        self.page = page
        self.strip.hide()
        self.stack.show_page(page, keep=keep)
        self._slow.start()

    def prefetch(self, page: Page) -> None:
        self.stack.prefetch(page)

    def show_skeleton(self) -> None:
        self._cover(self._skeleton)

    def show_nothing(self) -> None:
        self._keep_focus()
        self.header = None
        self.bar.set_header(None)
        self.head.hide()
        self.foot.hide()
        self.departed.say("")
        self._cover(self._nothing)

    def show_trouble(self, title: str, advice: str) -> None:
        self._trouble.set_text(title, advice)
        self._cover(self._trouble)

    def watched(self) -> bool:
        return self.isVisible()

    # -- the composer's place

    def put_composer(self, composer: QWidget | None) -> None:
        """Show a composer under the conversation, or take it away (it is not deleted)."""
        place = self._composer_place.layout()
        assert place is not None
        while (item := place.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
        self._composer_place.setVisible(composer is not None)
        self._composer = composer
        self._show_foot()
        if composer is not None:
            place.addWidget(composer)
            composer.show()
            height = self._splitter.height()
            share = max(280, round(height * 0.62))
            self._splitter.setSizes([max(120, height - share), share])
            QTimer.singleShot(SLOW, self, self._show_answered)

    def show_space(self, space: Space | None) -> None:
        """Offer to comment in a space, also while an answer is written."""
        if space is None:
            self._keep_focus()
        self.foot.show_space(space)
        self._show_foot()

    def _keep_focus(self) -> None:
        """Before what is typed in goes away: Qt would give the focus to whatever comes next."""
        focused = QApplication.focusWidget()
        if focused is not None and self.foot.isAncestorOf(focused):
            self.setFocus()

    def _show_foot(self) -> None:
        writing = self._composer is not None
        self.foot.show_writing(writing)
        self.foot.setVisible(self.header is not None and (self.foot.commenting or not writing))

    def _show_answered(self) -> None:
        if self._composer is not None and self._stack is not None:
            self._stack.show_newest()

    def take_composer(self, composer: QWidget) -> None:
        """Take this composer away, if it is still the one that is shown."""
        if self._composer is composer:
            self.put_composer(None)

    # -- reading

    @property
    def stack(self) -> MailStack:
        if self._stack is None:
            stack = self._make_stack()
            self._layers.addWidget(stack)
            stack.link_clicked.connect(self.link_clicked)
            stack.link_hovered.connect(self.link_hovered)
            stack.link_menu.connect(self.link_menu)
            stack.shown.connect(lambda _token: self._uncover())
            stack.crashed.connect(self._crashed)
            self._stack = stack
            self._layers.setCurrentWidget(self._covering())
        return self._stack

    def warm(self) -> None:
        """Make the web views before they are needed; takes a tenth of a second or two."""
        _ = self.stack

    def zoom(self, step: int) -> None:
        self.stack.zoom(step)

    def scroll_pages(self, pages: float) -> None:
        if self._stack is not None:
            self._stack.scroll_pages(pages)

    def open_find(self) -> None:
        if self.header is not None:
            self.find_bar.open()

    def mark(self, words: str) -> None:
        """Mark what was searched for in the mail that was opened from its results."""
        if self.find_bar.isHidden() and (words or self._marked):
            self._marked = words
            self._find(words, True)  # backwards from the top: the newest hit

    def _find(self, words: str, back: bool) -> None:
        if self._stack is not None:
            self._stack.find_words(words, back=back)

    def _end_find(self) -> None:
        self._find("", False)
        if self._stack is not None:
            self._stack.focus()

    def _act(self, act: str) -> None:
        if act == "find":
            self.open_find()
        else:
            self.acted.emit(act)

    # -- what covers the page

    def _covering(self) -> QWidget:
        for widget in (self._nothing, self._skeleton, self._trouble):
            if not widget.isHidden():
                return widget
        return self._stack if self._stack is not None else self._nothing

    def _cover(self, over: QWidget) -> None:
        self.strip.hide()
        for widget in (self._nothing, self._skeleton, self._trouble):
            widget.setVisible(widget is over)
        self._layers.setCurrentWidget(over)

    def _uncover(self) -> None:
        if self.header is None:
            return  # it was drawn late: what it belongs to is not open any more
        for widget in (self._nothing, self._skeleton, self._trouble):
            widget.hide()
        self._layers.setCurrentWidget(self.stack)

    def _cover_slow(self) -> None:
        if self.header is not None and self._stack is not None and self._stack.waiting:
            self._cover(self._skeleton)

    def _crashed(self) -> None:
        self.show_trouble(
            self.tr("This mail could not be shown"),
            self.tr("It stopped the part of the program that draws mail, or kept it too busy."),
        )
