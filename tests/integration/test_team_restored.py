"""A server that goes back to a backup, files over a line that breaks, a client that is killed."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.servers.mates import Mate, Mates, until
from tests.servers.missive_server import TeamServer
from tests.servers.organization import Member
from tests.servers.trails import sign

from missive_desktop.engine import trails
from missive_desktop.errors import KnownError
from missive_desktop.store.packs import PackWriter
from missive_desktop.team import blobs, organizing, setback
from missive_desktop.team.calls import Busy, SignedOut
from missive_desktop.team.keys.trouble import Tampered
from missive_desktop.team.setback import Restore
from missive_wire import limits, routes
from missive_wire.feed import PullAnswer, PullRequest


def test_a_restored_server_gets_back_what_it_had_acknowledged(
    own_mates: Mates, tmp_path: Path
) -> None:
    server, scope = own_mates.office.server, own_mates.scope
    ben = own_mates.join()
    ana, ben = own_mates.mate(), own_mates.mate(ben)
    first = ana.conversation(scope, "Before the backup")
    until(lambda: first in ben.rows(scope, "conv") and not ana.pending())
    run(server, "backup", str(tmp_path / "backup"))
    later = [ana.conversation(scope, "After it"), ben.conversation(scope, "By the other")]
    until(lambda: set(later) <= set(ana.rows(scope, "conv")) and not ben.pending())
    until(lambda: set(later) <= set(ben.rows(scope, "conv")) and not ana.pending())
    sign(server)
    for mate in (ana, ben):
        assert not trails.verified(mate.team)["before"]
    server.stop()
    run(server, "restore", str(tmp_path / "backup"), "--replace")
    server.start()
    for mate in (ana, ben):
        mate.team.again()
    until(lambda: "restored" in ana.notices() and "restored" in ben.notices(), 120)
    wanted = {first, *later}
    until(lambda: set(ana.rows(scope, "conv")) == wanted == set(ben.rows(scope, "conv")), 120)
    until(lambda: not ana.pending() and not ben.pending() and ana.whole(scope))
    for mate in (ana, ben):
        fresh = mate.reader.execute("SELECT count(*) FROM team_rows WHERE seq = 0").fetchone()
        assert fresh == (0,)  # nothing is left of what the server does not have
    sign(server)
    _accepted(ana, ben)


def _accepted(ana: Mate, ben: Mate) -> None:
    """Both were shown a trail that is cut off now: it says why, until an admin accepts that."""
    told = [trails.verified(each.team) for each in (ana, ben)]
    [restore] = told[0]["restores"]
    for each in told:
        assert each["before"]
        assert {row[4] for row in each["before"]} == {restore["epoch"]}
        assert (each["findings"], each["restores"]) == ([], [restore])
    assert restore["by"] == ""
    about = Restore(restore["epoch"], restore["at"], restore["made"])
    said = setback.acceptance(ana.member.me.org, about)
    ben.team.submit([said])
    until(lambda: [each.why for each in ben.pending()] == ["not in this role"])
    ana.team.submit([said])
    until(lambda: not ana.pending())
    for each in (ana, ben):
        again = trails.verified(each.team)["restores"]
        assert [found["by"] for found in again] == [ana.member.me.user]


def test_a_file_goes_up_again_to_a_server_that_lost_it(own_mates: Mates, tmp_path: Path) -> None:
    server, scope = own_mates.office.server, own_mates.scope
    member = own_mates.join()
    ana, ben = own_mates.mate(), own_mates.mate(member)
    until(lambda: ana.whole(scope) and (row := ana.scope(scope)) is not None and row.account)
    run(server, "backup", str(tmp_path / "backup"))
    account = ana.scope(scope).account  # type: ignore[union-attr]
    packs = PackWriter(ana.store.packs)
    ready = blobs.seal(packs, io.BytesIO(b"as it was" * 1000))
    packs.close()
    ana.writer.run(lambda conn, _: blobs.keep_up(conn, ana.id, account, scope, "", ready))
    conv = ana.conversation(scope)
    header = {"conv": conv, "out": False, "at": 1, "size": 9, "blob": ready.blob.hash}
    message = ana.message(scope, header)
    until(lambda: message in ben.rows(scope, "msg") and not ana.pending())
    server.stop()
    run(server, "restore", str(tmp_path / "backup"), "--replace")
    server.start()
    for mate in (ana, ben):
        mate.team.again()
    until(lambda: "restored" in ana.notices(), 120)
    until(lambda: message in ana.rows(scope, "msg") and message in ben.rows(scope, "msg"), 120)
    until(lambda: not ana.pending())
    found = ben.team.files.bytes_of(ben.scope(scope).account, scope, ready.blob.hash, ready.key)  # type: ignore[union-attr]
    assert found == b"as it was" * 1000


def run(server: TeamServer, *arguments: str) -> None:
    command = server.command(*arguments, "--data", str(server.data))
    done = subprocess.run(
        command, env=server.environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_file_goes_up_and_down_though_the_line_breaks(mates: Mates) -> None:
    link = mates.link()
    ana = mates.mate(None, link)
    until(lambda: ana.whole(mates.scope) and (row := ana.scope(mates.scope)) and row.account)
    row = ana.scope(mates.scope)
    assert row is not None
    content = os.urandom(9 << 20)
    packs = PackWriter(ana.store.packs)
    ready = blobs.seal(packs, io.BytesIO(content))
    packs.close()
    ana.writer.run(lambda conn, _: blobs.keep_up(conn, ana.id, row.account, row.scope, "", ready))
    link.delay = 0.002
    ana.team.poke()
    until(lambda: ana.reader.execute("SELECT count(*) FROM team_blobs").fetchone()[0])
    link.reset()
    ana.team.poke()
    conv = ana.conversation(mates.scope)
    header = {"conv": conv, "out": False, "at": 1, "size": len(content), "blob": ready.blob.hash}
    message = ana.message(mates.scope, header)
    until(lambda: message in ana.rows(mates.scope, "msg"), 120)  # not before its file is there
    until(lambda: not ana.pending())
    assert ana.reader.execute("SELECT DISTINCT way FROM team_blobs").fetchall() == [("kept",)]
    link.delay = 0.0
    hash_, account = ready.blob.hash, row.account
    got = ana.team.files.bytes_of(account, mates.scope, hash_, ready.key)
    assert got == content
    with pytest.raises(Tampered):
        ana.team.files.bytes_of(account, mates.scope, hash_, os.urandom(32))
    with pytest.raises(KnownError):
        ana.team.files.bytes_of(account, mates.scope, "0" * 64, ready.key)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from tests.factories import KEY
    from missive_desktop.domain.team import Intent
    from missive_desktop.profile import Profile
    from missive_desktop.store import database, teams
    from missive_desktop.store.writer import Writer
    from missive_desktop.team import calls, sending
    from missive_desktop.team.spaces.projection import SpaceProjection
    from missive_desktop.team.team import Team
    from missive_wire.ids import new_id

    directory, scope, conv, point = sys.argv[1:]
    store = database.create_or_open(Profile(Path(directory)), KEY)
    writer = Writer(store, lambda changes: None)
    team = Team(store, writer, 1, SpaceProjection(store.packs))

    def die(*given, **more):
        os.kill(os.getpid(), signal.SIGKILL)

    real = calls.Calls.post
    def post(self, path, value, shape, **more):
        if path == "/v1/mutate" and value.muts:
            if point == "numbered":
                die()
            answer = real(self, path, value, shape, **more)
            if point == "answered":
                die()
            return answer
        return real(self, path, value, shape, **more)
    calls.Calls.post = post
    team.start()
    header = {"conv": conv, "mentions": []}
    for number in range(3):
        id_ = new_id()
        body = '{"text": "said %d"}' % number
        team.submit([Intent("put", scope, "comment", id_, "comment.added", header, body)])
        print(id_, flush=True)
    import time
    time.sleep(200)
"""


@pytest.mark.parametrize("point", ["numbered", "answered"])
def test_a_client_that_is_killed_loses_nothing_and_says_nothing_twice(
    mates: Mates, point: str
) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    conv = ana.conversation(mates.scope)
    until(lambda: conv in ben.rows(mates.scope, "conv") and ben.whole(mates.scope))
    ben.close()
    mates.made.remove(ben)
    script = textwrap.dedent(KILLED)
    done = subprocess.run(
        [sys.executable, "-c", script, str(ben.directory), mates.scope, conv, point],
        capture_output=True, text=True, timeout=240, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    said = done.stdout.split()
    assert said
    again = Mate(ben.directory, ben.member, mates.root, mates.office.server.url)
    mates.made.append(again.start())
    until(lambda: set(said) <= set(ana.rows(mates.scope, "comment")))
    until(lambda: not again.pending())
    assert all(row.v == 1 for row in ana.rows(mates.scope, "comment").values())


def test_who_was_removed_since_the_backup_stays_out(own_mates: Mates, tmp_path: Path) -> None:
    """Their old session is good again in the backup. Only an owner gets in, and removes them."""
    server, scope = own_mates.office.server, own_mates.scope
    leaver, stays = own_mates.join(), own_mates.join()
    ana, cho = own_mates.mate(), own_mates.mate(stays)
    first = ana.conversation(scope, "Before the backup")
    until(lambda: first in cho.rows(scope, "conv") and not ana.pending())
    run(server, "backup", str(tmp_path / "backup"))
    vault, user = ana.team.vault, leaver.me.user
    plan = organizing.remove_member(vault.roster, vault.me, vault.newest_of_all(), user)
    ana.team.submit(plan.intents)
    until(lambda: not ana.pending() and user not in ana.team.vault.roster.members)
    until(lambda: user not in cho.team.vault.roster.members)
    ana.team.stop()
    server.stop()
    run(server, "restore", str(tmp_path / "backup"), "--replace")
    server.start()
    request = PullRequest(leaver.me.device.id, limits.SCHEMA, {}, 0, 10)
    with pytest.raises(Busy, match="waits for an owner"):
        leaver.calls.post(routes.PULL, request, PullAnswer)
    cho.team.again()
    with pytest.raises(Busy, match="waits for an owner"):
        stays.calls.post(routes.PULL, PullRequest(stays.me.device.id, 1, {}, 0, 1), PullAnswer)
    ana.again()
    until(lambda: _answers(stays), 120)
    with pytest.raises(SignedOut):
        leaver.calls.post(routes.PULL, request, PullAnswer)
    cho.team.again()
    until(lambda: user not in ana.team.vault.roster.members and not ana.pending(), 120)
    until(lambda: cho.whole(scope) and not cho.pending(), 120)


def _answers(member: Member) -> bool:
    try:
        request = PullRequest(member.me.device.id, limits.SCHEMA, {}, 0, 10)
        member.calls.post(routes.PULL, request, PullAnswer)
    except Busy:
        return False
    return True
