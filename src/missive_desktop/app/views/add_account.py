"""The screen for adding an account: one field first, the rest as it becomes known."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.add_account import Stage, State, endpoint_text
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, TextButton, ground, label, line, restyle
from missive_desktop.app.views.forms import TALL, Field, FormPage, Mark, Problem, caption
from missive_desktop.app.views.small import Choice, OneLine
from missive_desktop.domain.account import AccountSettings, Endpoint, Security


class AddAccountScreen(FormPage):
    """Fills the window on the first run, a dialog later."""

    address_typed = Signal(str)
    address_done = Signal()
    settings_wanted = Signal()
    sign_in_asked = Signal(str, object)  # password, AccountSettings or None
    sample_wanted = Signal()
    team_wanted = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, *, first: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._state = State()
        self._column = self.column
        self._column.addStretch(2)
        self._head(first)
        self._address_part()
        self._found = _Found(theme)
        self._column.addSpacing(14)
        self._column.addWidget(self._found)
        self._form = _Form(theme)
        self._column.addWidget(self._form)
        self._password_part()
        self._problem = Problem(theme)
        self._column.addWidget(self._problem)
        self._buttons(first)
        self._column.addStretch(3)
        self.setFocusProxy(self._address)
        self.show_state(State())

    # -- what the presenter asks

    def show_state(self, state: State) -> None:
        before, self._state = self._state, state
        known = state.stage in (Stage.FOUND, Stage.MANUAL, Stage.SIGNING_IN, Stage.DONE)
        busy = state.stage in (Stage.SIGNING_IN, Stage.DONE)
        manual = known and (state.stage is Stage.MANUAL or (busy and not self._form.isHidden()))
        self._looking.setVisible(state.stage is Stage.LOOKING)
        self._found.setVisible(known and not manual)
        self._form.setVisible(manual)
        self._secret_part.setVisible(known)
        self._secret_part.say("" if state.error else state.hint)
        self._sign_in.setText(self.tr("Signing in…") if busy else self.tr("Sign in"))
        self._sign_in.setVisible(known)
        self._change.setVisible(known and not manual)
        self._check.setVisible(known)
        for widget in (self._address, self._secret, self._sign_in, self._change, self._form):
            widget.setEnabled(not busy)
        if state.settings is not None and state.settings != before.settings:
            self._found.show_settings(state.settings, state.source)
            self._form.set_settings(state.settings)
        self._problem.show_text(state.error, state.advice)
        restyle(self._secret, "wrong", str(state.password_wrong).lower())
        restyle(self._address, "wrong", str(bool(state.error) and not known).lower())
        if state.password_wrong:
            self._secret.setFocus()
            self._secret.selectAll()
        elif state.stage is Stage.MANUAL and before.stage is not Stage.MANUAL:
            self._form.begin()

    def show_address(self, address: str) -> None:
        """Fill the address in, for one who signs in again."""
        self._address.setText(address)

    # -- its parts

    def _head(self, first: bool) -> None:
        title = self.tr("Add your first account") if first else self.tr("Add an account")
        self._column.addWidget(Mark(self._theme))
        self._column.addSpacing(24)
        self._column.addWidget(label(title, face="title"))
        self._column.addSpacing(4)
        promise = self.tr(
            "Your mail stays with your provider and on this computer. We have no servers that"
            " can read it."
        )
        self._column.addWidget(label(promise, tone="secondary", wrap=True))
        self._column.addSpacing(24)

    def _address_part(self) -> None:
        self._address = QLineEdit()
        self._address.setStyleSheet(TALL)
        self._address.setPlaceholderText("name@example.org")
        self._check = self._address.addAction(
            self._theme.icon("check", "success", active="success"),
            QLineEdit.ActionPosition.TrailingPosition,
        )
        self._address.textEdited.connect(self.address_typed)
        self._address.returnPressed.connect(self._address_return)
        self._column.addWidget(caption(self.tr("E-mail address"), self._address))
        self._column.addSpacing(4)
        self._column.addWidget(self._address)
        self._looking = label(self.tr("Looking for its servers…"), face="small", tone="secondary")
        self._column.addSpacing(6)
        self._column.addWidget(self._looking)

    def _password_part(self) -> None:
        kept = self.tr("Kept encrypted on this computer")
        self._secret_part = Field(self._theme, self.tr("Password"), kept, secret=True)
        self._secret_part.setContentsMargins(0, 16, 0, 0)
        self._secret = self._secret_part.edit
        self._secret.returnPressed.connect(self._ask_sign_in)
        self._column.addWidget(self._secret_part)

    def _buttons(self, first: bool) -> None:
        self._sign_in = TextButton(self._theme, self.tr("Sign in"), "primary")
        self._sign_in.setFixedHeight(36)
        self._sign_in.clicked.connect(self._ask_sign_in)
        self._change = TextButton(self._theme, self.tr("Change the settings"), "quiet")
        self._change.clicked.connect(self.settings_wanted)
        self._column.addSpacing(20)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._sign_in)
        row.addWidget(self._change)
        row.addStretch(1)
        if not first:
            cancel = TextButton(self._theme, self.tr("Cancel"), "quiet")
            cancel.clicked.connect(self.cancelled)
            row.addWidget(cancel)
        self._column.addLayout(row)
        if first:
            self._column.addSpacing(28)
            self._column.addWidget(line())
            self._column.addSpacing(12)
            sample = _Way(
                self._theme,
                "mail-open",
                self.tr("Look around with sample mail"),
                self.tr("needs no account"),
            )
            sample.clicked.connect(self.sample_wanted)
            self._column.addWidget(sample)
            team = _Way(self._theme, "users", self.tr("Join a team"), self.tr("with an invitation"))
            team.clicked.connect(self.team_wanted)
            self._column.addWidget(team)

    # -- what happens in it

    def _address_return(self) -> None:
        if self._secret_part.isVisible():
            self._secret.setFocus()
        else:
            self.address_done.emit()

    def _ask_sign_in(self) -> None:
        typed = self._form.settings(self._state.settings) if self._form.isVisible() else None
        self.sign_in_asked.emit(self._secret.text(), typed)


class _Found(QWidget):
    """What was found for the address, and who said so."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "raised")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 6, 16, 6)
        self._column.setSpacing(0)

    def show_settings(self, settings: AccountSettings, source: str) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        rows: list[tuple[str, str]] = [(self.tr("Settings found"), source)]
        rows.append(
            (
                self.tr("Incoming: IMAP, {0}").format(settings.imap.host),
                endpoint_text(settings.imap),
            )
        )
        if settings.smtp is not None:
            rows.append(
                (
                    self.tr("Outgoing: SMTP, {0}").format(settings.smtp.host),
                    endpoint_text(settings.smtp),
                )
            )
        for index, (text, remark) in enumerate(rows):
            if index:
                self._column.addWidget(line())
            self._column.addWidget(self._row(text, remark))

    def _row(self, text: str, remark: str) -> QWidget:
        row = QWidget()
        row.setFixedHeight(36)
        inner = QHBoxLayout(row)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        inner.addWidget(Icon(self._theme, "circle-check", "success"))
        inner.addWidget(OneLine(text), 1)
        inner.addWidget(label(remark, face="small", tone="secondary"))
        return row


class _Form(QWidget):
    """The servers, to be said by the user."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._rows: dict[str, tuple[QLineEdit, QLineEdit, Choice]] = {}
        self._user = QLineEdit()
        self._name = QLineEdit()
        self._name.setPlaceholderText(self.tr("as others see it; may stay empty"))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.addRow(label(self.tr("Your name"), tone="secondary"), self._name)
        form.addRow(label(self.tr("User name"), tone="secondary"), self._user)
        for key, text in (("imap", self.tr("Incoming")), ("smtp", self.tr("Outgoing"))):
            host, port, security = QLineEdit(), QLineEdit(), Choice(theme)
            host.setAccessibleName(self.tr("{0} server").format(text))
            port.setAccessibleName(self.tr("{0} port").format(text))
            port.setValidator(QIntValidator(1, 65535, port))
            port.setFixedWidth(72)
            security.setFixedWidth(112)
            security.addItem("TLS", Security.TLS.value)
            security.addItem("STARTTLS", Security.STARTTLS.value)
            security.setAccessibleName(self.tr("{0} encryption").format(text))
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(host, 1)
            row.addWidget(port)
            row.addWidget(security)
            form.addRow(label(text, tone="secondary"), row)
            self._rows[key] = (host, port, security)

    def begin(self) -> None:
        self._rows["imap"][0].setFocus()
        self._rows["imap"][0].selectAll()

    def set_settings(self, settings: AccountSettings) -> None:
        self._user.setText(settings.user)
        self._name.setText(settings.name)
        for key, endpoint in (("imap", settings.imap), ("smtp", settings.smtp)):
            host, port, security = self._rows[key]
            if endpoint is None:
                host.clear()
                continue
            host.setText(endpoint.host)
            port.setText(str(endpoint.port))
            security.setCurrentIndex(security.findData(endpoint.security.value))

    def settings(self, known: AccountSettings | None) -> AccountSettings | None:
        """Return what stands in the form; without an outgoing server nothing can be sent."""
        if known is None:
            return None
        smtp = self._endpoint("smtp")
        return msgspec.structs.replace(
            known,
            imap=self._endpoint("imap"),
            smtp=smtp if smtp.host else None,
            user=self._user.text().strip(),
            name=self._name.text().strip(),
        )

    def _endpoint(self, key: str) -> Endpoint:
        host, port, security = self._rows[key]
        return Endpoint(
            host.text().strip(), int(port.text() or 0), Security(security.currentData())
        )


class _Way(TextButton):
    """A row that leads elsewhere."""

    def __init__(self, theme: Theme, icon: str, text: str, remark: str) -> None:
        super().__init__(theme, "", "row")
        self.setAccessibleName(f"{text}, {remark}")
        inner = QHBoxLayout(self)
        inner.setContentsMargins(8, 0, 8, 0)
        inner.setSpacing(12)
        for widget in self._parts(theme, icon, text, remark):
            inner.addWidget(widget, 1 if isinstance(widget, OneLine) else 0)
        self.setFixedHeight(40)

    def _parts(self, theme: Theme, icon: str, text: str, remark: str) -> Sequence[QWidget]:
        said = label(remark, face="small", tone="secondary")
        parts = [Icon(theme, icon), OneLine(text), said, Icon(theme, "chevron-right")]
        for part in parts:
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return parts
