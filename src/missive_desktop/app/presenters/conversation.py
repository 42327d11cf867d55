"""The conversation's presenter: reads mails, makes one page of them, keeps it in step. No Qt.

What is prepared already is shown at once; what is not, the engine prepares first. The page of the
next conversation is made while the reader rests on this one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.preparing import Look, as_text, document
from missive_desktop.app.presenters.rows import Chip, display_name
from missive_desktop.app.presenters.shown import Header, Page, Target
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.content import rendered
from missive_desktop.content.page import Card
from missive_desktop.content.page_invitation import When, plain_when
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.invitation import Invitation
from missive_desktop.domain.message import Flags
from missive_desktop.engine.protocol import Act, Prepare
from missive_desktop.errors import KnownError
from missive_desktop.store import accounts, folders, messages
from missive_desktop.store import rendered as kept
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.messages import MessageRow

SKELETON = 0.15  # seconds of waiting that need no sign
REST = 0.15  # seconds on one conversation, after which the next is made ready
READ_AFTER = 1.0  # seconds of showing, after which mail counts as read
KEPT = 6  # pages
_ICONS = {
    Role.INBOX: "inbox",
    Role.DRAFTS: "file-pen",
    Role.SENT: "send",
    Role.ARCHIVE: "archive",
    Role.SPAM: "octagon-alert",
    Role.TRASH: "trash-2",
}
_NOT_TARGETS = {Role.ALL, Role.STARRED, Role.IMPORTANT, Role.DRAFTS, Role.SENT}


class ConversationView(Protocol):
    """The pane as its presenter sees it."""

    def show_header(self, header: Header) -> None: ...

    def show_page(self, page: Page) -> None: ...

    def prefetch(self, page: Page) -> None: ...

    def show_skeleton(self) -> None: ...

    def show_nothing(self) -> None: ...

    def show_trouble(self, title: str, advice: str) -> None: ...

    def watched(self) -> bool:
        """Say whether a reader can see the pane."""


class Timing(NamedTuple):
    """Pauses in seconds; tests shorten them."""

    skeleton: float = SKELETON
    rest: float = REST
    read_after: float = READ_AFTER


class ConversationPresenter:
    """One conversation at a time in one pane.

    `time_text` formats unix seconds for a reader, `event_text` says when an event is.
    """

    def __init__(
        self,
        conn: Connection,
        engine: Engine,
        view: ConversationView,
        look: Callable[[], Look],
        time_text: Callable[[int], str],
        *,
        event_text: Callable[[Invitation], When] = plain_when,
        timing: Timing = Timing(),  # noqa: B008 - a constant
    ) -> None:
        self._conn = conn
        self._engine = engine
        self._view = view
        self._look = look
        self._time_text = time_text
        self._event_text = event_text
        self._timing = timing
        self._tasks = Tasks(self._failed)
        self._reading: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._pages: OrderedDict[tuple[object, ...], Page] = OrderedDict()
        self._open: frozenset[int] = frozenset()  # mails that stay open while this one is shown
        self._as_text = False
        self.conversation = 0

    # -- showing

    def show(self, conversation: int, *, at_once: bool = False) -> None:
        """Show a conversation; `at_once` when it was opened on purpose: it counts as read now."""
        self._stop()
        rows = self._rows(conversation)
        if not rows:
            self.clear()
            return
        if conversation != self.conversation:
            self._as_text = False
            self._open = _unfolded(rows)
        self.conversation = conversation
        self._view.show_header(self._header(rows))
        self._show_or_wait(rows)
        delay = 0.0 if at_once else self._timing.read_after
        if any(not row.flags & Flags.SEEN for row in rows):
            self._reading = self._tasks.start(self._mark_read(rows, delay))

    def clear(self) -> None:
        """Show that nothing is open."""
        self._stop()
        self.conversation = 0
        self._view.show_nothing()

    def prefetch(self, conversation: int) -> None:
        """Make ready what is likely to be opened next, after a rest."""
        if self._next is not None:
            self._next.cancel()
        if conversation and conversation != self.conversation:
            self._next = self._tasks.start(self._prefetch(conversation))

    def changed(self, changes: Changes) -> None:
        """Take in what a transaction changed."""
        if not self.conversation:
            return
        rows = self._rows(self.conversation)
        touched = self.conversation in changes.conversations or any(
            row.id in changes.messages for row in rows
        )
        if not rows:
            self.clear()
        elif touched:
            if rows[-1].id not in self._open and not rows[-1].flags & Flags.SEEN:
                self._open |= {rows[-1].id}
            self._view.show_header(self._header(rows))
            self._show_or_wait(rows)

    def refresh(self) -> None:
        """Make the page anew: the theme changed."""
        rows = self._rows(self.conversation) if self.conversation else []
        if rows:
            self._show_or_wait(rows)

    def show_as_text(self) -> None:
        """Show the mails of this conversation without their HTML."""
        self._as_text = True
        self.refresh()

    def close(self) -> None:
        self._tasks.cancel()

    # -- how it comes about

    def _rows(self, conversation: int) -> list[MessageRow]:
        """Return the mails to show; a draft only where there is nothing else."""
        rows = messages.in_conversation(self._conn, conversation)
        return [row for row in rows if not row.flags & Flags.DRAFT] or rows

    def _show_or_wait(self, rows: Sequence[MessageRow]) -> None:
        page = self._page(rows, self._open)
        if page is not None:
            self._view.show_page(page)
        else:
            self._tasks.start(self._prepare_and_show(rows[0].conversation))

    async def _prepare_and_show(self, conversation: int) -> None:
        rows = self._rows(conversation)
        asking = asyncio.ensure_future(self._prepare(rows))
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._timing.skeleton)
            if not done and conversation == self.conversation:
                self._view.show_skeleton()
            await asking
        except KnownError as error:
            if conversation == self.conversation:
                self._view.show_trouble(str(error), error.advice)
            return
        finally:
            asking.cancel()
        if conversation != self.conversation:
            return
        rows = self._rows(conversation)
        page = self._page(rows, self._open) if rows else None
        if page is not None:
            self._view.show_page(page)
        elif rows:
            self._view.show_trouble(
                "This mail could not be shown", "Its raw source can still be read."
            )

    async def _prepare(self, rows: Sequence[MessageRow]) -> None:
        stale = tuple(row.id for row in rows if kept.version(self._conn, row.id) != VERSION)
        if stale:
            await self._engine.call(Prepare(messages=stale))

    async def _prefetch(self, conversation: int) -> None:
        await asyncio.sleep(self._timing.rest)
        rows = self._rows(conversation)
        if not rows:
            return
        opened = _unfolded(rows)
        page = self._page(rows, opened)
        if page is None:
            await self._prepare(rows)
            page = self._page(rows, opened)
        if page is not None:
            self._view.prefetch(page)

    def _page(self, rows: Sequence[MessageRow], opened: frozenset[int]) -> Page | None:
        """Return the page of these mails, or None while one of them is not prepared."""
        look = self._look()
        text_only = self._as_text and rows[0].conversation == self.conversation
        times = tuple(self._time_text(row.date) for row in rows)
        unread = tuple(row.id for row in rows if row.id in opened and not row.flags & Flags.SEEN)
        key = (rows[0].conversation, tuple(row.id for row in rows), times, opened, look.dark,
               look.values.get("direction", ""), text_only, VERSION)  # fmt: skip
        page = self._pages.get(key)
        if page is None:
            cards = []
            for row, time in zip(rows, times, strict=True):
                shown = self._shown(row.id)
                if shown is None:
                    return None
                shown = as_text(shown) if text_only else shown
                events = tuple(self._event_text(event) for event in shown.invitations)
                folded = row.id not in opened
                cards.append(Card(row.id, shown, time, folded=folded, events=events))
            mine = [row.settings.address for row in accounts.all_(self._conn)]
            first = min(unread, default=rows[-1].id)
            page = Page(
                document(cards, look, mine),
                f"m{first}" if len(rows) > 1 else "",
                tuple(note for card in cards for note in card.rendered.links),
                tuple(dict.fromkeys(card.rendered.sender.email for card in cards)),
            )
            self._pages[key] = page
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(key)
        return page

    def _shown(self, message: int) -> Rendered | None:
        found = kept.get(self._conn, message)
        if found is None or found[0] != VERSION:
            return None
        try:
            return rendered.decode(found[1])
        except (ValueError, msgspec.MsgspecError):
            return None  # of another version: made anew

    async def _mark_read(self, rows: Sequence[MessageRow], delay: float) -> None:
        await asyncio.sleep(delay)
        if not self._view.watched():
            return  # nobody sees it: the list stands before it
        unread = tuple(row.id for row in rows if not row.flags & Flags.SEEN)
        await self._engine.call(Act(kind="read", messages=unread))

    def _header(self, rows: Sequence[MessageRow]) -> Header:
        newest = rows[-1]
        known = accounts.all_(self._conn)
        own = {row.settings.address.lower() for row in known}
        all_folders = {row.id: row for row in folders.for_account(self._conn, newest.account)}
        placed = [folder for row in rows for folder, _ in messages.folders_of(self._conn, row.id)]
        here = [all_folders[folder] for folder in dict.fromkeys(placed) if folder in all_folders]
        address = next((row.settings.address for row in known if row.id == newest.account), "")
        chips = [Chip(address)] if len(known) > 1 else []
        chips += [Chip(folder_name(row)) for row in here if row.role is not Role.ALL][:4]
        others = _others(newest, own)
        return Header(
            conversation=newest.conversation,
            account=newest.account,
            newest=newest.id,
            subject=rows[0].subject,
            chips=tuple(chips),
            starred=any(row.flags & Flags.FLAGGED for row in rows),
            unread=any(not row.flags & Flags.SEEN for row in rows),
            answers=_names(others),
            several=len(others) > 1,
            targets=_targets(list(all_folders.values())),
            in_spam=any(row.role is Role.SPAM for row in here),
            in_trash=any(row.role is Role.TRASH for row in here),
        )

    def _stop(self) -> None:
        for task in (self._reading, self._next):
            if task is not None:
                task.cancel()
        self._reading = self._next = None

    def _failed(self, error: KnownError) -> None:
        """Reading on is not disturbed by what failed beside it: the sync line tells of it."""


def folder_name(row: FolderRow) -> str:
    """Return a folder's own name, without the folders that it lies in."""
    if row.role is Role.INBOX:
        return "Inbox"
    return row.name.rpartition(row.delimiter)[2] if row.delimiter else row.name


def _unfolded(rows: Sequence[MessageRow]) -> frozenset[int]:
    """Return the mails that are open from the start: the newest, and what was not read."""
    return frozenset([rows[-1].id, *(row.id for row in rows if not row.flags & Flags.SEEN)])


def _others(row: MessageRow, own: set[str]) -> list[str]:
    """Return the names of those whom an answer to all would reach."""
    found: dict[str, str] = {}
    for person in (*(row.reply_to or (row.sender,)), *row.to, *row.cc):
        if person.email.lower() not in own:
            found.setdefault(person.email.lower(), display_name(person))
    return list(found.values()) or [display_name(row.sender)]


def _names(names: Sequence[str]) -> str:
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} others"


def _targets(rows: Sequence[FolderRow]) -> tuple[Target, ...]:
    usual = [row for row in rows if row.selectable and row.role not in _NOT_TARGETS]
    usual.sort(key=lambda row: (row.role is Role.NONE, row.name.casefold()))
    return tuple(
        Target(
            row.id,
            folder_name(row) if row.role is not Role.NONE else row.name,
            _ICONS.get(row.role, "folder"),
        )
        for row in usual
    )
