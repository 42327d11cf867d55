"""What the store knows of one person."""

import pytest
from tests.factories import ANN, BEN, NOON, digest, mailbox

from missive_desktop.domain import query
from missive_desktop.domain.message import Flags
from missive_desktop.store import correspondents


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        one = digest(sender=ANN, subject="Spring", message_id="a@x", date=NOON)
        answer = digest(
            sender=ANN, subject="Re: Spring", message_id="b@x", references=("a@x",), date=NOON + 9
        )
        mine = digest(sender=BEN, to=(ANN,), subject="Mine", date=NOON + 50)
        other = digest(sender=ANN, subject="Bill", date=NOON + 70)
        made.add(
            [
                made.arrival(1, one, flags=Flags.SEEN),
                made.arrival(2, answer, flags=Flags.SEEN),
                made.arrival(3, mine),
                made.arrival(4, other),
            ]
        )
        yield made


def test_how_often_and_since_when(box):
    known = correspondents.of(box.reader, "ANN@example.org")
    assert known == (3, NOON, NOON + 70, 1)
    assert correspondents.of(box.reader, "nobody@example.org") == (0, 0, 0, 0)


def test_when_the_reader_last_wrote(box):
    asked = query.parse('to:"ann@example.org" from:"ben@example.org"')
    assert correspondents.last_written(box.reader, asked, NOON + 100) == NOON + 50
    assert correspondents.last_written(box.reader, query.parse("to:zoe"), NOON) == 0


def test_past_conversations_newest_first_each_once(box):
    past = correspondents.past(box.reader, "ann@EXAMPLE.org")
    assert [(one.subject, one.unread) for one in past.newest] == [
        ("Bill", True),
        ("Re: Spring", False),
    ]
    assert (past.number, past.more) == (2, False)
    left_out = correspondents.past(box.reader, ANN.email, but=past.newest[0].conversation)
    assert [one.subject for one in left_out.newest] == ["Re: Spring"]
