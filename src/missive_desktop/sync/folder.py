"""One folder's sync: ask, decide (`plan`), write, fetch what is missing, settle open numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.errors import PeerBroken
from missive_desktop.mail.session import FlagUpdate, Identity, Selected, Session
from missive_desktop.store import folders, messages, placements, skipped
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.packs import PackWriter
from missive_desktop.sync import books as queue_of
from missive_desktop.sync import plan, tasks
from missive_desktop.sync.books import Books
from missive_desktop.sync.plan import Held, Plan, Question, Stored, View
from missive_desktop.sync.porter import Porter
from missive_desktop.sync.pull import Pull

_GMAIL_CHUNK = 1000

FolderProgress = Callable[[str, int, int], None]  # name, done, total


class Tools(NamedTuple):
    """What a pass over folders works with; of one thread."""

    books: Books
    packs: PackWriter
    stop: threading.Event
    progress: FolderProgress
    porter: Porter | None = None


class Outcome(NamedTuple):
    left: int  # messages that are still missing here
    stored: int


def sync(session: Session, tools: Tools, folder: int, *, limit: int = 0) -> Outcome:
    """Bring one folder in step; with `limit`, fetch only that many of the newest missing.

    Raises KnownError; what was done until then is kept, and the next sync goes on from there.
    While another thread pulls the same folder, only what arrived since it began is fetched.
    """
    books = tools.books
    with books.truth:
        with books.reading() as conn:
            row = folders.get(conn, folder)
            uids = placements.uids(conn, folder)
        if row is None or not row.selectable:  # what is still queued for it is moot
            books.writer.run(lambda conn, changes: _settle(conn, books.account, folder, changes))
            return Outcome(0, 0)
        ceiling = books.pulling.get(folder)
        selected, decided = _compare(session, books, row, uids, alone=ceiling is None)
        fetch = [uid for uid in decided.fetch if ceiling is None or uid > ceiling]
        if ceiling is None:
            books.pulling[folder] = max(fetch, default=selected.uidnext)
    try:
        wanted = fetch[:limit] if limit else fetch
        stored = _fetch(session, tools, row, wanted, selected.exists - len(decided.fetch), selected)
        left = len(decided.fetch) - len(wanted)
        if not left:
            with books.truth:
                books.writer.run(
                    lambda conn, changes: _settle(conn, books.account, folder, changes)
                )
        return Outcome(left, stored)
    finally:
        if ceiling is None:
            books.pulling.pop(folder, None)


def _fetch(
    session: Session,
    tools: Tools,
    row: FolderRow,
    wanted: Sequence[int],
    there: int,
    selected: Selected,
) -> int:
    """Take in what is missing; return how many messages that were."""
    if not wanted:
        return 0
    total = selected.exists
    tools.progress(row.name, there, total)
    # A first pull brings old mail: no news.
    news = row.role is Role.INBOX and row.uidvalidity == selected.uidvalidity
    pull = Pull(
        tools.books,
        tools.packs,
        row.id,
        tools.stop,
        lambda done: tools.progress(row.name, there + done, total),
        announce=(row.uidnext if news else 0),
    )
    if session.capabilities.gmail:
        _fetch_gmail(session, tools, pull, row.id, wanted)
    elif tools.porter is not None:
        pull.fetch_helped(session, tools.porter, row.name, selected.uidvalidity, wanted)
    else:
        pull.fetch(session, wanted)
    return pull.stored


def _compare(
    session: Session, books: Books, row: FolderRow, uids: Sequence[int], *, alone: bool
) -> tuple[Selected, Plan]:
    """Ask the server how the folder is, and write what follows, but for missing messages.

    HIGHESTMODSEQ goes on only if `alone`: what another thread has fetched and not yet committed
    may be older than what we learned, and would else keep its old flags.
    """
    offers = session.capabilities
    asked = plan.question(
        row.uidvalidity, row.highestmodseq, condstore=offers.condstore, qresync=offers.qresync
    )
    qresync = (row.uidvalidity, row.highestmodseq, uids) if asked is Question.QRESYNC else None
    selected = session.select(row.name, qresync=qresync)
    if selected.uidvalidity != row.uidvalidity or not selected.highestmodseq:
        asked = Question.ALL
    view = _view(session, selected, asked, row, stored=bool(uids))
    decided = _apply(books, row.id, selected, view, alone=alone)
    if decided.doubtful:
        view = view._replace(uids=session.uids())
        decided = _apply(books, row.id, selected, view, alone=alone)
    return selected, decided


def _view(
    session: Session, selected: Selected, asked: Question, row: FolderRow, *, stored: bool
) -> View:
    exists, modseq = selected.exists, selected.highestmodseq
    if asked is Question.QRESYNC:
        changed = _held(selected.changed)
        return View(selected.uidvalidity, exists, modseq, changed, selected.vanished)
    if not exists:
        return View(selected.uidvalidity, 0, modseq, {}, (), [])
    if asked is Question.CHANGES:
        changed = _held(list(session.flags(changed_since=row.highestmodseq)))
        return View(selected.uidvalidity, exists, modseq, changed, (), session.uids())
    if not stored or selected.uidvalidity != row.uidvalidity:
        # The flags come with the messages.
        return View(selected.uidvalidity, exists, modseq, {}, (), session.uids())
    changed = _held(list(session.flags()))
    if len(changed) < exists:
        raise PeerBroken("The server leaves messages out of what it lists.")
    return View(selected.uidvalidity, exists, modseq, changed, (), sorted(changed))


def _held(updates: Sequence[FlagUpdate]) -> dict[int, Held]:
    return {update.uid: Held(update.flags, update.keywords) for update in updates}


def _apply(books: Books, folder: int, selected: Selected, view: View, *, alone: bool) -> Plan:
    """Decide and write in one transaction, so that no act of the user falls in between."""

    def work(conn: Connection, changes: Changes) -> Plan:
        row = folders.get(conn, folder)
        if row is None:
            return Plan(False, [], {}, set(), set(), False)
        told = None if view.uids is not None else [*view.changed, *view.vanished]
        stored = Stored(
            row.uidvalidity,
            row.highestmodseq,
            {uid: Held(*held) for uid, held in placements.flags(conn, folder, told).items()},
            row.stored,
            frozenset(skipped.for_folder(conn, folder)),
        )
        queue = queue_of.queue(conn, books.account)
        decided = plan.decide(stored, tasks.pending((q.task for q in queue), folder), view)
        if decided.doubtful:
            return decided
        if decided.reset:
            folders.reset(conn, folder, view.uidvalidity, changes)
            lost = {q.id: tasks.lose_numbers(q.task, folder) for q in queue}
            queue_of.rewrite(conn, {q.id: lost[q.id] for q in queue if lost[q.id] != q.task})
        if decided.flags:
            placements.set_flags(conn, folder, decided.flags, changes)
        if decided.remove:
            placements.remove(conn, folder, decided.remove, changes, keep=True)
        if decided.unskip:
            skipped.remove(conn, folder, decided.unskip, changes)
        folders.set_state(
            conn,
            folder,
            changes,
            uidvalidity=view.uidvalidity,
            uidnext=selected.uidnext,
            highestmodseq=view.highestmodseq if alone else None,
            on_server=view.exists,
            error="",
        )
        return decided

    return books.writer.run(work)


def _fetch_gmail(
    session: Session, tools: Tools, pull: Pull, folder: int, uids: Sequence[int]
) -> None:
    """Place what is known from another label; fetch only what is not. Newest first, in chunks."""
    for start in range(0, len(uids), _GMAIL_CHUNK):
        chunk = uids[start : start + _GMAIL_CHUNK]
        unknown = _place(tools.books, folder, session.identities(chunk))
        missing = [uid for uid in chunk if uid in unknown]
        if missing:
            pull.fetch(session, missing)


def _place(books: Books, folder: int, found: Sequence[Identity]) -> set[int]:
    """Place what is stored already; return the UIDs of the rest."""
    return books.writer.run(
        lambda conn, changes: messages.place_known(conn, books.account, folder, found, changes)
    )


def _settle(conn: Connection, account: int, folder: int, changes: Changes) -> None:
    """All of the folder is stored: numbers that the server never told can be found now."""
    negatives = placements.pending(conn, folder)
    queue = queue_of.queue(conn, account)
    open_ = {entry.message for row in queue for entry in tasks.unresolved(row.task)}
    if not negatives and not open_:
        return
    numbers: dict[int, list[int]] = {}
    for placement in sorted(placements.of_messages(conn, open_), key=lambda p: p.uid, reverse=True):
        if placement.folder == folder and placement.uid > 0:
            numbers.setdefault(placement.message, []).append(placement.uid)
    settled = tasks.settle(queue, folder, negatives, numbers)
    queue_of.rewrite(conn, settled.tasks)
    if settled.drop:
        placements.remove(conn, folder, settled.drop, changes, keep=True)
    held = placements.flags(conn, folder) if settled.flags else {}
    wanted = {
        uid: plan.overlay(Held(*held[uid]), wish)
        for uid, wish in settled.flags.items()
        if uid in held
    }
    placements.set_flags(conn, folder, wanted, changes)
