"""Mailboxes behind shared inboxes that are no more: own again, or forgotten."""

from __future__ import annotations

import msgspec
import pytest
from tests.factories import mailbox
from tests.team_factories import ALL, ANA, SCOPE, TeamBox, conv, mail, space

from missive_desktop.domain.serving import Options
from missive_desktop.domain.team import TeamState
from missive_desktop.engine import adopting
from missive_desktop.store import accounts, served, team_notices, team_scopes, teams
from missive_desktop.store.team_rows import EntityRow


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        team = TeamBox(box)
        team.take_all(space())
        team.take(conv("c", inbox=True), mail("m", "c"))
        yield team


def serve(team, handed=""):
    team.box.writer.run(
        lambda conn, changes: served.add(
            conn, SCOPE, team.team, team.box.account, Options(), changes, handed=handed
        )
    )


def read_whole(team, scope):
    def work(conn, _):
        row = team_scopes.get(conn, team.team, scope)
        team_scopes.save(conn, msgspec.structs.replace(row, e="e1", done=1))

    team.box.writer.run(work)


def leave(team):
    def work(conn, _):
        team_scopes.leave(conn, team_scopes.get(conn, team.team, SCOPE).id)

    team.box.writer.run(work)


def test_a_mailbox_is_let_go_of_when_its_space_was_deleted(team):
    serve(team)
    read_whole(team, ALL)
    leave(team)  # not heard of for long, say
    assert adopting.ended(team.box.store) == []
    team.take_all(msgspec.structs.replace(space(), gone=True, by=ANA))
    assert adopting.ended(team.box.store) == [SCOPE]
    assert adopting.let_go(team.box.writer, SCOPE) == 0
    assert accounts.get(team.box.reader, team.box.account).settings.kind == "mail"


def test_one_that_was_handed_here_goes_with_who_was_removed(team):
    serve(team, handed="by ana")
    assert adopting.ended(team.box.store) == []
    team.box.writer.run(
        lambda conn, changes: teams.set_state(conn, team.team, TeamState.REMOVED, "", changes)
    )
    assert adopting.ended(team.box.store) == [SCOPE]
    assert adopting.let_go(team.box.writer, SCOPE) == team.box.account
    assert accounts.get(team.box.reader, team.box.account) is None


def test_a_mailbox_that_no_admin_hands_over_is_not_taken_and_that_is_said_once(team):
    came = adopting.Came(SCOPE, EntityRow("mailbox", "m", "put", 5, 1, signed="eve"), None)
    for _ in range(2):
        adopting.take_in(team.box.writer, team.team, came)
        (said,) = team_notices.unseen(team.box.reader)
        assert said.kind == "not_taken"
    team.box.writer.run(lambda conn, changes: team_notices.see(conn, said.id, changes))
    adopting.take_in(team.box.writer, team.team, came)
    assert team_notices.unseen(team.box.reader) == []
    assert served.all_(team.box.reader) == []
