"""Two web views one above the other: the conversation that is read, and the next one, ready.

The covered view is visible to Qt, so Chromium paints it; raising it takes a millisecond or two,
where a hidden one would have to be painted first. A page is known by a token made from its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWebEngineCore import QWebEngineContextMenuRequest, QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from missive_desktop.app.presenters.shown import Page
from missive_desktop.app.theme import Theme
from missive_desktop.app.web import fitting
from missive_desktop.app.web.filling import Piece, fill
from missive_desktop.app.web.flags import SCHEME
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.page import MailPage
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.app.web.watch import Limits, Watch

FIRST = 40  # ms that the first frame has for itself, before what folded mails hold is put in
LATE = 400  # ms after loading ended, when no frame was announced: show it all the same
ZOOMS = (0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


@lru_cache(maxsize=6)
def token_of(html: str, later: tuple[Piece, ...] = ()) -> str:
    """Return what a page is known by: another text is another page."""
    digest = hashlib.blake2b(html.encode("utf-8", "replace"), digest_size=8)
    for _, piece in later:
        digest.update(piece.encode("utf-8", "replace"))
    return digest.hexdigest()


class MailView(QWebEngineView):
    """A web view with a menu of our own: nothing in it leaves the page or saves it."""

    link_menu = Signal(QUrl, QPoint)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        request = self.lastContextMenuRequest()
        link = request.linkUrl() if request is not None else QUrl()
        if link.isValid() and link.scheme() not in ("act", SCHEME):
            self.link_menu.emit(link, event.globalPos())
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(self.tr("Copy"), self._acting(QWebEnginePage.WebAction.Copy))
        copy.setEnabled(self.hasSelection())
        image = QWebEngineContextMenuRequest.MediaType.MediaTypeImage
        if request is not None and request.mediaType() == image:
            act = self._acting(QWebEnginePage.WebAction.CopyImageToClipboard)
            menu.addAction(self.tr("Copy image"), act)
        menu.addAction(self.tr("Select all"), self._acting(QWebEnginePage.WebAction.SelectAll))
        menu.popup(event.globalPos())

    def _acting(self, action: QWebEnginePage.WebAction) -> Callable[[], None]:
        return lambda: self.triggerPageAction(action)


@dataclass
class _Sheet:
    holder: QWidget
    view: MailView
    page: MailPage
    watch: Watch
    token: str = ""
    conversation: int = 0
    painted: bool = False
    later: Sequence[Piece] = ()  # what is put in after the first frame
    next: tuple[str, Page, str] | None = None  # what is loaded when the stuck renderer is gone


class MailStack(QWidget):
    """`shown` says the token of the page that was raised; `crashed` that its renderer died."""

    link_clicked = Signal(QUrl)
    link_hovered = Signal(str)
    link_menu = Signal(QUrl, QPoint)
    shown = Signal(str)
    crashed = Signal()

    def __init__(
        self,
        theme: Theme,
        sandbox: Sandbox,
        parent: QWidget | None = None,
        *,
        limits: Limits = Limits(),  # noqa: B008 - a constant
    ) -> None:
        super().__init__(parent)
        self._limits = limits
        self._theme = theme
        self._sandbox = sandbox
        self._awaited = ""
        self._words = ""  # what is looked for in the page
        self._wish: Page | None = None  # a page to make ready as soon as one can
        self._zoom = 1.0
        self._loads = 0
        self._layout = QStackedLayout(self)
        self._layout.setStackingMode(QStackedLayout.StackingMode.StackAll)
        self._front = self._make()
        self._back = self._make()
        self._raise(self._front)
        theme.changed.connect(self._background)

    def _make(self) -> _Sheet:
        view = MailView()
        view.setAccessibleName(self.tr("Mails and comments"))
        page = self._sandbox.page()
        page.setBackgroundColor(self._theme.color("surface-page"))
        view.setPage(page)
        view.setAcceptDrops(False)
        holder = QWidget()  # Qt raises the holder; the view alone would keep its own stacking
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(view)
        self._layout.addWidget(holder)
        sheet = _Sheet(holder, view, page, Watch(page, self._limits))
        page.filled.connect(lambda token: self._painted(sheet, token))
        page.painted.connect(lambda token: self._painted(sheet, token))
        page.loadFinished.connect(lambda ok: self._loaded(sheet, ok))
        page.link_clicked.connect(self.link_clicked)
        page.linkHovered.connect(self.link_hovered)
        view.link_menu.connect(self.link_menu)
        page.crashed.connect(lambda: self._crashed(sheet))
        return sheet

    # -- what the pane asks for

    @property
    def page(self) -> MailPage:
        return self._front.page

    @property
    def token(self) -> str:
        return self._front.token

    def show_page(self, page: Page, *, keep: bool = False) -> None:
        """Show this page: at once if it lies ready, else as soon as its first frame is drawn.

        With `keep` it begins where its conversation is being read, if that is what is seen.
        """
        token = token_of(page.html, page.later)
        self._awaited = token
        self._wish = None
        if self._front.token == token:
            if self._front.painted:
                self._raise(self._front)
        elif self._back.token == token:
            if self._back.painted:
                self._swap()
        elif keep and self._front.painted and self._front.conversation == page.conversation:
            self._front.page.place(lambda place: self._replace(token, page, place))
        else:
            self._load(self._back, token, page)

    def _replace(self, token: str, page: Page, place: str) -> None:
        if token == self._awaited and token != self._front.token:
            self._load(self._back, token, page, place)

    def prefetch(self, page: Page) -> None:
        """Make this page ready under the one that is shown."""
        token = token_of(page.html, page.later)
        if self.waiting:
            self._wish = page  # the view is taken: when it is raised
        elif token not in (self._front.token, self._back.token):
            self._load(self._back, token, page)

    def forget(self) -> None:
        """Nothing that was loaded counts any more: a renderer died, or the store was changed."""
        for sheet in (self._front, self._back):
            sheet.token, sheet.painted = "", False

    def zoom(self, step: int) -> None:
        """Larger, smaller, or (0) as designed; both views alike."""
        at = min(range(len(ZOOMS)), key=lambda i: abs(ZOOMS[i] - self._zoom))
        self._zoom = ZOOMS[max(0, min(len(ZOOMS) - 1, at + step))] if step else 1.0
        for sheet in (self._front, self._back):
            self._enlarge(sheet)

    def _enlarge(self, sheet: _Sheet) -> None:
        sheet.view.setZoomFactor(self._zoom)
        fitting.enlarge(sheet.page, self._zoom)

    def find_words(self, words: str, *, back: bool = False) -> None:
        self._words = words
        flag = QWebEnginePage.FindFlag.FindBackward if back else QWebEnginePage.FindFlag(0)
        self._front.page.findText(words, flag)
        if not words:  # the last hit would stay selected
            self._front.page.triggerAction(QWebEnginePage.WebAction.Unselect)

    def scroll_pages(self, pages: float) -> None:
        """Scroll by parts of what is visible."""
        self._front.page.own_code(f"window.scrollBy(0, innerHeight * {pages:.3f})")

    def show_newest(self) -> None:
        """Bring the newest mail into what is left of the view: it is being answered."""
        self._front.page.own_code(
            "document.querySelector('main > :last-child')?.scrollIntoView({block: 'start'})"
        )

    def focus(self) -> None:
        self._front.view.setFocus()

    # -- how it comes about

    @property
    def waiting(self) -> bool:
        """Say whether what is to be shown is not drawn yet."""
        return self._back.token == self._awaited and self._awaited != self._front.token

    def _load(self, sheet: _Sheet, token: str, page: Page, place: str = "") -> None:
        """Load a page; one that takes the place of another is whole at once: what was unfolded
        there shall be unfolded in its first frame."""
        sheet.token, sheet.conversation, sheet.painted = token, page.conversation, False
        sheet.later = () if place else page.later
        if sheet.watch.stuck or sheet.next:
            # The last mail keeps this renderer busy: the next one gets another.
            if sheet.next is None:
                sheet.watch.end_renderer()
            sheet.next = (token, page, place)
            return
        sheet.watch.begin()
        self._sandbox.handler.put(token, page.whole() if place else page.html)
        self._loads += 1
        fragment = "" if place else page.fragment
        sheet.page.show_page(page_url(token, fragment, load=self._loads, place=place))

    def _painted(self, sheet: _Sheet, token: str) -> None:
        if token != sheet.token or sheet.painted:
            return
        sheet.painted = True
        sheet.watch.drawn()
        if self._zoom != 1.0:
            self._enlarge(sheet)
        else:
            sheet.view.setZoomFactor(1.0)
        if token == self._awaited and sheet is self._back:
            self._swap()
        if sheet.later:
            QTimer.singleShot(FIRST, self, lambda: self._fill(sheet, token))

    def _fill(self, sheet: _Sheet, token: str) -> None:
        if sheet.token == token:
            fill(sheet.page, token, sheet.later, lambda: self._filled(sheet, token))

    def _filled(self, sheet: _Sheet, token: str) -> None:
        """All of the page is there: look again for what may stand in a folded mail."""
        if sheet is self._front and sheet.token == token and self._words:
            self.find_words(self._words, back=True)

    def _loaded(self, sheet: _Sheet, ok: bool) -> None:
        token = sheet.token
        if not ok or not sheet.page.url().path().endswith(token):
            return  # of a page that was overtaken by the one that is loading now
        QTimer.singleShot(LATE, self, lambda: self._painted(sheet, token))

    def _swap(self) -> None:
        had_focus = self._front.view.hasFocus()
        self._front, self._back = self._back, self._front
        self._raise(self._front)
        if had_focus:
            self._front.view.setFocus()
        wish, self._wish = self._wish, None
        if wish is not None:
            QTimer.singleShot(0, self, lambda: self.prefetch(wish))

    def _raise(self, sheet: _Sheet) -> None:
        self._layout.setCurrentWidget(sheet.holder)
        other = self._back if sheet is self._front else self._front
        if other is not sheet:
            other.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        sheet.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if sheet.token:
            self.shown.emit(sheet.token)

    def _background(self) -> None:
        for sheet in (self._front, self._back):
            sheet.page.setBackgroundColor(self._theme.color("surface-page"))

    def _crashed(self, sheet: _Sheet) -> None:
        wish, sheet.next = sheet.next, None
        if wish is not None:
            QTimer.singleShot(0, self, lambda: self._load(sheet, *wish))
            return
        was_read = sheet is self._front or sheet.token == self._awaited
        sheet.token, sheet.painted = "", False
        if was_read:
            self.crashed.emit()
