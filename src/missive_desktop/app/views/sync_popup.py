"""The detail of sync: each account, each folder that is not done, the last error, a retry."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.sync_state import AccountSync, FolderState, Overall, SyncState
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label, line
from missive_desktop.app.views.sync_teams import add_team
from missive_desktop.domain.account import AccountState

WIDTH = 380
_MOST_FOLDERS = 200


class SyncPopup(QFrame):
    """`retried` with an account, `sign_in` with an account whose login was refused; `team_asked`
    with a team that needs something: to sign in, to be approved, refused acts to be looked at."""

    team_asked = Signal(int)
    retried = Signal(int)
    sign_in = Signal(int)
    restarted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = SyncState(Overall.EMPTY)
        self.setProperty("ground", "popup")
        self.setFixedWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("State of sync"))
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._area)
        self.hide()

    def show_sync(self, state: SyncState) -> None:
        self._state = state
        if self.isVisible():
            self._fill()

    def open_above(self, widget: QWidget) -> None:
        """Show it over the line at the foot that it belongs to."""
        self._fill()
        self.setFixedHeight(min(self._wanted(), 460))
        corner = widget.mapTo(self.window(), QPoint(0, 0))
        left = corner.x()
        if self.isRightToLeft():
            left += widget.width() - self.width()
        self.move(left, corner.y() - self.height() - 6)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _wanted(self) -> int:
        """Return the height of what it says, whose lines break at this width."""
        inner = self._area.widget()
        layout = inner.layout() if inner is not None else None
        if inner is None or layout is None:
            return 120
        for child in inner.findChildren(QWidget):
            child.ensurePolished()  # the style sheet decides the sizes
        layout.invalidate()
        wanted = max(
            layout.totalHeightForWidth(self.width() - 2), layout.totalMinimumSize().height()
        )
        return wanted + 4

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_popup()
        else:
            super().keyPressEvent(event)

    def close_popup(self) -> None:
        self.closed.emit()  # first the focus, or Qt gives it to whatever comes next
        self.hide()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        inside = self.focusWidget() or QApplication.focusWidget()
        if inside is None or not self.isAncestorOf(inside):
            self.hide()

    def _fill(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(6)
        if self._state.overall is Overall.STOPPED:
            self._stopped(column)
        if not self._state.accounts and not self._state.teams:
            text = self.tr("No account here yet. Mail that you imported stays on this computer.")
            column.addWidget(label(text, tone="secondary", wrap=True))
        for index, account in enumerate(self._state.accounts):
            if index:
                column.addSpacing(6)
                column.addWidget(line())
                column.addSpacing(6)
            self._account(column, account)
        for team in self._state.teams:
            if column.count():
                column.addSpacing(6)
                column.addWidget(line())
                column.addSpacing(6)
            add_team(self._theme, column, team, self.team_asked.emit)
        column.addStretch(1)
        self._area.setWidget(inner)

    def _stopped(self, column: QVBoxLayout) -> None:
        text = self.tr("The mail engine does not answer. Nothing is lost; it is started again.")
        column.addWidget(label(text, tone="warning", wrap=True))
        button = TextButton(self._theme, self.tr("Restart it now"), small=True)
        button.clicked.connect(self.restarted)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _account(self, column: QVBoxLayout, account: AccountSync) -> None:
        head = QHBoxLayout()
        head.addWidget(label(account.address, face="strong"), 1)
        head.addWidget(self._button(account))
        column.addLayout(head)
        if not account.error or account.state is AccountState.SYNCING:
            column.addWidget(label(self.sentence(account), tone="secondary", wrap=True))
        if account.error:
            tone = "danger" if account.state is AccountState.REFUSED else "warning"
            column.addWidget(label(account.error, tone=tone, wrap=True))
        busy = account.state in (AccountState.SYNCING, AccountState.NEW)
        if busy and account.on_server:
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setRange(0, account.on_server)
            bar.setValue(account.stored)
            column.addWidget(bar)
        for folder in account.folders[:_MOST_FOLDERS]:
            self._folder(column, folder)

    def _button(self, account: AccountSync) -> TextButton:
        if account.state is AccountState.REFUSED:
            button = TextButton(self._theme, self.tr("Sign in again"), "link")
            button.clicked.connect(lambda: self.sign_in.emit(account.id))
        else:
            failed = account.state in (AccountState.OFFLINE, AccountState.FAILED)
            text = self.tr("Try again") if failed else self.tr("Check now")
            button = TextButton(self._theme, text, "link")
            button.clicked.connect(lambda: self.retried.emit(account.id))
        return button

    def _folder(self, column: QVBoxLayout, folder: FolderState) -> None:
        number = self.locale().toString
        row = QHBoxLayout()
        name = self._theme.metrics("small").elidedText(
            self.tr("Inbox") if folder.name.upper() == "INBOX" else folder.name,
            Qt.TextElideMode.ElideMiddle,
            200,
        )
        row.addWidget(label(name, face="small", tone="secondary"), 1)
        count = number(folder.stored)
        if folder.stored < folder.on_server:
            count = self.tr("%1 of %2").replace("%1", count).replace("%2", number(folder.on_server))
        row.addWidget(label(count, face="small", tone="tertiary"))
        column.addLayout(row)
        if folder.error:
            column.addWidget(label(folder.error, face="small", tone="warning", wrap=True))

    def sentence(self, account: AccountSync) -> str:
        """Return the state of an account in plain words."""
        match account.state:
            case AccountState.READY:
                return self.tr("Up to date")
            case AccountState.OFFLINE:
                return self.tr("Offline. What you do here is done on the server later.")
            case AccountState.REFUSED:
                return self.tr("The server does not accept the password any more.")
            case AccountState.FAILED:
                return self.tr("The last sync did not come to its end.")
            case _ if account.on_server:
                number = self.locale().toString
                text = self.tr("%1 of %2 messages are here")
                return text.replace("%1", number(account.stored)).replace(
                    "%2", number(account.on_server)
                )
            case _:
                return self.tr("Connecting…")
