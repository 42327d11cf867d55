"""What a server that went back shows again is taken away again, by whoever knows and may."""

from __future__ import annotations

from tests.people import founded

from missive_desktop.team import organizing
from missive_desktop.team.restored import taken_away
from missive_wire.ids import org_scope, space_scope


def test_what_was_taken_away_is_offered_anew_by_any_admin() -> None:
    team, ana = founded()
    space = team.space(ana)
    bea = team.member(ana, "admin")
    ben, cat = team.member(ana, "member", [space]), team.member(ana, "member", [space])
    link = team.invite(ana, "guest")
    before = dict(team.rows)
    team.send(organizing.remove_member(team.roster(ana), ana.me, team.keys(ana), ben.user))
    key = team.keys(ana)[space_scope(space)]
    team.send(organizing.take_seat(team.roster(ana), ana.me, key, space, cat.user))
    team.send(organizing.withdraw(team.roster(ana), ana.me, team.keys(ana), link.invite))
    assert taken_away(team.roster(bea), bea.me, team.shown()) == []
    after = team.rows
    team.rows = before  # the server goes back
    again = taken_away(team.roster(bea), bea.me, team.shown())
    assert {(each.act, each.scope) for each in again} == {
        ("member.removed", org_scope(team.org)),
        ("seat.taken", space_scope(space)),
        ("invite.withdrawn", org_scope(team.org)),
    }
    for each in again:
        assert each.h["cert"] == after[each.scope, each.t, each.id].h["cert"]  # signed by Ana
    team.send(again)
    assert taken_away(team.roster(bea), bea.me, team.shown()) == []
    assert taken_away(team.roster(cat), cat.me, team.shown()) == []


def test_of_two_who_change_the_same_at_once_the_second_looks_again() -> None:
    """What each saw goes along, so the server tells the second one of the first."""
    team, ana = founded()
    ben = team.member(ana)
    first = organizing.change_role(team.roster(ana), ana.me, ben.user, "admin")
    second = organizing.remove_member(team.roster(ana), ana.me, team.keys(ana), ben.user)
    seen = team.rows[org_scope(team.org), "member", ben.user].h["cert"]
    assert first.intents[-1].pre == {"cert": seen}
    team.send(first)
    now = team.rows[org_scope(team.org), "member", ben.user].h["cert"]
    gone = next(each for each in second.intents if each.act == "member.removed")
    assert gone.pre == {"cert": seen} != {"cert": now}


def test_the_key_of_the_trail_comes_with_the_invitation() -> None:
    team, ana = founded()
    made = organizing.invite(
        team.roster(ana), ana.me, team.keys(ana), team.url, "member", [], ("", ""), 0, b"s" * 32
    )
    team.send(made.plan)
    assert team.roster(ana).invites[made.invitation.invite].server == b"s" * 32
