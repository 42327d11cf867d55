"""A new device of a newcomer, in a process of its own: from the link to the first screen, to all of
it, and to nothing of it. Times are of the clock that all processes of a machine share.

It reads its order from standard input, and writes a line of JSON for each thing that is done.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from missive_desktop.app.presenters import sidebar
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
    heard = Heard()
    runtime = Runtime(Profile(Path(order["folder"])), os.urandom(32), heard)
    conn = database.open_reader(runtime.store)
    try:
        _run(runtime, conn, order, heard)
    finally:
        conn.close()
        runtime.close()


class Heard:
    """Notes when comments are here: what the window is told of."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self._told = threading.Event()
        self._end = False

    def __call__(self, notice: object) -> None:
        self._told.set()

    def listen(self, store: database.Store) -> None:
        with closing(database.open_reader(store)) as conn:
            while not self._end:
                self._told.wait()
                self._told.clear()
                now = time.monotonic()
                for (id_,) in conn.execute("SELECT id FROM team_comments").fetchall():
                    self.at.setdefault(id_, now)

    def stop(self) -> None:
        self._end = True
        self._told.set()


def _run(runtime: Runtime, conn: Connection, order: dict[str, Any], heard: Heard) -> None:
    runtime.teams.watching = True
    wish = TeamJoin(link=order["link"], email=order["email"], name="Ben", password="a long phrase")
    joining = threading.Thread(target=lambda: dispatch.run(runtime, wish))
    joining.start()
    threading.Thread(target=heard.listen, args=(runtime.store,)).start()
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
    heard.stop()
    _say(
        heard=heard.at,
        sidebar=_taken(lambda: sidebar.read(conn)),
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


def _taken(does: Callable[[], object], times: int = 20) -> float:
    """Return how long it takes, in seconds; the middle of some times."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        does()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _until(holds: Callable[[], object], pause: float = LOOK) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(pause)


def _say(**values: Any) -> None:
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
