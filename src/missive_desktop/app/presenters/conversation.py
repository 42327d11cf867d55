"""The conversation's presenter: reads mails, makes one page of them, keeps it in step. No Qt.

What is prepared already is shown at once; what is not, the engine prepares first. The page of the
next conversation is made while the reader rests on this one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from missive_desktop.app.presenters.conversation_header import header
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mail_acts import MailActs, wanted_by_rule
from missive_desktop.app.presenters.mail_cards import MailCards
from missive_desktop.app.presenters.preparing import Look, document
from missive_desktop.app.presenters.shown import Header, Page
from missive_desktop.app.presenters.talk import NOTHING, Talk, Told, between, milliseconds
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.content.page import folded
from missive_desktop.content.page_invitation import When, plain_when
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.invitation import Invitation
from missive_desktop.domain.message import Flags
from missive_desktop.engine.protocol import Act, Prepare
from missive_desktop.errors import KnownError
from missive_desktop.store import accounts, messages
from missive_desktop.store import rendered as kept
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow

SKELETON = 0.15  # seconds of waiting that need no sign
REST = 0.15  # seconds on one conversation, after which the next is made ready
READ_AFTER = 1.0  # seconds of showing, after which mail counts as read
KEPT = 6  # pages


class ConversationView(Protocol):
    """The pane as its presenter sees it."""

    def show_header(self, header: Header) -> None: ...

    def show_page(self, page: Page, *, keep: bool = False) -> None:
        """Show a page; with `keep` begin where its conversation is being read."""

    def prefetch(self, page: Page) -> None: ...

    def show_skeleton(self) -> None: ...

    def show_nothing(self) -> None: ...

    def show_trouble(self, title: str, advice: str) -> None: ...

    def watched(self) -> bool:
        """Say whether a reader can see the pane."""


_Key = tuple[
    int, tuple[int, ...], frozenset[int], bool, str, tuple[object, ...], int, tuple[object, ...]
]


class _Made(NamedTuple):
    page: Page
    wanting: tuple[int, ...]  # mails whose images the reader always wants, and has not yet


class Timing(NamedTuple):
    """Pauses in seconds; tests shorten them."""

    skeleton: float = SKELETON
    rest: float = REST
    read_after: float = READ_AFTER


class ConversationPresenter:
    """One conversation at a time in one pane.

    `time_text` formats unix seconds for a reader, `event_text` says when an event is, `browse`
    opens an address in the system's browser, `tell` says what went wrong, `decided` that a rule
    about images was made here.
    """

    def __init__(
        self,
        conn: Connection,
        engine: Engine,
        view: ConversationView,
        look: Callable[[], Look],
        time_text: Callable[[int], str],
        browse: Callable[[str], None],
        tell: Callable[[str, str], None],
        *,
        event_text: Callable[[Invitation], When] = plain_when,
        decided: Callable[[], None] = lambda: None,
        timing: Timing = Timing(),  # noqa: B008 - a constant
    ) -> None:
        self._conn = conn
        self._engine = engine
        self._view = view
        self._look = look
        self._timing = timing
        self._cards = MailCards(conn, time_text, event_text)
        self._talk = Talk(conn, time_text)
        self._due: asyncio.Task[None] | None = None
        self.told = NOTHING  # what stands between the mails that are shown
        self._acts = MailActs(conn, engine, self._cards, self._again, browse, tell, decided)
        self._tasks = Tasks(self._failed)
        self._reading: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._pages: OrderedDict[_Key, _Made] = OrderedDict()
        self._open: frozenset[int] = frozenset()  # mails that stay open while this one is shown
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
            self._cards.as_text.clear()
            self._open = _unfolded(rows)
        self.conversation = conversation
        self._view.show_header(header(self._conn, rows))
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
        touched = (
            self.conversation in changes.conversations
            or any(row.id in changes.messages for row in rows)
            or (bool(self.told.scope) and self.told.scope in changes.teams)
        )
        if not rows:
            self.clear()
        elif touched:
            self._forget(row.id for row in rows if row.id in changes.messages)
            if rows[-1].id not in self._open and not rows[-1].flags & Flags.SEEN:
                self._open |= {rows[-1].id}
            self._view.show_header(header(self._conn, rows))
            self._show_or_wait(rows, keep=True)

    def refresh(self) -> None:
        """Make the page anew: the theme changed, or a setting."""
        rows = self._rows(self.conversation) if self.conversation else []
        if rows:
            self._show_or_wait(rows, keep=True)

    def show_as_text(self) -> None:
        """Show the mails of this conversation without their HTML."""
        self._cards.as_text.add(self.conversation)
        self.refresh()

    # -- acts

    def act(self, name: str, message: int, values: Mapping[str, str]) -> None:
        """Do what a link in a card asks for."""
        self._acts.do(name, message, values)

    def show_images(self) -> None:
        """Load the images of the mails that are open."""
        rows = self._rows(self.conversation) if self.conversation else []
        cards = self._cards.make(rows, self._open, dark=False) if rows else None
        self._acts.load([card.message for card in cards or () if card.rendered.remote])

    def rules_changed(self) -> None:
        """Show the mail as the rules about images stand now."""
        self._again()

    def close(self) -> None:
        self._tasks.cancel()
        self._acts.close()

    def _again(self) -> None:
        self._pages.clear()
        self.refresh()

    def _forget(self, touched: Iterable[int]) -> None:
        """Drop the pages of mails that are shown otherwise now."""
        gone = set(touched)
        for key in [key for key in self._pages if gone.intersection(key[1])]:
            del self._pages[key]

    # -- how it comes about

    def _rows(self, conversation: int) -> list[MessageRow]:
        """Return the mails to show; a draft only where there is nothing else."""
        rows = messages.in_conversation(self._conn, conversation)
        return [row for row in rows if not row.flags & Flags.DRAFT] or rows

    def _show_or_wait(self, rows: Sequence[MessageRow], *, keep: bool = False) -> None:
        self.told = self._talk.read(rows[0].conversation)
        self._refresh_when_due()
        made = self._page(rows, self._open)
        if made is not None:
            self._show(made, keep=keep)
        else:
            self._tasks.start(self._prepare_and_show(rows[0].conversation, keep=keep))

    def _refresh_when_due(self) -> None:
        """What is said of a mail that waits is another once it goes out."""
        if self._due is not None:
            self._due.cancel()
        self._due = self._tasks.start(self._refresh_at(self.told)) if self.told.due else None

    async def _refresh_at(self, told: Told) -> None:
        await asyncio.sleep(max(0.0, (told.due - milliseconds()) / 1000) + 0.1)
        if told.conv == self.told.conv:
            self.refresh()

    def _show(self, made: _Made, *, keep: bool = False) -> None:
        self._view.show_page(made.page, keep=keep)
        self._acts.by_rule(made.wanting)

    async def _prepare_and_show(self, conversation: int, *, keep: bool) -> None:
        rows = self._rows(conversation)
        asking = asyncio.ensure_future(self._prepare(rows))
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._timing.skeleton)
            if not done and not keep and conversation == self.conversation:
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
        made = self._page(rows, self._open) if rows else None
        if made is not None:
            self._show(made, keep=keep)
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
        made = self._page(rows, opened)
        if made is None:
            await self._prepare(rows)
            made = self._page(rows, opened)
        if made is not None:
            self._view.prefetch(made.page)

    def _page(self, rows: Sequence[MessageRow], opened: frozenset[int]) -> _Made | None:
        """Return the page of these mails, or None while one of them is not prepared."""
        look = self._look()
        unread = tuple(row.id for row in rows if row.id in opened and not row.flags & Flags.SEEN)
        told = self._talk.read(rows[0].conversation)
        key = (rows[0].conversation, tuple(row.id for row in rows), opened, look.dark,
               look.values.get("direction", ""), self._cards.stamp(rows), VERSION,
               (told.items, tuple(told.authors.items())))  # fmt: skip
        made = self._pages.get(key)
        if made is None:
            cards = self._cards.make(rows, opened, dark=look.dark, authors=told.authors)
            if cards is None:
                return None
            known = accounts.all_(self._conn)
            mine = [row.settings.address for row in known if row.settings.kind == "mail"]
            first = min(unread, default=rows[-1].id)
            page = Page(
                document(cards, look, mine, deferred=True, between=between(told, rows)),
                f"m{first}" if len(rows) > 1 else "",
                tuple(note for card in cards for note in card.rendered.links),
                tuple(dict.fromkeys(card.rendered.sender.email for card in cards)),
                folded(cards, look.dark, mine),
                rows[0].conversation,
            )
            made = self._pages[key] = _Made(page, wanted_by_rule(cards))
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(key)
        return made

    async def _mark_read(self, rows: Sequence[MessageRow], delay: float) -> None:
        await asyncio.sleep(delay)
        if not self._view.watched():
            return  # nobody sees it: the list stands before it
        unread = tuple(row.id for row in rows if not row.flags & Flags.SEEN)
        await self._engine.call(Act(kind="read", messages=unread))

    def _stop(self) -> None:
        for task in (self._reading, self._next):
            if task is not None:
                task.cancel()
        self._reading = self._next = None

    def _failed(self, error: KnownError) -> None:
        """Reading on is not disturbed by what failed beside it: the sync line tells of it."""


def _unfolded(rows: Sequence[MessageRow]) -> frozenset[int]:
    """Return the mails that are open from the start: the newest, and what was not read."""
    return frozenset([rows[-1].id, *(row.id for row in rows if not row.flags & Flags.SEEN)])
