"""The bar above a conversation: what can be done with it, each with its key in the tooltip."""

from __future__ import annotations

import functools

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from missive_desktop.app.presenters.shown import Header, SpaceHeader
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, TextButton, ground, plain_tip
from missive_desktop.app.views.here_line import HereLine
from missive_desktop.app.views.small import divider, key_text
from missive_desktop.app.views.space_words import whom


class ActBar(QWidget):
    """`acted` names an act (archive, star …, source, headers); `moved` a folder; `asked` an act
    of a space, and what stands for it here."""

    acted = Signal(str)
    moved = Signal(int, str)
    asked = Signal(str, object)
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
        self._snooze = self._asking("alarm-clock", self.tr("Snooze"), "Z", "snooze")
        self._assign = self._asking("user-plus", self.tr("Assign"), "A", "assign")
        self._label = self._asking("tag", self.tr("Label"), "L", "label")
        self._close = TextButton(theme, self.tr("Close"), "quiet", icon="circle-check", small=True)
        self._close.clicked.connect(lambda: self.asked.emit("close", self._close))
        self._mine: tuple[QWidget, ...] = (self._star, self._trash, self._spam, self._move)
        for widget in (self._snooze, self._assign, self._label, self._close):
            widget.hide()
        self._shared: tuple[QWidget, ...] = (self._snooze, self._assign, self._label, self._close)
        for widget in (self._archive, *self._mine, *self._shared[:3]):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(divider())
        row.addSpacing(8)
        row.addWidget(self._close)
        row.addWidget(self._more)
        row.addStretch(1)
        self.here = HereLine(theme)
        row.addWidget(self.here)
        row.addSpacing(4)
        self._panel = IconButton(theme, "panel-right", self.tr("People and privacy") + " (I)")
        self._panel.setCheckable(True)
        self._panel.clicked.connect(self.panel_toggled)
        row.addWidget(self._panel)
        self.set_header(None)

    @property
    def last(self) -> QWidget:
        """What has the focus last, going by Tab."""
        return self._panel

    def show_panel_state(self, shown: bool) -> None:
        """Show whether the panel at the side is there."""
        self._panel.setChecked(shown)

    def _button(self, icon: str, text: str, key: str, act: str) -> IconButton:
        button = IconButton(self._theme, icon, f"{text} ({key_text(key)})")
        button.clicked.connect(lambda: self.acted.emit(self._meant(act)))
        return button

    def _asking(self, icon: str, text: str, key: str, name: str) -> IconButton:
        button = IconButton(self._theme, icon, f"{text} ({key})")
        button.clicked.connect(lambda: self.asked.emit(name, button))
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
        self._show_kind(header)
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

    def _show_kind(self, header: Header | None) -> None:
        """Show the acts of one's own mail or those of a space, and whom they affect."""
        space = header.space if header is not None else None
        if header is not None:
            for widget in self._mine:
                widget.setVisible(space is None)
            for widget in self._shared:
                widget.setVisible(space is not None)
        for widget in self._shared:
            widget.setEnabled(header is not None)
        if space is None:
            self.here.show_people((), typing=False)
            self._archive.setToolTip(self.tr("Archive") + " (E)")
            return
        group = whom(len(space.people), space.name)
        text = self.tr("Reopen") if space.closed else self.tr("Close")
        self._close.setText(text)
        self._close.set_icon_name("rotate-ccw" if space.closed else "circle-check")
        said = self.tr("Opens it again {0}") if space.closed else self.tr("Closes it {0}")
        self._close.setToolTip(plain_tip(f"{said.format(group)} ({key_text('Shift+E')})"))
        self._archive.setToolTip(self.tr("Archive, only for you") + " (E)")
        self._snooze.setToolTip(self.tr("Snooze, only for you") + " (Z)")
        people = self._people(space)
        self._assign.setToolTip(plain_tip(self.tr("Assign, {0} see it").format(people) + " (A)"))
        self._label.setToolTip(plain_tip(self.tr("Label, {0} see it").format(people) + " (L)"))

    def _people(self, space: SpaceHeader) -> str:
        if len(space.people) <= 1:
            return self.tr("all of {0}").format(space.name)
        return self.tr("the {0} people of {1}").format(len(space.people), space.name)

    def anchor(self, name: str) -> QWidget:
        """Return what a menu of this name opens under."""
        buttons: dict[str, QWidget] = {
            "assign": self._assign, "label": self._label, "snooze": self._snooze,
        }  # fmt: skip
        found = buttons.get(name, self._more)
        return found if found.isVisible() else self._more

    def open_move_menu(self) -> None:
        if self._header is None:
            return
        if self._header.space is not None:
            self.asked.emit("move", self._more)
            return
        menu = QMenu(self)
        for target in self._header.targets:
            action = menu.addAction(self._theme.icon(target.icon), target.name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, at=target: self.moved.emit(at.folder, at.name))
        self._pop(menu, self._move)

    def _open_more(self) -> None:
        header = self._header
        if header is None:
            return
        menu = QMenu(self)
        add = functools.partial(self._add, menu)
        if header.unread:
            add("mail-open", self.tr("Mark as read"), "read", "Shift+U")
        else:
            add("mail", self.tr("Mark as unread"), "unread", "Shift+U")
        if header.space is not None:
            self._add_shared(menu, header, header.space)
        menu.addSeparator()
        add("search", self.tr("Find in this conversation"), "find", "Ctrl+F")
        add("code", self.tr("Raw source of the newest mail"), "source")
        add("list", self.tr("All headers of the newest mail"), "headers")
        self._pop(menu, self._more)

    def _add_shared(self, menu: QMenu, header: Header, space: SpaceHeader) -> None:
        """Add what is for oneself, then what is for all, with how many they are."""
        add, ask = functools.partial(self._add, menu), functools.partial(self._ask, menu)
        starred = header.starred
        add("star", self.tr("Remove the star") if starred else self.tr("Star"),
            "unstar" if starred else "star", "S")  # fmt: skip
        if space.watching:
            text = self.tr("Do not watch: comments leave you in peace")
            ask("bell-off", text, "unwatch", "Shift+W")
        else:
            ask("bell", self.tr("Watch: comments bring it back to you"), "watch", "Shift+W")
        menu.addSeparator()
        heading = self.tr("For {0}").format(self._people(space))
        menu.addAction(heading.replace("&", "&&")).setEnabled(False)  # sections are not painted
        if space.assignees or not space.waiting:
            ask("inbox", self.tr("Back into the team inbox, nobody’s"), "return", "Shift+A")
        ask("folder-input", self.tr("Move to another team…"), "move", "V")
        ask("pencil", self.tr("Rename…"), "rename", "F2")
        if header.called:
            ask("rotate-ccw", self.tr("Call it as its mail does"), "unname")
        add("octagon-alert", self.tr("Not spam") if header.in_spam else self.tr("Spam"),
            "not_spam" if header.in_spam else "spam", "!")  # fmt: skip
        trash = self.tr("Delete for good") if header.in_trash else self.tr("Move to trash")
        add("trash-2", trash, "delete" if header.in_trash else "trash", "#")

    def _add(self, menu: QMenu, icon: str, text: str, act: str, key: str = "") -> None:
        action = menu.addAction(self._theme.icon(icon), _with_key(text, key))
        action.triggered.connect(lambda: self.acted.emit(act))

    def _ask(self, menu: QMenu, icon: str, text: str, name: str, key: str = "") -> None:
        action = menu.addAction(self._theme.icon(icon), _with_key(text, key))
        action.triggered.connect(lambda: self.asked.emit(name, self._more))

    def _pop(self, menu: QMenu, button: QToolButton) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))


def _with_key(text: str, key: str) -> str:
    return f"{text}\t{key_text(key)}" if key else text
