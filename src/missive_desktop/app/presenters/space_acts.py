"""Acts on conversations of spaces: told to the engine, offered to be undone. Knows no Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from missive_desktop.app.presenters.acts import ActsView, describe
from missive_desktop.app.presenters.link import Engine
from missive_desktop.engine.protocol import Act, Request
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    EditTask,
    Label,
    MakeLabel,
    Rename,
    ReturnToTeam,
    SetOpen,
    Snooze,
    Transfer,
    WatchConversations,
)
from missive_desktop.errors import KnownError, UsageError
from missive_wire import shapes

Ids = Collection[int]


class SpaceActs:
    """Says what was done in words that name whom it affects."""

    def __init__(self, engine: Engine, view: ActsView) -> None:
        self._engine = engine
        self._view = view

    async def assign(
        self, ids: Ids, add: Sequence[str], remove: Sequence[str], words: str = ""
    ) -> None:
        """Give conversations to people, or take them from some; `words` name who has it now."""
        texts = ("Nobody has it now", "Nobody has these {} now")
        if words:
            texts = ("Assigned to {}", "{} assigned to {}")
        request = Assign(conversations=tuple(ids), add=tuple(add), remove=tuple(remove))
        await self._do(request, describe(texts, len(ids), words), ids)

    async def set_open(self, ids: Ids, *, opened: bool, whom: str) -> None:
        """Close for all, or open again; `whom` says for how many."""
        texts = ("Open again {}", "{} open again {}") if opened else ("Closed {}", "{} closed {}")
        request = SetOpen(conversations=tuple(ids), open=opened)
        await self._do(request, describe(texts, len(ids), whom), ids)

    async def return_to_team(self, ids: Ids) -> None:
        texts = ("Back in the team inbox", "{} back in the team inbox")
        request = ReturnToTeam(conversations=tuple(ids))
        await self._do(request, describe(texts, len(ids), ""), ids)

    async def rename(self, conversation: int, name: str) -> None:
        """Call it otherwise for all; "": as its mail does."""
        words = "Renamed for everybody" if name else "Called as its mail again"
        await self._do(Rename(conversation=conversation, name=name), words)

    async def label(
        self, ids: Ids, add: Sequence[str], remove: Sequence[str], name: str = ""
    ) -> None:
        texts = ("Labelled {}", "{} labelled {}") if add else ("Label {} off", "{}: label {} off")
        if len(add) + len(remove) > 1:
            texts = ("Labels changed", "Labels of {} changed")
        request = Label(conversations=tuple(ids), add=tuple(add), remove=tuple(remove))
        await self._do(request, describe(texts, len(ids), name), ids)

    async def make_label(self, account: int, name: str, color: str, ids: Ids) -> None:
        """Make a label that the whole organization has, and put it on these conversations."""
        made = await self._ask(MakeLabel(account=account, name=name, colour=color, shared=True))
        if made is not None:
            await self.label(ids, [made["label"]], [], name)

    async def snooze(self, ids: Ids, until: int, words: str) -> None:
        """Put off until then; 0: not any more."""
        texts = ("Put off until {}", "{} put off until {}")
        if not until:
            texts = ("Not put off any more", "{} not put off any more")
        request = Snooze(conversations=tuple(ids), until=until)
        await self._do(request, describe(texts, len(ids), words), ids)

    async def watch(self, ids: Ids, watching: bool) -> None:
        texts = ("Comments bring it back to you", "Comments on these {} bring them back to you")
        if not watching:
            texts = ("Comments leave you in peace", "Comments on these {} leave you in peace")
        request = WatchConversations(conversations=tuple(ids), watching=watching)
        await self._do(request, describe(texts, len(ids), ""))

    async def move(self, ids: Ids, account: int, name: str) -> None:
        """Move to another space, which the server has to take first: it cannot be undone."""
        if await self._ask(Transfer(conversations=tuple(ids), account=account), ids) is not None:
            texts = ("Moved to {}", "{} moved to {}")
            self._view.offer_undo(describe(texts, len(ids), name), [])

    async def add_task(self, conversation: int, title: str) -> None:
        await self._do(AddTask(title=title, conversation=conversation), "Task added")

    async def change_task(self, account: int, task: str, **changes: Any) -> None:
        """Change some of `done`, `assignees`, `due` (unix seconds), or `delete` it."""
        words = "Task changed"
        if "done" in changes:
            done = changes.pop("done")
            changes["state"] = "closed" if done else "todo"
            words = "Task done" if done else "Task to be done again"
        if changes.get("delete"):
            words = "Task deleted"
        await self._do(EditTask(account=account, task=task, **changes), words)

    async def _do(self, request: Request, words: str, ids: Ids = ()) -> None:
        answer = await self._ask(request, ids)
        if answer is not None:
            self._view.offer_undo(words, shapes.convert(answer.get("undo", []), list[Act]))

    async def _ask(self, request: Request, ids: Ids = ()) -> dict[str, Any] | None:
        self._view.acting_on(ids)
        try:
            answer = await self._engine.call(request)
            self._view.acting_on(ids)  # a server may have thought about it for long
            return answer
        except KnownError as error:
            self._view.show_trouble(str(error), error.advice)
        except UsageError as error:
            self._view.show_trouble(str(error), "")
        return None
