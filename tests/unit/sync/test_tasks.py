"""Queued tasks: merging without changing what they mean, numbers, backing out."""

from __future__ import annotations

from missive_desktop.domain.message import Flags
from missive_desktop.sync import tasks
from missive_desktop.sync.plan import FlagWish
from missive_desktop.sync.tasks import Copy, Entry, Expunge, Move, Queued, SetFlags

SEEN = int(Flags.SEEN)


def read(uid: int, folder: int = 1) -> SetFlags:
    return SetFlags(folder, (Entry(uid, uid),), SEEN, 0)


def move(uid: int, new: int, folder: int = 1, target: int = 2) -> Move:
    return Move(folder, target, (Entry(uid, abs(uid), new),))


def rows(*queue: tasks.AnyTask) -> list[Queued]:
    return [Queued(number, task) for number, task in enumerate(queue, 1)]


def group(*queue: tasks.AnyTask) -> tasks.Group:
    found = tasks.first_group(rows(*queue))
    assert found is not None
    return found


def test_an_empty_queue_has_no_group() -> None:
    assert tasks.first_group([]) is None


def test_same_commands_become_one() -> None:
    found = group(read(1), read(2), read(1))
    assert found.ids == (1, 2, 3)
    assert found.task == SetFlags(1, (Entry(1, 1), Entry(2, 2)), SEEN, 0)


def test_reading_and_archiving_in_turn_become_two_commands() -> None:
    found = group(read(1), move(1, -1), read(2), move(2, -2))
    assert found.ids == (1, 3)
    left = group(move(1, -1), move(2, -2))
    assert left.ids == (1, 2)


def test_order_is_kept_where_it_matters() -> None:
    unread = SetFlags(1, (Entry(1, 1),), 0, SEEN)
    assert group(read(1), unread, read(1)).ids == (1,)
    # The second concerns what the first will have made.
    assert group(move(1, -1), read(-1, folder=2), move(-1, -2, folder=2)).ids == (1,)


def test_nothing_passes_a_folder_that_comes_or_goes() -> None:
    assert group(read(1), tasks.MakeFolder(9, "x"), read(2)).ids == (1,)
    assert group(tasks.MakeFolder(9, "x"), read(2)).ids == (1,)


def test_copies_and_expunges_merge_among_themselves() -> None:
    copy = Copy(1, 2, (Entry(1, 1, -1),))
    assert group(copy, Copy(1, 2, (Entry(2, 2, -2),))).ids == (1, 2)
    assert group(Expunge(1, (Entry(1, 1),)), Expunge(1, (Entry(2, 2),))).ids == (1, 2)
    assert group(copy, move(3, -3)).ids == (1,)


def test_a_group_has_a_limit() -> None:
    many = [read(uid) for uid in range(1, tasks.GROUP_LIMIT + 10)]
    assert len(group(*many).ids) == tasks.GROUP_LIMIT


def test_what_was_tried_is_not_merged_with_what_was_not() -> None:
    queue = [Queued(1, read(1), 1), Queued(2, read(2), 0)]
    found = tasks.first_group(queue)
    assert found is not None
    assert found.ids == (1,)


def test_pending_says_what_the_queue_means_for_a_folder() -> None:
    unread = SetFlags(1, (Entry(2, 2),), 0, SEEN)
    queue = [read(1), read(2), unread, move(3, -1), Expunge(1, (Entry(4, 4),)), read(9, folder=5)]
    found = tasks.pending(queue, 1)
    assert found.gone == {3, 4}
    assert found.flags == {
        1: FlagWish(Flags.SEEN, Flags(0)),
        2: FlagWish(Flags(0), Flags.SEEN),
    }


def test_renumbering_touches_only_its_folder() -> None:
    task = read(-1, folder=2)
    assert tasks.renumber(task, 2, {-1: 40}) == SetFlags(2, (Entry(40, -1),), SEEN, 0)
    assert tasks.renumber(task, 3, {-1: 40}) == task
    assert tasks.renumber(tasks.MakeFolder(2, "x"), 2, {-1: 40}) == tasks.MakeFolder(2, "x")


def test_lost_numbers_are_found_by_the_message() -> None:
    lost = tasks.lose_numbers(move(5, -1), 1)
    assert tasks.unresolved(lost) == (Entry(0, 5, -1),)
    settled = tasks.settle(rows(lost), 1, [], {5: [105, 7]})
    assert settled.tasks == {1: Move(1, 2, (Entry(105, 5, -1),))}
    assert settled.drop == {105}  # it was moved away here
    assert tasks.settle(rows(lost), 1, [], {}).tasks == {1: None}


def test_backing_out_takes_what_followed_with_it() -> None:
    later = rows(read(-1, folder=2), move(-1, -2, folder=2, target=3), read(7))
    void = tasks.back_out(move(1, -1), later)
    assert void.tasks == {1: None, 2: None}
    assert void.drop == {(2, -1), (3, -2)}


def test_the_server_knows_folders_by_their_old_names() -> None:
    rename = tasks.RenameFolder(1, "a", "b", ((1, "a"), (2, "a/x")))
    again = tasks.RenameFolder(1, "b", "c", ((1, "b"),))
    drop = tasks.DropFolder(3, "gone")
    assert tasks.server_names([rename, again, drop]) == {1: "a", 2: "a/x", 3: "gone"}


def test_tasks_of_folders_have_nothing_unresolved() -> None:
    assert tasks.unresolved(tasks.MakeFolder(1, "x")) == ()
    assert tasks.lose_numbers(tasks.MakeFolder(1, "x"), 1) == tasks.MakeFolder(1, "x")
