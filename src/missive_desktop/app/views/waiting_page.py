"""What was done in a team and is not with its server yet, or was not taken."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from missive_desktop.app.presenters.team_notices import Waiting
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, TextButton
from missive_desktop.app.views.team_settings import Card, SettingsPage, titled


class WaitingPage(SettingsPage):
    """`again` and `dropped` with a change."""

    again = Signal(int)
    dropped = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Waiting, ...] | None = None
        self._card = Card()
        self.column.addWidget(self._card)
        self.column.addStretch(1)
        self.set_head(
            self.tr("On its way"),
            self.tr(
                "What you did is shown at once, and told to the server when it can be reached."
            ),
        )

    def show_waiting(self, found: Sequence[Waiting]) -> None:
        if self._shown == tuple(found):
            return  # what has the focus is not to go for nothing
        self._shown = tuple(found)
        self._card.clear()
        if not found:
            text = self.tr("Nothing waits, and nothing was refused.")
            self._card.add(titled(self.tr("All is with the server"), text))
        for each in found[:200]:
            name, color = ("triangle-alert", "warning") if each.why else ("clock", "text-secondary")
            told = each.why or self.tr("waits for the server")
            words = titled(each.words, told, "warning" if each.why else "secondary")
            drop = TextButton(self._theme, self.tr("Drop"), "link")
            drop.clicked.connect(lambda _=False, id_=each.pending: self.dropped.emit(id_))
            parts = [words, drop]
            if each.why:
                again = TextButton(self._theme, self.tr("Do again"), "link")
                again.clicked.connect(lambda _=False, id_=each.pending: self.again.emit(id_))
                parts.insert(1, again)
            self._card.add(*parts, icon=Icon(self._theme, name, color))
