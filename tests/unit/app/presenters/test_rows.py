from __future__ import annotations

import pytest

from missive_desktop.app.presenters.rows import Row, Shared, face_of, people_line, spoken
from missive_desktop.domain.message import Address

ANN = Address("Ann Archer", "ann@example.org")
BEN = Address("Ben Baker", "ben@example.org")
ME = Address("Me Myself", "Me@example.net")
OWN = {"me@example.net"}


@pytest.mark.parametrize(
    ("people", "line"),
    [
        ((ANN,), "Ann Archer"),
        ((ANN, BEN), "Ann Archer, Ben"),
        ((ANN, ME), "Ann Archer, me"),
        ((ANN, ANN, BEN, ME), "Ann Archer, Ben, me"),
        ((ME,), "me"),
        ((), ""),
        ((Address("", "info@example.org"),), "info"),
        ((ANN, Address("Brandt, Niels", "n@example.org")), "Ann Archer, Niels"),
        ((Address("佐藤 美咲", "s@example.org"),), "佐藤 美咲"),
    ],
)
def test_people_line(people, line):
    assert people_line(people, OWN) == line


def test_the_face_is_the_last_who_is_not_the_user():
    assert face_of((ANN, BEN, ME), OWN) == BEN
    assert face_of((ME,), OWN) == ME
    assert face_of((), OWN) == Address("", "")


def test_what_is_spoken_of_a_row():
    row = Row(1, 0, "Ann, Ben", 3, ANN, "Hello", "…", unread=True, attachments=True, trackers=2)
    assert spoken(row, "10:44") == (
        "unread, Ann, Ben, Hello, 10:44, 3 messages, with attachment, 2 trackers blocked"
    )


def test_one_is_one():
    row = Row(1, 0, "Ann", 1, ANN, "Hello", "", trackers=1, shared=Shared(comments=1))
    assert spoken(row, "10:42") == "Ann, Hello, 10:42, 1 tracker blocked, 1 comment"


def test_what_went_wrong_with_a_shared_row_is_spoken():
    shared = Shared(pending=True, trouble="A mail was not sent. The mailbox is full.")
    row = Row(1, 0, "Ann", 1, ANN, "Hello", "", shared=shared)
    assert spoken(row, "10:42").endswith(
        "not sent to the team yet, A mail was not sent. The mailbox is full."
    )
