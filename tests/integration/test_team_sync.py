"""Members' devices on a real server: what one does, the others have; whatever the network does."""

from __future__ import annotations

from tests.servers.mates import Mate, Mates, until

from missive_desktop.domain.team import PendingState
from missive_desktop.store import team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.team import aside, organizing
from missive_wire import routes
from missive_wire.routes import UnpurgedAnswer, UnpurgedRequest


def assigned(mate: Mate, scope: str, conv: str) -> object:
    """Return to whom it is assigned; None while it has not come."""
    row = mate.rows(scope, "conv").get(conv)
    return row.h.get("assignees") if row else None


def test_what_one_does_the_other_has_opened_and_shown(mates: Mates) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    until(lambda: ana.whole(mates.scope) and ben.whole(mates.scope))
    conv = ana.conversation(mates.scope, "The marmalade is late")
    here = ana.shown(mates.scope, "conv", conv)
    assert here is not None
    assert "marmalade" in here.body  # at once, whatever the server does
    until(lambda: conv in ben.rows(mates.scope, "conv"))
    assert "marmalade" in ben.rows(mates.scope, "conv")[conv].body
    ben.patch(mates.scope, conv, "conversation.assigned", assignees=[ben.member.me.user], last=2)
    until(lambda: assigned(ana, mates.scope, conv) == [ben.member.me.user])
    until(lambda: not ana.pending() and not ben.pending())
    assert ana.state() == ben.state() == "ready"
    assert set(ana.notices()) <= {"joined"}  # Ben came a moment ago
    assert ben.notices() == []


def test_of_two_who_assign_at_once_one_is_told_and_may_insist(mates: Mates) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    conv = ana.conversation(mates.scope)
    until(lambda: conv in ben.rows(mates.scope, "conv"))
    ben.team.stop()
    me = ana.member.me.user
    ana.patch(mates.scope, conv, "conversation.assigned", {"assignees": []}, assignees=[me])
    until(lambda: not ana.pending())
    you = ben.member.me.user
    [late] = ben.patch(
        mates.scope, conv, "conversation.assigned", {"assignees": []}, assignees=[you]
    )
    shown = ben.shown(mates.scope, "conv", conv)
    assert shown is not None
    assert shown.h["assignees"] == [you]
    assert shown.pending
    ben.again()
    until(lambda: [p.state for p in ben.pending()] == [PendingState.CONFLICT])
    until(lambda: ben.rows(mates.scope, "conv")[conv].h["assignees"] == [me])
    shown = ben.shown(mates.scope, "conv", conv)
    assert shown is not None
    assert shown.h["assignees"] == [me]
    ben.team.redo(late)
    until(lambda: ana.rows(mates.scope, "conv")[conv].h["assignees"] == [you])


def test_a_line_that_breaks_drops_or_lies_still_leads_to_the_same(mates: Mates) -> None:
    ben, link = mates.join(), mates.link()
    ana, ben = mates.mate(), mates.mate(ben, link)
    until(lambda: ben.whole(mates.scope))
    conv = ana.conversation(mates.scope)
    until(lambda: conv in ben.rows(mates.scope, "conv"))
    link.drop_down = True  # it arrives there, and nothing comes back
    comments = [ben.comment(mates.scope, conv, f"number {n}") for n in range(3)]
    until(lambda: any(p.mid for p in ben.pending()))
    until(lambda: comments[0] in ana.rows(mates.scope, "comment"))
    link.drop_down = False
    link.reset()
    ben.team.again()
    until(lambda: not ben.pending())
    link.reset()
    ben.team.again()
    until(lambda: set(comments) == set(ana.rows(mates.scope, "comment")))
    until(lambda: set(comments) == set(ben.rows(mates.scope, "comment")))


def test_where_a_proxy_breaks_websockets_it_is_polled(mates: Mates) -> None:
    ben, link = mates.join(), mates.link()
    link.no_upgrade = True
    ana, ben = mates.mate(), mates.mate(ben, link)
    until(lambda: ben.whole(mates.scope) and ben.state() == "ready")
    conv = ana.conversation(mates.scope)
    until(lambda: conv in ben.rows(mates.scope, "conv"))
    until(lambda: ben.state() == "ready")
    vault, user = ana.team.vault, ben.member.me.user
    key = vault.newest(mates.scope)
    plan = organizing.take_seat(vault.roster, vault.me, key, mates.space, user)
    ana.team.submit(plan.intents)
    until(lambda: ben.scope(mates.scope) is None)
    until(lambda: not unpurged(mates))  # without a stream it is said as well


def unpurged(mates: Mates) -> set[tuple[str, str]]:
    calls, device = mates.owner.calls, mates.owner.me.device.id
    found = calls.post(routes.UNPURGED, UnpurgedRequest(device), UnpurgedAnswer).open
    return {(each.device, each.scope) for each in found}


def test_who_was_removed_while_away_hears_of_it_and_keeps_nothing(mates: Mates) -> None:
    ben, own = mates.join(), mates.owner
    ben = mates.mate(ben)
    until(lambda: ben.whole(mates.scope))
    ben.conversation(mates.scope, "The zanzibar file")
    until(lambda: not ben.pending())
    ben.team.stop()
    roster = own.roster(mates.root, mates.space)
    keys = {scope: own.key(scope) for scope, _ in own.keys}
    own.do(organizing.remove_member(roster, own.me, keys, ben.member.me.user))
    assert {device for device, _ in unpurged(mates)} == {ben.member.me.device.id}
    ben.again()
    until(lambda: ben.state() == "removed")
    until(lambda: "zanzibar" not in everything(ben))
    assert ben.notices() == ["taken_away"]
    until(lambda: not unpurged(mates))


def test_what_was_done_offline_is_kept_over_a_restart_and_sent(mates: Mates) -> None:
    ben, link = mates.join(), mates.link()
    link.refuse = True
    ana, ben = mates.mate(), mates.mate(ben, link)
    until(lambda: ben.state() == "offline")
    ben.team.stop()
    link.refuse = False
    ben.again()
    until(lambda: ben.whole(mates.scope))
    link.refuse = True
    link.reset()
    conv = ben.conversation(mates.scope, "Written on a plane")
    ben.again()
    assert [p.entity for p in ben.pending()] == [conv]
    link.refuse = False
    ben.team.again()
    until(lambda: conv in ana.rows(mates.scope, "conv"))


def test_who_loses_access_purges_at_once_and_nothing_is_left(mates: Mates) -> None:
    ben, own = mates.join(), mates.owner
    ben = mates.mate(ben)
    until(lambda: ben.whole(mates.scope))
    conv = ben.conversation(mates.scope, "The zanzibar file")
    ben.comment(mates.scope, conv, "zanzibar must not be known")
    until(lambda: not ben.pending())
    assert "zanzibar" in everything(ben)
    roster, key = own.roster(mates.root, mates.space), own.key(mates.scope)
    own.do(organizing.take_seat(roster, own.me, key, mates.space, ben.member.me.user))
    until(lambda: ben.scope(mates.scope) is None)
    assert ben.notices() == ["taken_away"]
    until(lambda: "zanzibar" not in everything(ben))
    assert ben.state() == "ready"


def test_who_is_removed_keeps_nothing_at_all(mates: Mates) -> None:
    ben, own = mates.join(), mates.owner
    ben = mates.mate(ben)
    until(lambda: ben.whole(mates.scope))
    conv = ben.conversation(mates.scope, "The zanzibar file")
    until(lambda: not ben.pending())
    roster = own.roster(mates.root, mates.space)
    keys = {scope: own.key(scope) for scope, _ in own.keys}
    own.do(organizing.remove_member(roster, own.me, keys, ben.member.me.user))
    until(lambda: ben.state() == "removed")
    assert team_scopes.all_(ben.reader, ben.id) == []
    week = now_ms() + aside.KEPT + 60_000
    ben.writer.run(lambda conn, _: aside.forget(conn, week))
    assert teams.private_keys(ben.reader, ben.id) == teams.NO_KEYS
    assert teams.token(ben.reader, ben.id) == ""
    until(lambda: "zanzibar" not in everything(ben))
    assert conv not in everything(ben)


def test_a_device_that_is_revoked_while_connected_keeps_nothing(mates: Mates) -> None:
    ben, own = mates.join(), mates.owner
    ben = mates.mate(ben)
    until(lambda: ben.whole(mates.scope))
    ben.conversation(mates.scope, "The zanzibar file")
    until(lambda: not ben.pending())
    roster = own.roster(mates.root, mates.space)
    keys = {scope: own.key(scope) for scope, _ in own.keys}
    own.do(organizing.revoke_device(roster, own.me, keys, ben.member.me.device.id))
    until(lambda: ben.state() == "removed")
    until(lambda: "zanzibar" not in everything(ben))
    assert ben.notices() == ["taken_away"]


def test_an_offline_copy_ends_with_its_lease_and_comes_back(mates: Mates) -> None:
    link = mates.link()
    ana = mates.mate(None, link)
    until(lambda: ana.whole(mates.scope))
    conv = ana.conversation(mates.scope, "The zanzibar file")
    until(lambda: not ana.pending() and conv in ana.rows(mates.scope, "conv"))
    link.refuse = True
    link.reset()
    ana.team.stop()
    kept = ana.conversation(mates.scope, "Not sent yet")
    week = 8 * 86_400_000
    ana.writer.run(lambda conn, _: conn.execute("UPDATE teams SET seen = seen - ?", (week,)))
    ana.again()
    until(lambda: "locked" in ana.notices())
    assert team_scopes.all_(ana.reader, ana.id) == []
    assert "zanzibar" not in everything(ana)
    assert [p.entity for p in ana.pending()] == [kept]
    link.refuse = False
    ana.team.again()
    until(lambda: {conv, kept} <= set(ana.rows(mates.scope, "conv")))
    until(lambda: ana.state() == "ready" and not ana.pending())


def everything(mate: Mate) -> str:
    """All that the decrypted database holds, word index included."""
    found = []
    tables = mate.reader.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')"
    ).fetchall()
    for (table,) in tables:
        for row in mate.reader.execute(f"SELECT * FROM {table}").fetchall():
            found += [v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(found)
