"""The main window: where everything stands, and what folds when there is less room.

It owns places, not behaviour: the desk joins its parts to the presenters.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import FocusRing, TextButton, ground, line
from missive_desktop.app.views.keys import KeySheet
from missive_desktop.app.views.list_pane import ListPane
from missive_desktop.app.views.search_field import SearchField
from missive_desktop.app.views.sidebar import Sidebar
from missive_desktop.app.views.sync_popup import SyncPopup
from missive_desktop.app.views.undo_bar import UndoBar


class MainWindow(QMainWindow):
    """`painted` fires once, after the first paint; `closing` when the user closes the window."""

    painted = Signal()
    closing = Signal()

    def __init__(self, theme: Theme, list_pane: ListPane, conversation: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._painted = False
        self._stacked = False  # list and conversation take turns
        self._reading = False
        self.list_pane = list_pane
        self.conversation = conversation
        self.sidebar = Sidebar(theme)
        self.search = SearchField(theme)
        self.setWindowTitle("Missive")
        self.resize(1440, 900)
        self.setMinimumSize(420, 480)
        self._pages = QStackedWidget()
        self.setCentralWidget(self._pages)
        self._pages.addWidget(self._desk())
        self.undo_bar = UndoBar(theme, self)
        self.key_sheet = KeySheet(theme, self)
        self.sync_popup = SyncPopup(theme, self)
        for overlay in (self.key_sheet, self.sync_popup):
            overlay.closed.connect(self.focus_list)
        self._ring = FocusRing(theme, self)
        QWidget.setTabOrder(self.sidebar.gear, self.search.typed_in)
        self.search.opened.connect(self._arrange)
        self.search.closed.connect(self._arrange)
        for part in (self._column, self._content):
            part.installEventFilter(self)

    def _desk(self) -> QWidget:
        desk = QWidget()
        ground(desk, "surface")
        self._reader = QWidget()
        column = QVBoxLayout(self._reader)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._back = QWidget()
        ground(self._back, "surface")
        back_row = QHBoxLayout(self._back)
        back_row.setContentsMargins(8, 6, 8, 6)
        back = TextButton(self._theme, self.tr("Back"), "quiet", icon="arrow-left", small=True)
        back.clicked.connect(self.show_list)
        back_row.addWidget(back)
        back_row.addStretch(1)
        self._back.hide()
        column.addWidget(self._back)
        column.addWidget(self.conversation, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._column = QWidget()
        under_search = QVBoxLayout(self._column)
        under_search.setContentsMargins(0, 0, 0, 0)
        under_search.setSpacing(0)
        self._gap = QWidget()
        under_search.addWidget(self._gap)
        under_search.addWidget(self.list_pane, 1)
        self._column.setMinimumWidth(self._theme.size("list-min"))
        self._splitter.addWidget(self._column)
        self._splitter.addWidget(self._reader)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([self._theme.size("list"), 860])
        self._content = QWidget()
        self._over = QVBoxLayout(self._content)
        self._over.setContentsMargins(0, 0, 0, 0)
        self._over.addWidget(self._splitter)
        self._report: QWidget | None = None
        self.search.setParent(self._content)
        self._beside_side = QVBoxLayout()
        self._beside_side.setSpacing(0)
        self._beside_side.addWidget(self._content, 1)
        row = QHBoxLayout(desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(line(vertical=True))
        row.addLayout(self._beside_side, 1)
        return desk

    def put_notices(self, bar: QWidget) -> None:
        """Have a bar above list and conversation."""
        self._beside_side.insertWidget(0, bar)

    # -- screens

    def show_page(self, page: QWidget) -> None:
        """Show something instead of the mail: the first run."""
        if self._pages.indexOf(page) < 0:
            self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)

    def show_desk(self) -> None:
        """Show the mail; what was shown instead is let go."""
        self._pages.setCurrentIndex(0)
        while self._pages.count() > 1:
            page = self._pages.widget(1)
            assert page is not None
            self._pages.removeWidget(page)
            page.deleteLater()
        self.focus_list()

    def come_forward(self) -> None:
        """Be seen, whatever stands before it."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_report(self, report: QWidget) -> None:
        """Show a report where list and conversation are."""
        if self._report is None:
            self._report = report
            self._over.addWidget(report)
        report.show()
        report.setFocus()  # before Qt gives it to the next widget it finds
        self._splitter.hide()
        self._arrange()

    def show_mail(self) -> None:
        """Show list and conversation again."""
        if self._report is not None and self.reporting:
            self._splitter.show()
            if self._report.isAncestorOf(self.focusWidget() or self._report):
                self.focus_list()
            self._report.hide()
            self._arrange()

    def show_conversation(self) -> None:
        """Turn to the conversation where there is room for one only."""
        self._reading = True
        self._arrange()

    def show_list(self) -> None:
        self._reading = False
        self._arrange()
        self.focus_list()

    def focus_list(self) -> None:
        pane = self.list_pane
        (pane.list if pane.list.isVisible() else pane.empty).setFocus()

    @property
    def reporting(self) -> bool:
        return self._report is not None and not self._report.isHidden()

    # -- arrangement

    def _arrange(self) -> None:
        """Place everything for the width there is."""
        size = self._theme.size
        width = self.width()
        self.sidebar.set_rail(width < size("fold-sidebar-below"))
        stacked = width < size("fold-stack-below")
        if stacked != self._stacked:
            self._stacked = stacked
            if not stacked:
                wanted = size("list-narrow" if width < size("fold-sidebar-below") else "list")
                self._splitter.setSizes([wanted, width - wanted])
        reading = stacked and self._reading
        if reading and self._column.isVisible():
            self.conversation.setFocus()  # before Qt gives it to the next widget it finds
        self._reader.setVisible(not stacked or reading)
        self._column.setVisible(not reading)
        self._back.setVisible(stacked)
        active = self.search.active
        above = self.search.height() if active else size("topbar") - 1 if self.reporting else 0
        self._over.setContentsMargins(0, above, 0, 0)
        self._gap.setFixedHeight(0 if active else size("topbar"))
        self._place_overlays()

    def _place_overlays(self) -> None:
        reporting = self.reporting
        whole = self.search.active or (self._stacked and not self._reading and not reporting)
        usual = self._theme.size("list") if reporting else self._column.width()
        width = self._content.width() if whole else min(usual, self._content.width())
        box = QRect(0, 0, width, self.search.height())
        if self.isRightToLeft() and not whole:
            box.moveLeft(self._content.width() - width)
        self.search.setGeometry(box)
        self.search.setVisible(self.search.active or not (self._stacked and self._reading))
        self.search.raise_()
        left = self.sidebar.width() + 1 + 16
        room = max(self._column.width() if self._column.isVisible() else self._content.width(), 280)
        wide = min(room - 32, 420)
        left = self.width() - left - wide if self.isRightToLeft() else left
        self.undo_bar.place(left, self.height() - 17, wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < self._theme.size("fold-sidebar-below")
        was_narrow = event.oldSize().width() < self._theme.size("fold-sidebar-below")
        if event.oldSize().isValid() and narrow != was_narrow:
            wanted = self._theme.size("list-narrow" if narrow else "list")
            self._splitter.setSizes([wanted, max(event.size().width() - wanted, 200)])
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.painted.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place_overlays()
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closing.emit()
