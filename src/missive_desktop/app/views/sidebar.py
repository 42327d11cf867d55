"""The sidebar: whose mail it is and compose on top, places, the state of sync at the foot."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from missive_desktop.app.presenters.sidebar import Content
from missive_desktop.app.presenters.sync_state import Overall, SyncState
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Avatar, IconButton, ground, label, line
from missive_desktop.app.views.dates import mail_time
from missive_desktop.app.views.painting import fill_rounded
from missive_desktop.app.views.sidebar_tree import PlaceTree


class SyncLine(QPushButton):
    """One line that says how far sync is; a click opens the detail."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state = SyncState(Overall.EMPTY)
        self.rail = False
        self.setProperty("role", "row")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def show_sync(self, state: SyncState) -> None:
        self._state = state
        text = self.sentence()
        self.setAccessibleName(text)
        self.setToolTip(text if self.rail else self.tr("State of accounts and teams"))
        self.update()

    def sentence(self) -> str:
        """Return the state in a few words."""
        state, number = self._state, self.locale().toString
        match state.overall:
            case Overall.UP_TO_DATE:
                serving = [each.serves for team in state.teams for each in team.spaces]
                serving = [address for address in serving if address]
                if len(serving) == 1:
                    return self.tr("Up to date, serves {0}").format(serving[0])
                if serving:
                    return self.tr("Up to date, serves {0} inboxes").format(len(serving))
                return self.tr("Up to date")
            case Overall.SYNCING if state.total:
                return (
                    self.tr("%1 of %2")
                    .replace("%1", number(state.done))
                    .replace("%2", number(state.total))
                )
            case Overall.SYNCING:
                return self.tr("Connecting…")
            case Overall.OFFLINE if waiting := sum(team.waiting for team in state.teams):
                return self.tr("Offline, {0} waiting").format(number(waiting))
            case Overall.OFFLINE:
                since = max((team.since for team in state.teams), default=0)
                if since and not state.accounts:
                    return self.tr("Offline since {0}").format(mail_time(since))
                return self.tr("Offline")
            case Overall.SIGN_IN:
                return self.tr("Sign in again")
            case Overall.FAILED:
                return self.tr("Sync has a problem")
            case Overall.STOPPED:
                return self.tr("Restarting…")
            case Overall.APPROVAL:
                return self.tr("Waits for approval")
            case Overall.EMPTY:
                return self.tr("On this computer")

    def sizeHint(self) -> QSize:
        return QSize(80, 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        if self.underMouse():
            area = QRectF(self.rect()).adjusted(0, 2, 0, -2)
            fill_rounded(painter, area, theme.radius(), theme.color("surface-hover"))
        icon, color = {
            Overall.SYNCING: ("refresh-cw", "text-secondary"),
            Overall.OFFLINE: ("wifi-off", "text-secondary"),
            Overall.SIGN_IN: ("triangle-alert", "danger"),
            Overall.FAILED: ("triangle-alert", "warning"),
            Overall.STOPPED: ("refresh-cw", "text-secondary"),
            Overall.APPROVAL: ("key-round", "text-secondary"),
        }.get(self._state.overall, ("", "success"))
        middle = self.height() / 2
        rtl = self.isRightToLeft()
        if icon:
            size = theme.size("icon-small")
            pixmap = theme.pixmap(icon, color, size, ratio=self.devicePixelRatioF())
            x = self.width() / 2 - 7 if self.rail else (self.width() - 5 - size if rtl else 5)
            painter.drawPixmap(round(x), round(middle - size / 2), pixmap)
        else:
            x = self.width() / 2 - 4 if self.rail else (self.width() - 16 if rtl else 8)
            tone = "text-tertiary" if self._state.overall is Overall.EMPTY else "success"
            fill_rounded(painter, QRectF(x, middle - 4, 8, 8), 4, theme.color(tone))
        if not self.rail:
            painter.setFont(theme.font("small", tabular=True))
            strong = color in ("danger", "warning")
            painter.setPen(theme.color(color if strong else "text-secondary"))
            area = QRectF(self.rect()).adjusted(24, 0, -24 if rtl else -4, 0)
            leading = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
            text = theme.metrics("small").elidedText(
                self.sentence(), Qt.TextElideMode.ElideRight, area.width()
            )
            painter.drawText(area, leading, text)
        painter.end()


class Sidebar(QWidget):
    """Folds to a rail of icons in a narrow window."""

    compose = Signal()
    settings = Signal()
    sync_detail = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "sunken")
        self.tree = PlaceTree(theme)
        self.sync_line = SyncLine(theme)
        self._avatar = Avatar(theme, theme.size("avatar-mail") - 4)
        self._owner = label(face="strong")
        self._compose = IconButton(theme, "square-pen", self.tr("Write a mail (C)"))
        self._gear = IconButton(theme, "settings", self.tr("Settings"))
        for button in (self._compose, self._gear):
            button.setProperty("on-sunken", "true")
        self._compose.clicked.connect(self.compose)
        self._gear.clicked.connect(self.settings)
        self.sync_line.clicked.connect(self.sync_detail)
        self._lay_out()
        self.set_rail(False)

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.setSpacing(8)
        self._head.addWidget(self._avatar)
        self._head.addWidget(self._owner, 1)
        self._head.addWidget(self._compose)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(4)
        self._foot.addWidget(self.sync_line, 1)
        self._foot.addWidget(self._gear)
        self._rail_compose = IconButton(self._theme, "square-pen", self.tr("Write a mail (C)"))
        self._rail_compose.clicked.connect(self.compose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addWidget(self._rail_compose, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.tree, 1)
        self._line = line()
        column.addWidget(self._line)
        column.addLayout(self._foot)

    @property
    def gear(self) -> IconButton:
        return self._gear

    def show_content(self, content: Content) -> None:
        self._avatar.set_person(content.owner, content.address)
        self._avatar.setVisible(bool(content.owner))
        metrics = self._theme.metrics("body", strong=True)
        self._owner.setText(metrics.elidedText(content.owner, Qt.TextElideMode.ElideRight, 120))
        self._owner.setToolTip(content.address)
        self.tree.show_content(content)

    def show_sync(self, state: SyncState) -> None:
        self.sync_line.show_sync(state)

    def set_rail(self, rail: bool) -> None:
        self.setFixedWidth(self._theme.size("rail" if rail else "sidebar") - 1)  # and a hairline
        self.tree.set_rail(rail)
        self.sync_line.rail = rail
        self._owner.setVisible(not rail)
        self._compose.setVisible(not rail)
        self._rail_compose.setVisible(rail)
        self._line.setVisible(not rail)
        across = QBoxLayout.Direction.LeftToRight
        self._foot.setDirection(QBoxLayout.Direction.TopToBottom if rail else across)
        inset = 16 if rail else 12
        self._head.setContentsMargins(16, 10, inset, 10)
        self._head.setAlignment(self._avatar, Qt.AlignmentFlag.AlignCenter)
        side = (self.width() - self._gear.width()) // 2 if rail else 8
        self._foot.setContentsMargins(side, 4, side, 8 if rail else 4)
