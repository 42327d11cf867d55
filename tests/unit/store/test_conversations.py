"""Lists: pages over one or several folders, counts, and what a conversation's row says."""

from __future__ import annotations

import pytest
from tests.factories import NOON, digest, mailbox

from missive_desktop.domain.message import Address, Flags
from missive_desktop.store import conversations, listing, messages, placements


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def walk(box, folders, limit):
    found, before = [], None
    while page := conversations.page(box.reader, folders, before=before, limit=limit):
        found += page
        before = page[-1]
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_hold_every_conversation_once_newest_first(box, limit):
    box.add([box.arrival(uid, digest(date=NOON + uid * 7 % 13)) for uid in range(1, 21)])
    found = walk(box, [box.inbox], limit)
    assert found == sorted(found, reverse=True)
    assert [row.conversation for row in found] == conversations.ids(box.reader, [box.inbox])
    assert len(found) == conversations.count(box.reader, [box.inbox]) == 20


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_a_conversation_in_several_folders_is_listed_once(box, limit):
    other = box.folder("Other")
    box.add([box.arrival(n, digest(message_id=f"{n}@x", date=NOON + n)) for n in range(1, 11)])
    box.add(
        [
            box.arrival(n, digest(references=(f"{n}@x",), date=NOON + 100 - n))
            for n in range(1, 11, 2)
        ],
        folder=other,
    )
    both = [box.inbox, other]
    found = walk(box, both, limit)
    assert [row.conversation for row in found] == conversations.ids(box.reader, both)
    assert len(found) == conversations.count(box.reader, both) == 10
    assert found == sorted(found, reverse=True)
    assert conversations.unread_count(box.reader, both) == 10


def test_folders_of_several_accounts_merge_into_one_list(tmp_path):
    with mailbox(tmp_path) as box:
        box.add([box.arrival(n, digest(date=NOON + 2 * n)) for n in range(5)])
        first = box.inbox
    with mailbox(tmp_path, "second@example.org") as box:
        box.add([box.arrival(n, digest(date=NOON + 2 * n + 1)) for n in range(5)])
        both = [first, box.inbox]
        assert [latest >> 20 for latest, _ in walk(box, both, 3)] == list(
            range(NOON + 9, NOON - 1, -1)
        )
        assert conversations.count(box.reader, both) == 10


def test_a_row_tells_of_all_its_messages(box):
    people = [Address(f"P{n}", f"p{n}@example.org") for n in range(3)]
    chain = [
        digest(message_id="a@x", subject="Plan", sender=people[0], date=NOON, attachments=1),
        digest(subject="Re: Plan", sender=people[1], references=("a@x",), date=NOON + 1),
        digest(subject="New plan", sender=people[0], references=("a@x",), date=NOON + 2),
        digest(subject="Re: Plan", sender=people[2], references=("a@x",), date=NOON + 3),
        digest(subject="Re: Plan", sender=people[1], references=("a@x",), date=NOON + 4),
    ]
    flags = [Flags.SEEN, Flags.SEEN | Flags.FLAGGED, 0, 0, Flags.FLAGGED]
    box.add(
        [box.arrival(n, one, flags=flag) for n, (one, flag) in enumerate(zip(chain, flags), 1)]  # noqa: B905
    )
    (row,) = conversations.rows(box.reader, conversations.ids(box.reader, [box.inbox])).values()
    assert (row.subject, row.snippet) == ("Plan", chain[-1].snippet)
    assert (row.messages, row.unread, row.starred, row.attachments) == (5, 3, 2, 1)
    assert row.people == (people[0], people[2], people[1])
    assert row.latest >> 20 == NOON + 4
    assert listing.starred(box.reader) == [(row.latest, row.id)]


def test_people_are_bounded(box):
    many = [
        digest(
            message_id="a@x" if not n else f"{n}@x",
            references=("a@x",) if n else (),
            sender=Address("", f"p{n}@example.org"),
            date=NOON + n,
        )
        for n in range(50)
    ]
    box.add([box.arrival(n, one) for n, one in enumerate(many, 1)])
    (row,) = conversations.rows(box.reader, conversations.ids(box.reader, [box.inbox])).values()
    assert len(row.people) == 12
    assert row.people[-1].email == "p49@example.org"


def test_unread_counts_follow_the_flags(box):
    box.add([box.arrival(n) for n in range(1, 5)])
    assert conversations.unread_count(box.reader, [box.inbox]) == 4
    box.writer.run(
        lambda conn, changes: placements.set_flags(
            conn, box.inbox, dict.fromkeys((1, 2, 3), (Flags.SEEN, "")), changes
        )
    )
    assert conversations.unread_count(box.reader, [box.inbox]) == 1


def test_starred_conversations_stand_newest_first(box):
    box.add([box.arrival(n, digest(date=NOON + n), flags=Flags.FLAGGED) for n in range(5)])
    dates = [latest >> 20 for latest, _ in listing.starred(box.reader)]
    assert dates == list(range(NOON + 4, NOON - 1, -1))


class Explaining:
    """A connection that notes how each query would be answered."""

    def __init__(self, connection):
        self._connection = connection
        self.steps = []

    def execute(self, sql, parameters=()):
        found = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.steps += [row[3] for row in found if "json_each" not in row[3]]
        return self._connection.execute(sql, parameters)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda conn: conversations.page(conn, [1], before=(5, 5)), "listing_newest"),
        (lambda conn: conversations.page(conn, [1, 2]), "listing_newest"),
        (listing.starred, "conversations_starred"),
        (lambda conn: listing.filtered(conn, [1, 2], "starred"), "conversations_starred"),
        (lambda conn: listing.filtered(conn, [1], "unread"), "listing_unread"),
        (lambda conn: messages.newest(conn, 1, 50), "listing_newest"),
    ],
)
def test_what_people_wait_for_is_read_by_an_index(box, ask, index):
    explaining = Explaining(box.reader)
    ask(explaining)
    assert any(index in step for step in explaining.steps), explaining.steps
    whole = ("SCAN listing", "SCAN messages", "SCAN placements", "listing USING PRIMARY KEY")
    assert not [step for step in explaining.steps if any(one in step for one in whole)]


def test_nothing_found_is_an_empty_list(box):
    assert conversations.page(box.reader, [box.inbox]) == []
    assert conversations.page(box.reader, []) == []
    assert conversations.ids(box.reader, []) == []
    assert conversations.count(box.reader, []) == 0
    assert conversations.rows(box.reader, [1, 2]) == {}
