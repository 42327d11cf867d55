"""What one round of sync does, over a line: what is queued first, then folder by folder.

An error of one folder is noted with the folder, and the others go on; a lost connection ends the
round, and the next one goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.errors import KnownError, PeerBroken, Refused
from missive_desktop.store import folders, forgetting, settings, skipped
from missive_desktop.store.database import Connection
from missive_desktop.sync import drafts, listing, outbox, plan, replay, rescue
from missive_desktop.sync.folder import Tools
from missive_desktop.sync.lines import Line
from missive_desktop.sync.listing import Listed
from missive_desktop.sync.plan import Status
from missive_desktop.sync.rescue import Suspects

FIRST_SCREEN = 200  # of the inbox, before anything else is asked
_DAY = 86_400
_ROUNDS = 6  # of replay and sync in turn, while a task waits for a number

Refusal = Callable[[KnownError], None]


def all_folders(
    line: Line, tools: Tools, suspects: Suspects, refused: Refusal, *, thorough: bool
) -> None:
    """Bring the whole account in step. Without `thorough`, what STATUS calls unchanged is
    believed also where the server cannot tell about flags.
    """
    tell(line, tools, suspects, refused)
    tools.books.writer.run(lambda conn, changes: _try_skipped_again(conn, tools, changes))
    inbox = inbox_of(tools)
    with tools.books.reading() as conn:
        row = folders.get(conn, inbox)
    if row is not None and row.uidvalidity == 0:
        rescue.sync(line, tools, suspects, inbox, limit=FIRST_SCREEN)
    with line.session() as session:
        if session.selected is not None:
            session.noop()  # else STATUS of the open folder is what it was when we looked last
        listed = listing.refresh(session, tools.books)
    for one in listed:
        _one(line, tools, suspects, one, thorough=thorough)
    while tools.books.writer.run(
        lambda conn, changes: forgetting.forget_orphans(conn, tools.books.account, changes)
    ):
        pass


def _try_skipped_again(conn: Connection, tools: Tools, changes: Changes) -> None:
    """Once a day, ask again for what the server could not give."""
    account, now = tools.books.account, int(time.time())
    name = f"skipped tried {account}"
    if now - settings.get(conn, name, 0) < _DAY:
        return
    settings.put(conn, name, now)
    for row in folders.for_account(conn, account):
        given_up = skipped.for_folder(conn, row.id)
        if given_up:
            skipped.remove(conn, row.id, given_up, changes)


def tell(line: Line, tools: Tools, suspects: Suspects, refused: Refusal) -> None:
    """Tell the server what was done here; sync the folders that follow from it."""
    touched: set[int] = set()
    for _ in range(_ROUNDS):
        if not has_queue(tools):
            break
        with line.session() as session:
            result = replay.replay(session, tools.books, refused)
        touched |= result.touched
        if not result.wanting:
            break
        rescue.sync(line, tools, suspects, result.wanting)
        touched.discard(result.wanting)
    sync_some(line, tools, suspects, touched)


def sync_some(line: Line, tools: Tools, suspects: Suspects, wanted: Iterable[int]) -> None:
    """Sync some folders; one that the server refuses is noted."""
    for folder in wanted:
        try:
            rescue.sync(line, tools, suspects, folder)
        except (Refused, PeerBroken) as error:
            _note(tools, folder, error)


def after_sending(line: Line, tools: Tools, suspects: Suspects, account: AccountSettings) -> None:
    """File what was sent, mirror the drafts that rest."""
    due = drafts.next_due(tools.books)
    if not outbox.unfiled(tools.books) and (due is None or due > time.time()):
        return
    with line.session() as session:
        touched = outbox.file_sent(session, tools.books, account)
        touched |= drafts.mirror_due(session, tools.books)
    sync_some(line, tools, suspects, touched)


def has_queue(tools: Tools) -> bool:
    with tools.books.reading() as conn:
        return bool(tools.books.queue(conn))


def inbox_of(tools: Tools) -> int:
    """Return the inbox; every account has one, also before its folders are listed."""
    with tools.books.reading() as conn:
        known = [r for r in folders.for_account(conn, tools.books.account) if _is_inbox(r.name)]
    if known:
        return known[0].id

    def make(conn: Connection, changes: Changes) -> int:
        return folders.ensure(conn, tools.books.account, "INBOX", "", Role.INBOX, True, changes)

    return tools.books.writer.run(make)


def _is_inbox(name: str) -> bool:
    return name.upper() == "INBOX"


def _one(line: Line, tools: Tools, suspects: Suspects, listed: Listed, *, thorough: bool) -> None:
    row = listed.row
    try:
        status = listed.status
        if status is None:
            with line.session() as session:
                status = Status(*session.status(row.name))
        with tools.books.reading() as conn:
            now = folders.get(conn, row.id)
            given_up = len(skipped.for_folder(conn, row.id))
        if now is None:
            return
        known = Status(now.on_server, now.uidnext, now.uidvalidity, now.highestmodseq)
        believed = not thorough and status.highestmodseq == 0 == known.highestmodseq
        if plan.unchanged(known, status, now.stored, given_up, believed=believed):
            return
        rescue.sync(line, tools, suspects, row.id)
    except (Refused, PeerBroken) as error:
        _note(tools, row.id, error)


def _note(tools: Tools, folder: int, error: KnownError) -> None:
    tools.books.writer.run(
        lambda conn, changes: folders.set_state(conn, folder, changes, error=str(error))
    )
