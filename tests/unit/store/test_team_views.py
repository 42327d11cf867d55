"""What the window reads of spaces: sidebar, rows, the timeline of a conversation."""

from __future__ import annotations

import msgspec
import pytest
from tests.factories import mailbox
from tests.team_factories import (
    ALL,
    ANA,
    BEN,
    ME,
    NOON,
    TeamBox,
    comment,
    conv,
    label,
    mail,
    member,
    name,
    own,
    seat,
    space,
    task,
)

from missive_desktop.cli import team_names
from missive_desktop.domain.spaces import Place
from missive_desktop.errors import UsageError
from missive_desktop.store import team_conversations, team_spaces, team_views


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        made = TeamBox(box)
        made.take_all(space(), member(ANA, "Ana"), member(BEN, "Ben"), member(ME, "Mia"))
        made.take_all(label("urgent"))
        made.take(seat(ANA), seat(ME))
        yield made


def here(team, word):
    return team_conversations.here(team.box.reader, team.account, name(word))


def test_two_of_one_name_are_told_apart_by_their_addresses(team):
    spaces = [space(), msgspec.structs.replace(space(address=""), id=name("other"))]
    team.take_all(*spaces)
    rows = team_spaces.all_(team.box.reader)
    assert {row.called for row in rows} == {
        "Support (support@example.org)", f"Support ({name('other')[-4:]})"
    }  # fmt: skip
    assert [view.space.called for view in team_views.sidebar(team.box.reader)] == [
        "Support (support@example.org)"
    ]
    with pytest.raises(UsageError) as refused:
        team_names.space(team.box.reader, "support")
    for row in rows:
        assert row.scope[2:] in str(refused.value)
        assert team_names.space(team.box.reader, row.scope[2:]) == row
    team.take_all(msgspec.structs.replace(spaces[1], body='{"name": "Sales"}'))
    assert {row.called for row in team_spaces.all_(team.box.reader)} == {"Support", "Sales"}


def test_the_sidebar_shows_a_space_with_its_places(team):
    team.take(conv("c", inbox=True), mail("m", "c"), conv("d", inbox=True), mail("n", "d"))
    (view,) = team_views.sidebar(team.box.reader)
    assert (view.space.name, view.kind, view.waiting) == ("Support", "active", 2)
    assert team_views.team_inboxes(team.box.reader) == [view.folders[Place.TEAM].id]


def test_observers_have_the_space_but_not_among_their_team_inboxes(team):
    team.take(seat(ME, "observer"), conv("c", inbox=True), mail("m", "c"))
    (view,) = team_views.sidebar(team.box.reader)
    assert view.kind == "observer"
    assert team_views.team_inboxes(team.box.reader) == []


def test_rows_show_who_has_it_labels_what_was_said_and_what_is_to_be_done(team):
    team.take(
        conv("c", assignees=[BEN, ME], labels=[name("urgent"), name("gone")], last=NOON),
        mail("m", "c"),
        comment("k", "c", "first", NOON + 5), comment("l", "c", "mine", NOON + 6, own=ME),
        task("t", "c", "Call"), task("u", "c", "Done", st="closed"),
    )  # fmt: skip
    row = team_views.extras(team.box.reader, [here(team, "c"), 99])[here(team, "c")]
    assert [chip.name for chip in row.assignees] == ["Ben", "Mia"]
    assert [(chip.name, chip.colour) for chip in row.labels] == [("urgent", "red")]
    assert (row.comments, row.unread_comments, row.tasks) == (2, 1, 1)
    assert (row.said, row.said_by, row.mine, row.watching) == ("mine", "Mia", True, True)
    team.take_own(own("c", read=NOON + 5, watching=False))
    row = team_views.extras(team.box.reader, [here(team, "c")])[here(team, "c")]
    assert (row.unread_comments, row.watching) == (0, False)


def test_the_timeline_of_a_conversation(team):
    team.take(conv("c"), mail("m", "c"), comment("k", "c", "Hello"), task("t", "c", "Call"))
    shown = team_views.timeline(team.box.reader, here(team, "c"))
    assert [each.text for each in shown.comments] == ["Hello"]
    assert [each.title for each in shown.tasks] == ["Call"]
    assert shown.people[shown.comments[0].author].called == "Ana"
    assert shown.labels[name("urgent")].scope == ALL
    assert team_views.timeline(team.box.reader, 10_000) is None


def test_only_who_has_a_seat_can_be_assigned(team):
    assert set(team_views.people(team.box.reader, team.account)) == {ANA, ME}
    assert team_views.people(team.box.reader, team.box.account) == {}
