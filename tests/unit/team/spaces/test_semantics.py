"""Where a conversation of a space stands for one person."""

from __future__ import annotations

import pytest

from missive_desktop.domain.message import Flags
from missive_desktop.domain.spaces import Conversation, Personal, Place
from missive_desktop.team.spaces import semantics
from missive_desktop.team.spaces.semantics import Activity

ME, ANN, BEN = "me", "ann", "ben"
NOW = 1_000


def stands(conv=None, own=None, activity=None, now=NOW):
    found = semantics.standing(
        conv or Conversation(), own or Personal(), activity or Activity(), ME, now
    )
    return set(found.places)


NEW = Conversation(inbox=True, last=500)


def test_new_mail_is_in_the_team_inbox_and_in_nobodys_own():
    assert stands(NEW, activity=Activity(received=500)) == {Place.TEAM}


def test_what_i_archive_leaves_the_team_inbox_for_me_until_new_mail_comes():
    assert stands(NEW, Personal(archived=500)) == {Place.ARCHIVE}
    assert stands(NEW._replace(last=600), Personal(archived=500)) == {Place.TEAM}


def test_what_somebody_puts_back_into_the_team_inbox_is_there_for_me_too():
    assert stands(NEW._replace(since=600), Personal(archived=550)) == {Place.TEAM}


def test_what_is_assigned_to_me_is_in_my_inbox_and_not_in_the_teams():
    conv = Conversation(assignees=(ME,), last=500, since=600)
    assert stands(conv) == {Place.MINE}


def test_what_is_assigned_to_others_is_there_and_to_both_of_us_is_mine():
    conv = Conversation(assignees=(ANN,), last=500, since=600)
    assert stands(conv) == {Place.OTHERS}
    assert stands(conv._replace(assignees=(ANN, ME))) == {Place.MINE}


def test_an_assignment_brings_back_what_i_had_archived():
    conv = Conversation(assignees=(ME,), last=500, since=600)
    assert stands(conv, Personal(archived=700)) == {Place.ARCHIVE}
    assert stands(conv._replace(since=800), Personal(archived=700)) == {Place.MINE}


def test_a_later_reply_comes_to_the_assignee():
    conv = Conversation(assignees=(ME,), last=900, since=600)
    assert stands(conv, Personal(archived=700), Activity(received=900)) == {Place.MINE}


def test_or_to_the_team_where_the_space_is_set_so():
    conv = Conversation(inbox=True, assignees=(ME,), last=900, since=600)
    assert stands(conv, Personal(archived=700), Activity(received=900)) == {Place.TEAM}
    others = conv._replace(assignees=(ANN,))
    assert stands(others, activity=Activity(received=900)) == {Place.TEAM, Place.OTHERS}


def test_what_is_closed_is_closed_for_all():
    conv = Conversation(state="closed", assignees=(ME,), last=500, since=600)
    assert stands(conv, activity=Activity(received=500)) == {Place.CLOSED}
    assert stands(conv._replace(assignees=(ANN,))) == {Place.CLOSED}


def test_reopened_it_comes_back_to_whom_it_was_assigned():
    conv = Conversation(assignees=(ME,), last=500, since=900)
    assert stands(conv, Personal(archived=600)) == {Place.MINE}


def test_a_mention_comes_to_my_inbox_even_of_what_is_closed():
    assert stands(NEW, activity=Activity(commented=700, mentioned=700)) == {Place.TEAM, Place.MINE}
    closed = Conversation(state="closed", last=500, since=600)
    assert stands(closed, activity=Activity(mentioned=500)) == {Place.CLOSED}
    assert stands(closed, activity=Activity(mentioned=700)) == {Place.CLOSED, Place.MINE}


def test_comments_bring_back_what_i_watch_and_nothing_else():
    later = Activity(commented=900)
    archived = Personal(archived=800)
    assert stands(Conversation(last=500), archived, later) == {Place.ARCHIVE}
    watching = archived._replace(watching=True)
    assert stands(Conversation(last=500), watching, later) == {Place.MINE}
    assigned = Conversation(assignees=(ME,), last=500, since=600)
    assert stands(assigned, archived, later) == {Place.MINE}
    assert stands(assigned, archived._replace(watching=False), later) == {Place.ARCHIVE}


def test_who_was_mentioned_once_watches():
    assert stands(
        Conversation(last=500), Personal(archived=800), Activity(commented=900, mentioned=700)
    ) == {Place.MINE}


@pytest.mark.parametrize(("state", "place"), [("trash", Place.TRASH), ("spam", Place.SPAM)])
def test_trash_and_spam_are_for_all(state, place):
    conv = Conversation(state=state, inbox=True, assignees=(ME,), last=500, since=600)
    assert stands(conv, activity=Activity(mentioned=900)) == {place}


def test_what_is_snoozed_is_away_from_both_inboxes_until_its_time():
    own = Personal(snoozed=2_000, snoozed_at=900)
    conv = Conversation(inbox=True, last=500)
    found = semantics.standing(conv, own, Activity(received=500), ME, NOW)
    assert found == ({Place.SNOOZED}, 2_000)
    assert stands(conv, own, Activity(received=500), now=2_000) == {Place.TEAM, Place.MINE}
    others = Conversation(assignees=(ANN,), last=500)
    assert stands(others, own) == {Place.SNOOZED, Place.OTHERS}


def test_new_mail_or_a_mention_wakes_it_at_once_and_for_good():
    own = Personal(snoozed=2_000, snoozed_at=900, archived=900)
    conv = Conversation(inbox=True, last=950)
    found = semantics.standing(conv, own, Activity(received=950), ME, NOW)
    assert found == ({Place.TEAM}, 0)
    assert stands(conv, own, Activity(mentioned=950)) == {Place.TEAM, Place.MINE}
    archived = own._replace(archived=1_500)
    assert stands(conv, archived, Activity(received=950), now=2_500) == {Place.ARCHIVE}


def test_snoozed_again_after_archiving_it_wakes_in_my_inbox():
    own = Personal(snoozed=2_000, snoozed_at=900, archived=950)
    assert stands(Conversation(last=500), own, now=2_001) == {Place.MINE}


def test_mail_is_unread_only_where_it_waits_for_somebody():
    team = frozenset({Place.TEAM})
    assert semantics.flags(500, False, Personal(), team) == Flags(0)
    assert semantics.flags(500, False, Personal(read=500), team) == Flags.SEEN
    assert semantics.flags(500, True, Personal(), team) == Flags.SEEN
    for place in (Place.ARCHIVE, Place.CLOSED, Place.OTHERS, Place.TRASH):
        assert semantics.flags(500, False, Personal(), frozenset({place})) == Flags.SEEN
    assert semantics.flags(500, False, Personal(starred=True), team) == Flags.FLAGGED


def test_what_members_wrote_is_in_sent_as_well():
    closed = frozenset({Place.CLOSED})
    assert semantics.placed(True, closed) == {Place.CLOSED, Place.SENT}
    assert semantics.placed(False, closed) == closed
    assert semantics.placed(True, frozenset({Place.TRASH})) == {Place.TRASH}
