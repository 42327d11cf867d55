"""The trail of a real server, followed by members' devices; and of one that lies.

What the server says is bent on its way into the client; what it signs is signed with its own key.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nacl.signing import SigningKey
from tests.servers.mates import Mate, Mates, until
from tests.servers.missive_server import TeamServer
from tests.servers.organization import Office
from tests.servers.postgres import PostgresServer
from tests.servers.trails import sign, signing_key

from missive_desktop.domain.team import Intent, TeamSettings
from missive_desktop.errors import KnownError
from missive_desktop.store import team_rows, team_scopes, team_trail, teams
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import evidence
from missive_desktop.team.calls import Calls
from missive_desktop.team.evidence import Evidence
from missive_desktop.team.trail import Trail
from missive_wire import chain, routes
from missive_wire.chain import Checkpoint, Head, Record, checkpoint_bytes
from missive_wire.ids import org_scope
from missive_wire.routes import (
    AuditPage,
    AuditRequest,
    EraseAnswer,
    EraseRequest,
    ReopenAnswer,
    ReopenRequest,
)

Bend = Callable[[AuditRequest, AuditPage], AuditPage]


class Liar:
    """The line to a server that says of its trail what `bend` makes of it."""

    def __init__(self, mate: Mate, bend: Bend) -> None:
        self._calls, self._bend = mate.team.calls, bend

    def post(self, path: str, value: Any, shape: Any, **more: Any) -> Any:
        answer = self._calls.post(path, value, shape, **more)
        return self._bend(value, answer) if path == routes.AUDIT else answer

    def get(self, path: str, shape: Any, **more: Any) -> Any:
        return self._calls.get(path, shape, **more)


def lying(mate: Mate, bend: Bend) -> Trail:
    """Have a device follow the trail of a server that lies."""
    trail = Trail(mate.team.books, Liar(mate, bend), mate.member.me.device.id)  # type: ignore[arg-type]
    mate.team.trail = trail
    return trail


def followed(mate: Mate, scope: str) -> Head:
    found = team_trail.chain(mate.reader, mate.id, scope)
    return found.hi if found else Head()


def head(mate: Mate, scope: str) -> Head:
    page = mate.team.calls.post(
        routes.AUDIT, AuditRequest(mate.member.me.device.id, scope), AuditPage
    )
    return Head(page.n, page.h)


def settled(mates: Mates, mate: Mate) -> None:
    """Have all signed that was done, and wait until the device has followed it, and read back."""
    until(lambda: mate.whole(mates.scope) and not mate.pending())
    end = head(mate, mates.scope)
    sign(mates.office.server)
    mate.team.catch_up()

    def read() -> bool:
        found = team_trail.chain(mate.reader, mate.id, mates.scope)
        return found is not None and found.hi.n >= end.n and found.lo.n == 0

    until(read)


def found(mate: Mate) -> list[str]:
    return [each.kind for each in team_trail.evidence(mate.reader, mate.id)]


def said(mate: Mate) -> str:
    return " ".join(each.words for each in team_trail.evidence(mate.reader, mate.id))


def busy(mates: Mates) -> tuple[Mate, str]:
    """Return a device that has followed a trail, and a conversation that the trail is about."""
    ana = mates.mate()
    conv = ana.conversation(mates.scope)
    settled(mates, ana)
    return ana, conv


def show(mate: Mate, org: str, heads: dict[str, Any], key: SigningKey, at: int) -> None:
    """Let the device see a checkpoint, as if it had come by the feed."""
    signature = key.sign(checkpoint_bytes(Checkpoint(org, at, heads))).signature
    header = {"at": at, "heads": heads, "sig": base64.b64encode(signature).decode()}

    def work(conn: Any, changes: Any) -> None:
        scope = team_scopes.get(conn, mate.id, org_scope(org))
        assert scope is not None
        row = team_rows.get(conn, scope.id, "ckpt", org)
        assert isinstance(row, EntityRow)
        team_rows.write(conn, scope.id, [msgspec.structs.replace(row, h=header)])

    mate.writer.run(work)


def last(mate: Mate) -> dict[str, Any]:
    text = team_trail.checkpoint(mate.reader, mate.id)
    return msgspec.json.decode(text, type=dict)


def test_what_was_done_is_followed_to_what_was_signed(mates: Mates) -> None:
    ana, conv = busy(mates)
    ana.patch(mates.scope, conv, "conversation.closed", st="closed")
    ana.comment(mates.scope, conv, "Done")
    settled(mates, ana)
    assert followed(ana, mates.scope) == head(ana, mates.scope)
    events = team_trail.of_conversation(ana.reader, ana.id, mates.scope, conv)
    assert [each.words for each in events] == ["started this", "closed", "commented"]
    assert {each.actor for each in events} == {ana.member.me.user}
    assert all(each.proven for each in events)
    whole = ana.team.trail.verify()
    assert not whole.findings
    assert whole.counts[mates.scope] == followed(ana, mates.scope).n
    assert set(whole.counts) == {s.scope for s in team_scopes.all_(ana.reader, ana.id)}
    row = teams.get(ana.reader, ana.id)
    assert row is not None
    assert row.server_key == bytes(signing_key(mates.office.server).verify_key)
    assert not found(ana)


def test_what_is_not_signed_yet_can_be_read_and_is_checked_later(mates: Mates) -> None:
    ana, conv = busy(mates)
    ana.patch(mates.scope, conv, "conversation.closed", st="closed")
    until(lambda: not ana.pending())
    ana.team.trail.look(mates.scope)
    events = team_trail.of_conversation(ana.reader, ana.id, mates.scope, conv)
    assert events[-1].act == "conversation.closed"
    settled(mates, ana)
    assert not found(ana)


def test_a_new_device_reads_back_and_what_is_older_when_it_is_asked_for(mates: Mates) -> None:
    ben = mates.join()
    ana, conv = busy(mates)
    other = mates.mate(ben, depth_days=1)
    until(lambda: followed(other, mates.scope).n)
    until(lambda: team_trail.of_conversation(other.reader, other.id, mates.scope, conv))
    asking = Trail(other.team.books, other.team.calls, other.member.me.device.id)
    with other.team.trail._lock:  # else the device itself reads back with the next checkpoint
        other.writer.run(lambda conn, _: team_trail.forget_old(conn, other.id, 1 << 60, 1 << 60))
        assert not team_trail.of_conversation(other.reader, other.id, mates.scope, conv)
        asking.look(mates.scope, conv)
        events = team_trail.of_conversation(other.reader, other.id, mates.scope, conv)
        assert [each.act for each in events] == ["conversation.created"]
        assert not events[0].proven
    other.team.trail.look_back(0)
    events = team_trail.of_conversation(other.reader, other.id, mates.scope, conv)
    assert [each.act for each in events] == ["conversation.created"]
    assert events[0].proven
    assert ana.member.me.user == events[0].actor


def test_a_scope_that_begins_while_others_are_followed_has_its_turn(mates: Mates) -> None:
    """Nothing else would wake it: the checkpoint is the last one for now."""
    ana, _ = busy(mates)
    ana.team.stop()
    scope = ana.scope(mates.scope)
    assert scope is not None

    def unread(conn: Any, changes: Any) -> None:
        team_scopes.save(conn, msgspec.structs.replace(scope, e=""))
        for each in team_scopes.all_(conn, ana.id):
            team_trail.forget(conn, ana.id, each.scope)

    def begins(request: AuditRequest, page: AuditPage) -> AuditPage:
        ana.writer.run(lambda conn, _: team_scopes.save(conn, scope))
        return page

    ana.writer.run(unread)
    device = ana.member.me.device.id
    with closing(Calls(ana.team.calls.url, TeamSettings(), lambda: ana.member.token)) as calls:
        ana.team.calls = calls
        trail = Trail(ana.team.books, Liar(ana, begins), device)  # type: ignore[arg-type]
        assert not trail.check()
        assert not followed(ana, mates.scope).n
        assert trail.check()
        assert followed(ana, mates.scope) == head(ana, mates.scope)


def forged(request: AuditRequest, page: AuditPage) -> AuditPage:
    """Somebody else did it."""
    records = [
        msgspec.structs.replace(each, by="00000000-0000-7000-8000-000000000000")
        if each.act == "conversation.closed"
        else each
        for each in page.records
    ]
    return msgspec.structs.replace(page, records=tuple(records))


def dropped(request: AuditRequest, page: AuditPage) -> AuditPage:
    records = tuple(each for each in page.records if each.act != "conversation.closed")
    return msgspec.structs.replace(page, records=records)


def truncated(request: AuditRequest, page: AuditPage) -> AuditPage:
    return msgspec.structs.replace(page, records=())


def reworded(request: AuditRequest, page: AuditPage) -> AuditPage:
    """The details are others, and there is no salt to tell by."""
    records = [
        msgspec.structs.replace(each, salt=b"", details={"st": "x"}) for each in page.records
    ]
    return msgspec.structs.replace(page, records=tuple(records))


def rewritten(request: AuditRequest, page: AuditPage) -> AuditPage:
    """All fits together, and is not what was signed."""
    if not page.records:
        return page
    at = Head(request.after, page.records[0].h)
    made: list[Record] = []
    for each in page.records:
        told = msgspec.structs.replace(each, by="nobody", salt=b"")
        numbered = msgspec.structs.replace(told, n=at.n + 1, details=None)
        made.append(msgspec.structs.replace(numbered, h=chain.link(at.h, request.scope, numbered)))
        at = Head(made[-1].n, made[-1].h)
    return msgspec.structs.replace(page, records=tuple(made))


@pytest.mark.parametrize("bend", [forged, dropped, truncated, reworded, rewritten])
def test_a_server_that_lies_about_what_was_done_is_found_out(mates: Mates, bend: Bend) -> None:
    ana, conv = busy(mates)
    lying(ana, bend)
    ana.patch(mates.scope, conv, "conversation.closed", st="closed")
    ana.comment(mates.scope, conv, "And more")
    until(lambda: not ana.pending())
    sign(mates.office.server)
    ana.team.catch_up()
    until(lambda: found(ana))
    assert "trail" in said(ana)
    assert "tampered" in ana.notices()
    shown = team_trail.evidence(ana.reader, ana.id)[0]
    assert shown.scope == mates.scope
    assert msgspec.json.decode(shown.shown)["here"]
    ana.team.trail.check()
    count = len(found(ana))
    ana.team.trail.check()
    assert len(found(ana)) == count  # said once


@pytest.mark.parametrize("bend", [forged, dropped, truncated, reworded, rewritten])
def test_a_lie_about_old_times_shows_when_the_whole_is_verified(mates: Mates, bend: Bend) -> None:
    ana, conv = busy(mates)
    ana.patch(mates.scope, conv, "conversation.closed", st="closed")
    settled(mates, ana)
    whole = lying(ana, bend).verify()
    assert {each.scope for each in whole.findings} >= {mates.scope}
    assert not lying(ana, lambda _, page: page).verify().findings


def test_a_checkpoint_by_another_key_is_not_taken(mates: Mates) -> None:
    ana, _ = busy(mates)
    org, before = ana.member.me.org, last(ana)
    show(ana, org, before["heads"], SigningKey.generate(), before["at"] + 1)
    ana.team.trail.check()
    assert found(ana) == ["signature"]
    assert last(ana) == before


def test_a_server_with_another_key_is_found_out(mates: Mates) -> None:
    ana, _ = busy(mates)
    other = bytes(SigningKey.generate().verify_key)
    ana.writer.run(lambda conn, _: teams.set_server_key(conn, ana.id, other))
    before = last(ana)
    ana.conversation(mates.scope)
    until(lambda: not ana.pending())
    sign(mates.office.server)
    ana.team.catch_up()
    until(lambda: found(ana) == ["key"])
    assert last(ana) == before


def test_heads_that_go_back_or_change_are_found_out(mates: Mates) -> None:
    ana, _ = busy(mates)
    org, key, before = ana.member.me.org, signing_key(mates.office.server), last(ana)
    n, h = before["heads"][mates.scope]
    shorter = before["heads"] | {mates.scope: (n - 1, h)}
    show(ana, org, shorter, key, before["at"] + 1)
    ana.team.trail.check()
    assert "shorter" in found(ana)
    assert "shorter" in said(ana)
    show(ana, org, before["heads"] | {mates.scope: (n - 1, "ab" * 32)}, key, before["at"] + 2)
    ana.team.trail.check()
    assert set(found(ana)) >= {"shorter", "other"}
    show(ana, org, before["heads"] | {mates.scope: (n, h)}, key, before["at"] - 1)
    ana.team.trail.check()
    assert "earlier" in found(ana)


def test_details_that_were_erased_verify(mates: Mates) -> None:
    ana, conv = busy(mates)
    ana.patch(mates.scope, conv, "conversation.closed", st="closed")

    def bare(request: AuditRequest, page: AuditPage) -> AuditPage:
        return msgspec.structs.replace(page, records=tuple(map(chain.erased, page.records)))

    lying(ana, bare)
    settled(mates, ana)
    assert not ana.team.trail.verify().findings
    assert not found(ana)


def test_two_who_are_shown_different_trails_see_it_when_they_compare(mates: Mates) -> None:
    """Each of the two holds together, and is signed: only side by side do they differ."""
    ben = mates.join()
    ana, _ = busy(mates)
    other = mates.mate(ben)
    settled(mates, other)
    key, org = signing_key(mates.office.server), ana.member.me.org
    mine = team_trail.hashes(ana.reader, ana.id, [mates.scope])
    heads = last(other)["heads"]
    forked = heads | {mates.scope: (heads[mates.scope][0], "cd" * 32)}
    records = {mates.scope: tuple(team_trail.records(ana.reader, ana.id, mates.scope, 0, 100))}
    signature = key.sign(checkpoint_bytes(Checkpoint(org, 5, forked))).signature
    header = {"at": 5, "heads": forked, "sig": base64.b64encode(signature).decode()}
    given = Evidence(1, org, 5, bytes(key.verify_key), header, records)
    assert "forked" in {each.kind for each in evidence.compared(given, "Ben", mine)}
    assert not evidence.compared(
        Evidence(1, org, 5, bytes(key.verify_key), last(other), records), "Ben", mine
    )


def test_what_is_erased_is_gone_here_as_well_and_the_trail_holds(mates: Mates) -> None:
    ben = mates.join()
    ana, conv = busy(mates)
    other = mates.mate(ben)
    settled(mates, other)
    ana.comment(mates.scope, conv, "A secret word")
    until(lambda: len(other.rows(mates.scope, "comment")) == 1 and not ana.pending())
    device = ben.me.device.id
    asked = EraseRequest(device, mates.scope, conv)
    with pytest.raises(KnownError):
        other.team.calls.post(routes.ERASURES, asked, EraseAnswer)
    asked = EraseRequest(ana.member.me.device.id, mates.scope, conv)
    assert ana.team.calls.post(routes.ERASURES, asked, EraseAnswer).erased == 2
    until(lambda: not other.rows(mates.scope, "comment"))
    until(lambda: not other.rows(mates.scope, "conv") and not ana.rows(mates.scope, "conv"))
    settled(mates, ana)
    for mate in (ana, other):
        text = mate.reader.execute("SELECT group_concat(body) FROM team_rows").fetchone()[0]
        assert "secret" not in text
    assert not ana.team.trail.verify().findings
    assert not found(ana)
    assert not found(other)


def test_each_act_and_each_read_stands_in_it_once(mates: Mates) -> None:
    ana, conv = busy(mates)
    before = followed(ana, mates.scope).n
    message = ana.message(mates.scope, {"conv": conv, "out": False, "at": 1, "size": 0, "blob": ""})
    acts = ["conversation.closed", "conversation.reopened"]
    for act, state in zip(acts, ("closed", "open"), strict=True):
        ana.patch(mates.scope, conv, act, st=state)
    refused = ana.patch(mates.scope, conv, "conversation.restored", st="open")
    note = Intent("note", mates.scope, "msg", message, "attachment.opened", {"part": 2})
    ana.team.submit([note])
    until(lambda: all(p.id in refused for p in ana.pending()))
    ana.team.drop(refused[0])
    settled(mates, ana)
    records = team_trail.records(ana.reader, ana.id, mates.scope, before, 100)
    assert [each.act for each in records] == ["message.added", *acts, "attachment.opened"]
    assert [bool(each.seq) for each in records] == [True, True, True, False]
    rows = {row.seq for row in ana.rows(mates.scope, "msg").values()}
    assert records[0].seq in rows


def test_on_postgresql_as_well(postgres: PostgresServer, tmp_path: Path) -> None:
    server = TeamServer(tmp_path / "server", "--database", postgres.database()).start()
    office = Office(server)
    mates = Mates(tmp_path / "mates", office, "pg")
    try:
        ana, conv = busy(mates)
        ana.patch(mates.scope, conv, "conversation.closed", st="closed")
        settled(mates, ana)
        asked = EraseRequest(ana.member.me.device.id, mates.scope, conv)
        assert ana.team.calls.post(routes.ERASURES, asked, EraseAnswer).erased == 1
        settled(mates, ana)
        assert not ana.team.trail.verify().findings
        assert not found(ana)
        row = ana.scope(org_scope(ana.member.me.org))
        assert row is not None
        reopen = ReopenRequest(ana.member.me.device.id, row.e, row.hi)
        assert ana.team.calls.post(routes.REOPEN, reopen, ReopenAnswer).open
    finally:
        mates.close()
        office.close()
        server.kill()


def test_two_who_are_shown_different_trails_find_out_by_themselves(mates: Mates) -> None:
    """The server makes up another last entry for Ana alone, and signs it. All that she writes from
    then on says what she was shown."""
    member = mates.join()
    ana, conv = busy(mates)
    ben = mates.mate(member)
    settled(mates, ben)
    ana.patch(mates.scope, conv, "conversation.closed", st="closed")
    until(lambda: not ana.pending())
    scope, org, key = mates.scope, ana.member.me.org, signing_key(mates.office.server)
    asked = AuditRequest(ana.member.me.device.id, scope)
    *_, before, true = ana.team.calls.post(routes.AUDIT, asked, AuditPage).records
    other = msgspec.structs.replace(true, by="nobody", salt=b"", details=None)
    other = msgspec.structs.replace(other, h=chain.link(before.h, scope, other))

    def fork(request: AuditRequest, page: AuditPage) -> AuditPage:
        records = [other if each == true else each for each in page.records]
        return msgspec.structs.replace(page, records=tuple(records))

    trail, known = lying(ana, fork), last(ana)
    show(ana, org, known["heads"] | {scope: (other.n, other.h.hex())}, key, known["at"] + 1)
    trail.check()
    assert followed(ana, scope) == Head(other.n, other.h)
    assert not found(ana)
    said_by_ana = ana.comment(scope, conv, "Do you see this?")
    until(lambda: said_by_ana in ben.rows(scope, "comment"))
    settled(mates, ben)
    until(lambda: found(ben) == ["forked"])
    assert "two histories" in said(ben)
    assert "tampered" in ben.notices()
    ben.team.trail.check()
    assert found(ben) == ["forked"]
