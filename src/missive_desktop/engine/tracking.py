"""Trackers in mail that is here already: looked for anew when the finder or its table is newer.

In quiet moments, newest mail first, a slice at a time; it goes on where it was left.
"""

from __future__ import annotations

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.tracking import Tally
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import messages, tracking
from missive_desktop.store.database import Connection
from missive_desktop.sync import digesting

_STEP = 50
_STEPS = 20  # in one slice: other quiet work waits for it
_PAUSE = 0.05


def find_again(runtime: Runtime) -> bool:
    """Look through some of the mail that an older finder has seen; True where more is left."""
    version = digesting.finder_version()
    with runtime.reading() as conn:
        now, known = tracking.progress(conn, version), tracking.is_current(conn, version)
        if not now.below:
            if not known:  # a new store: what came was looked through as it came
                runtime.writer.run(lambda conn, _: tracking.set_progress(conn, now))
            return False
        for _ in range(_STEPS):
            ids = tracking.next_(conn, now.below, _STEP)
            looked = [(one, _look(runtime, conn, one)) for one in ids]
            found = [(one, tallies) for one, tallies in looked if tallies is not None]
            now = tracking.Progress(version, ids[-1] if len(ids) == _STEP else 0)
            _keep(runtime, found, now)
            if not now.below or runtime.stopping.wait(_PAUSE):
                break
    return now.below > 0


def _look(runtime: Runtime, conn: Connection, message: int) -> tuple[Tally, ...] | None:
    try:
        return digesting.tracked(messages.raw(conn, runtime.store, message))
    except DiskTrouble:  # damaged, or gone meanwhile: what is known of it stays
        return None
    except Exception as error:  # a bug, and hostile mail finds it: the others go on
        runtime.report_bug(error)
        return None


def _keep(
    runtime: Runtime, found: list[tuple[int, tuple[Tally, ...]]], now: tracking.Progress
) -> None:
    def work(conn: Connection, changes: Changes) -> None:
        tracking.replace(conn, found, changes)
        tracking.set_progress(conn, now)

    runtime.writer.run(work)
