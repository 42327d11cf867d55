"""Mail that is to be sent by the worker of a space: sealed and asked for, taken back, decided on.

Loaded only by who sends so: it brings what seals and what talks to servers of teams.
"""

from __future__ import annotations

import io
import time
from contextlib import closing
from typing import Any

from missive_desktop.content import build
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft
from missive_desktop.engine import spaces
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.space_requests import ResolveSend
from missive_desktop.errors import Cancelled, UsageError
from missive_desktop.store import drafts, team_outbox, team_talk
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.sync.digesting import digest
from missive_desktop.team import blobs
from missive_desktop.team.spaces import sending
from missive_desktop.team.spaces.acting import Done
from missive_desktop.team.spaces.sending import Outgoing

_WAIT = 300.0  # seconds to wait for one message to be sent
_DONE = {"sent", "failed", "uncertain", "cancelled"}


def send(
    runtime: Runtime,
    account: AccountRow,
    raw: bytes,
    draft: Draft | None,
    undo_seconds: int,
    *,
    draft_id: int = 0,
    close: bool = False,
    wait: bool = False,
) -> dict[str, Any]:
    """Seal a frozen mail and ask the space's worker to send it. The outbox id is negative."""
    sender, recipients, without_bcc = build.envelope(raw)
    if not recipients:
        raise UsageError("The message has no recipients.")
    with closing(PackWriter(runtime.store.packs)) as packs:
        ready = blobs.seal(packs, io.BytesIO(without_bcc))
    mail = Outgoing(
        ready,
        digest(without_bcc),
        len(without_bcc),
        sender or account.settings.address,
        recipients,
    )
    until = int(time.time()) + max(0, undo_seconds)

    def work(conn: Connection, changes: Changes) -> tuple[int, list[Done]]:
        at = spaces.desk(runtime, conn, changes)
        if draft_id and drafts.remove(conn, draft_id, changes, keep_files=True) is None:
            raise UsageError("This draft is no longer here.")
        number, done = sending.ask(at, account.id, mail, draft, until * 1000, close)
        sending.forget_settled(at)
        return number, [done]

    number, done = runtime.writer.run(work, durable=True)
    spaces.told(runtime, done)
    if wait:
        _wait_for(runtime, number)
    return {"outbox": -number, "until": until}


def _wait_for(runtime: Runtime, number: int) -> None:
    end = time.monotonic() + _WAIT
    with runtime.reading() as conn:
        while time.monotonic() < end:
            asked = team_outbox.get(conn, number)
            row = team_talk.send(conn, asked.account, asked.send) if asked else None
            if row is None or row.state in _DONE:
                return
            if runtime.stopping.is_set():
                raise Cancelled("The program stops; the message waits in the outbox.")
            runtime.wait_for_change(0.5)


def take_back(runtime: Runtime, number: int) -> dict[str, Any]:
    def work(conn: Connection, changes: Changes) -> tuple[int, Done]:
        return sending.take_back(spaces.desk(runtime, conn, changes), number)

    draft, done = runtime.writer.run(work, durable=True)
    spaces.told(runtime, [done])
    return {"draft": draft}


def resolve(runtime: Runtime, request: ResolveSend) -> dict[str, Any]:
    def work(conn: Connection, changes: Changes) -> Done:
        at = spaces.desk(runtime, conn, changes)
        return sending.resolve(at, request.account, request.send, request.how)

    spaces.told(runtime, [runtime.writer.run(work, durable=True)])
    return {}
