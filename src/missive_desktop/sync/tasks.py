"""What is queued for the server, as values, and how queued tasks bear on each other. Pure.

A task names placements by folder and UID. A negative UID is a placement that an earlier task of
the queue will make; 0 is one whose number was lost (UIDVALIDITY changed): its message finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from missive_desktop.domain.message import Flags
from missive_desktop.sync.plan import FlagWish, Pending

GROUP_LIMIT = 1000  # placements in one command


class Entry(NamedTuple):
    """One placement that a task is about; `new` is the placement it makes, 0 for none."""

    uid: int
    message: int
    new: int = 0


class Task(msgspec.Struct, frozen=True, tag=True):
    """Base of all tasks."""


class SetFlags(Task, frozen=True):
    folder: int
    entries: tuple[Entry, ...]
    add: int
    remove: int


class Move(Task, frozen=True):
    folder: int
    target: int
    entries: tuple[Entry, ...]


class Copy(Task, frozen=True):
    folder: int
    target: int
    entries: tuple[Entry, ...]


class Expunge(Task, frozen=True):
    """Delete for good."""

    folder: int
    entries: tuple[Entry, ...]


class MakeFolder(Task, frozen=True):
    folder: int
    name: str


class RenameFolder(Task, frozen=True):
    """`names`: what the server still calls the folder and those below it."""

    folder: int
    old: str
    new: str
    names: tuple[tuple[int, str], ...]


class DropFolder(Task, frozen=True):
    folder: int
    name: str
    validity: int = 0  # UIDVALIDITY it had


class DropDraft(Task, frozen=True):
    """Take the mirror of a discarded draft off the server; it is found by its Message-ID."""

    message_id: str


OnMessages: TypeAlias = SetFlags | Move | Copy | Expunge
AnyTask: TypeAlias = OnMessages | MakeFolder | RenameFolder | DropFolder | DropDraft


class Queued(NamedTuple):
    """A task with the id of its row."""

    id: int
    task: AnyTask
    tries: int = 0


class Group(NamedTuple):
    """Rows that one command settles together."""

    ids: tuple[int, ...]
    task: AnyTask
    tries: int


def pending(tasks: Iterable[AnyTask], folder: int) -> Pending:
    """Return what the queue means for one folder's placements.

    Flags set on a placement that is moved later in the queue are of no concern to the folder.
    """
    gone: set[int] = set()
    flags: dict[int, FlagWish] = {}
    for task in tasks:
        match task:
            case SetFlags() if task.folder == folder:
                add, remove = Flags(task.add), Flags(task.remove)
                for entry in task.entries:
                    old = flags.get(entry.uid, FlagWish(Flags(0), Flags(0)))
                    flags[entry.uid] = FlagWish(
                        (old.add & ~remove) | add, (old.remove & ~add) | remove
                    )
            case Move() | Expunge() if task.folder == folder:
                gone.update(entry.uid for entry in task.entries)
            case _:
                pass
    return Pending(frozenset(uid for uid in gone if uid > 0), flags)


def awaited(tasks: Iterable[AnyTask], folder: int) -> set[int]:
    """Return the negative UIDs of `folder` that queued tasks have yet to make."""
    return {
        entry.new
        for task in tasks
        if isinstance(task, Move | Copy) and task.target == folder
        for entry in task.entries
    }


def renumber(task: AnyTask, folder: int, numbers: Mapping[int, int]) -> AnyTask:
    """Return the task with UIDs of `folder` replaced; a UID that is not in `numbers` stays."""
    if not isinstance(task, OnMessages) or task.folder != folder:
        return task
    entries = tuple(
        entry._replace(uid=numbers[entry.uid]) if entry.uid in numbers else entry
        for entry in task.entries
    )
    return msgspec.structs.replace(task, entries=entries)


def without(task: OnMessages, entries: Iterable[Entry]) -> OnMessages | None:
    """Return the task without some entries, or None when nothing is left of it."""
    dropped = set(entries)
    left = tuple(entry for entry in task.entries if entry not in dropped)
    return msgspec.structs.replace(task, entries=left) if left else None


class BackedOut(NamedTuple):
    """What has to go when the server refused a task, besides the task itself."""

    tasks: dict[int, AnyTask | None]  # later rows to rewrite; None: nothing is left of them
    drop: set[tuple[int, int]]  # (folder, UID) of placements that will never be


def back_out(task: OnMessages, later: Sequence[Queued]) -> BackedOut:
    """Return what follows from a refusal: what was done next to the same placements is void."""
    void: set[tuple[int, int]] = set()
    if isinstance(task, Move | Copy):
        void = {(task.target, entry.new) for entry in task.entries if entry.new}
    result = BackedOut({}, void)
    for row in later:
        if not isinstance(row.task, OnMessages):
            continue
        lost = [entry for entry in row.task.entries if (row.task.folder, entry.uid) in void]
        if lost:
            result.tasks[row.id] = without(row.task, lost)
            if isinstance(row.task, Move | Copy):
                void |= {(row.task.target, entry.new) for entry in lost if entry.new}
    return result


def lose_numbers(task: AnyTask, folder: int) -> AnyTask:
    """Return the task after UIDVALIDITY of `folder` changed: its messages have to be found anew."""
    if not isinstance(task, OnMessages) or task.folder != folder:
        return task
    entries = tuple(entry._replace(uid=min(entry.uid, 0)) for entry in task.entries)
    return msgspec.structs.replace(task, entries=entries)


def server_names(tasks: Iterable[AnyTask]) -> dict[int, str]:
    """Return what the server calls folders that were renamed or deleted here only."""
    names: dict[int, str] = {}
    for task in tasks:
        if isinstance(task, RenameFolder):
            for folder, name in task.names:
                names.setdefault(folder, name)
        elif isinstance(task, DropFolder):
            names.setdefault(task.folder, task.name)
    return names


class Settled(NamedTuple):
    """What a complete look at a folder says about numbers that the server did not tell."""

    tasks: dict[int, AnyTask | None]  # rows to rewrite; None: nothing is left of the task
    drop: set[int]  # placements to take away: numbered by now, never made, or gone for the user
    flags: dict[int, FlagWish]  # what is queued for placements that have their number now


def settle(
    queue: Sequence[Queued],
    folder: int,
    negatives: Collection[int],
    numbers: Mapping[int, Sequence[int]],
) -> Settled:
    """Give lost and never told UIDs of `folder` the number under which their message lies there.

    `numbers` are the UIDs of each message in the folder, newest first; to be called when all of
    it is stored. What is not there was removed elsewhere: its entries are moot.
    """
    waiting = awaited((row.task for row in queue), folder)
    free = {message: list(uids) for message, uids in numbers.items()}
    given: dict[tuple[int, int], int] = {}
    settled = Settled({}, {uid for uid in negatives if uid not in waiting}, {})
    for row in queue:
        task = row.task
        if not isinstance(task, OnMessages) or task.folder != folder:
            continue
        open_ = [e for e in task.entries if e.uid <= 0 and e.uid not in waiting]
        for entry in open_:
            if (entry.uid, entry.message) not in given and free.get(entry.message):
                given[entry.uid, entry.message] = free[entry.message].pop(0)
        if open_:
            left = tuple(
                e._replace(uid=given.get((e.uid, e.message), 0)) if e in open_ else e
                for e in task.entries
                if e not in open_ or (e.uid, e.message) in given
            )
            settled.tasks[row.id] = msgspec.structs.replace(task, entries=left) if left else None
            if isinstance(task, Move | Expunge):
                settled.drop.update(e.uid for e in left)
    now = (settled.tasks.get(row.id, row.task) for row in queue)
    wishes = pending((task for task in now if task), folder).flags
    settled.flags.update({uid: wishes[uid] for uid in given.values() if uid in wishes})
    return settled


def unresolved(task: AnyTask) -> tuple[Entry, ...]:
    """Return the entries that the server cannot be asked about yet."""
    if not isinstance(task, OnMessages):
        return ()
    return tuple(entry for entry in task.entries if entry.uid <= 0)


def first_group(queue: Sequence[Queued]) -> Group | None:
    """Return the head of the queue with all later rows that the same command can settle.

    A later task may be brought forward past others only if it touches nothing that they touch.
    """
    if not queue:
        return None
    head = queue[0]
    if not isinstance(head.task, OnMessages):
        return Group((head.id,), head.task, head.tries)
    ids, entries, blocked = [head.id], list(head.task.entries), set[tuple[int, int, int]]()
    for row in queue[1:]:
        if not isinstance(row.task, OnMessages):
            break  # folders come and go: nothing passes that
        touched = _touched(row.task)
        if (
            row.tries == head.tries
            and _same_command(head.task, row.task)
            and blocked.isdisjoint(touched)
            and len(entries) + len(row.task.entries) <= GROUP_LIMIT
        ):
            ids.append(row.id)
            entries += [entry for entry in row.task.entries if entry not in entries]
        else:
            blocked |= touched
    merged = msgspec.structs.replace(head.task, entries=tuple(entries))
    return Group(tuple(ids), merged, head.tries)


def _touched(task: OnMessages) -> set[tuple[int, int, int]]:
    """Return the placements and the messages that a task reads or makes."""
    touched = {(task.folder, entry.uid, 0) for entry in task.entries}
    touched |= {(0, 0, entry.message) for entry in task.entries}
    if isinstance(task, Move | Copy):
        touched |= {(task.target, entry.new, 0) for entry in task.entries}
    return touched


def _same_command(one: OnMessages, other: OnMessages) -> bool:
    match one, other:
        case SetFlags(), SetFlags():
            return (one.folder, one.add, one.remove) == (other.folder, other.add, other.remove)
        case (Move() | Copy(), Move() | Copy()) if type(one) is type(other):
            return (one.folder, one.target) == (other.folder, other.target)
        case Expunge(), Expunge():
            return one.folder == other.folder
        case _:
            return False
