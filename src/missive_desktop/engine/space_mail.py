"""Mail of spaces in the engine: bytes fetched once, noted when opened, put off until its time."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import Place
from missive_desktop.domain.team import Intent
from missive_desktop.engine import spaces
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import KnownError, Offline
from missive_desktop.store import (
    team_conversations,
    team_mail,
    team_spaces,
    teams,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.team_mail import MailRow
from missive_desktop.sync.digesting import digest
from missive_desktop.team.keys import blobs
from missive_desktop.team.spaces import placing

AHEAD = 100  # mails of each space whose bytes are fetched in quiet moments
_fetched = threading.Condition()
_under_way: set[int] = set()


# -- bytes


def complete(runtime: Runtime, wanted: Collection[int]) -> int:
    """Fetch the bytes of mails that stand as their envelopes; return how many came."""
    with runtime.reading() as conn:
        missing = team_mail.incomplete(conn, wanted)
    fetched = 0
    troubles: list[KnownError] = []
    for row in missing:
        if runtime.stopping.is_set():
            break
        try:
            with _alone(row.message):
                fetched += _fetch(runtime, row)
        except Offline:
            raise
        except KnownError as error:  # this one is damaged or not there yet; others may be
            troubles.append(error)
    if troubles:
        raise troubles[0]
    return fetched


@contextmanager
def _alone(message: int) -> Iterator[None]:
    """Have a mail fetched once: who asks for the same one meanwhile waits, and finds it here."""
    with _fetched:
        _fetched.wait_for(lambda: message not in _under_way)
        _under_way.add(message)
    try:
        yield
    finally:
        with _fetched:
            _under_way.discard(message)
            _fetched.notify_all()


def _fetch(runtime: Runtime, row: MailRow) -> bool:
    with runtime.reading() as conn:
        space = team_spaces.of_account(conn, row.account)
        there = team_mail.incomplete(conn, [row.message])
    if space is None or not there:
        return False
    files = runtime.teams.of(space.team).files
    raw = files.bytes_of(row.account, space.scope, row.blob, blobs.key_of(row.key), row.id)
    known, hash_ = digest(raw), sha256(raw).digest()
    with closing(PackWriter(runtime.store.packs)) as packs:
        sealed = packs.append(raw)
    return runtime.writer.run(
        lambda conn, changes: team_mail.complete(conn, row.message, known, sealed, hash_, changes)
    )


def complete_soon(runtime: Runtime, wanted: Sequence[int]) -> None:
    """Fetch without being waited for; what is shown meanwhile is made of the envelope."""
    if not runtime.teams.running():
        return
    with runtime.reading() as conn:
        if not team_mail.incomplete(conn, wanted):
            return
    threading.Thread(
        target=_quietly, args=(runtime, tuple(wanted)), name="space-mail", daemon=True
    ).start()


def _quietly(runtime: Runtime, wanted: Sequence[int]) -> None:
    try:
        complete(runtime, wanted)
    except KnownError:
        pass  # offline, say: it is asked for again when it is opened again
    except Exception as error:  # hostile mail finds bugs; the engine goes on
        runtime.report_bug(error)


def complete_ahead(runtime: Runtime) -> None:
    """Fetch the newest mail of the inboxes, so that it is here when somebody opens it."""
    if not runtime.teams.running():
        return
    with runtime.reading() as conn:
        wanted = [
            row.message
            for space in team_spaces.mine(conn)
            for row in team_mail.waiting(conn, space.account, (Place.TEAM, Place.MINE), AHEAD)
        ]
    if wanted:
        complete(runtime, wanted)


def note(runtime: Runtime, message: int, act: str, part: int) -> None:
    """Tell the team's trail that this person opened or saved a file."""

    def work(conn: Connection, changes: Changes) -> None:
        row = team_mail.get(conn, message)
        space = team_spaces.of_account(conn, row.account) if row else None
        if row is None or space is None:
            return
        intent = Intent("note", space.scope, "msg", row.id, act, {"part": part})
        spaces.submit(runtime, conn, changes, space.team, [intent])

    runtime.writer.run(work, durable=True)


# -- the clock


def wake(runtime: Runtime) -> None:
    """Bring back what was put off until now."""
    if not runtime.teams.running():
        return
    now = now_ms()
    with runtime.reading() as conn:
        due = team_conversations.next_due(conn)
        users = {row.id: row.user for row in teams.all_(conn)}
    if 0 < due <= now:
        runtime.writer.run(lambda conn, changes: placing.wake(conn, users, now, changes))


def until_next(runtime: Runtime, most: float) -> float:
    """Return for how many seconds nothing is due."""
    if not runtime.teams.running():
        return most
    with runtime.reading() as conn:
        due = team_conversations.next_due(conn)
    return min(most, max(0.0, (due - now_ms()) / 1000)) if due else most
