"""Placements: flags, moves ahead of the server, and what follows from them, whatever the order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import Mailbox, digest, mailbox

from missive_desktop.domain.message import Flags
from missive_desktop.store import conversations, folders, integrity, messages, placements


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box
        assert integrity.check(box.reader, box.store) == []


def test_flags_are_gathered_over_all_places(box):
    trash, content = box.folder("Trash"), digest()
    (message,) = box.add([box.arrival(1, content, flags=Flags.SEEN | Flags.FLAGGED)])
    box.add([box.arrival(1, content, flags=Flags.ANSWERED)], folder=trash)
    assert messages.get(box.reader, message).flags == Flags.FLAGGED | Flags.ANSWERED
    box.writer.run(
        lambda conn, changes: placements.set_flags(
            conn, trash, {1: (Flags.SEEN, "$Label1 x"), 99: (Flags.SEEN, "")}, changes
        )
    )
    assert messages.get(box.reader, message).flags == Flags.SEEN | Flags.FLAGGED
    assert placements.flags(box.reader, trash) == {1: (Flags.SEEN, "$Label1 x")}
    (row,) = conversations.rows(
        box.reader, [messages.get(box.reader, message).conversation]
    ).values()
    assert (row.unread, row.starred) == (0, 1)


def test_flags_that_are_the_same_change_nothing(box):
    box.add([box.arrival(1, flags=Flags.SEEN)])
    box.published.clear()
    box.writer.run(
        lambda conn, changes: placements.set_flags(conn, box.inbox, {1: (Flags.SEEN, "")}, changes)
    )
    assert box.published == []


def test_a_move_is_there_at_once_and_numbered_later(box):
    archive = box.folder("Archive")
    (message,) = box.add([box.arrival(1, flags=Flags.SEEN)])
    moved = box.writer.run(
        lambda conn, changes: placements.move(conn, box.inbox, [1, 2], archive, changes)
    )
    assert list(moved) == [1]
    assert placements.uids(box.reader, box.inbox) == []
    assert placements.uids(box.reader, archive) == []
    assert placements.of_messages(box.reader, [message])[0].folder == archive
    assert len(conversations.ids(box.reader, [archive])) == 1
    assert conversations.ids(box.reader, [box.inbox]) == []
    assert box.writer.run(
        lambda conn, changes: placements.assign_uid(conn, archive, moved[1], 40, changes)
    )
    assert placements.flags(box.reader, archive) == {40: (Flags.SEEN, "")}
    assert folders.get(box.reader, archive).stored == 1
    assert not box.writer.run(
        lambda conn, changes: placements.assign_uid(conn, archive, moved[1], 41, changes)
    )


def test_pending_numbers_are_never_given_twice(box):
    other = box.folder("Other")
    box.add([box.arrival(1)])
    seen = set()
    for uid in range(1, 5):
        moved = box.writer.run(
            lambda conn, changes, uid=uid: placements.move(conn, box.inbox, [uid], other, changes)
        )
        seen |= set(moved.values())
        back = uid + 1
        box.writer.run(
            lambda conn, changes, pending=moved[uid], back=back: (
                placements.put(
                    conn,
                    box.inbox,
                    placements.get(conn, other, pending).message,
                    changes,
                    uid=back,
                ),
                placements.remove(conn, other, [pending], changes),
            )
        )
    assert len(seen) == 4


def test_a_message_that_lies_nowhere_is_forgotten_for_good(box):
    (message,) = box.add([box.arrival(1, raw=b"the only copy")])
    row = messages.get(box.reader, message)
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, [1], changes))
    assert messages.get(box.reader, message) is None
    assert conversations.rows(box.reader, [row.conversation]) == {}
    for table in ("raws", "thread_keys", "thread_subjects", "listing", "search_docsize"):
        assert box.reader.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_one_that_is_only_placed_here_so_far_is_not_forgotten(box):
    other = box.folder("Other")
    (message,) = box.add([box.arrival(1)])
    box.writer.run(lambda conn, changes: placements.copy(conn, box.inbox, [1], other, changes))
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, [1], changes))
    assert messages.get(box.reader, message) is not None


def test_an_orphan_may_turn_up_elsewhere_within_the_round(box):
    other, content = box.folder("Other"), digest()
    kept, lost = box.add([box.arrival(1, content), box.arrival(2)])
    conversation = messages.get(box.reader, kept).conversation
    box.writer.run(
        lambda conn, changes: placements.remove(conn, box.inbox, [1, 2], changes, keep=True)
    )
    assert messages.get(box.reader, lost) is not None
    box.add([box.arrival(8, content)], folder=other)
    box.writer.run(lambda conn, changes: messages.forget_orphans(conn, box.account, changes))
    assert messages.get(box.reader, kept).conversation == conversation
    assert messages.get(box.reader, lost) is None


def test_a_folder_that_is_numbered_anew_keeps_its_messages_until_the_end_of_the_round(box):
    contents = [digest() for _ in range(5)]
    ids = box.add([box.arrival(uid, one) for uid, one in enumerate(contents, 1)])
    box.writer.run(lambda conn, changes: folders.reset(conn, box.inbox, 99, changes))
    assert folders.get(box.reader, box.inbox).uidvalidity == 99
    assert folders.get(box.reader, box.inbox).stored == 0
    assert box.add([box.arrival(uid, one) for uid, one in enumerate(contents[:4], 11)]) == ids[:4]
    box.writer.run(lambda conn, changes: messages.forget_orphans(conn, box.account, changes))
    assert messages.get(box.reader, ids[4]) is None
    assert placements.uids(box.reader, box.inbox) == [11, 12, 13, 14]


def test_a_folder_that_is_gone_takes_along_what_lay_only_there(box):
    other, content = box.folder("Other"), digest()
    box.add([box.arrival(1, content)])
    both, only = box.add([box.arrival(1, content), box.arrival(2)], folder=other)
    box.writer.run(lambda conn, changes: folders.remove(conn, other, changes))
    box.writer.run(lambda conn, changes: messages.forget_orphans(conn, box.account, changes))
    assert folders.get(box.reader, other) is None
    assert messages.folders_of(box.reader, both) == [(box.inbox, 1)]
    assert messages.get(box.reader, only) is None


# --- any order of events ---------------------------------------------------------------------

CONTENTS = [
    digest(message_id=f"m{n}@x", references=(f"m{n - 1}@x",) if n % 3 else (), subject="Hello")
    for n in range(8)
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "flags", "move", "copy", "assign", "remove", "orphan", "forget"]),
        st.integers(0, 2),
        st.integers(0, 7),
        st.integers(0, 63),
    ),
    max_size=25,
)


def act(box: Mailbox, places: list[int], step: tuple[str, int, int, int], uid: int) -> None:
    kind, where, which, flags = step
    folder, target = places[where], places[(where + 1) % 3]
    if kind == "add":
        box.add([box.arrival(uid, CONTENTS[which], flags=flags)], folder=folder)
        return
    there = [
        row[0]
        for row in box.reader.execute("SELECT uid FROM placements WHERE folder_id = ?", (folder,))
    ]
    chosen = there[which % len(there)] if there else 1

    def work(conn, changes):
        if kind == "flags":
            placements.set_flags(conn, folder, {chosen: (Flags(flags), "k")}, changes)
        elif kind == "move":
            placements.move(conn, folder, [chosen], target, changes)
        elif kind == "copy":
            placements.copy(conn, folder, [chosen], target, changes)
        elif kind == "assign":
            placements.assign_uid(conn, folder, chosen, uid, changes)
        elif kind in ("remove", "orphan"):
            placements.remove(conn, folder, [chosen], changes, keep=kind == "orphan")
        else:
            messages.forget_orphans(conn, box.account, changes)

    box.writer.run(work)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_happens_all_that_is_derived_follows(steps):
    with tempfile.TemporaryDirectory() as directory, mailbox(Path(directory)) as box:
        places = [box.inbox, box.folder("A"), box.folder("B")]
        for uid, step in enumerate(steps, 100):
            act(box, places, step, uid)
        assert integrity.check(box.reader, box.store) == []
