"""People heard from and written to, for completion in the composer. Derived."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import msgspec

from missive_desktop.domain.ids import MessageId
from missive_desktop.domain.message import Address, Digest
from missive_desktop.store.database import Connection
from missive_wire import shapes

_UPSERT = (
    "INSERT INTO addresses (address, name, times, written, latest) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (address) DO UPDATE SET times = times + excluded.times,"
    " written = written + excluded.written,"
    " name = CASE WHEN excluded.name <> '' AND (name = '' OR excluded.latest >= latest)"
    " THEN excluded.name ELSE name END,"
    " latest = max(latest, excluded.latest)"
)


class _Seen(msgspec.Struct):
    name: str = ""
    named: int = -1  # the newest message that gave a name
    times: int = 0
    written: int = 0
    latest: int = 0


def note(conn: Connection, account: int, digests: Sequence[tuple[MessageId, Digest]]) -> None:
    """Count the senders, and those the account itself wrote to; lists are not people."""
    row = conn.execute(
        "SELECT json_extract(settings, '$.address') FROM accounts WHERE id = ?", (account,)
    ).fetchone()
    own = row[0].casefold()
    seen: dict[str, _Seen] = {}
    for message, digest in digests:
        if digest.list_id:
            continue
        if digest.sender.email.casefold() == own:
            for person in (*digest.to, *digest.cc, *digest.bcc):
                _count(seen, person, message, written=1)
        else:
            _count(seen, digest.sender, message, written=0)
    _keep(conn, seen)


def _count(seen: dict[str, _Seen], person: Address, message: int, *, written: int) -> None:
    email = person.email.casefold()
    if "@" not in email:
        return
    one = seen.setdefault(email, _Seen())
    one.times += 1
    one.written += written
    one.latest = max(one.latest, message)
    if person.name and message > one.named:
        one.name, one.named = person.name, message


def complete(conn: Connection, prefix: str, limit: int = 8) -> list[Address]:
    """Return people whose address, or a word of whose name, begins so: best known first."""
    folded = prefix.strip().casefold()
    if not folded:
        return []
    literal = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = conn.execute(
        "SELECT name, address FROM addresses WHERE address LIKE ?1 ESCAPE '\\'"
        " OR name LIKE ?1 ESCAPE '\\' OR name LIKE ?2 ESCAPE '\\'"
        " ORDER BY written > 0 DESC, written * 4 + times DESC, latest DESC LIMIT ?3",
        (f"{literal}%", f"% {literal}%", limit),
    )
    return [Address(*row) for row in rows]


def forget(conn: Connection, messages: Iterable[int]) -> None:
    """Take back what these messages counted; who is known from no other message goes."""
    given = json.dumps(list(messages))
    seen = _tally(conn, "AND m.id IN (SELECT value FROM json_each(?))", (given,))
    conn.executemany(
        "UPDATE addresses SET times = times - ?, written = written - ? WHERE address = ?",
        [(one.times, one.written, email) for email, one in sorted(seen.items())],
    )
    conn.executemany(
        "DELETE FROM addresses WHERE address = ? AND times <= 0", [(email,) for email in seen]
    )


def rebuild(conn: Connection) -> None:
    """Count anew from the messages that are here."""
    conn.execute("DELETE FROM addresses")
    _keep(conn, _tally(conn, "", ()))


def _keep(conn: Connection, seen: dict[str, _Seen]) -> None:
    conn.executemany(
        _UPSERT,
        [
            (email, one.name, one.times, one.written, one.latest)
            for email, one in sorted(seen.items())
        ],
    )


def _tally(conn: Connection, condition: str, parameters: tuple[str, ...]) -> dict[str, _Seen]:
    """Count as `note` does, from the rows of messages."""
    seen: dict[str, _Seen] = {}
    rows = conn.execute(
        "SELECT m.id, a.settings ->> '$.address', m.from_name, m.from_address, m.recipients"
        " FROM messages AS m JOIN accounts AS a ON a.id = m.account_id"
        f" WHERE m.list_id = '' {condition}",
        parameters,
    )
    for message, own, name, email, recipients in rows:
        if email.casefold() != own.casefold():
            _count(seen, Address(name, email), message, written=0)
            continue
        for person in _people(recipients):
            _count(seen, person, message, written=1)
    return seen


def _people(recipients: str) -> Iterable[Address]:
    decoded = shapes.read(recipients, dict[str, tuple[Address, ...]])
    for name in ("to", "cc", "bcc"):
        yield from decoded.get(name, ())
