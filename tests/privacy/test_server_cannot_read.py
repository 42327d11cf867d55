"""All that a team's server was ever told, and all that it keeps, opens nothing.

Every byte from the clients is written down on the way, the server's folder is read afterwards, and
then it is tried: each secret by itself in every spelling, and each run of bytes as a key.
"""

from __future__ import annotations

import base64
import re
import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing

from tests.servers.machines import Machine, Machines
from tests.servers.missive_server import TeamServer
from tests.servers.organization import PASSWORD, setup_token
from tests.servers.recorder import Recorder

from missive_desktop.engine.team_access import ready
from missive_desktop.engine.team_login_requests import (
    ApproveDevice,
    ChangePassword,
    TeamCreate,
    TeamEntered,
    TeamJoin,
    TeamLogin,
    TeamRecover,
)
from missive_desktop.store import team_scopes, teams
from missive_desktop.team.keys import fingerprints, invitation
from missive_desktop.team.keys import root as roots
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_wire.ids import org_scope, space_scope

NEW = "another long passphrase"
NAMES = ("Ana Unreadable", "Ben Unreadable", "Laptop Unreadable", "Help Unreadable")


def spellings(secret: bytes) -> Iterator[bytes]:
    """Yield how a secret could stand in a request or a table."""
    yield secret
    yield secret.hex().encode()
    for start in range(3):  # base64 begins at any byte
        piece = base64.b64encode(bytes(start) + secret)[4 if start else 0 :].rstrip(b"=")[:-1]
        yield piece
        yield piece.replace(b"+", b"-").replace(b"/", b"_")
    yield urllib.parse.quote(secret).encode()
    yield fingerprints.spelled(secret).encode()


def files_of(server: TeamServer) -> bytes:
    """Return all that is in the server's folder, and its log."""
    files = [path for path in server.data.rglob("*") if path.is_file()]
    return b"\0".join(path.read_bytes() for path in [*files, server.log])


def tables_of(server: TeamServer) -> bytes:
    found = bytearray()
    with closing(sqlite3.connect(server.data / "server.db")) as conn:
        names = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in conn.execute(f"SELECT * FROM {name}"):
                for value in row:
                    found += value if isinstance(value, bytes) else str(value).encode()
                    found += b"\0"
    return bytes(found)


def secrets_of(machine: Machine, team: int) -> dict[str, bytes]:
    """Return everything on a machine that opens something."""
    found: dict[str, bytes] = {}
    with machine.runtime.reading() as conn:
        private = teams.private_keys(conn, team)
        for name in ("identity", "sign", "box"):
            found[name] = getattr(private, name)
        for scope in team_scopes.all_(conn, team):
            for epoch, key in team_scopes.keys(conn, team, scope.scope).items():
                found[f"{scope.scope} {epoch}"] = key
    return found


def named(secrets: dict[str, bytes], whose: str) -> dict[str, bytes]:
    return {f"{whose}: {name}": secret for name, secret in secrets.items()}


def test_no_key_reaches_the_server_in_any_spelling(
    machine: Machines, team_server: TeamServer, recorder: Recorder
) -> None:
    ana, ben, second, new = machine(), machine(), machine(), machine()
    setup = setup_token(team_server)
    made = ana.ask(
        TeamCreate(url=recorder.url, setup=setup, email="ana@example.com", name=NAMES[0],
                   password=PASSWORD)
    )  # fmt: skip
    team, recovery = int(str(made["team"])), str(made["recovery"])
    space = ana.space(team, NAMES[3])
    link = ana.link(team, space)
    joined = ben.ask(TeamJoin(link=link, email="ben@example.com", name=NAMES[1], password=PASSWORD))
    which = int(str(joined["team"]))
    signed_in = TeamLogin(url=recorder.url, email="ana@example.com", password=PASSWORD)
    waiting = second.ask(signed_in)
    code = str(waiting["code"])
    ana.ask(ApproveDevice(team=team, code=code, name=NAMES[2]))
    second.ask(TeamEntered(team=int(str(waiting["team"]))))
    ready(second.runtime, int(str(waiting["team"])))
    org = ana.team(team).org
    with ana.runtime.reading() as conn:
        key = team_scopes.keys(conn, team, org_scope(org))[1]
    secrets = named(secrets_of(ana, team), "first") | named(secrets_of(second, 1), "second")
    # Recovery shuts those two out, and they forget theirs.
    back = int(str(new.ask(signed_in)["team"]))
    new.ask(TeamRecover(team=back, key=recovery))
    ready(new.runtime, back)
    new.ask(ChangePassword(team=back, old=PASSWORD, new=NEW))

    secrets |= {
        "password": PASSWORD.encode(),
        "new password": NEW.encode(),
        "link": invitation.parsed(link).secret,
        "link's keys": invitation.parsed(link).device().box.seed,
        "link's signature": invitation.parsed(link).device().sign.seed,
        "code": "".join(code.split())[:15].encode(),
    }
    root = roots.read_back(org, recovery)
    secrets |= {"root": root.seed, "root sign": root.sign.seed, "root box": root.box.seed}
    secrets |= named(secrets_of(ben, which), "ben") | named(secrets_of(new, back), "new")
    assert len({*secrets.values()}) >= 18

    told = bytes(recorder.sent)
    tables = tables_of(team_server)
    kept = tables + files_of(team_server)
    assert len(told) > 20_000
    assert b"/v1/auth/join" in told
    for name, secret in secrets.items():
        assert len(secret) >= 15, name
        for spelled in spellings(secret):
            assert spelled not in told, name
            assert spelled not in kept, name
    for name in NAMES:
        assert name.encode() not in told + kept

    assert list(tried(tables + key, (org_scope(org),))) == [org_scope(org)]  # trying does work
    assert list(tried(tables, (org_scope(org), space_scope(space)))) == []


def tried(kept: bytes, scopes: tuple[str, ...]) -> Iterator[str]:
    """Try every run of 32 bytes that the server holds as the key of a scope. What the grants
    confirm stands there, so a key would be known for one."""
    confirmed = set(_confirms(kept))
    assert confirmed
    for at in range(len(kept) - 31):
        key = kept[at : at + 32]
        for scope in scopes:
            if ScopeKey(scope, 1, key).confirm in confirmed:
                yield scope


def _confirms(kept: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb'"confirm":"([A-Za-z0-9+/=]+)"', kept):
        yield base64.b64decode(found[1])
