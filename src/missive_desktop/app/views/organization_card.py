"""The organization itself: its name, what logins need, the letters that stand for it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from missive_desktop.app.presenters.team_members import Members
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.code_groups import CodeGroups
from missive_desktop.app.views.controls import TextButton
from missive_desktop.app.views.team_settings import Card, titled


class OrganizationCard(Card):
    renamed = Signal(str)
    demanded = Signal(bool)  # a second factor, of all

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def show_members(self, members: Members) -> None:
        self.clear()
        name = titled(self.tr("Organization"), members.name)
        if members.admin:
            rename = TextButton(self._theme, self.tr("Rename…"), small=True)
            rename.clicked.connect(lambda: self._ask_name(members.name))
            self.add(name, rename)
        else:
            self.add(name)
        if members.required is not None:
            self._factor(members.required)
        shown = members.prints.get("", "")
        if shown:
            text = self.tr(
                "Whoever is invited sees these letters before joining, and may ask you for them."
            )
            self.add(titled(self.tr("Fingerprint of the organization"), text))
            self.add(CodeGroups(self._theme, shown, small=True))

    def _factor(self, required: bool) -> None:
        text = self.tr("Whoever has none gets nothing until it is set up.")
        button = TextButton(
            self._theme, self.tr("No longer ask") if required else self.tr("Ask all members…"),
            small=True,
        )  # fmt: skip
        if required:
            text = self.tr("All members have to have one.")
            button.clicked.connect(lambda: self.demanded.emit(False))
        else:
            button.clicked.connect(self._ask_factor)
        self.add(titled(self.tr("Second factor"), text), button)

    def _ask_factor(self) -> None:
        title = self.tr("Ask all members for a second factor?")
        dialog = AskDialog(self._theme, title, self.tr("Ask for it"), self.window())
        dialog.add_text(
            self.tr(
                "From now on nobody gets anything of the team before they have set one up. Have"
                " yours set up first."
            )
        )
        dialog.given.connect(lambda _: self.demanded.emit(True))
        dialog.open()

    def _ask_name(self, name: str) -> None:
        title = self.tr("Rename the organization")
        dialog = AskDialog(self._theme, title, self.tr("Rename"), self.window())
        dialog.add_text(self.tr("All members see it, and whoever is invited."))
        dialog.add_field("name", self.tr("Name"), name)
        dialog.given.connect(lambda typed: self.renamed.emit(typed["name"].strip()))
        dialog.open()
