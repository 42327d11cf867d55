"""What we found when we verified signatures ourselves, and which mail is still to be verified."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.signature import Signature
from missive_desktop.store.database import Connection
from missive_wire import shapes

SETTING = "verify_signatures"  # whether keys may be asked for; yes unless the reader says no
_LEFT_ALONE = msgspec.json.encode([Role.SPAM, Role.TRASH, Role.SENT, Role.DRAFTS]).decode()
_ENOUGH = 5
_JUDGED = 40  # of the newest mails that tell whether signatures survive a provider


class Found(NamedTuple):
    """What is known of one message."""

    signatures: tuple[Signature, ...]
    policy: str  # of DMARC: none, quarantine, reject, or "" where there is none or nobody knows
    attested: int = 0  # 1 and 0: the provider says what it found, or not; -1: that tells nothing


def get(conn: Connection, message: int) -> Found | None:
    """Return what was found, or None while nothing was tried."""
    row = conn.execute(
        "SELECT found, policy, attested FROM signatures WHERE message_id = ?", (message,)
    ).fetchone()
    return Found(_decoded(row[0]), row[1], row[2]) if row else None


def put(conn: Connection, message: int, found: Found, now: int, changes: Changes) -> None:
    """Keep what was found; passed over when the message is gone meanwhile.

    Where a key could not be asked for, the tries are counted.
    """
    waiting = int(any(one.result == "unreachable" for one in found.signatures))
    cursor = conn.execute(
        "INSERT INTO signatures (message_id, found, policy, attested, tries, checked)"
        " SELECT id, ?, ?, ?, ?, ? FROM messages WHERE id = ?"
        " ON CONFLICT (message_id) DO UPDATE SET found = excluded.found,"
        " policy = excluded.policy, tries = (tries + 1) * excluded.tries,"
        " checked = excluded.checked",
        (_encoded(found.signatures), found.policy, found.attested, waiting, now, message),
    )
    if cursor.rowcount > 0 and found.signatures:  # else nothing shows it
        changes.messages.add(message)


def untried(conn: Connection, oldest: int, limit: int) -> list[int]:
    """Return messages from the id `oldest` on that nothing is known of yet, newest first.

    Only accounts with a server: what was imported may have been changed since it arrived. Not
    what lies in spam, is the reader's own, or was thrown away.
    """
    rows = conn.execute(
        "SELECT m.id FROM messages AS m JOIN accounts AS a ON a.id = m.account_id"
        " WHERE m.id >= ? AND json_extract(a.settings, '$.imap.host') <> ''"
        " AND NOT EXISTS (SELECT 1 FROM signatures AS s WHERE s.message_id = m.id)"
        " AND EXISTS (SELECT 1 FROM placements AS p WHERE p.message_id = m.id)"
        " AND NOT EXISTS (SELECT 1 FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
        " WHERE p.message_id = m.id AND f.role IN (SELECT value FROM json_each(?)))"
        " ORDER BY m.id DESC LIMIT ?",
        (oldest, _LEFT_ALONE, limit),
    )
    return [message for (message,) in rows]


def waiting(conn: Connection, oldest: int, tries: int, before: int, limit: int) -> list[int]:
    """Return messages to be tried again: less than `tries` times so far, last before `before`."""
    rows = conn.execute(
        "SELECT message_id FROM signatures WHERE message_id >= ? AND tries BETWEEN 1 AND ?"
        " AND checked < ? ORDER BY message_id DESC LIMIT ?",
        (oldest, tries - 1, before, limit),
    )
    return [message for (message,) in rows]


def survive(conn: Connection, account: int) -> bool:
    """Whether signatures usually reach an account whole: some servers rewrite what they store."""
    rows = conn.execute(
        "SELECT s.found FROM signatures AS s JOIN messages AS m ON m.id = s.message_id"
        " WHERE m.account_id = ? AND s.found <> '[]' ORDER BY s.message_id DESC LIMIT ?",
        (account, _JUDGED),
    )
    passed = failed = 0
    for (found,) in rows:
        results = {one.result for one in _decoded(found)}
        passed += "pass" in results
        failed += "fail" in results and "pass" not in results
    return passed >= failed or failed < 3


def attests(conn: Connection, account: int) -> bool:
    """Whether an account's provider writes down what it finds about mail, as a rule.

    Where it does not, such fields are the work of somebody else.
    """
    rows = conn.execute(
        "SELECT s.attested FROM signatures AS s JOIN messages AS m ON m.id = s.message_id"
        " WHERE m.account_id = ? AND s.attested >= 0 ORDER BY s.message_id DESC LIMIT ?",
        (account, _JUDGED),
    ).fetchall()
    return len(rows) >= _ENOUGH and 4 * sum(said for (said,) in rows) >= 3 * len(rows)


def _encoded(signatures: tuple[Signature, ...]) -> str:
    return msgspec.json.encode(signatures).decode()


def _decoded(text: str) -> tuple[Signature, ...]:
    return shapes.read(text, tuple[Signature, ...])
