import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.query import QuerySyntaxError, parse
from missive_desktop.domain.query_help import CHIPS, as_typed, completions

NAMES = {"in": ["Work/Projects", "To do"], "from": ["claire@atelier.example", "ben@x.example"]}


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("fr", ["from:"]),
        ("battery s", ["subject:", "smaller:"]),
        ("-fr", ["from:"]),
        (
            "is:",
            [
                "is:unread",
                "is:read",
                "is:starred",
                "is:answered",
                "is:draft",
                "is:tracked",
                "is:open",
                "is:closed",
            ],
        ),
        ("is:un", ["is:unread", "is:unassigned"]),
        ("is:unread", []),
        ("has:", ["has:attachment", "has:comment", "has:task"]),
        ("in:pro", ["in:Work/Projects"]),
        ("in:to", ['in:"To do"']),
        ('in:"to d', ['in:"To do"']),
        ("from:cl", ["from:claire@atelier.example"]),
        ("hello ", []),
        ("zzz", []),
        ("", []),
    ],
)
def test_what_is_offered(text, offered):
    found = completions(text, len(text), NAMES)
    assert [each.text for each in found] == offered
    for each in found:
        if not each.text.endswith(":"):
            parse(text[: each.start] + each.text + text[each.end :])


def test_only_the_term_at_the_cursor_is_replaced():
    (found,) = completions("a fr b", 4)
    assert (found.start, found.end) == (2, 4)


def test_every_chip_begins_a_search():
    for chip in CHIPS:
        try:
            parse(f"a {chip}")
        except QuerySyntaxError as error:
            assert "needs something after it" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("me", "me"),
        ("mee", "mee*"),
        ("from:cla", "from:cla*"),
        ("-foo", "-foo*"),
        ("in:inb", "in:inb"),
        ("is:unread", "is:unread"),
        ('"half a phr', '"half a phr'),
        ("done ", "done "),
        ("a NOT", "a NOT"),
        ("a@exa", "a@exa"),
        ("https://exa", "https://exa"),
    ],
)
def test_the_last_word_may_go_on(text, searched):
    assert as_typed(text) == searched


@given(st.text(max_size=30))
def test_help_never_fails(text):
    completions(text, len(text), NAMES)
    as_typed(text)
