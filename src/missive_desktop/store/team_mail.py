"""Mail of spaces: taken in as its envelope tells, exchanged for itself once its bytes are here."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from hashlib import blake2b, sha256
from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.ids import MessageId
from missive_desktop.domain.message import Digest, Flags
from missive_desktop.domain.spaces import Checked
from missive_desktop.store import addresses, conversations, forgetting, indexing, raws, tracking
from missive_desktop.store.arrivals import DERIVED, Arrival, derived, take_in
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import Sealed
from missive_wire import shapes

_GIVEN = "IN (SELECT value FROM json_each(?))"
_63_BITS = (1 << 63) - 1


class Envelope(msgspec.Struct, frozen=True):
    """A mail of a space. `sealed` is a small mail made of its digest; None where it is here."""

    id: str
    conv: str
    out: bool
    at: int  # milliseconds
    blob: str
    key: str
    digest: Digest
    sealed: Sealed | None
    checked: str = ""  # JSON of domain.spaces.Checked
    own: str = ""  # who brought it
    author: str = ""  # who of the team wrote it, as they say


class MailRow(msgspec.Struct, frozen=True):
    """What is known of a mail here; `complete`: as it was received, not made of its envelope."""

    message: int
    account: int
    id: str
    conv: str
    out: bool
    at: int
    blob: str
    key: str
    complete: bool
    own: str
    author: str


_SELECT = (
    "SELECT message_id, account_id, id, conv, out, at, blob, key, complete, own, author"
    " FROM team_messages"
)


def known(conn: Connection, account: int, ids: Collection[str]) -> set[str]:
    """Return which of these entities are messages here."""
    rows = conn.execute(
        f"SELECT id FROM team_messages WHERE account_id = ? AND id {_GIVEN}",
        (account, json.dumps(sorted(ids))),
    )
    return {row[0] for row in rows.fetchall()}


def add(conn: Connection, account: int, envelopes: Sequence[Envelope], changes: Changes) -> None:
    """Take in mail that is new here and note what changed of the rest; it is yet to be placed."""
    old = known(conn, account, [each.id for each in envelopes])
    new = [each for each in envelopes if each.id not in old and each.sealed is not None]
    _note(conn, account, [each for each in envelopes if each.id in old], changes)
    if not new:
        return
    arrivals = [_arrival(account, each) for each in new]
    ids, _, _ = take_in(conn, account, arrivals, given=True)
    conn.executemany(
        "INSERT INTO team_messages (message_id, account_id, id, conv, out, at, blob, key,"
        " complete, checked, own, author) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        [
            (
                message, account, each.id, each.conv, int(each.out), each.at, each.blob, each.key,
                each.checked, each.own, each.author,
            )
            for message, each in zip(ids, new, strict=True)
        ],
    )  # fmt: skip
    _connect(conn, account, {each.conv for each in new})
    changes.messages.update(ids)


def _arrival(account: int, each: Envelope) -> Arrival:
    assert each.sealed is not None
    return Arrival(
        uid=0,
        flags=Flags.SEEN,  # as most of a history is; placing it says what it is
        keywords="",
        received=each.at // 1000,
        digest=each.digest,
        sealed=each.sealed,
        hash=sha256(f"{account} {each.id}".encode()).digest()[:16],
        provider_thread=thread_of(each.conv),
    )


def thread_of(conv: str) -> int:
    """Return the number that stands for a conversation among provider's threads."""
    digest = blake2b(conv.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") & _63_BITS) or 1


def _note(conn: Connection, account: int, old: Sequence[Envelope], changes: Changes) -> None:
    for each in old:
        row = conn.execute(
            "SELECT message_id, checked FROM team_messages WHERE account_id = ? AND id = ?",
            (account, each.id),
        ).fetchone()
        if row is not None and row[1] != each.checked:
            changes.messages.add(row[0])
    conn.executemany(
        "UPDATE team_messages SET blob = ?, key = ?, out = ?, at = ?, checked = ?, own = ?,"
        " author = ?"
        " WHERE account_id = ? AND id = ?",
        [(e.blob, e.key, int(e.out), e.at, e.checked, e.own, e.author, account, e.id) for e in old],
    )


class Found(NamedTuple):
    """What who serves an inbox found out about a mail, and who that is (user, name)."""

    checked: Checked
    user: str
    name: str


def checked(conn: Connection, message: int) -> Found | None:
    """Return what is known of where a mail of a space comes from; None where nobody looked."""
    row = conn.execute(
        "SELECT m.checked, m.own, coalesce(p.name, '') FROM team_messages AS m"
        " LEFT JOIN team_spaces AS s ON s.account_id = m.account_id"
        " LEFT JOIN team_people AS p ON p.team_id = s.team_id AND p.user = m.own"
        " WHERE m.message_id = ? AND m.checked <> ''",
        (message,),
    ).fetchone()
    try:
        return Found(shapes.read(row[0], Checked), row[1], row[2]) if row else None
    except msgspec.MsgspecError:
        return None  # a newer version says more than we know


def _connect(conn: Connection, account: int, convs: Collection[str]) -> None:
    """Note which conversation here stands for each of the space's."""
    conn.execute(
        "INSERT INTO team_conversations (account_id, conv, conversation_id, known, state, inbox,"
        " assignees, labels, last, since, name, wakes, pending, by_, told)"
        " SELECT t.account_id, t.conv, max(m.conversation_id), 0, 'open', 0, '[]', '[]', 0, 0, '',"
        " 0, 0, '', 0 FROM team_messages AS t JOIN messages AS m ON m.id = t.message_id"
        f" WHERE t.account_id = ? AND t.conv {_GIVEN} GROUP BY t.conv"
        " ON CONFLICT (account_id, conv) DO UPDATE SET conversation_id = excluded.conversation_id",
        (account, json.dumps(sorted(convs))),
    )


def moved(conn: Connection, account: int, wanted: dict[str, str]) -> set[str]:
    """Return those of the messages (id to conversation) that stand in another one by now."""
    rows = conn.execute(
        f"SELECT id, conv FROM team_messages WHERE account_id = ? AND id {_GIVEN}",
        (account, json.dumps(sorted(wanted))),
    )
    return {id_ for id_, conv in rows.fetchall() if wanted[id_] != conv}


def remove(conn: Connection, account: int, ids: Collection[str], changes: Changes) -> set[str]:
    """Forget mail; return the conversations that it belonged to."""
    rows = conn.execute(
        f"SELECT message_id, conv FROM team_messages WHERE account_id = ? AND id {_GIVEN}",
        (account, json.dumps(sorted(ids))),
    ).fetchall()
    forgetting.forget(conn, [message for message, _ in rows], changes)
    convs = {conv for _, conv in rows}
    conn.execute(
        "UPDATE team_conversations SET conversation_id = 0 WHERE account_id = ?1"
        " AND conv IN (SELECT value FROM json_each(?2)) AND NOT EXISTS (SELECT 1"
        " FROM team_messages AS t WHERE t.account_id = ?1 AND t.conv = team_conversations.conv)",
        (account, json.dumps(sorted(convs))),
    )
    conn.execute(
        "DELETE FROM team_conversations WHERE account_id = ? AND known = 0 AND conversation_id = 0",
        (account,),
    )
    return convs


def get(conn: Connection, message: int) -> MailRow | None:
    """Return what is known of a message, if it is of a space."""
    return next(iter(_rows(conn, "message_id = ?", (message,))), None)


def by_id(conn: Connection, account: int, id_: str) -> MailRow | None:
    return next(iter(_rows(conn, "account_id = ? AND id = ?", (account, id_))), None)


def answered(conn: Connection, account: int, references: Collection[str]) -> str:
    """Return the conversation of the newest mail that is referred to, "" if none is here."""
    row = conn.execute(
        "SELECT t.conv FROM messages AS m JOIN team_messages AS t ON t.message_id = m.id"
        f" WHERE m.account_id = ? AND m.message_id {_GIVEN} ORDER BY m.id DESC LIMIT 1",
        (account, json.dumps(sorted(references))),
    ).fetchone()
    return str(row[0]) if row else ""


def of_conversation(conn: Connection, account: int, conv: str) -> list[MailRow]:
    return _rows(conn, "account_id = ? AND conv = ? ORDER BY message_id", (account, conv))


def incomplete(conn: Connection, wanted: Collection[int]) -> list[MailRow]:
    """Return those of the messages whose bytes are yet to be fetched."""
    given = (json.dumps(sorted(wanted)),)
    return _rows(conn, f"message_id {_GIVEN} AND complete = 0 AND blob <> ''", given)


def _rows(conn: Connection, where: str, given: tuple[object, ...]) -> list[MailRow]:
    found = conn.execute(f"{_SELECT} WHERE {where}", given).fetchall()
    return [MailRow(*(*row[:4], bool(row[4]), *row[5:8], bool(row[8]), *row[9:])) for row in found]


def complete(
    conn: Connection, message: int, digest: Digest, sealed: Sealed, hash_: bytes, changes: Changes
) -> bool:
    """Exchange what was made of the envelope for the mail itself; False: done before, or gone."""
    row = conn.execute(
        "SELECT m.account_id, m.raw_id, m.conversation_id FROM messages AS m"
        " JOIN team_messages AS t ON t.message_id = m.id WHERE m.id = ? AND t.complete = 0",
        (message,),
    ).fetchone()
    if row is None:
        return False
    account, old, conversation = row
    addresses.forget(conn, [message])
    conn.execute(
        f"UPDATE messages SET raw_id = ?, hash = ?, size = ?, ({', '.join(DERIVED)})"
        f" = ({', '.join('?' * len(DERIVED))}) WHERE id = ?",
        (
            raws.insert(conn, account, sealed), hash_[:16], sealed.size, *derived(digest),
            message,
        ),
    )  # fmt: skip
    raws.forget(conn, [old])
    indexing.unindex(conn, [message])
    indexing.index(conn, [(message, digest)])
    addresses.note(conn, account, [(MessageId(message), digest)])
    tracking.forget(conn, [message])
    tracking.put_many(conn, [(message, digest.tracked)])
    for table in ("rendered", "signatures"):
        conn.execute(f"DELETE FROM {table} WHERE message_id = ?", (message,))
    conn.execute("UPDATE team_messages SET complete = 1 WHERE message_id = ?", (message,))
    conversations.refresh(conn, {conversation}, changes)
    changes.messages.add(message)
    return True


def waiting(conn: Connection, account: int, places: Collection[str], limit: int) -> list[MailRow]:
    """Return the newest in these places whose bytes are yet to be fetched."""
    where = (
        "complete = 0 AND blob <> '' AND message_id IN (SELECT p.message_id FROM folders AS f"
        " JOIN placements AS p ON p.folder_id = f.id WHERE f.account_id = ?"
        f" AND f.name {_GIVEN} ORDER BY p.uid DESC LIMIT ?)"
    )
    return _rows(conn, where, (account, json.dumps(list(places)), limit))
