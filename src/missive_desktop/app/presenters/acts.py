"""The user's acts on conversations: told to the engine, offered to be undone. Knows no Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.listing import ListingPresenter
from missive_desktop.engine.protocol import Act
from missive_desktop.errors import KnownError
from missive_wire import shapes

# What the undo bar says of one and of several conversations; silent acts are their own undo.
_DONE: dict[str, tuple[str, str]] = {
    "archive": ("Archived", "{} archived"),
    "trash": ("Moved to Trash", "{} moved to Trash"),
    "spam": ("Marked as spam", "{} marked as spam"),
    "not_spam": ("Moved back to the inbox", "{} moved back to the inbox"),
    "move": ("Moved to {}", "{} moved to {}"),
    "delete": ("Deleted for good", "{} deleted for good"),
}


class ActsView(Protocol):
    """What tells the user how an act went."""

    def offer_undo(self, text: str, undo: Sequence[Act]) -> None: ...

    def show_trouble(self, message: str, advice: str) -> None: ...

    def acting_on(self, conversations: Collection[int]) -> None:
        """Take it as meant that they leave the list now."""


class ActsPresenter:
    """Turns a key or a click into requests, one for each account concerned."""

    def __init__(self, engine: Engine, listing: ListingPresenter, view: ActsView) -> None:
        self._engine = engine
        self._listing = listing
        self._view = view

    async def act(
        self, kind: str, conversations: Collection[int], *, target: int = 0, name: str = ""
    ) -> None:
        """Do it, and offer to take it back where it moved something."""
        self._view.acting_on(conversations)
        try:
            undo = await self._send(kind, conversations, target)
        except KnownError as error:
            self._view.show_trouble(str(error), error.advice)
            return
        texts = _DONE.get(kind)
        if texts is not None and undo:
            self._view.offer_undo(describe(texts, len(conversations), name), undo)

    async def undo(self, acts: Sequence[Act]) -> None:
        try:
            for act in acts:
                await self._engine.call(act)
        except KnownError as error:
            self._view.show_trouble(str(error), error.advice)

    async def _send(self, kind: str, conversations: Collection[int], target: int) -> list[Act]:
        by_account: dict[int, list[int]] = defaultdict(list)
        for conversation, account in self._listing.account_of(conversations).items():
            by_account[account].append(conversation)
        undo: list[Act] = []
        for account, ids in by_account.items():
            moves = kind in _DONE
            source = self._listing.source_of(account) if moves else 0
            answer = await self._engine.call(
                Act(kind=kind, conversations=tuple(ids), source=source, target=target)
            )
            undo += shapes.convert(answer.get("undo", []), list[Act])
        return undo


def describe(texts: tuple[str, str], count: int, name: str) -> str:
    one, several = texts
    return one.format(name) if count == 1 else several.format(count, name)
