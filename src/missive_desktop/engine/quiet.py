"""Watching, and what is done meanwhile in quiet moments: fetching images that are always allowed,
verifying signatures, preparing what will be shown, looking through old mail for trackers,
reclaiming room in the packs.

Only while somebody watches; signatures also for those who look into a shared inbox that is served
from here. A pull that is under way is no quiet moment.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.folder import Role
from missive_desktop.engine import images, reading, space_mail, tracking, vetting
from missive_desktop.engine.protocol import Watch
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import KnownError
from missive_desktop.remote.names import Names
from missive_desktop.store import (
    compaction,
    drafts,
    folders,
    indexing,
    leaving,
    messages,
    raws,
    rendered,
)

_QUIET = 1.5  # seconds without a commit
_NEWEST = 100  # messages of the inboxes that are kept ready
_STEP = 5
_PAUSE = 0.1
_MORE = 0.5  # seconds between slices of work that nobody waits for
_COMPACTION = 3600.0  # seconds between looks at the packs
_FIRST_COMPACTION = 120.0  # after the start


def watch(runtime: Runtime, request: Watch) -> dict[str, Any]:
    """Keep accounts in step from now on; somebody looks, so there is something to prepare."""
    runtime.syncs.watch(request.on)
    runtime.teams.watch(request.on)
    runtime.workers.watch(request.on)
    if request.on:
        begin(runtime)
    return {}


def begin(runtime: Runtime) -> None:
    """Use quiet moments from now on."""
    if not runtime.quiet_work.is_set():
        runtime.quiet_work.set()
        threading.Thread(target=_run, args=(runtime,), name="quiet", daemon=True).start()


def _run(runtime: Runtime) -> None:
    compacting = time.monotonic() + _FIRST_COMPACTION
    names = Names()
    with runtime.reading() as conn:
        before = raws.newest(conn)
    while not runtime.stopping.is_set():
        more = False
        try:
            _prepare(runtime)
            space_mail.wake(runtime)
            if runtime.syncs.watching:
                _complete_ahead(runtime)
            if runtime.syncs.watching or runtime.workers.watching:
                vetting.verify_new(runtime, int(time.time()), names)
            if runtime.syncs.watching:
                images.load_ahead(runtime, time.time())  # only for senders who are who they say
                more = tracking.find_again(runtime)
            _merge_index(runtime)
            if time.monotonic() > compacting:
                compacting = time.monotonic() + _COMPACTION
                _reclaim(runtime, before)
        except KnownError:
            pass  # a full disk, say: it is tried again after the next change
        except Exception as error:  # a bug in rendering must not end the engine
            runtime.report_bug(error)
        pause = space_mail.until_next(runtime, _COMPACTION)
        runtime.wait_for_change(_MORE if more else pause)
        while runtime.wait_for_change(_QUIET) and not runtime.stopping.is_set():
            pass


def _merge_index(runtime: Runtime) -> None:
    """Have what is left of a space that was taken away go, and its words leave the index, too."""
    with runtime.reading() as conn:
        more = leaving.pending(conn)
    while more and not runtime.stopping.is_set():
        more = runtime.writer.run(leaving.step)
    with runtime.reading() as conn:
        stale = indexing.is_stale(conn)
    while stale and not runtime.stopping.wait(_PAUSE):
        stale = runtime.writer.run(lambda conn, _: indexing.merge_step(conn))


def _complete_ahead(runtime: Runtime) -> None:
    """Fetch mail of spaces ahead; offline, it is tried again after the next change."""
    with contextlib.suppress(KnownError):
        space_mail.complete_ahead(runtime)


def _reclaim(runtime: Runtime, before: int) -> None:
    """Forget files that no draft kept, up to the record `before`, and what teams kept for long
    enough; give their room back."""
    runtime.teams.forget_old()
    runtime.writer.run(lambda conn, _: drafts.forget_loose_files(conn, before))
    with runtime.reading() as conn:
        compaction.compact(runtime.writer, runtime.store, conn, runtime.stopping)


def _prepare(runtime: Runtime) -> None:
    if not runtime.syncs.watching:
        return
    missing = _missing(runtime)
    for start in range(0, len(missing), _STEP):
        if runtime.stopping.wait(_PAUSE):
            return
        reading.make_shown(runtime, missing[start : start + _STEP], tell=False)


def _missing(runtime: Runtime) -> list[int]:
    """Return the newest messages of the inboxes that cannot be shown at once, newest first."""
    with runtime.reading() as conn:
        newest: set[int] = set()
        for folder in folders.by_role(conn, Role.INBOX):
            newest.update(row.id for row in messages.newest(conn, folder.id, _NEWEST))
        return [
            id_
            for id_ in sorted(newest, reverse=True)[:_NEWEST]
            if rendered.version(conn, id_) != VERSION
        ]
