"""Newly arrived mail, looked at in quiet moments: its signatures are verified by ourselves, and it
is noted whether the provider says what it found.

At arrival, never when a mail is opened: a key lies under a name that the sender chose, which may
belong to this one mail, and whoever answers for that name sees when it is asked for. That a mail
arrived, its sender knows anyway. For the same reason spam is not verified at all: its sender would
learn that the address is alive.
"""

from __future__ import annotations

import contextlib
import time

from missive_desktop.content import domains, headers, origin, trust
from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.changes import Changes
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import DiskTrouble, Offline
from missive_desktop.remote.names import Lookup
from missive_desktop.remote.signatures import policy, verify
from missive_desktop.store import accounts, messages, settings, signatures
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.store.signatures import Found
from missive_desktop.sync import attesting

_RECENT = 4 * 86_400  # seconds; keys of older mail may be gone
_AT_ONCE = 100
_BATCH = 10
_TRIES = 5
_AGAIN = 1_800  # seconds between two tries
_GIVE_UP = 2  # keys in a row that could not be asked for: we are offline
_SECONDS = 20.0  # for one moment: what arrives meanwhile shall not wait to be made ready
_PAUSE = 0.02


def verify_new(runtime: Runtime, now: int, lookup: Lookup) -> int:
    """Verify what arrived lately and was not verified yet; return how many messages."""
    with runtime.reading() as conn:
        asking = lookup if settings.get(conn, signatures.SETTING, True) else None
        oldest = (now - _RECENT) << 20
        wanted = signatures.untried(conn, oldest, _AT_ONCE)
        if asking is not None:
            wanted += signatures.waiting(conn, oldest, _TRIES, now - _AGAIN, _AT_ONCE)
        done: dict[int, Found] = {}
        missed = 0
        end = time.monotonic() + _SECONDS
        for message in wanted:
            over = missed >= _GIVE_UP or time.monotonic() > end
            if over or runtime.stopping.wait(_PAUSE):
                break
            found = _found(runtime, conn, message, now, asking)
            if found is None:
                continue
            unreachable = any(one.result == "unreachable" for one in found.signatures)
            missed = missed + 1 if unreachable else 0
            done[message] = found
            if len(done) % _BATCH == 0:
                _keep(runtime, done, now)
                done = {}
        _keep(runtime, done, now)
    return len(wanted)


def _found(
    runtime: Runtime, conn: Connection, message: int, now: int, lookup: Lookup | None
) -> Found | None:
    row = messages.get(conn, message)
    account = accounts.get(conn, row.account) if row is not None else None
    if row is None or account is None:
        return None
    try:
        raw = messages.raw(conn, runtime.store, message)
    except DiskTrouble:
        return Found((), "", -1)  # damaged; `doctor` tells of it
    try:
        found = look(row, raw, now, lookup) if lookup is not None else Found((), "")
        return found._replace(attested=_attested(account.settings, row, raw))
    except Exception as error:  # a bug, and hostile mail finds it: the others go on
        runtime.report_bug(error)
        return Found((), "", -1)


def _attested(settings: AccountSettings, row: MessageRow, raw: bytes) -> int:
    """Whether the provider says what it found; of mail of its own users it need not."""
    if domains.same_owner(row.sender.email.rpartition("@")[2], settings.address.rpartition("@")[2]):
        return -1
    facts = origin.facts(headers.split(raw, 0, len(raw)).fields)
    return int(bool(trust.believed(facts, attesting.trust_of(settings))))


def look(row: MessageRow, raw: bytes, now: int, lookup: Lookup) -> Found:
    """Verify one message; ask for its domain's wish only where no signature stands for it."""
    host = domains.to_ascii(row.sender.email.rpartition("@")[2])

    def is_senders(domain: str) -> bool:
        return domains.same_owner(domain, host)

    found = verify(raw, lookup, is_senders=is_senders, now=now)
    wish = ""
    vouched = any(one.result == "pass" and is_senders(one.domain) for one in found)
    if found and not vouched and "." in host and not domains.is_ip(host):
        with contextlib.suppress(Offline):
            wish = policy(host, domains.registrable(host), lookup)
    return Found(tuple(found), wish)


def _keep(runtime: Runtime, done: dict[int, Found], now: int) -> None:
    def work(conn: Connection, changes: Changes) -> None:
        for message, found in done.items():
            signatures.put(conn, message, found, now, changes)

    if done:
        runtime.writer.run(work)
