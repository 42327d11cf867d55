"""What a person is told of their teams: from the store, in plain words, with a way to help."""

import pytest
from tests.factories import mailbox
from tests.team_factories import ANA, ME, TeamBox, member

from missive_desktop.app.presenters.team_notices import Help, Tone, notices
from missive_desktop.domain.team import NoticeKind, TeamState
from missive_desktop.store import team_notices, teams


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        team = TeamBox(made)
        team.take_all(member(ME, "Mia Me"), member(ANA, "Ana Ribeiro"))
        yield team


def tell(box, kind, scope="", words=""):
    def work(conn, changes):
        (row,) = teams.all_(conn)
        team_notices.add_once(conn, row.id, kind, scope, words, 1, changes)

    box.box.writer.run(work)


def stand(box, state, error=""):
    def work(conn, changes):
        (row,) = teams.all_(conn)
        teams.set_state(conn, row.id, state, error, changes)

    box.box.writer.run(work)


def told(box):
    return notices(box.box.reader)


def test_a_device_that_waits_is_told_until_it_waits_no_more(box):
    tell(box, NoticeKind.WAITS, "device")
    (found,) = told(box)
    assert "waits to be let in" in found.words
    assert "change your password" in found.advice
    assert (found.help, found.tone) == (Help.DEVICES, Tone.WARNING)

    def gone(conn, changes):
        (row,) = teams.all_(conn)
        team_notices.keep_only(conn, row.id, NoticeKind.WAITS, (), changes)

    box.box.writer.run(gone)
    assert told(box) == []


def test_what_was_seen_is_not_told_again(box):
    tell(box, NoticeKind.JOINED, ANA)
    (found,) = told(box)
    assert "Ana Ribeiro has joined" in found.words
    box.box.writer.run(lambda conn, changes: team_notices.see(conn, found.id, changes))
    tell(box, NoticeKind.JOINED, ANA)
    assert told(box) == []


@pytest.mark.parametrize(
    ("state", "help_", "words"),
    [
        (TeamState.SIGNED_OUT, Help.SIGN_IN, "signed out"),
        (TeamState.APPROVAL, Help.CODE, "waits to be let into"),
        (TeamState.MUST, Help.FACTOR, "second factor"),
    ],
)
def test_what_a_team_needs_is_told_while_it_is_so(box, state, help_, words):
    stand(box, state)
    (found,) = told(box)
    assert (found.id, found.help) == (0, help_)
    assert words in found.words
    stand(box, TeamState.READY)
    assert told(box) == []


def test_what_is_grave_comes_first_and_who_was_removed_can_forget(box):
    tell(box, NoticeKind.TAKEN_AWAY, "o:x", "You are no longer a member of this team.")
    tell(box, NoticeKind.TAMPERED, "s:x", "Something here is not what a member wrote.")
    stand(box, TeamState.REMOVED)
    first, second = told(box)
    assert first.tone is Tone.GRAVE
    assert second.help is Help.FORGET
