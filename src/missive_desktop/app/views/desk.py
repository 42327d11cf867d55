"""Joins the main window to the presenters of one opened profile.

It decides which presenter hears which signal, and nothing else.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from missive_desktop.app.models.conversations import ConversationModel
from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.link import EngineLink
from missive_desktop.app.presenters.listing import ListingPresenter
from missive_desktop.app.presenters.looking import PRESENCE
from missive_desktop.app.presenters.place import Filter, Kind, Place
from missive_desktop.app.presenters.sidebar import Content, SidebarPresenter
from missive_desktop.app.presenters.sync_state import SyncPresenter, SyncState
from missive_desktop.app.theme import Theme
from missive_desktop.app.views import beside, desk_keys
from missive_desktop.app.views.accounts_desk import AccountsDesk
from missive_desktop.app.views.acting_desk import ActingDesk
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.dates import list_time
from missive_desktop.app.views.emptiness import emptiness
from missive_desktop.app.views.list_pane import ListPane
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.notifying_desk import NotifyingDesk
from missive_desktop.app.views.settings_menu import SettingsMenu
from missive_desktop.app.views.space_desk import SpaceDesk
from missive_desktop.app.views.team_desk import TeamDesk
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.engine.protocol import Changed, Notice
from missive_desktop.store import settings
from missive_desktop.store.database import Connection

if TYPE_CHECKING:
    from missive_desktop.app.views.mail_desk import MailDesk
    from missive_desktop.app.views.report_desk import ReportDesk
    from missive_desktop.app.views.search_desk import SearchDesk

COUNT_AFTER = 30  # ms after the lists, before counts are read
GATHER = 100  # ms between two readings; in between, changes are merged


class Desk(QObject):
    """One window, one profile."""

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        link: EngineLink,
        make_mail: Callable[[Desk], MailDesk],
        open_connection: Callable[[], Connection],
    ) -> None:
        super().__init__()
        self.theme = theme
        self._link = link
        self._conn = conn
        self._pending = Changes()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._painted = False
        self._listing = ListingPresenter(conn, self)
        self._model = ConversationModel(self._listing.rows, list_time, self)
        self._make_mail = make_mail
        self._mail: MailDesk | None = None
        self.pane = ConversationPane(theme, lambda: self.mail.make_stack())
        self.list_pane = ListPane(theme, self._model)
        self.list = self.list_pane.list
        self.window = MainWindow(theme, self.list_pane, self.pane)
        self.settings = SettingsMenu(theme, conn, link, self.window, self.show_trouble)
        self.accounts = AccountsDesk(theme, conn, link, self.window, self.run, self.show_trouble)
        self.acting = ActingDesk(link, self._listing, self.window, self.run, self.show_trouble)
        self.teams = TeamDesk(theme, conn, link, self.window, self.show_trouble)
        self.spaces = SpaceDesk(
            theme, conn, link, self.window, self.pane, self.acting, self._listing.looked_at,
            self.run,
        )  # fmt: skip
        self.notifying = NotifyingDesk(theme, conn, self.window, self.pane)
        self._sidebar = SidebarPresenter(conn, self)
        self._sync = SyncPresenter(conn, link, self)
        self._open_connection = open_connection
        self._search: SearchDesk | None = None
        self._report: ReportDesk | None = None
        self._gather = QTimer(self, singleShot=True)
        self._read_at = QElapsedTimer()
        self._gather.timeout.connect(self._read_changes)
        self._counting = Changes()
        self._count = QTimer(self, singleShot=True, interval=COUNT_AFTER)
        self._count.timeout.connect(self._read_counts)
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._load_more)
        self._connect()
        link.subscribe(self._notice)
        link.on_health(self._sync.health_changed)

    def _connect(self) -> None:
        window, pane, listed = self.window, self.pane, self.list_pane
        side = window.sidebar
        side.tree.chosen.connect(self.open_place)
        side.settings.connect(lambda: self.settings.open(side.gear))
        side.sync_detail.connect(lambda: window.sync_popup.open_above(side.sync_line))
        window.sync_popup.retried.connect(lambda account: self.run(self._sync.retry(account)))
        window.sync_popup.restarted.connect(self._link.restart)
        window.search.opened.connect(self._begin_search)
        listed.filtered.connect(lambda only: self._listing.open(self._listing.place, only))
        listed.tabbed.connect(
            lambda tab: self.open_place(places.space_tab(self._listing.place, tab))
        )
        listed.empty.acted.connect(lambda: self.open_place(places.INBOX))
        self.list.opened.connect(self._opened)
        self.list.left.connect(lambda conversation: self.mail.show_gone(bool(conversation)))
        self.list.entered_row.connect(self.enter)
        self.list.clicked.connect(lambda _: self.enter(self.list.current))
        side.compose.connect(lambda: self.mail.writing.new())
        self.settings.density_changed.connect(self.list.set_compact)
        self.settings.privacy_changed.connect(lambda: self.mail.rules_changed())
        self.settings.account_asked.connect(lambda: self.accounts.ask())
        self.accounts.added.connect(self.reload)
        self.accounts.team_asked.connect(lambda: self.teams.ask())
        self.settings.team_asked.connect(lambda: self.teams.ask())
        self.settings.security_asked.connect(lambda: self.teams.open_settings())
        self.teams.entered.connect(self.reload)
        self.teams.given_up.connect(self.accounts.ask_first)
        window.sync_popup.sign_in.connect(self.accounts.ask_password)
        window.sync_popup.team_asked.connect(lambda team: self.teams.attend(team))
        self.settings.keys_asked.connect(window.key_sheet.open)
        self.settings.notifications_changed.connect(self.notifying.load)
        self.notifying.opened.connect(self.open_conversation)
        self.notifying.composed.connect(lambda: self.mail.writing.new())
        pane.acted.connect(self.acting.pane_acted)
        pane.moved.connect(self.acting.move)
        desk_keys.bind(self)

    # -- beginning

    def begin(self) -> None:
        """Read and show the first rows, before the window is painted."""
        self.settings.load()
        if self.window.width() >= self.theme.size("fold-context-below"):
            self.pane.beside.show_panel(bool(settings.get(self._conn, beside.SETTING, True)))
        self._sidebar.load()
        self.open_place(places.INBOX)
        self._sync.load()
        self.teams.look()
        self.window.focus_list()

    def settle(self) -> None:
        """After the first paint: the web view, notifications."""
        self.pane.warm()
        self.pane.stack.shown.connect(self._mail_painted)
        self.notifying.load()

    def reload(self) -> None:
        """Read everything again."""
        self._sidebar.load()
        self._sync.load()
        self._listing.open(self._listing.place, self._listing.only)

    def open_first(self) -> None:
        """Open the newest conversation."""
        self.list.step(0)

    @property
    def shown(self) -> bool:
        """Say whether the mail that is open is painted, or none is open."""
        return self.list.current <= 0 or self._painted

    def _mail_painted(self) -> None:
        self._painted = True
        terms = self.list.row_painter.terms
        self.pane.mark(max(terms, key=len) if terms else "")

    def _load_more(self) -> None:
        if not self._listing.load_more():
            self._idle.stop()

    def open_place(self, place: Place) -> None:
        """Show a place in the list."""
        if self.window.search.active:
            self.window.search.close_search()
        if place.kind is Kind.REPORT:
            self._open_report()
            return
        self._leave_report()
        self._listing.open(place)
        self.window.sidebar.tree.show_place(place)
        self.window.show_list()

    def open_conversation(self, conversation: int) -> None:
        """Open a conversation in the list, or in the list of a folder that holds it."""
        self._leave_report()
        if self.teams.settings is not None:
            self.teams.close_settings()
        if self._model.index_of(conversation) < 0:
            place = places.place_of(self._conn, conversation)
            if place is None:
                return
            self.open_place(place)
            while self._model.index_of(conversation) < 0 and self._listing.load_more():
                continue
        self.list.set_current(conversation)
        self.enter(conversation)

    def search_for(self, text: str) -> None:
        """Search as if it had been typed."""
        self.window.search.open()
        self.window.search.set_text(text)

    def _open_report(self) -> None:
        if self._report is None:
            module = importlib.import_module("missive_desktop.app.views.report_desk")
            self._report = module.ReportDesk(
                self.theme, self._link, self.window, self._open_connection, self.show_trouble
            )
            self._report.sought.connect(self.search_for)
        self.window.sidebar.tree.show_place(places.WHO_TRACKS)
        self._report.open()

    def _leave_report(self) -> None:
        if self._report is not None and self.window.reporting:
            self.window.show_mail()
            self.window.sidebar.tree.show_place(self._listing.place)
            self._report.leave()

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let a coroutine run on the loop; what goes wrong in it is a bug and is raised there."""
        task = asyncio.get_event_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- what presenters show

    def show_place(self, place: Place, only: Filter, ids: Sequence[int]) -> None:
        self.list_pane.show_head(place, only)
        self.spaces.show_counts(place)
        self.list.show_other(ids)
        self._show_emptiness(ids)
        self._idle.start()  # to read the rest

    def update_rows(self, ids: Sequence[int], stale: Collection[int]) -> None:
        self.list.update_ids(ids, stale)
        self._show_emptiness(ids)

    def close(self) -> None:
        """End the threads of this window, and what it still meant to read."""
        for timer in (self._gather, self._count, self._idle):
            timer.stop()
        for part in (self._search, self._report, self.spaces, self.teams, self.notifying):
            if part is not None:
                part.close()

    def _begin_search(self) -> None:
        """Make what searches when it is first wanted: the first rows need not wait for it."""
        self._leave_report()
        if self._search is None:
            module = importlib.import_module("missive_desktop.app.views.search_desk")
            self._search = module.SearchDesk(
                self.window, self._listing, self._open_connection, self.show_trouble
            )
            self._search.offer()

    def show_content(self, content: Content) -> None:
        self.window.sidebar.show_content(content)
        self.notifying.show_content(content)

    def show_sync(self, state: SyncState) -> None:
        self.window.sidebar.show_sync(state)
        self.window.sync_popup.show_sync(state)

    def show_trouble(self, message: str, advice: str) -> None:
        self.window.undo_bar.show_act(f"{message} {advice}".strip(), None)

    def _show_emptiness(self, ids: Sequence[int]) -> None:
        self.list_pane.show_list(bool(ids))
        if not ids:
            place, only = self._listing.place, self._listing.only
            title, text = emptiness(place, only)
            tick = place.role is Role.INBOX and only is Filter.ALL
            self.list_pane.empty.say(title, text, tick=tick)

    # -- what the engine says

    def _notice(self, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self._pending.update(notice.changes)
            if not self._gather.isActive():
                # The first of several is shown at once: a colleague's act is seen as it is done.
                rested = self._read_at.elapsed() if self._read_at.isValid() else GATHER
                self._gather.start(max(0, GATHER - rested))
        else:
            self._sync.notice(notice)

    def _read_changes(self) -> None:
        changes, self._pending = self._pending, Changes()
        self._read_at.start()
        if PRESENCE in changes.teams:  # often, and in no other part is anything another by it
            changes.teams.discard(PRESENCE)
            self.spaces.looking.ask()
        self._listing.changed(changes)
        if not self._listing.complete:
            self._idle.start()
        for part in (self._mail, self._report):
            if part is not None:
                part.changed(changes)
        self.notifying.changed(changes)
        self._counting.update(changes)
        if not self._count.isActive():
            self._count.start()

    def _read_counts(self) -> None:
        """Read what counts, after the lists were painted: it grows with what is open."""
        changes, self._counting = self._counting, Changes()
        begun = QElapsedTimer()
        begun.start()
        self.teams.changed(changes)
        self._sidebar.changed(changes)
        self._sync.changed(changes)
        if changes.teams or changes.folders:
            self.spaces.show_counts(self._listing.place)
        # Where thousands are open it takes its time, but at most a twentieth of all time.
        self._count.setInterval(max(COUNT_AFTER, 20 * begun.elapsed()))

    # -- the mail that is open

    @property
    def mail(self) -> MailDesk:
        """What reads and writes; made when it is first needed, or after the first paint."""
        if self._mail is None:
            self._mail = self._make_mail(self)
            self._mail.conversation_asked.connect(self.open_conversation)
            self._mail.sought.connect(self.search_for)
            self._mail.task_asked.connect(self.spaces.task)
            self._mail.closing.connect(lambda conversation: self.list.expected.add([conversation]))
            self._mail.typing.connect(self.spaces.looking.type_key)
            self._mail.archive_asked.connect(
                lambda conversation: self.acting.act("archive", [conversation])
            )
        return self._mail

    def _opened(self, conversation: int) -> None:
        ids = self._model.ids
        at = self._model.index_of(conversation)
        following = ids[at + 1] if 0 <= at < len(ids) - 1 else 0
        self.mail.show(conversation, following)
        self.spaces.conversation_shown(conversation)

    def enter(self, conversation: int) -> None:
        draft = self.mail.draft_of(conversation) if conversation else 0
        if draft:
            self.mail.open_draft(draft)
        elif conversation:
            self.window.show_conversation()
            self.mail.show(conversation, at_once=True)
            self.spaces.conversation_shown(conversation)

    async def end(self) -> None:
        """Save what is being written, before the engine is let go."""
        if self._mail is not None:
            await self._mail.close()
