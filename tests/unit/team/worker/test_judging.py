"""What a mailbox and its space mean to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.folder import Role
from missive_desktop.domain.serving import Lies
from missive_desktop.domain.spaces import Conversation, Settings
from missive_desktop.team.worker import judging
from missive_desktop.team.worker.judging import Came, Errand, Verdict
from missive_wire.ids import new_id
from missive_wire.patching import patched

INBOX, SENT = frozenset({Role.INBOX}), frozenset({Role.SENT})
TRASH, SPAM = frozenset({Role.TRASH}), frozenset({Role.SPAM})
ARCHIVE = frozenset({Role.ARCHIVE})


def test_the_same_mail_has_the_same_name_for_everybody() -> None:
    space = new_id()
    one = judging.message_id(space, b"raw", "a@b")
    assert judging.message_id(space, b"raw", "a@b") == one
    assert judging.message_id(space, b"raw!", "a@b") != one
    assert judging.message_id(space, b"raw", "c@b") != one
    assert judging.message_id(new_id(), b"raw", "a@b") != one
    assert judging.conversation_id(space, one) == judging.conversation_id(space, one) != one


@pytest.mark.parametrize(
    ("roles", "where"),
    [
        (INBOX, Lies.INBOX),
        (frozenset({Role.ALL, Role.INBOX}), Lies.INBOX),
        (frozenset({Role.ALL}), Lies.ASIDE),
        (frozenset({Role.NONE}), Lies.ASIDE),
        (TRASH, Lies.TRASH),
        (SPAM, Lies.SPAM),
        (SENT, Lies.UNKNOWN),
        (frozenset(), Lies.UNKNOWN),
    ],
)
def test_where_mail_lies(roles: frozenset[Role], where: Lies) -> None:
    assert judging.lies(roles) is where


def test_a_conversation_lies_where_its_newest_mail_from_outside_does() -> None:
    assert judging.actual([SENT, TRASH, INBOX]) is Lies.TRASH
    assert judging.actual([SENT]) is Lies.UNKNOWN


def test_who_wrote_it() -> None:
    own = {"help@example.com"}
    assert judging.is_out(SENT, "x@example.org", own)
    assert judging.is_out(ARCHIVE, "Help@Example.com", own)
    assert not judging.is_out(INBOX, "help@example.com", own)  # a note to oneself
    assert not judging.is_out(INBOX, "x@example.org", own)


def test_what_a_conversation_begins_as() -> None:
    def begun(roles: frozenset[Role], *, out: bool = False) -> tuple[str, bool]:
        header = judging.begun(Came(roles, out, 5))
        assert header["last"] == 5
        return header["st"], header["inbox"]

    assert begun(INBOX) == ("open", True)
    assert begun(ARCHIVE) == ("open", False)
    assert begun(TRASH) == ("trash", False)
    assert begun(SPAM) == ("spam", False)
    assert begun(SENT, out=True) == ("open", False)


def test_only_new_mail_changes_a_conversation() -> None:
    closed = Conversation("closed", last=10, since=12)
    assert judging.went_on(closed, Settings(), Came(INBOX, False, 9), 20) == {}
    again = judging.went_on(closed, Settings(), Came(INBOX, False, 10), 20)  # in the same second
    assert again == {"last": 11, "st": "open", "since": 20, "inbox": True}
    new = judging.went_on(closed, Settings(), Came(INBOX, False, 15), 20)
    assert new == {"last": 15, "st": "open", "since": 20, "inbox": True}
    assert judging.went_on(closed, Settings(), Came(SENT, True, 15), 20) == {"last": 15}
    assert judging.went_on(closed, Settings(), Came(SPAM, False, 15), 20) == {"last": 15}
    spam = Conversation("spam", last=10)
    assert judging.went_on(spam, Settings(), Came(INBOX, False, 15), 20) == {"last": 15}


def test_a_reply_to_what_is_assigned_goes_where_the_space_says() -> None:
    mine = Conversation("open", False, ("u",), last=10)
    to_team = Settings(received_reply="show_in_team_inbox")
    came = Came(INBOX, False, 15)
    assert "inbox" not in judging.went_on(mine, Settings(), came, 20)
    assert judging.went_on(mine, to_team, came, 20)["inbox"] is True


def verdict(
    state: str, agreed: Lies, actual: Lies, *, inbox: bool = False, archives: bool = False
) -> Verdict:
    header = Conversation(state, inbox, last=1)
    return judging.verdict(header, agreed, actual, archives=archives, now=9)


def test_what_members_did_goes_out() -> None:
    assert verdict("trash", Lies.INBOX, Lies.INBOX) == Verdict(Lies.TRASH, Errand.TRASH)
    assert verdict("spam", Lies.ASIDE, Lies.ASIDE) == Verdict(Lies.SPAM, Errand.SPAM)
    assert verdict("open", Lies.TRASH, Lies.TRASH) == Verdict(Lies.INBOX, Errand.BACK)
    assert verdict("closed", Lies.INBOX, Lies.INBOX) == Verdict(Lies.INBOX)
    assert verdict("closed", Lies.INBOX, Lies.INBOX, archives=True).errand is Errand.ARCHIVE
    assert verdict("trash", Lies.INBOX, Lies.TRASH) == Verdict(Lies.TRASH)  # there already


def test_what_others_did_in_the_mailbox_comes_in() -> None:
    def news(state: str, agreed: Lies, actual: Lies, *, inbox: bool = False) -> str:
        found = verdict(state, agreed, actual, inbox=inbox)
        assert found.errand is None
        assert found.place is actual
        return found.news.act if found.news else ""

    assert news("open", Lies.INBOX, Lies.TRASH) == "conversation.trashed"
    assert news("closed", Lies.INBOX, Lies.SPAM) == "conversation.spam"
    assert news("trash", Lies.TRASH, Lies.INBOX) == "conversation.restored"
    assert news("spam", Lies.SPAM, Lies.ASIDE) == "conversation.unspam"
    assert news("closed", Lies.ASIDE, Lies.INBOX) == "conversation.reopened"
    assert news("open", Lies.INBOX, Lies.ASIDE, inbox=True) == "conversation.archived"
    assert news("open", Lies.ASIDE, Lies.INBOX) == "conversation.returned"
    assert news("open", Lies.INBOX, Lies.ASIDE) == ""


def test_after_somebody_else_has_served_the_space_counts() -> None:
    assert verdict("open", Lies.UNKNOWN, Lies.TRASH) == Verdict(Lies.INBOX, Errand.BACK)
    assert verdict("trash", Lies.UNKNOWN, Lies.INBOX) == Verdict(Lies.TRASH, Errand.TRASH)
    assert verdict("open", Lies.UNKNOWN, Lies.ASIDE) == Verdict(Lies.ASIDE)
    assert verdict("open", Lies.INBOX, Lies.UNKNOWN) == Verdict(Lies.INBOX)  # gone: no news


_LYING = st.sampled_from([Lies.INBOX, Lies.ASIDE, Lies.TRASH, Lies.SPAM])
_REACHED = {
    Errand.TRASH: Lies.TRASH,
    Errand.SPAM: Lies.SPAM,
    Errand.BACK: Lies.INBOX,
    Errand.ARCHIVE: Lies.ASIDE,
}


@given(
    st.sampled_from(["open", "closed", "trash", "spam"]),
    st.booleans(),
    st.lists(st.just("u"), max_size=1),
    st.one_of(_LYING, st.just(Lies.UNKNOWN)),
    _LYING,
    st.booleans(),
)
def test_once_done_there_is_nothing_more_to_do(
    state: str, inbox: bool, assignees: list[str], agreed: Lies, actual: Lies, archives: bool
) -> None:
    """No echo: what was carried out, or taken in, is not carried back."""
    header = Conversation(state, inbox and state == "open", tuple(assignees), last=1)
    for _ in range(2):
        found = judging.verdict(header, agreed, actual, archives=archives, now=9)
        assert not (found.errand and found.news)
        agreed = found.place
        actual = _REACHED[found.errand] if found.errand else actual
        if found.news:
            changed = patched(judging.whole(header), found.news.h)
            header = Conversation(changed["st"], changed["inbox"], tuple(changed["assignees"]))
    again = judging.verdict(header, agreed, actual, archives=archives, now=9)
    assert again.errand is None
    assert again.news is None
