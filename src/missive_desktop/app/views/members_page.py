"""Members and inboxes of a team: roles, seats, invitations; who is affected is said before."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QWidget

from missive_desktop.app.presenters.team_members import ROLES, Inbox, Member, Members, affected
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.controls import Avatar, IconButton, TextButton, label
from missive_desktop.app.views.dates import mail_time
from missive_desktop.app.views.forms import Problem
from missive_desktop.app.views.member_menu import MemberMenus
from missive_desktop.app.views.organization_card import OrganizationCard
from missive_desktop.app.views.small import Choice
from missive_desktop.app.views.team_settings import Card, SettingsPage, titled

MANY = 12  # members, from which on they can be looked for
AT_ONCE = 40  # rows: a page of hundreds takes long to lay out


class MembersPage(SettingsPage):
    """`invited`: address, name, role, scopes; acts on a member are those of `menus`."""

    invited = Signal(str, str, str, list)
    withdrawn = Signal(str)
    inbox_made = Signal(str, str)
    inbox_edited = Signal(str, str, str)
    inbox_deleted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._members = Members(0)
        self._most = AT_ONCE
        self.menus = MemberMenus(theme, self)
        self.organization = OrganizationCard(theme)
        self._problem = Problem(theme)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(self.tr("Find a member"))
        self._filter.setAccessibleName(self.tr("Find a member"))
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(lambda _: self._show_people(self._members))
        self._link, self._people, self._waiting, self._inboxes = Card(), Card(), Card(), Card()
        for part in (self._problem, self._link, self._filter, self._people, self._waiting,
                     self._inboxes, self.organization):  # fmt: skip
            self.column.addWidget(part)
        for part in (self._link, self._filter, self._waiting):
            part.hide()
        self.column.addStretch(1)

    @property
    def members(self) -> Members:
        return self._members

    def show_members(self, members: Members) -> None:
        if members.error and members.error != self._members.error:
            self.verticalScrollBar().setValue(0)  # where it is said
        self._members = members
        self.set_head(members.name, self.tr("Who is in the team, and what they see."))
        self._problem.show_text(members.error, members.advice)
        self._show_link(members)
        self._show_people(members)
        self._show_waiting(members)
        self._show_inboxes(members)
        self.organization.show_members(members)
        self.setEnabled(not members.busy)

    # -- people

    def _show_people(self, members: Members) -> None:
        self._people.clear()
        self._filter.setVisible(len(members.members) > MANY)
        count = self.locale().toString(len(members.members))
        head = titled(self.tr("Members {0}").format(count))
        if members.admin:
            invite = TextButton(self._theme, self.tr("Invite…"), "primary", small=True)
            invite.clicked.connect(self._ask_invite)
            self._people.add(head, invite)
        else:
            self._people.add(head)
        wanted = self._filter.text().casefold().split()
        found = [each for each in members.members if _fits(each, wanted)]
        for member in found[: self._most]:
            self._member(member, members)
        if not found and members.members:
            self._people.add(label(self.tr("Nobody of that name."), tone="secondary"))
        if len(found) > self._most:
            text = self.tr("Show more: {0} are left")
            text = text.format(self.locale().toString(len(found) - self._most))
            more = TextButton(self._theme, text, "link")
            more.clicked.connect(self._show_more)
            self._people.add(more)

    def _show_more(self) -> None:
        self._most += AT_ONCE
        self._show_people(self._members)

    def _member(self, member: Member, members: Members) -> None:
        avatar = Avatar(self._theme)
        avatar.set_person(member.name, member.email)
        name = self.tr("{0} (you)").format(member.name) if member.me else member.name
        names = ", ".join(affected(member, members.inboxes)) or self.tr("no inbox")
        words = titled(name, f"{member.email} · {names}")
        role = label(self.menus.role(member.role), face="small", tone="secondary")
        more = IconButton(self._theme, "ellipsis", self.tr("Change {0}").format(member.name))
        menu = QMenu(more)
        menu.aboutToShow.connect(lambda: self.menus.fill(menu, member, self._members))
        more.setMenu(menu)
        more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._people.add(words, role, more, icon=avatar)

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
            role.addItem(self.menus.role(each), each)
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

    def _show_waiting(self, members: Members) -> None:
        self._waiting.clear()
        self._waiting.setVisible(bool(members.waiting))
        if not members.waiting:
            return
        self._waiting.add(titled(self.tr("Invited {0}").format(len(members.waiting))))
        for each in members.waiting:
            until = self.tr("{0}, until {1}").format(
                self.menus.role(each.role), mail_time(each.until // 1000)
            )
            who = each.email or each.name or self.tr("Somebody")
            withdraw = TextButton(self._theme, self.tr("Withdraw"), "link")
            withdraw.clicked.connect(lambda _=False, id_=each.invite: self.withdrawn.emit(id_))
            self._waiting.add(titled(who, until), withdraw)

    # -- inboxes

    def _show_inboxes(self, members: Members) -> None:
        self._inboxes.clear()
        head = titled(self.tr("Shared inboxes {0}").format(len(members.inboxes)))
        if members.admin:
            make = TextButton(self._theme, self.tr("Make one…"), small=True)
            make.clicked.connect(lambda: self._ask_inbox())
            self._inboxes.add(head, make)
        else:
            self._inboxes.add(head)
        for inbox in members.inboxes:
            count = label(self.menus.people(inbox.people), face="small", tone="secondary")
            parts: list[QWidget] = [titled(inbox.name, inbox.address), count]
            if members.admin:
                parts.append(self._more(inbox))
            self._inboxes.add(*parts)

    def _more(self, inbox: Inbox) -> IconButton:
        more = IconButton(self._theme, "ellipsis", self.tr("Change {0}").format(inbox.name))
        menu = QMenu(more)
        menu.addAction(self.tr("Name and address…")).triggered.connect(
            lambda: self._ask_inbox(inbox)
        )
        menu.addAction(self.tr("Delete for everybody…")).triggered.connect(
            lambda: self._ask_delete(inbox)
        )
        more.setMenu(menu)
        more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        return more

    def _ask_inbox(self, inbox: Inbox | None = None) -> None:
        title = self.tr("Change {0}").format(inbox.name) if inbox else ""
        go = self.tr("Change it") if inbox else self.tr("Make it")
        dialog = AskDialog(self._theme, title or self.tr("Make a shared inbox"), go, self)
        if inbox is None:
            dialog.add_text(self.tr("You are in it from the start; then let others in."))
        dialog.add_field("name", self.tr("Name"), inbox.name if inbox else "")
        dialog.add_field("address", self.tr("Its e-mail address"), inbox.address if inbox else "")

        def give(typed: dict[str, str]) -> None:
            name, address = typed["name"].strip(), typed["address"].strip()
            if inbox is None:
                self.inbox_made.emit(name, address)
            else:
                self.inbox_edited.emit(inbox.scope, name, address)

        dialog.given.connect(give)
        dialog.open()

    def _ask_delete(self, inbox: Inbox) -> None:
        title = self.tr("Delete {0}?").format(inbox.name)
        dialog = AskDialog(self._theme, title, self.tr("Delete it"), self)
        text = self.tr(
            "It goes from all devices of {0}, with its comments, labels and tasks. Its mailbox"
            " keeps its mail."
        )
        dialog.add_text(text.format(self.menus.people(inbox.people)))
        dialog.given.connect(lambda _: self.inbox_deleted.emit(inbox.scope))
        dialog.open()


def _fits(member: Member, words: list[str]) -> bool:
    said = f"{member.name} {member.email}".casefold()
    return all(word in said for word in words)
