"""The screen on which one comes into a team: by invitation, by a set-up link, on a further device.

Which fields it shows follows from what its presenter says; it decides nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from missive_desktop.app.presenters.entering import BUSY, State, Step
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.code_groups import CodeGroups
from missive_desktop.app.views.controls import TextButton, label
from missive_desktop.app.views.entering_words import fingerprint, words
from missive_desktop.app.views.forms import Field, FormPage, Mark, Problem
from missive_desktop.app.views.recovery_key import RecoveryKeyCard


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
    back = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state = State()
        self._fields: dict[str, Field] = {}
        self._proof: list[Field] = []
        self._built: Step | None = None
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
        self._back = TextButton(self._theme, self.tr("Back"), "quiet")
        self._back.clicked.connect(self.back)
        self._cancel = TextButton(self._theme, self.tr("Cancel"), "quiet")
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._go)
        row.addWidget(self._other)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._cancel)
        self.column.addLayout(row)

    # -- what the presenter asks

    def show_state(self, state: State) -> None:
        """Show a step; the fields of one that is being worked on stay as they are."""
        self._state = state
        busy = state.step in BUSY
        step = state.before if busy else state.step
        if step is not self._built or (step is Step.LINK and not busy and not state.error):
            self._build(step, state)
        self._body.setEnabled(not busy)
        self._go.setEnabled(not busy)
        title, text, go, other = words(step, state)
        self._title.setText(title)
        self._text.setText(text)
        working = {Step.LOOKING: self.tr("Looking…"), Step.WORKING: self.tr("One moment…")}
        self._go.setText(working.get(state.step, go))
        self._go.setVisible(bool(go))
        self._other.setText(other)
        self._other.setVisible(bool(other) and not busy)
        self._back.setVisible(state.back and not busy)
        self._cancel.setVisible(state.leavable)
        self._cancel.setText(self.tr("Later") if step is Step.APPROVAL else self.tr("Cancel"))
        self._problem.show_text(state.error, state.advice)
        if not busy:
            self._focus()
        if state.error:  # in a small window it stands below what is seen
            QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(self._go))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus = self.focusWidget()
        match event.key():
            case Qt.Key.Key_Escape if self._back.isVisible():
                self.back.emit()
            case Qt.Key.Key_Escape if self._cancel.isVisible():
                self.cancelled.emit()
            case Qt.Key.Key_Escape:
                pass
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if isinstance(focus, QPushButton):
                focus.click()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._fields or self._proof:
                self._go.click()
            case _:
                super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._focus()  # the page that was there before had the keys

    def _focus(self) -> None:
        """Put the keys into the first empty field, or where something may be wrong."""
        fields = [*self._fields.values(), *self._proof]
        if not fields:  # the next Enter must not go past what is shown once
            self.setFocus()
            return
        chosen = next((field for field in fields if not field.text), fields[-1])
        if self.focusWidget() not in [field.edit for field in fields] or self._state.error:
            chosen.setFocus()
            chosen.edit.selectAll()

    # -- fields

    def _build(self, step: Step, state: State) -> None:
        self._fields, self._proof, self._built = {}, [], step
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        match step:
            case Step.LINK:
                self._add(column, "link", self.tr("Link or address"), "https://…", state.link)
            case Step.JOIN:
                self._fingerprint(column, state)
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
        self._fields[key] = field
        column.addWidget(field)
        return field

    def _person(self, column: QVBoxLayout, state: State) -> None:
        self._add(column, "name", self.tr("Your name"), self.tr("as your team sees it"), state.name)
        self._add(column, "email", self.tr("E-mail address"), text=state.email)
        field = self._add(column, "password", self.tr("New password"), secret=True)
        field.say(self.tr("For this server. It never gets the password itself."))
        field.judge()

    def _fingerprint(self, column: QVBoxLayout, state: State) -> None:
        column.addWidget(CodeGroups(self._theme, state.fingerprint, small=True))
        column.addSpacing(6)
        column.addWidget(label(fingerprint(state), face="small", tone="secondary", wrap=True))
        column.addSpacing(16)

    # -- acts

    def _typed(self, *keys: str) -> list[str]:
        plain = {key: field.text for key, field in self._fields.items()}
        return [plain[key] if key == "password" else plain[key].strip() for key in keys]

    def _go_on(self) -> None:
        empty = [each for each in (*self._fields.values(), *self._proof) if not each.text.strip()]
        if empty:
            empty[0].setFocus()
            return
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
