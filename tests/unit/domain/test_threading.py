"""Which messages make one conversation, as pure rules."""

from __future__ import annotations

import pytest
from tests.factories import ANN, BEN, digest

from missive_desktop.domain import threading
from missive_desktop.domain.message import Address

DAY = 86_400


@pytest.mark.parametrize(
    ("subject", "base", "reply"),
    [
        ("Lunch", "Lunch", False),
        ("Re: Lunch", "Lunch", True),
        ("RE: re: Re:Lunch", "Lunch", True),
        ("Fwd: Lunch", "Lunch", False),
        ("Fw: Re: Lunch", "Lunch", True),
        ("Re[2]: Lunch", "Lunch", True),
        ("Re (3): Lunch", "Lunch", True),
        ("AW: WG: Essen", "Essen", True),
        ("SV: Mat", "Mat", True),
        ("Antw: Eten", "Eten", True),
        ("RÉF: Dîner", "Dîner", True),
        ("回复：午饭", "午饭", True),
        ("Re:", "", True),
        ("", "", False),
        ("  much \t space  ", "much space", False),
        ("Report: Re: numbers", "Report: Re: numbers", False),
        ("Regarding: lunch", "Regarding: lunch", False),
        ("[team] Re: Lunch", "[team] Re: Lunch", False),
    ],
)
def test_subjects_lose_what_mail_programs_put_before_them(subject, base, reply):
    assert threading.split_subject(subject) == (base, reply)
    assert threading.base_subject(subject) == base


@pytest.mark.parametrize(
    ("subject", "forwarded"),
    [
        ("Fwd: Tea", True),
        ("WG: AW: Tee", True),
        ("TR : Thé", True),
        ("Re: Fwd: Tea", False),
        ("Tea", False),
        ("", False),
    ],
)
def test_a_subject_tells_of_a_forward(subject, forwarded):
    assert threading.is_forward(subject) is forwarded


def test_a_hostile_subject_takes_no_time():
    threading.split_subject("Re: " * 200_000 + "x")
    threading.split_subject(" " * 500_000 + "x")


def test_messages_share_a_key_when_one_refers_to_the_other():
    first = digest(message_id="a@x")
    second = digest(message_id="b@x", references=("a@x",))
    other = digest(message_id="c@x")
    assert set(threading.keys(first)) & set(threading.keys(second))
    assert not set(threading.keys(first)) & set(threading.keys(other))


def test_the_provider_says_which_messages_belong_together():
    one, two = digest(), digest()
    assert set(threading.keys(one, 77)) & set(threading.keys(two, 77))
    assert not set(threading.keys(one, 77)) & set(threading.keys(two, 78))
    assert not set(threading.keys(digest(message_id="77"))) & set(threading.keys(two, 77))


def test_keys_fit_the_store_and_come_once():
    given = threading.keys(digest(message_id="a", references=("a", "b", "b", "")), 5)
    assert len(given) == len(set(given)) == 3
    assert all(0 <= key < 1 << 63 for key in given)


def test_a_message_without_any_id_has_no_key():
    assert threading.keys(digest(message_id="")) == ()


def test_references_beyond_all_measure_are_bounded():
    given = threading.keys(digest(references=tuple(f"{n}@x" for n in range(5_000))))
    assert len(given) <= 201


def test_ids_with_broken_characters_make_keys_too():
    assert threading.keys(digest(message_id="\udcff@x"))


def test_subject_and_people_make_the_same_key_in_both_directions():
    one = digest(subject="Lunch", sender=ANN, to=(BEN,))
    two = digest(subject="Re: LUNCH", sender=BEN, to=(Address("", "ANN@example.org"),))
    key_one, key_two = threading.subject_key(one), threading.subject_key(two)
    assert key_one is not None
    assert key_two is not None
    assert key_one[0] == key_two[0]
    assert (key_one[1], key_two[1]) == (False, True)


def test_other_people_make_another_key():
    third = Address("Cy", "cy@example.org")
    one = threading.subject_key(digest(subject="Lunch"))
    two = threading.subject_key(digest(subject="Re: Lunch", cc=(third,)))
    assert one is not None
    assert two is not None
    assert one[0] != two[0]


def test_a_reply_that_refers_to_something_is_not_bare():
    given = threading.subject_key(digest(subject="Re: Lunch", references=("a@x",)))
    assert given is not None
    assert not given[1]


@pytest.mark.parametrize(
    "values",
    [
        {"subject": ""},
        {"subject": "Re:"},
        {"list_id": "l.x"},
        {"auto_submitted": True},
        {"sender": Address("Nobody", ""), "to": ()},
    ],
)
def test_no_subject_lists_and_machines_do_not_join_by_subject(values):
    assert threading.subject_key(digest(**values)) is None


@pytest.mark.parametrize(
    ("reply_days_later", "expected"), [(0, True), (1, True), (30, True), (31, False), (-1, False)]
)
def test_a_bare_reply_joins_what_came_before_it_within_a_month(reply_days_later, expected):
    reply, first = 1_700_000_000 + reply_days_later * DAY, 1_700_000_000
    assert threading.joined(reply, True, first, False) is expected
    assert threading.joined(first, False, reply, True) is expected  # whoever is asked


def test_two_messages_of_the_same_subject_without_a_reply_stay_apart():
    assert not threading.joined(100, False, 100, False)


def test_what_could_be_joined_lies_in_the_window():
    now = 1_700_000_000
    for strong in (True, False):
        low, high = threading.window(now, strong)
        for other in range(now - 40 * DAY, now + 40 * DAY, DAY // 4):
            for other_strong in (True, False):
                needed = threading.joined(now, strong, other, other_strong)
                if needed and (strong != other_strong):
                    assert low <= other <= high


def test_components_are_connected_whatever_the_order():
    edges = [(1, 2), (3, 4), (2, 3), (7, 8)]
    for order in (edges, edges[::-1]):
        together = threading.Components()
        for one, other in order:
            together.join(one, other)
        assert together.find(1) == together.find(4)
        assert together.find(7) == together.find(8)
        assert together.find(1) != together.find(7)
        assert together.find(99) == 99
