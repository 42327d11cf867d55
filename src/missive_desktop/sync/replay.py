"""Tells the server what was done here: in order, each task until it is settled or refused.

A task is taken from the queue in the transaction that writes its outcome. One that the server
refuses is backed out: what it did here is undone, and the reason goes to the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.errors import KnownError, Offline, PeerBroken, Refused
from missive_desktop.mail.session import Session
from missive_desktop.store import actions, folders, messages, placements
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.sync import books as queue_of
from missive_desktop.sync import drafts, plan, tasks
from missive_desktop.sync.books import Books
from missive_desktop.sync.plan import Held
from missive_desktop.sync.tasks import AnyTask, Group, OnMessages, Queued

_GARBAGE_TRIES = 3  # a server that answers a command with nonsense will not learn it
_LOST_TRIES = 20  # one that drops the connection at a command, neither
_SEARCHES = 50  # Message-ID searches for the numbers of one task; the next sync finds the rest

Refusal = Callable[[KnownError], None]


class _NeedsSync(Exception):
    """No error: the folder has to be synced before the task can be told."""

    def __init__(self, folder: int) -> None:
        super().__init__()
        self.folder = folder


class Replayed(NamedTuple):
    wanting: int  # a folder to sync before the rest can go on, or 0
    touched: set[int]  # folders whose server side is not what the store thinks


class _Names(NamedTuple):
    """What the server calls the folders of this account."""

    names: Mapping[int, str]
    rows: Mapping[int, FolderRow]

    def of(self, folder: int) -> str:
        if folder in self.names:
            return self.names[folder]
        if folder in self.rows:
            return self.rows[folder].name
        raise Refused("The folder is gone.")


def replay(session: Session, books: Books, refused: Refusal) -> Replayed:
    """Tell the server all that is queued. Raises Offline and the like; the rest stays queued."""
    touched: set[int] = set()
    while True:
        with books.truth:
            with books.reading() as conn:
                queue = queue_of.queue(conn, books.account)
                rows = {row.id: row for row in folders.for_account(conn, books.account)}
            group = tasks.first_group(queue)
            if group is None:
                return Replayed(0, touched)
            names = _Names(tasks.server_names(row.task for row in queue), rows)
            task = group.task
            try:
                if isinstance(task, OnMessages) and tasks.unresolved(task):
                    raise _NeedsSync(task.folder)
                _tell(session, books, group, names, touched)
            except _NeedsSync as reason:
                return Replayed(reason.folder, touched)
            except KnownError as error:
                if not _hopeless(error, group.tries):
                    _note_try(books, group, str(error))
                    raise
                touched |= _back_out(session, books, group, queue, names)
                refused(error)


def _tell(session: Session, books: Books, group: Group, names: _Names, touched: set[int]) -> None:
    numbers = _perform(session, books, group, names)
    books.writer.run(
        lambda conn, changes: _done(conn, books.account, group, numbers, changes), durable=True
    )
    task = group.task
    if isinstance(task, tasks.Move | tasks.Copy) and len(numbers) < len(task.entries):
        touched.add(task.target)


def _hopeless(error: KnownError, tries: int) -> bool:
    if isinstance(error, Refused):
        return True
    limit = _GARBAGE_TRIES if isinstance(error, PeerBroken) else _LOST_TRIES
    return isinstance(error, PeerBroken | Offline) and tries + 1 >= limit


def _note_try(books: Books, group: Group, error: str) -> None:
    def note(conn: Connection, changes: Changes) -> None:
        for row in group.ids:
            actions.tried(conn, row, error)

    books.writer.run(note, durable=True)


def _perform(session: Session, books: Books, group: Group, names: _Names) -> dict[int, int]:
    """Run the task on the server; return the UIDs of the placements it made, where known."""
    task = group.task
    match task:
        case tasks.MakeFolder():
            session.create(task.name)
        case tasks.RenameFolder():
            _leave(session, task.old)
            session.rename(task.old, task.new)
        case tasks.DropFolder():
            _leave(session, task.name)
            session.delete(task.name)
        case tasks.DropDraft():
            drafts.unmirror(session, books, task.message_id)
        case tasks.SetFlags():
            _open(session, names, task)
            session.store_flags(_uids(task), Flags(task.add), Flags(task.remove))
        case tasks.Expunge():
            _open(session, names, task)
            session.expunge(_uids(task))
        case tasks.Move() | tasks.Copy():
            return _transfer(session, books, group, task, names)
    return {}


def _leave(session: Session, name: str) -> None:
    """Close a folder that is to go: servers end the session of whoever has it open."""
    if session.selected is not None and session.selected.name.startswith(name):
        session.select("INBOX", readonly=True)


def _open(session: Session, names: _Names, task: OnMessages) -> None:
    """Open the task's folder; a UID of another epoch must never reach the server.

    Mail that another connection took in since this one opened the folder is not there for it yet:
    the server would pass over its UID and say OK (RFC 3501 6.4.8). So the folder is opened anew.
    """
    name = names.of(task.folder)
    selected = session.selected
    if (
        selected is None
        or selected.name != name
        or selected.readonly
        or selected.uidnext <= max(_uids(task), default=0)
    ):
        selected = session.select(name)
    row = names.rows.get(task.folder)
    if row is not None and row.uidvalidity != selected.uidvalidity:
        raise _NeedsSync(task.folder)


def _uids(task: OnMessages) -> list[int]:
    return sorted({entry.uid for entry in task.entries})


def _transfer(
    session: Session,
    books: Books,
    group: Group,
    task: tasks.Move | tasks.Copy,
    names: _Names,
) -> dict[int, int]:
    target = names.of(task.target)
    copied = isinstance(task, tasks.Copy) or not session.capabilities.move
    if copied and group.tries:  # it may have been done before the connection was lost
        found = _find(session, books, task, target)
        task = tasks.without(task, [e for e in task.entries if e.new in found]) or task  # type: ignore[assignment]
        if len(found) == len(group.task.entries):  # type: ignore[union-attr]
            if isinstance(task, tasks.Move):
                _open(session, names, task)
                session.expunge(_uids(task))
            return found
    else:
        found = {}
    _open(session, names, task)
    if copied:  # noted before, so that a crash does not copy twice
        _note_try(books, group, "")
    if isinstance(task, tasks.Move):
        placed = session.move(_uids(task), target)
    else:
        placed = session.copy(_uids(task), target)
    numbers = {e.new: placed[e.uid] for e in task.entries if e.new and e.uid in placed}
    if not numbers and any(entry.new for entry in task.entries):
        numbers = _find(session, books, task, target)
    return found | numbers


def _find(
    session: Session, books: Books, task: tasks.Move | tasks.Copy, target: str
) -> dict[int, int]:
    """Find by Message-ID what the server did not number: UIDs in the target not known here."""
    wanted = [entry for entry in task.entries if entry.new][:_SEARCHES]
    with books.reading() as conn:
        stored = set(placements.uids(conn, task.target))
        rows = {entry.message: messages.get(conn, entry.message) for entry in wanted}
        target_row = folders.get(conn, task.target)
    selected = session.select(target)
    # A folder that was just made was never synced: it has no UIDVALIDITY here, and all is unknown.
    if target_row is None or target_row.uidvalidity not in (0, selected.uidvalidity):
        return {}
    numbers: dict[int, int] = {}
    for entry in wanted:
        row = rows[entry.message]
        if row is None or not row.message_id:
            continue
        found = [uid for uid in session.find_message_id(row.message_id) if uid not in stored]
        if found:
            numbers[entry.new] = max(found)
            stored.add(max(found))
    return numbers


def _done(
    conn: Connection, account: int, group: Group, numbers: Mapping[int, int], changes: Changes
) -> None:
    """The server did it: take the rows away and give what was made its numbers."""
    for row in group.ids:
        actions.done(conn, row)
    task = group.task
    if isinstance(task, tasks.Move | tasks.Expunge):
        # A sync after UIDVALIDITY changed may have brought back what had been moved away here.
        placements.remove(conn, task.folder, _uids(task), changes, keep=True)
    if not numbers or not isinstance(task, tasks.Move | tasks.Copy):
        return
    rows = queue_of.queue(conn, account)
    renumbered = {row.id: tasks.renumber(row.task, task.target, numbers) for row in rows}
    queue_of.rewrite(
        conn, {row.id: renumbered[row.id] for row in rows if renumbered[row.id] != row.task}
    )
    for pending, uid in numbers.items():
        placements.assign_uid(conn, task.target, pending, uid, changes)


def _back_out(
    session: Session, books: Books, group: Group, queue: Sequence[Queued], names: _Names
) -> set[int]:
    """Undo here what the server refused; return the folders that only a sync puts right."""
    task = group.task
    if not isinstance(task, OnMessages):
        books.writer.run(
            lambda conn, changes: _back_out_folder(conn, group, task, changes), durable=True
        )
        return set()
    truth: dict[int, Held] = {}
    if isinstance(task, tasks.SetFlags):
        try:
            _open(session, names, task)
            truth = {u.uid: Held(u.flags, u.keywords) for u in session.flags(_uids(task))}
        except (Refused, _NeedsSync):
            truth = {}
    later = [row for row in queue if row.id not in group.ids]
    books.writer.run(
        lambda conn, changes: _restore(conn, group, task, later, truth, changes), durable=True
    )
    return {task.folder}


def _restore(
    conn: Connection,
    group: Group,
    task: OnMessages,
    later: Sequence[Queued],
    truth: Mapping[int, Held],
    changes: Changes,
) -> None:
    for row in group.ids:
        actions.done(conn, row)
    if isinstance(task, tasks.SetFlags):
        wishes = tasks.pending((row.task for row in later), task.folder).flags
        held = {uid: plan.overlay(one, wishes.get(uid)) for uid, one in truth.items()}
        placements.set_flags(conn, task.folder, held, changes)
        return
    void = tasks.back_out(task, later)
    queue_of.rewrite(conn, void.tasks)
    states = {
        entry.new: placements.get(conn, task.target, entry.new)
        for entry in task.entries
        if isinstance(task, tasks.Move | tasks.Copy) and entry.new
    }
    if not isinstance(task, tasks.Copy):
        gone = tasks.pending((row.task for row in later), task.folder).gone
        for entry in task.entries:
            if entry.uid in gone or messages.get(conn, entry.message) is None:
                continue  # the next sync brings it back
            there = states.get(entry.new)
            state = (there.flags, there.keywords) if there else (Flags(0), "")
            placements.put(conn, task.folder, entry.message, changes, uid=entry.uid, state=state)
    for folder, uid in void.drop:
        placements.remove(conn, folder, [uid], changes)


def _back_out_folder(conn: Connection, group: Group, task: AnyTask, changes: Changes) -> None:
    for row in group.ids:
        actions.done(conn, row)
    match task:
        case tasks.MakeFolder():
            folders.remove(conn, task.folder, changes)
        case tasks.RenameFolder():
            folders.rename(conn, task.folder, task.old, changes)
        case _:  # a folder that could not be deleted is listed again, and pulled
            pass
