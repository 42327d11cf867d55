"""Members and inboxes of a team: roles, seats, invitations; who is affected is said before."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QWidget

from missive_desktop.app.presenters.team_members import ROLES, Inbox, Member, Members, affected
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.controls import Avatar, IconButton, TextButton, label
from missive_desktop.app.views.forms import Problem
from missive_desktop.app.views.small import Choice
from missive_desktop.app.views.team_settings import Card, SettingsPage, titled


class MembersPage(SettingsPage):
    """`invited`: address, name, role, scopes; `seat_changed`: scope, user, kind ("" takes it)."""

    invited = Signal(str, str, str, list)
    removed = Signal(str)
    role_changed = Signal(str, str)
    seat_changed = Signal(str, str, str)
    inbox_made = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._members = Members(0)
        self._problem = Problem(theme)
        self._link = Card()
        self._people = Card()
        self._inboxes = Card()
        for part in (self._problem, self._link, self._people, self._inboxes):
            self.column.addWidget(part)
        self._link.hide()
        self.column.addStretch(1)

    def show_members(self, members: Members) -> None:
        self._members = members
        self.set_head(members.name, self.tr("Who is in the team, and what they see."))
        self._problem.show_text(members.error, members.advice)
        self._show_link(members)
        self._show_people(members)
        self._show_inboxes(members)
        self.setEnabled(not members.busy)

    # -- people

    def _show_people(self, members: Members) -> None:
        self._people.clear()
        head = titled(self.tr("Members {0}").format(len(members.members)))
        if members.admin:
            invite = TextButton(self._theme, self.tr("Invite…"), "primary", small=True)
            invite.clicked.connect(self._ask_invite)
            self._people.add(head, invite)
        else:
            self._people.add(head)
        for member in members.members:
            self._member(member, members)

    def _member(self, member: Member, members: Members) -> None:
        avatar = Avatar(self._theme)
        avatar.set_person(member.name, member.email)
        name = self.tr("{0} (you)").format(member.name) if member.me else member.name
        names = ", ".join(affected(member, members.inboxes)) or self.tr("no inbox")
        words = titled(name, f"{member.email} · {names}")
        role = label(self.role(member.role), face="small", tone="secondary")
        parts: list[QWidget] = [words, role]
        if members.admin and not member.me and (members.owner or member.role != "owner"):
            more = IconButton(self._theme, "ellipsis", self.tr("Change {0}").format(member.name))
            more.setMenu(self._menu(member, members))
            more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
            parts.append(more)
        self._people.add(*parts, icon=avatar)

    def _menu(self, member: Member, members: Members) -> QMenu:
        menu = QMenu(self)
        roles = menu.addMenu(self.tr("Role"))
        for role in ROLES if members.owner else ROLES[1:]:
            action = roles.addAction(self.role(role))
            action.setCheckable(True)
            action.setChecked(role == member.role)
            action.triggered.connect(
                lambda _=False, role=role: self.role_changed.emit(member.user, role)
            )
        seats = menu.addMenu(self.tr("Inboxes"))
        kinds = dict(member.inboxes)
        for inbox in members.inboxes:
            action = seats.addAction(inbox.name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(inbox.scope in kinds)
            action.triggered.connect(
                lambda on=False, scope=inbox.scope: self.seat_changed.emit(
                    scope, member.user, "active" if on else ""
                )
            )
        menu.addSeparator()
        remove = menu.addAction(self.tr("Remove from the team…"))
        remove.triggered.connect(lambda: self._ask_remove(member))
        return menu

    def _ask_remove(self, member: Member) -> None:
        title = self.tr("Remove {0}?").format(member.name)
        dialog = AskDialog(self._theme, title, self.tr("Remove"), self)
        lost = affected(member, self._members.inboxes)
        names = ", ".join(lost) or self.tr("no inbox")
        text = self.tr(
            "{0} gets nothing from this moment on, and loses: {1}. What is on their devices goes as"
            " soon as they are online. {2} people stay; what they write is sealed with new keys."
        )
        stay = len(self._members.members) - 1
        dialog.add_text(text.format(member.name, names, stay))
        dialog.given.connect(lambda _: self.removed.emit(member.user))
        dialog.open()

    # -- invitations

    def _ask_invite(self) -> None:
        title = self.tr("Invite somebody")
        dialog = AskDialog(self._theme, title, self.tr("Make a link"), self)
        text = self.tr(
            "Whoever has the link can use it, once, for seven days. Send it to nobody else."
        )
        dialog.add_text(text)
        dialog.add_field("email", self.tr("E-mail address"))
        dialog.add_field("name", self.tr("Name"))
        role = Choice(self._theme)
        for each in ROLES[1:]:
            role.addItem(self.role(each), each)
        role.setCurrentIndex(role.findData("member"))
        role.setAccessibleName(self.tr("Role"))
        dialog.add(role)
        boxes: list[tuple[QCheckBox, Inbox]] = []
        for inbox in self._members.inboxes:
            box = QCheckBox(inbox.name.replace("&", "&&"))
            box.setChecked(True)
            boxes.append((box, inbox))
            dialog.add(box)

        def give(typed: dict[str, str]) -> None:
            scopes = [inbox.scope for box, inbox in boxes if box.isChecked()]
            name = typed["name"].strip()
            self.invited.emit(typed["email"].strip(), name, str(role.currentData()), scopes)

        dialog.given.connect(give)
        dialog.open()

    def _show_link(self, members: Members) -> None:
        self._link.clear()
        self._link.setVisible(bool(members.link))
        if not members.link:
            return
        text = self.tr("Send it by a way that only they read. It works once, for seven days.")
        copy = TextButton(self._theme, self.tr("Copy"), "primary", small=True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(members.link))
        self._link.add(titled(self.tr("Invitation for {0}").format(members.invited), text), copy)
        field = QLineEdit(members.link)
        field.setReadOnly(True)
        field.setCursorPosition(0)
        field.setAccessibleName(self.tr("Invitation link"))
        self._link.add(field)

    # -- inboxes

    def _show_inboxes(self, members: Members) -> None:
        self._inboxes.clear()
        head = titled(self.tr("Shared inboxes {0}").format(len(members.inboxes)))
        if members.admin:
            make = TextButton(self._theme, self.tr("Make one…"), small=True)
            make.clicked.connect(self._ask_inbox)
            self._inboxes.add(head, make)
        else:
            self._inboxes.add(head)
        for inbox in members.inboxes:
            people = self.tr("{0} people").format(inbox.people)
            count = label(people, face="small", tone="secondary")
            self._inboxes.add(titled(inbox.name, inbox.address), count)

    def _ask_inbox(self) -> None:
        title = self.tr("Make a shared inbox")
        dialog = AskDialog(self._theme, title, self.tr("Make it"), self)
        dialog.add_text(self.tr("You are in it from the start; then let others in."))
        dialog.add_field("name", self.tr("Name"))
        dialog.add_field("address", self.tr("Its e-mail address"))
        dialog.given.connect(
            lambda typed: self.inbox_made.emit(typed["name"].strip(), typed["address"].strip())
        )
        dialog.open()

    def role(self, role: str) -> str:
        """Return what a role is called."""
        names = {
            "owner": self.tr("Owner"), "admin": self.tr("Admin"), "member": self.tr("Member"),
            "drafter": self.tr("Writes drafts"), "viewer": self.tr("Reads"),
            "guest": self.tr("Guest"),
        }  # fmt: skip
        return names.get(role, role)
