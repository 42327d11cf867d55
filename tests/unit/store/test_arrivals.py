"""The bulk path: ids, dates, known messages, notices, and what a batch leaves behind."""

from __future__ import annotations

import pytest
from tests.factories import ANN, BEN, NOON, digest, mailbox

from missive_desktop.domain.folder import Role
from missive_desktop.domain.ids import message_date
from missive_desktop.domain.message import Address, Flags
from missive_desktop.domain.tracking import Tally
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import (
    addresses,
    conversations,
    folders,
    integrity,
    messages,
    placements,
    skipped,
)

DAY = 86_400


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box
        assert integrity.check(box.reader, box.store) == []


def test_a_message_is_kept_with_all_that_a_list_shows(box):
    content = digest(
        subject="Re: Größe 大小",
        sender=ANN,
        to=(BEN, Address("", "cy@example.org")),
        cc=(Address("Di", "di@example.org"),),
        reply_to=(Address("Desk", "desk@example.org"),),
        attachments=2,
        tracked=(Tally("", "pixel", "size", "t.example.org", 2),),
        list_id="l.example.org",
        defects=("no date", "bad charset"),
    )
    (message,) = box.add([box.arrival(7, content, raw=b"raw", flags=Flags.FLAGGED)])
    row = messages.get(box.reader, message)
    assert row is not None
    assert (row.subject, row.sender, row.to, row.cc) == (
        content.subject,
        content.sender,
        content.to,
        content.cc,
    )
    assert (row.reply_to, row.bcc, row.defects) == (content.reply_to, (), content.defects)
    assert (row.attachments, row.trackers, row.list_id) == (2, 1, "l.example.org")
    assert (row.flags, row.size, row.date) == (Flags.FLAGGED, 3, content.date)
    assert messages.raw(box.reader, box.store, message) == b"raw"
    assert messages.folders_of(box.reader, message) == [(box.inbox, 7)]
    (shown,) = conversations.rows(box.reader, [row.conversation]).values()
    assert (shown.subject, shown.people) == ("Größe 大小", (ANN,))
    assert (shown.messages, shown.unread, shown.starred) == (1, 1, 1)
    assert (shown.attachments, shown.trackers, shown.snippet) == (2, 1, content.snippet)


@pytest.mark.parametrize(
    ("date", "received", "expected"),
    [
        (NOON, NOON + 5, NOON),
        (NOON + DAY, NOON, NOON + DAY),
        (NOON + DAY + 1, NOON, NOON),  # from the future
        (0, NOON, NOON),
        (-5, NOON, NOON),
        (600_000_000, NOON, NOON),  # before 1990
        (1 << 50, NOON, NOON),
    ],
)
def test_the_date_is_the_headers_where_it_can_be_true(box, date, received, expected):
    (message,) = box.add([box.arrival(1, digest(date=date), received=received)])
    assert message_date(message) == expected


def test_ids_go_up_while_they_are_taken(box):
    same = bytes(16)
    for uid in range(1, 6):
        arrivals = [box.arrival(uid * 10 + n, digest(date=NOON)) for n in range(3)]
        for number, arrival in enumerate(arrivals):
            arrival.hash = same[:15] + bytes([uid * 10 + number])  # same sequence, other content
        box.add(arrivals)
    ids = sorted(row[0] for row in box.reader.execute("SELECT id FROM messages"))
    assert ids == list(range(NOON << 20, (NOON << 20) + 15))


def test_the_last_sequence_wraps_within_its_second(box):
    arrivals = [box.arrival(n, digest(date=NOON)) for n in (1, 2)]
    for number, arrival in enumerate(arrivals):
        arrival.hash = b"\xff" * 15 + bytes([number])
    ids = box.add(arrivals)
    assert sorted(ids) == [NOON << 20, (NOON << 20) + (1 << 20) - 1]


def test_the_same_mail_gets_the_same_id_again(box):
    content = digest()
    (first,) = box.add([box.arrival(1, content)])
    box.writer.run(lambda conn, changes: messages.forget(conn, [first], changes))
    assert box.add([box.arrival(2, content)]) == [first]


def test_a_known_message_only_gets_a_placement(box):
    content, other = digest(), box.folder("Other")
    (first,) = box.add([box.arrival(1, content, flags=Flags.SEEN)])
    (second,) = box.add([box.arrival(9, content, flags=Flags.FLAGGED)], folder=other)
    assert first == second
    assert messages.folders_of(box.reader, first) == [(box.inbox, 1), (other, 9)]
    assert messages.get(box.reader, first).flags == Flags.FLAGGED  # unseen in one place
    assert folders.get(box.reader, other).stored == 1


def test_the_same_message_twice_in_one_batch_is_one_message(box):
    content = digest()
    ids = box.add(
        [box.arrival(1, content, flags=Flags.SEEN), box.arrival(2, content, flags=Flags.ANSWERED)]
    )
    assert ids[0] == ids[1]
    assert messages.get(box.reader, ids[0]).flags == Flags.ANSWERED
    assert placements.uids(box.reader, box.inbox) == [1, 2]


def test_the_same_message_in_two_accounts_is_two(tmp_path):
    content = digest()
    with mailbox(tmp_path) as box:
        (one,) = box.add([box.arrival(1, content)])
    with mailbox(tmp_path, "second@example.org") as box:
        (two,) = box.add([box.arrival(1, content)])
        assert one != two
        assert integrity.check(box.reader, box.store) == []


def test_a_batch_that_comes_again_changes_nothing(box):
    arrivals = [box.arrival(uid) for uid in range(1, 20)]
    assert box.add(arrivals) == box.add(arrivals)
    assert folders.get(box.reader, box.inbox).stored == 19


def test_a_uid_with_other_content_gives_way_to_the_newer(box):
    (old,) = box.add([box.arrival(1)])
    (new,) = box.add([box.arrival(1)])
    assert messages.get(box.reader, old) is None
    assert messages.folders_of(box.reader, new) == [(box.inbox, 1)]
    assert folders.get(box.reader, box.inbox).stored == 1


def test_an_empty_batch_is_nothing(box):
    assert box.add([]) == []


def test_what_arrived_unread_is_announced(box):
    ids = box.add(
        [box.arrival(1), box.arrival(2, flags=Flags.SEEN)],
        announce=True,
    )
    (changes,) = box.published
    assert changes.arrived == {ids[0]}
    assert changes.messages == set(ids)
    assert changes.folders == {box.inbox}
    assert len(changes.conversations) == 2


def test_a_message_that_was_skipped_is_no_longer_so_once_it_came(box):
    box.writer.run(lambda conn, changes: skipped.put(conn, box.inbox, 5, "garbage", changes))
    assert skipped.for_folder(box.reader, box.inbox) == {5: "garbage"}
    box.add([box.arrival(5)])
    assert skipped.for_folder(box.reader, box.inbox) == {}


def test_a_pending_placement_is_numbered_when_the_server_shows_it(box):
    other, content = box.folder("Other"), digest()
    box.add([box.arrival(1, content)])
    moved = box.writer.run(
        lambda conn, changes: placements.move(conn, box.inbox, [1], other, changes)
    )
    assert moved[1] < 0
    box.add([box.arrival(33, content)], folder=other)
    assert placements.uids(box.reader, other) == [33]
    assert placements.get(box.reader, other, moved[1]) is None


def test_gmails_labels_place_what_is_known(box):
    (message,) = box.add([box.arrival(1, provider_id=900)])
    label = box.folder("Label")
    missing = box.writer.run(
        lambda conn, changes: messages.place_known(
            conn,
            box.account,
            label,
            [(5, 900, Flags.SEEN, "x"), (6, 901, Flags(0), "")],
            changes,
        )
    )
    assert missing == {6}
    assert messages.folders_of(box.reader, message) == [(box.inbox, 1), (label, 5)]
    assert placements.get(box.reader, label, 5).keywords == "x"


def test_people_are_remembered_but_lists_are_not(box):
    cy, di = Address("Cy", "cy@example.org"), Address("Di Dover", "di@example.org")
    box.add(
        [
            box.arrival(1, digest(sender=cy)),
            box.arrival(2, digest(sender=cy)),
            box.arrival(3, digest(sender=BEN, to=(di,))),  # Ben is the account: he wrote to Di
            box.arrival(4, digest(sender=Address("News", "news@example.org"), list_id="n")),
        ]
    )
    assert addresses.complete(box.reader, "cy") == [cy]
    assert addresses.complete(box.reader, "dov") == [di]
    assert addresses.complete(box.reader, "d") == [di]
    assert addresses.complete(box.reader, "news") == []
    assert addresses.complete(box.reader, "  ") == []
    assert addresses.complete(box.reader, "%") == []
    before = box.reader.execute("SELECT * FROM addresses ORDER BY address").fetchall()
    box.writer.run(lambda conn, changes: addresses.rebuild(conn))
    assert box.reader.execute("SELECT * FROM addresses ORDER BY address").fetchall() == before


def test_people_known_from_no_message_are_forgotten(box):
    cy, di = Address("Cy", "cy@example.org"), Address("Di Dover", "di@example.org")
    ids = box.add(
        [
            box.arrival(1, digest(sender=cy)),
            box.arrival(2, digest(sender=cy)),
            box.arrival(3, digest(sender=BEN, to=(di, cy))),
        ]
    )
    box.writer.run(lambda conn, changes: messages.forget(conn, ids[:1], changes))
    before = box.reader.execute("SELECT * FROM addresses ORDER BY address").fetchall()
    box.writer.run(lambda conn, changes: addresses.rebuild(conn))
    assert box.reader.execute("SELECT * FROM addresses ORDER BY address").fetchall() == before
    box.writer.run(lambda conn, changes: messages.forget(conn, ids[2:], changes))
    assert addresses.complete(box.reader, "di") == []
    assert addresses.complete(box.reader, "cy") == [cy]
    box.writer.run(lambda conn, changes: messages.forget(conn, ids[1:2], changes))
    assert box.reader.execute("SELECT count(*) FROM addresses").fetchone() == (0,)


def test_half_characters_do_not_fail_the_batch(box):
    broken = digest(
        subject="half \ud83d",
        sender=Address("\udcff", "x\udcff@example.org"),
        to=(Address("\ud800", ""),),
        text="nul \0 and \udfff",
        message_id="\udc80@x",
        defects=("\udc80",),
    )
    ids = box.add([box.arrival(1, broken, raw=b"broken"), box.arrival(2)])
    assert messages.get(box.reader, ids[0]).subject == "half ?"


def test_the_newest_messages_of_a_folder_come_first(box):
    other = box.folder("Other", Role.ARCHIVE)
    chain = [digest(message_id="a@x", date=NOON)]
    chain += [digest(message_id=f"{n}@x", references=("a@x",), date=NOON + n) for n in range(1, 30)]
    single = [digest(date=NOON + 100 + n) for n in range(10)]
    box.add([box.arrival(uid, one) for uid, one in enumerate([*chain, *single], 1)])
    box.add([box.arrival(1, digest(references=("a@x",), date=NOON + 500))], folder=other)
    found = messages.newest(box.reader, box.inbox, 15)
    assert [row.date for row in found] == [
        *range(NOON + 109, NOON + 99, -1),
        *range(NOON + 29, NOON + 24, -1),
    ]
    assert [row.date for row in messages.newest(box.reader, other, 15)] == [NOON + 500]


def test_a_message_that_is_gone_is_said_to_be_gone(box):
    assert messages.get(box.reader, 1) is None
    with pytest.raises(DiskTrouble, match="no longer stored"):
        messages.raw(box.reader, box.store, 1)
