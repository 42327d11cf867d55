"""A new device of a newcomer, in a process of its own: from the link to the first screen, to all of
it, and to nothing of it. Times are of the clock that all processes of a machine share.

It reads its order from standard input, and writes a line of JSON for each thing that is done.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from missive_desktop.domain.query import parse
from missive_desktop.domain.spaces import Place
from missive_desktop.engine import dispatch
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_login_requests import TeamJoin
from missive_desktop.profile import Profile
from missive_desktop.store import database, listing, search, team_spaces
from missive_desktop.store.database import Connection

SCREEN = 25  # conversations of a first screen
PATIENCE = 600.0
LOOK = 0.002
_LEFT = (
    "SELECT EXISTS (SELECT 1 FROM team_rows AS r JOIN team_scopes AS s ON s.id = r.scope_id"
    " WHERE s.scope GLOB 'left *') OR EXISTS (SELECT 1 FROM messages)"
)


def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    runtime = Runtime(Profile(Path(order["folder"])), os.urandom(32), lambda notice: None)
    conn = database.open_reader(runtime.store)
    try:
        _run(runtime, conn, order)
    finally:
        conn.close()
        runtime.close()


def _run(runtime: Runtime, conn: Connection, order: dict[str, Any]) -> None:
    runtime.teams.watching = True
    wish = TeamJoin(link=order["link"], email=order["email"], name="Ben", password="a long phrase")
    joining = threading.Thread(target=lambda: dispatch.run(runtime, wish))
    joining.start()
    _until(lambda: _one(conn, "SELECT count(*) FROM teams WHERE token <> ''"))
    _say(joined=time.monotonic())
    scope, count = order["scope"], order["conversations"]
    _until(lambda: _listed(conn, scope) >= SCREEN)
    _say(screen=time.monotonic(), listed=_listed(conn, scope))
    began, rows, cpu = time.monotonic(), _rows(conn), time.process_time()
    joining.join()
    _until(lambda: _whole(conn, scope), LOOK * 50)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    found = search.count(conn, parse(order["word"]), now=int(time.time()))
    _say(
        took=took,
        cpu=cpu,
        rows=_rows(conn) - rows,
        listed=_listed(conn, scope),
        found=found,
        of=count,
    )
    _until(lambda: not _readable(conn, scope, order["word"]))
    _say(unreadable=time.monotonic())
    _until(lambda: not _one(conn, _LEFT))
    _say(purged=time.monotonic(), left=_rows(conn))
    sys.stdin.readline()


def _until(holds: Callable[[], object], pause: float = LOOK) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(pause)


def _say(**values: float) -> None:
    print(json.dumps(values), flush=True)


def _one(conn: Connection, sql: str) -> int:
    return int(conn.execute(sql).fetchone()[0])


def _rows(conn: Connection) -> int:
    return _one(conn, "SELECT count(*) FROM team_rows")


def _listed(conn: Connection, scope: str) -> int:
    """Return how many conversations the list of the team inbox shows."""
    space = team_spaces.get(conn, scope)
    if space is None or not space.account:
        return 0
    folder = team_spaces.places(conn, space.account)[Place.TEAM]
    return len(listing.filtered(conn, [folder], "all"))


def _whole(conn: Connection, scope: str) -> bool:
    row = conn.execute("SELECT done FROM team_scopes WHERE scope = ?", (scope,)).fetchone()
    return bool(row and row[0])


def _readable(conn: Connection, scope: str, word: str) -> bool:
    """Say whether a list, a search, or the rows themselves still tell anything."""
    known = conn.execute("SELECT 1 FROM team_scopes WHERE scope = ?", (scope,)).fetchone()
    return bool(
        known
        or _one(conn, "SELECT EXISTS (SELECT 1 FROM team_keys)")
        or _listed(conn, scope)
        or search.count(conn, parse(word), now=int(time.time()))
    )


if __name__ == "__main__":
    main()
