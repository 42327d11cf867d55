"""Rows of the feed become conversations, mail and folders, whatever the order they come in."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    NOON,
    SCOPE,
    TeamBox,
    comment,
    confirmed,
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

from missive_desktop.domain.folder import Role
from missive_desktop.domain.ids import message_date
from missive_desktop.domain.query import parse
from missive_desktop.domain.spaces import LAST_SECOND, Place
from missive_desktop.store import (
    accounts,
    conversations,
    folders,
    indexing,
    integrity,
    leaving,
    messages,
    search,
    team_conversations,
    team_lists,
    team_notices,
    team_scopes,
    team_spaces,
    team_talk,
)
from missive_desktop.sync import digesting
from missive_desktop.team.spaces import projection


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        yield TeamBox(box)


def sound(team):
    assert integrity.check(team.box.reader, team.box.store) == []


def test_a_space_becomes_an_account_with_the_places_of_a_team(team):
    team.take_all(space())
    assert team.account == 0  # none of mine yet
    team.take(conv("c", inbox=True), mail("m", "c"))
    row = accounts.get(team.box.reader, team.account)
    assert (row.settings.kind, row.settings.address) == ("space", "support@example.org")
    names = {each.name: each.role for each in folders.for_account(team.box.reader, team.account)}
    assert set(names) == {place.value for place in Place}
    assert names["Mine"] is Role.INBOX
    assert team.places("c") == {Place.TEAM}
    sound(team)


@pytest.mark.parametrize("name_first", [True, False])
def test_what_members_call_a_conversation_is_shown_and_found(team, name_first):
    named = conv("c", {"subject": "c", "name": "The marmalade"}, inbox=True)
    rows = [named, mail("m", "c", subject="About jam")]
    for each in rows if name_first else rows[::-1]:
        team.take(each)

    def shown():
        here = team_conversations.here(team.box.reader, team.account, name("c"))
        return conversations.rows(team.box.reader, [here])[here].subject

    def found(words):
        return search.count(team.box.reader, parse(words), now=0)

    assert shown() == "The marmalade"
    assert [found(each) for each in ("marmalade", "subject:marmalade", "subject:jam")] == [1, 1, 1]
    sound(team)
    team.take(conv("c", inbox=True))
    assert (shown(), found("marmalade"), found("jam")) == ("About jam", 0, 1)
    sound(team)


def test_a_space_deleted_for_all_is_gone_and_said_to_be(team):
    team.take_all(space())
    team.take(conv("c", inbox=True), mail("m", "c"))
    asked = msgspec.structs.replace(space(), gone=True, pending=True, by=ME)
    team.take_all(asked)  # the server has not said yes yet
    assert team.account > 0
    team.take_all(msgspec.structs.replace(space(), gone=True, by=ANA))
    assert team_spaces.all_(team.box.reader) == []
    words = [row.words for row in team_notices.unseen(team.box.reader)]
    assert words == [
        "Support was deleted for the whole team. What was here of it has been removed."
    ]
    while team.box.writer.run(leaving.step):
        pass
    assert messages_left(team) == 0
    sound(team)


def messages_left(team):
    return team.box.reader.execute("SELECT count(*) FROM messages").fetchone()[0]


def test_the_mailbox_behind_it_may_be_an_account_here_too(team):
    team.take(conv("c", inbox=True), mail("m", "c"))
    team.take_all(space(address="ben@example.org"))
    assert accounts.get(team.box.reader, team.account).settings.address == "ben@example.org"
    assert accounts.by_address(team.box.reader, "ben@example.org").id == team.box.account


def test_mail_is_grouped_by_the_spaces_conversations_and_by_nothing_else(team):
    same = {"references": ["a@example.org"], "subject": "Re: same"}
    team.take(conv("c"), conv("d"), mail("m", "c", **same), mail("n", "d", **same), mail("o", "c"))
    here = [team_conversations.here(team.box.reader, team.account, name(c)) for c in ("c", "d")]
    found = conversations.rows(team.box.reader, here)
    assert [found[each].messages for each in here] == [2, 1]
    team.take(mail("n", "c", **same))  # somebody moved it over
    found = conversations.rows(team.box.reader, here)
    assert (found[here[0]].messages, here[1] in found) == (3, False)
    sound(team)


def test_mail_comes_before_its_conversation_and_a_comment_before_both(team):
    team.take(comment("k", "c", "Look at this", mentions=[ME]))
    team.take(mail("m", "c"))
    assert team.places("c") == {Place.MINE}
    team.take(conv("c", inbox=True))
    assert team.places("c") == {Place.TEAM, Place.MINE}
    sound(team)


def test_ones_own_state_may_come_before_the_conversation(team):
    team.take_own(own("c", read=NOON, starred=True, archived=NOON))
    team.take(conv("c", inbox=True), mail("m", "c"))
    assert team.places("c") == {Place.ARCHIVE}
    here = team_conversations.here(team.box.reader, team.account, name("c"))
    row = conversations.rows(team.box.reader, [here])[here]
    assert (row.unread, row.starred) == (0, 1)


def test_a_change_of_the_header_moves_all_its_mail(team):
    team.take(conv("c", inbox=True), mail("m", "c"), mail("n", "c", out=True))
    assert team.places("c") == {Place.TEAM, Place.SENT}
    team.take(conv("c", assignees=[ME], since=NOON))
    assert team.places("c") == {Place.MINE, Place.SENT}
    team.take(conv("c", st="closed", since=NOON + 1))
    assert team.places("c") == {Place.CLOSED, Place.SENT}
    team.take(conv("c", st="trash"))
    assert team.places("c") == {Place.TRASH}
    sound(team)


def test_what_was_snoozed_comes_back_by_the_clock(team):
    from missive_desktop.team.spaces import placing

    team.take(conv("c", inbox=True), mail("m", "c"))
    team.take_own(own("c", snoozed=NOON + 60_000, snoozed_at=NOON))
    assert team.places("c") == {Place.SNOOZED}
    assert team_conversations.next_due(team.box.reader) == NOON + 60_000
    users = {team.team: ME}
    run = team.box.writer.run
    run(lambda conn, changes: placing.wake(conn, users, NOON + 59_999, changes))
    assert team.places("c") == {Place.SNOOZED}
    run(lambda conn, changes: placing.wake(conn, users, NOON + 60_000, changes))
    assert team.places("c") == {Place.TEAM, Place.MINE}
    assert team_conversations.next_due(team.box.reader) == 0


def test_comments_tasks_labels_people_and_seats_are_kept(team):
    team.take_all(member(ANA, "Ana"), member(BEN, "Ben", "admin"), label("urgent"))
    team.take(
        conv("c", labels=[name("urgent")]), mail("m", "c"), seat(ANA), seat(BEN, "observer"),
        comment("k", "c", "Refund?", mentions=[BEN]), task("t", "c", "Call them", due=NOON),
    )  # fmt: skip
    conn = team.box.reader
    (said,) = team_talk.comments(conn, team.account, name("c"))
    assert (said.author, said.text, said.mentions) == (ANA, "Refund?", (BEN,))
    (todo,) = team_talk.tasks(conn, team.account, name("c"))
    assert (todo.title, todo.state, todo.due) == ("Call them", "todo", NOON)
    assert {p.name: p.role for p in team_spaces.people(conn, team.team).values()} == {
        "Ana": "member", "Ben": "admin",
    }  # fmt: skip
    kinds = {user: row.kind for user, row in team_spaces.seats(conn, SCOPE).items()}
    assert kinds == {ANA: "active", BEN: "observer"}
    team.take(gone(comment("k", "c", "")), gone(seat(BEN)))
    assert team_talk.comments(conn, team.account, name("c")) == []
    assert list(team_spaces.seats(conn, SCOPE)) == [ANA]
    sound(team)


def test_a_body_that_makes_no_sense_stops_nothing(team):
    team.take(conv("c", {"subject": 7}), mail("m", "c", sender="nobody"), mail("n", "c"))
    here = team_conversations.here(team.box.reader, team.account, name("c"))
    assert len(messages.in_conversation(team.box.reader, here)) == 2


def test_a_purge_leaves_nothing_of_a_space(team):
    team.box.add([team.box.arrival(1)])  # so that the index is not emptied as a whole
    team.take_all(space(), label("urgent"))
    team.take(conv("c", labels=[name("urgent")], assignees=[ANA]), mail("m", "c"), seat(ANA))
    team.take(comment("k", "c", "secret marmalade"), task("t", "c", "secret marmalade"))
    account = team.account

    def forget(conn, changes):

        row = team_scopes.get(conn, team.team, SCOPE)
        team.projection.forget(conn, row, changes)

    run = team.box.writer.run
    run(forget)
    conn = team.box.reader
    assert team.account == 0
    assert accounts.get(conn, account) is None
    assert account not in {row.id for row in accounts.all_(conn)}
    assert search.count(conn, parse("customer"), now=NOON // 1000) == 0
    assert search.count(conn, parse("marmalade"), now=NOON // 1000) == 0
    sql = "SELECT count(*) FROM listing AS l JOIN folders AS f ON f.id = l.folder_id"
    assert conn.execute(f"{sql} WHERE f.account_id = ?", (account,)).fetchone() == (0,)
    assert leaving.pending(conn)
    while run(leaving.step):
        pass
    assert not leaving.pending(conn)
    for (table,) in conn.execute(
        "SELECT m.name FROM sqlite_master AS m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM"
        " pragma_table_info(m.name) AS c WHERE c.name = 'account_id')"
    ).fetchall():
        sql = f"SELECT count(*) FROM {table} WHERE account_id = ?"
        assert conn.execute(sql, (account,)).fetchone() == (0,), table
    for table in ("team_seats", "team_texts", "team_marks"):
        assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    for table in ("search", "team_search"):
        sql = f"SELECT count(*) FROM {table} WHERE {table} MATCH 'marmalade OR customer'"
        assert conn.execute(sql).fetchone() == (0,)
    sound(team)
    assert indexing.is_stale(conn)
    while run(lambda conn, _: indexing.merge_step(conn)):
        pass
    assert not indexing.is_stale(conn)
    blocks = conn.execute("SELECT block FROM search_data UNION SELECT block FROM team_search_data")
    assert not any(b"armalade" in block or b"ustomer" in block for (block,) in blocks.fetchall())
    team.take(conv("c"), mail("m", "c"))  # and it may come again
    assert team.places("c") == {Place.ARCHIVE}


ROWS = [
    conv("c", inbox=True, last=NOON + 9),
    conv("d", assignees=[ME], since=NOON, labels=[name("urgent")]),
    conv("e", st="closed"),
    mail("m", "c"),
    mail("n", "c", NOON + 5000, out=True),
    mail("o", "d", NOON + 7000),
    mail("p", "e"),
    comment("k", "c", "first", mentions=[ME]),
    comment("l", "e", "second", NOON + 3),
    task("t", "d", "Call"),
    label("urgent"),
    seat(ME),
]
OWN_ROWS = [own("d", archived=NOON + 1), own("c", read=NOON, starred=True)]


def picture(team):
    """Everything that the window shows, without the numbers that only this store gives."""
    conn = team.box.reader
    shown = conn.execute(
        "SELECT t.conv, f.name, c.subject, c.messages, c.unread, c.starred, c.people, l.unread,"
        " l.latest >> 20 FROM listing AS l JOIN folders AS f ON f.id = l.folder_id"
        " JOIN conversations AS c ON c.id = l.conversation_id"
        " JOIN team_conversations AS t ON t.conversation_id = c.id"
    ).fetchall()
    tables = [
        conn.execute(f"SELECT {columns} FROM {table}").fetchall()
        for table, columns in (
            ("team_comments", "id, conv, author, at, text, mentions"),
            ("team_tasks", "id, conv, title, state"),
            ("team_labels", "scope, id, name"),
            ("team_seats", "scope, id, user"),
            ("team_marks", "kind, value, conv"),
            ("team_messages", "id, conv, out, at"),
            ("team_conversations", "conv, known, state, assignees, wakes"),
        )
    ]
    return [sorted(rows) for rows in (shown, *tables)]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    with mailbox(tmp_path_factory.mktemp("wanted")) as box:
        team = TeamBox(box)
        team.take(*ROWS)
        team.take_own(*OWN_ROWS)
        return picture(team)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_any_batches_lead_to_the_same(tmp_path_factory, wanted, chance, size):
    rows = [(SCOPE, row) for row in ROWS] + [("own", row) for row in OWN_ROWS]
    old = [(SCOPE, conv("c", assignees=[ANA])), (SCOPE, mail("m", "d"))]
    chance.shuffle(rows)
    rows = old + rows + chance.sample(rows, 3)
    with mailbox(tmp_path_factory.mktemp("any")) as box:
        team = TeamBox(box)
        while rows:
            scope = rows[0][0]
            batch = []
            while rows and rows[0][0] == scope and len(batch) < size:
                batch.append(rows.pop(0)[1])
            if scope == SCOPE:
                team.take(*batch, early=chance.random() < 0.5)
            else:
                team.take_own(*batch)
        assert picture(team) == wanted
        if random.Random(size).random() < 0.3:
            sound(team)


def test_what_was_made_ready_counts_only_for_the_very_row(team):
    old, new = mail("m", "c", subject="Old"), mail("m", "c", subject="New")
    made = [team.early(confirmed(old), confirmed(mail("other", "c")))]
    prepared = team.projection.prepare(team.box.writer.run(scope_of(team)), [new], made)

    assert [each.digest.subject for each in prepared.envelopes] == ["New"]


def scope_of(team):
    return lambda conn, changes: team_scopes.ensure(conn, team.team, SCOPE, changes)


@pytest.mark.parametrize("seed", range(3))
def test_open_conversations_are_counted_along(team, seed):
    chance = random.Random(seed)
    words = ("c", "d", "e", "f")

    def step():
        of = chance.choice(words)
        kind = chance.choice(("conv", "conv", "mail", "gone", "no mail", "again"))
        if kind == "mail":
            return mail(chance.choice("mn") + of, of)
        if kind == "gone":
            return gone(conv(of))
        if kind == "no mail":
            return gone(mail(chance.choice("mn") + of, of))
        marks = {
            "labels": chance.sample((name("red"), name("blue")), chance.randint(0, 2)),
            "assignees": chance.sample((ME, ANA, BEN), chance.randint(0, 3)),
        }
        return conv(of, st=chance.choice(("open", "open", "closed", "trash")), **marks)

    for _ in range(30):
        team.take(*(step() for _ in range(chance.randint(1, 4))))
        assert team_conversations.miscounted(team.box.reader) == []
    counts = team_lists.open_counts(team.box.reader), team_lists.label_counts(team.box.reader)
    team.box.writer.run(lambda conn, _: team_conversations.recount(conn))
    assert counts == (
        team_lists.open_counts(team.box.reader),
        team_lists.label_counts(team.box.reader),
    )
    team.box.writer.run(lambda conn, changes: projection.purge(conn, SCOPE, changes))
    assert team_lists.label_counts(team.box.reader) == {}
    while team.box.writer.run(leaving.step):
        assert team_conversations.miscounted(team.box.reader) == []
    assert team_lists.open_counts(team.box.reader) == {}


def test_a_rebuild_keeps_the_conversations_of_a_space(team):
    same = {"references": ["a@example.org"], "subject": "Re: same"}
    team.take(conv("c"), conv("d", inbox=True), mail("m", "c", **same), mail("n", "d", **same))
    before = picture(team)
    run, store = team.box.writer.run, team.box.store
    run(lambda conn, changes: integrity.rebuild(conn, store, digesting.digest, changes))
    assert picture(team) == before
    sound(team)


def test_one_is_told_of_what_others_call_one_to_once(team):
    team.now = NOON + 1_000
    team.take(seat(ME), conv("c", inbox=True), mail("m", "c"))
    here = team_conversations.here(team.box.reader, team.account, name("c"))
    assigned = conv("c", assignees=[ME], since=NOON + 500)
    assert team.take(assigned).called == {here}
    assert team.take(assigned).called == set()
    assert team.take(comment("k", "c", "And?", NOON + 900)).called == {here}
    assert team.take(comment("l", "c", "Mine", NOON + 950, own=ME)).called == set()
    team.now = NOON + 3_600_000
    assert team.take(comment("o", "c", "Old", NOON + 1_000)).called == set()


def test_what_one_assigns_to_oneself_is_no_news(team):
    team.now = NOON + 1_000
    team.take(seat(ME), conv("c", inbox=True), mail("m", "c"))
    mine = msgspec.structs.replace(conv("c", assignees=[ME], since=NOON + 500), by=ME)
    assert team.take(mine).called == set()
    labelled = conv("c", assignees=[ME], since=NOON + 500, labels=[name("l")])
    assert team.take(labelled).called == set()
    assert team.take(conv("c", assignees=[ME, BEN], since=NOON + 600)).called == {
        team_conversations.here(team.box.reader, team.account, name("c"))
    }


def test_new_mail_of_the_team_is_told_to_active_members_only(team):
    team.now = NOON + 1_000
    team.take(seat(ME), conv("c", inbox=True))
    assert len(team.take(mail("m", "c")).arrived) == 1
    assert team.take(mail("m", "c")).arrived == set()
    assert team.take(mail("n", "c", NOON - 3_600_000)).arrived == set()
    team.take(seat(ME, "observer"))
    assert team.take(mail("o", "c", NOON + 10)).arrived == set()


def test_times_that_no_calendar_has_become_the_last_of_it(team):
    never = (1 << 53) - 1
    team.take_all(space())
    team.take(
        conv("c", inbox=True, last=never, since=never),
        mail("m", "c", at=never),
        mail("n", "c", date=-5),
        task("t", "c", "Ring", due=never),
        comment("s", "c", "said", at=never),
    )
    found = team.box.reader.execute("SELECT id FROM messages").fetchall()
    assert max(message_date(row[0]) for row in found) == LAST_SECOND
    assert team_talk.tasks(team.box.reader, team.account, name("c"))[0].due == LAST_SECOND * 1000
    sound(team)


def test_what_is_no_name_in_a_header_is_passed_over(team):
    team.take_all(space())
    team.take(conv("c", assignees=[7, ME, {}], labels=[None, name("red")]), mail("m", "c"))
    known = team_conversations.headers(team.box.reader, team.account, [name("c")])[name("c")]
    assert (known.assignees, known.labels) == ((ME,), (name("red"),))
