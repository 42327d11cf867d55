"""The screen on which one comes into a team: by invitation, by a set-up link, on a further device.

Which fields it shows follows from what its presenter says; it decides nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.presenters.entering import State, Step, strength
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.code_groups import CodeGroups
from missive_desktop.app.views.controls import TextButton, label
from missive_desktop.app.views.forms import Field, FormPage, Mark, Problem
from missive_desktop.app.views.recovery_key import RecoveryKeyCard

_TONES = ("secondary", "warning", "success", "success")


class EnteringScreen(FormPage):
    """Fills the window. Each signal carries what was typed."""

    given = Signal(str)
    login_wanted = Signal()
    joined = Signal(str, str, str)  # address, name, password
    created = Signal(str, str, str, str)  # address, name, organization, password
    signed_in = Signal(str, str, str)  # server, address, password
    factor_typed = Signal(str)
    recovery_wanted = Signal()
    recovered = Signal(str)
    key_kept = Signal()
    key_again = Signal()
    proved = Signal(tuple)
    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state = State()
        self._fields: dict[str, Field] = {}
        self._proof: list[Field] = []
        self.column.addStretch(2)
        self.column.addWidget(Mark(theme))
        self.column.addSpacing(24)
        self._title = label(face="title", wrap=True)
        self._text = label(tone="secondary", wrap=True)
        self.column.addWidget(self._title)
        self.column.addSpacing(4)
        self.column.addWidget(self._text)
        self.column.addSpacing(20)
        self._body = QWidget()
        self.column.addWidget(self._body)
        self._problem = Problem(theme)
        self.column.addWidget(self._problem)
        self.column.addSpacing(16)
        self._buttons()
        self.column.addStretch(3)
        self.show_state(State())

    def _buttons(self) -> None:
        self._go = TextButton(self._theme, "", "primary")
        self._go.setFixedHeight(36)
        self._go.clicked.connect(self._go_on)
        self._other = TextButton(self._theme, "", "quiet")
        self._other.clicked.connect(self._go_elsewhere)
        self._cancel = TextButton(self._theme, self.tr("Cancel"), "quiet")
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._go)
        row.addWidget(self._other)
        row.addStretch(1)
        row.addWidget(self._cancel)
        self.column.addLayout(row)

    # -- what the presenter asks

    def show_state(self, state: State) -> None:
        """Show a step; the fields of one that is being worked on stay as they are."""
        before, self._state = self._state, state
        busy = state.step in (Step.WORKING, Step.LOOKING, Step.DONE)
        if not busy and (before.step, before.before) != (state.step, state.before):
            again = before.step is Step.WORKING and before.before is state.step
            if not again or not self._fields:
                self._build(state)
        elif not self._fields and not busy:
            self._build(state)
        self._body.setEnabled(not busy)
        self._go.setEnabled(not busy)
        self._other.setEnabled(not busy)
        title, text, go, other = self._words(state.before if busy else state.step)
        self._title.setText(title)
        self._text.setText(text)
        working = {Step.LOOKING: self.tr("Looking…"), Step.WORKING: self.tr("One moment…")}
        self._go.setText(working.get(state.step, go))
        self._go.setVisible(bool(go))
        self._other.setText(other)
        self._other.setVisible(bool(other))
        self._cancel.setVisible(state.step not in (Step.KEY, Step.PROVE, Step.DONE))
        self._problem.show_text(state.error, state.advice)

    def show_link(self, link: str) -> None:
        """Fill in a link that the program was opened with."""
        if "link" in self._fields:
            self._fields["link"].edit.setText(link)

    # -- words

    def _words(self, step: Step) -> tuple[str, str, str, str]:
        """Return title, explanation, what the button does, and another way."""
        host = self._state.server.partition("://")[2]
        match step:
            case Step.JOIN:
                return (
                    self.tr("Join a team"), self._invited(host), self.tr("Join"),
                    self.tr("I have a login there"),
                )  # fmt: skip
            case Step.CREATE:
                text = self.tr(
                    "You will be its owner. The server at {0} keeps what your team shares, and can"
                    " read none of it."
                )
                return self.tr("Create a team"), text.format(host), self.tr("Create"), ""
            case Step.LOGIN:
                text = self.tr("Another device of yours will let this one in: have it at hand.")
                return self.tr("Sign in to your team"), text, self.tr("Sign in"), ""
            case Step.CODE:
                text = self.tr("Type the six digits of your authenticator app, or a recovery code.")
                return self.tr("Second factor"), text, self.tr("Go on"), ""
            case Step.APPROVAL:
                text = self.tr(
                    "On a device where you are signed in, open Settings, Login and security, and"
                    " type this code. Nobody can read your team's mail here before that."
                )
                other = self.tr("I have no other device")
                return self.tr("Let this device in"), text, "", other
            case Step.RECOVER:
                text = self.tr(
                    "The recovery key of the organization gives you a new identity. All your other"
                    " devices are signed out."
                )
                return self.tr("Use the recovery key"), text, self.tr("Recover"), ""
            case Step.KEY | Step.PROVE:
                return self._key_words(step)
            case _:
                text = self.tr(
                    "Paste the invitation that you were sent, or the set-up link of a new server."
                )
                return self.tr("Join or create a team"), text, self.tr("Go on"), ""

    def _key_words(self, step: Step) -> tuple[str, str, str, str]:
        if step is Step.KEY:
            text = self.tr(
                "Write it down and lock it away. It opens everything again when all devices are"
                " lost. It is shown this once and kept nowhere: not here, not on the server."
            )
            return self.tr("Your recovery key"), text, self.tr("I have written it down"), ""
        text = self.tr("Type these two groups of your recovery key, from what you wrote down.")
        back = self.tr("Show it again")
        return self.tr("Is it right?"), text, self.tr("Go on"), back

    def _invited(self, host: str) -> str:
        roles = {
            "owner": self.tr("an owner"), "admin": self.tr("an admin"),
            "member": self.tr("a member"), "drafter": self.tr("a member who writes drafts"),
            "viewer": self.tr("a member who reads"), "guest": self.tr("a guest"),
        }  # fmt: skip
        role = roles.get(self._state.role, self.tr("a member"))
        text = self.tr("You are invited to the team at {0}, as {1}, with {2}.")
        count = self._state.spaces
        inboxes = (
            self.tr("one shared inbox")
            if count == 1
            else self.tr("{0} shared inboxes").format(count)
        )
        return text.format(host, role, inboxes)

    # -- fields

    def _build(self, state: State) -> None:
        self._fields, self._proof = {}, []
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        match state.step:
            case Step.LINK:
                self._add(column, "link", self.tr("Link"), "https://…")
            case Step.JOIN:
                self._fingerprint(column, state.fingerprint)
                self._person(column, state)
            case Step.CREATE:
                name = self.tr("Name of the organization")
                self._add(column, "organization", name, text=state.organization)
                self._person(column, state)
            case Step.LOGIN:
                self._add(column, "server", self.tr("Server"), "team.example.org", state.server)
                self._add(column, "email", self.tr("E-mail address"), text=state.email)
                self._add(column, "password", self.tr("Password"), secret=True)
            case Step.CODE:
                self._add(column, "code", self.tr("Code"), "123 456")
            case Step.APPROVAL:
                column.addWidget(CodeGroups(self._theme, state.code))
                column.addSpacing(12)
                column.addWidget(label(self.tr("Waiting for your other device…"), face="small",
                                       tone="secondary"))  # fmt: skip
            case Step.RECOVER:
                self._add(column, "key", self.tr("Recovery key"))
            case Step.KEY:
                column.addWidget(RecoveryKeyCard(self._theme, state.recovery))
            case Step.PROVE:
                for number in state.asked:
                    field = Field(self._theme, self.tr("Group {0}").format(number))
                    field.edit.returnPressed.connect(self._go_on)
                    self._proof.append(field)
                    column.addWidget(field)
            case _:
                pass
        self._exchange(body)

    def _exchange(self, body: QWidget) -> None:
        old, self._body = self._body, body
        self.column.replaceWidget(old, body)
        old.hide()
        old.deleteLater()
        fields = [*self._fields.values(), *self._proof]
        empty = next((field for field in fields if not field.text), None)
        if empty is not None:
            empty.setFocus()

    def _add(
        self,
        column: QVBoxLayout,
        key: str,
        name: str,
        placeholder: str = "",
        text: str = "",
        *,
        secret: bool = False,
    ) -> Field:
        field = Field(self._theme, name, placeholder, secret=secret)
        field.edit.setText(text)
        field.edit.returnPressed.connect(self._go_on)
        self._fields[key] = field
        column.addWidget(field)
        return field

    def _person(self, column: QVBoxLayout, state: State) -> None:
        self._add(column, "name", self.tr("Your name"), self.tr("as your team sees it"))
        self._add(column, "email", self.tr("E-mail address"), text=state.email)
        field = self._add(column, "password", self.tr("New password"), secret=True)
        field.say(self.tr("For this server. It never gets the password itself."))

        def judge(text: str) -> None:
            level, words = strength(text)
            field.say(words if text else "", _TONES[level])

        field.edit.textEdited.connect(judge)

    def _fingerprint(self, column: QVBoxLayout, shown: str) -> None:
        words = self.tr("Who invited you sees the same letters. Compare them if in doubt:")
        column.addWidget(label(words, face="small", tone="secondary", wrap=True))
        column.addSpacing(6)
        column.addWidget(CodeGroups(self._theme, shown, small=True))
        column.addSpacing(16)

    # -- acts

    def _typed(self, *keys: str) -> list[str]:
        plain = {key: field.text for key, field in self._fields.items()}
        return [plain[key] if key == "password" else plain[key].strip() for key in keys]

    def _go_on(self) -> None:
        match self._state.step:
            case Step.LINK:
                self.given.emit(*self._typed("link"))
            case Step.JOIN:
                self.joined.emit(*self._typed("email", "name", "password"))
            case Step.CREATE:
                self.created.emit(*self._typed("email", "name", "organization", "password"))
            case Step.LOGIN:
                self.signed_in.emit(*self._typed("server", "email", "password"))
            case Step.CODE:
                self.factor_typed.emit(*self._typed("code"))
            case Step.RECOVER:
                self.recovered.emit(*self._typed("key"))
            case Step.KEY:
                self.key_kept.emit()
            case Step.PROVE:
                self.proved.emit(tuple(field.text for field in self._proof))
            case _:
                pass

    def _go_elsewhere(self) -> None:
        match self._state.step:
            case Step.JOIN:
                self.login_wanted.emit()
            case Step.APPROVAL:
                self.recovery_wanted.emit()
            case Step.PROVE:
                self.key_again.emit()
            case _:
                pass
