"""What acts of members change: of the shared half, of one's own, and back again."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.spaces import Conversation, Personal, PersonalBody, Settings
from missive_desktop.team.spaces import acts
from missive_desktop.team.spaces.acts import Subject
from missive_desktop.team.spaces.events import received, sent, whole
from missive_wire import rules
from missive_wire.ids import derived_id, space_scope
from missive_wire.mutation import Mutation
from missive_wire.patching import patched

ORG = "00000000-0000-0000-0000-000000000000"
ME, ANN, BEN = (derived_id(ORG, name) for name in ("me", "ann", "ben"))
SCOPE, CONV = space_scope(derived_id(ORG, "space")), derived_id(ORG, "conv")
NOW = 10_000


def subject(personal=None, **header):
    known = Conversation(**({"last": 5_000} | header))
    return Subject(SCOPE, CONV, known, personal or Personal(), ME, 5_000)


def after(before, intents):
    """The header when the changes are done, as the server would have it; all of them allowed."""
    header, own = whole(before.header), before.personal
    for intent in intents:
        mutation = Mutation(
            1, intent.op, intent.scope, intent.t, intent.id, intent.act, intent.h,
            b=intent.body.encode(),
        )  # fmt: skip
        assert rules.sensible(mutation) == ""
        assert rules.allowed("member", mutation, None, ME) in ("", "only your own")
        if intent.t == "conv":
            assert all(header[name] == value for name, value in (intent.pre or {}).items())
            header = patched(header, intent.h)
        else:
            read = msgspec.json.decode(intent.body, type=PersonalBody)
            own = Personal(*(getattr(read, name) for name in Personal._fields))
    return header, own


def test_assigning_takes_it_out_of_the_team_inbox():
    before = subject(inbox=True)
    header, _ = after(before, acts.assign(before, [ANN, BEN], (), NOW))
    assert (header["assignees"], header["inbox"], header["since"]) == ([ANN, BEN], False, NOW)


def test_who_assigns_says_what_they_saw():
    (intent,) = acts.assign(subject(assignees=(ANN,)), [BEN], (), NOW)
    assert intent.pre == {"assignees": [ANN]}
    assert intent.act == "conversation.assigned"


def test_when_nobody_is_left_it_is_the_teams_again():
    before = subject(assignees=(ANN,))
    (intent,) = acts.assign(before, (), [ANN], NOW)
    assert intent.act == "conversation.unassigned"
    assert after(before, [intent])[0]["inbox"] is True
    assert acts.assign(before, [ANN], (), NOW) == []


def test_assigning_what_is_closed_opens_it():
    before = subject(state="closed")
    assert after(before, acts.assign(before, [ANN], (), NOW))[0]["st"] == "open"


def test_closing_is_for_all_and_archives_for_oneself():
    before = subject(inbox=True, assignees=(ANN,))
    header, own = after(before, acts.close(before, NOW))
    assert (header["st"], header["inbox"], header["assignees"]) == ("closed", False, [ANN])
    assert own.archived == NOW
    assert acts.close(subject(state="closed"), NOW) == []


def test_reopened_it_goes_to_whom_it_was_assigned_else_to_the_team():
    closed = subject(state="closed")
    assert after(closed, acts.reopen(closed, NOW))[0]["inbox"] is True
    had = subject(state="closed", assignees=(ANN,))
    header, _ = after(had, acts.reopen(had, NOW))
    assert (header["st"], header["inbox"], header["since"]) == ("open", False, NOW)


@pytest.mark.parametrize("state", ["open", "closed", "trash", "spam"])
def test_it_can_always_go_back_to_the_team_inbox(state):
    before = subject(state=state, assignees=(ANN,))
    header, _ = after(before, acts.return_to_team(before, NOW))
    assert (header["st"], header["inbox"], header["assignees"]) == ("open", True, [])


def test_trash_and_spam_are_for_all_archive_is_for_oneself():
    before = subject(inbox=True)
    assert after(before, acts.trash(before))[0]["st"] == "trash"
    assert after(before, acts.spam(before))[0]["inbox"] is False
    header, own = after(before, acts.archive(before, NOW))
    assert header == whole(before.header)
    assert own.archived == NOW


def test_what_is_no_spam_is_in_the_team_inbox_again():
    before = subject(state="spam")
    header, _ = after(before, acts.not_spam(before, NOW))
    assert (header["st"], header["inbox"]) == ("open", True)


def test_who_answers_takes_it_unless_the_space_is_set_otherwise():
    before = subject(inbox=True)
    header, _ = after(before, acts.replied(before, Settings(), False, NOW))
    assert (header["assignees"], header["inbox"]) == ([ME], False)
    left = Settings(user_reply="leave_in_team_inbox")
    assert acts.replied(before, left, False, NOW) == []
    had = subject(assignees=(ANN,))
    assert acts.replied(had, Settings(), False, NOW) == []


def test_send_and_close_is_one():
    before = subject(inbox=True)
    header, own = after(before, acts.replied(before, Settings(), True, NOW))
    assert (header["st"], header["assignees"], own.archived) == ("closed", [ME], NOW)


def test_labels_of_two_people_at_once_both_hold():
    before = subject(labels=(ANN,))
    first, second = acts.label(before, [BEN], ()), acts.label(before, [ME], [ANN])
    assert after(before, first + second)[0]["labels"] == [BEN, ME]
    assert acts.label(before, [ANN], [BEN]) == []


def test_ones_own_state():
    before = subject(Personal(read=1, starred=True))
    assert after(before, acts.read(before))[1].read == 5_000
    assert after(before, acts.unread(subject(Personal(read=9_000))))[1].read == 4_999
    assert after(before, acts.star(before, False))[1].starred is False
    assert acts.star(before, True) == []
    assert after(before, acts.snooze(before, 20_000, NOW))[1][2:4] == (20_000, NOW)
    assert after(before, acts.watch(before, False))[1].watching is False


USERS = st.lists(st.sampled_from([ME, ANN, BEN]), unique=True, max_size=3).map(tuple)
HEADERS = st.builds(
    Conversation,
    state=st.sampled_from(["open", "closed", "trash", "spam"]),
    inbox=st.booleans(),
    assignees=USERS,
    labels=USERS,
    last=st.integers(0, NOW),
    since=st.integers(0, NOW),
)
OWN = st.builds(
    Personal, st.integers(0, NOW), st.integers(0, NOW), st.integers(0, NOW), st.integers(0, NOW),
    st.booleans(), st.none() | st.booleans(),
)  # fmt: skip
ACTS = {
    "assign": lambda s: acts.assign(s, [ANN], [BEN], NOW),
    "close": lambda s: acts.close(s, NOW),
    "reopen": lambda s: acts.reopen(s, NOW),
    "return": lambda s: acts.return_to_team(s, NOW),
    "trash": lambda s: acts.trash(s),
    "spam": lambda s: acts.spam(s),
    "not spam": lambda s: acts.not_spam(s, NOW),
    "label": lambda s: acts.label(s, [ANN], [BEN]),
    "archive": lambda s: acts.archive(s, NOW),
    "read": lambda s: acts.read(s),
    "unread": lambda s: acts.unread(s),
    "star": lambda s: acts.star(s, True),
    "snooze": lambda s: acts.snooze(s, 2 * NOW, NOW),
    "watch": lambda s: acts.watch(s, True),
}


@given(st.sampled_from(sorted(ACTS)), HEADERS, OWN)
def test_every_act_can_be_taken_back_and_is_allowed_to_members(name, header, own):
    before = Subject(SCOPE, CONV, header, own, ME, header.last)
    intents = ACTS[name](before)
    there, mine = after(before, intents)
    back = acts.undone(before, intents)
    then = before._replace(
        header=Conversation(
            there["st"], there["inbox"], tuple(there["assignees"]), tuple(there["labels"]),
            there["last"], there["since"],
        ),
        personal=mine,
    )  # fmt: skip
    again, own_again = after(then, back)
    assert own_again == own
    assert sorted(again.pop("labels")) == sorted(header.labels)
    assert again == {key: value for key, value in whole(header).items() if key != "labels"}


# -- mail that comes and goes


def test_new_mail_stands_in_the_team_inbox():
    assert received(None, Settings(), 7, NOW) == whole(Conversation(inbox=True, last=7))


def test_a_later_reply_comes_to_the_assignee_or_to_the_team():
    had = Conversation(assignees=(ANN,), last=5)
    assert received(had, Settings(), 7, NOW) == {"last": 7}
    to_team = Settings(received_reply="show_in_team_inbox")
    assert received(had, to_team, 7, NOW) == {"last": 7, "inbox": True}
    assert received(Conversation(last=5), Settings(), 7, NOW) == {"last": 7, "inbox": True}


@pytest.mark.parametrize("state", ["closed", "trash"])
def test_a_reply_reopens(state):
    change = received(Conversation(state=state, last=5), Settings(), 7, NOW)
    assert change == {"last": 7, "st": "open", "since": NOW, "inbox": True}


def test_spam_stays_spam_and_old_mail_changes_nothing():
    assert received(Conversation(state="spam", last=5), Settings(), 7, NOW) == {"last": 7}
    assert received(Conversation(inbox=True, last=9), Settings(), 7, NOW) == {}


def test_what_a_member_sent_from_elsewhere_is_for_nobodys_inbox():
    assert sent(None, 7) == whole(Conversation(last=7))
    assert sent(Conversation(last=5), 7) == {"last": 7}


def test_what_others_are_to_do_may_leave_ones_own_inbox():
    before = subject(inbox=True)
    kept = acts.assign(before, [ANN], (), NOW)
    assert [each.t for each in kept] == ["conv"]
    header, own = after(before, acts.assign(before, [ANN], (), NOW, leaves=True))
    assert (header["assignees"], own.archived) == ([ANN], NOW)
    mine = acts.assign(before, [ANN, ME], (), NOW, leaves=True)
    assert [each.t for each in mine] == ["conv"]


def test_an_act_follows_what_was_seen_though_the_clock_is_slow():
    before = subject(since=9_000)._replace(said=12_000)
    for intents in (acts.assign(before, [ANN], (), NOW), acts.close(before, NOW)):
        header, _ = after(before, intents)
        assert header["since"] == 12_001
    _, own = after(before, acts.archive(before, NOW))
    assert own.archived == 12_000
    _, own = after(before, acts.read(before))
    assert own.read == 12_000
