"""What each key of the window does, and which keys rest while a report hides the conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.place import Place
from missive_desktop.app.views import keys
from missive_desktop.app.views.acting_desk import ActingDesk
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.conversation_list import ConversationList
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.space_desk import SpaceDesk

if TYPE_CHECKING:
    from missive_desktop.app.views.mail_desk import MailDesk

_ANYWHERE = ("search", "keys", "compose", "undo")


class Desk(Protocol):
    """What keys reach."""

    window: MainWindow
    pane: ConversationPane
    list: ConversationList
    acting: ActingDesk
    spaces: SpaceDesk

    @property
    def mail(self) -> MailDesk: ...

    def open_place(self, place: Place) -> None: ...

    def enter(self, conversation: int) -> None: ...


def bind(desk: Desk) -> None:
    """Make the shortcuts of the desk's window."""
    keys.bind(
        desk.window, {name: _guarded(desk, name, act) for name, act in _commands(desk).items()}
    )


def _guarded(desk: Desk, name: str, command: Callable[[], object]) -> Callable[[], object]:
    """Keep keys that are about a conversation from acting on one that cannot be seen."""

    def run() -> None:
        if not desk.window.reporting or name.startswith("go_") or name in _ANYWHERE:
            command()

    return run


def _commands(desk: Desk) -> dict[str, Callable[[], object]]:
    return {
        "next": lambda: desk.list.step(1),
        "previous": lambda: desk.list.step(-1),
        "open": lambda: desk.enter(desk.list.current),
        "back": desk.window.show_list,
        "select": desk.list.toggle_mark,
        "search": desk.window.search.open,
        "keys": desk.window.key_sheet.open,
        "undo": desk.window.undo_bar.undo,
        "archive": lambda: desk.acting.act("archive"),
        "trash": lambda: desk.acting.act("trash"),
        "spam": lambda: desk.acting.act("spam"),
        "star": lambda: desk.acting.act("star"),
        "read": lambda: desk.acting.act("read"),
        "move": desk.spaces.move,
        "assign": lambda: desk.spaces.ask("assign"),
        "close": lambda: desk.spaces.ask("close"),
        "label": lambda: desk.spaces.ask("label"),
        "snooze": lambda: desk.spaces.ask("snooze"),
        "return": lambda: desk.spaces.ask("return"),
        "watch": lambda: desk.spaces.ask("toggle_watch"),
        "rename": lambda: desk.spaces.ask("rename"),
        "task": lambda: desk.mail.context.begin_task(),
        "compose": lambda: desk.mail.writing.new(),
        "comment": lambda: desk.mail.talk.begin(),
        "reply": lambda: desk.mail.writing.answer("reply"),
        "reply_all": lambda: desk.mail.writing.answer("reply_all"),
        "forward": lambda: desk.mail.writing.answer("forward"),
        "go_inbox": lambda: desk.open_place(places.INBOX),
        "go_starred": lambda: desk.open_place(places.STARRED),
        "go_drafts": lambda: desk.open_place(places.DRAFTS),
        "go_sent": lambda: desk.open_place(places.SENT),
        "go_archive": lambda: desk.open_place(places.ARCHIVE),
        "go_assigned": lambda: desk.open_place(places.ASSIGNED),
        "go_snoozed": lambda: desk.open_place(places.SNOOZED),
        "go_report": lambda: desk.open_place(places.WHO_TRACKS),
        "images": lambda: desk.mail.reading.presenter.show_images(),
        "panel": lambda: desk.mail.context.toggle(),
    }
