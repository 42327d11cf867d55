"""Whom an @ may mean while it is typed."""

import pytest

from missive_desktop.app.presenters.mentioning import Offer, begun, offers, taken
from missive_desktop.store.team_spaces import Person

BEN = Person("b", "Ben Okafor", "ben@halden.example", "member")
BEA = Person("e", "Bea", "bea@halden.example", "member")
NONAME = Person("n", "", "zoe@halden.example", "member")
EVERYBODY = (BEN, BEA, NONAME)


def names(text: str) -> list[str]:
    return [offer.name for offer in offers(text, len(text), EVERYBODY, "Support")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("mail ben@halden", []),
        ("@", ["Bea", "Ben Okafor", "zoe", "all", "team"]),
        ("Ask @be", ["Bea", "Ben Okafor"]),
        ("Ask @ok", ["Ben Okafor"]),
        ("Ask @Ben Ok", ["Ben Okafor"]),
        ("(@zo", ["zoe"]),
        ("@te", ["team"]),
        ("@nobody", []),
        ("@ben\nthen", []),
    ],
)
def test_who_is_offered(text, found):
    assert names(text) == found


def test_what_is_taken_stands_whole_with_a_space_after_it():
    offer = Offer("Ben Okafor", "ben@halden.example")
    assert taken("Ask @be", 7, offer) == ("Ask @Ben Okafor ", 16)
    assert taken("Ask @be first", 7, offer) == ("Ask @Ben Okafor first", 16)
    assert taken("Ask", 3, offer) == ("Ask", 3)


def test_the_last_at_counts():
    assert begun("@a and @b", 9) == 7
