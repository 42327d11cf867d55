"""Acts on conversations of spaces in a store: shown at once, kept for the server, by one's role."""

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
    OWN,
    SCOPE,
    TeamBox,
    comment,
    conv,
    mail,
    member,
    name,
    own,
    seat,
    send,
    space,
    task,
)

from missive_desktop.domain.act import Act, Deed
from missive_desktop.domain.spaces import Place
from missive_desktop.domain.team import PendingState
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import (
    team_conversations,
    team_mail,
    team_pending,
    team_talk,
    team_views,
    teams,
)
from missive_desktop.team import submitting
from missive_desktop.team.spaces import acting, acts, moving, saying, sending
from missive_desktop.team.spaces.acting import Desk


class Acting(TeamBox):
    shared = 0  # its account, for the writer's thread

    def do(self, work):
        """Run an act as the engine does."""
        return self.box.writer.run(
            lambda conn, changes: work(Desk(conn, self.projection, changes, self.now))
        )

    def act(self, kind, *words, target=None, messages=()):
        ids = tuple(self.here(word) for word in words)
        folder = 0
        if target is not None:
            folder = self.box.reader.execute(
                "SELECT id FROM folders WHERE account_id = ? AND name = ?",
                (self.account, target.value),
            ).fetchone()[0]
        wish = Act(Deed(kind), messages, ids, 0, folder)
        return self.do(lambda desk: acting.act(desk, wish))

    def here(self, word):
        return team_conversations.here(self.box.reader, self.account, name(word))

    def asked(self):
        return [(p.scope, p.act) for p in team_pending.open_(self.box.reader, self.team)]


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        made = Acting(box, now=NOON + 1_000)
        made.take_all(space(), member(ME, "Mia"), member(ANA, "Ana"), member(BEN, "Ben"))
        made.take(seat(ME), seat(ANA), conv("c", inbox=True), mail("m", "c"))
        made.shared = made.account
        yield made


def test_archive_is_for_oneself_and_at_once(team):
    _, done = team.act("archive", "c")
    assert team.places("c") == {Place.ARCHIVE}
    assert team.asked() == [(OWN, "personal.changed")]
    team.do(lambda desk: acting.revert(desk, done[0].team, done[0].undo))
    assert team.places("c") == {Place.TEAM}


def test_of_mail_and_spaces_each_gets_its_own(team):
    (home,) = team.box.add([team.box.arrival(1)])
    wish = Act(Deed.TRASH, (home,), (team.here("c"),))
    left, _ = team.do(lambda desk: acting.act(desk, wish))
    assert left == Act(Deed.TRASH, (home,))
    assert team.places("c") == {Place.TRASH}


@pytest.mark.parametrize("place", [Place.MINE, Place.CLOSED, Place.ARCHIVE, Place.SPAM])
def test_to_move_it_is_to_do_what_leads_there(team, place):
    team.act("move", "c", target=place)
    assert team.places("c") == {place}
    team.now += 1
    team.act("move", "c", target=Place.TEAM)
    assert team.places("c") == {Place.TEAM}


def test_it_cannot_be_copied_or_moved_to_where_nothing_leads(team):
    with pytest.raises(UsageError):
        team.act("copy", "c", target=Place.MINE)
    with pytest.raises(UsageError):
        team.act("move", "c", target=Place.OTHERS)


def test_one_mail_is_read_up_to_where_it_stands(team):
    team.take(mail("n", "c", NOON + 60_000))
    first = team_mail.by_id(team.box.reader, team.account, name("m")).message

    def unread():
        sql = "SELECT unread FROM conversations WHERE id = ?"
        return team.box.reader.execute(sql, (team.here("c"),)).fetchone()[0]

    assert unread() == 2
    team.act("read", messages=(first,))
    assert unread() == 1
    team.act("read", "c")
    assert unread() == 0
    team.act("unread", "c")
    assert unread() == 1


def test_deleted_for_good_with_all_that_was_said(team):
    team.take(comment("k", "c", "x"), task("t", "c", "y"))
    team.take(send("s", "c", "b"), send("r", "c", "d", st="requested"))
    team.take_own(own("c", starred=True))
    _, done = team.act("delete", "c")
    assert team.here("c") == 0
    assert done[0].undo == ()
    assert [row.state for row in team_talk.sends(team.box.reader, team.account)] == ["requested"]
    assert team_talk.comments(team.box.reader, team.account, name("c")) == []
    assert [act for _, act in team.asked()] == [
        "message.deleted", "comment.deleted", "task.deleted", "send.deleted",
        "conversation.deleted", "personal.removed",
    ]  # fmt: skip


def test_what_the_role_does_not_allow_is_refused_and_not_done(team):
    team.take_all(member(ME, "Mia", "viewer"))
    with pytest.raises(Refused, match="Support"):
        team.act("trash", "c")
    assert team.places("c") == {Place.TEAM}
    assert team.asked() == []
    team.act("star", "c")
    team.take(seat(ME).__class__("seat", seat(ME).id, seat(ME).h | {"role": "member"}))
    team.act("trash", "c")  # the seat's role counts in its space
    assert team.places("c") == {Place.TRASH}


def test_a_comment_names_only_who_can_read_it(team):
    here = team.here("c")

    def say(desk):
        (one,) = acting.of_spaces(desk.conn, [here])
        return saying.comment(desk, one, "@Ana and @Ben, look", (BEN, ANA))

    id_, done = team.do(say)
    row = team_talk.comment(team.box.reader, team.account, id_)
    assert (row.mentions, row.author, row.pending) == ((ANA,), ME, True)
    team.do(lambda desk: saying.edit_comment(desk, team.shared, id_, "never mind"))
    assert team_talk.comment(team.box.reader, team.account, id_).text == "never mind"
    team.do(lambda desk: acting.revert(desk, done.team, done.undo))
    assert team_talk.comment(team.box.reader, team.account, id_) is None


def test_only_ones_own_comments_can_be_changed(team):
    team.take(comment("k", "c", "hers"))
    with pytest.raises(UsageError):
        team.do(lambda desk: saying.edit_comment(desk, team.shared, name("k"), "mine"))
    with pytest.raises(UsageError):
        team.do(lambda desk: saying.edit_comment(desk, team.shared, name("gone"), "mine"))
    for role, allowed in (("member", False), ("guest", False), ("admin", True)):
        team.take_all(member(ME, "Mia", role))
        if not allowed:
            with pytest.raises(UsageError):
                team.do(lambda desk: saying.delete_comment(desk, team.shared, name("k")))
    team.do(lambda desk: saying.delete_comment(desk, team.shared, name("k")))
    assert team_talk.comment(team.box.reader, team.account, name("k")) is None
    (one,) = acting.of_spaces(team.box.reader, [team.here("c")])
    with pytest.raises(UsageError):
        team.do(lambda desk: saying.comment(desk, one, "  "))


def test_a_task_is_changed_by_what_is_given(team):
    id_, _ = team.do(lambda desk: saying.add_task(desk, team.shared, "", "Tidy up"))
    team.do(lambda desk: saying.change_task(desk, team.shared, id_, state="doing", due=NOON))
    row = team_talk.task(team.box.reader, team.account, id_)
    assert (row.title, row.state, row.due) == ("Tidy up", "doing", NOON)
    assert [act for _, act in team.asked()] == ["task.added", "task.edited", "task.started"]
    with pytest.raises(UsageError):
        team.do(lambda desk: saying.change_task(desk, team.shared, id_, state="lost"))


def test_labels_of_space_and_organization(team):
    own, _ = team.do(lambda desk: saying.make_label(desk, team.shared, "late", "red", False))
    team.do(lambda desk: saying.make_label(desk, team.shared, "vip", "", True))
    assert [scope for scope, _ in team.asked()] == [SCOPE, ALL]
    with pytest.raises(UsageError):
        team.do(lambda desk: saying.make_label(desk, team.shared, "Late", "", False))
    team.do(lambda desk: saying.edit_label(desk, team.shared, own, "", ""))
    team.do(lambda desk: saying.make_label(desk, team.shared, "late", "", False))


def test_what_is_assigned_meanwhile_by_another_is_asked_for_as_it_was_seen(team):
    here = team.here("c")

    def give(desk):
        wanted = acting.of_spaces(desk.conn, [here])
        return acting.do(desk, wanted, lambda one: acts.assign(one.subject, [ANA], (), desk.now))

    team.do(give)
    (pending,) = team_pending.open_(team.box.reader, team.team)
    assert pending.pre == {"assignees": []}
    assert team.places("c") == {Place.OTHERS}


def test_what_was_refused_or_not_sent_says_why_and_can_be_let_go(team):
    def trouble():
        here = team.here("c")
        return team_views.extras(team.box.reader, [here])[here].trouble

    def refuse(conn, changes):
        (row,) = team_pending.open_(conn, team.team)
        denied = msgspec.structs.replace(row, state=PendingState.DENIED, why="not in this role")
        team_pending.save(conn, [denied], changes)
        return row.id

    team.act("trash", "c")
    assert trouble() == ""
    number = team.box.writer.run(refuse)
    words = "Moving a conversation to the trash was not taken. Your role does not allow it."
    assert trouble() == words
    team.box.writer.run(
        lambda conn, changes: submitting.drop(conn, number, team.projection, changes)
    )
    assert trouble() == ""
    team.take(send("s", "c", "b", own=ME, st="failed", error="The server does not take it."))
    assert trouble() == "A mail was not sent. The server does not take it."
    with pytest.raises(UsageError):
        team.do(lambda desk: sending.resolve(desk, team.shared, name("s"), "burn"))
    team.do(lambda desk: sending.resolve(desk, team.shared, name("s"), "delete"))
    assert trouble() == ""
    assert team_talk.sends(team.box.reader, team.account) == []
    assert team.asked()[-1] == (SCOPE, "send.deleted")
    team.take(send("r", "c", "b", own=ME, st="requested"))
    with pytest.raises(Refused):
        team.do(lambda desk: sending.resolve(desk, team.shared, name("r"), "delete"))


def test_a_comment_of_ones_own_that_was_deleted_can_be_said_again(team):
    team.take(comment("said", "c", "Ask @Ana", own=ME, mentions=[ANA]))
    done = team.do(lambda desk: saying.delete_comment(desk, team.shared, name("said")))
    (again,) = done.undo
    assert (again.op, again.h["mentions"]) == ("put", [ANA])
    assert "Ask @Ana" in again.body
    file = {"name": "claim.pdf", "size": 9, "key": "00", "hash": "11"}
    team.take(comment("filed", "c", "Look", own=ME, file=file))
    done = team.do(lambda desk: saying.delete_comment(desk, team.shared, name("filed")))
    assert not done.undo  # its file is gone from the server


@pytest.mark.parametrize(("ahead", "counts"), [(3_600_000, 3_600_000), (3_000, 0)])
def test_what_is_written_down_goes_by_the_servers_clock(team, ahead, counts):
    team.box.writer.run(lambda conn, _: teams.set_heard(conn, team.team, NOON + ahead, NOON))
    team.act("archive", "c")
    found = acting.meant(team.box.reader, team.shared, name("c")).subject.personal
    assert found.archived == NOON + 1_000 + counts


def test_what_is_moved_says_who_wrote_it_and_when(team):
    reply = mail("r", "c", out=True, blob="b" * 64)
    asked = {"b" * 64: BEN}
    moved = moving._copied("s:other", reply, ME, {}, asked)
    assert msgspec.json.decode(moved.body)["author"] == BEN
    assert moved.h == reply.h
    for other in (mail("m", "c", blob="b" * 64), mail("o", "c", out=True, blob="a" * 64)):
        again = moving._copied("s:other", other, ME, {}, asked)
        assert "author" not in msgspec.json.decode(again.body)
    said = comment("k", "c", "Look", at=NOON - 5)
    assert moving._copied("s:other", said, ME, {}, {}).h["made"] == NOON - 5
