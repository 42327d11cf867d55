"""Joins acts on conversations to their presenter: keys, hover acts, the pane's bar, drops, undo."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters.acts import ActsPresenter
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.listing import ListingPresenter
from missive_desktop.app.presenters.place import Kind, Place, Tab
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.domain.folder import Role
from missive_desktop.engine.protocol import Act

_OF_SPACES = ("assign", "snooze")
_OF_THE_PANE = ("source", "headers")
_TOGGLES = {"star": ("star", "unstar"), "read": ("read", "unread")}


class ActingDesk(QObject):
    """Knows what an act is about: what it was given, the marked rows, or the current one.

    `space_asked` names an act of spaces that was asked for on a row.
    """

    space_asked = Signal(str, list)

    def __init__(
        self,
        engine: Engine,
        listing: ListingPresenter,
        window: MainWindow,
        run: Callable[[Coroutine[Any, Any, Any]], None],
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._list = window.list_pane.list
        self._listing = listing
        self._run = run
        self.show_trouble = tell
        self._presenter = ActsPresenter(engine, listing, self)
        self._list.act.connect(lambda kind, ids: self.act(kind, ids))
        window.sidebar.tree.dropped.connect(self.drop)

    def offer_undo(self, text: str, undo: Sequence[Act]) -> None:
        """Show what was done, and how to take it back."""
        back = (lambda: self._run(self._presenter.undo(undo))) if undo else None
        self._window.undo_bar.show_act(text, back)

    def acting_on(self, conversations: Collection[int]) -> None:
        self._list.expected.add(conversations)

    def act(self, kind: str, conversations: Sequence[int] = ()) -> None:
        """Do an act to what it is about: those given, the marked ones, or the current one."""
        chosen = list(conversations) or self._list.targets()
        ids = [item for item in chosen if item > 0]  # a draft has its own acts, in the composer
        if not ids:
            return
        if kind in _OF_SPACES:
            self.space_asked.emit(kind, ids)
            return
        place = self._listing.place
        if kind in _TOGGLES:
            kind = self._toggled(kind, ids)
        elif kind == "spam" and (place.role is Role.SPAM or place.tab is Tab.SPAM):
            kind = "not_spam"
        elif kind == "trash" and (place.role is Role.TRASH or place.tab is Tab.TRASH):
            kind = "delete"
        self._run(self._presenter.act(kind, ids))
        self._list.clear_marks()

    def _toggled(self, kind: str, ids: Sequence[int]) -> str:
        """Turn on what any of them lacks; else turn it off."""
        rows = self._list.rows_of(ids)
        on = [row.starred if kind == "star" else not row.unread for row in rows]
        return _TOGGLES[kind][all(on)]

    def pane_acted(self, kind: str) -> None:
        conversation = self._list.current
        if conversation > 0 and kind not in _OF_THE_PANE:
            self._run(self._presenter.act(kind, [conversation]))

    def move(self, folder: int, name: str) -> None:
        ids = [item for item in self._list.targets() if item > 0]
        if ids:
            self._run(self._presenter.act("move", ids, target=folder, name=name))
            self._list.clear_marks()

    def drop(self, place: Place, ids: Sequence[int]) -> None:
        if place.kind is Kind.FOLDER:
            self._run(self._presenter.act("move", ids, target=place.folder, name=place.title))
        elif place.kind is Kind.STARRED:
            self._run(self._presenter.act("star", ids))
        elif place.role in (Role.ARCHIVE, Role.TRASH, Role.SPAM):
            self._run(self._presenter.act(place.role.value, ids))
