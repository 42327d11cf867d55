"""Whether the store is whole, and making everything derived anew from the raw messages.

What `check` finds is said in plain words. `rebuild` gets the parser as a function: the store
does not know how mail is read.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.ids import MessageId, message_date
from missive_desktop.domain.message import Digest
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import (
    addresses,
    conversations,
    forgetting,
    indexing,
    messages,
    packs,
    raws,
    team_conversations,
    team_spaces,
    threads,
    tracking,
)
from missive_desktop.store.arrivals import DERIVED, derived
from missive_desktop.store.database import Connection, Store

_STEP = 500
_MOST_SAID = 20  # of one kind


def check(conn: Connection, store: Store, *, sample: int | None = None) -> list[str]:
    """Return what is wrong, in plain words; nothing when all is well.

    `sample` limits how many raw messages are opened, chosen at random; None opens all.
    """
    problems: list[str] = []
    with _snapshot(conn):
        for found in (
            _database(conn),
            _rows(conn),
            _open_counts(conn),
            _conversations(conn),
            _packs(conn, store),
            _raws(conn, store, sample),
        ):
            problems += islice(found, _MOST_SAID)
    return problems


@contextmanager
def _snapshot(conn: Connection) -> Iterator[None]:
    """Look at one moment, whatever the writer does meanwhile."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("COMMIT")


def _database(conn: Connection) -> Iterator[str]:
    for (line,) in conn.execute("PRAGMA integrity_check").fetchall():
        if line != "ok":
            yield f"Database: {line}"
    for (line,) in conn.execute("PRAGMA cipher_integrity_check").fetchall():
        yield f"Encryption: {line}"
    for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchall():
        yield f"Row {row} of {table} refers to a missing row of {parent}."


_COUNTS: dict[str, str] = {
    "Message {0} is not in the search index.": (
        "SELECT id FROM messages WHERE id NOT IN (SELECT id FROM search_docsize)"
    ),
    "The search index knows message {0}, which is gone.": (
        "SELECT id FROM search_docsize WHERE id NOT IN (SELECT id FROM messages)"
    ),
    "Message {0} lies in no folder.": (
        "SELECT id FROM messages AS m WHERE NOT EXISTS"
        " (SELECT 1 FROM placements AS p WHERE p.message_id = m.id)"
        " AND id NOT IN (SELECT message_id FROM orphans)"
    ),
    "Message {0} and its placements differ in flags.": (
        "SELECT m.id FROM messages AS m JOIN"
        " (SELECT message_id, min(flags & 1) AS seen, max(flags & 2) | max(flags & 4)"
        " | max(flags & 8) | max(flags & 16) | max(flags & 32) AS others"
        " FROM placements GROUP BY message_id) AS p"
        " ON p.message_id = m.id WHERE m.flags <> (p.seen | p.others)"
    ),
    "Folder {0} counts {1} stored messages and has {2}.": (
        "SELECT f.id, f.stored, (SELECT count(*) FROM placements AS p"
        " WHERE p.folder_id = f.id AND p.uid > 0) AS n FROM folders AS f WHERE f.stored <> n"
    ),
    "Folder {0} counts {1} conversations and lists {2}.": (
        "SELECT f.id, f.conversations, (SELECT count(*) FROM listing AS l"
        " WHERE l.folder_id = f.id) AS n FROM folders AS f WHERE f.conversations <> n"
    ),
    "Folder {0} counts {1} unread conversations and lists {2}.": (
        "SELECT f.id, f.unread, (SELECT count(*) FROM listing AS l"
        " WHERE l.folder_id = f.id AND l.unread > 0) AS n FROM folders AS f WHERE f.unread <> n"
    ),
    "Folder {0} lists conversation {1} wrongly.": (
        "SELECT folder_id, conversation_id FROM (SELECT * FROM listing EXCEPT {listed})"
        " UNION SELECT folder_id, conversation_id FROM ({listed} EXCEPT SELECT * FROM listing)"
    ),
    "Remote image {0} belongs to no message.": (
        "SELECT id FROM remote_images AS i WHERE NOT EXISTS"
        " (SELECT 1 FROM remote_uses AS u WHERE u.image_id = i.id)"
    ),
    "Message {0} counts {1} trackers and has {2}.": (
        "SELECT m.id, m.trackers, coalesce(t.n, 0) FROM messages AS m LEFT JOIN"
        " (SELECT message_id, count(DISTINCT iif(vendor = '', host, vendor)) AS n FROM trackers"
        " GROUP BY message_id) AS t ON t.message_id = m.id WHERE m.trackers <> coalesce(t.n, 0)"
    ),
    "Conversation {0} has no messages.": (
        "SELECT id FROM conversations AS c WHERE NOT EXISTS"
        " (SELECT 1 FROM messages AS m WHERE m.conversation_id = c.id)"
    ),
}
_LISTED = (
    "SELECT p.folder_id, m.conversation_id, max(m.id), sum(p.flags & 1 = 0)"
    " FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
    " GROUP BY p.folder_id, m.conversation_id"
)


def _rows(conn: Connection) -> Iterator[str]:
    for words, sql in _COUNTS.items():
        for row in conn.execute(sql.replace("{listed}", _LISTED)).fetchmany(_MOST_SAID):
            yield words.format(*row)


def _open_counts(conn: Connection) -> Iterator[str]:
    for account, kind, value in team_conversations.miscounted(conn)[:_MOST_SAID]:
        what = f"{kind} {value}".strip()
        yield f"Account {account} miscounts its open conversations ({what})."


def _conversations(conn: Connection) -> Iterator[str]:
    for ids in _steps(conn, "SELECT id FROM conversations ORDER BY id"):
        stored = conversations.stored(conn, ids)
        for conversation, wanted in conversations.computed(conn, ids).items():
            if stored[conversation] != wanted:
                yield f"Conversation {conversation} does not say what its messages say."


def _packs(conn: Connection, store: Store) -> Iterator[str]:
    for number, size, live, used in conn.execute(
        "SELECT id, size, live, (SELECT coalesce(sum(length), 0) FROM raws WHERE pack = packs.id)"
        " FROM packs"
    ).fetchall():
        file = packs.path(store.packs, number)
        if not file.exists():
            yield f"Pack {number} is missing."
        elif file.stat().st_size < size:
            yield f"Pack {number} is shorter than it should be."
        if live != used:
            yield f"Pack {number} counts {live} bytes in use and has {used}."


def _raws(conn: Connection, store: Store, sample: int | None) -> Iterator[str]:
    ids = [row[0] for row in conn.execute("SELECT id FROM raws ORDER BY pack, position")]
    if sample is not None and sample < len(ids):
        ids = sorted(random.sample(ids, sample))
    for raw_id in ids:
        try:
            raws.load(conn, store, raw_id)
        except DiskTrouble as error:
            yield f"{error} (record {raw_id})"


def _steps(conn: Connection, sql: str) -> Iterator[list[int]]:
    ids = [row[0] for row in conn.execute(sql).fetchall()]
    for start in range(0, len(ids), _STEP):
        yield ids[start : start + _STEP]


def rebuild(
    conn: Connection, store: Store, digest: Callable[[bytes], Digest], changes: Changes
) -> int:
    """Make everything derived anew; return how many messages there are. Ids stay as they are."""
    conn.execute("INSERT INTO search (search) VALUES ('delete-all')")
    for table in ("thread_keys", "thread_subjects", "listing", "rendered", "addresses"):
        conn.execute(f"DELETE FROM {table}")
    conn.execute(
        "UPDATE folders SET conversations = 0, unread = 0, stored ="
        " (SELECT count(*) FROM placements WHERE folder_id = folders.id AND uid > 0)"
    )
    conn.execute(
        "UPDATE packs SET live = (SELECT coalesce(sum(length), 0) FROM raws WHERE pack = packs.id)"
    )
    moved: dict[int, int] = {}
    total = 0
    for ids in _steps(conn, "SELECT id FROM messages ORDER BY id"):
        _rebuild_step(conn, store, digest, ids, moved)
        total += len(ids)
    conn.executemany(
        "UPDATE drafts SET conversation_id = ? WHERE conversation_id = ?",
        [(new, old) for old, new in moved.items()],
    )
    team_conversations.reconnect(conn)
    team_conversations.recount(conn)
    for ids in _steps(conn, "SELECT id FROM conversations ORDER BY id"):
        conversations.refresh(conn, ids, changes)
    changes.folders.update(row[0] for row in conn.execute("SELECT id FROM folders"))
    return total


def _rebuild_step(
    conn: Connection,
    store: Store,
    digest: Callable[[bytes], Digest],
    ids: list[int],
    moved: dict[int, int],
) -> None:
    forgetting.refresh_flags(conn, ids)
    rows = messages.rows(conn, ids)
    threads_of = dict(
        conn.execute(
            "SELECT id, provider_thread FROM messages"
            " WHERE provider_thread > 0 AND id BETWEEN ? AND ?",
            (ids[0], ids[-1]),
        ).fetchall()
    )
    digests = {message: _digest(conn, store, digest, row) for message, row in rows.items()}
    conn.executemany(
        f"UPDATE messages SET ({', '.join(DERIVED)}) = ({', '.join('?' * len(DERIVED))})"
        " WHERE id = ?",
        [(*derived(digests[message]), message) for message in ids],
    )
    shared = {row.account for row in team_spaces.mine(conn)}
    for account in sorted({row.account for row in rows.values()}):
        own = [(MessageId(m), digests[m]) for m in ids if rows[m].account == account]
        given = account in shared
        batch = [threads.threaded(m, one, threads_of.get(m, 0), given=given) for m, one in own]
        assigned, _ = threads.assign(conn, account, batch)
        conn.executemany(
            "UPDATE messages SET conversation_id = ? WHERE id = ?",
            [(assigned[m], m) for m, _ in own],
        )
        threads.record(conn, account, batch)
        addresses.note(conn, account, own)
        for m, _ in own:
            moved[rows[m].conversation] = assigned[m]
    indexing.index(conn, [(MessageId(message), digests[message]) for message in ids])
    tracking.forget(conn, ids)
    tracking.put_many(conn, [(message, digests[message].tracked) for message in ids])


def _digest(
    conn: Connection, store: Store, digest: Callable[[bytes], Digest], row: messages.MessageRow
) -> Digest:
    """Read the raw message again; where it is damaged, keep what the row still says."""
    try:
        return digest(raws.load(conn, store, row.raw_id))
    except DiskTrouble as error:
        kept: dict[str, Any] = {name: getattr(row, name) for name in _KEPT}
        return Digest(
            **kept,
            references=(),
            date=message_date(row.id),
            text=row.snippet,
            filenames=(),
            auto_submitted=False,
            tracked=tracking.of(conn, row.id),
            defects=tuple(dict.fromkeys((*row.defects, str(error)))),
        )


_KEPT = (
    "message_id",
    "subject",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply_to",
    "snippet",
    "attachments",
    "list_id",
)
