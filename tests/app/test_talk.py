"""What stands between the mails of a shared conversation, read from a store with a team in it."""

import json

import msgspec
import pytest
from tests.factories import mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    NOON,
    SCOPE,
    TeamBox,
    comment,
    conv,
    label,
    mail,
    member,
    name,
    seat,
    space,
)  # fmt: skip

from missive_desktop.app.presenters.talk import Talk, between
from missive_desktop.content.page_talk import Comment, Event, Going
from missive_desktop.domain.team import Entity, Intent, PendingState
from missive_desktop.store import messages, team_pending, team_trail
from missive_wire.chain import Record

MINUTE = 60_000


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        made = TeamBox(box)
        made.take_all(space(), member(ME, "Me"), member(ANA, "Ana"), member(BEN, "Ben"))
        made.take(seat(ME), seat(ANA), seat(BEN), label("Dealer"))
        made.take(conv("order", inbox=True), mail("one", "order"))
        yield made


def read(team: TeamBox, now: int = NOON):
    talk = Talk(team.box.reader, lambda seconds: f"at {seconds - NOON // 1000}", lambda: now)
    return talk.read(here(team))


def here(team: TeamBox) -> int:
    return team.box.reader.execute(
        "SELECT conversation_id FROM team_conversations WHERE conv = ?", (name("order"),)
    ).fetchone()[0]


def send(st: str = "requested", own: str = ME, due: int = NOON + 2 * MINUTE, blob: str = "ab"):
    header = {"conv": name("order"), "st": st, "due": due, "blob": blob, "close": False}
    text = json.dumps({"envelope": {"to": [["Claire", "c@velo.example"]], "snippet": "Hello"}})
    return Entity("send", name("s"), header, text, v=1, own=own, by=own, at=NOON + MINUTE, seq=9)


def trail(team: TeamBox, *acts: tuple[int, str, str, dict]) -> None:
    made = [
        Record(n, at, actor, "", act, b"", b"", "conv", name("order"), details=details)
        for n, (at, actor, act, details) in enumerate(acts, 1)
    ]
    convs = {("conv", name("order")): name("order")}
    team.box.writer.run(
        lambda conn, _: team_trail.add(conn, team.team, SCOPE, made, convs, proven=True)
    )


def propose(team: TeamBox, intent: Intent, state: PendingState, why: str = "") -> int:
    def work(conn, changes):
        pending = team_pending.add(conn, team.team, intent, "", 1, NOON + MINUTE, changes)
        conn.execute(
            "UPDATE team_pending SET state = ?, why = ? WHERE id = ?", (state, why, pending)
        )
        return pending

    return team.box.writer.run(work)


def test_ones_own_mail_has_nothing_between(team):
    assert Talk(team.box.reader, str).read(999_999).items == ()


def test_comments_stand_in_the_order_of_time_between_the_mails(team):
    team.take(mail("two", "order", NOON + 10 * MINUTE))
    team.take(comment("c", "order", "Ask @Ben first", NOON + MINUTE, mentions=[BEN]))
    told = read(team)
    ((at, said),) = told.items
    assert isinstance(said, Comment)
    assert (at, said.author.name, said.text) == (NOON + MINUTE, "Ana", "Ask @Ben first")
    assert [said.text[m.start : m.end] for m in said.marks] == ["@Ben"]
    assert not said.mine
    rows = messages.in_conversation(team.box.reader, here(team))
    assert [before for before, _ in between(told, rows)] == [1]


def test_everybody_is_marked_where_all_are_called(team):
    team.take(comment("c", "order", "@all look", mentions=[ME, ANA, BEN]))
    ((_, said),) = read(team).items
    assert [(m.start, m.end, m.me) for m in said.marks] == [(0, 4, True)]


def test_a_name_that_nobody_was_called_by_is_no_mention(team):
    team.take(comment("c", "order", "@Ben is away"))
    ((_, said),) = read(team).items
    assert said.marks == ()


def test_events_say_what_changed(team):
    trail(
        team,
        (NOON + 1, ANA, "conversation.assigned", {"assignees": [BEN], "inbox": False}),
        (NOON + 2, BEN, "conversation.unassigned", {"assignees": []}),
        (NOON + 3, ME, "conversation.assigned", {"assignees": [ME]}),
        (NOON + 4, ME, "conversation.labelled", {"labels+": [name("Dealer")]}),
        (NOON + 5, ANA, "conversation.unlabelled", {"labels-": [name("Dealer")]}),
        (NOON + 6, ANA, "conversation.closed", {"st": "closed"}),
        (NOON + 7, ANA, "conversation.received", {"st": "open"}),
        (NOON + 8, ANA, "conversation.reopened", {}),
        (NOON + 9, "0" * 36, "conversation.trashed", {}),
        (NOON + 10, ANA, "attachment.opened", {}),
    )
    said = [e.words.format(*e.names) for _, e in read(team).items if isinstance(e, Event)]
    assert said == [
        "Ana assigned this to Ben",
        "Ben gave this back",
        "You took this over",
        "You labelled this Dealer",
        "Ana took off the label Dealer",
        "Ana closed this",
        "Reopened, because mail came in",
        "Ana reopened this",
        "Somebody moved this to the trash",
    ]


def test_what_is_pending_is_shown_as_done(team):
    intent = Intent("patch", SCOPE, "conv", name("order"), "conversation.closed", {"st": "closed"})
    propose(team, intent, PendingState.WAITING)
    ((_, event),) = read(team).items
    assert event.words.format(*event.names) == "You closed this"
    assert (event.refused, event.waiting) == (None, True)


def test_what_was_refused_says_why_and_can_be_done_again(team):
    intent = Intent("patch", SCOPE, "conv", name("order"), "conversation.closed", {"st": "closed"})
    pending = propose(team, intent, PendingState.DENIED, "not in this role")
    ((_, event),) = read(team).items
    assert event.refused == ("Your role does not allow it.", pending)


def test_a_comment_that_was_refused_keeps_its_words(team):
    body = json.dumps({"text": "Call them"})
    header = {"conv": name("order"), "mentions": []}
    intent = Intent("put", SCOPE, "comment", name("c"), "comment.added", header, body)
    pending = propose(team, intent, PendingState.CONFLICT)
    ((_, said),) = read(team).items
    assert (said.text, said.mine) == ("Call them", True)
    assert said.refused == ("Somebody else changed it meanwhile.", pending)


@pytest.mark.parametrize(
    ("state", "own", "now", "expected", "undo"),
    [
        ("requested", ME, NOON, "waiting", True),
        ("requested", ME, NOON + 3 * MINUTE, "waiting", False),
        ("requested", ANA, NOON, "waiting", False),
        ("sending", ME, NOON, "sending", False),
        ("uncertain", ME, NOON, "uncertain", False),
        ("failed", ME, NOON, "failed", False),
    ],
)
def test_mail_that_the_worker_is_to_send(team, state, own, now, expected, undo):
    team.take(send(state, own))
    told = read(team, now)
    ((_, going),) = told.items
    assert isinstance(going, Going)
    assert (going.state, going.undo, going.to) == (expected, undo, "Claire")
    assert told.due == (NOON + 2 * MINUTE if state == "requested" and now == NOON else 0)


def test_what_was_sent_names_who_of_the_team_wrote_it(team):
    team.take(send("sent", BEN))
    assert read(team).authors == {}
    out = mail("out", "order", NOON + 2 * MINUTE, out=True)
    out.h["blob"] = "ab"
    other = mail("other", "order", NOON + 3 * MINUTE)
    other.h["blob"] = "ab"  # somebody else's mail that claims to be the same
    team.take(out, other)
    told = read(team)
    assert [author.name for author in told.authors.values()] == ["Ben"]
    assert told.items == ()


def test_what_was_moved_here_says_who_wrote_it_on_whose_word(team):
    minute = NOON + MINUTE
    moved = mail("out", "order", minute, out=True, blob="cd", author=BEN)
    own = mail("own", "order", minute, out=True, blob="ef", author=ANA)
    stranger = mail("else", "order", minute, out=True, blob="12", author="nobody")
    team.take(*(msgspec.structs.replace(each, own=ANA) for each in (moved, own, stranger)))
    names = sorted(author.name for author in read(team).authors.values())
    assert names == ["Ana", "Ben (moved here by Ana)"]
