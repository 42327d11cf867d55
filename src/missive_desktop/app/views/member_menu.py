"""What an owner or admin can do about a member: role, seats, removal; and, for all, to compare."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from missive_desktop.app.presenters.team_members import ROLES, Member, Members, affected
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.code_groups import CodeGroups


class MemberMenus(QObject):
    """`seat_changed`: scope, user, kind ("" takes it)."""

    removed = Signal(str)
    role_changed = Signal(str, str)
    seat_changed = Signal(str, str, str)

    def __init__(self, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._theme = theme
        self._page = page

    def fill(self, menu: QMenu, member: Member, members: Members) -> None:
        """Write what can be done, when it is looked at: of hundreds of members few are."""
        menu.clear()
        may = members.admin and not member.me and (members.owner or member.role != "owner")
        if may:
            self._roles(menu.addMenu(self.tr("Role")), member, members)
            seats = menu.addMenu(self.tr("Inboxes"))
            seats.setEnabled(bool(members.inboxes))
            for inbox in members.inboxes:
                self._seat(seats.addMenu(inbox.name.replace("&", "&&")), member, inbox.scope)
        shown = members.prints.get(member.user, "")
        compare = menu.addAction(self.tr("Compare fingerprint…"))
        compare.setEnabled(bool(shown))
        compare.triggered.connect(lambda: self._compare(member, shown))
        if may:
            menu.addSeparator()
            remove = menu.addAction(self.tr("Remove from the team…"))
            remove.triggered.connect(lambda: self._ask_remove(member, members))

    def _roles(self, menu: QMenu, member: Member, members: Members) -> None:
        for role in ROLES if members.owner else ROLES[1:]:
            action = menu.addAction(self.role(role))
            action.setCheckable(True)
            action.setChecked(role == member.role)
            action.triggered.connect(
                lambda _=False, role=role: self.role_changed.emit(member.user, role)
            )

    def _seat(self, menu: QMenu, member: Member, scope: str) -> None:
        kinds = {
            "active": self.tr("Takes part"), "observer": self.tr("Only watches"),
            "": self.tr("Does not see it"),
        }  # fmt: skip
        has = dict(member.inboxes).get(scope, "")
        for kind, text in kinds.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(kind == has)
            action.triggered.connect(
                lambda _=False, kind=kind: self.seat_changed.emit(scope, member.user, kind)
            )

    def _ask_remove(self, member: Member, members: Members) -> None:
        title = self.tr("Remove {0}?").format(member.name)
        dialog = AskDialog(self._theme, title, self.tr("Remove"), self._page)
        names = ", ".join(affected(member, members.inboxes)) or self.tr("no inbox")
        text = self.tr(
            "{0} gets nothing from this moment on, and loses: {1}. What is on their devices goes as"
            " soon as they are online. {2} stay; what they write is sealed with new keys."
        )
        stay = self.people(len(members.members) - 1)
        dialog.add_text(text.format(member.name, names, stay))
        dialog.given.connect(lambda _: self.removed.emit(member.user))
        dialog.open()

    def _compare(self, member: Member, shown: str) -> None:
        title = self.tr("Fingerprint of {0}").format(member.name)
        dialog = AskDialog(self._theme, title, self.tr("Done"), self._page)
        dialog.add_text(
            self.tr(
                "Read it to each other over the telephone: {0} finds the same letters beside the"
                " own name. If they differ, somebody reads along between you."
            ).format(member.name)
            if not member.me
            else self.tr(
                "Your colleagues find the same letters beside your name. If they differ, somebody"
                " reads along between you."
            )
        )
        dialog.add(CodeGroups(self._theme, shown, small=True))
        dialog.open()

    def people(self, count: int) -> str:
        """Return so many people in words."""
        return self.tr("One person") if count == 1 else self.tr("{0} people").format(count)

    def role(self, role: str) -> str:
        """Return what a role is called."""
        names = {
            "owner": self.tr("Owner"), "admin": self.tr("Admin"), "member": self.tr("Member"),
            "drafter": self.tr("Writes drafts"), "viewer": self.tr("Reads"),
            "guest": self.tr("Guest"),
        }  # fmt: skip
        return names.get(role, role)
