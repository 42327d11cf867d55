"""The bar above a conversation: what can be done with it, each with its key in the tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from missive_desktop.app.presenters.shown import Header
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, ground
from missive_desktop.app.views.small import divider, key_text


class ActBar(QWidget):
    """`acted` names an act (archive, star …, source, headers); `moved` a folder."""

    acted = Signal(str)
    moved = Signal(int)
    panel_toggled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._header: Header | None = None
        ground(self, "surface")
        self.setFixedHeight(theme.size("topbar") - 1)  # with the hairline under it, as the search
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(4)
        self._archive = self._button("archive", self.tr("Archive"), "E", "archive")
        self._star = self._button("star", self.tr("Star"), "S", "star")
        self._trash = self._button("trash-2", self.tr("Move to trash"), "#", "trash")
        self._spam = self._button("octagon-alert", self.tr("Spam"), "!", "spam")
        self._move = IconButton(theme, "folder-input", self.tr("Move to a folder") + " (V)")
        self._more = IconButton(theme, "ellipsis", self.tr("More"))
        self._move.clicked.connect(self.open_move_menu)
        self._more.clicked.connect(self._open_more)
        for widget in (self._archive, self._star, self._trash, self._spam, self._move):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(divider())
        row.addSpacing(8)
        row.addWidget(self._more)
        row.addStretch(1)
        self._panel = IconButton(theme, "panel-right", self.tr("People and privacy") + " (I)")
        self._panel.setCheckable(True)
        self._panel.clicked.connect(self.panel_toggled)
        row.addWidget(self._panel)
        self.set_header(None)

    def show_panel_state(self, shown: bool) -> None:
        """Show whether the panel at the side is there."""
        self._panel.setChecked(shown)

    def _button(self, icon: str, text: str, key: str, act: str) -> IconButton:
        button = IconButton(self._theme, icon, f"{text} ({key_text(key)})")
        button.clicked.connect(lambda: self.acted.emit(self._meant(act)))
        return button

    def _meant(self, act: str) -> str:
        """Return the act that a button means now: a starred conversation is unstarred."""
        header = self._header
        if header is not None and act == "star" and header.starred:
            return "unstar"
        if header is not None and act == "spam" and header.in_spam:
            return "not_spam"
        return act

    def set_header(self, header: Header | None) -> None:
        self._header = header
        for button in (self._archive, self._star, self._trash, self._spam, self._more):
            button.setEnabled(header is not None)
        self._move.setEnabled(header is not None and bool(header.targets))
        if header is None:
            self._star.set_icon_name("star", "text-secondary")
            return
        star = self.tr("Remove the star") if header.starred else self.tr("Star")
        spam = self.tr("Not spam") if header.in_spam else self.tr("Spam")
        trash = self.tr("Delete for good") if header.in_trash else self.tr("Move to trash")
        for button, text, key in (
            (self._star, star, "S"),
            (self._spam, spam, "!"),
            (self._trash, trash, "#"),
        ):
            button.setToolTip(f"{text} ({key})")
            button.setAccessibleName(text)
        color = "label-yellow" if header.starred else "text-secondary"
        self._star.set_icon_name("star", color, filled=header.starred)

    def open_move_menu(self) -> None:
        if self._header is None:
            return
        menu = QMenu(self)
        for target in self._header.targets:
            action = menu.addAction(self._theme.icon(target.icon), target.name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, folder=target.folder: self.moved.emit(folder))
        self._pop(menu, self._move)

    def _open_more(self) -> None:
        header = self._header
        if header is None:
            return
        menu = QMenu(self)

        def add(icon: str, text: str, act: str) -> None:
            action = menu.addAction(self._theme.icon(icon), text)
            action.triggered.connect(self._emitter(act))

        if header.unread:
            add("mail-open", self.tr("Mark as read"), "read")
        else:
            add("mail", self.tr("Mark as unread"), "unread")
        menu.addSeparator()
        add("search", self.tr("Find in this conversation"), "find")
        add("code", self.tr("Raw source of the newest mail"), "source")
        add("list", self.tr("All headers of the newest mail"), "headers")
        self._pop(menu, self._more)

    def _emitter(self, act: str) -> Callable[[], None]:
        return lambda: self.acted.emit(act)

    def _pop(self, menu: QMenu, button: QToolButton) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
