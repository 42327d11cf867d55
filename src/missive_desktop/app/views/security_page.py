"""Login and security in a team: password, second factor, devices; and letting one more in."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from missive_desktop.app.presenters.sync_state import TeamSync
from missive_desktop.app.presenters.team_login import Device, Login
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.controls import Icon, TextButton, label
from missive_desktop.app.views.dates import mail_time
from missive_desktop.app.views.forms import Problem
from missive_desktop.app.views.sync_teams import sentence
from missive_desktop.app.views.team_settings import Card, SettingsPage, titled
from missive_desktop.app.views.two_factor import CodesCard, TwoFactorCard
from missive_desktop.domain.team import TeamState


class SecurityPage(SettingsPage):
    """Each signal asks for one thing; passwords go with it and are not kept."""

    password_changed = Signal(str, str, str)  # old, new, code
    two_factor_begun = Signal(str)
    two_factor_confirmed = Signal(str)
    two_factor_cancelled = Signal()
    two_factor_ended = Signal(str, str)
    new_codes = Signal(str, str)
    codes_kept = Signal()
    approved = Signal(str)
    revoked = Signal(str)
    others_ended = Signal()
    signed_out = Signal(bool)
    left = Signal()
    sign_in = Signal()
    retried = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._login = Login(0)
        self._setting_up: TwoFactorCard | None = None
        self.set_head(
            self.tr("Login and security"),
            self.tr("How you prove that it is you, and where you are signed in."),
        )
        self._done = label(tone="success", wrap=True)
        self._done.hide()
        self._problem = Problem(theme)
        self._server = Card()
        self._password, self._factor, self._devices, self._leave = Card(), Card(), Card(), Card()
        for part in (self._done, self._problem, self._server, self._password, self._factor,
                     self._devices, self._leave):  # fmt: skip
            self.column.addWidget(part)
        self.column.addStretch(1)

    def show_server(self, host: str, team: TeamSync) -> None:
        """Show which server it is, and how it is with it."""
        self._server.clear()
        tone = "secondary" if team.state in (TeamState.READY, TeamState.CONNECTING) else "warning"
        words = titled(self.tr("Server {0}").format(host), sentence(team), tone)
        parts = [words]
        if team.state in (TeamState.SIGNED_OUT, TeamState.LOCKED, TeamState.APPROVAL):
            parts.append(self._button(self.tr("Sign in…"), self.sign_in.emit, "primary"))
        elif team.state is TeamState.OFFLINE:
            parts.append(self._button(self.tr("Try again"), self.retried.emit))
        self._server.add(*parts)

    def show_login(self, login: Login) -> None:
        if login.error and login.error != self._login.error:
            self.verticalScrollBar().setValue(0)  # where it is said
        self._login = login
        self._done.setText(login.done)
        self._done.setVisible(bool(login.done))
        self._problem.show_text(login.error, login.advice)
        for part in (self._password, self._factor, self._devices):
            part.setVisible(login.known)
        self._leave.setVisible(not login.loading)
        self._show_leaving()
        if not login.known:
            return
        self._show_password(login)
        self._show_factor(login)
        self._show_devices(login)

    def _show_leaving(self) -> None:
        self._leave.clear()
        out = self._button(self.tr("Sign out"), lambda: self.signed_out.emit(False), "danger")
        gone = self._button(self.tr("Sign out and forget"), self._ask_forget, "danger")
        text = self.tr("What is here of the team stays, unless it is forgotten, too.")
        self._leave.add(titled(self.tr("This device"), text), out, gone)
        text = self.tr("Ends your membership. What you shared stays with the team.")
        leave = self._button(self.tr("Leave…"), self._ask_leave, "danger")
        self._leave.add(titled(self.tr("Leave the team"), text), leave)

    # -- password

    def _show_password(self, login: Login) -> None:
        self._password.clear()
        change = self._button(self.tr("Change"), self._ask_password)
        self._password.add(titled(self.tr("Password"), login.email), change)

    def _ask_password(self) -> None:
        dialog = self._dialog(self.tr("Change your password"), self.tr("Change"))
        dialog.add_text(self.tr("Your other devices have to sign in again."))
        dialog.add_field("old", self.tr("Password as it is"), secret=True)
        dialog.add_field("new", self.tr("New password"), secret=True, judged=True)
        if self._login.two_factor:
            dialog.add_field("code", self.tr("Code of your authenticator app"))
        dialog.given.connect(
            lambda typed: self.password_changed.emit(
                typed["old"], typed["new"], typed.get("code", "")
            )
        )
        dialog.open()

    # -- second factor

    def _show_factor(self, login: Login) -> None:
        if self._setting_up is not None and login.offer is not None:
            if login.error:
                self._setting_up.ask_again()
            return  # what is being typed stays
        self._factor.clear()
        self._setting_up = None
        if login.codes:
            card = CodesCard(self._theme, login.codes)
            card.kept.connect(self.codes_kept)
            self._factor.rows.addWidget(card)
        elif login.offer is not None:
            self._setting_up = TwoFactorCard(self._theme, *login.offer)
            self._setting_up.confirmed.connect(self.two_factor_confirmed)
            self._setting_up.cancelled.connect(self.two_factor_cancelled)
            self._factor.rows.addWidget(self._setting_up)
        elif login.two_factor:
            left = self.tr("On. {0} recovery codes are left.").format(login.codes_left)
            if login.codes_left == 1:
                left = self.tr("On. One recovery code is left.")
            codes = self._button(self.tr("New recovery codes"), self._ask_codes)
            off = self._button(self.tr("Turn off"), self._ask_off, "danger")
            off.setEnabled(not login.required)
            off.setToolTip(self.tr("Your organization asks for it.") if login.required else "")
            self._factor.add(titled(self.tr("Second factor"), left), codes, off)
        else:
            text = self.tr("A code from an authenticator app, asked once on each new device.")
            tone = "secondary"
            if login.required:
                text, tone = self.tr("Your organization asks for it: set it up now."), "warning"
            begin = self._button(self.tr("Set up"), self._ask_begin, "primary")
            self._factor.add(titled(self.tr("Second factor"), text, tone), begin)

    def _ask_begin(self) -> None:
        dialog = self._dialog(self.tr("Set up a second factor"), self.tr("Go on"))
        dialog.add_field("password", self.tr("Password"), secret=True)
        dialog.given.connect(lambda typed: self.two_factor_begun.emit(typed["password"]))
        dialog.open()

    def _ask_codes(self) -> None:
        text = self.tr("The recovery codes that you have end at once.")
        dialog = self._proof(self.tr("New recovery codes"), text, self.tr("Make new ones"))
        dialog.given.connect(lambda typed: self.new_codes.emit(typed["password"], typed["code"]))
        dialog.open()

    def _ask_off(self) -> None:
        text = self.tr("Your password alone lets a new device sign in then.")
        dialog = self._proof(self.tr("Turn the second factor off"), text, self.tr("Turn off"))
        dialog.given.connect(
            lambda typed: self.two_factor_ended.emit(typed["password"], typed["code"])
        )
        dialog.open()

    def _proof(self, title: str, text: str, go: str) -> AskDialog:
        dialog = self._dialog(title, go)
        dialog.add_text(text)
        dialog.add_field("password", self.tr("Password"), secret=True)
        dialog.add_field("code", self.tr("Code of your authenticator app"))
        return dialog

    # -- devices

    def _show_devices(self, login: Login) -> None:
        self._devices.clear()
        count = self.tr("Devices {0}").format(len(login.devices))
        approve = self._button(self.tr("Let a device in…"), self._ask_approve)
        others = self._button(self.tr("Sign out everywhere else"), self.others_ended.emit, "danger")
        others.setEnabled(len(login.devices) > 1)
        self._devices.add(titled(count), approve, others)
        for device in login.devices:
            self._device(device)

    def _device(self, device: Device) -> None:
        waits = device.state == "pending"
        icon = Icon(self._theme, "triangle-alert", "warning")
        if not waits:
            icon = Icon(self._theme, "monitor")
        called = device.name or self.tr("A device")
        if device.platform:
            called = f"{called}, {device.platform}"
        used = self.tr("last used {0}").format(mail_time((device.used or device.since) // 1000))
        told = self.tr("waits to be let in, since {0}").format(mail_time(device.since // 1000))
        words = titled(called, told if waits else used, "warning" if waits else "secondary")
        if device.current:
            chip = label(self.tr("This device"), face="small", tone="success")
            self._devices.add(words, chip, icon=icon)
        elif waits:
            let_in = TextButton(self._theme, self.tr("Let in…"), "link")
            let_in.clicked.connect(self._ask_approve)
            drop = self._revoke(device, self.tr("Not me"))
            self._devices.add(words, let_in, drop, icon=icon)
        else:
            self._devices.add(words, self._revoke(device, self.tr("Sign out")), icon=icon)

    def _revoke(self, device: Device, text: str) -> TextButton:
        button = TextButton(self._theme, text, "link")
        button.clicked.connect(lambda: self._ask_revoke(device))
        return button

    def _ask_revoke(self, device: Device) -> None:
        name = device.name or self.tr("this device")
        dialog = self._dialog(self.tr("Sign {0} out?").format(name), self.tr("Sign out"))
        dialog.add_text(
            self.tr(
                "It gets nothing from now on, and what your teams write is sealed with new keys."
                " It cannot be let in again without your password."
            )
        )
        dialog.given.connect(lambda _: self.revoked.emit(device.id))
        dialog.open()

    def _ask_approve(self) -> None:
        dialog = self._dialog(self.tr("Let a device in"), self.tr("Let it in"))
        dialog.add_text(
            self.tr(
                "Type the code that the new device shows. Do it only for a device that stands"
                " before you: it will read all that you can read."
            )
        )
        dialog.add_field("code", self.tr("Code on the new device"))
        dialog.given.connect(lambda typed: self.approved.emit(typed["code"]))
        dialog.open()

    def _ask_forget(self) -> None:
        dialog = self._dialog(self.tr("Sign out and forget the team?"), self.tr("Forget it"))
        dialog.add_text(
            self.tr(
                "All mail, comments and drafts of the team go from this computer. Your colleagues"
                " keep theirs. To come back, this device has to be let in again."
            )
        )
        dialog.given.connect(lambda _: self.signed_out.emit(True))
        dialog.open()

    def _ask_leave(self) -> None:
        dialog = self._dialog(self.tr("Leave the team?"), self.tr("Leave it"))
        dialog.add_text(
            self.tr(
                "All that is here of the team goes from your devices. To come back, somebody has"
                " to invite you again."
            )
        )
        dialog.given.connect(lambda _: self.left.emit())
        dialog.open()

    def _dialog(self, title: str, go: str) -> AskDialog:
        return AskDialog(self._theme, title, go, self)

    def _button(self, text: str, act: object, role: str = "secondary") -> QWidget:
        button = TextButton(self._theme, text, role, small=True)
        button.clicked.connect(act)
        return button
