"""Joins acts on conversations of spaces to their menus: by key, bar, chip, row and drop.

What an act is about: the rows given, the marked ones, or the current one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, cast

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QApplication, QWidget

from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters import spaces
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.looking import LookingPresenter
from missive_desktop.app.presenters.place import Kind, Place
from missive_desktop.app.presenters.shown import TaskItem, TaskList
from missive_desktop.app.presenters.space_acts import SpaceActs
from missive_desktop.app.presenters.spaces import Chosen
from missive_desktop.app.presenters.team_rows import Looking
from missive_desktop.app.theme import Theme
from missive_desktop.app.views import space_menus
from missive_desktop.app.views.acting_desk import ActingDesk
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.dates import until_time
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.pick_menu import PickMenu
from missive_desktop.app.views.space_words import whom
from missive_desktop.store.database import Connection

LONGEST = 500  # letters of a name


class SpaceDesk(QObject):
    """Knows which conversations an act is about, and asks what it needs to know for it."""

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        window: MainWindow,
        pane: ConversationPane,
        acting: ActingDesk,
        looked: Callable[[Looking], None],
        run: Callable[[Coroutine[Any, Any, Any]], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._conn = conn
        self._window = window
        self._list = window.list_pane.list
        self._pane = pane
        self._acting = acting
        self._looked = looked
        self._run = run
        self.acts = SpaceActs(engine, acting)
        self.looking = LookingPresenter(conn, engine, self)
        self.menu: PickMenu | None = None
        self._asks: dict[str, Callable[[Chosen, QWidget | None], None]] = {
            "assign": self._assign,
            "label": self._label,
            "snooze": self._snooze,
            "move": self._move,
            "people": self._people,
            "space": self._people,
            "rename": lambda chosen, _: self._rename(chosen),
            "unname": lambda chosen, _: self._run(self.acts.rename(chosen.ids[0], "")),
            "close": lambda chosen, _: self._toggle_open(chosen),
            "toggle_watch": lambda chosen, _: self._run(
                self.acts.watch(chosen.ids, not chosen.watching)
            ),
            "watch": lambda chosen, _: self._run(self.acts.watch(chosen.ids, True)),
            "unwatch": lambda chosen, _: self._run(self.acts.watch(chosen.ids, False)),
            "return": lambda chosen, _: self._run(self.acts.return_to_team(chosen.ids)),
        }
        self._pane.bar.asked.connect(self._asked_above)
        self._pane.head.asked.connect(self._asked_above)
        acting.space_asked.connect(lambda name, ids: self.ask(name, ids))
        window.sidebar.tree.dropped.connect(self._drop)

    # -- what is asked for

    def ask(
        self, name: str, conversations: Sequence[int] = (), anchor: QWidget | None = None
    ) -> None:
        """Do an act of spaces, or open the menu that it needs."""
        wanted = [item for item in conversations or self._list.targets() if item > 0]
        if not wanted:
            return
        chosen = spaces.chosen(self._conn, wanted)
        if chosen is None:
            self._acting.show_trouble(
                self.tr("This is for conversations of a team."),
                self.tr("Mail of your own accounts is seen by nobody else."),
            )
            return
        self._asks[name](chosen, anchor)

    def about_space(self, conversations: Sequence[int] = ()) -> bool:
        """Say whether an act would be about conversations of spaces."""
        wanted = [item for item in conversations or self._list.targets() if item > 0]
        return bool(wanted) and spaces.chosen(self._conn, wanted) is not None

    def move(self) -> None:
        """Open the menu of folders, or of teams for what is theirs."""
        if self.about_space():
            self.ask("move")
        else:
            self._pane.bar.open_move_menu()

    def show_counts(self, place: Place) -> None:
        """Show how much waits in the space that is listed."""
        if place.kind is Kind.SPACE:
            self._window.list_pane.show_counts(*places.counts(self._conn, place))

    def conversation_shown(self, conversation: int) -> None:
        self.looking.show(conversation)
        self._show_here()

    def close(self) -> None:
        self.looking.close()

    # -- who is there

    def show_looking(self, looking: Looking) -> None:
        self._looked(looking)
        self._show_here()

    def watched(self) -> bool:
        return self._window.isActiveWindow() and self._pane.watched()

    def _show_here(self) -> None:
        header = self._pane.header
        space = header.space if header is not None else None
        if header is None or space is None:
            self._pane.bar.here.show_people((), typing=False)
            return
        there = dict(self.looking.looking.get(header.conversation, ()))
        people = [each for each in space.people if each.user in there]
        people.sort(key=lambda each: there[each.user] != "typing")
        typing = any(there[each.user] == "typing" for each in people)
        self._pane.bar.here.show_people(people, typing=typing)

    # -- menus

    def _asked_above(self, name: str, anchor: QWidget) -> None:
        header = self._pane.header
        if header is not None:
            self.ask(name, [header.conversation], anchor)

    def _open(self, menu: PickMenu, chosen: Chosen, anchor: QWidget | None) -> None:
        if self.menu is not None:
            self.menu.close_menu()
        self.menu = menu
        menu.closed.connect(self._menu_closed)
        menu.open_at(self._corner(menu, chosen, anchor))

    def _menu_closed(self) -> None:
        menu, self.menu = self.menu, None
        focused = QApplication.focusWidget()
        if menu is not None and focused is not None and menu.isAncestorOf(focused):
            self._window.focus_list()  # who has clicked elsewhere types there

    def _corner(self, menu: PickMenu, chosen: Chosen, anchor: QWidget | None) -> QPoint:
        """Return where a menu opens: under its button, else beside its row."""
        if anchor is not None and anchor.isVisible():
            left = anchor.mapTo(self._window, QPoint(0, anchor.height() + 4))
            if self._window.isRightToLeft():
                left.setX(left.x() + anchor.width() - menu.width())
            return left
        box = self._list.row_box(chosen.ids[0])
        corner = self._list.viewport().mapTo(self._window, box.topLeft())
        inside = -16 if self._window.isRightToLeft() else box.width() - menu.width() - 16
        return QPoint(corner.x() + max(16, inside), corner.y() + 40)

    def _assign(self, chosen: Chosen, anchor: QWidget | None) -> None:
        menu = space_menus.assign(self._theme, self._window, chosen)
        menu.picked.connect(lambda add, remove: self._assigned(chosen, add, remove))
        self._open(menu, chosen, anchor)

    def _assigned(self, chosen: Chosen, add: list[str], remove: list[str]) -> None:
        if not add and not remove:
            return
        now = (chosen.some_assigned | set(add)) - set(remove)
        names = [
            self.tr("you") if each.me else each.name for each in chosen.people if each.user in now
        ]
        self._run(self.acts.assign(chosen.ids, add, remove, ", ".join(names)))
        self._list.clear_marks()

    def _label(self, chosen: Chosen, anchor: QWidget | None) -> None:
        menu = space_menus.label(self._theme, self._window, chosen)
        names = {mark.id: mark.name for mark in chosen.labels}

        def picked(add: list[str], remove: list[str]) -> None:
            if add or remove:
                name = names[(add or remove)[0]]
                self._run(self.acts.label(chosen.ids, add, remove, name))
                self._list.clear_marks()

        menu.picked.connect(picked)
        menu.made.connect(
            lambda name: self._run(self.acts.make_label(chosen.account, name, "", chosen.ids))
        )
        self._open(menu, chosen, anchor)

    def _snooze(self, chosen: Chosen, anchor: QWidget | None) -> None:
        menu = space_menus.snooze(self._theme, self._window, chosen)

        def picked(add: list[str], _: list[str]) -> None:
            if add[0] == space_menus.A_DATE:
                self._ask_date(
                    self.tr("Put off until"),
                    self.tr("Put off"),
                    lambda until: self._put_off(chosen, until),
                )
            else:
                self._put_off(chosen, int(add[0]))

        menu.picked.connect(picked)
        self._open(menu, chosen, anchor)

    def _ask_date(self, title: str, done: str, then: Callable[[int], None]) -> None:
        # Imported here: the first look does not wait for what is asked for later.
        from missive_desktop.app.views.date_dialog import DateDialog

        now = datetime.now()  # noqa: DTZ005 - the person's own clock
        dialog = DateDialog(self._theme, now, title, done, self._window)
        dialog.chosen.connect(then)
        dialog.open()

    def _put_off(self, chosen: Chosen, until: int) -> None:
        self._run(self.acts.snooze(chosen.ids, until, until_time(until) if until else ""))
        self._list.clear_marks()

    def _move(self, chosen: Chosen, anchor: QWidget | None) -> None:
        if not chosen.others:
            self._acting.show_trouble(self.tr("There is no other team to move it to."), "")
            return
        menu = space_menus.move(self._theme, self._window, chosen)
        names = {account: name for account, name, _ in chosen.others}
        menu.picked.connect(
            lambda add, _: self._run(self.acts.move(chosen.ids, int(add[0]), names[int(add[0])]))
        )
        self._open(menu, chosen, anchor)

    def _rename(self, chosen: Chosen) -> None:
        from missive_desktop.app.views.ask_dialog import AskDialog

        (item, *_), rows = chosen.ids, self._list.rows_of(chosen.ids[:1])
        title = self.tr("Rename this conversation")
        dialog = AskDialog(self._theme, title, self.tr("Rename it"), self._window)
        said = self.tr("It gets this name {0}. The mail itself stays as it is.")
        dialog.add_text(said.format(whom(chosen.size, chosen.space)))
        field = dialog.add_field("name", self.tr("Name"), rows[0].subject if rows else "")
        field.edit.setMaxLength(LONGEST)
        field.edit.selectAll()

        dialog.given.connect(lambda typed: self._run(self.acts.rename(item, typed["name"].strip())))
        dialog.open()

    def _people(self, chosen: Chosen, anchor: QWidget | None) -> None:
        """Show who shares it; a click assigns it."""
        menu = space_menus.people(self._theme, self._window, chosen)
        menu.picked.connect(lambda add, _: self._assigned(chosen, add, []))
        self._open(menu, chosen, anchor)

    def task(self, name: str, about: object, with_: object) -> None:
        """Do what the panel asks for: add a task, or change one."""
        if isinstance(about, TaskList):
            self._run(self.acts.add_task(about.conversation, str(with_)))
            return
        tasks, item = cast("tuple[TaskList, TaskItem]", about)
        change = functools.partial(self.acts.change_task, tasks.account, item.id)
        match name:
            case "tick":
                self._run(change(done=not item.done))
            case "delete":
                self._run(change(delete=True))
            case "no_day":
                self._run(change(due=0))
            case "due":
                self._ask_date(
                    self.tr("Due on"), self.tr("Set"), lambda until: self._run(change(due=until))
                )
            case _:
                self._assign_task(tasks, item, with_)

    def _assign_task(self, tasks: TaskList, item: TaskItem, anchor: object) -> None:
        chosen = spaces.chosen(self._conn, [tasks.conversation])
        if chosen is None:
            return
        has = frozenset(each.user for each in item.assignees)
        chosen = dataclasses.replace(chosen, assigned=has, some_assigned=has)
        menu = space_menus.assign(self._theme, self._window, chosen)

        def picked(add: list[str], remove: list[str]) -> None:
            users = tuple(sorted((has | set(add)) - set(remove)))
            self._run(self.acts.change_task(tasks.account, item.id, assignees=users))

        menu.picked.connect(picked)
        self._open(menu, chosen, anchor if isinstance(anchor, QWidget) else None)

    def _toggle_open(self, chosen: Chosen) -> None:
        words = whom(chosen.size, chosen.space)
        self._run(self.acts.set_open(chosen.ids, opened=chosen.closed, whom=words))
        self._list.clear_marks()

    def _drop(self, place: Place, ids: Sequence[int]) -> None:
        if place.kind not in (Kind.SPACE, Kind.LABEL, Kind.ASSIGNED):
            return
        chosen = spaces.chosen(self._conn, [item for item in ids if item > 0])
        if chosen is None:
            self._acting.show_trouble(self.tr("Only conversations of a team can go there."), "")
        elif place.kind is Kind.LABEL:
            self._run(self.acts.label(chosen.ids, [place.label], [], place.title))
        elif place.kind is Kind.ASSIGNED:
            me = [each.user for each in chosen.people if each.me]
            self._assigned(chosen, me, [])
        elif place.account in {account for account, _, _ in chosen.others}:
            self._run(self.acts.move(chosen.ids, place.account, place.title))
