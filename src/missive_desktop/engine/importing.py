"""Importing: mail files of other programs into the local account, in batches of bounded size.

What is known by its content is not taken twice; what cannot be read is told and the rest goes on.
Parsing and sealing run beside the writer; a batch is committed whole.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.engine import local, mailfiles
from missive_desktop.engine.mailfiles import Found, Mail
from missive_desktop.engine.protocol import Import, Progress
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Cancelled, UsageError
from missive_desktop.store import accounts, messages
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import Arrival
from missive_desktop.store.packs import PackWriter
from missive_desktop.sync.digesting import digest

_BATCH = 200
_BATCH_BYTES = 16 << 20
_FAILURES_TOLD = 1000


class _Taken(NamedTuple):
    new: int
    known: int


class _Tally:
    """What came of an import so far."""

    def __init__(self) -> None:
        self.imported = 0
        self.known = 0
        self.marked = 0
        self.failed: list[list[str]] = []

    def add(self, taken: _Taken) -> None:
        self.imported += taken.new
        self.known += taken.known


def import_(runtime: Runtime, request: Import) -> dict[str, Any]:
    """Take in all mail at the paths."""
    account = runtime.writer.run(lambda conn, changes: _account(conn, request, changes))
    tally = _Tally()
    packs = PackWriter(runtime.store.packs)
    try:
        for found in _all(request.paths):
            _take(runtime, account, request.folder or found.folder, found, packs, tally)
    finally:
        packs.close()
    return {
        "imported": tally.imported,
        "known": tally.known,
        "marked": tally.marked,
        "failed": tally.failed,
    }


def _all(paths: Sequence[str]) -> Iterator[Found]:
    for path in paths:
        yield from mailfiles.find(Path(path))


def _account(conn: Connection, request: Import, changes: Changes) -> int:
    if not request.account:
        return local.ensure_account(conn, changes)
    row = accounts.get(conn, request.account)
    if row is None or not local.is_local(row.settings):
        raise UsageError(
            "Mail can be imported into accounts without a server only: leave --account out."
        )
    return row.id


def _take(
    runtime: Runtime, account: int, folder: str, found: Found, packs: PackWriter, tally: _Tally
) -> None:
    """Import one file or Maildir; the next batch is prepared while the writer has the last."""
    name = folder or found.path.name
    total = mailfiles.size_of(found) if found.kind else 0
    done = 0
    waiting: Future[_Taken] | None = None
    for mails in _batches(found, tally):
        if runtime.stopping.is_set():
            raise Cancelled("The import was stopped; what is in stays in.")
        arrivals = [_arrival(mail, packs) for mail in mails]
        tally.marked += sum(bool(arrival.digest.defects) for arrival in arrivals)
        packs.sync()
        if waiting is not None:
            tally.add(waiting.result())
        # Durable: whoever hears "imported" may throw the files away.
        waiting = runtime.writer.submit(_writing(account, name, arrivals), durable=True)
        done += sum(arrival.sealed.size for arrival in arrivals)
        runtime.publish(Progress(account, name, min(done, total), total))
    if waiting is not None:
        tally.add(waiting.result())
        runtime.publish(Progress(account, name, total, total))


def _batches(found: Found, tally: _Tally) -> Iterator[list[Mail]]:
    batch: list[Mail] = []
    size = 0
    for mail in mailfiles.read(found):
        if mail.raw is None:
            if len(tally.failed) < _FAILURES_TOLD:
                tally.failed.append([str(mail.path), mail.problem])
            continue
        batch.append(mail)
        size += len(mail.raw)
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _arrival(mail: Mail, packs: PackWriter) -> Arrival:
    """Digest and seal one message; its UID is given when it is written."""
    raw = mail.raw or b""
    made = digest(raw)
    return Arrival(
        uid=0,
        flags=mail.flags,
        keywords="",
        received=mail.received or made.date or int(time.time()),
        digest=made,
        sealed=packs.append(raw),
        hash=fingerprint(raw),
    )


def fingerprint(raw: bytes) -> bytes:
    """Return the hash by which a message is known again, however its lines end in files."""
    if b"\r\n" not in raw:
        raw = raw.replace(b"\n", b"\r\n")
    return hashlib.sha256(raw).digest()[:16]


def _writing(account: int, name: str, arrivals: list[Arrival]) -> Any:
    def work(conn: Connection, changes: Changes) -> _Taken:
        known = messages.known(conn, account, [arrival.hash for arrival in arrivals])
        fresh = {arrival.hash: arrival for arrival in arrivals if arrival.hash not in known}
        folder = local.ensure_folder(conn, account, name, changes)
        if fresh:
            first = local.reserve(conn, folder, len(fresh), changes)
            for number, arrival in enumerate(fresh.values()):
                arrival.uid = first + number
            messages.add_batch(conn, account, folder, list(fresh.values()), changes)
            local.count(conn, folder, changes)
        return _Taken(len(fresh), len(arrivals) - len(fresh))

    return work
