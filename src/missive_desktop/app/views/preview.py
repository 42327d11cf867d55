"""Files of a mail shown over the window: a picture, the pages of a PDF, a text.

A web view draws them in its sandbox. While the overlay is open no key reaches what lies under it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from missive_desktop.app.presenters.preview import Item
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, TextButton, ground, label, line
from missive_desktop.app.views.mail_stack import MailView, token_of
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox

ZOOMS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_FIT = 1.0


class PreviewOverlay(QWidget):
    """Signals say what the reader wants; `stepped` carries 1 or -1."""

    stepped = Signal(int)
    open_asked = Signal()
    save_asked = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, sandbox: Sandbox, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._sandbox = sandbox
        self._window = window
        self._view: MailView | None = None
        self._loads = 0
        self._zoom = _FIT
        self._before: QWidget | None = None
        ground(self, "page")
        self.setAccessibleName(self.tr("Preview"))
        self._name = label("", face="strong")
        self._position = label("", tone="secondary")
        self._title = label("", face="title")
        self._advice = label("", tone="secondary")
        self._buttons: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar())
        column.addWidget(line())
        self._body = QStackedWidget()
        self._waiting = QWidget()
        self._trouble = self._trouble_page()
        self._body.addWidget(self._waiting)
        self._body.addWidget(self._trouble)
        column.addWidget(self._body, 1)
        self._keys = self._own_keys()
        self._silenced: list[QShortcut] = []  # those of the window, while it is covered
        window.installEventFilter(self)
        self.hide()

    def _bar(self) -> QWidget:
        bar = QWidget()
        ground(bar, "surface")
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 6, 10, 6)
        row.setSpacing(4)
        row.addWidget(self._name, 1)
        row.addWidget(self._position)
        row.addSpacing(8)
        for icon, tip, act in (
            ("chevron-left", self.tr("Previous file (←)"), lambda: self.stepped.emit(-1)),
            ("chevron-right", self.tr("Next file (→)"), lambda: self.stepped.emit(1)),
            ("minus", self.tr("Smaller (-)"), lambda: self.zoom(-1)),
            ("plus", self.tr("Larger (+)"), lambda: self.zoom(1)),
        ):
            button = IconButton(self._theme, icon, tip)
            button.clicked.connect(act)
            row.addWidget(button)
            self._buttons.append(button)
        row.addSpacing(8)
        opener = TextButton(self._theme, self.tr("Open"), small=True)
        opener.clicked.connect(self.open_asked)
        saver = TextButton(self._theme, self.tr("Save"), small=True)
        saver.clicked.connect(self.save_asked)
        closer = IconButton(self._theme, "x", self.tr("Close (Esc)"))
        closer.clicked.connect(self.end)
        ends: list[QWidget] = [opener, saver, closer]
        for end in ends:
            row.addWidget(end)
        self._buttons += ends
        return bar

    def _trouble_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        for said in (self._title, self._advice):
            said.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(said)
        column.addStretch(2)
        return page

    # -- what the presenter calls

    def show_item(self, item: Item, position: int, total: int) -> None:
        self._name.setText(item.name)
        self._position.setText(self.tr("{0} of {1}").format(position, total) if total > 1 else "")
        self._buttons[0].setEnabled(position > 1)
        self._buttons[1].setEnabled(position < total)
        self._zoom = _FIT
        self._body.setCurrentWidget(self._waiting)
        self.begin()

    def show_html(self, html: str) -> None:
        self._body.setCurrentWidget(self._web())
        self._load(html)
        self._web().setFocus()

    def show_trouble(self, title: str, advice: str) -> None:
        self._title.setText(title)
        self._advice.setText(advice)
        self._body.setCurrentWidget(self._trouble)
        self.setFocus()

    # -- being open

    def begin(self) -> None:
        """Cover the window; keys are ours until `end`."""
        if self.isVisible():
            return
        self._before = QApplication.focusWidget()
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self._silenced = [
            one
            for one in self._window.findChildren(QShortcut)
            if one.isEnabled() and one not in self._keys
        ]
        for one in self._silenced:
            one.setEnabled(False)
        for one in self._keys:
            one.setEnabled(True)

    def end(self) -> None:
        if not self.isVisible():
            return
        for one in self._keys:
            one.setEnabled(False)
        for one in self._silenced:
            if isValid(one):
                one.setEnabled(True)
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()
        if self._view is not None:
            self._load("")  # what was shown is not kept
        self.closed.emit()

    def zoom(self, step: int) -> None:
        """Larger, smaller, or (0) as it fits."""
        at = min(range(len(ZOOMS)), key=lambda index: abs(ZOOMS[index] - self._zoom))
        self._zoom = ZOOMS[max(0, min(len(ZOOMS) - 1, at + step))] if step else _FIT
        if self._view is not None:
            style = f"document.documentElement.style.setProperty('--zoom', {self._zoom})"
            self._page.own_code(style)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Walk round the overlay: what lies under it is not reached."""
        stops = [one for one in self._buttons if one.isEnabled()]
        current = QApplication.focusWidget()
        at = stops.index(current) if current in stops else (-1 if forward else 0)
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._window and self.isVisible():
            self.setGeometry(self._window.rect())
        return False

    def _own_keys(self) -> list[QShortcut]:
        acts: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Escape", self.end),
            ("Left", lambda: self.stepped.emit(-1)),
            ("Right", lambda: self.stepped.emit(1)),
            ("+", lambda: self.zoom(1)),
            ("=", lambda: self.zoom(1)),
            ("-", lambda: self.zoom(-1)),
            ("0", lambda: self.zoom(0)),
        )
        made = []
        for sequence, act in acts:
            shortcut = QShortcut(QKeySequence(sequence), self)
            shortcut.activated.connect(act)
            shortcut.setEnabled(False)
            made.append(shortcut)
        return made

    # -- the view

    def _load(self, html: str) -> None:
        token = token_of(html)
        self._loads += 1
        self._sandbox.handler.put(token, html)
        self._page.show_page(page_url(token, load=self._loads))

    def _web(self) -> MailView:
        if self._view is None:
            self._view = MailView()
            self._page = self._sandbox.page()
            self._page.setBackgroundColor(self._theme.color("surface-page"))
            self._page.crashed.connect(
                lambda: self.show_trouble(
                    self.tr("This file could not be shown"),
                    self.tr("It stopped the part of the program that draws it."),
                )
            )
            self._view.setPage(self._page)
            self._view.setAcceptDrops(False)
            self._theme.changed.connect(self._follow_theme)
            self._body.addWidget(self._view)
        return self._view

    def _follow_theme(self) -> None:
        if isValid(self._page):  # the sandbox ends its pages before the window goes
            self._page.setBackgroundColor(self._theme.color("surface-page"))
