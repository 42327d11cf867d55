"""Searching in spaces: what members said leads to the conversation; states, labels, assignees."""

from __future__ import annotations

import pytest
from tests.factories import digest, mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    NOON,
    TeamBox,
    comment,
    conv,
    gone,
    label,
    mail,
    member,
    name,
    own,
    seat,
    space,
    task,
)

from missive_desktop.domain.query import QuerySyntaxError, parse
from missive_desktop.domain.query_tree import write
from missive_desktop.store import search, team_conversations


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with mailbox(tmp_path_factory.mktemp("search")) as box:
        made = TeamBox(box)
        made.take_all(
            space(),
            member(ANA, "Ana Archer", email="ana@example.org"),
            member(BEN, "Ben"),
            label("urgent"),
        )
        made.take(
            seat(ANA), seat(ME), label("very late"),
            conv("c", inbox=True, labels=[name("urgent")]), mail("m", "c"),
            conv("d", assignees=[ANA]), mail("n", "d", NOON + 60_000, text="mango mango"),
            conv("e", st="closed", assignees=[ME], labels=[name("very late")]), mail("o", "e"),
            conv("f", inbox=True), mail("p", "f", NOON - 60_000),
            comment("k", "c", "the pineapple was bad"), comment("l", "d", "mango indeed"),
            comment("x", "f", "forgotten grapefruit"),
            task("t", "e", "Order papaya", st="todo"),
        )  # fmt: skip
        made.take(gone(comment("x", "f", "")))
        made.take_own(own("f", snoozed=NOON + 99, snoozed_at=NOON))
        box.add([box.arrival(1, digest(subject="pineapple at home", text=""))])
        yield made


def found(team, text):
    hits = search.conversations(team.box.reader, parse(text), limit=None, now=NOON // 1000)
    by_id = {
        team_conversations.here(team.box.reader, team.account, name(word)): word for word in "cdef"
    }
    return "".join(sorted(by_id.get(hit.conversation, "-") for hit in hits))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pineapple", "-c"),
        ("pineapple -is:open", "-"),
        ("pineap*", "-c"),
        ("mango", "d"),
        ("papaya", "e"),
        ("subject:papaya", "e"),
        ("from:ana pineapple", "c"),
        ("grapefruit", ""),
        ("is:open", "cdf"),
        ("is:closed", "e"),
        ("is:mine", "e"),
        ("is:unassigned", "cf"),
        ("is:snoozed", "f"),
        ("label:urgent", "c"),
        ('label:"very late"', "e"),
        ("assignee:me", "e"),
        ("assignee:none", "cf"),
        ("assignee:ana", "d"),
        ("assignee:ANA@example.org -has:comment", ""),
        ("has:comment", "cd"),
        ("has:task", "e"),
        ("has:comment OR has:task", "cde"),
        ("text label:urgent", "c"),
        ("account:support@example.org in:closed", "e"),
    ],
)
def test_what_a_search_finds(team, text, wanted):
    assert found(team, text) == wanted


def test_what_is_found_twice_is_counted_once(team):
    assert search.count(team.box.reader, parse("mango"), now=0) == 1
    assert search.count(team.box.reader, parse("pineapple"), now=0) == 2
    assert len(search.search(team.box.reader, parse("mango"), limit=None, now=0)) == 1


def test_a_name_that_nobody_has_is_pointed_at(team):
    with pytest.raises(QuerySyntaxError, match=r"Nobody of a team is called anne.") as error:
        found(team, "x assignee:anne")
    assert (error.value.position, error.value.length) == (2, 13)
    with pytest.raises(QuerySyntaxError, match="Did you mean label:urgent"):
        found(team, "label:urgnt")


@pytest.mark.parametrize(
    "text", ["has:comment", "assignee:ana", 'assignee:"Ana Archer"', "is:mine"]
)
def test_the_new_terms_are_written_as_they_are_read(text):
    assert write(parse(text)) == text
