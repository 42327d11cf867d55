"""Who is meant by @ in a comment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.store.team_spaces import Person
from missive_desktop.team.spaces import mentions

PEOPLE = {
    user: Person(user, called, f"{user}@example.org", "member")
    for user, called in (
        ("ann", "Ann"), ("arch", "Ann Archer"), ("ben", "Ben Baker"), ("zoe", "Zoë"),
    )
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("@Ben look", ("ben",)),
        ("please, @ben baker!", ("ben",)),
        ("@Ann and @Ben", ("ann", "ben")),
        ("@Ann Archer", ("arch",)),
        ("@Ann, Archer", ("ann",)),
        ("(@ben@example.org)", ("ben",)),
        ("@zoë @Zoë", ("zoe",)),
        ("@arch", ("arch",)),
        ("write to ben@example.org", ()),
        ("@Benjamin", ()),
        ("@ Ben", ()),
        ("@nobody", ()),
        ("@all", ("ann", "ben")),
        ("@Team: @zoe", ("ann", "ben", "zoe")),
        ("", ()),
    ],
)
def test_who_is_meant(text, users):
    assert mentions.found(text, PEOPLE, {"ann", "ben"}) == users


@given(st.text(max_size=80))
def test_any_text_names_only_people_that_there_are(text):
    assert set(mentions.found(text, PEOPLE, PEOPLE)) <= set(PEOPLE)
