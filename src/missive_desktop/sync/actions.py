"""What the user does: at once here, and queued for the server, in one transaction.

Knows no connection to a server; `replay` tells it. Every act returns the acts that undo it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from missive_desktop.domain.act import Act, Deed
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.errors import UsageError
from missive_desktop.store import accounts, drafts, folders, messages, placements
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.placements import Placement
from missive_desktop.sync import books, folder_acts, tasks
from missive_desktop.sync.tasks import Entry

_FLAG_DEEDS: dict[Deed, tuple[Flags, Flags, Deed]] = {  # add, remove, the inverse
    Deed.READ: (Flags.SEEN, Flags(0), Deed.UNREAD),
    Deed.UNREAD: (Flags(0), Flags.SEEN, Deed.READ),
    Deed.STAR: (Flags.FLAGGED, Flags(0), Deed.UNSTAR),
    Deed.UNSTAR: (Flags(0), Flags.FLAGGED, Deed.STAR),
}
_TARGETS: dict[Deed, Role] = {
    Deed.ARCHIVE: Role.ARCHIVE,
    Deed.TRASH: Role.TRASH,
    Deed.SPAM: Role.SPAM,
    Deed.NOT_SPAM: Role.INBOX,
}
# Where a message is taken from if the user did not say: the first of these that holds it.
_PREFERRED = (Role.INBOX, Role.NONE, Role.ARCHIVE, Role.SENT, Role.SPAM, Role.DRAFTS, Role.TRASH)


class _Chosen(NamedTuple):
    folder: FolderRow
    placements: list[Placement]


def act(conn: Connection, wish: Act, changes: Changes) -> list[Act]:
    """Do what the user wants here, queue it for the server; return what undoes it.

    Raises UsageError for what makes no sense; then nothing was done.
    """
    wanted = _messages(conn, wish)
    found = placements.of_messages(conn, wanted)
    if wish.kind in _FLAG_DEEDS:
        return _set_flags(conn, wish, found, changes)
    if wish.source:
        found = [p for p in found if p.folder == wish.source]
    rows = {p.folder: folders.get(conn, p.folder) for p in found}
    known = {folder: row for folder, row in rows.items() if row is not None}
    if wish.kind is Deed.DELETE:
        for one in _by_folder(found, known):
            _delete(conn, one, changes)
        return []
    undo: list[Act] = []
    for account in sorted({row.account for row in known.values()}):
        target = _target(conn, account, wish, changes)
        mine = [p for p in found if p.folder in known and known[p.folder].account == account]
        if not wish.source:
            mine = _choose(wish.kind, mine, known)
        elsewhere = [p for p in mine if p.folder != target.id]
        if wish.kind is Deed.COPY:
            there = {
                p.message
                for p in placements.of_messages(conn, [p.message for p in mine])
                if p.folder == target.id
            }
            elsewhere = _one_each(p for p in elsewhere if p.message not in there)
        for one in _by_folder(elsewhere, known):
            undo += _transfer(conn, wish.kind, one, target, changes)
    return undo


def set_flags(
    conn: Connection, given: Sequence[int], add: Flags, remove: Flags, changes: Changes
) -> list[int]:
    """Set flags wherever these messages lie; return the messages for which that was a change."""
    changed: list[int] = []
    by_folder: dict[int, list[Placement]] = defaultdict(list)
    for placement in placements.of_messages(conn, given):
        if (placement.flags | add) & ~remove != placement.flags:
            by_folder[placement.folder].append(placement)
    for folder, mine in by_folder.items():
        placements.set_flags(
            conn, folder, {p.uid: ((p.flags | add) & ~remove, p.keywords) for p in mine}, changes
        )
        entries = tuple(Entry(p.uid, p.message) for p in mine)
        _queue(conn, folder, tasks.SetFlags(folder, entries, int(add), int(remove)))
        changed += [p.message for p in mine]
    return list(dict.fromkeys(changed))


def _set_flags(
    conn: Connection, wish: Act, found: Sequence[Placement], changes: Changes
) -> list[Act]:
    add, remove, inverse = _FLAG_DEEDS[wish.kind]
    changed = set_flags(conn, list({p.message: 0 for p in found}), add, remove, changes)
    return [Act(inverse, tuple(changed))] if changed else []


def _messages(conn: Connection, wish: Act) -> list[int]:
    """Return the messages that are meant, conversations narrowed to the source."""
    wanted = list(wish.messages)
    for conversation in wish.conversations:
        wanted += [row.id for row in messages.in_conversation(conn, conversation)]
    if wish.source and wish.conversations:
        there = {p.message for p in placements.of_messages(conn, wanted) if p.folder == wish.source}
        named = set(wish.messages)
        wanted = [message for message in wanted if message in there or message in named]
    return list(dict.fromkeys(wanted))


def _target(conn: Connection, account: int, wish: Act, changes: Changes) -> FolderRow:
    if wish.kind in (Deed.MOVE, Deed.COPY):
        row = folders.get(conn, wish.target)
        if row is None or not row.selectable:
            raise UsageError("There is no such folder.")
        if row.account != account:
            raise UsageError("Messages cannot be moved between accounts.")
        return row
    role = _TARGETS[wish.kind]
    for candidate in (role, Role.ALL) if role is Role.ARCHIVE else (role,):
        rows = folders.by_role(conn, candidate, account)
        if rows:
            return rows[0]
    return folder_acts.make_for_role(conn, account, role, changes)


def _choose(kind: Deed, found: Sequence[Placement], known: dict[int, FolderRow]) -> list[Placement]:
    """Return the placements that an act without a source is about."""
    if kind is Deed.ARCHIVE:  # what is filed already stays where it is
        return [p for p in found if known[p.folder].role is Role.INBOX]
    if kind is Deed.NOT_SPAM:
        return [p for p in found if known[p.folder].role is Role.SPAM]
    if kind in (Deed.TRASH, Deed.SPAM):
        aside = {Role.TRASH} if kind is Deed.TRASH else {Role.TRASH, Role.SENT, Role.DRAFTS}
        return [p for p in found if known[p.folder].role not in aside]
    order = {role: number for number, role in enumerate(_PREFERRED)}
    return _one_each(sorted(found, key=lambda p: order.get(known[p.folder].role, len(order))))


def _one_each(found: Iterable[Placement]) -> list[Placement]:
    chosen: dict[int, Placement] = {}
    for placement in found:
        chosen.setdefault(placement.message, placement)
    return list(chosen.values())


def _by_folder(found: Sequence[Placement], known: dict[int, FolderRow]) -> list[_Chosen]:
    grouped: dict[int, list[Placement]] = defaultdict(list)
    for placement in found:
        if placement.folder in known:
            grouped[placement.folder].append(placement)
    return [_Chosen(known[folder], mine) for folder, mine in grouped.items()]


def _delete(conn: Connection, one: _Chosen, changes: Changes) -> None:
    entries = tuple(Entry(p.uid, p.message) for p in one.placements)
    placements.remove(conn, one.folder.id, [p.uid for p in one.placements], changes)
    _queue(conn, one.folder.id, tasks.Expunge(one.folder.id, entries))


def _transfer(
    conn: Connection, kind: Deed, one: _Chosen, target: FolderRow, changes: Changes
) -> list[Act]:
    """Move or copy placements of one folder; return what undoes it."""
    given = [p.uid for p in one.placements]
    ids = tuple(p.message for p in one.placements)
    source = one.folder
    if kind is Deed.COPY:
        new = placements.copy(conn, source.id, given, target.id, changes)
        made = tuple(Entry(p.uid, p.message, new[p.uid]) for p in one.placements)
        _queue(conn, source.id, tasks.Copy(source.id, target.id, made))
        return [Act(Deed.DELETE, ids, source=target.id)]
    # On Gmail, all mail is in All Mail already: to archive is to leave the inbox.
    there: set[int] = set()
    if target.role is Role.ALL:
        there = {p.message for p in placements.of_messages(conn, ids) if p.folder == target.id}
    moved = [p.uid for p in one.placements if p.message not in there]
    new = placements.move(conn, source.id, moved, target.id, changes)
    left = [p.uid for p in one.placements if p.message in there]
    placements.remove(conn, source.id, left, changes)
    made = tuple(Entry(p.uid, p.message, new.get(p.uid, 0)) for p in one.placements)
    _queue(conn, source.id, tasks.Move(source.id, target.id, made))
    back = Deed.COPY if there else Deed.MOVE
    return [Act(back, ids, source=target.id, target=source.id)]


def discard_draft(conn: Connection, draft: int, changes: Changes) -> None:
    """Throw a draft away, its mirror on the server too."""
    row = drafts.remove(conn, draft, changes)
    if row is not None and row.mirrored and has_server(conn, row.account):
        books.enqueue(conn, row.account, tasks.DropDraft(row.draft.message_id))


def _queue(conn: Connection, folder: int, task: tasks.AnyTask) -> None:
    """Queue a task, but for accounts that have no server."""
    row = folders.get(conn, folder)
    if row is not None and has_server(conn, row.account):
        books.enqueue(conn, row.account, task)


def has_server(conn: Connection, account: int) -> bool:
    """Tell whether the account is more than a place for imported mail."""
    row = accounts.get(conn, account)
    return row is not None and bool(row.settings.imap.host)
