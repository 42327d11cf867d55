"""The bulk path: messages come in, in batches, in the caller's transaction.

A message is kept once for each account; where it lies are its placements. All that follows from
it (conversation, lists, search, addresses) is written with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.ids import SEQUENCE_BITS, MessageId, first_message_id
from missive_desktop.domain.message import Digest, Flags, storable
from missive_desktop.domain.tracking import watchers
from missive_desktop.store import addresses, conversations, indexing, raws, threads, tracking
from missive_desktop.store.database import Connection
from missive_desktop.store.forgetting import conversations_of, forget_unplaced, refresh_flags
from missive_desktop.store.packs import Sealed

_GIVEN = "IN (SELECT value FROM json_each(?))"
_EARLIEST = 631_152_000  # 1990: a Date header before it is wrong
_DAY = 86_400
_SEQUENCES = 1 << SEQUENCE_BITS


class Arrival(msgspec.Struct):
    """A message as it comes in. `hash` is the first 16 bytes of SHA-256 of the raw message."""

    uid: int
    flags: Flags
    keywords: str
    received: int
    digest: Digest
    sealed: Sealed
    hash: bytes
    provider_id: int = 0
    provider_thread: int = 0


def add_batch(
    conn: Connection,
    account: int,
    folder: int,
    arrivals: Sequence[Arrival],
    changes: Changes,
    *,
    announce: bool = False,
) -> list[MessageId]:
    """Take in messages of one folder and return their ids in the same order.

    One that is known by its content only gets a placement; its spare pack record stays without
    a row. With `announce`, new unread messages are reported as arrived.
    """
    result, numbered, touched = take_in(conn, account, arrivals)

    stale = _place(
        conn,
        folder,
        [
            (arrival.uid, message, int(arrival.flags), arrival.keywords)
            for arrival, message in zip(arrivals, result, strict=True)
        ],
    )
    old = (set(result) | stale) - {message for message, _ in numbered}
    if len(arrivals) != len(numbered) or stale:
        old |= _repeated(result)
    if old:
        refresh_flags(conn, old)
        touched |= conversations_of(conn, old)
    conversations.refresh(conn, touched, changes)
    forget_unplaced(conn, stale, changes)
    changes.messages.update(result)
    changes.folders.add(folder)
    if announce and not _is_behind_space(conn, account):
        changes.arrived.update(
            message for message, arrival in numbered if not arrival.flags & Flags.SEEN
        )
    return result


def _is_behind_space(conn: Connection, account: int) -> bool:
    """Tell whether the shared inbox tells of this mail, not the mailbox behind it."""
    sql = "SELECT 1 FROM served WHERE account_id = ?"
    return conn.execute(sql, (account,)).fetchone() is not None


def take_in(
    conn: Connection, account: int, arrivals: Sequence[Arrival], *, given: bool = False
) -> tuple[list[MessageId], list[tuple[MessageId, Arrival]], set[int]]:
    """Keep messages without a place; `given`: what belongs together is their provider's thread.

    Returns all ids in the order of the arrivals, those that are new, and the conversations to
    be refreshed once they are placed.
    """
    for arrival in arrivals:
        arrival.digest = storable(arrival.digest)
    known = _known_hashes(conn, account, arrivals)
    new: dict[bytes, Arrival] = {}
    for arrival in arrivals:
        if arrival.hash not in known:
            new.setdefault(arrival.hash, arrival)
    numbered = _number(conn, list(new.values()))
    by_hash = known | {arrival.hash: message for message, arrival in numbered}
    touched = _insert(conn, account, numbered, given)
    return [by_hash[arrival.hash] for arrival in arrivals], numbered, touched


def _repeated(ids: Iterable[MessageId]) -> set[MessageId]:
    return {message for message, times in Counter(ids).items() if times > 1}


def _known_hashes(
    conn: Connection, account: int, arrivals: Iterable[Arrival]
) -> dict[bytes, MessageId]:
    hashes = json.dumps([arrival.hash.hex() for arrival in arrivals])
    return dict(
        conn.execute(
            "SELECT hash, id FROM messages"
            " WHERE hash IN (SELECT unhex(value) FROM json_each(?)) AND account_id = ?",
            (hashes, account),
        ).fetchall()
    )


def known(conn: Connection, account: int, hashes: Iterable[bytes]) -> set[bytes]:
    """Return which of these contents the account has already."""
    given = json.dumps([value.hex() for value in hashes])
    rows = conn.execute(
        "SELECT hash FROM messages WHERE hash IN (SELECT unhex(value) FROM json_each(?))"
        " AND account_id = ?",
        (given, account),
    )
    return {row[0] for row in rows.fetchall()}


def _number(conn: Connection, new: Sequence[Arrival]) -> list[tuple[MessageId, Arrival]]:
    """Give each message its id, `date << 20 | sequence`; return them ascending.

    The sequence comes from the content, so that the same mail gets the same id again, and goes
    up while it is taken.
    """
    wanted = [
        (_date(arrival), int.from_bytes(arrival.hash[:3], "big") >> (24 - SEQUENCE_BITS), arrival)
        for arrival in new
    ]
    candidates = json.dumps([first_message_id(date) | number for date, number, _ in wanted])
    taken = {
        row[0] for row in conn.execute(f"SELECT id FROM messages WHERE id {_GIVEN}", (candidates,))
    }
    numbered: dict[MessageId, Arrival] = {}
    for date, first, arrival in wanted:
        number = first
        message = MessageId(first_message_id(date) | number)
        while message in numbered or message in taken:
            number = (number + 1) % _SEQUENCES
            message = MessageId(first_message_id(date) | number)
            if conn.execute("SELECT 1 FROM messages WHERE id = ?", (message,)).fetchone():
                taken.add(message)
        numbered[message] = arrival
    return sorted(numbered.items())


def _date(arrival: Arrival) -> int:
    """Take the header's date where it can be true, else the time the server received it."""
    date, received = arrival.digest.date, arrival.received
    if date >= _EARLIEST and (received <= 0 or date <= received + _DAY):
        return date
    return max(received, 0)


def _insert(
    conn: Connection, account: int, numbered: Sequence[tuple[MessageId, Arrival]], given: bool
) -> set[int]:
    """Insert new messages and all that hangs on them; return the conversations concerned."""
    if not numbered:
        return set()
    raw_ids = raws.insert_many(conn, account, [arrival.sealed for _, arrival in numbered])
    batch = [
        threads.threaded(message, arrival.digest, arrival.provider_thread, given=given)
        for message, arrival in numbered
    ]
    assigned, touched = threads.assign(conn, account, batch)
    conn.executemany(
        "INSERT INTO messages (id, account_id, conversation_id, raw_id, hash, provider_id,"
        f" provider_thread, received, size, flags, {', '.join(DERIVED)})"
        f" VALUES ({', '.join('?' * (10 + len(DERIVED)))})",
        [
            (
                message,
                account,
                assigned[message],
                raw_id,
                arrival.hash,
                arrival.provider_id,
                arrival.provider_thread,
                arrival.received,
                arrival.sealed.size,
                int(arrival.flags),
                *derived(arrival.digest),
            )
            for (message, arrival), raw_id in zip(numbered, raw_ids, strict=True)
        ],
    )
    threads.record(conn, account, batch)
    digests = [(message, arrival.digest) for message, arrival in numbered]
    indexing.index(conn, digests)
    addresses.note(conn, account, digests)
    tracking.put_many(conn, [(message, digest.tracked) for message, digest in digests])
    return touched


DERIVED = (
    "message_id",
    "subject",
    "from_name",
    "from_address",
    "recipients",
    "snippet",
    "attachments",
    "trackers",
    "list_id",
    "defects",
)


def derived(digest: Digest) -> tuple[Any, ...]:
    """Return the columns that follow from the raw message, as `DERIVED` names them."""
    recipients = {
        name: people
        for name, people in (
            ("to", digest.to),
            ("cc", digest.cc),
            ("bcc", digest.bcc),
            ("reply_to", digest.reply_to),
        )
        if people
    }
    return (
        digest.message_id,
        digest.subject,
        digest.sender.name,
        digest.sender.email,
        msgspec.json.encode(recipients).decode(),
        digest.snippet,
        digest.attachments,
        len(watchers(digest.tracked)),
        digest.list_id,
        "\n".join(digest.defects),
    )


def _place(
    conn: Connection, folder: int, rows: Sequence[tuple[int, MessageId, int, str]]
) -> set[MessageId]:
    """Place messages under their UIDs; return those that had to give way.

    A UID that is known with another message means a server that broke its word: the newer
    content counts. A pending local placement of the same message is now known to the server.
    """
    uids = json.dumps([row[0] for row in rows])
    there = dict(
        conn.execute(
            f"SELECT uid, message_id FROM placements WHERE folder_id = ? AND uid {_GIVEN}",
            (folder, uids),
        ).fetchall()
    )
    lowest = conn.execute("SELECT min(uid) FROM placements WHERE folder_id = ?", (folder,))
    if (lowest.fetchone()[0] or 0) < 0:
        conn.execute(
            f"DELETE FROM placements WHERE folder_id = ? AND uid < 0 AND message_id {_GIVEN}",
            (folder, json.dumps([row[1] for row in rows if row[0] > 0])),
        )
    conn.executemany(
        "INSERT INTO placements (folder_id, uid, message_id, flags, keywords)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (folder_id, uid) DO UPDATE"
        " SET message_id = excluded.message_id, flags = excluded.flags,"
        " keywords = excluded.keywords",
        [(folder, *row) for row in sorted(rows)],
    )
    conn.execute(f"DELETE FROM skipped WHERE folder_id = ? AND uid {_GIVEN}", (folder, uids))
    placed = {row[0] for row in rows if row[0] > 0}
    conn.execute(
        "UPDATE folders SET stored = stored + ? WHERE id = ?",
        (len(placed - there.keys()), folder),
    )
    now = {row[0]: row[1] for row in rows}
    return {MessageId(message) for uid, message in there.items() if now[uid] != message}


def place_known(
    conn: Connection,
    account: int,
    folder: int,
    found: Sequence[tuple[int, int, Flags, str]],
    changes: Changes,
) -> set[int]:
    """Place messages that the provider's own id tells to be here already (Gmail's labels).

    `found` holds (uid, provider id, flags, keywords); returns the UIDs that must be fetched.
    """
    known = dict(
        conn.execute(
            "SELECT provider_id, id FROM messages WHERE account_id = ? AND provider_id > 0"
            f" AND provider_id {_GIVEN}",
            (account, json.dumps([row[1] for row in found])),
        ).fetchall()
    )
    rows = [
        (uid, MessageId(known[provider]), int(flags), keywords)
        for uid, provider, flags, keywords in found
        if provider in known
    ]
    if rows:
        stale = _place(conn, folder, rows)
        placed = {row[1] for row in rows} | stale
        refresh_flags(conn, placed)
        conversations.refresh(conn, conversations_of(conn, placed), changes)
        forget_unplaced(conn, stale, changes)
        changes.messages.update(row[1] for row in rows)
        changes.folders.add(folder)
    return {uid for uid, provider, _, _ in found if provider not in known}
