"""A server says that access ended: contents go at once, unsent work is not lost at its word."""

import msgspec
import pytest
from tests.factories import mailbox
from tests.team_factories import ALL, ME, SCOPE, TeamBox, comment, conv, mail, name, space

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.domain.team import Intent, PendingState
from missive_desktop.store import drafts, team_aside, team_pending, team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.teams import NO_KEYS, PrivateKeys
from missive_desktop.team import aside, outbox, purging, submitting
from missive_desktop.team.applying import TeamBooks
from missive_wire import limits

KEYS = {1: b"a" * 32, 2: b"b" * 32}
SEEDS = PrivateKeys(b"i" * 32, b"s" * 32, b"x" * 32)


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        team = TeamBox(box)
        team.take_all(space())
        team.take(conv("c", inbox=True), mail("m", "c"), comment("old", "c", "zanzibar"))

        account = team.account

        def work(conn, changes):
            team_scopes.add_keys(conn, team.team, SCOPE, KEYS, changes)
            teams.set_private_keys(conn, team.team, SEEDS)
            teams.set_token(conn, team.team, "token", changes)
            said = Intent("put", SCOPE, "comment", name("new"), "comment.added",
                          {"conv": name("c"), "mentions": []}, '{"text":"marmalade"}')  # fmt: skip
            submitting.submit(conn, team.team, [said], 1, team.projection, changes)
            to = (Address("Cara", "cara@example.org"),)
            draft = Draft(account, to=to, subject="orange", text="curd")
            drafts.save(conn, 0, draft, 1, changes)

        box.writer.run(work)
        yield team


def books(team):
    return TeamBooks(team.box.store, team.box.writer, team.team, team.projection, None)


def everything(team):
    tables = [row[0] for row in team.box.reader.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')"
    ).fetchall()]  # fmt: skip
    return "".join(
        str(row) for table in tables for row in team.box.reader.execute(f"SELECT * FROM {table}")
    )


def again(team, keys):
    def work(conn, changes):
        team_scopes.ensure(conn, team.team, SCOPE, changes)
        team_scopes.add_keys(conn, team.team, SCOPE, keys, changes)
        aside.back(conn, team.team, SCOPE, changes)

    team.box.writer.run(work)


@pytest.mark.parametrize("of", [SCOPE, ALL])
def test_nothing_is_readable_until_access_comes_back(team, of):
    purging.revoke(books(team), of)
    told = everything(team)
    assert not [word for word in ("zanzibar", "marmalade", "orange", "curd") if word in told]
    again(team, {1: KEYS[1]})  # another key than it was sealed under
    (denied,) = team_pending.open_(team.box.reader, team.team)
    assert (denied.state, denied.body) == ("denied", "")
    again(team, KEYS)
    (denied,) = team_pending.open_(team.box.reader, team.team)
    assert (denied.state, denied.body) == ("denied", '{"text":"marmalade"}')
    (draft,) = drafts.all_(team.box.reader)
    assert (draft.draft.subject, draft.draft.text) == ("orange", "curd")
    assert draft.account == team.account
    assert team_aside.of(team.box.reader, team.team, SCOPE) == []


def test_who_is_said_to_be_removed_can_sign_in_again_for_a_week(team):
    purging.revoke(books(team), ALL)
    assert teams.token(team.box.reader, team.team) == ""
    for later, kept in ((aside.KEPT - 60_000, SEEDS), (aside.KEPT + 60_000, NO_KEYS)):
        now = now_ms() + later
        team.box.writer.run(lambda conn, _, now=now: aside.forget(conn, now))
        assert teams.private_keys(team.box.reader, team.team) == kept
    assert team_aside.of(team.box.reader, team.team, SCOPE) == []
    assert ME in everything(team)


def test_drafts_outlive_a_lease_that_ran_out(team):
    heard = now_ms() - limits.OFFLINE_LEASE * 1000 - 1_000
    team.box.writer.run(lambda conn, _: teams.set_heard(conn, team.team, 1, heard + 60_000))
    assert not purging.expire(books(team), None)
    team.box.writer.run(lambda conn, _: teams.set_heard(conn, team.team, 1, heard))
    assert purging.expire(books(team), None)
    assert not purging.expire(books(team), None)  # it is done once
    purging.scrub(books(team))
    assert "curd" not in everything(team)
    assert len(team_pending.open_(team.box.reader, team.team)) == 1
    again(team, KEYS)
    assert [row.draft.text for row in drafts.all_(team.box.reader)] == ["curd"]


@pytest.mark.parametrize(("set_back", "state"), [(False, "done"), (True, "waiting")])
def test_what_was_accepted_is_sent_again_only_to_a_server_that_lost_it(team, set_back, state):
    def accepted(conn, changes):
        (one,) = team_pending.open_(conn, team.team)
        kept = msgspec.structs.replace(one, mid=7, state=PendingState.DONE, settled=now_ms())
        team_pending.save(conn, [kept], changes)

    def lost(conn, changes):
        found = team_pending.settled(conn, team.team, 6, 0)
        assert [(each.h, each.body) for each in found] == [({}, "")]
        team_pending.save(conn, outbox.rewound(found, 6), changes)

    team.box.writer.run(accepted)
    purging.revoke(books(team), SCOPE)
    if set_back:
        team.box.writer.run(lost)
        (denied,) = team_pending.open_(team.box.reader, team.team)
        assert (denied.state, denied.why) == ("denied", outbox.SET_BACK)
    again(team, KEYS)
    found = team_pending.get(team.box.reader, 1)
    assert (found.state, found.body, found.why) == (state, '{"text":"marmalade"}', "")
    assert found.mid == (0 if set_back else 7)


def test_what_was_refused_before_stays_so_and_is_not_readable(team):
    def refused(conn, changes):
        (one,) = team_pending.open_(conn, team.team)
        kept = msgspec.structs.replace(one, state=PendingState.GONE, why="It is gone.")
        team_pending.save(conn, [kept], changes)

    team.box.writer.run(refused)
    purging.revoke(books(team), SCOPE)
    assert "marmalade" not in everything(team)
    again(team, KEYS)
    (left,) = team_pending.open_(team.box.reader, team.team)
    assert (left.state, left.why, left.body) == ("gone", "It is gone.", '{"text":"marmalade"}')


def test_who_lets_go_of_what_was_refused_does_not_come_back_into_what_was_taken_away(team):
    purging.revoke(books(team), SCOPE)
    (denied,) = team_pending.open_(team.box.reader, team.team)
    team.box.writer.run(
        lambda conn, changes: submitting.drop(conn, denied.id, team.projection, changes)
    )
    assert team_pending.open_(team.box.reader, team.team) == []
    assert team_scopes.get(team.box.reader, team.team, SCOPE) is None
